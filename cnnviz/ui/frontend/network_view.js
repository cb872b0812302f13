// A digit on its way through a network: mosaics of feature maps, then ten bars.
//
// `data` is the message that network_view.py packs. The values stay here, so that pointing at a
// unit and enlarging a map are answered without the server.

const VIEWS = new WeakMap();
const HOLD = 500; // ms until another look whether the change of digits is still held
const POLL = 300; // ms between two questions for an answer that is not there yet
const STEP = 110; // ms between the stages of a hand-over
const FADE = 260; // ms

export default function ({ data, parentElement, setTriggerValue }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    VIEWS.set(parentElement, view);
  }
  view.update(unpack(data), (what) => setTriggerValue(what, true));
  return () => view.close();
}

function unpack(message) {
  const bytes = message.slice(); // a copy of its own, so that the arrays are aligned
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  for (const [name, place] of Object.entries(header.arrays)) {
    const count = place.shape.reduce((product, size) => product * size, 1);
    const kind = place.type === "uint8" ? Uint8Array : Float32Array;
    header.arrays[name] = {
      shape: place.shape,
      values: new kind(bytes.buffer, 4 + length + place.start, count),
    };
  }
  return header;
}

const number = (value) => (value === 0 ? "0" : String(Number(value.toPrecision(6))));
const short = (value) => (value === 0 ? "0" : String(Number(value.toPrecision(3))));
const percent = (share) => `${(100 * share).toFixed(1)}%`;
const times = (shape) => `${shape[1]} × ${shape[2]}`;

class View {
  constructor(parent) {
    this.parent = parent;
    this.root = parent.querySelector(".view");
    this.row = parent.querySelector(".stages");
    this.answer = parent.querySelector(".answer");
    this.tip = parent.querySelector(".tip");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.playing = !this.still.matches;
    this.mosaics = [];
    this.pointed = false;
    this.root.addEventListener("pointerenter", (e) => (this.pointed = e.pointerType === "mouse"));
    this.root.addEventListener("pointerleave", () => (this.pointed = false));
    this.sizes = new ResizeObserver(() => this.mosaics.forEach((mosaic) => mosaic.draw()));
    this.sizes.observe(this.root);
    this.bars = Array.from({ length: 10 }, (_, digit) => this.bar(digit));
  }

  close() {
    clearTimeout(this.timer);
    clearInterval(this.poll);
    this.sizes.disconnect();
    VIEWS.delete(this.parent);
  }

  update(data, ask) {
    const handOver = this.data?.answered && data.subject !== this.data.subject;
    this.data = data;
    this.ask = ask;
    while (this.mosaics.length > data.stages.length) this.mosaics.pop().root.remove();
    while (this.mosaics.length < data.stages.length) this.mosaics.push(new Mosaic(this));
    const theme = isDark(this.root) ? "dark" : "light";
    data.stages.forEach((stage, i) => {
      const colours = data.arrays[`${stage.scale}-${theme}`].values;
      this.mosaics[i].show(stage, data.arrays[`stage${i}`], colours);
    });
    this.controls(data);
    this.judge(data);
    this.root.setAttribute("aria-busy", String(!data.answered));
    this.hideTip();
    if (handOver && !this.still.matches) this.handOver();
    this.schedule();
  }

  // Another digit, by itself or by a button

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
    this.mosaics[0].root.append(controls);
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
    const parts = [...this.mosaics.map((mosaic) => mosaic.frame), this.answer];
    parts.forEach((part, i) =>
      part.animate(faded, { duration: FADE, delay: i * STEP, fill: "backwards" }),
    );
  }

  // The answer

  bar(digit) {
    const item = document.createElement("li");
    item.innerHTML =
      `<span class="class">${digit}</span>` +
      '<span class="track"><span class="fill" style="display:block"></span></span>' +
      '<span class="share"></span>';
    item.addEventListener("pointermove", (e) => {
      if (!this.data.answered) return;
      const share = this.data.arrays.probabilities.values[digit];
      this.showTip(e.clientX, e.clientY, `probability of ${digit}`, number(share));
    });
    item.addEventListener("pointerleave", () => this.hideTip());
    this.parent.querySelector(".bars").append(item);
    return item;
  }

  judge({ answered, label, arrays, wrong }) {
    const verdict = this.answer.querySelector(".verdict");
    const shares = answered ? arrays.probabilities.values : new Float32Array(10);
    const best = answered ? shares.indexOf(Math.max(...shares)) : -1;
    const share = shares[best];
    const right = label === null || best === label;
    this.answer.style.setProperty("--bar", right ? "var(--st-primary-color)" : wrong);
    this.bars.forEach((item, digit) => {
      item.classList.toggle("best", digit === best);
      item.classList.toggle("true", digit === label);
      item.querySelector(".fill").style.width = percent(shares[digit]);
      item.querySelector(".share").textContent = answered ? percent(shares[digit]) : "";
      item.querySelector(".class").ariaLabel = `${digit}${digit === label ? ", true label" : ""}`;
    });
    const text = answered
      ? `<b>${best}</b>${share > 0.9995 ? "over 99.9%" : percent(share)} sure.<br>` +
        (label === null ? "" : right ? "Right: the label agrees." : `Wrong: the label says ${label}.`)
      : "PyTorch is loading. The answer comes by itself.";
    if (verdict.innerHTML !== text) verdict.innerHTML = text;
  }

  // What is under the pointer

  showTip(x, y, where, value) {
    const { tip, root } = this;
    tip.hidden = false;
    tip.querySelector(".where").textContent = where;
    tip.querySelector(".value").textContent = value;
    const box = root.getBoundingClientRect();
    const left = Math.min(Math.max(x - box.left + 14, 0), box.width - tip.offsetWidth);
    const above = y - box.top - tip.offsetHeight - 12;
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(Math.max(above, 0))}px)`;
  }

  hideTip() {
    this.tip.hidden = true;
    this.mosaics.forEach((mosaic) => (mosaic.mark.hidden = true));
  }

  say(text) {
    this.parent.querySelector(".spoken").textContent = text;
  }
}

// The feature maps of one layer, side by side or one of them enlarged

class Mosaic {
  constructor(view) {
    this.view = view;
    const template = view.parent.querySelector(".stage-template");
    this.root = template.content.cloneNode(true).firstElementChild;
    this.frame = this.root.querySelector(".frame");
    this.canvas = this.root.querySelector("canvas");
    this.mark = this.root.querySelector(".mark");
    this.back = this.root.querySelector(".back");
    this.atlas = document.createElement("canvas"); // all maps, one below the other
    this.enlarged = null; // a channel
    this.unit = null; // where the keyboard is
    view.row.insertBefore(this.root, view.answer);
    this.canvas.addEventListener("pointermove", (e) => this.point(this.at(e)));
    this.canvas.addEventListener("pointerleave", () => view.hideTip());
    this.canvas.addEventListener("click", (e) => this.click(this.at(e)));
    this.canvas.addEventListener("keydown", (e) => this.key(e));
    this.canvas.addEventListener("blur", () => view.hideTip());
    this.back.onclick = () => this.enlarge(null);
  }

  show(stage, array, colours) {
    const changed = this.stage && (this.stage.layer !== stage.layer || !array);
    if (changed) this.enlarged = this.unit = null;
    this.stage = stage;
    this.values = array?.values;
    this.shape = array?.shape ?? [1, 1, 1];
    this.root.classList.toggle("pending", !array);
    this.root.classList.toggle("input", !stage.layer);
    this.text(".title", stage.title);
    this.text(".layer", stage.layer);
    this.root.querySelector(".layer").hidden = !stage.layer;
    const notes = stage.notes.map((note) => {
      const line = document.createElement("p");
      line.textContent = note;
      return line;
    });
    this.root.querySelector(".notes").replaceChildren(...notes);
    if (array) this.paintAtlas(colours);
    this.draw();
  }

  text(selector, text) {
    this.root.querySelector(selector).textContent = text;
  }

  value(channel, row, column) {
    const [, height, width] = this.shape;
    return this.values[(channel * height + row) * width + column];
  }

  // Painting

  paintAtlas(colours) {
    const [channels, height, width] = this.shape;
    const { values } = this;
    const { scale, limit, clipped } = this.stage;
    const low = scale === "diverging" ? -limit : 0;
    const perValue = limit > 0 ? 255 / (limit - low) : 0;
    this.atlas.width = width;
    this.atlas.height = channels * height;
    const context = this.atlas.getContext("2d");
    const image = context.createImageData(width, channels * height);
    for (let i = 0; i < values.length; i++) {
      const colour = 3 * Math.min(Math.max(Math.round((values[i] - low) * perValue), 0), 255);
      image.data[4 * i] = colours[colour];
      image.data[4 * i + 1] = colours[colour + 1];
      image.data[4 * i + 2] = colours[colour + 2];
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    const stops = [0, 32, 64, 96, 128, 160, 192, 224, 255].map(
      (i) => `rgb(${colours.subarray(3 * i, 3 * i + 3).join()})`,
    );
    this.root.querySelector(".ramp").style.background = `linear-gradient(90deg, ${stops.join()})`;
    this.text(".low", `${clipped && low < 0 ? "≤ " : ""}${short(low)}`);
    this.text(".high", `${clipped ? "≥ " : ""}${short(limit)}`);
  }

  draw() {
    const side = this.frame.clientWidth;
    if (!side) return;
    if (!this.values) {
      this.frame.style.height = `${side}px`;
      return;
    }
    const [channels, height, width] = this.shape;
    this.channels = this.enlarged === null ? [...Array(channels).keys()] : [this.enlarged];
    this.columns = columns(this.channels.length, height, width);
    this.rows = Math.ceil(this.channels.length / this.columns);
    this.gap = this.columns > 1 ? (side / this.columns > 28 ? 3 : 2) : 0;
    const most = Math.max(this.columns * width, this.rows * height);
    const lines = Math.max(this.columns, this.rows);
    const scale = (side - this.gap * (lines - 1)) / most;
    this.tileWidth = Math.max(1, Math.floor(scale * width));
    this.tileHeight = Math.max(1, Math.floor(scale * height));
    const full = (count, tile) => count * (tile + this.gap) - this.gap;
    const cssWidth = full(this.columns, this.tileWidth);
    const cssHeight = full(this.rows, this.tileHeight);
    const ratio = window.devicePixelRatio || 1;
    const { canvas } = this;
    canvas.width = Math.round(cssWidth * ratio);
    canvas.height = Math.round(cssHeight * ratio);
    canvas.style.width = `${cssWidth}px`;
    canvas.style.height = `${cssHeight}px`;
    this.frame.style.height = `${side}px`;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = this.tileWidth * ratio < 3 * width; // else show the units
    this.channels.forEach((channel, i) => {
      const x = (i % this.columns) * (this.tileWidth + this.gap);
      const y = Math.floor(i / this.columns) * (this.tileHeight + this.gap);
      const { tileWidth, tileHeight } = this;
      context.drawImage(this.atlas, 0, channel * height, width, height, x, y, tileWidth, tileHeight);
    });
    this.describe();
  }

  describe() {
    const [channels] = this.shape;
    const maps = `${channels} ${channels === 1 ? "map" : "maps"} of ${times(this.shape)}`;
    const one = this.enlarged !== null;
    const { title, layer } = this.stage;
    const what = layer ? maps : times(this.shape);
    this.text(".size", one ? `channel ${this.enlarged}` : what);
    this.back.hidden = !one;
    this.back.textContent = `All ${channels} maps`;
    const keys = `Arrow keys move${channels > 1 ? ", Enter enlarges a map, Escape shows all" : ""}.`;
    this.canvas.ariaLabel = `${layer ? `${title}, ${layer}` : title}: ${what}. ${keys}`;
  }

  // Pointing

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const [, height, width] = this.shape;
    const pitchX = this.tileWidth + this.gap; // the gap belongs to the map before it
    const pitchY = this.tileHeight + this.gap;
    const tileX = Math.floor(x / pitchX);
    const tileY = Math.floor(y / pitchY);
    const channel = this.channels?.[tileY * this.columns + tileX];
    if (channel === undefined || x < 0 || y < 0 || tileX >= this.columns) return null;
    const column = Math.min(Math.floor(((x - tileX * pitchX) * width) / this.tileWidth), width - 1);
    const row = Math.min(Math.floor(((y - tileY * pitchY) * height) / this.tileHeight), height - 1);
    return { channel, row, column };
  }

  point(unit) {
    if (!unit || !this.values) {
      this.view.hideTip();
      return "";
    }
    const { channel, row, column } = unit;
    const place = this.channels.indexOf(channel);
    const [, height, width] = this.shape;
    const one = this.channels.length === 1;
    let x = (place % this.columns) * (this.tileWidth + this.gap);
    let y = Math.floor(place / this.columns) * (this.tileHeight + this.gap);
    const unitX = x + ((column + 0.5) * this.tileWidth) / width;
    const unitY = y + ((row + 0.5) * this.tileHeight) / height;
    if (one) {
      x += (column * this.tileWidth) / width;
      y += (row * this.tileHeight) / height;
    }
    this.view.mosaics.forEach((mosaic) => (mosaic.mark.hidden = mosaic !== this));
    const style = this.mark.style;
    style.width = `${this.tileWidth / (one ? width : 1) + 4}px`;
    style.height = `${this.tileHeight / (one ? height : 1) + 4}px`;
    style.transform = `translate(${x - 2}px, ${y - 2}px)`;
    const where =
      (this.stage.layer ? `channel ${channel}, ` : "") + `row ${row}, column ${column}`;
    const value = number(this.value(channel, row, column));
    const box = this.canvas.getBoundingClientRect();
    this.view.showTip(box.left + unitX, box.top + unitY, where, value);
    return `${where}: ${value}`;
  }

  click(unit) {
    if (!unit || !this.values) return;
    if (this.enlarged === null) this.enlarge(unit.channel);
    this.point(unit); // a finger does not hover
  }

  enlarge(channel) {
    if (this.shape[0] === 1) return;
    this.enlarged = channel;
    this.view.hideTip();
    this.draw();
  }

  // The keyboard

  key(event) {
    if (!this.values) return;
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    this.unit ??= this.peak();
    if (this.enlarged !== null) this.unit.channel = this.enlarged;
    if (event.key in moves) this.move(...moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.click(this.unit);
    else if (event.key === "Escape") this.enlarge(null);
    else return;
    event.preventDefault();
    this.view.say(this.point(this.unit));
  }

  move(down, right) {
    const [channels, height, width] = this.shape;
    const { unit } = this;
    if (this.channels.length > 1) {
      const channel = unit.channel + down * this.columns + right;
      if (channel >= 0 && channel < channels) unit.channel = channel;
    } else {
      unit.row = Math.min(Math.max(unit.row + down, 0), height - 1);
      unit.column = Math.min(Math.max(unit.column + right, 0), width - 1);
    }
  }

  peak() {
    const [, height, width] = this.shape;
    let best = 0;
    this.values.forEach((value, i) => {
      if (Math.abs(value) > Math.abs(this.values[best])) best = i;
    });
    const channel = Math.floor(best / (height * width));
    const row = Math.floor(best / width) % height;
    return { channel, row, column: best % width };
  }
}

// As many columns as make the whole nearest to a square
function columns(count, height, width) {
  let best = 1;
  let least = Infinity;
  for (let tried = 1; tried <= count; tried++) {
    const longest = Math.max(tried * width, Math.ceil(count / tried) * height);
    if (longest < least) [best, least] = [tried, longest];
  }
  return best;
}

function isDark(element) {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.fillStyle = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}
