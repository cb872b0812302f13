// Streamlit's theme, as the custom properties of a component have it.

/** @typedef {"light" | "dark"} Theme */

/**
 * Return a custom property of the theme, or another value where it is not set.
 *
 * @param {Element} element
 * @param {string} name  without "--st-"
 * @param {string} [otherwise]
 */
export function themeValue(element, name, otherwise = "") {
  return getComputedStyle(element).getPropertyValue(`--st-${name}`).trim() || otherwise;
}

/**
 * Return which of two sets of colors suits the background behind an element.
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

/**
 * Return whether black text reads better on a color than white.
 *
 * @param {ArrayLike<number>} color  red, green and blue, 0 to 255
 */
export const isBright = (color) => 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2] > 128;

/**
 * Return the color of text on a ground.
 *
 * @param {ArrayLike<number>} ground  red, green and blue, 0 to 255
 */
export const textOn = (ground) => (isBright(ground) ? "#000" : "#fff");
