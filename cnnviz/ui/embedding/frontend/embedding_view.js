// Test digits as points of a plane, one map per layer, of one or two networks. The browser has all
// layers: stepping, pointing and selecting a class need no server.

import { component } from "../../components/frontend/component.js";
import { onDigits, paintDigit, paintKept } from "../../components/frontend/digits.js";
import { element, find, fromTemplate } from "../../components/frontend/elements.js";
import { unpack } from "../../components/frontend/message.js";
import { withPicture } from "../../components/frontend/picture.js";
import { Scatter } from "../../components/frontend/scatter.js";
import { Stepper } from "../../components/frontend/stepper.js";
import { themeOf } from "../../components/frontend/theme.js";
import { allSeparations, drawDepth, separations } from "./depth_chart.js";

/** @typedef {[value: number, low: number, high: number]} Interval */
/** @typedef {{ name: string, short: string, title: string, ready: false }} Unready */
/**
 * @typedef {object} Ready  a layer with its map, "places<n>-<i>", (N, 2), and the nearest digits of
 *   each in the layer's own space, "near<n>-<i>", (N, k)
 * @property {true} ready
 * @property {string} name
 * @property {string} short
 * @property {string} title
 * @property {string} facts
 * @property {Interval} separation
 * @property {[x: number, y: number] | null} subject  position of the user's digit
 * @property {string} placed  method by which it was placed
 * @property {number[] | null} near  its nearest digits
 * @property {boolean} exact  whether these are nearest by all values of the layer
 * @property {string} waiting  why this is not yet the requested map
 */
/** @typedef {Ready | Unready} Layer */
/** @typedef {{ title: string, layers: Layer[] }} Network */
/**
 * @typedef {object} EmbeddingHeader
 * @property {string} key  identifies the networks
 * @property {string} sample  name of the digits' pictures
 * @property {string} first  layer to show at first
 * @property {string} subject  name of the user's digit
 * @property {number} neighbors  that vote for a class
 * @property {{ light: string[], dark: string[] }} colors  of the digits
 * @property {Network[]} networks
 */
/** @typedef {import("../../components/frontend/message.js").Message<EmbeddingHeader>} EmbeddingMessage */

const PACE = 1600; // ms per layer
const REST = 600; // ms on a layer until the server is told

/**
 * Return the layer of another network at the same relative depth.
 *
 * @param {number} layer
 * @param {number} count  layers of the first network
 * @param {number} otherCount  layers of the other one
 */
export const sameDepth = (layer, count, otherCount) =>
  count < 2
    ? Math.min(layer, otherCount - 1)
    : Math.round((layer * (otherCount - 1)) / (count - 1));

class NetworkMap {
  /**
   * @param {HTMLElement} figure
   * @param {{ point: (i: number | null) => void, pin: (i: number | null) => void }} on
   */
  constructor(figure, on) {
    this.figure = figure;
    this.canvas = find(figure, "canvas", HTMLCanvasElement);
    this.scatter = new Scatter(this.canvas, on);
  }

  close() {
    this.scatter.close();
    this.figure.remove();
  }

  /**
   * @param {Network} network
   * @param {Layer | undefined} layer
   */
  describe({ title }, layer) {
    const set = (/** @type {string} */ selector, /** @type {string} */ text) => {
      find(this.figure, selector).textContent = text;
    };
    const waiting = layer?.ready ? layer.waiting : "";
    set(".title", title);
    set(".name", layer?.title ?? "");
    set(".facts", layer?.ready ? layer.facts : "Being computed.");
    set(".badge", waiting);
    find(this.figure, ".badge").hidden = !waiting;
    this.canvas.classList.toggle("waiting", !layer?.ready);
    if (!layer?.ready) return;
    this.canvas.ariaLabel = `${title}, ${layer.title}. ${waiting} ${layer.facts} Arrow keys move between digits.`;
  }
}

class Embedding {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.shadow = root;
    this.root = find(root, ".embedding");
    this.stepper = new Stepper(root, (layer) => this.go(layer), { pace: PACE, loops: true });
    /** @type {import("../../components/frontend/theme.js").Theme} */
    this.theme = "light";
    /** @type {NetworkMap[]} */
    this.maps = [];
    this.at = 0; // the layer of the first network
    this.chosen = ""; // its name
    this.subject = ""; // identifies the shown networks
    this.asked = ""; // the layer that the server requested
    /** @type {number | null} */
    this.pointed = null;
    /** @type {number | null} */
    this.pinned = null;
    /** @type {number | null} */
    this.only = null; // the one class to show
    this.later = 0;
    /** @type {EmbeddingMessage | null} */
    this.data = null;
    /** @type {(layer: string) => void} */
    this.tell = () => {};
    this.classes = Array.from({ length: 10 }, (_, digit) => {
      const button = element("button", { type: "button", textContent: String(digit) });
      button.onclick = () => this.choose(this.only === digit ? null : digit);
      return button;
    });
    find(root, ".classes").append(element("span", { textContent: "Only" }), ...this.classes);
    this.forget = onDigits(() => this.read());
    this.sizes = new ResizeObserver(() => this.chart());
    this.sizes.observe(this.root);
  }

  close() {
    this.stepper.play(false);
    clearTimeout(this.later);
    this.forget();
    this.sizes.disconnect();
    for (const map of this.maps) map.close();
  }

  /** @param {EmbeddingMessage} data */
  show(data) {
    this.data = data;
    const { networks, colors, key, first } = data;
    while (this.maps.length > networks.length) this.maps.pop()?.close();
    while (this.maps.length < networks.length) this.maps.push(this.map(this.maps.length));
    this.root.style.setProperty("--count", String(networks.length));
    this.root.style.setProperty("--shape", networks.length > 1 ? "1 / 1" : "16 / 10");
    this.theme = themeOf(this.root);
    this.classes.forEach((button, digit) =>
      button.style.setProperty("--class", colors[this.theme][digit]),
    );
    const { layers } = networks[0];
    if (this.subject !== key || this.asked !== first) this.chosen = first;
    [this.subject, this.asked] = [key, first];
    this.at = Math.max(
      layers.findIndex(({ name }) => name === this.chosen),
      0,
    );
    this.draw();
  }

  /** @param {number} n  the network */
  map(n) {
    const figure = fromTemplate(this.shadow, ".map-template");
    find(this.root, ".maps").append(figure);
    const map = new NetworkMap(figure, {
      point: (i) => this.point(i),
      pin: (i) => this.pin(i),
    });
    map.scatter.links = (i) => this.near(n, i);
    return map;
  }

  /** @param {number} layer */
  go(layer) {
    const layers = this.data?.networks[0].layers ?? [];
    if (!layers.length) return;
    this.at = layer;
    this.chosen = layers[this.at].name;
    this.draw();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.tell(this.chosen), REST);
  }

  /** Return the shown layer of each network. */
  get shown() {
    const counts = this.data?.networks.map(({ layers }) => layers.length) ?? [];
    return counts.map((count, n) => (n ? sameDepth(this.at, counts[0], count) : this.at));
  }

  /** @param {number} n  the network */
  layer(n) {
    return this.data?.networks[n].layers[this.shown[n]];
  }

  draw() {
    const { data, at } = this;
    if (!data) return;
    this.maps.forEach((map, n) => {
      const layer = this.layer(n);
      map.describe(data.networks[n], layer);
      if (!layer?.ready) return;
      const mark = layer.subject && { at: layer.subject, title: data.subject };
      const places = data.arrays[`places${n}-${this.shown[n]}`].values;
      map.scatter.show(
        /** @type {Float32Array} */ (places),
        data.arrays.labels.values,
        data.colors[this.theme],
        mark,
      );
    });
    const first = this.layer(0);
    this.stepper.show(at, data.networks[0].layers.length, first?.title ?? "");
    this.root.dataset.layer = first?.name ?? "";
    this.chart();
    this.read();
  }

  /**
   * Return the nearest neighbors of a digit in the shown layer.
   *
   * @param {number} n  the network
   * @param {number} i
   */
  near(n, i) {
    const all = this.data?.arrays[`near${n}-${this.shown[n]}`];
    return all ? [...all.values.subarray(i * all.shape[1], (i + 1) * all.shape[1])] : [];
  }

  /** @param {number | null} digit  the only class to show; null for all */
  choose(digit) {
    this.only = digit;
    this.classes.forEach((button, i) => {
      button.ariaPressed = String(i === digit);
    });
    for (const { scatter } of this.maps) {
      scatter.only = digit;
      scatter.draw();
    }
  }

  /** @param {number | null} i */
  point(i) {
    if (i === this.pointed) return;
    this.pointed = i;
    for (const { scatter } of this.maps) scatter.point(i);
    this.read();
  }

  /** @param {number | null} i  the pinned one again removes the pin */
  pin(i) {
    this.pinned = i === this.pinned ? null : i;
    for (const { scatter } of this.maps) scatter.pin(this.pinned);
    this.read();
  }

  /** Describe the digit under the pointer, the pinned one or else the user's. */
  read() {
    const { data } = this;
    if (!data) return;
    const i = this.pointed ?? this.pinned;
    const blocks = i === null ? this.ownDigit(data) : this.testDigit(data, i);
    data.networks.forEach(({ title }, n) => {
      const layer = this.layer(n);
      const near = i === null ? (layer?.ready && layer.near) || [] : this.near(n, i);
      if (!near.length) return;
      const where = data.networks.length > 1 ? `Nearest in ${title}` : "Nearest in this layer";
      const rough = i === null && layer?.ready && !layer.exact;
      const textContent = rough ? `${where}, by its first 30 principal components` : where;
      blocks.push(block("one wide", element("p", { textContent }), this.strip(data, near)));
    });
    if (i === null)
      blocks.push(
        element("p", {
          className: "wide",
          textContent:
            "Point at a digit to see it and its nearest neighbors in this layer; click to keep it, and use the arrow keys to move on.",
        }),
      );
    find(this.root, ".reader").replaceChildren(...blocks);
  }

  /**
   * @param {EmbeddingMessage} data
   * @returns {HTMLElement[]}
   */
  ownDigit({ arrays, subject }) {
    const layer = this.layer(0);
    if (!arrays.subject || !layer?.ready || !layer.subject) return [];
    const canvas = element("canvas", { className: "large" });
    paintDigit(canvas, arrays.subject.values);
    const placed = element("p", { textContent: layer.placed });
    return [block("one", canvas), block("one", element("h4", { textContent: subject }), placed)];
  }

  /**
   * @param {EmbeddingMessage} data
   * @param {number} i
   * @returns {HTMLElement[]}
   */
  testDigit(data, i) {
    const { index, labels } = data.arrays;
    const title = element("h4", { textContent: `Labeled ${labels.values[i]}` });
    const number = `Test digit at index ${index.values[i].toLocaleString("en")}`;
    return [
      block("one", this.picture(data, i, "large")),
      block("one", title, element("p", { textContent: number })),
    ];
  }

  /**
   * @param {EmbeddingMessage} data
   * @param {number[]} near
   */
  strip(data, near) {
    const digits = near.map((i) => {
      const label = data.arrays.labels.values[i];
      const name = element("div", { textContent: String(label) });
      name.style.color = data.colors[this.theme][label];
      return element("div", {}, this.picture(data, i, "small"), name);
    });
    return block("near", ...digits);
  }

  /**
   * @param {EmbeddingMessage} data
   * @param {number} i
   * @param {string} className
   */
  picture({ sample, arrays }, i, className) {
    const canvas = element("canvas", { className, role: "img" });
    canvas.ariaLabel = `digit labeled ${arrays.labels.values[i]}`;
    paintKept(canvas, sample, i);
    return canvas;
  }

  chart() {
    const width = this.root.clientWidth;
    if (!this.data || !width || !this.data.networks[0].layers.length) return;
    const { networks, neighbors } = this.data;
    const picture = find(this.root, "svg", SVGElement);
    drawDepth(picture, width, networks, this.shown, (layer) => this.go(layer));
    picture.setAttribute("aria-label", allSeparations(networks));
    const title = "Class separation from the input to the output";
    const vote = `Share of digits whose ${neighbors} nearest neighbors in the layer vote for their class.`;
    const facts = `${vote} ${separations(networks, this.shown)}.`;
    find(this.root, ".depth figcaption").replaceChildren(
      element("span", { className: "title", textContent: title }),
      element("span", { className: "facts", textContent: facts }),
    );
  }
}

/**
 * @param {string} className
 * @param {...Node} children
 */
const block = (className, ...children) => element("div", { className }, ...children);

/** @type {import("../../components/frontend/component.js").Component<Uint8Array>} */
export default component(
  (root) => withPicture(root, new Embedding(root)),
  (view, { data, setTriggerValue }) => {
    view.tell = (layer) => setTriggerValue("layer", layer);
    view.show(unpack(data));
  },
);
