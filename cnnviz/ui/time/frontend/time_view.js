// A training, moment by moment: one scrubber moves the curves' marker, filters, maps, effective
// field, saliency, bars and the map of digits together. All moments are here; no server is asked.
//
// `data` is the message that time_view.py packs; pictures of digits come by digit_store.js.

import { isDark, percent, short, unpack } from "../../components/frontend/message.js";
import { Scatter, paintDigit } from "../../components/frontend/scatter.js";

const VIEWS = new WeakMap();
const PACE = 700; // ms a moment
const REST = 1000; // ms at one moment before the address names it
const SVG = "http://www.w3.org/2000/svg";
const WHOLE = 32767; // of an int16 that stands for a share of its limit

export default function ({ data, parentElement, setTriggerValue }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    VIEWS.set(parentElement, view);
  }
  view.tell = setTriggerValue;
  view.update(unpack(data));
  return () => view.close();
}

// Tiles of one array (T, C, H, W) at one moment
class Panel {
  constructor(view, figure) {
    this.view = view;
    this.figure = figure;
    this.canvas = figure.querySelector("canvas");
    this.at = null; // { tile, row, column } that is read, at every moment
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.read(null));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  // part: { title, note, array, name(tile), signed, step (of a value), help }
  show(part) {
    this.part = part;
    this.figure.querySelector(".title").textContent = part.title;
    this.figure.querySelector("small").textContent = part.note;
    const pages = this.figure.querySelector(".pages");
    pages.hidden = !(part.pages > 1);
    const [back, on] = pages.querySelectorAll("button");
    [back.ariaLabel, on.ariaLabel] = [`Stronger channels of ${part.title}`, `Weaker channels of ${part.title}`];
    [back.disabled, on.disabled] = [!part.page, part.page >= part.pages - 1];
    [back.onclick, on.onclick] = [-1, 1].map((by) => () => this.view.tell("page", [part.stage, part.page + by]));
    pages.querySelector("span").textContent = `${part.page + 1} of ${part.pages}`;
    const [moments, tiles, height, width] = part.array.shape;
    Object.assign(this, { moments, tiles, height, width });
    this.columns = Math.ceil(Math.sqrt((tiles * height) / width));
    this.rows = Math.ceil(tiles / this.columns);
    this.gap = tiles > 1 ? 1 : 0;
    this.limit = 0;
    for (const value of part.array.values) this.limit = Math.max(this.limit, Math.abs(value));
  }

  value(moment, tile, row, column) {
    const { values } = this.part.array;
    return this.part.step * values[((moment * this.tiles + tile) * this.height + row) * this.width + column];
  }

  draw(moment) {
    const { columns, rows, gap, height, width, tiles, part } = this;
    this.canvas.width = columns * (width + gap) - gap;
    this.canvas.height = rows * (height + gap) - gap;
    const size = height * width;
    const from = moment * tiles * size;
    let limit = this.limit;
    if (this.view.own) {
      limit = 0;
      for (let i = from; i < from + tiles * size; i++) limit = Math.max(limit, Math.abs(part.array.values[i]));
    }
    const table = this.view.tables[part.signed ? "diverging" : "sequential"];
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(this.canvas.width, this.canvas.height);
    for (let tile = 0; tile < tiles; tile++) {
      const [x, y] = [(tile % columns) * (width + gap), Math.floor(tile / columns) * (height + gap)];
      for (let i = 0; i < size; i++) {
        const share = limit ? part.array.values[from + tile * size + i] / limit : 0;
        const place = 3 * Math.round(255 * Math.min(Math.max(part.signed ? (share + 1) / 2 : share, 0), 1));
        const to = 4 * ((y + Math.floor(i / width)) * this.canvas.width + x + (i % width));
        image.data[to] = table[place];
        image.data[to + 1] = table[place + 1];
        image.data[to + 2] = table[place + 2];
        image.data[to + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
    this.scale = limit * part.step;
    this.say();
  }

  say() {
    const text = this.figure.querySelector(".value");
    const range = `${this.part.signed ? "−" : "0 to "}${this.part.signed ? `${short(this.scale)} to ` : ""}${short(this.scale)}`;
    this.canvas.ariaLabel = `${this.part.title}, ${this.part.note}. Arrow keys read values.`;
    if (!this.at) return void (text.textContent = `${range}${this.part.help ?? ""}`);
    const { tile, row, column } = this.at;
    const value = this.value(this.view.at, tile, row, column);
    text.textContent = `${this.part.name(tile)}row ${row}, column ${column}: ${short(value).replace("-", "−")}`;
  }

  read(at) {
    this.at = at;
    this.say();
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * this.canvas.width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * this.canvas.height);
    const tile = Math.floor(y / (this.height + this.gap)) * this.columns + Math.floor(x / (this.width + this.gap));
    const row = Math.min(y % (this.height + this.gap), this.height - 1);
    const column = Math.min(x % (this.width + this.gap), this.width - 1);
    this.read(tile < this.tiles && x >= 0 && y >= 0 ? { tile, row, column } : null);
  }

  key(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (event.key === "Escape") return this.read(null);
    if (!(event.key in moves)) return;
    event.preventDefault();
    const { tile, row, column } = this.at ?? { tile: 0, row: 0, column: -1 };
    // over all tiles, as they lie
    const most = [this.rows * this.height - 1, this.columns * this.width - 1];
    const down = Math.floor(tile / this.columns) * this.height + row + moves[event.key][0];
    const right = (tile % this.columns) * this.width + column + moves[event.key][1];
    const [y, x] = [Math.min(Math.max(down, 0), most[0]), Math.min(Math.max(right, 0), most[1])];
    const next = Math.floor(y / this.height) * this.columns + Math.floor(x / this.width);
    if (next < this.tiles) this.read({ tile: next, row: y % this.height, column: x % this.width });
  }
}

class View {
  constructor(parent) {
    this.parent = parent;
    this.find = (selector) => parent.querySelector(selector);
    this.root = this.find(".time");
    this.slider = this.find(".moment");
    this.panels = new Map();
    this.own = false;
    this.at = null;
    this.slider.oninput = () => this.go(Number(this.slider.value));
    this.find(".before").onclick = () => this.go(this.at - 1);
    this.find(".after").onclick = () => this.go(this.at + 1);
    this.linked = null; // the step that the address names
    this.find(".play").onclick = () => this.play(!this.timer);
    this.find(".own input").onchange = (event) => {
      this.own = event.target.checked;
      this.draw();
    };
    this.sizes = new ResizeObserver(() => this.data && this.curves());
    this.sizes.observe(this.root);
    this.stored = () => this.reader();
    addEventListener("cnnviz-digits", this.stored);
  }

  close() {
    this.play(false);
    clearTimeout(this.later);
    this.sizes.disconnect();
    this.scatter?.close();
    removeEventListener("cnnviz-digits", this.stored);
    VIEWS.delete(this.parent);
  }

  update(data) {
    const before = this.data;
    const step = before?.moments[this.at]?.step;
    const followed = before && this.at === before.moments.length - 1 && !this.timer;
    this.data = data;
    const theme = isDark(this.root) ? "dark" : "light";
    this.dark = theme === "dark";
    this.colors = data.colors[theme];
    this.tables = { sequential: data.arrays[`sequential-${theme}`].values, diverging: data.arrays[`diverging-${theme}`].values };
    this.slider.max = data.moments.length - 1;
    const same = before?.run === data.run;
    if (!same) this.linked = data.first; // which may not be ready yet
    const wanted = this.linked ?? (same && !followed ? step : null);
    const found = data.moments.findIndex((moment) => moment.step === wanted);
    if (found >= 0) this.linked = null;
    this.at = found >= 0 ? found : data.moments.length - 1;
    this.layout();
    this.draw();
  }

  // Which moment

  go(place) {
    this.at = Math.min(Math.max(place, 0), this.data.moments.length - 1);
    this.linked = null;
    this.draw();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.timer || this.tell("moment", this.data.moments[this.at].step), REST);
  }

  play(on) {
    clearInterval(this.timer);
    const count = () => this.data.moments.length;
    this.timer = on ? setInterval(() => (this.at < count() - 1 ? this.go(this.at + 1) : this.play(false)), PACE) : null;
    this.find(".play").textContent = on ? "Pause" : "Play";
    if (on && this.at === count() - 1) this.go(0);
  }

  // What stands on the page

  layout() {
    const { arrays, stages, title, target, field, embedded, limits } = this.data;
    const one = ({ shape, values }) => ({ shape: [shape[0], 1, ...shape.slice(1)], values });
    const tiles = ({ shape, values }) => ({ shape, values });
    const parts = [["answer"]];
    parts.push(["saliency", { title: `Saliency, logit of ${target}`, note: title, array: one(arrays.saliency), signed: false, step: 1, name: () => "" }]);
    parts.push(["field", { title: "Effective field", note: `${field}, unit in the middle`, array: one(arrays.fields), signed: false, step: 1, name: () => "" }]);
    if (arrays.filters.shape[1]) parts.push(["filters", { title: "First filters", note: `${arrays.filters.shape[1]} of ${arrays.filters.shape[2]} × ${arrays.filters.shape[3]}`, array: tiles(arrays.filters), signed: true, step: 1, name: (tile) => `filter ${tile}, ` }]);
    stages.forEach((stage, i) => {
      const array = tiles(arrays[`maps${i}`]);
      const channels = arrays[`channels${i}`].values;
      const note = channels.length < stage.of ? `${channels.length} of ${stage.of} channels` : `${stage.of} channels`;
      const { page, pages } = stage;
      const signed = array.values.some((value) => value < 0);
      parts.push([`maps${i}`, { title: stage.title, note: `${stage.layer}, ${note}`, stage: i, page, pages, array, signed, step: limits[`maps${i}`] / WHOLE, name: (tile) => `channel ${channels[tile]}, ` }]);
    });
    parts.push(["map", `Digits at ${embedded}`]);
    const keys = parts.map(([key]) => key).join();
    if (this.keys !== keys) {
      this.scatter?.close();
      this.scatter = null;
      this.panels.clear();
      this.find(".panels").replaceChildren(...parts.map(([key]) => this.figure(key)));
    }
    this.keys = keys;
    for (const [key, part] of parts) if (this.panels.has(key)) this.panels.get(key).show(part);
    const map = this.find(".map");
    map.querySelector(".title").textContent = parts.at(-1)[1];
  }

  figure(key) {
    const template = this.find(key === "answer" ? ".answer-template" : ".panel-template");
    const figure = template.content.cloneNode(true).firstElementChild;
    if (key === "answer") {
      for (let digit = 0; digit < 10; digit++) figure.querySelector("ol").append(bar(digit));
      return figure;
    }
    if (key !== "map") {
      this.panels.set(key, new Panel(this, figure));
      return figure;
    }
    figure.classList.add("map");
    this.pinned = this.pointed = null;
    this.scatter = new Scatter(figure.querySelector("canvas"), {
      point: (i) => ((this.pointed = i), this.scatter.point(i), this.reader()),
      pin: (i) => ((this.pinned = i === this.pinned ? null : i), this.scatter.pin(this.pinned), this.reader()),
    });
    return figure;
  }

  draw() {
    const { moments, arrays } = this.data;
    const moment = moments[this.at];
    this.slider.value = this.at;
    this.root.dataset.step = moment.step;
    this.find(".before").disabled = this.at <= 0;
    this.find(".after").disabled = this.at >= moments.length - 1;
    const loss = this.near(arrays.steps.values, arrays.loss.values, moment.step);
    const said = [`moment ${this.at + 1} of ${moments.length}${this.data.missing ? " that are ready" : ""}`];
    if (loss !== null) said.push(`training loss ${short(loss)}`);
    if (moment.accuracy !== null) said.push(`${percent(moment.accuracy)} right of ${moment.tested}`);
    this.slider.setAttribute("aria-valuetext", moment.title);
    const strong = document.createElement("b");
    strong.textContent = moment.title;
    this.find(".now").replaceChildren(strong, ` · ${said.join(" · ")}`);
    this.answer();
    for (const [key, panel] of this.panels) {
      if (key === "field") panel.part.help = `. 95% of it lies in a square of ${moment.most} × ${moment.most} pixels.`;
      panel.draw(this.at);
    }
    const count = arrays.labels.values.length;
    const places = arrays.places.values.subarray(2 * count * this.at, 2 * count * (this.at + 1));
    this.scatter.show(places, arrays.labels.values, this.colors, null, { fit: this.own ? places : arrays.places.values });
    const [value, low, high] = moment.separation;
    this.find(".map small").textContent = `${percent(value)} of the digits lie among their own class (95% interval ${percent(low)} to ${percent(high)})`;
    this.find(".map canvas").ariaLabel = `${count} test digits on the newest moment's plane. Arrow keys go from digit to digit.`;
    this.reader();
    this.curves();
  }

  // The value of the last step up to this one at which something was written; the first before it
  near(steps, values, step) {
    let found = null;
    if (this.data.torn && !(step <= steps.at(-1))) return found; // the log ends before
    for (let i = 0; i < steps.length; i++) if (steps[i] <= step && !Number.isNaN(values[i])) found = values[i];
    return found;
  }

  answer() {
    const { probabilities } = this.data.arrays;
    const shares = [...probabilities.values.subarray(10 * this.at, 10 * (this.at + 1))];
    const best = shares.indexOf(Math.max(...shares));
    const { label } = this.data;
    const right = label === null || best === label;
    this.root.style.setProperty("--bar", right ? "var(--st-primary-color)" : this.data.wrong);
    this.find(".verdict").textContent = label === null ? `it says ${best}` : right ? `${best}, right` : `${best}, but it is a ${label}`;
    [...this.find(".bars").children].forEach((item, digit) => {
      item.className = `${digit === best ? "best" : ""} ${digit === label ? "true" : ""}`;
      item.querySelector(".fill").style.width = percent(shares[digit]);
      item.querySelector(".share").textContent = percent(shares[digit]);
      item.ariaLabel = `${digit}: ${percent(shares[digit])}`;
    });
  }

  reader() {
    if (!this.data) return;
    const text = this.find(".map .value");
    const i = this.pointed ?? this.pinned;
    if (i === null || i === undefined) {
      const scale = this.own ? "Drawn at this moment's own scale." : "Drawn at one scale for all moments: an early one may be a dot.";
      return void (text.textContent = `${scale} Point at a digit to see it; a click keeps it.`);
    }
    const picture = document.createElement("canvas");
    picture.style.cssText = "width: 56px; height: 56px; float: left; margin-right: 0.5rem; border: 0; image-rendering: pixelated";
    const all = globalThis.cnnvizDigits?.[this.data.sample];
    if (all) paintDigit(picture, all.values.subarray(784 * i, 784 * (i + 1)), this.dark);
    text.replaceChildren(picture, `Test digit ${this.data.arrays.index.values[i]}, labeled ${this.data.arrays.labels.values[i]}`);
  }

  // The curves over log(1 + step), on which the moments lie evenly

  curves() {
    const { arrays, moments } = this.data;
    const steps = arrays.steps.values;
    const last = Math.max(moments.at(-1).step, steps.at(-1) ?? 0, 1);
    this.curve(this.find(".loss"), last, { line: [steps, arrays.loss.values], log: true, text: short });
    this.curve(this.find(".accuracy"), last, { line: [steps, arrays.accuracy.values], dots: [arrays.tested.values, arrays.test_accuracy.values], text: (v) => `${Math.round(100 * v)}%` });
  }

  curve(svg, last, { line, dots, log, text }) {
    const width = svg.clientWidth;
    const height = svg.clientHeight;
    if (!width) return;
    const [left, right, top, bottom] = [44, 10, 10, 22];
    const { moments } = this.data;
    const x = (step) => left + ((width - left - right) * Math.log1p(step)) / Math.log1p(last);
    const values = [...line[1]].filter((value) => !Number.isNaN(value) && (!log || value > 0));
    let [low, high] = log ? [Math.min(...values, 2.4), Math.max(...values, 2.4)] : [0, 1];
    if (log) low = Math.min(low, high / 10);
    const up = log ? (v) => Math.log(v / low) / Math.log(high / low) : (v) => v;
    const y = (value) => top + (height - top - bottom) * (1 - up(Math.max(value, low)));
    const draw = (tag, attributes, words) => {
      const made = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      if (words !== undefined) made.textContent = words;
      svg.append(made);
    };
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const decades = log ? [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 2, 10].filter((v) => v >= low && v <= high) : [0, 0.5, 1];
    for (const value of decades) {
      draw("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) });
      draw("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, text(value));
    }
    let free = -Infinity;
    for (const { step } of moments) {
      draw("circle", { class: "kept", cx: x(step), cy: height - bottom, r: 2 });
      const words = step.toLocaleString("en");
      if (x(step) - free < 3.5 * words.length + 8) continue;
      free = x(step) + 3.5 * words.length;
      draw("text", { x: x(step), y: height - 5, "text-anchor": "middle" }, words);
    }
    let path = "";
    line[0].forEach((step, i) => {
      if (!Number.isNaN(line[1][i])) path += `${path ? "L" : "M"}${x(step)} ${y(line[1][i])}`;
    });
    draw("path", { class: "line", d: path || "M0 0" });
    dots?.[0].forEach((step, i) => draw("circle", { class: "dot", cx: x(step), cy: y(dots[1][i]), r: 4 }));
    const { step } = moments[this.at];
    const here = this.near(line[0], line[1], step);
    draw("line", { class: "cursor", x1: x(step), x2: x(step), y1: top, y2: height - bottom });
    if (here !== null) draw("circle", { class: "ring", cx: x(step), cy: y(here), r: 5 });
    svg.setAttribute("aria-label", `step ${step}: ${here === null ? "not in the log" : text(here)}`);
    svg.onclick = (event) => {
      const box = svg.getBoundingClientRect();
      const away = moments.map((moment) => Math.abs(x(moment.step) - (event.clientX - box.left)));
      this.go(away.indexOf(Math.min(...away)));
    };
  }
}

function bar(digit) {
  const item = document.createElement("li");
  const made = (className, text = "") => Object.assign(document.createElement("span"), { className, textContent: text });
  const track = made("track");
  track.append(made("fill"));
  item.append(made("class", digit), track, made("share"));
  return item;
}
