// Tensor shapes as boxes in perspective, with sizes shown in a tip.

import { component } from "../../components/frontend/component.js";
import { childrenOf, element, find, svg } from "../../components/frontend/elements.js";
import { withPicture } from "../../components/frontend/picture.js";
import { clamp } from "../../components/frontend/pointer.js";

/**
 * @typedef {object} Box  of one tensor
 * @property {number} channels
 * @property {number} rows
 * @property {number} columns
 * @property {"maps" | "tokens" | "vector"} form
 */
/**
 * @typedef {object} Stage  of the forward pass
 * @property {string} name
 * @property {string} title
 * @property {string} layers
 * @property {string[]} sizes
 * @property {string[]} words  meaning of each size
 * @property {string} values
 * @property {string} bytes
 * @property {Box[]} boxes
 */
/** @typedef {{ side: number, depth: number }} Scale  px per square root of rows and of channels */

const TALLEST = 104; // px, of the longest row or column
const DEEPEST = 62; // px, of the largest number of channels
const THINNEST = 2.5; // px
const INTO = { x: 0.42, y: -0.3 }; // px to the right and down per px of depth
const LARGEST = 1.35; // factor by which these sizes grow where there is room
const SPACE = 48; // px between two boxes
const SLICES = 9; // the most lines that indicate channels

class Volumes {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.list = find(root, ".stages");
    this.tip = find(root, ".tip");
    this.shown = "";
    this.sizes = new ResizeObserver(() => level(this.list));
    this.sizes.observe(this.list);
  }

  close() {
    this.sizes.disconnect();
  }

  /** @param {Stage[]} stages */
  show(stages) {
    const shown = JSON.stringify(stages);
    if (this.shown === shown) return;
    this.shown = shown;
    this.tip.hidden = true;
    const scale = scaleOf(stages, this.list.clientWidth);
    this.list.replaceChildren(...stages.map((stage) => this.item(stage, scale)));
    level(this.list);
  }

  /**
   * @param {Stage} stage
   * @param {Scale} scale
   */
  item(stage, scale) {
    const { layers, words, values, bytes } = stage;
    const frame = element(
      "span",
      { className: "frame" },
      ...stage.boxes.map((box) => drawing(box, scale)),
    );
    const label = element(
      "span",
      { className: "label" },
      line("name", stage.name),
      ...stage.sizes.map((size) => line("size", size)),
    );
    const item = element("li", { className: "stage", tabIndex: 0 }, frame, label);
    item.ariaLabel = `${layers}: ${words.join(" and ")}, ${values}, ${bytes}`;
    item.onpointerenter = item.onfocus = () => this.read(item, stage);
    item.onpointerleave = item.onblur = () => {
      this.tip.hidden = true;
    };
    return item;
  }

  /**
   * @param {HTMLElement} item
   * @param {Stage} stage
   */
  read(item, { title, sizes, words, values, bytes }) {
    const lines = [...sizes.map((size, i) => `${size}: ${words[i]}`), values, bytes];
    const { tip } = this;
    tip.replaceChildren(
      element("b", { textContent: title }),
      ...lines.map((text) => line("", text)),
    );
    tip.hidden = false;
    const box = /** @type {HTMLElement} */ (tip.parentElement).getBoundingClientRect();
    const at = item.getBoundingClientRect();
    const middle = at.left - box.left + at.width / 2 - tip.offsetWidth / 2;
    const left = clamp(middle, 0, Math.max(0, box.width - tip.offsetWidth));
    tip.style.transform = `translate(${left}px, ${at.bottom - box.top + 6}px)`;
  }
}

/**
 * @param {string} className
 * @param {string} textContent
 */
const line = (className, textContent) => element("span", { className, textContent });

/**
 * Return the scale at which all stages fit in one row, within limits.
 *
 * @param {Stage[]} stages
 * @param {number} room  px
 * @returns {Scale}
 */
export function scaleOf(stages, room) {
  const boxes = stages.flatMap((stage) => stage.boxes);
  const side = TALLEST / Math.sqrt(Math.max(...boxes.flatMap((box) => [box.rows, box.columns])));
  const depth = DEEPEST / Math.sqrt(Math.max(...boxes.map((box) => box.channels)));
  const widths = stages.map((stage) =>
    Math.max(...stage.boxes.map((box) => widthOf(box, { side, depth }))),
  );
  const wanted = widths.reduce((sum, width) => sum + width);
  const larger = clamp((room - SPACE * stages.length) / wanted, 1, LARGEST);
  return { side: side * larger, depth: depth * larger };
}

/**
 * @param {Box} box
 * @param {Scale} scale
 */
function widthOf({ channels, columns }, { side, depth }) {
  return depth * Math.sqrt(channels) + INTO.x * side * Math.sqrt(columns);
}

/**
 * Align the boxes of each row of the page at their middle.
 *
 * @param {HTMLElement} list
 */
function level(list) {
  const items = childrenOf(list).map((item) => ({ item, frame: childrenOf(item)[0] }));
  for (const { frame } of items) frame.style.height = "";
  const rows = Map.groupBy(items, ({ item }) => Math.round(item.getBoundingClientRect().top));
  for (const row of rows.values()) {
    const height = Math.max(...row.map(({ frame }) => frame.offsetHeight));
    for (const { frame } of row) frame.style.height = `${height}px`;
  }
}

/**
 * Return a box in perspective: channels to the right, rows down, columns into the page.
 *
 * @param {Box} box
 * @param {Scale} scale
 */
function drawing(box, { side, depth }) {
  const wide = Math.max(THINNEST, depth * Math.sqrt(box.channels));
  const high = Math.max(THINNEST, side * Math.sqrt(box.rows));
  const far = box.columns > 1 ? side * Math.sqrt(box.columns) : THINNEST;
  const [dx, dy] = [INTO.x * far, INTO.y * far];
  const [width, height] = [wide + dx + 2, high - dy + 2];
  const viewBox = `-1 ${dy - 1} ${width} ${height}`;
  const face = (/** @type {string} */ name, /** @type {number[][]} */ corners) =>
    svg("polygon", { class: `face ${name}`, points: corners.map(String).join(" ") });
  const count = Math.min(box.channels, SLICES, Math.floor(wide / 4));
  const slices = Array.from({ length: Math.max(count - 1, 0) }, (_, i) => {
    const x = ((i + 1) * wide) / count;
    const points = `${x},${high} ${x},0 ${x + dx},${dy}`;
    return svg("polyline", { class: "slice", fill: "none", points });
  });
  return svg(
    "svg",
    { class: box.form, width, height, viewBox, "aria-hidden": "true" },
    face("front", [
      [0, 0],
      [wide, 0],
      [wide, high],
      [0, high],
    ]),
    face("top", [
      [0, 0],
      [dx, dy],
      [wide + dx, dy],
      [wide, 0],
    ]),
    face("side", [
      [wide, 0],
      [wide + dx, dy],
      [wide + dx, high + dy],
      [wide, high],
    ]),
    ...slices,
  );
}

/** @type {import("../../components/frontend/component.js").Component<{ stages: Stage[] }>} */
export default component(
  (root) => withPicture(root, new Volumes(root)),
  (view, { data }) => view.show(data.stages),
);
