// Test digits as points of a plane, one map per layer, of one or two networks. All layers are
// here: stepping through them, pointing and choosing a class need no server.
//
// `data` is the message that embedding_view.py packs; the pictures come by digit_store.js.

import { isDark, percent, short, unpack } from "../../components/frontend/message.js";
import { Scatter, paintDigit } from "../../components/frontend/scatter.js";

const VIEWS = new WeakMap();
const PACE = 1600; // ms a layer
const SVG = "http://www.w3.org/2000/svg";
const LINES = ["var(--st-primary-color)", "var(--st-text-color)"];

export default function ({ data, parentElement, setTriggerValue }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    VIEWS.set(parentElement, view);
  }
  view.tell = (layer) => setTriggerValue("layer", layer);
  view.update(unpack(data));
  return () => view.close();
}

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

class View {
  constructor(parent) {
    this.parent = parent;
    this.find = (selector) => parent.querySelector(selector);
    this.root = this.find(".embedding");
    this.slider = this.find(".layer");
    this.maps = [];
    this.at = null; // place of the layer among the first network's
    this.pointed = this.pinned = this.only = null;
    this.slider.oninput = () => this.go(Number(this.slider.value));
    this.find(".before").onclick = () => this.go(this.at - 1);
    this.find(".after").onclick = () => this.go(this.at + 1);
    this.find(".play").onclick = () => this.play(!this.timer);
    this.stored = () => this.read();
    addEventListener("cnnviz-digits", this.stored);
    this.sizes = new ResizeObserver(() => this.data && this.chart());
    this.sizes.observe(this.root);
    for (let digit = 0; digit < 10; digit++) {
      const button = element("button", { type: "button", textContent: digit });
      button.onclick = () => this.choose(this.only === digit ? null : digit);
      this.find(".classes").append(button);
    }
    this.find(".classes").prepend(element("span", { textContent: "Only" }));
  }

  close() {
    this.play(false);
    clearTimeout(this.later);
    removeEventListener("cnnviz-digits", this.stored);
    this.sizes.disconnect();
    this.maps.forEach((map) => map.scatter.close());
    VIEWS.delete(this.parent);
  }

  update(data) {
    this.data = data;
    this.dark = isDark(this.root);
    this.colors = data.colors[this.dark ? "dark" : "light"];
    this.labels = data.arrays.labels.values;
    while (this.maps.length > data.networks.length) this.maps.pop().close();
    while (this.maps.length < data.networks.length) this.maps.push(this.map());
    this.root.style.setProperty("--count", data.networks.length);
    this.root.style.setProperty("--shape", data.networks.length > 1 ? "1 / 1" : "16 / 10");
    [...this.find(".classes").querySelectorAll("button")].forEach((button, digit) => button.style.setProperty("--class", this.colors[digit]));
    const layers = data.networks[0].layers;
    const chosen = this.subject === data.key && this.asked === data.first ? this.chosen : data.first;
    [this.subject, this.asked] = [data.key, data.first];
    this.at = Math.max(layers.findIndex(({ name }) => name === chosen), 0);
    this.chosen = chosen;
    this.slider.max = Math.max(layers.length - 1, 0);
    this.show(this.at);
  }

  map() {
    const figure = this.find(".map-template").content.cloneNode(true).firstElementChild;
    this.find(".maps").append(figure);
    const place = this.maps.length;
    const scatter = new Scatter(figure.querySelector("canvas"), {
      point: (i) => this.point(i),
      pin: (i) => this.pin(i),
    });
    scatter.links = (i) => this.near(place, i);
    const close = () => (scatter.close(), figure.remove());
    return { figure, scatter, close };
  }

  // Which layer

  go(place) {
    this.at = Math.min(Math.max(place, 0), this.data.networks[0].layers.length - 1);
    this.chosen = this.data.networks[0].layers[this.at].name;
    this.show(this.at);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.tell(this.chosen), 600);
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.go((this.at + 1) % this.data.networks[0].layers.length), PACE) : null;
    this.find(".play").textContent = on ? "Pause" : "Play";
    if (on) this.go(this.at === this.data.networks[0].layers.length - 1 ? 0 : this.at + 1);
  }

  // The other network's layer at the same share of its depth
  place(n) {
    const count = this.data.networks[n].layers.length;
    const whole = this.data.networks[0].layers.length;
    return n === 0 || whole < 2 ? Math.min(this.shown, count - 1) : Math.round((this.shown * (count - 1)) / (whole - 1));
  }

  layer(n) {
    return this.data.networks[n].layers[this.place(n)];
  }

  show(place) {
    this.shown = place;
    this.slider.value = place;
    this.find(".before").disabled = place <= 0;
    this.find(".after").disabled = place >= this.data.networks[0].layers.length - 1;
    this.maps.forEach((map, n) => {
      const layer = this.layer(n);
      const network = this.data.networks[n];
      const find = (selector) => map.figure.querySelector(selector);
      find(".title").textContent = network.title;
      find(".name").textContent = layer ? layer.title : "";
      find(".facts").textContent = layer?.ready ? layer.facts : "Being worked out.";
      find("canvas").classList.toggle("waiting", !layer?.ready);
      find(".badge").textContent = layer?.waiting ?? "";
      find(".badge").hidden = !layer?.waiting;
      if (!layer?.ready) return;
      find("canvas").ariaLabel = `${network.title}, ${layer.title}. ${layer.waiting} ${layer.facts} Arrow keys go from digit to digit.`;
      const mark = layer.subject && { at: layer.subject, title: this.data.subject };
      map.scatter.show(this.data.arrays[`places${n}-${this.place(n)}`].values, this.labels, this.colors, mark);
    });
    const first = this.layer(0);
    this.slider.setAttribute("aria-valuetext", first ? first.title : "");
    this.root.dataset.layer = first ? first.name : "";
    this.chart();
    this.read();
  }

  // Which digit

  near(n, i) {
    const all = this.data.arrays[`near${n}-${this.place(n)}`];
    return all ? [...all.values.subarray(i * all.shape[1], (i + 1) * all.shape[1])] : [];
  }

  choose(digit) {
    this.only = digit;
    [...this.find(".classes").querySelectorAll("button")].forEach((button, i) => button.setAttribute("aria-pressed", String(i === digit)));
    for (const { scatter } of this.maps) {
      scatter.only = digit;
      scatter.draw();
    }
  }

  point(i) {
    if (i === this.pointed) return;
    this.pointed = i;
    this.maps.forEach(({ scatter }) => scatter.point(i));
    this.read();
  }

  pin(i) {
    this.pinned = i === this.pinned ? null : i;
    this.maps.forEach(({ scatter }) => scatter.pin(this.pinned));
    this.read();
  }

  picture(i, className) {
    const canvas = element("canvas", { className, ariaLabel: `digit labeled ${this.labels[i]}` });
    canvas.setAttribute("role", "img");
    const all = globalThis.cnnvizDigits?.[this.data.sample];
    if (all) paintDigit(canvas, all.values.subarray(i * 784, (i + 1) * 784), this.dark);
    return canvas;
  }

  strip(near) {
    return element("div", { className: "near" }, near.map((j) => {
      const name = element("div", { textContent: this.labels[j] });
      name.style.color = this.colors[this.labels[j]];
      return element("div", {}, [this.picture(j, "small"), name]);
    }));
  }

  read() {
    if (!this.data) return;
    const i = this.pointed ?? this.pinned;
    const { networks, arrays } = this.data;
    const parts = [];
    if (i !== null) {
      const index = arrays.index.values[i];
      parts.push(element("div", { className: "one" }, [this.picture(i, "large")]));
      parts.push(element("div", { className: "one" }, [
        element("h4", { textContent: `Labeled ${this.labels[i]}` }),
        element("p", { textContent: `Test digit ${index.toLocaleString("en")}` }),
      ]));
    } else if (arrays.subject && this.layer(0)?.subject) {
      const canvas = element("canvas", { className: "large" });
      paintDigit(canvas, arrays.subject.values, this.dark);
      parts.push(element("div", { className: "one" }, [canvas]));
      parts.push(element("div", { className: "one" }, [element("h4", { textContent: this.data.subject }), element("p", { textContent: this.layer(0).placed })]));
    }
    networks.forEach((network, n) => {
      const layer = this.layer(n);
      const near = i !== null ? this.near(n, i) : layer?.near ?? [];
      if (!near.length) return;
      const where = networks.length > 1 ? `Nearest in ${network.title}` : "Nearest in this layer";
      const title = i !== null || layer.exact ? where : `${where}, by its first 30 principal components`;
      parts.push(element("div", { className: "one wide" }, [element("p", { textContent: title }), this.strip(near)]));
    });
    if (i === null)
      parts.push(element("p", { className: "wide", textContent: "Point at a digit to see it and its nearest in this layer; a click keeps it, arrow keys go on from there." }));
    this.find(".reader").replaceChildren(...parts);
  }

  // How well the classes separate, layer by layer

  chart() {
    const svg = this.find("svg");
    const width = this.root.clientWidth;
    const { networks, neighbors } = this.data;
    if (!width || !networks[0].layers.length) return;
    const height = 192;
    const [left, right, top, bottom] = [44, 14, 8, 26];
    const most = Math.max(...networks.map(({ layers }) => layers.length));
    const every = networks.flatMap(({ layers }) => layers.filter(({ ready }) => ready).map(({ separation }) => separation[1]));
    const floor = Math.floor(10 * Math.min(...every, 0.9)) / 10;
    const x = (n, l) => left + ((width - left - right) * l) / Math.max(networks[n].layers.length - 1, 1);
    const y = (share) => top + (height - top - bottom) * (1 - (share - floor) / (1 - floor));
    const draw = (tag, attributes, text) => {
      const made = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      if (text !== undefined) made.textContent = text;
      svg.append(made);
      return made;
    };
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const share of [0, 0.5, 1].map((t) => floor + (1 - floor) * t)) {
      draw("line", { class: "grid", x1: left, x2: width - right, y1: y(share), y2: y(share) });
      draw("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, `${+(100 * share).toFixed(1)}%`);
    }
    draw("line", { class: "now", x1: x(0, this.shown), x2: x(0, this.shown), y1: top, y2: height - bottom });
    networks.forEach(({ layers }, n) => {
      const color = LINES[n];
      draw("path", { class: "line", stroke: color, "stroke-dasharray": n ? "5 4" : "none", d: layers.map(({ ready, separation }, l) => (ready ? `${layers[l - 1]?.ready ? "L" : "M"}${x(n, l)} ${y(separation[0])}` : "")).join(" ") });
      layers.forEach(({ ready, separation, title }, l) => {
        if (!ready) return;
        draw("line", { class: "bounds", stroke: color, x1: x(n, l), x2: x(n, l), y1: y(separation[1]), y2: y(separation[2]) });
        const dot = draw("circle", { cx: x(n, l), cy: y(separation[0]), r: l === this.place(n) ? 6 : 4, fill: color });
        dot.append(Object.assign(document.createElementNS(SVG, "title"), { textContent: `${title}: ${percent(separation[0])}` }));
      });
    });
    const room = (width - left - right) / most;
    networks[0].layers.forEach(({ short }, l) => {
      const fits = room > 6.5 * short.length + 8;
      if (fits || l === this.shown) {
        const anchor = x(0, l) > width - 60 ? "end" : x(0, l) < 80 ? "start" : "middle";
        draw("text", { x: x(0, l), y: height - 8, "text-anchor": fits ? "middle" : anchor }, short);
      }
      const hit = draw("rect", { class: "hit", x: x(0, l) - room / 2, y: 0, width: room, height });
      hit.addEventListener("click", () => this.go(l));
    });
    const said = networks.map(({ title }, n) => {
      const layer = this.layer(n);
      if (!layer?.ready) return "";
      const [value, low, high] = layer.separation;
      const line = networks.length > 1 ? (n ? " (dashed)" : " (solid)") : "";
      return `${networks.length > 1 ? `${title}${line}` : layer.short}: ${percent(value)} (95% interval ${percent(low)} to ${percent(high)})`;
    });
    const caption = this.find(".depth figcaption");
    caption.replaceChildren(
      element("span", { className: "title", textContent: "How well classes separate, from the input to the answer" }),
      element("span", { className: "facts", textContent: `Digits whose ${neighbors} nearest others in the layer vote for the true class. ${said.filter(Boolean).join("; ")}.` }),
    );
    svg.setAttribute("aria-label", networks.map(({ title, layers }) => `${title}: ${layers.filter(({ ready }) => ready).map(({ short, separation }) => `${short} ${percent(separation[0])}`).join(", ")}`).join(". "));
  }
}
