// A canvas with the detected boxes. Pointing at a query shows its attention; a click pins it.

import { paintGray } from "../../components/frontend/colors.js";
import { component } from "../../components/frontend/component.js";
import {
  contextOf,
  element,
  find,
  newCanvas,
  resized,
  svg,
} from "../../components/frontend/elements.js";
import { unpack } from "../../components/frontend/message.js";
import { percent, probability } from "../../components/frontend/numbers.js";
import { withPicture } from "../../components/frontend/picture.js";
import { clamp } from "../../components/frontend/pointer.js";

/**
 * @typedef {object} Query
 * @property {number} digit
 * @property {number} confidence
 * @property {number} nothing  probability that there is no object
 * @property {[left: number, top: number, right: number, bottom: number]} box  shares of the side
 * @property {boolean} found  whether it is above the confidence threshold
 */
/**
 * @typedef {object} DetectionsHeader
 * @property {string} label  description of the canvas
 * @property {number} side  pixels
 * @property {[rows: number, columns: number]} grid  of the attention
 * @property {Query[]} queries
 */
/**
 * Arrays: "ink", uint8, (side, side), and "attention", float32, (queries, rows, columns).
 *
 * @typedef {import("../../components/frontend/message.js").Message<DetectionsHeader,
 *   "ink" | "attention">} DetectionsMessage
 */

const HEAT = [230, 159, 0];
const FINE = 256; // pixels, side of the enlarged attention
const LABEL = { width: 15, height: 4 }; // pixels of the canvas

/**
 * Return the prediction of a query and its probability.
 *
 * @param {Query} query
 * @returns {[prediction: string, probability: string]}
 */
export function predictionOf({ digit, confidence, nothing, found }) {
  if (found) return [String(digit), probability(confidence)];
  const rest = `${digit}: ${probability(confidence)}`;
  return ["no object", nothing > 0.5 ? probability(nothing) : rest];
}

/**
 * Paint attention from transparent to orange, smoothly enlarged and scaled to its maximum.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} attention
 * @param {[rows: number, columns: number]} grid
 */
function paintHeat(canvas, attention, [rows, columns]) {
  const small = newCanvas(columns, rows);
  const image = new ImageData(columns, rows);
  const most = Math.max(...Array.from(attention));
  Array.from(attention).forEach((value, i) =>
    image.data.set([...HEAT, Math.round((215 * value) / most)], 4 * i),
  );
  contextOf(small).putImageData(image, 0, 0);
  canvas.width = canvas.height = FINE;
  const context = contextOf(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, FINE, FINE);
}

/**
 * Draw the boxes of some queries; labels do not cover each other.
 *
 * @param {SVGElement} picture
 * @param {Query[]} queries
 * @param {number} side
 * @param {{ active?: Query | null, labels: boolean }} options
 */
function drawBoxes(picture, queries, side, { active = null, labels }) {
  picture.setAttribute("viewBox", `0 0 ${side} ${side}`);
  /** @type {[x: number, y: number][]} */
  const taken = []; // positions of labels
  const shapes = queries.flatMap((query) => {
    const [left, top, right, bottom] = query.box.map((share) => share * side);
    const other = active && query !== active ? "other" : "";
    const kind = query.found ? other : `${other} unsure`;
    const size = { width: right - left, height: bottom - top };
    const box = svg("rect", { x: left, y: top, ...size, class: kind });
    if (!labels || !query.found) return [box];
    const x = clamp(left, 0.5, side - LABEL.width);
    const free = (/** @type {number} */ y) =>
      !taken.some(([a, b]) => Math.abs(a - x) < LABEL.width && Math.abs(b - y) < LABEL.height);
    const tries = [top - 1, bottom + 4.2, top + 4.5, bottom - 1];
    const y = tries.find((tried) => tried > LABEL.height && tried < side && free(tried)) ?? top;
    taken.push([x, y]);
    const words = `${query.digit}  ${probability(query.confidence)}`;
    return [box, svg("text", { x, y, class: other }, words)];
  });
  picture.replaceChildren(...shapes);
}

class Detections {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.whole = find(root, ".whole");
    this.ink = find(root, ".whole .ink", HTMLCanvasElement);
    this.heat = find(root, ".whole .heat", HTMLCanvasElement);
    this.boxes = find(root, ".whole svg", SVGElement);
    this.caption = find(root, "figcaption");
    this.list = find(root, ".queries");
    /** @type {number | null} */
    this.pinned = null;
    /** @type {number | null} */
    this.pointed = null;
  }

  /** @param {DetectionsMessage} message */
  show(message) {
    this.message = message;
    const { label, side, queries, grid, arrays } = message;
    if (this.list.children.length !== queries.length) this.pinned = this.pointed = null;
    this.ink.ariaLabel = label;
    paintGray(this.ink, side, arrays.ink.values);
    resized(this.list, queries.length, (i) => this.card(i)).forEach((item, i) => {
      const [prediction, share] = predictionOf(queries[i]);
      paintGray(find(item, ".ink", HTMLCanvasElement), side, arrays.ink.values);
      paintHeat(find(item, ".heat", HTMLCanvasElement), this.attention(i), grid);
      const boxes = queries[i].found ? [queries[i]] : [];
      drawBoxes(find(item, "svg", SVGElement), boxes, side, { labels: false });
      find(item, "b").textContent = prediction;
      find(item, "small").textContent = share;
      item.classList.toggle("nothing", !queries[i].found);
      find(item, "button").ariaLabel = `Query ${i + 1}: ${prediction}, ${share}`;
    });
    this.draw();
  }

  /** @param {number} query */
  attention(query) {
    const { grid, arrays } = /** @type {DetectionsMessage} */ (this.message);
    const cells = grid[0] * grid[1];
    return arrays.attention.values.subarray(query * cells, (query + 1) * cells);
  }

  /** @param {number} i */
  card(i) {
    const frame = element(
      "div",
      { className: "frame" },
      element("canvas", { className: "ink" }),
      element("canvas", { className: "heat" }),
      svg("svg", { class: "boxes" }),
    );
    const button = element("button", { type: "button" }, frame, element("b"), element("small"));
    button.onpointerenter = button.onfocus = () => this.point(i);
    button.onpointerleave = button.onblur = () => this.point(null);
    button.onclick = () => {
      this.pinned = this.pinned === i ? null : i;
      this.draw();
    };
    return element("li", {}, button);
  }

  /** @param {number | null} i */
  point(i) {
    this.pointed = i;
    this.draw();
  }

  draw() {
    if (!this.message) return;
    const { queries, grid, side } = this.message;
    const place = this.pointed ?? this.pinned;
    const active = place === null ? null : queries[place];
    this.whole.classList.toggle("looking", place !== null);
    if (place === null)
      this.heat.width = this.heat.height = FINE; // clears the canvas
    else paintHeat(this.heat, this.attention(place), grid);
    const shown = queries.filter((query) => query.found || query === active);
    drawBoxes(this.boxes, shown, side, { active, labels: true });
    this.list.querySelectorAll("button").forEach((button, i) => {
      button.ariaPressed = String(i === this.pinned);
    });
    this.caption.textContent = place === null ? this.summary() : this.sentence(place);
  }

  summary() {
    const queries = this.message?.queries ?? [];
    const found = queries.filter((query) => query.found).length;
    return `${found} of ${queries.length} queries detect a digit. Point at a query to see its attention.`;
  }

  /** @param {number} i */
  sentence(i) {
    const { queries, grid } = /** @type {DetectionsMessage} */ (this.message);
    const attention = [...this.attention(i)];
    const most = Math.max(...attention);
    const at = attention.indexOf(most);
    const [row, column] = [Math.floor(at / grid[1]), at % grid[1]];
    return (
      `Query ${i + 1}: ${predictionOf(queries[i]).join(", ")}. Its largest attention weight, ` +
      `${percent(most)}, is at row ${row}, column ${column} of ${grid[0]} × ${grid[1]}.`
    );
  }
}

/** @type {import("../../components/frontend/component.js").Component<Uint8Array>} */
export default component(
  (root) => withPicture(root, new Detections(root)),
  (view, { data }) => view.show(unpack(data)),
);
