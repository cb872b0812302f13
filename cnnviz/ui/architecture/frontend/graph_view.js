// A network as a graph whose modules open and close, with pan and zoom.

import { component } from "../../components/frontend/component.js";
import { element, find } from "../../components/frontend/elements.js";
import { withPicture } from "../../components/frontend/picture.js";
import { clamp } from "../../components/frontend/pointer.js";
import { GraphDrawing } from "./graph_drawing.js";
import { BOX, layOut } from "./graph_layout.js";

/** @typedef {import("./graph_layout.js").Node} Node */
/** @typedef {import("./graph_layout.js").Point} Point */
/**
 * @typedef {object} GraphData
 * @property {string} subject  identifies the network
 * @property {string | null} layer  to select at first
 * @property {Node} root
 */

const LEGEND = [
  ["weights", "convolution, linear"],
  ["norm", "normalization, other weights"],
  ["activation", "activation"],
  ["pool", "pooling"],
  ["attention", "attention"],
  ["join", "joins: +, ×, cat"],
  ["module", "module"],
];
const [FARTHEST, NEAREST] = [0.03, 2.5]; // zoom factors
const READABLE = 0.55; // least zoom factor at first
const LEGIBLE = 0.85; // zoom factor from which on shapes are shown beside edges
const ZOOM = 1.3; // zoom factor of a click or key
const CLICK = 6; // px, the most that a pointer moves during a click

class Graph {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.stage = find(root, ".stage");
    this.canvas = find(root, ".canvas", SVGSVGElement);
    this.world = find(root, ".world", SVGGElement);
    this.reading = find(root, ".read");
    this.at = { x: 0, y: 0, k: 1 }; // position of the origin on the stage, and the zoom factor
    /** @type {string | null} */
    this.subject = null;
    /** @type {Node | null} */
    this.root = null;
    /** @type {Map<string, Node>} */
    this.nodes = new Map();
    /** @type {Map<string, Node | null>} */
    this.parents = new Map();
    /** @type {Set<string>} */
    this.opened = new Set();
    /** @type {string | null} */
    this.selected = null;
    /** @type {string | null} */
    this.focused = null;
    /** @type {Map<number, Point>} */
    this.pointers = new Map(); // positions of the pressed pointers, in the window
    this.traveled = 0; // px
    /** @type {string | null} */
    this.pressed = null;
    this.moved = false; // whether the user has panned or zoomed
    this.whole = false; // whether the whole graph must fit
    this.size = { left: 0, right: 0, high: 0 };
    this.drawing = new GraphDrawing();
    /** @type {(node: Node) => void} */
    this.tell = () => {};
    const act = (/** @type {string} */ selector, /** @type {() => void} */ action) => {
      find(root, selector).onclick = action;
    };
    act(".in", () => this.zoom(ZOOM));
    act(".out", () => this.zoom(1 / ZOOM));
    act(".fit", () => this.fit(true));
    act(".open", () => this.openLevel());
    act(".close", () => this.closeAll());
    const entries = LEGEND.map(([hue, words]) => legendItem(hue, words, ""));
    const skip = legendItem("join", "skip connection", "line");
    find(root, ".legend").append(...entries, skip);
    this.listen();
    this.sizes = new ResizeObserver(() => {
      if (!this.root || this.moved) return;
      this.fit(this.whole);
      if (this.selected && !this.whole) this.show(this.selected);
    });
    this.sizes.observe(this.stage);
  }

  close() {
    this.sizes.disconnect();
  }

  /**
   * @param {GraphData} data
   * @param {(node: Node) => void} tell
   */
  update({ subject, root, layer }, tell) {
    this.tell = tell;
    if (this.subject === subject) return;
    this.subject = subject;
    this.root = root;
    this.parents = new Map();
    this.nodes = new Map();
    this.learn(root, null);
    this.opened = new Set([root.id]);
    let only = root; // a module that is an only child is open at first
    while (only.children.length === 1 && only.children[0].children.length) {
      [only] = only.children;
      this.opened.add(only.id);
    }
    this.focused = null;
    const wanted = layer ? [...this.nodes.values()].find(({ pick }) => pick === layer) : null;
    this.selected = wanted?.id ?? null;
    if (wanted) for (const node of this.ancestors(wanted.id)) this.opened.add(node.id);
    this.draw();
    this.fit(false);
    if (wanted) this.show(wanted.id);
    this.read(wanted ?? root);
  }

  /**
   * @param {Node} node
   * @param {Node | null} parent
   */
  learn(node, parent) {
    this.nodes.set(node.id, node);
    this.parents.set(node.id, parent);
    for (const child of node.children) this.learn(child, node);
  }

  /** @param {string} id */
  ancestors(id) {
    const nodes = [];
    for (let node = this.parents.get(id); node; node = this.parents.get(node.id)) nodes.push(node);
    return nodes;
  }

  get order() {
    return [...this.drawing.drawn.keys()];
  }

  draw() {
    if (!this.root) return;
    const whole = layOut(this.root, this.opened);
    this.size = whole;
    this.drawing = new GraphDrawing();
    this.world.replaceChildren(...this.drawing.draw(whole));
    const kept = this.focused && this.drawing.drawn.has(this.focused);
    this.focus(kept ? this.focused : this.order[0], false);
    this.mark();
  }

  /** @param {string} id */
  toggle(id) {
    const before = this.drawing.drawn.get(id);
    if (!this.opened.delete(id)) this.opened.add(id);
    this.draw();
    const after = this.drawing.drawn.get(id);
    if (before && after) {
      this.at.x += (before.x - after.x) * this.at.k;
      this.at.y += (before.y - after.y) * this.at.k;
    }
    this.moved = true;
    this.place();
  }

  openLevel() {
    for (const id of this.order) if (this.nodes.get(id)?.children.length) this.opened.add(id);
    this.draw();
    this.fit(false);
  }

  closeAll() {
    this.opened = new Set(this.root ? [this.root.id] : []);
    this.draw();
    this.fit(false);
  }

  /** @param {string} id */
  select(id) {
    const node = this.nodes.get(id);
    if (!node) return;
    this.selected = id;
    this.mark();
    this.read(node);
    this.tell(node);
  }

  mark() {
    for (const [id, { group }] of this.drawing.drawn) {
      group.classList.toggle("selected", id === this.selected);
      group.setAttribute("aria-selected", String(id === this.selected));
    }
  }

  /** @param {Node} node */
  read({ name, label, facts }) {
    const list = facts.flatMap(([fact, value]) => [
      element("dt", { textContent: fact }),
      element("dd", { textContent: value }),
    ]);
    const title = element("h4", { textContent: name || label });
    this.reading.replaceChildren(title, element("dl", {}, ...list));
    if (!this.selected)
      this.reading.append(element("p", { textContent: "Select a layer to see its numbers here." }));
  }

  place() {
    const { x, y, k } = this.at;
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
    this.world.classList.toggle("legible", k >= LEGIBLE);
  }

  /** @param {boolean} whole  whether the whole graph must fit, however small */
  fit(whole) {
    this.whole = whole;
    this.moved = false;
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    const { left, right, high } = this.size;
    const across = (width - 24) / (left + right);
    const along = (height - 24) / (high + 30);
    const k = whole ? Math.min(across, along, 1) : clamp(across, READABLE, 1);
    const middle = !whole && across < READABLE ? 0 : (right - left) / 2; // 0: the root's
    this.at = { k, x: width / 2 - k * middle, y: 8 };
    this.place();
  }

  /**
   * @param {number} factor
   * @param {number} [x]  fixed point, px on the stage
   * @param {number} [y]
   */
  zoom(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const k = clamp(this.at.k * factor, FARTHEST, NEAREST);
    const ratio = k / this.at.k;
    this.at = { k, x: x - (x - this.at.x) * ratio, y: y - (y - this.at.y) * ratio };
    this.moved = true;
    this.place();
  }

  /** @param {string} id  a node to move into view */
  show(id) {
    const drawn = this.drawing.drawn.get(id);
    if (!drawn) return;
    const { clientWidth: width, clientHeight: height } = this.stage;
    const x = this.at.x + drawn.x * this.at.k;
    const y = this.at.y + (drawn.y + BOX.height / 2) * this.at.k;
    if (x < 60 || x > width - 60) this.at.x += width / 2 - x;
    if (y < 40 || y > height - 40) this.at.y += height / 2 - y;
    this.place();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
      this.traveled = 0;
      const node = /** @type {Element} */ (event.target).closest(".node");
      this.pressed = node?.getAttribute("data-id") ?? null;
    });
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    canvas.addEventListener("pointerup", (event) => this.release(event));
    canvas.addEventListener("pointercancel", (event) => this.release(event));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {PointerEvent} event */
  release(event) {
    const down = this.pointers.delete(event.pointerId);
    this.canvas.classList.remove("dragged");
    if (!down || this.traveled >= CLICK || event.type !== "pointerup") return;
    if (this.pressed && !this.pointers.size) this.press(this.pressed);
    else this.focus(this.focused, true);
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    /** @type {Point} */
    const now = [event.clientX, event.clientY];
    this.traveled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (this.traveled < CLICK) return;
    if (!this.canvas.hasPointerCapture(event.pointerId))
      this.canvas.setPointerCapture(event.pointerId);
    this.canvas.classList.add("dragged");
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    this.moved = true;
    if (other) return this.pinch(before, now, other);
    this.at.x += now[0] - before[0];
    this.at.y += now[1] - before[1];
    this.place();
  }

  /**
   * @param {Point} before  previous position of one finger
   * @param {Point} now  its position
   * @param {Point} other  position of the other finger
   */
  pinch(before, now, other) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const apart = (/** @type {Point} */ [x, y]) => Math.hypot(x - other[0], y - other[1]);
    const [x, y] = [(now[0] + other[0]) / 2 - left, (now[1] + other[1]) / 2 - top];
    this.zoom(apart(now) / Math.max(apart(before), 1), x, y);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    const { activeElement } = /** @type {ShadowRoot} */ (this.canvas.getRootNode());
    if (!event.ctrlKey && !this.canvas.contains(activeElement)) return;
    event.preventDefault();
    const { left, top } = this.canvas.getBoundingClientRect();
    const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015));
    this.zoom(factor, event.clientX - left, event.clientY - top);
  }

  /** @param {string} id */
  press(id) {
    this.focus(id, true);
    if (this.nodes.get(id)?.children.length) this.toggle(id);
    this.select(id);
  }

  /**
   * @param {string | null | undefined} id
   * @param {boolean} take  whether it gets the focus
   */
  focus(id, take) {
    if (!id) return;
    const { drawn } = this.drawing;
    if (this.focused) drawn.get(this.focused)?.group.setAttribute("tabindex", "-1");
    this.focused = id;
    const group = drawn.get(id)?.group;
    group?.setAttribute("tabindex", "0");
    if (take) group?.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const id = this.focused;
    if (!id) return;
    const open = this.opened.has(id);
    const opens = Boolean(this.nodes.get(id)?.children.length);
    const { order } = this;
    const place = order.indexOf(id);
    let next;
    if (event.key === "ArrowDown") next = order[place + 1];
    else if (event.key === "ArrowUp") next = order[place - 1];
    else if (event.key === "Home") next = order[0];
    else if (event.key === "End") next = order.at(-1);
    else if (event.key === "ArrowRight" && open) next = order[place + 1];
    else if (event.key === "ArrowRight" && opens) this.toggle(id);
    else if (event.key === "ArrowLeft" && open) this.toggle(id);
    else if (event.key === "ArrowLeft") next = this.parents.get(id)?.id;
    else if (event.key === "Enter" || event.key === " ") this.select(id);
    else if (event.key === "+") this.zoom(ZOOM);
    else if (event.key === "-") this.zoom(1 / ZOOM);
    else return;
    event.preventDefault();
    if (next && this.drawing.drawn.has(next)) this.focus(next, true);
    else if (this.drawing.drawn.has(id)) this.focus(id, true);
    if (this.focused) this.show(this.focused);
  }
}

/**
 * @param {string} hue
 * @param {string} words
 * @param {string} className  of the mark
 */
function legendItem(hue, words, className) {
  const mark = element("i", { className });
  mark.style.setProperty("--hue", `var(--${hue})`);
  return element("li", {}, mark, words);
}

/** @type {import("../../components/frontend/component.js").Component<GraphData>} */
export default component(
  (root) => withPicture(root, new Graph(root)),
  (view, { data, setStateValue }) =>
    view.update(data, (node) => {
      if (node.pick) setStateValue("layer", node.pick);
      setStateValue("node", [data.subject, node.id]);
    }),
);
