// An image on its way through a network: feature maps of some layers, then the answer's bars. Or
// one layer, what it receives and what it puts out, and below it any of its units worked out.
//
// `data` is the message that maps_view.py packs. The values stay here, and so do the boxes that say
// which units each unit sees, so that pointing, keeping and enlarging need no server.

import { isDark, number, percent, short, unpack } from "./message.js";
import { gradientOf } from "./colors.js";
import { Atlas, Tiles } from "./maps.js";
import { Worked } from "./worked.js";

const VIEWS = new WeakMap();
const HOLD = 500; // ms until another look whether the change of images is still held
const POLL = 300; // ms between two questions for an answer that is not there yet
const STEP = 110; // ms between the stages of a hand-over
const FADE = 260; // ms
const BINS = 48; // of a histogram

export default function ({ data, parentElement, setTriggerValue }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    VIEWS.set(parentElement, view);
  }
  view.update(unpack(data), (name, value = true) => setTriggerValue(name, value));
  return () => view.close();
}

const times = (shape) => `${shape[1]} × ${shape[2]}`;
const span = (first, last) => (first === last ? `${first}` : `${first}–${last}`);

class View {
  constructor(parent) {
    this.parent = parent;
    this.root = parent.querySelector(".view");
    this.row = parent.querySelector(".stages");
    this.answer = parent.querySelector(".answer");
    this.tip = parent.querySelector(".tip");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.playing = !this.still.matches;
    this.stages = [];
    this.look = { perMap: false, absolute: false, histograms: false };
    this.pin = null; // { stage, unit } that stays marked when nothing is pointed at
    this.pointed = false;
    this.root.addEventListener("pointerenter", (e) => (this.pointed = e.pointerType === "mouse"));
    this.root.addEventListener("pointerleave", () => (this.pointed = false));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.root);
    this.film = new Film(this, parent.querySelector(".film"));
    this.panel = null; // the unit that is worked out, where one is
    parent.querySelector(".pinned button").onclick = () => this.keep(null);
    for (const [name, key] of [["per-map", "perMap"], ["absolute", "absolute"], ["histograms", "histograms"]]) {
      const box = parent.querySelector(`.${name} input`);
      box.onchange = () => {
        this.look[key] = box.checked;
        this.stages.forEach((stage) => stage.paint());
      };
    }
  }

  close() {
    clearTimeout(this.timer);
    clearInterval(this.poll);
    this.film.stop();
    this.panel?.close();
    this.sizes.disconnect();
    VIEWS.delete(this.parent);
  }

  update(data, ask) {
    const other = data.subject !== this.data?.subject;
    const handOver = this.data?.answered && other;
    this.data = data;
    this.ask = ask;
    while (this.stages.length > data.stages.length) this.stages.pop().root.remove();
    while (this.stages.length < data.stages.length) this.stages.push(new Stage(this, this.stages.length));
    this.theme = isDark(this.root) ? "dark" : "light";
    this.marks = data.marks[this.theme];
    data.stages.forEach((stage, i) => this.stages[i].show(stage, data.arrays[`stage${i}`]));
    this.root.style.setProperty("--count", data.stages.length - 1);
    this.root.style.setProperty("--columns", data.columns);
    this.root.classList.toggle("wraps", data.wraps);
    this.root.classList.toggle("is-table", data.columns !== null);
    this.root.classList.toggle("is-led", data.led);
    this.root.classList.toggle("works", Boolean(data.worked));
    this.parent.querySelector(".tools").hidden = !data.tools;
    this.film.show(data);
    this.controls(data);
    this.judge(data);
    this.root.setAttribute("aria-busy", String(!data.answered));
    if (this.pin && !this.stages[this.pin.stage]?.has(this.pin.unit)) this.pin = null;
    if (data.keep && !this.pin) this.pin = { stage: data.keep[0], unit: unitOf(data.keep.slice(1)) };
    if (data.worked) this.work(data, other);
    this.leave();
    this.sayPinned();
    if (handOver && !this.still.matches && !data.film && !data.worked) this.handOver();
    this.schedule();
  }

  draw() {
    this.stages.forEach((stage) => stage.draw());
    this.leave();
  }

  // The panel below, of the same arrays; a unit that the user went to stays unless all is new
  work({ worked, arrays }, other) {
    this.panel ??= new Worked(this.parent.querySelector(".panel"));
    const { panel } = this;
    panel.onMove = (unit) => this.mark(worked.output, unit);
    panel.onPick = ({ channel, row, column }) => this.ask("keep", [worked.output, channel, row, column]);
    panel.onWeight = worked.weighs ? (weight) => this.ask("weight", { ...weight, layer: worked.layer }) : null;
    const there = !other && worked.channels.includes(panel.unit.channel);
    const [input, output] = [arrays[`stage${worked.input}`], arrays[`stage${worked.output}`]];
    const colors = { light: arrays["diverging-light"].values, dark: arrays["diverging-dark"].values };
    const numbers = { kernel: arrays.kernel, bias: arrays.bias?.values };
    panel.show({ ...worked, input, output, colors, ...numbers }, there ? panel.unit : unitOf(worked.unit));
  }

  // Another image, by itself or by a button

  controls(data) {
    if (!data.asks || this.pause) return;
    const template = this.parent.querySelector(".controls-template");
    const controls = template.content.cloneNode(true).firstElementChild;
    this.pause = controls.querySelector(".pause");
    this.pause.hidden = data.seconds === null;
    this.pause.textContent = this.playing ? "Pause" : "Play";
    this.pause.onclick = () => {
      this.playing = !this.playing;
      this.pause.textContent = this.playing ? "Pause" : "Play";
      this.schedule();
    };
    controls.querySelector(".next").onclick = () => this.ask("next");
    this.stages[0].root.append(controls);
  }

  schedule() {
    clearTimeout(this.timer);
    clearInterval(this.poll);
    const { seconds, answered } = this.data;
    if (!answered) this.poll = setInterval(() => this.ask("look"), POLL);
    else if (this.playing && seconds) this.wait(seconds * 1000);
  }

  wait(milliseconds) {
    this.timer = setTimeout(() => {
      const held = this.pointed || document.hidden || this.root.querySelector(":focus-visible");
      if (held) this.wait(HOLD);
      else this.ask("next");
    }, milliseconds);
  }

  handOver() {
    const faded = [{ opacity: 0.15 }, { opacity: 1 }];
    const parts = [...this.stages.map((stage) => stage.frame), this.answer];
    parts.forEach((part, i) =>
      part.animate(faded, { duration: FADE, delay: i * STEP, fill: "backwards" }),
    );
  }

  // The answer

  judge({ answer, answered, arrays, wrong }) {
    this.answer.hidden = !answer;
    if (!answer) return;
    const { names, truth, most } = answer;
    const list = this.answer.querySelector(".bars");
    while (list.children.length > names.length) list.lastChild.remove();
    while (list.children.length < names.length) list.append(this.bar(list.children.length));
    const shares = answered ? arrays.probabilities.values : new Float32Array(names.length);
    const best = answered ? shares.indexOf(Math.max(...shares)) : -1;
    const right = truth === null || best === truth;
    this.answer.style.setProperty("--bar", right ? "var(--st-primary-color)" : wrong);
    this.answer.classList.toggle("words", most > 2);
    this.answer.querySelector(".key").hidden = truth === null;
    [...list.children].forEach((item, i) => {
      item.classList.toggle("best", i === best);
      item.classList.toggle("true", i === truth);
      item.querySelector(".fill").style.width = percent(shares[i]);
      item.querySelector(".share").textContent = answered ? percent(shares[i]) : "";
      const name = item.querySelector(".class");
      name.textContent = names[i];
      name.ariaLabel = `${names[i]}${i === truth ? ", true label" : ""}`;
    });
    const share = shares[best];
    const verdict = this.answer.querySelector(".verdict");
    const agrees = right ? "Right: the label agrees." : `Wrong: the label says ${names[truth]}.`;
    const text = answered
      ? `<b>${names[best]}</b>${share > 0.9995 ? "over 99.9%" : percent(share)} sure.<br>` +
        (truth === null ? "" : agrees)
      : "PyTorch is loading. The answer comes by itself.";
    if (verdict.innerHTML !== text) verdict.innerHTML = text;
  }

  bar(i) {
    const item = document.createElement("li");
    item.innerHTML =
      '<span class="class"></span>' +
      '<span class="track"><span class="fill" style="display:block"></span></span>' +
      '<span class="share"></span>';
    item.addEventListener("pointermove", (e) => {
      if (!this.data.answered) return;
      const share = this.data.arrays.probabilities.values[i];
      this.showTip(e.clientX, e.clientY, `probability of ${this.data.answer.names[i]}`, number(share));
    });
    item.addEventListener("pointerleave", () => this.hideTip());
    return item;
  }

  // What is under the pointer, and what it sees

  point(stage, unit, at) {
    const { panel } = this;
    const follows = panel && !panel.timer && stage.index === this.data.worked.output && panel.go(unit);
    if (!follows) this.mark(stage.index, unit);
    const place = stage.isImage ? "" : `channel ${unit.channel}, `;
    const where = `${place}row ${unit.row}, column ${unit.column}`;
    const value = stage.valueAsText(unit);
    const reach = this.reach(stage.index, unit);
    this.showTip(...at, where, value, reach);
    return `${where}${value && `: ${value}`}${reach && `. ${reach}`}`;
  }

  leave() {
    this.hideTip();
    if (this.panel) this.mark(this.data.worked.output, this.panel.unit);
    else if (this.pin) this.mark(this.pin.stage, this.pin.unit);
    else {
      for (const stage of this.stages) {
        const { box } = stage.stage;
        if (box) stage.mark((tiles) => tiles.markBox(box, this.marks, { bright: true }));
        else stage.clear();
      }
    }
  }

  mark(index, unit) {
    const { twin, whole } = this.data.stages[index];
    const only = this.panel?.sees(unit.channel); // of the input's channels
    this.stages.forEach((stage, i) => {
      const box = i === index ? null : this.box(index, i, unit);
      const same = i === index || (twin && stage.stage.twin === twin);
      if (same) stage.mark((tiles) => tiles.markUnit(unit, this.marks));
      else if (box) {
        const beyond = i === 0 && unclipped(whole, unit);
        stage.mark((tiles) => tiles.markBox(box, this.marks, { whole: beyond, only }));
      }
      else stage.clear();
    });
  }

  // First row, first column, last row, last column of what a unit sees of an earlier stage
  box(index, onto, unit) {
    const field = this.data.arrays[`field${index}-${onto}`];
    if (!field) return null;
    const from = 4 * (unit.row * field.shape[1] + unit.column);
    return field.values.subarray(from, from + 4);
  }

  // The image whose pixels a stage's units see: the last one with boxes; -1 where there are none
  image(index) {
    const { arrays, stages } = this.data;
    return stages.findLastIndex(({ layer }, i) => !layer && arrays[`field${index}-${i}`]);
  }

  reach(index, unit) {
    const onto = this.image(index);
    const box = onto < 0 ? null : this.box(index, onto, unit);
    if (!box) return "";
    const [top, left, bottom, right] = box;
    if (bottom < top || right < left) return "sees nothing of the input";
    const [, height, width] = this.stages[onto].shape;
    const [rows, columns] = [bottom - top + 1, right - left + 1];
    if (rows === height && columns === width) return "sees the whole input";
    const share = percent((rows * columns) / (height * width));
    return `sees ${rows} × ${columns} of the input (${share}): rows ${span(top, bottom)}, columns ${span(left, right)}`;
  }

  // A click where units are worked out: that unit, or that channel of what comes in
  pick(stage, unit) {
    const { panel } = this;
    if (stage.index !== this.data.worked.output) return panel.choose(unit.channel);
    panel.pause();
    panel.go(unit);
    panel.onPick(unit);
  }

  keep(pin) {
    this.pin = pin;
    this.leave();
    this.sayPinned();
    if (this.data.keeps) this.ask("keep", pin && [pin.stage, pin.unit.channel, pin.unit.row, pin.unit.column]);
  }

  sayPinned() {
    const line = this.parent.querySelector(".pinned");
    line.hidden = !this.pin;
    if (!this.pin) return;
    const { stage, unit } = this.pin;
    const shown = this.stages[stage];
    const channel = shown.isImage ? "" : `channel ${unit.channel}, `;
    const where = `${shown.stage.title}, ${channel}row ${unit.row}, column ${unit.column}`;
    const reach = this.reach(stage, unit);
    const value = shown.valueAsText(unit);
    line.firstElementChild.textContent = `${where}${value && `: ${value}`}${reach && `; ${reach}`}.`;
  }

  showTip(x, y, where, value, reach = "") {
    const { tip, root } = this;
    tip.hidden = false;
    tip.querySelector(".where").textContent = where;
    tip.querySelector(".value").textContent = value;
    tip.querySelector(".reach").textContent = reach;
    const box = root.getBoundingClientRect();
    const left = Math.min(Math.max(x - box.left + 14, 0), box.width - tip.offsetWidth);
    const above = y - box.top - tip.offsetHeight - 12;
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(Math.max(above, 0))}px)`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  // A click on a map enlarges it in every stage that has the same units
  enlarge(stage, channel) {
    const { twin } = stage.stage;
    for (const other of this.stages) {
      const same = other === stage || (twin && other.stage.twin === twin);
      if (same) other.enlarge(channel);
    }
    if (this.pin && channel === null) this.keep(null);
    this.leave();
    if (channel !== null && this.data.selects) this.ask("select", [stage.stage.layer, channel]);
  }

  say(text) {
    this.parent.querySelector(".spoken").textContent = text;
  }
}

// One layer: its maps side by side or one of them enlarged, its strongest, and its histogram
class Stage {
  constructor(view, index) {
    this.view = view;
    this.index = index;
    const template = view.parent.querySelector(".stage-template");
    this.root = template.content.cloneNode(true).firstElementChild;
    this.frame = this.root.querySelector(".frame");
    this.back = this.root.querySelector(".back");
    this.atlas = new Atlas();
    this.tiles = new Tiles(this.frame);
    this.strip = new Tiles(this.root.querySelector(".strip"));
    this.canvas = this.tiles.canvas;
    this.enlarged = null; // a channel
    this.unit = null; // where the keyboard is
    view.row.insertBefore(this.root, view.answer);
    for (const tiles of [this.tiles, this.strip]) {
      tiles.canvas.addEventListener("pointermove", (e) => this.point(tiles, tiles.at(e)));
      tiles.canvas.addEventListener("pointerleave", () => view.leave());
      tiles.canvas.addEventListener("click", (e) => this.click(tiles, tiles.at(e)));
    }
    this.canvas.addEventListener("keydown", (e) => this.key(e));
    this.canvas.addEventListener("blur", () => view.leave());
    this.back.onclick = () => view.enlarge(this, null);
    this.histogram = this.root.querySelector(".histogram");
    this.histogram.addEventListener("pointermove", (e) => this.pointHistogram(e));
    this.histogram.addEventListener("pointerleave", () => view.hideTip());
  }

  show(stage, array) {
    if (this.stage && (this.stage.layer !== stage.layer || !array)) this.enlarged = this.unit = null;
    this.stage = stage;
    this.array = array;
    this.isPicture = array?.values instanceof Uint8Array;
    this.isImage = !stage.layer;
    this.shape = !array ? [1, 1, 1] : this.isPicture ? [1, ...array.shape.slice(0, 2)] : array.shape;
    if (this.enlarged >= this.shape[0]) this.enlarged = null;
    this.root.classList.toggle("pending", !array);
    this.root.classList.toggle("input", this.isImage && !this.view.data.worked);
    this.text(".title", stage.title);
    this.text(".layer", stage.layer);
    this.root.querySelector(".layer").hidden = !stage.layer;
    const notes = stage.notes.map((note) => {
      const line = document.createElement("p");
      line.textContent = note;
      return line;
    });
    this.root.querySelector(".notes").replaceChildren(...notes);
    this.paint();
  }

  text(selector, text) {
    this.root.querySelector(selector).textContent = text;
  }

  has({ channel, row, column }) {
    return this.array && channel < this.shape[0] && row < this.shape[1] && column < this.shape[2];
  }

  value({ channel, row, column }) {
    const [, height, width] = this.shape;
    return this.array.values[(channel * height + row) * width + column];
  }

  valueAsText(unit) {
    if (this.stage.blank) return "";
    if (!this.isPicture) return number(this.value(unit));
    const from = 3 * (unit.row * this.shape[2] + unit.column);
    return `rgb ${[...this.array.values.subarray(from, from + 3)].join(", ")}`;
  }

  // Painting

  paint() {
    if (this.array && this.isPicture) this.atlas.paintPicture(this.array);
    else if (this.array) {
      const { name, ends } = this.scale();
      const colors = this.view.data.arrays[`${name}-${this.view.theme}`].values;
      this.atlas.paint(this.array, colors, ends);
      this.legend(colors, ends);
    }
    this.root.querySelector(".legend").hidden = this.isPicture || this.stage.blank;
    this.draw();
  }

  // The color scale and, for each channel, its ends: the layer's own unless each map has its own
  scale() {
    const { scale, limit } = this.stage;
    const { perMap, absolute } = this.view.look;
    const magnitude = absolute && scale === "diverging";
    const name = magnitude ? "sequential" : scale;
    const layer = { low: name === "diverging" ? -limit : 0, high: limit, magnitude };
    if (!perMap || this.isImage) return { name, ends: () => layer };
    const ends = (channel) => {
      const high = this.largest(channel) || 1; // of a dead channel zero is still in the middle
      return { low: name === "diverging" ? -high : 0, high, magnitude };
    };
    return { name, ends };
  }

  map(channel) {
    const [, height, width] = this.shape;
    return this.array.values.subarray(channel * height * width, (channel + 1) * height * width);
  }

  largest(channel) {
    let most = 0;
    for (const value of this.map(channel)) most = Math.max(most, Math.abs(value));
    return most;
  }

  legend(colors, ends) {
    this.root.querySelector(".ramp").style.background = gradientOf(colors);
    const own = this.view.look.perMap && !this.isImage;
    const all = own && this.enlarged === null;
    const { low, high } = ends(this.enlarged ?? 0);
    const clipped = this.stage.clipped && !own;
    this.text(".low", all ? (low < 0 ? "− each map's largest" : "0") : `${clipped && low < 0 ? "≤ " : ""}${short(low)}`);
    this.text(".high", all ? "each map's largest" : `${clipped ? "≥ " : ""}${short(high)}`);
  }

  draw() {
    const side = this.frame.clientWidth;
    if (!side) return;
    if (!this.array) {
      this.frame.style.height = `${side}px`;
      return;
    }
    const all = [...Array(this.shape[0]).keys()];
    const { margin = 0, strongest } = this.stage;
    const height = this.tiles.draw(this.atlas, this.enlarged === null ? all : [this.enlarged], { side, margin });
    const { film, worked } = this.view.data;
    this.frame.style.height = `${film || worked ? height : side}px`;
    this.drawStrongest(strongest, side);
    this.drawHistogram();
    this.describe();
  }

  drawStrongest(count, side) {
    const strip = this.root.querySelector(".strongest");
    strip.hidden = !count || this.shape[0] <= count;
    if (strip.hidden) return;
    const order = [...Array(this.shape[0]).keys()];
    const most = order.map((channel) => this.largest(channel));
    const first = order.sort((a, b) => most[b] - most[a]).slice(0, count);
    this.text(".strip-title", `Strongest channels: ${first.join(", ")}`);
    this.strip.draw(this.atlas, first, { side, height: Infinity, columns: count });
  }

  drawHistogram() {
    const { histogram, view } = this;
    histogram.hidden = !view.look.histograms || this.isImage;
    if (histogram.hidden) return;
    const values = this.enlarged === null ? this.array.values : this.map(this.enlarged);
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    const counts = new Array(BINS).fill(0);
    const per = high > low ? BINS / (high - low) : 0;
    for (const value of values) counts[Math.min(Math.floor((value - low) * per), BINS - 1)]++;
    this.bins = { low, high, counts };
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [histogram.clientWidth, histogram.clientHeight];
    histogram.width = width * ratio;
    histogram.height = height * ratio;
    const context = histogram.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = view.marks.line;
    const most = Math.log1p(Math.max(...counts));
    counts.forEach((count, i) => {
      const tall = (Math.log1p(count) / most) * (height - 1);
      context.fillRect((i * width) / BINS, height - tall, width / BINS - 1, tall);
    });
    histogram.ariaLabel = `Histogram from ${short(low)} to ${short(high)}, counts on a logarithmic scale`;
  }

  pointHistogram(event) {
    const { low, high, counts } = this.bins;
    const box = this.histogram.getBoundingClientRect();
    const bin = Math.min(Math.floor(((event.clientX - box.left) / box.width) * BINS), BINS - 1);
    const edge = (i) => short(low + ((high - low) * i) / BINS);
    const where = `${edge(bin)} to ${edge(bin + 1)}`;
    this.view.showTip(event.clientX, event.clientY, where, `${counts[bin]} values`);
  }

  describe() {
    const [channels] = this.shape;
    const maps = `${channels} ${channels === 1 ? "map" : "maps"} of ${times(this.shape)}`;
    const one = this.enlarged !== null;
    const { title, layer, enlarged } = this.stage;
    const spread = enlarged && `${enlarged.join(" × ")}, enlarged to ${times(this.shape)}`;
    const what = spread || (layer ? maps : times(this.shape));
    this.text(".size", one ? `channel ${this.enlarged}` : what);
    this.back.hidden = !one;
    this.back.textContent = `All ${channels} maps`;
    const enlarges = channels > 1 && !this.view.data.worked;
    const keys = `Arrow keys move${enlarges ? ", Enter enlarges a map, Escape shows all" : ""}.`;
    this.canvas.ariaLabel = `${layer ? `${title}, ${layer}` : title}: ${what}. ${keys}`;
  }

  // Pointing

  mark(draw) {
    if (!this.array) return;
    for (const tiles of [this.tiles, this.strip]) if (tiles.atlas) draw(tiles);
  }

  clear() {
    this.tiles.clear();
    this.strip.clear();
  }

  point(tiles, unit) {
    if (!unit || !this.array) {
      this.view.leave();
      return "";
    }
    const [x, y] = tiles.middle(unit);
    const box = tiles.canvas.getBoundingClientRect();
    return this.view.point(this, unit, [box.left + x, box.top + y]);
  }

  click(tiles, unit) {
    if (!unit || !this.array) return;
    if (this.view.panel) {
      this.view.pick(this, unit);
      this.point(this.tiles, unit);
      return;
    }
    const many = this.enlarged === null && this.shape[0] > 1;
    if (many) this.view.enlarge(this, unit.channel);
    if (this.view.data.keeps || (!this.isImage && !many)) this.view.keep({ stage: this.index, unit });
    this.point(this.tiles, unit); // a finger does not hover
  }

  enlarge(channel) {
    if (this.shape[0] === 1 || channel >= this.shape[0]) return;
    this.enlarged = channel;
    this.paint();
  }

  // The keyboard

  key(event) {
    if (!this.array) return;
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const { panel, data } = this.view;
    if (panel && this.index === data.worked.output) this.unit = { ...panel.unit };
    this.unit ??= this.peak();
    if (this.enlarged !== null) this.unit.channel = this.enlarged;
    if (event.key in moves) this.move(...moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.click(this.tiles, { ...this.unit });
    else if (event.key === "Escape") this.view.enlarge(this, null);
    else return;
    event.preventDefault();
    this.view.say(this.point(this.tiles, { ...this.unit }));
  }

  move(down, right) {
    const [channels, height, width] = this.shape;
    const { unit, tiles } = this;
    if (tiles.channels.length > 1) {
      const channel = unit.channel + down * tiles.columns + right;
      if (channel >= 0 && channel < channels) unit.channel = channel;
    } else {
      unit.row = Math.min(Math.max(unit.row + down, 0), height - 1);
      unit.column = Math.min(Math.max(unit.column + right, 0), width - 1);
    }
  }

  peak() {
    const [, height, width] = this.shape;
    let best = 0;
    if (!this.isPicture) {
      this.array.values.forEach((value, i) => {
        if (Math.abs(value) > Math.abs(this.array.values[best])) best = i;
      });
    }
    const channel = Math.floor(best / (height * width));
    const row = Math.floor(best / width) % height;
    return { channel, row, column: best % width };
  }
}

// One stage at a time, in the order of the forward pass, at the pace of whoever looks
class Film {
  constructor(view, root) {
    this.view = view;
    this.root = root;
    this.at = 0;
    this.range = root.querySelector(".frame-number");
    this.button = root.querySelector(".play");
    root.querySelector(".before").onclick = () => this.turn(-1);
    root.querySelector(".after").onclick = () => this.turn(1);
    this.button.onclick = () => (this.timer ? this.stop() : this.play());
    this.range.oninput = () => this.go(Number(this.range.value));
  }

  show({ film, stages }) {
    this.root.hidden = !film;
    this.view.root.classList.toggle("is-film", Boolean(film));
    if (!film) return;
    this.range.max = stages.length - 1;
    this.go(Math.min(this.at, stages.length - 1));
  }

  play() {
    if (this.at === Number(this.range.max)) this.go(0);
    this.button.textContent = "Pause";
    const pace = 1000 * Number(this.root.querySelector(".pace").value);
    this.timer = setTimeout(() => {
      this.go(this.at + 1);
      if (this.at < Number(this.range.max)) this.play();
      else this.stop();
    }, pace);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.button.textContent = "Play";
  }

  turn(by) {
    this.stop();
    this.go(Math.min(Math.max(this.at + by, 0), Number(this.range.max)));
  }

  go(at) {
    this.at = at;
    this.range.value = at;
    const { stages } = this.view;
    const shown = stages[Math.max(at, 1)]?.stage;
    this.range.setAttribute("aria-valuetext", at ? `${at}: ${shown.title}` : "the input");
    stages.forEach((stage, i) => {
      const visible = i === 0 || i === at;
      const turned = stage.root.hidden === visible;
      stage.root.hidden = !visible;
      if (visible && turned) stage.draw();
    });
    this.view.answer.classList.toggle("waits", at < stages.length - 1);
    this.view.leave();
  }
}

function unitOf([channel, row, column]) {
  return { channel, row, column };
}

// What a unit would see if the input went on beyond its border: size, jump and padding, by axis
function unclipped(whole, { row, column }) {
  if (!whole) return null;
  const [[tall, jumpY, padY], [wide, jumpX, padX]] = whole;
  const [top, left] = [row * jumpY - padY, column * jumpX - padX];
  return [top, left, top + tall - 1, left + wide - 1];
}
