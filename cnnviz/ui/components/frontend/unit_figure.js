// Colors of the maps and numbers in the panel of a unit's arithmetic.

import { colorOf, pictureOf } from "./colors.js";
import { contextOf, element, sharpContext } from "./elements.js";
import { textOn } from "./theme.js";

/**
 * Colors of values: signed ones, up to a limit, or those of an image from black to white.
 *
 * @typedef {object} ValueColors
 * @property {Uint8Array} table
 * @property {string} paper  overlay of padding
 * @property {[black: number, white: number] | null} ink
 */

/**
 * @param {string} name
 * @param {...(Node | string)} children
 */
export const box = (name, ...children) =>
  element("div", { className: `worked-${name}` }, ...children);

/**
 * @param {string} name
 * @param {string} textContent
 */
export const span = (name, textContent = "") =>
  element("span", { className: `worked-${name}`, textContent });

/** A map with a mark. */
export class Figure {
  /** @param {string} name */
  constructor(name) {
    this.caption = element("figcaption");
    this.canvas = element("canvas");
    this.mark = box("mark");
    const frame = box("frame", this.canvas, this.mark);
    this.root = element("figure", { className: `worked-${name}` }, this.caption, frame);
    this.cell = 1; // CSS pixels, side of a unit
  }

  /**
   * @param {number} top  units
   * @param {number} left
   * @param {number} rows
   * @param {number} columns
   */
  place(top, left, rows, columns) {
    const { style } = this.mark;
    style.width = `${columns * this.cell + 4}px`;
    style.height = `${rows * this.cell + 4}px`;
    style.transform = `translate(${left * this.cell - 2}px, ${top * this.cell - 2}px)`;
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values
 * @param {number} start  index of the map's first value
 * @param {[height: number, width: number]} size
 * @param {number} cell  CSS pixels, side of a value
 * @param {number} limit  end of the color scale
 * @param {ValueColors} colors
 * @param {number[]} [padding]  indices to show paler
 */
export function paintMap(
  canvas,
  values,
  start,
  [height, width],
  cell,
  limit,
  colors,
  padding = [],
) {
  canvas.style.width = `${width * cell}px`;
  canvas.style.height = `${height * cell}px`;
  const picture = pictureOf([height, width], values, start, colors.table, endsOf(colors, limit));
  const paler = contextOf(picture);
  paler.fillStyle = colors.paper;
  for (const i of padding) paler.fillRect(i % width, Math.floor(i / width), 1, 1);
  const context = sharpContext(canvas, width * cell, height * cell);
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, width * cell, height * cell);
  context.drawImage(picture, 0, 0, width * cell, height * cell);
}

/**
 * @param {ValueColors} colors
 * @param {number} limit  of signed values
 */
function endsOf({ ink }, limit) {
  return ink ? { low: ink[0], high: ink[1] } : { low: -limit, high: limit };
}

/**
 * Give an element the color of a value.
 *
 * @param {HTMLElement} element
 * @param {number} value
 * @param {number} limit  end of the color scale
 * @param {ValueColors} colors
 */
export function tint(element, value, limit, colors) {
  const color = colorOf(value, colors.table, endsOf(colors, limit));
  element.style.backgroundColor = `rgb(${color.join()})`;
  element.style.color = textOn(color);
}
