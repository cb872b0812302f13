// Streamlit's theme, from a component's custom properties.

/** @typedef {"light" | "dark"} Theme */

/**
 * Return a custom property of the theme, or a default if it is not set.
 *
 * @param {Element} element
 * @param {string} name  without "--st-"
 * @param {string} [otherwise]
 */
export function themeValue(element, name, otherwise = "") {
  return getComputedStyle(element).getPropertyValue(`--st-${name}`).trim() || otherwise;
}

/**
 * Return the theme that suits the background behind an element.
 *
 * @param {Element} element
 * @returns {Theme}
 */
export function themeOf(element) {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!probe) throw new Error("no 2D canvas");
  probe.fillStyle = themeValue(element, "background-color", "#fff");
  probe.fillRect(0, 0, 1, 1);
  return isBright(probe.getImageData(0, 0, 1, 1).data) ? "light" : "dark";
}

const EQUAL = 0.179; // relative luminance on which black and white contrast alike, by 4.58

/**
 * Return whether black text is more legible than white on a color, by WCAG's relative luminance.
 *
 * @param {ArrayLike<number>} color  red, green and blue, 0 to 255
 */
export function isBright(color) {
  const [red, green, blue] = Array.from(color, (value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > EQUAL;
}

/**
 * Return the color of text on a background.
 *
 * @param {ArrayLike<number>} ground  red, green and blue, 0 to 255
 */
export const textOn = (ground) => (isBright(ground) ? "#000" : "#fff");
