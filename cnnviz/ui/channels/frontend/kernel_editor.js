// A channel's kernels, one per input channel; one of them to edit cell by cell; the channel's
// strength. Everything is painted here at once; the server hears of changes a few times a second.

import { isDark, unpack } from "../../components/frontend/message.js";
import { colorOf, pictureOf } from "../../components/frontend/colors.js";

const VIEWS = new WeakMap();
const EVERY = 120; // ms between two messages while a value moves
const QUIET = 1500; // ms after a change in which what comes back is older than what is here
const SWEEP = 120; // pixels of a drag for the whole range of a kernel's values
const ROOM = 34; // pixels of a kernel's picture, about

const hundredths = (value) => (value === 0 ? "0" : value.toFixed(2).replace("-", "−"));

export default function ({ data, parentElement, setStateValue }) {
  let view = VIEWS.get(parentElement);
  if (!view) VIEWS.set(parentElement, (view = new Editor(parentElement)));
  view.send = (edit) => setStateValue("edit", edit);
  view.update(unpack(data));
}

class Editor {
  constructor(parent) {
    this.find = (selector) => parent.querySelector(selector);
    this.source = 0;
    this.sequence = 0;
    this.changed = -Infinity;
    this.range = this.find("input");
    this.range.addEventListener("input", () => this.scale(Number(this.range.value)));
    this.find(".mute").onclick = () => this.scale(this.factor ? 0 : 1);
    this.find(".zero").onclick = () => this.set(() => 0);
    this.find(".negate").onclick = () => this.set((value) => -value || 0);
    this.find(".restore").onclick = () => this.set((_, i) => this.data.arrays.before.values[this.first() + i]);
  }

  update(data) {
    const other = this.data?.subject !== data.subject;
    const fresh = other || this.data.stamp !== data.stamp || performance.now() - this.changed > QUIET;
    this.data = data;
    this.size = data.rows * data.columns;
    this.table = data.arrays[`diverging-${isDark(this.find(".editor")) ? "dark" : "light"}`].values;
    if (fresh && !this.dragging) {
      this.values = data.arrays.after.values;
      this.factor = data.factor;
    }
    if (other) {
      this.source = 0;
      this.limit = Math.max(...data.arrays.before.values.map(Math.abs), 1e-6);
      this.build();
    }
    this.find(".weights").hidden = !data.sources;
    this.paint();
  }

  first() {
    return this.source * this.size;
  }

  // Changing

  scale(factor) {
    this.factor = factor;
    this.paintFactor();
    this.tell({ factor });
  }

  set(change) {
    const first = this.first();
    for (let i = 0; i < this.size; i++) this.values[first + i] = change(this.values[first + i], i);
    this.paint();
    this.tellKernel();
  }

  move(i, value) {
    this.values[this.first() + i] = value;
    this.paintSource(this.source);
    this.paintCells();
    this.tellKernel();
  }

  tellKernel() {
    const first = this.first();
    const values = [...this.values.subarray(first, first + this.size)];
    this.tell({ source: this.source, values });
  }

  // At once if nothing was said for a while, else the last word as soon as it is time
  tell(edit) {
    const { layer, channel } = this.data;
    this.changed = performance.now();
    this.next = { layer, channel, ...edit };
    if (this.waiting) return;
    const say = () => {
      this.waiting = null;
      if (!this.next) return;
      this.send({ ...this.next, sequence: ++this.sequence });
      this.next = null;
      this.waiting = setTimeout(say, EVERY);
    };
    say();
  }

  // Building

  build() {
    const { sources, rows, columns } = this.data;
    const scale = Math.max(4, Math.round(ROOM / Math.max(rows, columns, 1)));
    const buttons = Array.from({ length: sources }, (_, source) => {
      const button = document.createElement("button");
      const canvas = document.createElement("canvas");
      button.type = "button";
      [canvas.width, canvas.height] = [columns, rows];
      canvas.style.width = `${columns * scale}px`;
      canvas.style.height = `${rows * scale}px`;
      button.append(canvas);
      button.onclick = () => this.choose(source);
      button.onpointermove = (event) => this.point(source, canvas, event);
      button.onpointerleave = () => (this.find(".tip").textContent = "");
      return button;
    });
    this.find(".kernels").replaceChildren(...buttons);
    const cells = Array.from({ length: this.size }, (_, i) => this.cell(i));
    const grid = this.find(".grid");
    grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    grid.replaceChildren(...cells);
  }

  cell(i) {
    const cell = document.createElement("div");
    cell.className = this.data.columns > 5 ? "cell small" : "cell";
    cell.tabIndex = 0;
    cell.setAttribute("role", "spinbutton");
    const value = () => this.values[this.first() + i];
    cell.onpointerdown = (event) => {
      cell.setPointerCapture(event.pointerId);
      this.dragging = { y: event.clientY, value: value() };
    };
    cell.onpointermove = (event) => {
      if (!this.dragging) return;
      const up = (this.dragging.y - event.clientY) / SWEEP;
      this.move(i, this.dragging.value + 2 * this.limit * up);
    };
    cell.onpointerup = cell.onpointercancel = () => (this.dragging = null);
    cell.onkeydown = (event) => {
      const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 };
      const sides = { ArrowLeft: -1, ArrowRight: 1 };
      if (event.key in steps) this.move(i, value() + (steps[event.key] * this.limit) / 10);
      else if (event.key in sides) this.find(".grid").children[i + sides[event.key]]?.focus();
      else if (event.key === "0") this.move(i, 0);
      else return;
      event.preventDefault();
    };
    return cell;
  }

  choose(source) {
    this.source = source;
    this.paint();
  }

  point(source, canvas, event) {
    const { rows, columns } = this.data;
    const box = canvas.getBoundingClientRect();
    const at = (place, count) => Math.min(Math.max(Math.floor(place * count), 0), count - 1);
    const row = at((event.clientY - box.top) / box.height, rows);
    const column = at((event.clientX - box.left) / box.width, columns);
    const value = this.values[source * this.size + row * columns + column];
    this.find(".tip").textContent = `Input ${source}, row ${row}, column ${column}: ${value.toFixed(4)}`;
  }

  // Painting

  ends() {
    return { low: -this.limit, high: this.limit };
  }

  paint() {
    this.paintFactor();
    const { sources, rows, columns } = this.data;
    for (let source = 0; source < sources; source++) this.paintSource(source);
    this.find(".title small").textContent = `${sources} of ${rows} × ${columns}, one per input channel`;
    this.find(".single small").textContent = `the kernel for input ${this.source}`;
    this.paintCells();
  }

  paintSource(source) {
    const button = this.find(".kernels").children[source];
    const { rows, columns, arrays } = this.data;
    const first = source * this.size;
    const picture = pictureOf([rows, columns], this.values, first, this.table, this.ends());
    button.firstChild.getContext("2d").drawImage(picture, 0, 0);
    const own = this.values.subarray(first, first + this.size);
    const changed = own.some((value, i) => value !== arrays.before.values[first + i]);
    button.classList.toggle("changed", changed);
    button.ariaPressed = String(source === this.source);
    button.ariaLabel = `Input ${source}${changed ? ", changed" : ""}`;
  }

  paintCells() {
    const { columns } = this.data;
    [...this.find(".grid").children].forEach((cell, i) => {
      const value = this.values[this.first() + i];
      const color = colorOf(value, this.table, this.ends());
      const bright = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2] > 128;
      cell.style.background = `rgb(${color.join()})`;
      cell.style.color = bright ? "#000" : "#fff";
      cell.textContent = hundredths(value);
      cell.ariaLabel = `Row ${Math.floor(i / columns)}, column ${i % columns}`;
      cell.ariaValueNow = String(value);
      cell.ariaValueText = value.toFixed(3);
    });
  }

  paintFactor() {
    this.range.max = this.data.most;
    this.range.value = this.factor;
    this.find("output").textContent = this.factor ? `× ${this.factor.toFixed(2)}` : "muted";
    this.find(".mute").textContent = this.factor ? "Mute" : "Unmute";
  }
}
