// Digits as pictures, and those that the server sent once for all views of a page.

import { paintGray } from "./colors.js";

const SIZE = 28 * 28;
const changes = new EventTarget();
/** @type {Map<string, Uint8Array>} */
const pictures = new Map();

/**
 * Keep the pictures of some digits for the views on this page.
 *
 * @param {string} name
 * @param {Uint8Array} values  (N, 28, 28)
 */
export function keepDigits(name, values) {
  pictures.set(name, values);
  changes.dispatchEvent(new Event("change"));
}

/**
 * Call a function whenever pictures arrive, and return what ends that.
 *
 * @param {() => void} listener
 */
export function onDigits(listener) {
  changes.addEventListener("change", listener);
  return () => changes.removeEventListener("change", listener);
}

/**
 * Paint a kept digit as ink on paper of the theme; nothing where it has not arrived.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {string} name  of the pictures
 * @param {number} i  which of them
 * @param {boolean} dark  whether the paper is black
 */
export function paintKept(canvas, name, i, dark) {
  const values = pictures.get(name);
  if (!values) return;
  paintDigit(canvas, values.subarray(SIZE * i, SIZE * (i + 1)), dark);
}

/**
 * Paint a square digit as ink on paper of the theme.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} ink  0 to 255
 * @param {boolean} dark  whether the paper is black
 */
export function paintDigit(canvas, ink, dark) {
  const levels = Uint8Array.from(ink, (value) => (dark ? value : 255 - value));
  paintGray(canvas, Math.sqrt(ink.length), levels);
}
