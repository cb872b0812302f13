// Attention weights of a token over the digit, per head. The browser has all layers: another layer,
// head or token needs no server.

import { paintGray } from "../../components/frontend/colors.js";
import { component } from "../../components/frontend/component.js";
import {
  childrenOf,
  element,
  find,
  newCanvas,
  sharpContext,
} from "../../components/frontend/elements.js";
import { unpack } from "../../components/frontend/message.js";
import { percent } from "../../components/frontend/numbers.js";
import { withPicture } from "../../components/frontend/picture.js";
import { arrow, clamp } from "../../components/frontend/pointer.js";
import { themeValue } from "../../components/frontend/theme.js";

/** @typedef {[rows: number, columns: number]} Grid */
/**
 * @typedef {object} Layer  whose attention, (heads, queries, keys), is the array "layer<i>"
 * @property {string} layer  dotted name
 * @property {string} title
 * @property {string} about
 * @property {number} heads
 * @property {number} queries
 * @property {number} keys
 * @property {number} queryClasses  number of class tokens, the first queries
 * @property {number} keyClasses
 * @property {Grid} queryGrid  0 rows if all queries are class tokens
 * @property {Grid} keyGrid
 */
/**
 * Arrays: "ink", (side, side), 0 to 1, and the layers' attention.
 *
 * @typedef {import("../../components/frontend/message.js").Message<{
 *   side: number, color: [number, number, number], layers: Layer[] }>} AttentionMessage
 */
/** @typedef {{ classes: boolean, x: number, y: number }} Place  x and y 0 to 1, or a class token */
/** @typedef {{ index: number, cell: Grid | null }} Query  cell is null for a class token */
/** @typedef {{ classes: number, grid: Float32Array }} Shares  of the class tokens, of the grid */

const STRONGEST = 0.85; // opacity of the highest share
const INK = 130; // gray level of ink on black: dim, so that the weights are visible
const SMALL = 84; // CSS pixels, side of a head's picture

/**
 * Return the query at a position.
 *
 * @param {Layer} layer
 * @param {Place} place
 * @returns {Query}
 */
export function queryAt(layer, { classes, x, y }) {
  const { queryGrid, queryClasses } = layer;
  if (!queryGrid[0] || (classes && queryClasses)) return { index: 0, cell: null };
  const [row, column] = keyAt(layer, { x, y }).map((key) => Math.floor(key / stepOf(layer)));
  return { index: queryClasses + row * queryGrid[1] + column, cell: [row, column] };
}

/**
 * Return the key, row and column, at a position.
 *
 * @param {Layer} layer
 * @param {{ x: number, y: number }} place
 * @returns {Grid}
 */
const keyAt = ({ keyGrid }, { x, y }) => [Math.floor(y * keyGrid[0]), Math.floor(x * keyGrid[1])];

/**
 * Return the number of keys per query along one axis: above one where a layer subsamples.
 *
 * @param {Layer} layer
 */
const stepOf = ({ keyGrid, queryGrid }) => Math.ceil(keyGrid[0] / queryGrid[0]);

/**
 * Return the attention weights of a query.
 *
 * @param {Layer} layer
 * @param {ArrayLike<number>} values  (heads, queries, keys)
 * @param {number | null} head  null for the mean of all
 * @param {number} query
 * @returns {Shares}
 */
export function sharesOf({ heads, queries, keys, keyClasses }, values, head, query) {
  const chosen = head === null ? [...Array(heads).keys()] : [head];
  const total = new Float32Array(keys);
  for (const h of chosen) {
    const start = (h * queries + query) * keys;
    for (let key = 0; key < keys; key++) total[key] += values[start + key] / chosen.length;
  }
  const classes = total.subarray(0, keyClasses).reduce((sum, share) => sum + share, 0);
  return { classes, grid: total.subarray(keyClasses) };
}

class Attention {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.main = find(root, ".main", HTMLCanvasElement);
    this.select = find(root, "select", HTMLSelectElement);
    this.classToken = find(root, ".class-token");
    this.heads = find(root, ".heads");
    /** @type {Place} */
    this.pinned = { classes: true, x: 0.5, y: 0.5 };
    /** @type {Place | null} */
    this.pointed = null;
    /** @type {number | null} */
    this.head = null; // null is the mean of all
    this.layerIndex = 0;
    this.digit = newCanvas(1, 1);
    this.select.onchange = () => this.choose(this.select.value);
    this.classToken.onclick = () => this.pin({ ...this.pinned, classes: true });
    this.main.addEventListener("pointermove", (event) => this.point(this.at(event)));
    this.main.addEventListener("pointerleave", () => this.point(null));
    this.main.addEventListener("click", (event) => this.pin(this.at(event)));
    this.main.addEventListener("keydown", (event) => this.key(event));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.main);
  }

  close() {
    this.sizes.disconnect();
  }

  get layer() {
    return this.message?.layers[this.layerIndex];
  }

  /** @param {AttentionMessage} message */
  show(message) {
    const before = this.layer?.layer;
    this.message = message;
    this.pointed = null;
    const ink = Array.from(message.arrays.ink.values);
    paintGray(
      this.digit,
      message.side,
      ink.map((value) => INK * value),
    );
    const { layers, color } = message;
    this.select.replaceChildren(...layers.map(({ layer, title }) => new Option(title, layer)));
    this.choose(layers.some(({ layer }) => layer === before) ? before : layers[0].layer);
    const stops = [0, STRONGEST].map((alpha) => `rgba(${color.join()}, ${alpha})`);
    find(this.root, ".ramp").style.background = `linear-gradient(90deg, ${stops.join()})`;
  }

  /** @param {string} [name]  of a layer */
  choose(name = "") {
    this.layerIndex = this.message?.layers.findIndex(({ layer }) => layer === name) ?? 0;
    const { layer } = this;
    if (!layer) return;
    this.select.value = name;
    if (this.head !== null && this.head >= layer.heads) this.head = null;
    find(this.root, ".about").textContent = layer.about;
    this.classToken.hidden = !layer.queryClasses || !layer.queryGrid[0];
    const shown = layer.heads > 1 ? [null, ...Array(layer.heads).keys()] : [];
    this.heads.hidden = !shown.length;
    this.heads.replaceChildren(...shown.map((head) => this.headButton(head)));
    this.draw();
  }

  /** @param {number | null} head */
  headButton(head) {
    const name = head === null ? "Mean" : `Head ${head}`;
    const button = element("button", { type: "button" }, element("canvas"), name);
    button.onclick = () => {
      this.head = head;
      this.draw();
    };
    return button;
  }

  /**
   * @param {MouseEvent} event
   * @returns {Place}
   */
  at({ clientX, clientY }) {
    const { left, top, width, height } = this.main.getBoundingClientRect();
    const x = clamp((clientX - left) / width, 0, 0.999);
    return { classes: false, x, y: clamp((clientY - top) / height, 0, 0.999) };
  }

  /** @param {Place | null} place */
  point(place) {
    this.pointed = place;
    this.draw();
  }

  /** @param {Place} place */
  pin(place) {
    this.pinned = place;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = arrow(event);
    const { layer } = this;
    if (!step || !layer?.queryGrid[0]) return;
    event.preventDefault();
    const from = queryAt(layer, { ...this.pinned, classes: false }).cell ?? [0, 0];
    const [y, x] = [0, 1].map((axis) => {
      const cell = clamp(from[axis] + step[axis], 0, layer.queryGrid[axis] - 1);
      return (cell * stepOf(layer) + 0.5) / layer.keyGrid[axis];
    });
    this.pointed = null;
    this.pin({ classes: false, x, y });
  }

  draw() {
    const { layer, message } = this;
    const side = this.main.clientWidth;
    if (!layer || !message || !side) return;
    const { values } = message.arrays[`layer${this.layerIndex}`];
    const query = queryAt(layer, this.pointed ?? this.pinned);
    const shares = sharesOf(layer, values, this.head, query.index);
    this.paint(this.main, side, layer, shares.grid, query);
    childrenOf(this.heads).forEach((button, i) => {
      const head = i ? i - 1 : null;
      button.ariaPressed = String(head === this.head);
      const canvas = find(button, "canvas", HTMLCanvasElement);
      const { grid } = sharesOf(layer, values, head, query.index);
      this.paint(canvas, SMALL, layer, grid, query);
    });
    this.classToken.ariaPressed = String(!query.cell);
    find(this.root, ".high").textContent = percent(Math.max(...shares.grid));
    find(this.root, ".readout").textContent = this.sentence(layer, query, shares);
    const [rows, columns] = layer.queryGrid;
    const keys = rows ? "Arrow keys choose the token." : "";
    this.main.ariaLabel = `Attention in ${layer.layer}, ${rows} × ${columns} tokens. ${keys}`;
  }

  /**
   * @param {Layer} layer
   * @param {Query} query
   * @param {Shares} shares
   */
  sentence(layer, { cell }, { classes, grid }) {
    const { keyGrid, keyClasses, queryGrid } = layer;
    const place = (/** @type {number} */ index) =>
      `row ${Math.floor(index / keyGrid[1])}, column ${index % keyGrid[1]}`;
    const most = Math.max(...grid);
    const who = cell ? `Row ${cell[0]}, column ${cell[1]}` : "The class token";
    let text = `${who} attends most to ${place(grid.indexOf(most))}: ${percent(most)}.`;
    const rest = cell ? "Weight of the class token:" : "Its own weight:";
    if (keyClasses) text += ` ${rest} ${percent(classes)}.`;
    if (this.pointed && !queryGrid[0]) {
      const [row, column] = keyAt(layer, this.pointed);
      const index = row * keyGrid[1] + column;
      text += ` Under the pointer, ${place(index)}: ${percent(grid[index])}.`;
    }
    return text;
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} side  CSS pixels
   * @param {Layer} layer
   * @param {Float32Array} grid  shares of the keys
   * @param {Query} query
   */
  paint(canvas, side, layer, grid, { cell }) {
    const context = sharpContext(canvas, side, side);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.digit, 0, 0, side, side);
    const [rows, columns] = layer.keyGrid;
    const most = Math.max(...grid) || 1;
    const color = this.message?.color.join();
    const [wide, high] = [side / columns, side / rows];
    const large = canvas === this.main;
    context.lineWidth = 1;
    context.strokeStyle = "#8884";
    grid.forEach((share, i) => {
      /** @type {[number, number, number, number]} */
      const box = [(i % columns) * wide, Math.floor(i / columns) * high, wide, high];
      context.fillStyle = `rgba(${color}, ${(STRONGEST * share) / most})`;
      context.fillRect(...box);
      if (large) context.strokeRect(...box);
    });
    if (!cell) return;
    const step = stepOf(layer);
    for (const { width, ink } of [
      { width: large ? 5 : 4, ink: "#000" },
      { width: 2, ink: themeValue(this.main, "primary-color") },
    ]) {
      context.lineWidth = width;
      context.strokeStyle = ink;
      context.strokeRect(cell[1] * step * wide, cell[0] * step * high, wide, high);
    }
  }
}

/** @type {import("../../components/frontend/component.js").Component<Uint8Array>} */
export default component(
  (root) => withPicture(root, new Attention(root)),
  (view, { data }) => view.show(unpack(data)),
);
