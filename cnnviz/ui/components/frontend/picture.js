// Download what a component shows as a PNG file.
//
// The browser renders a copy of the component inside an SVG image, so the picture has the layout,
// the legend and the scales of the page. Style sheets and fonts do not reach into such an image and
// are copied into it; canvases are copied as images.

import { contextOf, element, newCanvas, resolution } from "./elements.js";
import { themeValue } from "./theme.js";

const SCALE = 2; // pixels of the file per CSS pixel, at least
const LONGEST = 16000; // px, longest side of a canvas that browsers draw
const PAD = 16; // CSS px around the picture
const LINE = 24; // CSS px, height of a line of the title
const CLASS = "picture-download";

/** @typedef {{ draw?: () => void }} Redrawn  a view whose canvases can be drawn again */

/**
 * Return a view after adding a button below it that downloads what it shows as a picture.
 *
 * @template {object} View
 * @param {ShadowRoot} root
 * @param {View} view
 */
export function withPicture(root, view) {
  const status = element("span", { role: "status" });
  const button = element("button", { type: "button", textContent: "Download PNG" });
  button.onclick = async () => {
    button.disabled = true;
    status.textContent = "";
    try {
      const title = titleOf(root);
      save(await png(root, view, title), `${fileName(title)}.png`);
    } catch (error) {
      status.textContent = "This browser could not make the picture.";
      throw error;
    } finally {
      button.disabled = false;
    }
  };
  root.append(element("div", { className: CLASS }, status, button));
  return view;
}

/**
 * Return the title of the page, the network and the name of the component.
 *
 * @param {ShadowRoot} root
 */
function titleOf(root) {
  const page = document.querySelector("h1")?.textContent?.trim() ?? document.title;
  const field = document.querySelector(".st-key-network input, .st-key-architecture input");
  const network = field instanceof HTMLInputElement ? field.value : "";
  const name = root.querySelector("[aria-label]:not(button)")?.getAttribute("aria-label") ?? "";
  return [...new Set([page, network, name])].filter(Boolean).join(" · ");
}

/**
 * Return a name for a file: lower-case letters and digits, in words joined by hyphens.
 *
 * @param {string} title
 */
export function fileName(title) {
  const words =
    title
      .normalize("NFKD")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return ["cnnviz", ...words].join("-").slice(0, 80);
}

/**
 * Return the names of the custom properties that a style sheet reads, without those it sets.
 *
 * @param {string} css
 */
export function customProperties(css) {
  const sets = new Set([...css.matchAll(/(?:^|[{;\s])(--[\w-]+)\s*:/g)].map(([, name]) => name));
  const reads = new Set([...css.matchAll(/var\(\s*(--[\w-]+)/g)].map(([, name]) => name));
  return [...reads].filter((name) => !sets.has(name));
}

/**
 * Return the number of pixels per CSS pixel for a picture that no canvas is too small for.
 *
 * @param {number} width  CSS pixels
 * @param {number} height
 * @param {number} ratio  of the screen
 */
export const pictureScale = (width, height, ratio) =>
  Math.min(Math.max(SCALE, ratio), LONGEST / Math.max(width, height, 1));

/**
 * @param {ShadowRoot} root
 * @param {Redrawn} view
 * @param {string} title
 */
async function png(root, view, title) {
  const { host } = root;
  const { width } = host.getBoundingClientRect();
  const css = styleOf(root);
  const copy = copyOf(root, view);
  const [text, background] = ["text-color", "background-color"].map((name) =>
    themeValue(host, name),
  );
  const lines = Math.ceil(textWidth(title, host) / width);
  const heading = element("div", { textContent: title });
  heading.style.cssText = `font-weight:600;font-size:16px;line-height:${LINE}px;height:${
    LINE * lines
  }px;margin-bottom:8px;color:${text}`;
  const size = [width + 2 * PAD, heightOf(root) + LINE * lines + 8 + 2 * PAD];
  const sheet = element("style", { textContent: (await fontFaces(host)) + css });
  const page = element("div", { className: "picture-host" }, sheet, heading, copy);
  page.style.cssText = `box-sizing:border-box;padding:${PAD}px;background:${background};`;
  for (const name of customProperties(css))
    page.style.setProperty(name, getComputedStyle(host).getPropertyValue(name));
  return render(page, [Math.ceil(size[0]), Math.ceil(size[1])]);
}

/**
 * @param {string} text
 * @param {Element} host
 */
function textWidth(text, host) {
  const context = contextOf(newCanvas(1, 1));
  context.font = `600 16px ${themeValue(host, "font", "sans-serif")}`;
  return 1.05 * context.measureText(text).width;
}

/**
 * Return the height of a component without the button, CSS pixels.
 *
 * @param {ShadowRoot} root
 */
function heightOf(root) {
  const boxes = [...root.children]
    .filter((child) => child.className !== CLASS)
    .map((child) => child.getBoundingClientRect())
    .filter(({ height }) => height);
  return Math.max(...boxes.map(({ bottom }) => bottom)) - Math.min(...boxes.map(({ top }) => top));
}

/**
 * Return the style sheets of a component, with `@media` rules resolved for this screen.
 *
 * @param {ShadowRoot} root
 */
function styleOf(root) {
  const sheets = [...root.querySelectorAll("style")].map((style) => style.sheet);
  const rules = [...sheets, ...root.adoptedStyleSheets].flatMap((sheet) => [
    ...(sheet?.cssRules ?? []),
  ]);
  const texts = rules.flatMap((rule) => {
    if (!(rule instanceof CSSMediaRule)) return [rule.cssText];
    return matchMedia(rule.media.mediaText).matches
      ? [...rule.cssRules].map((inner) => inner.cssText)
      : [];
  });
  return texts.join("\n").replaceAll(":host", ".picture-host");
}

/**
 * Return a copy of a component that shows the same in an image, where no script runs.
 *
 * @param {ShadowRoot} root
 * @param {Redrawn} view
 */
function copyOf(root, view) {
  const copy = element("div");
  copy.append(...[...root.childNodes].map((node) => node.cloneNode(true)));
  for (const part of copy.querySelectorAll(`style, template, .${CLASS}`)) part.remove();
  const sources = [...root.querySelectorAll("canvas")];
  const images = sources.length ? sharpImages(sources, view) : [];
  [...copy.querySelectorAll("canvas")].forEach((canvas, i) => {
    const { display, width, height } = getComputedStyle(sources[i]);
    canvas.style.display = display === "inline" ? "inline-block" : display;
    Object.assign(canvas.style, { width, height, backgroundSize: "100% 100%" });
    canvas.style.backgroundImage = `url(${images[i]})`;
  });
  hideIcons(root, copy);
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll("input"));
  [...copy.querySelectorAll("input")].forEach((input, i) => {
    input.toggleAttribute("checked", fields[i].checked);
    input.setAttribute("value", fields[i].value);
  });
  const menus = [...root.querySelectorAll("select")];
  [...copy.querySelectorAll("select")].forEach((select, i) => {
    select.options[menus[i].selectedIndex]?.setAttribute("selected", "");
  });
  return copy;
}

/**
 * Hide icons, which are words in a font of their own.
 *
 * @param {ShadowRoot} root
 * @param {HTMLElement} copy  without the elements that are left out
 */
function hideIcons(root, copy) {
  const spans = [...root.querySelectorAll("button > i")];
  [...copy.querySelectorAll("button > i")].forEach((mark, i) => {
    const { fontFamily } = getComputedStyle(spans[i]);
    if (mark instanceof HTMLElement && /material/i.test(fontFamily)) mark.style.display = "none";
  });
}

/**
 * Return what canvases show, as PNG, drawn again in the resolution of the picture.
 *
 * @param {HTMLCanvasElement[]} canvases
 * @param {Redrawn} view
 */
function sharpImages(canvases, view) {
  resolution.least = SCALE;
  view.draw?.();
  const images = canvases.map((canvas) => canvas.toDataURL());
  resolution.least = 1;
  view.draw?.();
  return images;
}

/**
 * Return the rules of the theme's web font, with the font files inside.
 *
 * @param {Element} host
 */
async function fontFaces(host) {
  const family = themeValue(host, "font").split(",")[0].replaceAll(/["']/g, "").trim();
  const faces = [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSFontFaceRule)
    .filter(({ style }) => {
      const own = style.getPropertyValue("font-family").replaceAll(/["']/g, "");
      return own === family && style.getPropertyValue("font-style") !== "italic";
    });
  return (await Promise.all(faces.map(embedded))).join("\n");
}

/** @param {CSSFontFaceRule} face */
async function embedded({ cssText, parentStyleSheet }) {
  const [whole, address] = cssText.match(/url\("?([^")]+)"?\)/) ?? ["", ""];
  if (!address || address.startsWith("data:")) return cssText;
  const base = parentStyleSheet?.href ?? document.baseURI;
  const file = await (await fetch(new URL(address, base))).blob();
  return cssText.replace(whole, `url("${await dataUrl(file)}")`);
}

/**
 * @param {Blob} file
 * @returns {Promise<string>}
 */
function dataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/**
 * @param {HTMLElement} page
 * @param {[width: number, height: number]} size  CSS pixels
 * @returns {Promise<Blob>}
 */
async function render(page, [width, height]) {
  const font = getComputedStyle(document.documentElement).fontSize; // of which `rem` is a multiple
  const text = new XMLSerializer().serializeToString(page);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" style="font-size:${font}"><foreignObject width="100%" height="100%">${text}</foreignObject></svg>`,
  )}`;
  await image.decode();
  const scale = pictureScale(width, height, window.devicePixelRatio);
  const canvas = newCanvas(Math.round(width * scale), Math.round(height * scale));
  contextOf(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no PNG"))), "image/png"),
  );
}

/**
 * @param {Blob} file
 * @param {string} name
 */
function save(file, name) {
  const url = URL.createObjectURL(file);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
