// Receptive fields of units as text.

import { percent } from "./numbers.js";

/** @typedef {import("./unit_arithmetic.js").Unit} Unit */

/**
 * @param {number} first
 * @param {number} last
 */
const span = (first, last) => (first === last ? `${first}` : `${first}–${last}`);

/**
 * Return a unit's receptive field without clipping at the input's border.
 *
 * @param {import("./maps_stage.js").StageHeader["whole"]} whole
 * @param {Unit} unit
 */
export function unclipped(whole, { row, column }) {
  if (!whole) return null;
  const [[rows, jumpY, padY], [columns, jumpX, padX]] = whole;
  const [top, left] = [row * jumpY - padY, column * jumpX - padX];
  return [top, left, top + rows - 1, left + columns - 1];
}

/**
 * Describe the part of an image in a receptive field.
 *
 * @param {ArrayLike<number>} box  first row, first column, last row, last column, inclusive
 * @param {number[]} shape  of the image
 */
export function reachText(box, [, height, width]) {
  const [top, left, bottom, right] = Array.from(box);
  if (bottom < top || right < left) return "sees nothing of the input";
  const [rows, columns] = [bottom - top + 1, right - left + 1];
  if (rows === height && columns === width) return "sees the whole input";
  const share = percent((rows * columns) / (height * width));
  return `sees ${rows} × ${columns} of the input (${share}): rows ${span(top, bottom)}, columns ${span(left, right)}`;
}
