// One unit worked out: which numbers a layer multiplies, adds, compares or passes through a function.
//
// Joined after message.js and colors.js. `new Worked(root).show(data, unit)` draws into an empty element. All
// arithmetic is done here, in double precision, from arrays that are sent once, so that pointing at
// an output is answered at once.
//
// data: {
//   layer, kind,             dotted name and class, to show
//   rule,                    "sum", "max", "mean", "function", "batchnorm", "layernorm" or "softmax"
//   input: {shape, values},  (C, H, W)
//   output: {shape, values}, (C', H, W)
//   channels,                which n output channels can be worked out with what was sent
//   rows, columns,           for each output row or column the input's under the window; others than
//                            0 to H - 1 are padding
//   padding,                 "zeros", "reflect", "replicate" or "circular"
//   groups,                  for a sum
//   kernel: {shape, values}, (n, C / groups, kh, kw), for a sum
//   bias,                    (n), for a sum
//   divisor,                 for a mean; null where it is the number of values in the window
//   norm: {mean, variance, weight, bias, eps, act},   lists of n, for a norm (mean and variance of a
//                            batch norm only)
//   after: {layer, name, formula, options},           the activation that follows, or null
//   function: {name, formula, options},               for a function
//   colors: {light, dark},  256 diverging colors each, 768 bytes
// }
// unit: {channel, row, column}

import { isDark } from "./message.js";
import { colorOf, pictureOf } from "./colors.js";

const WORKED_FUNCTIONS = {
  ReLU: (x) => Math.max(0, x),
  ReLU6: (x) => Math.min(Math.max(0, x), 6),
  LeakyReLU: (x, o) => (x > 0 ? x : o.negative_slope * x),
  ELU: (x, o) => (x > 0 ? x : o.alpha * Math.expm1(x)),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Tanh: (x) => Math.tanh(x),
  SiLU: (x) => x / (1 + Math.exp(-x)),
  GELU: (x, o) =>
    o.approximate === "tanh"
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x * (1 + workedErf(x / Math.SQRT2))) / 2,
  Hardswish: (x) => (x * Math.min(Math.max(0, x + 3), 6)) / 6,
  Hardsigmoid: (x) => Math.min(Math.max(0, x + 3), 6) / 6,
};

const WORKED_SOURCES = {
  zeros: (tap, size) => (tap >= 0 && tap < size ? tap : -1),
  replicate: (tap, size) => Math.min(Math.max(tap, 0), size - 1),
  circular: (tap, size) => ((tap % size) + size) % size,
  reflect: (tap, size) => size - 1 - Math.abs(size - 1 - Math.abs(tap)),
};

const WORKED_STRONGEST = 6; // input channels that are listed before the rest is summed
const WORKED_MOST = 256; // that are listed when all are asked for
const WORKED_CELLS = 169; // cells of a patch that are written out; a larger window is a picture only
const WORKED_STEP = 350; // ms at each place while it plays

// The error function as a series without cancellation, to about 1e-15
function workedErf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const WORKED_RULES = {
  sum: {
    inputs: (data, channel) => workedGroup(data, channel),
    unit: (part) => part.sum,
    combine: (data, n, parts) => parts.reduce((sum, part) => sum + part.sum, data.bias[n]),
  },
  max: {
    inputs: (_, channel) => [channel],
    combine: (data, n, parts) => Math.max(...parts[0].patch),
  },
  mean: {
    inputs: (_, channel) => [channel],
    combine: (data, n, [part]) =>
      part.patch.reduce((a, b) => a + b, 0) / (data.divisor ?? part.patch.length),
  },
  function: {
    inputs: (_, channel) => [channel],
    combine: (data, n, [part]) => workedApply(data.function, part.patch[0]),
  },
  batchnorm: {
    inputs: (_, channel) => [channel],
    combine: (data, n, [part]) => {
      const { mean, variance, act } = data.norm;
      const scaled = workedScaled(data, n, part.patch[0], mean[n], variance[n]);
      return act ? workedApply(act, scaled) : scaled;
    },
  },
  layernorm: {
    inputs: (data) => [...Array(data.input.shape[0]).keys()],
    combine: (data, n, parts) => {
      const { mean, variance } = workedMoments(parts);
      return workedScaled(data, n, parts[data.channels[n]].patch[0], mean, variance);
    },
  },
  softmax: {
    inputs: (data) => [...Array(data.input.shape[0]).keys()],
    combine: (data, n, parts) => {
      const largest = Math.max(...parts.map((part) => part.patch[0]));
      const total = parts.reduce((sum, part) => sum + Math.exp(part.patch[0] - largest), 0);
      return Math.exp(parts[data.channels[n]].patch[0] - largest) / total;
    },
  },
};

function workedGroup(data, channel) {
  const size = data.kernel.shape[1];
  const first = Math.floor(channel / (data.output.shape[0] / data.groups)) * size;
  return Array.from({ length: size }, (_, i) => first + i);
}

const workedApply = (act, x) => WORKED_FUNCTIONS[act.name](x, act.options);

function workedScaled({ norm }, n, x, mean, variance) {
  return (norm.weight[n] * (x - mean)) / Math.sqrt(variance + norm.eps) + norm.bias[n];
}

function workedMoments(parts) {
  const mean = parts.reduce((sum, part) => sum + part.patch[0], 0) / parts.length;
  const variance = parts.reduce((sum, part) => sum + (part.patch[0] - mean) ** 2, 0) / parts.length;
  return { mean, variance };
}

function workedElement(tag, name, parent, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  parent?.append(element);
  return element;
}

const workedNumber = (x) => (x === 0 ? "0" : String(Number(x.toPrecision(7))).replace("-", "−"));
const workedShort = (x) => {
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text = size >= 1000 || size < 0.001 ? x.toPrecision(2) : x.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
  return text.replace("-", "−");
};
const workedSigned = (x) => (x < 0 ? `− ${workedShort(-x)}` : `+ ${workedShort(x)}`);

export class Worked {
  constructor(root) {
    this.root = root;
    root.classList.add("worked");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.onPick = null; // called with a unit that was clicked
    this.onMove = null; // called with the unit that is shown
    this.onWeight = null; // called with a kernel cell that was clicked, {channel, within, row, column}
    this.build();
    this.sizes = new ResizeObserver(() => this.data && this.lay());
    this.sizes.observe(root);
  }

  close() {
    this.pause();
    this.sizes.disconnect();
  }

  build() {
    const { root } = this;
    root.replaceChildren();
    this.line = workedElement("p", "worked-line", root);
    this.result = workedElement("output", "worked-result", root);
    this.result.setAttribute("aria-live", "polite");
    const stage = workedElement("div", "worked-stage", root);
    this.source = this.figure(stage, "worked-input");
    this.through = workedElement("div", "worked-through", stage);
    this.target = this.figure(stage, "worked-output");
    this.transport();
    this.target.canvas.tabIndex = 0;
    this.target.canvas.setAttribute("role", "application");
    this.target.canvas.onpointermove = (e) => this.point(e, false);
    this.target.canvas.onpointerdown = (e) => e.pointerType !== "mouse" && this.point(e, false);
    this.target.canvas.onclick = (e) => this.point(e, true);
    this.target.canvas.onkeydown = (e) => this.key(e);
    this.overview = workedElement("section", "worked-overview", root);
    this.arithmetic = workedElement("section", "worked-arithmetic", root);
  }

  figure(parent, name) {
    const figure = workedElement("figure", name, parent);
    const caption = workedElement("figcaption", "", figure);
    const frame = workedElement("div", "worked-frame", figure);
    const canvas = workedElement("canvas", "", frame);
    const mark = workedElement("div", "worked-mark", frame);
    return { figure, caption, frame, canvas, mark };
  }

  transport() {
    const row = workedElement("div", "worked-transport", this.target.figure);
    const button = (name, label, act) => {
      const made = workedElement("button", `worked-${name}`, row, label);
      made.type = "button";
      made.onclick = act;
      return made;
    };
    button("back", "◀ Step", () => this.step(-1)).ariaLabel = "One step back";
    this.playing = button("play", "▶ Play", () => this.toggle());
    button("step", "Step ▶", () => this.step(1)).ariaLabel = "One step on";
  }

  // What is shown

  show(data, unit) {
    const before = this.data;
    this.data = data;
    this.rule = WORKED_RULES[data.rule];
    this.n = Math.max(0, data.channels.indexOf(unit.channel));
    this.inputs = this.rule.inputs(data, data.channels[this.n]);
    const same = before && before.layer === data.layer && this.inputs.includes(this.chosen);
    if (!same) this.all = false;
    const dark = isDark(this.root);
    this.noun = data.input.shape[1] * data.input.shape[2] === 1 ? "input" : "input channel";
    this.colors = data.colors[dark ? "dark" : "light"];
    this.paper = dark ? "#0e111799" : "#ffffff99";
    this.unit = { channel: data.channels[this.n], row: unit.row, column: unit.column };
    this.start = this.unit.channel * data.output.shape[1] * data.output.shape[2];
    this.limits();
    this.shares();
    if (!same) this.chosen = this.order[0];
    this.table();
    this.lay();
  }

  limits() {
    const largest = (values) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
    const { input, output, kernel } = this.data;
    const size = input.shape[1] * input.shape[2];
    const [first, last] = [this.inputs[0], this.inputs.at(-1)]; // those that this unit sees
    const seen = input.values.subarray(first * size, (last + 1) * size);
    const places = output.shape[1] * output.shape[2];
    const own = output.values.subarray(this.start, this.start + places);
    this.limit = { input: largest(seen), output: largest(own), share: 0, kernel: 1 };
    if (!kernel) return;
    const weights = kernel.shape[1] * kernel.shape[2] * kernel.shape[3];
    this.limit.kernel = largest(kernel.values.subarray(this.n * weights, (this.n + 1) * weights));
  }

  // What each input channel alone gives at each output place, strongest channels first
  shares() {
    const { data } = this;
    this.order = [...this.inputs];
    this.maps = new Map();
    if (data.rule !== "sum") return;
    const [, height, width] = data.output.shape;
    const strength = new Map();
    for (const channel of this.inputs) {
      const map = this.share(channel);
      let total = 0;
      for (let i = 0; i < height * width; i++) {
        total += Math.abs(map[i]);
        this.limit.share = Math.max(this.limit.share, Math.abs(map[i]));
      }
      this.maps.set(channel, map);
      strength.set(channel, total);
    }
    this.limit.share ||= 1;
    this.order.sort((a, b) => strength.get(b) - strength.get(a) || a - b);
  }

  // As `part` has it, for every output place at once
  share(channel) {
    const { data } = this;
    const [, height, width] = data.input.shape;
    const [, outHeight, outWidth] = data.output.shape;
    const kernel = this.kernel(channel);
    const { values } = data.input;
    const source = WORKED_SOURCES[data.padding];
    const lines = data.rows.map((taps) => taps.map((tap) => source(tap, height)));
    const places = data.columns.map((taps) => taps.map((tap) => source(tap, width)));
    const map = new Float64Array(outHeight * outWidth);
    for (let at = 0; at < map.length; at++) {
      const [row, column] = [lines[Math.floor(at / outWidth)], places[at % outWidth]];
      let sum = 0;
      for (let i = 0; i < row.length; i++) {
        if (row[i] < 0) continue;
        const start = (channel * height + row[i]) * width;
        for (let j = 0; j < column.length; j++) {
          if (column[j] >= 0) sum += values[start + column[j]] * kernel[i * column.length + j];
        }
      }
      map[at] = sum;
    }
    return map;
  }

  kernel(channel) {
    const [, per, kh, kw] = this.data.kernel.shape;
    const start = (this.n * per + (channel - this.inputs[0])) * kh * kw;
    return this.data.kernel.values.subarray(start, start + kh * kw);
  }

  // The window of one input channel at an output place, times the kernel where there is one
  part(channel, row, column) {
    const { data } = this;
    const [, height, width] = data.input.shape;
    const { values } = data.input;
    const source = WORKED_SOURCES[data.padding];
    const patch = [];
    const [rows, columns] = [data.rows[row], data.columns[column]];
    for (const i of rows) {
      const line = source(i, height);
      for (const j of columns) {
        const place = source(j, width);
        patch.push(line < 0 || place < 0 ? 0 : values[(channel * height + line) * width + place]);
      }
    }
    if (data.rule !== "sum") return { channel, patch, products: patch, sum: patch[0] };
    const kernel = this.kernel(channel);
    let sum = 0;
    const products = patch.map((x, i) => {
      const product = x * kernel[i];
      sum += product;
      return product;
    });
    return { channel, patch, kernel, products, sum };
  }

  at(row, column) {
    const parts = this.inputs.map((channel) => this.part(channel, row, column));
    return { parts, value: this.rule.combine(this.data, this.n, parts) };
  }

  // Layout

  lay() {
    const { data } = this;
    const [, height, width] = data.input.shape;
    const [, outHeight, outWidth] = data.output.shape;
    const low = (taps) => Math.min(0, ...taps.flat());
    const high = (taps, size) => Math.max(size, ...taps.flat().map((tap) => tap + 1));
    this.margin = { top: -low(data.rows), left: -low(data.columns) };
    this.whole = {
      height: high(data.rows, height) + this.margin.top,
      width: high(data.columns, width) + this.margin.left,
    };
    const room = this.root.clientWidth;
    const side = room < 560 ? Math.floor((room - 24) / 2) : Math.min(300, Math.floor((room - 250) / 2));
    this.sourceCell = Math.min(40, side / Math.max(this.whole.height, this.whole.width));
    this.targetCell = Math.min(40, side / Math.max(outHeight, outWidth));
    this.paint(this.target.canvas, data.output.values, this.start, [outHeight, outWidth], this.targetCell,
      this.limit.output);
    this.paintSource();
    this.target.caption.textContent =
      `Output channel ${this.unit.channel}: ${outHeight} × ${outWidth}`;
    this.target.canvas.ariaLabel =
      `Output channel ${this.unit.channel} of ${data.layer}, ${outHeight} by ${outWidth}. ` +
      "Arrow keys move the unit, space plays.";
    const alone = outHeight * outWidth === 1;
    this.target.figure.querySelector(".worked-transport").hidden = alone;
    this.move(Math.min(this.unit.row, outHeight - 1), Math.min(this.unit.column, outWidth - 1));
  }

  paintSource() {
    const { data } = this;
    const [channels, height, width] = data.input.shape;
    const { top, left } = this.margin;
    const padded = new Float64Array(this.whole.height * this.whole.width);
    const outside = [];
    const source = WORKED_SOURCES[data.padding];
    for (let i = 0; i < padded.length; i++) {
      const row = Math.floor(i / this.whole.width) - top;
      const column = (i % this.whole.width) - left;
      if (row < 0 || column < 0 || row >= height || column >= width) outside.push(i);
      const line = source(row, height);
      const place = source(column, width);
      if (line >= 0 && place >= 0) padded[i] = data.input.values[(this.chosen * height + line) * width + place];
    }
    const size = [this.whole.height, this.whole.width];
    this.paint(this.source.canvas, padded, 0, size, this.sourceCell, this.limit.input, outside);
    const margin = outside.length ? `, padding ${data.padding}` : "";
    const noun = this.noun.replace("i", "I");
    const one = channels === 1 ? "Input" : `${noun} ${this.chosen} of ${channels}`;
    this.source.caption.textContent = `${one}: ${height} × ${width}${margin}`;
    this.source.canvas.ariaLabel = this.source.caption.textContent;
    this.source.canvas.setAttribute("role", "img");
  }

  paint(canvas, values, start, [height, width], cell, limit, outside = []) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * cell * ratio);
    canvas.height = Math.round(height * cell * ratio);
    canvas.style.width = `${width * cell}px`;
    canvas.style.height = `${height * cell}px`;
    const picture = pictureOf([height, width], values, start, this.colors, { low: -limit, high: limit });
    const paler = picture.getContext("2d");
    paler.fillStyle = this.paper;
    for (const i of outside) paler.fillRect(i % width, Math.floor(i / width), 1, 1);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  }

  // (a) every input channel: its map, its kernel, what it alone would give, and that here

  table() {
    const { overview, data } = this;
    overview.replaceChildren();
    this.lines = new Map();
    overview.hidden = data.rule !== "sum" || this.inputs.length < 2;
    if (overview.hidden) return;
    const many = this.inputs.length;
    const rest = many - WORKED_STRONGEST;
    const most = Math.min(many, WORKED_MOST);
    workedElement("h4", "", overview, `${many} ${this.noun}s, strongest first`);
    const list = workedElement("div", "worked-channels", overview);
    list.setAttribute("role", "list");
    const shown = this.order.slice(0, this.all ? most : WORKED_STRONGEST);
    for (const channel of shown) list.append(this.channelLine(channel));
    if (rest > 0) {
      const line = workedElement("div", "worked-rest", overview);
      this.restSum = workedElement("span", "", line);
      const more = workedElement("button", "worked-all", line, this.all ? `Show ${WORKED_STRONGEST}` : `Show ${many > most ? "" : "all "}${most}`);
      more.type = "button";
      more.onclick = () => {
        this.all = !this.all;
        this.table();
        this.move(this.unit.row, this.unit.column);
      };
    } else this.restSum = null;
  }

  channelLine(channel) {
    const { data } = this;
    const [, height, width] = data.input.shape;
    const [, outHeight, outWidth] = data.output.shape;
    const [, per, kh, kw] = data.kernel.shape;
    const line = workedElement("button", "worked-channel");
    line.type = "button";
    line.ariaLabel = `${this.noun} ${channel}`;
    workedElement("span", "worked-name", line, String(channel));
    const thumb = (values, start, size, limit) => {
      const canvas = workedElement("canvas", "", line);
      this.paint(canvas, values, start, size, 44 / Math.max(...size), limit);
    };
    thumb(data.input.values, channel * height * width, [height, width], this.limit.input);
    workedElement("span", "worked-sign", line, "∗");
    const kernel = (this.n * per + channel - this.inputs[0]) * kh * kw;
    thumb(data.kernel.values, kernel, [kh, kw], this.limit.kernel);
    workedElement("span", "worked-sign", line, "→");
    thumb(this.maps.get(channel), 0, [outHeight, outWidth], this.limit.share);
    const sum = workedElement("span", "worked-sum", line);
    line.onclick = () => this.choose(channel);
    const item = workedElement("div", "");
    item.setAttribute("role", "listitem");
    item.append(line);
    this.lines.set(channel, { line, sum });
    return item;
  }

  // Which input channels an output channel is made of
  sees(channel) {
    return new Set(this.rule.inputs(this.data, channel));
  }

  // Draw another of the input channels that the unit sees
  choose(channel) {
    if (!this.inputs.includes(channel)) return;
    this.chosen = channel;
    this.paintSource();
    this.move(this.unit.row, this.unit.column);
  }

  // Moving

  // To a unit of any channel that was sent; tells whether it was
  go({ channel, row, column }) {
    if (!this.data.channels.includes(channel)) return false;
    if (channel !== this.unit.channel) this.show(this.data, { channel, row, column });
    else if (row !== this.unit.row || column !== this.unit.column) this.move(row, column);
    else this.onMove?.({ ...this.unit });
    return true;
  }

  move(row, column) {
    const { data } = this;
    this.unit.row = row;
    this.unit.column = column;
    const { parts, value } = this.at(row, column);
    const chosen = parts.find((part) => part.channel === this.chosen) ?? parts[0];
    this.markTarget(row, column);
    this.markSource(data.rows[row], data.columns[column]);
    this.lines.forEach(({ line, sum }, channel) => {
      const part = parts[channel - this.inputs[0]];
      sum.textContent = workedShort(part.sum);
      this.tint(sum, part.sum, this.limit.share);
      line.setAttribute("aria-pressed", String(channel === this.chosen));
    });
    if (this.restSum) {
      const rest = parts.filter((part) => !this.lines.has(part.channel));
      const sum = rest.reduce((total, part) => total + part.sum, 0);
      this.restSum.textContent = rest.length ? `The other ${rest.length} together: ${workedShort(sum)}` : "";
    }
    this.write(parts, chosen, value);
    this.onMove?.({ ...this.unit });
  }

  markTarget(row, column) {
    const { mark } = this.target;
    const cell = this.targetCell;
    const size = Math.max(cell, 4);
    mark.style.width = mark.style.height = `${size + 4}px`;
    mark.style.transform = `translate(${(column + 0.5) * cell - size / 2 - 2}px, ${(row + 0.5) * cell - size / 2 - 2}px)`;
  }

  markSource(rows, columns) {
    const { mark } = this.source;
    const cell = this.sourceCell;
    const [top, left] = [Math.min(...rows) + this.margin.top, Math.min(...columns) + this.margin.left];
    const span = (taps) => Math.max(...taps) - Math.min(...taps) + 1;
    mark.style.width = `${span(columns) * cell + 4}px`;
    mark.style.height = `${span(rows) * cell + 4}px`;
    mark.style.transform = `translate(${left * cell - 2}px, ${top * cell - 2}px)`;
    const dots = rows.length < span(rows) || columns.length < span(columns); // a dilated kernel
    if (!dots) return mark.replaceChildren();
    const taps = rows.flatMap((i) => columns.map((j) => [i - Math.min(...rows), j - Math.min(...columns)]));
    mark.replaceChildren(...taps.map(([i, j]) => {
      const dot = workedElement("i", "worked-tap");
      Object.assign(dot.style, { left: `${j * cell}px`, top: `${i * cell}px`, width: `${cell}px`, height: `${cell}px` });
      return dot;
    }));
  }

  point(event, pick) {
    const box = this.target.canvas.getBoundingClientRect();
    const [, height, width] = this.data.output.shape;
    const row = Math.floor((event.clientY - box.top) / this.targetCell);
    const column = Math.floor((event.clientX - box.left) / this.targetCell);
    if (row < 0 || column < 0 || row >= height || column >= width) return;
    if (pick) this.pause();
    else if (this.timer) return;
    if (row !== this.unit.row || column !== this.unit.column) this.move(row, column);
    if (pick) this.onPick?.({ ...this.unit });
  }

  key(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const [, height, width] = this.data.output.shape;
    if (event.key in moves) {
      const [down, right] = moves[event.key];
      const clamp = (x, most) => Math.min(Math.max(x, 0), most - 1);
      this.pause();
      this.move(clamp(this.unit.row + down, height), clamp(this.unit.column + right, width));
    } else if (event.key === " ") this.toggle();
    else if (event.key === "Enter") this.onPick?.({ ...this.unit });
    else return;
    event.preventDefault();
  }

  step(by) {
    const [, height, width] = this.data.output.shape;
    const place = (this.unit.row * width + this.unit.column + by + height * width) % (height * width);
    this.move(Math.floor(place / width), place % width);
  }

  toggle() {
    if (this.timer) return this.pause();
    this.result.setAttribute("aria-live", "off"); // not every step is to be read out
    this.timer = setInterval(() => this.step(1), this.still.matches ? 3 * WORKED_STEP : WORKED_STEP);
    this.playing.textContent = "❚❚ Pause";
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.result.setAttribute("aria-live", "polite");
    this.playing.textContent = "▶ Play";
  }

  // (c) the arithmetic

  write(parts, chosen, value) {
    const { data, unit } = this;
    const [, , width] = data.output.shape;
    const tensor = data.output.values[this.start + unit.row * width + unit.column];
    const difference = Math.abs(value - tensor) / Math.max(1, Math.abs(tensor));
    this.result.replaceChildren();
    workedElement("span", "worked-where", this.result, `Channel ${unit.channel}, row ${unit.row}, column ${unit.column}: `);
    workedElement("b", "worked-value", this.result, workedNumber(value));
    this.result.dataset.value = String(value);
    this.result.dataset.tensor = String(tensor);
    workedElement("span", "worked-check", this.result,
      `The network put out ${workedNumber(tensor)}; relative difference ${difference.toExponential(0)}.`);
    this.line.textContent = `${data.layer}, ${data.kind}`;
    const box = this.arithmetic;
    const held = [...this.through.querySelectorAll("button")].indexOf(this.root.getRootNode().activeElement);
    box.replaceChildren();
    this.through.replaceChildren();
    const aside = ["sum", "max", "mean", "softmax"].includes(data.rule) ? box : this.through;
    this[data.rule](aside, parts, chosen, value);
    if (held >= 0) this.through.querySelectorAll("button")[held]?.focus(); // the cell that had the focus
    if (data.after) {
      const { after } = data;
      workedElement("p", "worked-equation", box,
        `Then ${after.layer}, ${after.name}: ${after.formula} with x = ${workedShort(value)} gives ${workedNumber(workedApply(after, value))}`);
    }
  }

  sum(box, parts, chosen, value) {
    const bias = this.data.bias[this.n];
    const [, , kh, kw] = this.data.kernel.shape;
    const name = parts.length === 1 ? "" : ` of ${this.noun} ${chosen.channel}`;
    const within = chosen.channel - this.inputs[0];
    if (kh * kw <= WORKED_CELLS) {
      const grids = workedElement("div", "worked-grids", this.through);
      this.grid(grids, `Patch${name}`, chosen.patch, kw, this.limit.input);
      this.grid(grids, "× kernel", chosen.kernel, kw, this.limit.kernel, (i) =>
        this.onWeight?.({ channel: this.unit.channel, within, row: Math.floor(i / kw), column: i % kw }));
      this.grid(grids, "= products", chosen.products, kw, Math.max(...chosen.products.map(Math.abs)) || 1);
    }
    if (kh * kw > 1 && kh * kw <= WORKED_CELLS)
      workedElement("p", "worked-equation", box,
        `Products${name}: ${chosen.products.map((x, i) => (i ? workedSigned(x) : workedShort(x))).join(" ")} = ${workedNumber(chosen.sum)}`);
    if (parts.length > 1) this.channelSums(box, parts);
    const sum = value - bias;
    workedElement("p", "worked-equation worked-total", box,
      `${parts.length === 1 ? "Sum" : `Sum over ${parts.length} ${this.noun}s`} ${workedShort(sum)} ${workedSigned(bias)} bias = ${workedNumber(value)}`);
  }

  channelSums(box, parts) {
    const sorted = [...parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
    const first = sorted.slice(0, WORKED_STRONGEST);
    const rest = sorted.slice(WORKED_STRONGEST).reduce((sum, part) => sum + part.sum, 0);
    const terms = first.map((part, i) => `${i ? workedSigned(part.sum) : workedShort(part.sum)} (${this.noun.split(" ").at(-1)} ${part.channel})`);
    if (sorted.length > WORKED_STRONGEST) terms.push(`${workedSigned(rest)} (the other ${sorted.length - WORKED_STRONGEST})`);
    const total = parts.reduce((sum, part) => sum + part.sum, 0);
    workedElement("p", "worked-equation", box, `${this.noun.replace("i", "I")}s: ${terms.join(" ")} = ${workedNumber(total)}`);
  }

  max(box, parts, chosen, value) {
    this.window(chosen);
    workedElement("p", "worked-equation worked-total", box,
      `The largest of ${chosen.patch.length} values: ${workedNumber(value)}`);
  }

  mean(box, parts, chosen, value) {
    this.window(chosen);
    const divisor = this.data.divisor ?? chosen.patch.length;
    const sum = chosen.patch.reduce((a, b) => a + b, 0);
    workedElement("p", "worked-equation worked-total", box,
      `Sum of ${chosen.patch.length} values ${workedShort(sum)} / ${divisor} = ${workedNumber(value)}`);
  }

  window(chosen) {
    const columns = this.data.columns[this.unit.column].length;
    if (chosen.patch.length <= WORKED_CELLS)
      this.grid(workedElement("div", "worked-grids", this.through), "Window", chosen.patch, columns, this.limit.input);
  }

  function(box, parts, chosen, value) {
    const { name, formula } = this.data.function;
    workedElement("p", "worked-equation worked-total", box,
      `${name}: ${formula} with x = ${workedShort(chosen.patch[0])} gives ${workedNumber(value)}`);
  }

  batchnorm(box, parts, chosen, value) {
    const { mean, variance } = this.data.norm;
    this.norm(box, chosen.patch[0], mean[this.n], variance[this.n], value);
    workedElement("p", "worked-equation", box, "Mean and variance are running averages from the training, one pair for each channel.");
  }

  layernorm(box, parts, chosen, value) {
    const { mean, variance } = workedMoments(parts);
    const values = parts.map((part) => part.patch[0]);
    if (values.length <= WORKED_CELLS) this.grid(box, `The ${values.length} channels here`, values, 8, this.limit.input);
    this.norm(box, values[this.unit.channel], mean, variance, value);
    workedElement("p", "worked-equation", box, `Mean and variance are of the ${parts.length} channels of this one place.`);
  }

  norm(box, x, mean, variance, value) {
    const { weight, bias, eps, act } = this.data.norm;
    const scaled = workedScaled(this.data, this.n, x, mean, variance);
    workedElement("p", "worked-equation", box, "weight · (x − mean) / √(variance + eps) + bias");
    workedElement("p", "worked-equation worked-total", box,
      `${workedShort(weight[this.n])} · (${workedShort(x)} − ${mean < 0 ? `(${workedShort(mean)})` : workedShort(mean)}) / ` +
      `√(${workedShort(variance)} + ${eps}) ${workedSigned(bias[this.n])} = ${workedNumber(scaled)}`);
    if (act)
      workedElement("p", "worked-equation", box,
        `The layer goes on with ${act.name}: ${act.formula} with x = ${workedShort(scaled)} gives ${workedNumber(value)}`);
  }

  softmax(box, parts, chosen, value) {
    const logits = parts.map((part) => part.patch[0]);
    const largest = Math.max(...logits);
    const powers = logits.map((x) => Math.exp(x - largest));
    const total = powers.reduce((a, b) => a + b, 0);
    const grids = workedElement("div", "worked-grids", this.through);
    this.grid(grids, "Logits of 0 to 9", logits, 5, this.limit.input);
    this.grid(grids, `exp(logit − ${workedShort(largest)})`, powers, 5, 1);
    workedElement("p", "worked-equation worked-total", box,
      `Class ${this.unit.channel}: ${workedShort(powers[this.unit.channel])} / ${workedShort(total)} = ${workedNumber(value)}`);
  }

  // Numbers in cells colored by sign

  grid(parent, title, values, columns, limit, act) {
    const figure = workedElement("figure", "worked-grid", parent);
    workedElement("figcaption", "", figure, title);
    const cells = workedElement("div", "worked-cells", figure);
    const size = columns > 7 ? "worked-tiny" : columns > 5 ? "worked-little" : "";
    if (size) cells.classList.add(size);
    cells.style.gridTemplateColumns = `repeat(${columns}, auto)`;
    values.forEach((x, i) => {
      const cell = workedElement(act && this.onWeight ? "button" : "span", "worked-cell", cells, workedShort(x));
      cell.title = workedNumber(x);
      if (cell.tagName === "BUTTON") {
        cell.type = "button";
        cell.ariaLabel = `Weight at row ${Math.floor(i / columns)}, column ${i % columns}: ${workedNumber(x)}`;
        cell.onclick = () => act(i);
      }
      this.tint(cell, x, limit);
    });
  }

  tint(element, value, limit) {
    const [red, green, blue] = colorOf(value, this.colors, { low: -limit, high: limit });
    element.style.backgroundColor = `rgb(${red} ${green} ${blue})`;
    element.style.color = 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000" : "#fff";
  }
}
