// Create and find elements of a page.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return a new HTML element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const created = Object.assign(document.createElement(tag), properties);
  created.append(...children);
  return created;
}

/**
 * Return a new SVG element.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  const created = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, String(value));
  created.append(...children);
  return created;
}

/**
 * Return the first element that matches.
 *
 * @template {Element} [Type=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Type} [type]  class of the element
 * @returns {Type}
 */
export function find(root, selector, type) {
  const match = root.querySelector(selector);
  if (!match) throw new Error(`${selector} must match an element, got none`);
  if (type && !(match instanceof type))
    throw new Error(`${selector} must be a ${type.name}, got a <${match.localName}>`);
  return /** @type {Type} */ (match);
}

/**
 * Return the children of an element that has only HTML elements.
 *
 * @param {Element} parent
 */
export const childrenOf = (parent) => /** @type {HTMLElement[]} */ ([...parent.children]);

/**
 * Return the children of an element after adding or removing some at its end.
 *
 * @param {Element} parent
 * @param {number} count  wanted number of children
 * @param {(i: number) => Element} create  returns the i-th child
 */
export function resized(parent, count, create) {
  while (parent.children.length > count) parent.lastElementChild?.remove();
  while (parent.children.length < count) parent.append(create(parent.children.length));
  return childrenOf(parent);
}

/**
 * Return a copy of a template's only element.
 *
 * @param {ParentNode} root
 * @param {string} selector  of the template
 */
export function fromTemplate(root, selector) {
  const { content } = find(root, selector, HTMLTemplateElement);
  const copy = content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof HTMLElement)) throw new Error(`${selector} is empty`);
  return copy;
}

/**
 * Return a new canvas.
 *
 * @param {number} width  pixels
 * @param {number} height
 */
export const newCanvas = (width, height) => element("canvas", { width, height });

/**
 * Return the 2D context of a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function contextOf(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("no 2D canvas");
  return context;
}

/** The least number of canvas pixels per CSS pixel; more while a picture is made. */
export const resolution = { least: 1 };

/** Return the number of canvas pixels per CSS pixel. */
export const pixelRatio = () => Math.max(window.devicePixelRatio || 1, resolution.least);

/**
 * Set the resolution of a canvas to the screen's, and return its 2D context scaled to CSS pixels.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width  CSS pixels
 * @param {number} height
 */
export function sharpContext(canvas, width, height) {
  const ratio = pixelRatio();
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across; // clears the canvas
    canvas.height = down;
  }
  const context = contextOf(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
