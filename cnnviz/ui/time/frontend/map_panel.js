// Tiles of one array at one snapshot: filters, feature maps, saliency or an effective field.

import { largestMagnitude, paintValues, pixelWords } from "../../components/frontend/colors.js";
import { contextOf, find } from "../../components/frontend/elements.js";
import { significant } from "../../components/frontend/numbers.js";
import { arrow, cellAt, clamp } from "../../components/frontend/pointer.js";

/** @typedef {{ shape: number[], values: ArrayLike<number> }} Tiles  (snapshots, tiles, H, W) */
/** @typedef {[tile: number, row: number, column: number]} Place */
/**
 * @typedef {object} Part  content of a panel
 * @property {string} title
 * @property {string} note
 * @property {Tiles} tiles
 * @property {boolean} signed
 * @property {number} step  what a value is multiplied by
 * @property {(tile: number) => string} nameOf  a tile's name, with a comma at the end
 * @property {string} [help]  shown after the range of values
 * @property {{ page: number, pages: number, turn: (page: number) => void }} [pages]  of channels
 */
/** @typedef {Record<"sequential" | "diverging", Uint8Array>} Tables */

/**
 * Return the neighboring place, across tiles; null beyond the last tile.
 *
 * @param {Place} place
 * @param {[down: number, right: number]} step
 * @param {{ tiles: number, rows: number, columns: number, height: number, width: number }} grid
 * @returns {Place | null}
 */
export function besidePlace([tile, row, column], [down, right], grid) {
  const { tiles, rows, columns, height, width } = grid;
  const y = clamp(Math.floor(tile / columns) * height + row + down, 0, rows * height - 1);
  const x = clamp((tile % columns) * width + column + right, 0, columns * width - 1);
  const next = Math.floor(y / height) * columns + Math.floor(x / width);
  return next < tiles ? [next, y % height, x % width] : null;
}

export class MapPanel {
  /** @param {HTMLElement} figure */
  constructor(figure) {
    this.figure = figure;
    this.canvas = find(figure, "canvas", HTMLCanvasElement);
    this.text = find(figure, ".value");
    /** @type {Place | null} */
    this.at = null; // the place whose value is shown, at every snapshot
    this.snapshot = 0;
    this.whole = 0; // the largest magnitude over all snapshots
    this.limit = 0; // end of the color scale
    /** @type {Part | null} */
    this.part = null;
    this.grid = { tiles: 1, rows: 1, columns: 1, height: 1, width: 1 };
    this.gap = 0; // pixels between tiles
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.read(null));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {Part} part */
  show(part) {
    this.part = part;
    find(this.figure, ".title").textContent = part.title;
    find(this.figure, "small").textContent = part.note;
    this.showPages(part);
    const [, tiles, height, width] = part.tiles.shape;
    const columns = Math.ceil(Math.sqrt((tiles * height) / width));
    this.grid = { tiles, rows: Math.ceil(tiles / columns), columns, height, width };
    this.gap = tiles > 1 ? 1 : 0;
    this.whole = largestMagnitude(part.tiles.values);
  }

  /** @param {Part} part */
  showPages({ title, pages }) {
    const line = find(this.figure, ".pages");
    line.hidden = !pages || pages.pages < 2;
    if (!pages) return;
    const [stronger, weaker] = line.querySelectorAll("button");
    stronger.ariaLabel = `Stronger channels of ${title}`;
    weaker.ariaLabel = `Weaker channels of ${title}`;
    stronger.disabled = pages.page === 0;
    weaker.disabled = pages.page >= pages.pages - 1;
    stronger.onclick = () => pages.turn(pages.page - 1);
    weaker.onclick = () => pages.turn(pages.page + 1);
    find(line, "span").textContent = `${pages.page + 1} of ${pages.pages}`;
  }

  /**
   * @param {number} snapshot
   * @param {boolean} own  whether the snapshot has a color scale of its own
   * @param {Tables} tables
   */
  draw(snapshot, own, tables) {
    if (!this.part) return;
    const { tiles, rows, columns, height, width } = this.grid;
    const { values } = this.part.tiles;
    const size = height * width;
    const start = snapshot * tiles * size;
    this.snapshot = snapshot;
    this.limit = own ? largestMagnitude(values, start, start + tiles * size) : this.whole;
    const high = this.limit || 1;
    const ends = { low: this.part.signed ? -high : 0, high };
    const words = pixelWords(tables[this.part.signed ? "diverging" : "sequential"]);
    this.canvas.width = columns * (width + this.gap) - this.gap;
    this.canvas.height = rows * (height + this.gap) - this.gap;
    const image = new ImageData(this.canvas.width, this.canvas.height);
    for (let tile = 0; tile < tiles; tile++) {
      const x = (tile % columns) * (width + this.gap);
      const y = Math.floor(tile / columns) * (height + this.gap);
      paintValues(image, [x, y], [height, width], values, start + tile * size, words, ends);
    }
    contextOf(this.canvas).putImageData(image, 0, 0);
    this.say();
  }

  say() {
    if (!this.part) return;
    const { title, note, signed, step, nameOf, help = "", tiles } = this.part;
    this.canvas.ariaLabel = `${title}, ${note}. Arrow keys read values.`;
    if (!this.at) {
      const high = significant(this.limit * step, 3);
      this.text.textContent = `${signed ? `−${high} to ` : "0 to "}${high}${help}`;
      return;
    }
    const [tile, row, column] = this.at;
    const { height, width } = this.grid;
    const map = this.snapshot * this.grid.tiles + tile;
    const value = step * tiles.values[(map * height + row) * width + column];
    const place = `${nameOf(tile)}row ${row}, column ${column}`;
    this.text.textContent = `${place}: ${significant(value, 3)}`;
  }

  /** @param {Place | null} place */
  read(place) {
    this.at = place;
    this.say();
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { tiles, columns, height, width } = this.grid;
    const box = this.canvas.getBoundingClientRect();
    const [y, x] = cellAt(event, box, this.canvas.height, this.canvas.width);
    const [tall, wide] = [height + this.gap, width + this.gap]; // a gap belongs to the tile before
    const tile = Math.floor(y / tall) * columns + Math.floor(x / wide);
    const [row, column] = [Math.min(y % tall, height - 1), Math.min(x % wide, width - 1)];
    this.read(tile < tiles ? [tile, row, column] : null);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape") return this.read(null);
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    const next = besidePlace(this.at ?? [0, 0, -1], step, this.grid);
    if (next) this.read(next);
  }
}
