// One unit worked out: its window on the input, its place on the output, and the arithmetic.

import { colorOf, largestMagnitude, pictureOf } from "./colors.js";
import { contextOf, element, sharpContext } from "./elements.js";
import { arrow, clamp } from "./pointer.js";
import { textOn, themeOf } from "./theme.js";
import {
  contribution,
  inputsOf,
  kernelOf,
  partOf,
  sourceOf,
  unitValue,
} from "./unit_arithmetic.js";
import {
  afterEquations,
  capital,
  equationsOf,
  full,
  gridsOf,
  nounOf,
  STRONGEST,
  short,
} from "./unit_equations.js";

/** @typedef {import("./unit_arithmetic.js").LayerRun} LayerRun */
/** @typedef {import("./unit_arithmetic.js").Unit} Unit */
/** @typedef {import("./unit_equations.js").Result} Result */
/** @typedef {{ channel: number, within: number, row: number, column: number }} Weight  of a kernel */

const MOST = 256; // input channels that are listed when all are asked for
const STEP = 350; // ms at each place while it plays
const THUMB = 44; // CSS pixels of a small map
const LARGEST_CELL = 40; // CSS pixels
const NARROW = 560; // CSS pixels, below which the maps share a row of their own

/**
 * @param {string} name
 * @param {...(Node | string)} children
 */
const box = (name, ...children) => element("div", { className: `worked-${name}` }, ...children);

/**
 * @param {string} name
 * @param {string} textContent
 */
const span = (name, textContent = "") =>
  element("span", { className: `worked-${name}`, textContent });

/** A map with a mark on it. */
class Figure {
  /** @param {string} name */
  constructor(name) {
    this.caption = element("figcaption");
    this.canvas = element("canvas");
    this.mark = box("mark");
    const frame = box("frame", this.canvas, this.mark);
    this.root = element("figure", { className: `worked-${name}` }, this.caption, frame);
    this.cell = 1; // CSS pixels of a unit
  }

  /**
   * @param {number} top  units
   * @param {number} left
   * @param {number} rows
   * @param {number} columns
   */
  place(top, left, rows, columns) {
    const { style } = this.mark;
    style.width = `${columns * this.cell + 4}px`;
    style.height = `${rows * this.cell + 4}px`;
    style.transform = `translate(${left * this.cell - 2}px, ${top * this.cell - 2}px)`;
  }
}

export class UnitPanel {
  /** @param {HTMLElement} root  an empty element */
  constructor(root) {
    this.root = root;
    root.classList.add("worked");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    /** @type {((unit: Unit) => void) | null} */
    this.onPick = null; // called with a unit that was clicked
    /** @type {((unit: Unit) => void) | null} */
    this.onMove = null; // called with the unit that is shown
    /** @type {((weight: Weight) => void) | null} */
    this.onWeight = null; // called with a kernel's cell that was clicked
    /** @type {LayerRun | null} */
    this.run = null;
    /** @type {Unit} */
    this.unit = { channel: 0, row: 0, column: 0 };
    this.n = 0; // place of the unit's channel among those that were sent
    /** @type {number[]} */
    this.inputs = []; // input channels that the unit sees
    /** @type {number[]} */
    this.order = []; // of them, the strongest first
    this.chosen = 0; // the input channel that is drawn
    this.all = false; // whether all input channels are listed
    /** @type {Map<number, Float64Array>} */
    this.maps = new Map(); // what each input channel alone gives
    this.limit = { input: 1, output: 1, kernel: 1, share: 1 }; // largest magnitudes
    /** @type {Map<number, { line: HTMLElement, sum: HTMLElement }>} */
    this.lines = new Map(); // of the input channels that are listed
    /** @type {HTMLElement | null} */
    this.restSum = null;
    /** @type {{ light: Uint8Array, dark: Uint8Array }} */
    this.tables = { light: new Uint8Array(), dark: new Uint8Array() };
    /** @type {import("./theme.js").Theme} */
    this.theme = "light";
    this.margin = { top: 0, left: 0 }; // rows and columns of padding
    this.padded = { height: 1, width: 1 };
    this.timer = 0;
    this.line = element("p", { className: "worked-line" });
    this.result = element("output", { className: "worked-result", ariaLive: "polite" });
    this.source = new Figure("input");
    this.target = new Figure("output");
    this.through = box("through");
    this.overview = element("section", { className: "worked-overview" });
    this.arithmetic = element("section", { className: "worked-arithmetic" });
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
    [back.ariaLabel, on.ariaLabel] = ["One step back", "One step on"];
    this.playing.onclick = () => this.toggle();
    this.transport.append(back, this.playing, on);
    this.target.root.append(this.transport);
    this.root.replaceChildren(
      this.line,
      this.result,
      box("stage", this.source.root, this.through, this.target.root),
      this.overview,
      this.arithmetic,
    );
  }

  // What is shown

  /**
   * @param {LayerRun} run
   * @param {Unit} unit  of a channel that was sent, or else the first one's
   * @param {{ light: Uint8Array, dark: Uint8Array }} tables  of signed colors
   */
  show(run, unit, tables = this.tables) {
    const before = this.run;
    this.run = run;
    this.tables = tables;
    this.theme = themeOf(this.root);
    this.n = Math.max(0, run.channels.indexOf(unit.channel));
    this.unit = { ...unit, channel: run.channels[this.n] };
    this.inputs = inputsOf(run, this.unit.channel);
    const same = before?.layer === run.layer && this.inputs.includes(this.chosen);
    if (!same) this.all = false;
    this.measure(run);
    if (!same) this.chosen = this.order[0];
    this.list(run);
    this.lay();
  }

  get table() {
    return this.tables[this.theme];
  }

  /**
   * Find the largest magnitudes, and what each input channel alone gives.
   *
   * @param {LayerRun} run
   */
  measure(run) {
    const [first, last] = [this.inputs[0], this.inputs[this.inputs.length - 1]];
    const size = run.input.shape[1] * run.input.shape[2];
    const places = run.output.shape[1] * run.output.shape[2];
    const start = this.unit.channel * places;
    this.limit = {
      input: largestMagnitude(run.input.values, first * size, (last + 1) * size) || 1,
      output: largestMagnitude(run.output.values, start, start + places) || 1,
      kernel: 1,
      share: 1,
    };
    this.order = [...this.inputs];
    this.maps = new Map();
    if (run.rule !== "sum") return;
    const weights = run.kernel.shape[1] * run.kernel.shape[2] * run.kernel.shape[3];
    const { values } = run.kernel;
    this.limit.kernel = largestMagnitude(values, this.n * weights, (this.n + 1) * weights) || 1;
    const strength = new Map();
    for (const channel of this.inputs) {
      const map = contribution(run, this.n, channel, first);
      this.maps.set(channel, map);
      strength.set(
        channel,
        map.reduce((sum, value) => sum + Math.abs(value), 0),
      );
    }
    this.limit.share =
      Math.max(...[...this.maps.values()].map((map) => largestMagnitude(map))) || 1;
    this.order.sort((a, b) => strength.get(b) - strength.get(a) || a - b);
  }

  // Layout

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
    const { output } = this.limit;
    this.paint(canvas, run.output.values, start, size, this.target.cell, output);
    caption.textContent = `Output channel ${this.unit.channel}: ${outHeight} × ${outWidth}`;
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
    this.paint(canvas, values, 0, size, cell, this.limit.input, padding);
    const name = `${capital(nounOf(run))} ${this.chosen} of ${channels}`;
    const note = padding.length ? `, padding ${run.padding}` : "";
    caption.textContent = `${channels === 1 ? "Input" : name}: ${height} × ${width}${note}`;
    canvas.ariaLabel = caption.textContent;
    canvas.role = "img";
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {ArrayLike<number>} values
   * @param {number} start  where the map begins in `values`
   * @param {[height: number, width: number]} size
   * @param {number} cell  CSS pixels of a value
   * @param {number} limit  where the color scale ends
   * @param {number[]} [padding]  places to show paler
   */
  paint(canvas, values, start, [height, width], cell, limit, padding = []) {
    canvas.style.width = `${width * cell}px`;
    canvas.style.height = `${height * cell}px`;
    const ends = { low: -limit, high: limit };
    const picture = pictureOf([height, width], values, start, this.table, ends);
    const paler = contextOf(picture);
    paler.fillStyle = this.theme === "dark" ? "#0e111799" : "#ffffff99";
    for (const i of padding) paler.fillRect(i % width, Math.floor(i / width), 1, 1);
    const context = sharpContext(canvas, width * cell, height * cell);
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, width * cell, height * cell);
    context.drawImage(picture, 0, 0, width * cell, height * cell);
  }

  // (a) every input channel: its map, its kernel, what it alone would give, and that here

  /** @param {LayerRun} run */
  list(run) {
    this.lines = new Map();
    this.restSum = null;
    const count = this.inputs.length;
    this.overview.hidden = run.rule !== "sum" || count < 2;
    if (this.overview.hidden) return this.overview.replaceChildren();
    const most = Math.min(count, MOST);
    const shown = this.order.slice(0, this.all ? most : STRONGEST);
    const items = shown.map((channel) => this.channelItem(run, channel));
    const list = box("channels", ...items);
    list.role = "list";
    const heading = element("h4", { textContent: `${count} ${nounOf(run)}s, strongest first` });
    this.overview.replaceChildren(heading, list);
    if (count <= STRONGEST) return;
    this.restSum = element("span");
    const all = `Show ${count > most ? "" : "all "}${most}`;
    const textContent = this.all ? `Show ${STRONGEST}` : all;
    const more = element("button", { type: "button", className: "worked-all", textContent });
    more.onclick = () => {
      this.all = !this.all;
      this.list(run);
      this.move(this.unit.row, this.unit.column);
    };
    this.overview.append(box("rest", this.restSum, more));
  }

  /**
   * @param {LayerRun} run
   * @param {number} channel  of the input
   */
  channelItem(run, channel) {
    const [, height, width] = run.input.shape;
    const [, outHeight, outWidth] = run.output.shape;
    const [, , kh, kw] = run.kernel.shape;
    const thumb = (
      /** @type {ArrayLike<number>} */ values,
      /** @type {number} */ start,
      /** @type {[number, number]} */ size,
      /** @type {number} */ limit,
    ) => {
      const canvas = element("canvas");
      this.paint(canvas, values, start, size, THUMB / Math.max(...size), limit);
      return canvas;
    };
    const kernel = kernelOf(run, this.n, channel - this.inputs[0]);
    const map = this.maps.get(channel) ?? [];
    const sum = span("sum");
    const line = element(
      "button",
      { type: "button", className: "worked-channel", ariaLabel: `${nounOf(run)} ${channel}` },
      span("name", String(channel)),
      thumb(run.input.values, channel * height * width, [height, width], this.limit.input),
      span("sign", "∗"),
      thumb(kernel, 0, [kh, kw], this.limit.kernel),
      span("sign", "→"),
      thumb(map, 0, [outHeight, outWidth], this.limit.share),
      sum,
    );
    line.onclick = () => this.choose(channel);
    this.lines.set(channel, { line, sum });
    return element("div", { role: "listitem" }, line);
  }

  /**
   * Return the input channels that an output channel is made of.
   *
   * @param {number} channel
   */
  sees(channel) {
    return new Set(this.run ? inputsOf(this.run, channel) : []);
  }

  /**
   * Draw another of the input channels that the unit sees.
   *
   * @param {number} channel
   */
  choose(channel) {
    if (!this.run || !this.inputs.includes(channel)) return;
    this.chosen = channel;
    this.paintSource(this.run);
    this.move(this.unit.row, this.unit.column);
  }

  // Moving

  /**
   * Go to a unit of any channel that was sent, and return whether it was.
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
    const [first] = this.inputs;
    const parts = this.inputs.map((channel) => partOf(run, this.n, channel, first, this.unit));
    const value = unitValue(run, this.n, parts);
    const chosen = parts.find((part) => part.channel === this.chosen) ?? parts[0];
    const { cell } = this.target;
    const small = Math.max(cell, 4) / cell; // so that it can be seen
    this.target.place(row + (1 - small) / 2, column + (1 - small) / 2, small, small);
    this.markSource(run.rows[row], run.columns[column]);
    this.lines.forEach(({ line, sum }, channel) => {
      const part = parts[channel - first];
      sum.textContent = short(part.sum);
      this.tint(sum, part.sum, this.limit.share);
      line.ariaPressed = String(channel === this.chosen);
    });
    if (this.restSum) {
      const rest = parts.filter((part) => !this.lines.has(part.channel));
      const total = short(rest.reduce((sum, part) => sum + part.sum, 0));
      this.restSum.textContent = rest.length ? `The other ${rest.length} together: ${total}` : "";
    }
    this.write({ run, n: this.n, unit: this.unit, parts, chosen, value });
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

  /** @param {number} by  places along the rows */
  step(by) {
    if (!this.run) return;
    const [, height, width] = this.run.output.shape;
    const count = height * width;
    const place = (this.unit.row * width + this.unit.column + by + count) % count;
    this.move(Math.floor(place / width), place % width);
  }

  toggle() {
    if (this.timer) return this.pause();
    this.result.ariaLive = "off"; // not every step is to be read out
    this.timer = setInterval(() => this.step(1), this.still.matches ? 3 * STEP : STEP);
    this.playing.textContent = "❚❚ Pause";
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.result.ariaLive = "polite";
    this.playing.textContent = "▶ Play";
  }

  // (b) the arithmetic

  /** @param {Result} result */
  write(result) {
    const { run, unit, value } = result;
    const [, height, width] = run.output.shape;
    const place = (unit.channel * height + unit.row) * width + unit.column;
    const tensor = run.output.values[place];
    const difference = Math.abs(value - tensor) / Math.max(1, Math.abs(tensor));
    const where = `Channel ${unit.channel}, row ${unit.row}, column ${unit.column}: `;
    const check = `The network put out ${full(tensor)}; relative difference ${difference.toExponential(0)}.`;
    const shown = element("b", { className: "worked-value", textContent: full(value) });
    this.result.replaceChildren(span("where", where), shown, span("check", check));
    this.result.dataset.value = String(value);
    this.result.dataset.tensor = String(tensor);
    this.line.textContent = `${run.layer}, ${run.kind}`;
    const equations = equationsOf(result).map(paragraph);
    const below = ["sum", "max", "mean", "softmax"].includes(run.rule);
    this.showGrids(result, below ? [] : equations);
    const after = afterEquations(run, value).map(paragraph);
    this.arithmetic.replaceChildren(...(below ? equations : []), ...after);
  }

  /**
   * @param {Result} result
   * @param {HTMLElement[]} equations  to stand below them
   */
  showGrids(result, equations) {
    const { activeElement } = /** @type {ShadowRoot} */ (this.root.getRootNode());
    const focused = /** @type {HTMLButtonElement} */ (activeElement);
    const held = [...this.through.querySelectorAll("button")].indexOf(focused);
    const grids = gridsOf(result).map((grid) => this.grid(grid, result));
    this.through.replaceChildren(...(grids.length ? [box("grids", ...grids)] : []), ...equations);
    if (held >= 0) this.through.querySelectorAll("button")[held]?.focus();
  }

  /**
   * Return numbers in cells colored by sign; those of a kernel can be chosen.
   *
   * @param {import("./unit_equations.js").Grid} grid
   * @param {Result} result
   */
  grid({ title, values, columns, scale }, { unit, chosen }) {
    const limit = scale === "own" ? largestMagnitude(values) || 1 : this.limit[scale];
    const size = columns > 7 ? " worked-tiny" : columns > 5 ? " worked-little" : "";
    const cells = Array.from(values, (x, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const { onWeight } = this;
      const button = scale === "kernel" && onWeight !== null;
      const cell = button ? element("button", { type: "button" }) : element("span");
      cell.className = "worked-cell";
      cell.textContent = short(x);
      cell.title = full(x);
      if (button) {
        cell.ariaLabel = `Weight at row ${row}, column ${column}: ${full(x)}`;
        const within = chosen.channel - this.inputs[0];
        cell.onclick = () => onWeight({ channel: unit.channel, within, row, column });
      }
      this.tint(cell, x, limit);
      return cell;
    });
    const body = element("div", { className: `worked-cells${size}` }, ...cells);
    body.style.gridTemplateColumns = `repeat(${columns}, auto)`;
    const caption = element("figcaption", { textContent: title });
    return element("figure", { className: "worked-grid" }, caption, body);
  }

  /**
   * @param {HTMLElement} element
   * @param {number} value
   * @param {number} limit  where the color scale ends
   */
  tint(element, value, limit) {
    const color = colorOf(value, this.table, { low: -limit, high: limit });
    element.style.backgroundColor = `rgb(${color.join()})`;
    element.style.color = textOn(color);
  }
}

/** @param {import("./unit_equations.js").Equation} equation */
const paragraph = ({ text, total }) =>
  element("p", { className: `worked-equation${total ? " worked-total" : ""}`, textContent: text });
