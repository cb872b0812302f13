// Pictures of digits, sent by the server once for all views of a page.

import { paintGray } from "./colors.js";

const SIZE = 28 * 28;
const changes = new EventTarget();
/** @type {Map<string, Uint8Array>} */
const pictures = new Map();

/**
 * Store pictures of digits for the views of this page.
 *
 * @param {string} name
 * @param {Uint8Array} values  (N, 28, 28)
 */
export function keepDigits(name, values) {
  pictures.set(name, values);
  changes.dispatchEvent(new Event("change"));
}

/**
 * Call a function whenever pictures arrive; return a function that stops this.
 *
 * @param {() => void} listener
 */
export function onDigits(listener) {
  changes.addEventListener("change", listener);
  return () => changes.removeEventListener("change", listener);
}

/**
 * Paint a stored digit, if it has arrived.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {string} name  of the pictures
 * @param {number} i  index of the digit
 */
export function paintKept(canvas, name, i) {
  const values = pictures.get(name);
  if (!values) return;
  paintDigit(canvas, values.subarray(SIZE * i, SIZE * (i + 1)));
}

/**
 * Paint a square digit in white on black, as the networks receive it.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} ink  0 to 255
 */
export function paintDigit(canvas, ink) {
  paintGray(canvas, Math.sqrt(ink.length), ink);
}
