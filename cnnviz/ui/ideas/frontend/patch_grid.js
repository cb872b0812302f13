// An input grid with padding and an output grid; pointing at a unit marks its receptive field.

import { component } from "../../components/frontend/component.js";
import { find, svg } from "../../components/frontend/elements.js";
import { withPicture } from "../../components/frontend/picture.js";
import { arrow, clamp } from "../../components/frontend/pointer.js";

/**
 * @typedef {object} PatchData  rows only, since columns are the same
 * @property {number} size  rows of the image
 * @property {number} before  rows of padding above it
 * @property {number} after  rows of padding below it
 * @property {number} out  rows of the output
 * @property {number[][]} taps  for each output row the input rows under the kernel, including padding
 */

const ROOM = 340; // px for all rows of the input
const [LEAST, MOST] = [12, 30]; // px of a cell

/**
 * Draw square cells, row by row.
 *
 * @param {SVGElement} picture
 * @param {number} count  rows, and columns
 * @param {number} side  px of a cell
 */
function cells(picture, count, side) {
  picture.setAttribute("width", String(count * side));
  picture.setAttribute("height", String(count * side));
  const squares = Array.from({ length: count ** 2 }, (_, i) => {
    const [row, column] = [Math.floor(i / count), i % count];
    const place = { x: column * side + 1, y: row * side + 1 };
    return svg("rect", { ...place, width: side - 2, height: side - 2, rx: 2 });
  });
  picture.replaceChildren(...squares);
  return squares;
}

class PatchGrid {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.input = find(root, ".in", SVGElement);
    this.output = find(root, ".out", SVGElement);
    this.sentence = find(root, ".says");
    this.unit = [0, 0]; // row and column of the output
  }

  /** @param {PatchData} data */
  show(data) {
    this.data = data;
    const { size, before, after, out } = data;
    const whole = before + size + after;
    const side = clamp(Math.floor(ROOM / whole), LEAST, MOST);
    this.pixels = cells(this.input, whole, side);
    this.pixels.forEach((pixel, i) => {
      const inside = [Math.floor(i / whole), i % whole].every(
        (at) => at >= before && at < before + size,
      );
      if (!inside) pixel.classList.add("pad");
    });
    const words = `Input of ${size} by ${size} pixels, padded to ${whole}`;
    this.input.setAttribute("aria-label", words);
    this.units = cells(this.output, out, side);
    this.units.forEach((unit, i) => this.listen(unit, Math.floor(i / out), i % out));
    this.select(Math.min(this.unit[0], out - 1), Math.min(this.unit[1], out - 1));
  }

  /**
   * @param {SVGRectElement} unit
   * @param {number} row
   * @param {number} column
   */
  listen(unit, row, column) {
    unit.setAttribute("tabindex", row || column ? "-1" : "0");
    unit.setAttribute("role", "button");
    unit.setAttribute("aria-label", `unit ${row}, ${column}`);
    unit.onpointerenter = unit.onfocus = unit.onclick = () => this.select(row, column);
    unit.onkeydown = (event) => {
      const step = arrow(event);
      const out = this.data?.out ?? 0;
      if (!step || column + step[1] < 0 || column + step[1] >= out) return;
      const next = this.units?.[(row + step[0]) * out + column + step[1]];
      if (!next) return;
      event.preventDefault();
      next.focus();
    };
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  select(row, column) {
    if (!this.data || !this.pixels || !this.units) return;
    const { size, before, after, out, taps } = this.data;
    const whole = before + size + after;
    this.unit = [row, column];
    this.units.forEach((unit, i) => unit.classList.toggle("now", i === row * out + column));
    const [rows, columns] = [row, column].map((i) => new Set(taps[i].map((tap) => tap + before)));
    this.pixels.forEach((pixel, i) =>
      pixel.classList.toggle("tap", rows.has(Math.floor(i / whole)) && columns.has(i % whole)),
    );
    const [real, all] = seen(taps[row], taps[column], size);
    this.sentence.textContent =
      `Unit (${row}, ${column}) sees rows ${taps[row].join(", ")} and columns ` +
      `${taps[column].join(", ")}: ${real} pixels of the image and ${all - real} of padding.`;
  }
}

/**
 * Return the numbers of pixels under a kernel, without and with padding.
 *
 * @param {number[]} rows  under the kernel
 * @param {number[]} columns
 * @param {number} size  rows, and columns, of the image
 * @returns {[number, number]}
 */
export function seen(rows, columns, size) {
  const inside = (/** @type {number} */ tap) => tap >= 0 && tap < size;
  const real = rows.filter(inside).length * columns.filter(inside).length;
  return [real, rows.length * columns.length];
}

/** @type {import("../../components/frontend/component.js").Component<PatchData>} */
export default component(
  (root) => withPicture(root, new PatchGrid(root)),
  (view, { data }) => view.show(data),
);
