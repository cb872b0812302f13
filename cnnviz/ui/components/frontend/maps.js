// Feature maps of one layer as tiles that can be marked and enlarged.

import { contextOf, element, find, pixelRatio, sharpContext } from "./elements.js";
import { clamp } from "./pointer.js";

/** @typedef {import("./atlas.js").Atlas} Atlas */
/** @typedef {import("./unit_arithmetic.js").Unit} Unit */
/** @typedef {ArrayLike<number>} UnitBox  first row, first column, last row, last column, inclusive */
/** @typedef {[x: number, y: number, width: number, height: number]} Rectangle  CSS pixels */
/** @typedef {{ line: string, under: string, veil: string, hatch: string }} MarkColors */
/**
 * A tile's map without its margin, and the size of one unit of it, in CSS pixels.
 *
 * @typedef {{ x: number, y: number, width: number, height: number, unitX: number, unitY: number }} Inner
 */

const HATCH = 4; // CSS pixels between hatch lines
const DOT = 3; // CSS pixels, least size of a unit's mark
const WIDE_UNIT = 5; // CSS pixels of a unit from which on it is outlined
const MANY = 16; // tiles above which one outline surrounds all

/**
 * Return the number of columns whose layout is nearest to a square.
 *
 * @param {number} count  tiles
 * @param {number} height  of a tile
 * @param {number} width
 */
export function squarest(count, height, width) {
  let best = 1;
  let least = Infinity;
  for (let columns = 1; columns <= count; columns++) {
    const longest = Math.max(columns * width, Math.ceil(count / columns) * height);
    if (longest < least) [best, least] = [columns, longest];
  }
  return best;
}

/**
 * Return the tile size and the number of columns that fill a space, in whole CSS pixels.
 *
 * @param {number} count  tiles
 * @param {[rows: number, columns: number]} units  of a tile
 * @param {{ side: number, height?: number, columns?: number }} space  width and maximum height
 */
export function tiling(count, [tall, wide], { side, height = side, columns: wanted }) {
  const columns = wanted ?? squarest(count, tall, wide);
  const rows = Math.ceil(count / columns);
  const gap = columns > 1 ? (side / columns > 28 ? 3 : 2) : 0;
  const across = (side - gap * (columns - 1)) / (columns * wide);
  const down = (height - gap * (rows - 1)) / (rows * tall);
  const scale = Math.min(across, down);
  const tileWidth = Math.max(1, Math.floor(scale * wide));
  const tileHeight = Math.max(1, Math.floor(scale * tall));
  return { columns, rows, gap, tileWidth, tileHeight };
}

/** Channels of an atlas as tiles on a canvas, with marks. */
export class Tiles {
  /** @param {HTMLElement} frame  with a canvas in it */
  constructor(frame) {
    this.canvas = find(frame, "canvas", HTMLCanvasElement);
    this.over = element("canvas", { className: "over" });
    frame.append(this.over);
    this.marks = contextOf(this.over);
    /** @type {Atlas | null} */
    this.atlas = null;
    /** @type {number[]} */
    this.channels = [];
    this.margin = 0; // units around each map, for fields that extend beyond its border
    this.marked = false;
    this.width = 0; // CSS pixels
    this.grid = tiling(1, [1, 1], { side: 1 });
  }

  get columns() {
    return this.grid.columns;
  }

  /**
   * Draw some channels, and return the height in CSS pixels.
   *
   * @param {Atlas} atlas
   * @param {number[]} channels
   * @param {{ side: number, height?: number, columns?: number, margin?: number }} space
   */
  draw(atlas, channels, { margin = 0, ...space }) {
    const [, height, width] = atlas.shape;
    this.atlas = atlas;
    this.channels = channels;
    this.margin = margin;
    this.grid = tiling(channels.length, [height + 2 * margin, width + 2 * margin], space);
    const { columns, rows, gap, tileWidth, tileHeight } = this.grid;
    this.width = columns * (tileWidth + gap) - gap;
    const tall = rows * (tileHeight + gap) - gap;
    for (const canvas of [this.canvas, this.over]) {
      canvas.style.width = `${this.width}px`;
      canvas.style.height = `${tall}px`;
    }
    const context = sharpContext(this.canvas, this.width, tall);
    context.clearRect(0, 0, this.width, tall);
    this.marks = sharpContext(this.over, this.width, tall);
    this.marked = true;
    this.clear();
    const ratio = pixelRatio();
    context.imageSmoothingEnabled = tileWidth * ratio < 3 * (width + 2 * margin); // else units stay sharp
    context.strokeStyle = "#88888888";
    channels.forEach((channel, i) => {
      const { x, y, width: w, height: h } = this.inner(i);
      context.drawImage(atlas.canvas, ...atlas.place(channel), width, height, x, y, w, h);
      if (margin) context.strokeRect(x - 0.5, y - 0.5, w + 1, h + 1);
    });
    return tall;
  }

  /**
   * @param {number} i  the tile
   * @returns {Inner}
   */
  inner(i) {
    const [, height, width] = this.atlas?.shape ?? [1, 1, 1];
    const { columns, gap, tileWidth, tileHeight } = this.grid;
    const unitX = tileWidth / (width + 2 * this.margin);
    const unitY = tileHeight / (height + 2 * this.margin);
    return {
      x: (i % columns) * (tileWidth + gap) + this.margin * unitX,
      y: Math.floor(i / columns) * (tileHeight + gap) + this.margin * unitY,
      width: width * unitX,
      height: height * unitY,
      unitX,
      unitY,
    };
  }

  /**
   * Return the unit under a pointer; null beyond the last tile.
   *
   * @param {MouseEvent} event
   * @returns {Unit | null}
   */
  at(event) {
    if (!this.atlas) return null;
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { columns, gap, tileWidth, tileHeight } = this.grid;
    const tileX = Math.floor(x / (tileWidth + gap)); // a gap belongs to the map before it
    const i = Math.floor(y / (tileHeight + gap)) * columns + tileX;
    const channel = this.channels[i];
    if (channel === undefined || x < 0 || y < 0 || tileX >= columns) return null;
    const [, height, width] = this.atlas.shape;
    const inner = this.inner(i);
    const column = clamp(Math.floor((x - inner.x) / inner.unitX), 0, width - 1);
    return { channel, row: clamp(Math.floor((y - inner.y) / inner.unitY), 0, height - 1), column };
  }

  /**
   * Return the middle of a unit, in CSS pixels from the canvas' upper left corner.
   *
   * @param {Unit} unit
   */
  middle({ channel, row, column }) {
    const inner = this.inner(Math.max(this.channels.indexOf(channel), 0));
    return [inner.x + (column + 0.5) * inner.unitX, inner.y + (row + 0.5) * inner.unitY];
  }

  clear() {
    if (!this.marked) return;
    this.marks.clearRect(0, 0, this.over.width, this.over.height);
    this.marked = false;
  }

  /**
   * @param {Unit} unit
   * @param {MarkColors} colors
   */
  markUnit({ channel, row, column }, colors) {
    this.clear();
    const i = this.channels.indexOf(channel);
    if (i < 0) return;
    const inner = this.inner(i);
    const { unitX, unitY } = inner;
    const [x, y] = [inner.x + column * unitX, inner.y + row * unitY];
    if (this.channels.length === 1 || unitX >= WIDE_UNIT)
      return this.outline([[x, y, unitX, unitY]], colors);
    this.outline([[inner.x, inner.y, inner.width, inner.height]], colors);
    const size = Math.max(DOT, unitX);
    this.marks.fillStyle = colors.line;
    this.marks.fillRect(x + (unitX - size) / 2, y + (unitY - size) / 2, size, size);
  }

  /**
   * Mark a box of units on every tile, and dim the rest.
   *
   * @param {UnitBox} box
   * @param {MarkColors} colors
   * @param {object} [how]
   * @param {UnitBox | null} [how.whole]  the box without clipping at the border
   * @param {Set<number>} [how.only]  channels to mark
   * @param {boolean} [how.bright]  whether to leave the rest bright
   */
  markBox(box, colors, { whole, only, bright } = {}) {
    this.clear();
    const [top, left, bottom, right] = Array.from(box);
    if (!this.atlas || bottom < top || right < left) return;
    this.marked = true;
    const [rows, columns] = [bottom - top + 1, right - left + 1];
    const { marks } = this;
    /** @type {Rectangle[]} */
    const boxes = [];
    marks.fillStyle = colors.veil;
    marks.beginPath();
    this.channels.forEach((channel, i) => {
      const { x, y, width, height, unitX, unitY } = this.inner(i);
      marks.rect(x, y, width, height);
      if (only && !only.has(channel)) return;
      boxes.push([x + left * unitX, y + top * unitY, columns * unitX, rows * unitY]);
      marks.rect(...boxes[boxes.length - 1]);
    });
    if (!bright) marks.fill("evenodd");
    if (whole && this.margin)
      this.channels.forEach((_, i) => this.hatch(this.inner(i), whole, colors));
    const [, height, width] = this.atlas.shape;
    const everything =
      boxes.length === this.channels.length && rows === height && columns === width;
    const last = boxes.at(-1);
    if (everything && last && boxes.length > MANY) {
      this.outline([[0, 0, this.width, last[1] + last[3]]], colors); // one per tile would hide the maps
    } else this.outline(boxes, colors);
  }

  /**
   * Hatch the part of a box beyond a map's border.
   *
   * @param {Inner} inner
   * @param {UnitBox} box
   * @param {MarkColors} colors
   */
  hatch(inner, box, colors) {
    const [, height, width] = this.atlas?.shape ?? [1, 1, 1];
    const [top, left, bottom, right] = Array.from(box);
    const { unitX, unitY } = inner;
    const reach = (/** @type {number} */ unit, /** @type {number} */ size) =>
      clamp(unit, -this.margin, size + this.margin);
    const x = inner.x + reach(left, width) * unitX;
    const y = inner.y + reach(top, height) * unitY;
    const w = inner.x + reach(right + 1, width) * unitX - x;
    const h = inner.y + reach(bottom + 1, height) * unitY - y;
    const { marks } = this;
    marks.save();
    marks.beginPath();
    marks.rect(x, y, w, h);
    marks.rect(inner.x, inner.y, inner.width, inner.height);
    marks.clip("evenodd");
    marks.beginPath();
    marks.rect(x, y, w, h);
    marks.clip();
    marks.strokeStyle = colors.hatch;
    marks.lineWidth = 1;
    marks.beginPath();
    for (let at = -h; at < w; at += HATCH) {
      marks.moveTo(x + at, y + h);
      marks.lineTo(x + at + h, y);
    }
    marks.stroke();
    marks.restore();
    marks.save();
    marks.setLineDash([3, 3]);
    marks.strokeStyle = colors.hatch;
    marks.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    marks.restore();
  }

  /**
   * @param {Rectangle[]} boxes
   * @param {MarkColors} colors
   */
  outline(boxes, { under, line }) {
    this.marked = true;
    const { marks } = this;
    marks.beginPath();
    for (const [x, y, width, height] of boxes) marks.rect(x - 0.5, y - 0.5, width + 1, height + 1);
    marks.lineWidth = 3;
    marks.strokeStyle = under;
    marks.stroke();
    marks.lineWidth = 1.5;
    marks.strokeStyle = line;
    marks.stroke();
  }
}
