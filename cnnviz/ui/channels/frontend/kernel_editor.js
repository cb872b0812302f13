// Editor of a channel's kernels, one per input channel, and of its strength. Edits are painted at
// once; edits are sent to the server a few times per second.

import { colorOf, pictureOf } from "../../components/frontend/colors.js";
import { component } from "../../components/frontend/component.js";
import { childrenOf, contextOf, element, find } from "../../components/frontend/elements.js";
import { unpack } from "../../components/frontend/message.js";
import { trueMinus } from "../../components/frontend/numbers.js";
import { withPicture } from "../../components/frontend/picture.js";
import { cellAt } from "../../components/frontend/pointer.js";
import { textOn, themeOf } from "../../components/frontend/theme.js";

/**
 * @typedef {object} EditorHeader
 * @property {string} subject  identifies the channel
 * @property {string} stamp  changes when the server's kernels change
 * @property {string} layer
 * @property {number} channel
 * @property {number} sources  input channels; 0 for a channel without kernels
 * @property {number} rows  of a kernel
 * @property {number} columns
 * @property {number} factor  the channel's strength
 * @property {number} most  the largest factor
 */
/**
 * Arrays: "before" (as learned) and "after" (edited), (sources, rows, columns), and two color tables.
 *
 * @typedef {import("../../components/frontend/message.js").Message<EditorHeader>} EditorMessage
 */
/** @typedef {{ factor: number } | { source: number, values: number[] }} Edit */

const EVERY = 120; // ms between messages while a value changes
const QUIET = 1500; // ms after an edit in which the server's kernels are ignored: they may be older
const SWEEP = 120; // pixels of a drag over the whole range of values
const ROOM = 34; // pixels, approximate side of a kernel's picture

/** @type {Record<string, number>} */
const STEPS = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 }; // tenths of the largest weight
/** @type {Record<string, number>} */
const SIDES = { ArrowLeft: -1, ArrowRight: 1 };

const hundredths = (/** @type {number} */ value) =>
  value === 0 ? "0" : trueMinus(value.toFixed(2));

class KernelEditor {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.kernels = find(root, ".kernels");
    this.grid = find(root, ".grid");
    this.tip = find(root, ".tip");
    this.source = 0; // the input channel whose kernel is edited
    this.sequence = 0;
    this.changed = -Infinity;
    this.limit = 1; // the largest weight as learned
    this.factor = 1;
    this.size = 0; // weights of a kernel
    this.values = new Float32Array(); // (sources, rows, columns)
    /** @type {Float32Array} */
    this.learned = this.values;
    /** @type {Uint8Array} */
    this.table = new Uint8Array();
    /** @type {EditorMessage | null} */
    this.data = null;
    /** @type {{ y: number, value: number } | null} */
    this.dragging = null;
    /** @type {(Edit & { layer: string, channel: number }) | null} */
    this.next = null;
    this.waiting = 0;
    /** @type {(edit: object) => void} */
    this.send = () => {};
    this.range = find(root, "input", HTMLInputElement);
    this.range.addEventListener("input", () => this.scale(Number(this.range.value)));
    find(root, ".mute").onclick = () => this.scale(this.factor ? 0 : 1);
    find(root, ".zero").onclick = () => this.set(() => 0);
    find(root, ".negate").onclick = () => this.set((value) => -value || 0);
    find(root, ".restore").onclick = () => this.set((_, i) => this.learned[i]);
  }

  /** @param {EditorMessage} data */
  show(data) {
    const other = this.data?.subject !== data.subject;
    const late = performance.now() - this.changed > QUIET;
    const fresh = other || this.data?.stamp !== data.stamp || late;
    this.data = data;
    this.size = data.rows * data.columns;
    const theme = themeOf(find(this.root, ".editor"));
    this.table = /** @type {Uint8Array} */ (data.arrays[`diverging-${theme}`].values);
    this.learned = /** @type {Float32Array} */ (data.arrays.before.values);
    if (fresh && !this.dragging) {
      this.values = /** @type {Float32Array<ArrayBuffer>} */ (data.arrays.after.values);
      this.factor = data.factor;
    }
    if (other) {
      this.source = 0;
      this.limit = Math.max(...this.learned.map(Math.abs), 1e-6);
      this.build(data);
    }
    find(this.root, ".weights").hidden = !data.sources;
    this.paint();
  }

  /** @param {number} factor */
  scale(factor) {
    this.factor = factor;
    this.paintFactor();
    this.tell({ factor });
  }

  /** @param {(value: number, i: number) => number} change  returns the new value of a weight */
  set(change) {
    const first = this.source * this.size;
    for (let i = first; i < first + this.size; i++) this.values[i] = change(this.values[i], i);
    this.paint();
    this.tellKernel();
  }

  /**
   * @param {number} cell
   * @param {number} value
   */
  move(cell, value) {
    this.values[this.source * this.size + cell] = value;
    this.paintKernel(this.source);
    this.paintCells();
    this.tellKernel();
  }

  /** @param {number} source */
  kernel(source) {
    return this.values.subarray(source * this.size, (source + 1) * this.size);
  }

  tellKernel() {
    this.tell({ source: this.source, values: [...this.kernel(this.source)] });
  }

  /**
   * Send an edit, at most one every EVERY ms; of those in between, only the last.
   *
   * @param {Edit} edit
   */
  tell(edit) {
    if (!this.data) return;
    const { layer, channel } = this.data;
    this.changed = performance.now();
    this.next = { layer, channel, ...edit };
    if (!this.waiting) this.sendNext();
  }

  sendNext() {
    this.waiting = 0;
    if (!this.next) return;
    this.sequence += 1;
    this.send({ ...this.next, sequence: this.sequence });
    this.next = null;
    this.waiting = setTimeout(() => this.sendNext(), EVERY);
  }

  /** @param {EditorMessage} data */
  build({ sources, rows, columns }) {
    const scale = Math.max(4, Math.round(ROOM / Math.max(rows, columns, 1)));
    const buttons = Array.from({ length: sources }, (_, source) => {
      const canvas = element("canvas", { width: columns, height: rows });
      canvas.style.width = `${columns * scale}px`;
      canvas.style.height = `${rows * scale}px`;
      const button = element("button", { type: "button" }, canvas);
      button.onclick = () => {
        this.source = source;
        this.paint();
      };
      button.onpointermove = (event) => this.point(source, canvas, event);
      button.onpointerleave = () => {
        this.tip.textContent = "";
      };
      return button;
    });
    this.kernels.replaceChildren(...buttons);
    const className = columns > 5 ? "cell small" : "cell";
    const cells = Array.from({ length: this.size }, (_, i) => {
      const cell = element("div", { className, tabIndex: 0, role: "spinbutton" });
      this.listen(cell, i);
      return cell;
    });
    this.grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    this.grid.replaceChildren(...cells);
  }

  /**
   * @param {HTMLElement} cell
   * @param {number} i
   */
  listen(cell, i) {
    const value = () => this.kernel(this.source)[i];
    cell.onpointerdown = (event) => {
      cell.setPointerCapture(event.pointerId);
      this.dragging = { y: event.clientY, value: value() };
    };
    cell.onpointermove = (event) => {
      if (!this.dragging) return;
      const up = (this.dragging.y - event.clientY) / SWEEP;
      this.move(i, this.dragging.value + 2 * this.limit * up);
    };
    cell.onpointerup = cell.onpointercancel = () => {
      this.dragging = null;
    };
    cell.onkeydown = (event) => {
      if (event.key in STEPS) this.move(i, value() + (STEPS[event.key] * this.limit) / 10);
      else if (event.key in SIDES) childrenOf(this.grid)[i + SIDES[event.key]]?.focus();
      else if (event.key === "0") this.move(i, 0);
      else return;
      event.preventDefault();
    };
  }

  /**
   * @param {number} source
   * @param {HTMLCanvasElement} canvas
   * @param {PointerEvent} event
   */
  point(source, canvas, event) {
    if (!this.data) return;
    const { rows, columns } = this.data;
    const [row, column] = cellAt(event, canvas.getBoundingClientRect(), rows, columns);
    const value = this.kernel(source)[row * columns + column].toFixed(4);
    this.tip.textContent = `Input channel ${source}, row ${row}, column ${column}: ${value}`;
  }

  get ends() {
    return { low: -this.limit, high: this.limit };
  }

  paint() {
    if (!this.data) return;
    this.paintFactor();
    const { sources, rows, columns } = this.data;
    for (let source = 0; source < sources; source++) this.paintKernel(source);
    find(this.root, ".title small").textContent =
      `${sources} of ${rows} × ${columns}, one per input channel`;
    find(this.root, ".single small").textContent = `the kernel for input channel ${this.source}`;
    this.paintCells();
  }

  /** @param {number} source */
  paintKernel(source) {
    if (!this.data) return;
    const { rows, columns } = this.data;
    const first = source * this.size;
    const picture = pictureOf([rows, columns], this.values, first, this.table, this.ends);
    const button = childrenOf(this.kernels)[source];
    contextOf(find(button, "canvas", HTMLCanvasElement)).drawImage(picture, 0, 0);
    const changed = this.kernel(source).some((value, i) => value !== this.learned[first + i]);
    button.classList.toggle("changed", changed);
    button.ariaPressed = String(source === this.source);
    button.ariaLabel = `Input channel ${source}${changed ? ", changed" : ""}`;
  }

  paintCells() {
    const columns = this.data?.columns ?? 1;
    const values = this.kernel(this.source);
    childrenOf(this.grid).forEach((cell, i) => {
      const color = colorOf(values[i], this.table, this.ends);
      cell.style.background = `rgb(${color.join()})`;
      cell.style.color = textOn(color);
      cell.textContent = hundredths(values[i]);
      cell.ariaLabel = `Row ${Math.floor(i / columns)}, column ${i % columns}`;
      cell.ariaValueNow = String(values[i]);
      cell.ariaValueText = values[i].toFixed(3);
    });
  }

  paintFactor() {
    this.range.max = String(this.data?.most ?? 1);
    this.range.value = String(this.factor);
    find(this.root, "output").textContent = this.factor ? `× ${this.factor.toFixed(2)}` : "muted";
    find(this.root, ".mute").textContent = this.factor ? "Mute" : "Unmute";
  }
}

/** @type {import("../../components/frontend/component.js").Component<Uint8Array>} */
export default component(
  (root) => withPicture(root, new KernelEditor(root)),
  (view, { data, setStateValue }) => {
    view.send = (edit) => setStateValue("edit", edit);
    view.show(unpack(data));
  },
);
