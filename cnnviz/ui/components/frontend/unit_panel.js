// One unit: its window on the input, its position in the output, and its arithmetic.

import { element } from "./elements.js";
import { arrow, clamp } from "./pointer.js";
import { themeOf } from "./theme.js";
import { contributionsTo, inputsOf, partOf, sourceOf, unitValue } from "./unit_arithmetic.js";
import { ChannelList } from "./unit_channels.js";
import { capital, nounOf, short } from "./unit_equations.js";
import { box, Figure, paintMap } from "./unit_figure.js";
import { Working } from "./unit_working.js";

/** @typedef {import("./unit_arithmetic.js").LayerRun} LayerRun */
/** @typedef {import("./unit_arithmetic.js").Unit} Unit */

const STEP = 350; // ms per position while it plays
const LARGEST_CELL = 40; // CSS pixels
const NARROW = 560; // CSS pixels of width below which the maps have a row of their own
const PALER = { light: "#ffffff99", dark: "#0e111799" }; // overlay of padding

export class UnitPanel {
  /** @param {HTMLElement} root  an empty element */
  constructor(root) {
    this.root = root;
    root.classList.add("worked");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    /** @type {((unit: Unit) => void) | null} */
    this.onPick = null; // called with the clicked unit
    /** @type {((unit: Unit) => void) | null} */
    this.onMove = null; // called with the shown unit
    /** @type {LayerRun | null} */
    this.run = null;
    /** @type {Unit} */
    this.unit = { channel: 0, row: 0, column: 0 };
    this.n = 0; // index of the unit's channel among those that were sent
    /** @type {import("./unit_arithmetic.js").Contributions} */
    this.contributions = {
      inputs: [],
      order: [],
      maps: new Map(),
      limit: { input: 1, output: 1, kernel: 1, share: 1 },
    };
    this.chosen = 0; // the drawn input channel
    /** @type {{ signed: Uint8Array, ink: Uint8Array }} */
    this.tables = { signed: new Uint8Array(), ink: new Uint8Array() };
    /** @type {import("./unit_figure.js").ValueColors} */
    this.colors = { table: new Uint8Array(), paper: "", ink: null };
    this.inputColors = this.colors;
    this.margin = { top: 0, left: 0 }; // rows and columns of padding
    this.padded = { height: 1, width: 1 };
    this.timer = 0;
    this.source = new Figure("input");
    this.target = new Figure("output");
    this.working = new Working();
    this.channels = new ChannelList(
      (channel) => this.choose(channel),
      () => this.move(this.unit.row, this.unit.column),
    );
    this.playing = element("button", { type: "button", textContent: "▶ Play" });
    this.transport = box("transport");
    this.build();
    this.sizes = new ResizeObserver(() => this.lay());
    this.sizes.observe(root);
  }

  close() {
    this.pause();
    this.sizes.disconnect();
  }

  build() {
    const { canvas } = this.target;
    canvas.tabIndex = 0;
    canvas.role = "application";
    canvas.onpointermove = (event) => this.point(event, false);
    canvas.onpointerdown = (event) => {
      if (event.pointerType !== "mouse") this.point(event, false);
    };
    canvas.onclick = (event) => this.point(event, true);
    canvas.onkeydown = (event) => this.key(event);
    const button = (/** @type {string} */ textContent, /** @type {() => void} */ onclick) =>
      element("button", { type: "button", textContent, onclick });
    const back = button("◀ Step", () => this.step(-1));
    const on = button("Step ▶", () => this.step(1));
    [back.ariaLabel, on.ariaLabel] = ["Previous unit", "Next unit"];
    back.title = on.title = "Moves the frame by one position";
    this.playing.title = "Slides the frame over all positions";
    this.playing.onclick = () => this.toggle();
    this.transport.append(back, this.playing, on);
    this.target.root.append(this.transport);
    this.root.replaceChildren(
      this.working.summary,
      this.working.result,
      box("stage", this.source.root, this.working.through, this.target.root),
      this.channels.root,
      this.working.equations,
      this.working.layer,
    );
  }

  /**
   * @param {LayerRun} run
   * @param {Unit} unit  if its channel was not sent, the first one is shown
   * @param {{ signed: Uint8Array, ink: Uint8Array }} tables  of colors
   */
  show(run, unit, tables = this.tables) {
    const before = this.run;
    this.run = run;
    this.tables = tables;
    const paper = PALER[themeOf(this.root)];
    this.colors = { table: tables.signed, paper, ink: null };
    this.inputColors = run.ink ? { table: tables.ink, paper, ink: run.ink } : this.colors;
    this.working.colors = { signed: this.colors, input: this.inputColors };
    this.n = Math.max(0, run.channels.indexOf(unit.channel));
    this.unit = { ...unit, channel: run.channels[this.n] };
    this.contributions = contributionsTo(run, this.n);
    const { inputs, order } = this.contributions;
    if (before?.layer !== run.layer || !inputs.includes(this.chosen)) {
      this.channels.all = false;
      [this.chosen] = order;
    }
    this.channels.show(run, this.n, this.contributions, this.colors);
    this.lay();
  }

  lay() {
    const { run } = this;
    if (!run) return;
    const [, height, width] = run.input.shape;
    const [, outHeight, outWidth] = run.output.shape;
    const before = (/** @type {number[][]} */ taps) => -Math.min(0, ...taps.flat());
    const after = (/** @type {number[][]} */ taps, /** @type {number} */ size) =>
      Math.max(size, ...taps.flat().map((tap) => tap + 1));
    this.margin = { top: before(run.rows), left: before(run.columns) };
    this.padded = {
      height: after(run.rows, height) + this.margin.top,
      width: after(run.columns, width) + this.margin.left,
    };
    const room = this.root.clientWidth;
    const side = room < NARROW ? (room - 24) / 2 : Math.min(300, (room - 250) / 2);
    const cell = (/** @type {number} */ units) => Math.min(LARGEST_CELL, Math.floor(side) / units);
    this.source.cell = cell(Math.max(this.padded.height, this.padded.width));
    this.target.cell = cell(Math.max(outHeight, outWidth));
    const start = this.unit.channel * outHeight * outWidth;
    const { canvas, caption } = this.target;
    const size = /** @type {[number, number]} */ ([outHeight, outWidth]);
    const { limit } = this.contributions;
    paintMap(canvas, run.output.values, start, size, this.target.cell, limit.output, this.colors);
    caption.textContent = `Output channel ${this.unit.channel}: ${outHeight} × ${outWidth}${outHeight * outWidth > 1 ? ", point at a value" : ""}`;
    canvas.ariaLabel =
      `Output channel ${this.unit.channel} of ${run.layer}, ${outHeight} by ${outWidth}. ` +
      "Arrow keys move the unit, space plays.";
    this.transport.hidden = outHeight * outWidth === 1;
    this.paintSource(run);
    this.move(Math.min(this.unit.row, outHeight - 1), Math.min(this.unit.column, outWidth - 1));
  }

  /** @param {LayerRun} run */
  paintSource(run) {
    const [channels, height, width] = run.input.shape;
    const { top, left } = this.margin;
    const size = /** @type {[number, number]} */ ([this.padded.height, this.padded.width]);
    const values = new Float64Array(size[0] * size[1]);
    const padding = [];
    for (let i = 0; i < values.length; i++) {
      const [row, column] = [Math.floor(i / size[1]) - top, (i % size[1]) - left];
      if (row < 0 || column < 0 || row >= height || column >= width) padding.push(i);
      const [y, x] = [sourceOf(run, row, height), sourceOf(run, column, width)];
      if (y >= 0 && x >= 0) values[i] = run.input.values[(this.chosen * height + y) * width + x];
    }
    const { canvas, caption, cell } = this.source;
    const limit = this.contributions.limit.input;
    paintMap(canvas, values, 0, size, cell, limit, this.inputColors, padding);
    const name = `${capital(nounOf(run))} ${this.chosen} of ${channels}`;
    const border = run.padding === "zeros" ? "is 0" : `holds ${run.padding} values`;
    const note = padding.length ? `; the border of padding ${border}` : "";
    const ink = run.ink
      ? `; pixels are rescaled first: black becomes ${short(run.ink[0])}, white ${short(run.ink[1])}`
      : "";
    caption.textContent = `${channels === 1 ? "Input" : name}: ${height} × ${width}${ink}${note}`;
    canvas.ariaLabel = caption.textContent;
    canvas.role = "img";
  }

  /**
   * Return the input channels that an output channel depends on.
   *
   * @param {number} channel
   */
  sees(channel) {
    return new Set(this.run ? inputsOf(this.run, channel) : []);
  }

  /**
   * Draw another input channel.
   *
   * @param {number} channel
   */
  choose(channel) {
    if (!this.run || !this.contributions.inputs.includes(channel)) return;
    this.chosen = channel;
    this.paintSource(this.run);
    this.move(this.unit.row, this.unit.column);
  }

  /**
   * Go to a unit if its channel was sent, and return whether it was.
   *
   * @param {Unit} unit
   */
  go({ channel, row, column }) {
    if (!this.run?.channels.includes(channel)) return false;
    if (channel !== this.unit.channel) this.show(this.run, { channel, row, column });
    else if (row !== this.unit.row || column !== this.unit.column) this.move(row, column);
    else this.onMove?.({ ...this.unit });
    return true;
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  move(row, column) {
    const { run } = this;
    if (!run) return;
    this.unit = { ...this.unit, row, column };
    const { inputs } = this.contributions;
    const parts = inputs.map((channel) => partOf(run, this.n, channel, inputs[0], this.unit));
    const value = unitValue(run, this.n, parts);
    const chosen = parts.find((part) => part.channel === this.chosen) ?? parts[0];
    const { cell } = this.target;
    const small = Math.max(cell, 4) / cell; // least size of the mark
    this.target.place(row + (1 - small) / 2, column + (1 - small) / 2, small, small);
    this.markSource(run.rows[row], run.columns[column]);
    this.channels.update(parts, this.chosen);
    const result = { run, n: this.n, unit: this.unit, parts, chosen, value };
    this.working.show(result, this.contributions);
    this.onMove?.({ ...this.unit });
  }

  /**
   * @param {number[]} rows  of the input under the window
   * @param {number[]} columns
   */
  markSource(rows, columns) {
    const [top, left] = [Math.min(...rows), Math.min(...columns)];
    const [high, wide] = [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1];
    this.source.place(top + this.margin.top, left + this.margin.left, high, wide);
    const dilated = rows.length < high || columns.length < wide;
    const { cell } = this.source;
    const taps = rows.flatMap((i) =>
      columns.map((j) => {
        const tap = element("i", { className: "worked-tap" });
        tap.style.left = `${(j - left) * cell}px`;
        tap.style.top = `${(i - top) * cell}px`;
        tap.style.width = tap.style.height = `${cell}px`;
        return tap;
      }),
    );
    this.source.mark.replaceChildren(...(dilated ? taps : []));
  }

  /**
   * @param {MouseEvent} event
   * @param {boolean} pick
   */
  point(event, pick) {
    if (!this.run) return;
    const { canvas, cell } = this.target;
    const { left, top } = canvas.getBoundingClientRect();
    const [, height, width] = this.run.output.shape;
    const row = Math.floor((event.clientY - top) / cell);
    const column = Math.floor((event.clientX - left) / cell);
    if (row < 0 || column < 0 || row >= height || column >= width) return;
    if (pick) this.pause();
    else if (this.timer) return;
    if (row !== this.unit.row || column !== this.unit.column) this.move(row, column);
    if (pick) this.onPick?.({ ...this.unit });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.run) return;
    const step = arrow(event);
    const [, height, width] = this.run.output.shape;
    if (step) {
      this.pause();
      const row = clamp(this.unit.row + step[0], 0, height - 1);
      this.move(row, clamp(this.unit.column + step[1], 0, width - 1));
    } else if (event.key === " ") this.toggle();
    else if (event.key === "Enter") this.onPick?.({ ...this.unit });
    else return;
    event.preventDefault();
  }

  /** @param {number} by  positions along the rows */
  step(by) {
    if (!this.run) return;
    const [, height, width] = this.run.output.shape;
    const count = height * width;
    const place = (this.unit.row * width + this.unit.column + by + count) % count;
    this.move(Math.floor(place / width), place % width);
  }

  toggle() {
    if (this.timer) return this.pause();
    this.working.result.ariaLive = "off"; // screen readers skip the steps of the animation
    this.timer = setInterval(() => this.step(1), this.still.matches ? 3 * STEP : STEP);
    this.playing.textContent = "❚❚ Pause";
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.working.result.ariaLive = "polite";
    this.playing.textContent = "▶ Play";
  }
}
