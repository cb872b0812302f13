// Map values to colors.

import { contextOf, newCanvas } from "./elements.js";
import { clamp } from "./pointer.js";

/** @typedef {Uint8Array} ColorTable  256 colors from the lowest value to the highest: 768 bytes */
/**
 * The ends of a color scale; with `magnitude`, signs do not count.
 *
 * @typedef {{ low: number, high: number, magnitude?: boolean }} Ends
 */

/**
 * Return the largest magnitude in a range of values, ignoring NaN.
 *
 * @param {ArrayLike<number>} values
 * @param {number} [start]
 * @param {number} [end]
 */
export function largestMagnitude(values, start = 0, end = values.length) {
  let most = 0;
  for (let i = start; i < end; i++) if (Math.abs(values[i]) > most) most = Math.abs(values[i]);
  return most;
}

/**
 * Return the indices of the maps of largest magnitude, the strongest first, without plain ones.
 *
 * @param {ArrayLike<number>[]} maps
 * @param {number} count  at most
 * @param {number} plain  range up to which a map counts as plain
 */
export function strongest(maps, count, plain) {
  const most = maps.map((map) => largestMagnitude(map));
  const varies = (/** @type {ArrayLike<number>} */ map) => rangeOf(map) > plain;
  const channels = [...maps.keys()].filter((channel) => varies(maps[channel]));
  return channels.sort((a, b) => most[b] - most[a]).slice(0, count);
}

/** @param {ArrayLike<number>} values  at least one */
function rangeOf(values) {
  let [low, high] = [values[0], values[0]];
  for (let i = 1; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return high - low;
}

/**
 * Return the index of a value's color, 0 to 255.
 *
 * @param {number} value
 * @param {Ends} ends
 */
export function colorIndex(value, { low, high }) {
  return high > low ? clamp(Math.round((255 * (value - low)) / (high - low)), 0, 255) : 0;
}

/**
 * Return the red, green and blue of a value.
 *
 * @param {number} value
 * @param {ColorTable} table
 * @param {Ends} ends
 */
export function colorOf(value, table, ends) {
  const start = 3 * colorIndex(value, ends);
  return table.subarray(start, start + 3);
}

/**
 * Return a color table as 32-bit pixels of a canvas.
 *
 * @param {ColorTable} table
 */
export function pixelWords(table) {
  const words = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    words[i] = (255 << 24) | (table[3 * i + 2] << 16) | (table[3 * i + 1] << 8) | table[3 * i];
  }
  return words;
}

/**
 * Paint a map into an image; NaN stays transparent.
 *
 * @param {ImageData} image
 * @param {[number, number]} corner  x and y of the map's upper left pixel
 * @param {[number, number]} size  height and width of the map
 * @param {ArrayLike<number>} values  of the map, row by row
 * @param {number} start  index of the map's first value
 * @param {Uint32Array} words  the color table as 32-bit pixels
 * @param {Ends} ends
 */
export function paintValues(image, [x, y], [height, width], values, start, words, ends) {
  const pixels = new Uint32Array(image.data.buffer);
  const { low, high, magnitude } = ends;
  const perValue = high > low ? 255 / (high - low) : 0;
  let from = start;
  for (let row = 0; row < height; row++) {
    let to = (y + row) * image.width + x;
    for (let column = 0; column < width; column++) {
      const value = magnitude ? Math.abs(values[from++]) : values[from++];
      pixels[to++] = words[Math.min(Math.max(Math.round((value - low) * perValue), 0), 255)];
    }
  }
}

/**
 * Return a map as a canvas with one pixel per value.
 *
 * @param {[number, number]} size  height and width
 * @param {ArrayLike<number>} values
 * @param {number} start  index of the map's first value
 * @param {ColorTable} table
 * @param {Ends} ends
 */
export function pictureOf([height, width], values, start, table, ends) {
  const canvas = newCanvas(width, height);
  const image = new ImageData(width, height);
  paintValues(image, [0, 0], [height, width], values, start, pixelWords(table), ends);
  contextOf(canvas).putImageData(image, 0, 0);
  return canvas;
}

/**
 * Paint gray levels onto a canvas with one pixel per level.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {ArrayLike<number>} levels  0 is black, 255 white
 */
export function paintGray(canvas, width, levels) {
  canvas.width = width;
  canvas.height = levels.length / width;
  const image = new ImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < levels.length; i++) pixels[i] = 0xff000000 | (levels[i] * 0x010101);
  contextOf(canvas).putImageData(image, 0, 0);
}

/**
 * Return a color table as a CSS background, from the lowest value on the left to the highest.
 *
 * @param {ColorTable} table
 */
export function gradientOf(table) {
  const stops = [0, 32, 64, 96, 128, 160, 192, 224, 255].map(
    (i) => `rgb(${table.subarray(3 * i, 3 * i + 3).join()})`,
  );
  return `linear-gradient(90deg, ${stops.join()})`;
}
