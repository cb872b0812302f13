// Positions of pointers and steps of arrow keys.

/** @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/**
 * Return the step of an arrow key, [rows down, columns right]; null for another key.
 *
 * @param {{ key: string }} event
 */
export const arrow = ({ key }) => ARROWS[key] ?? null;

/**
 * Return a number clamped to bounds.
 *
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * Return the row and the column of the cell nearest to a pointer.
 *
 * @param {{ clientX: number, clientY: number }} event
 * @param {{ left: number, top: number, width: number, height: number }} box  of the grid
 * @param {number} rows
 * @param {number} columns
 * @returns {[number, number]}
 */
export function cellAt({ clientX, clientY }, box, rows, columns) {
  const row = Math.floor(((clientY - box.top) / box.height) * rows);
  const column = Math.floor(((clientX - box.left) / box.width) * columns);
  return [clamp(row, 0, rows - 1), clamp(column, 0, columns - 1)];
}
