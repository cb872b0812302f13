// A training, snapshot by snapshot: one slider moves the curves' marker, filters, maps, effective
// field, saliency, bars and the map of digits together. The browser has all snapshots.

import { fillBar, indexOfLargest, newBar } from "../../components/frontend/bars.js";
import { component } from "../../components/frontend/component.js";
import { onDigits, paintKept } from "../../components/frontend/digits.js";
import { childrenOf, element, find, fromTemplate } from "../../components/frontend/elements.js";
import { unpack } from "../../components/frontend/message.js";
import { percent, probability, significant } from "../../components/frontend/numbers.js";
import { withPicture } from "../../components/frontend/picture.js";
import { Scatter } from "../../components/frontend/scatter.js";
import { Stepper } from "../../components/frontend/stepper.js";
import { themeOf } from "../../components/frontend/theme.js";
import { drawCurve, valueAt } from "./curve.js";
import { MapPanel } from "./map_panel.js";

/**
 * @typedef {object} Snapshot
 * @property {number} step
 * @property {string} title
 * @property {number | null} accuracy
 * @property {number} tested  number of digits of the accuracy
 * @property {[value: number, low: number, high: number]} separation
 * @property {number} most  pixels on a side of the square that holds 95% of the effective field
 */
/**
 * @typedef {object} Stage  whose maps are "maps<i>", of the channels in "channels<i>"
 * @property {string} title
 * @property {string} layer
 * @property {number} of  channels of the layer
 * @property {number} page
 * @property {number} pages
 */
/**
 * @typedef {object} TimeHeader
 * @property {string} run
 * @property {string} sample  name of the digits' pictures
 * @property {number | null} label
 * @property {string | number} target  the class whose logit the saliency is of
 * @property {string} title
 * @property {number | null} first  the step to show at first
 * @property {number} missing  snapshots that are not ready
 * @property {boolean} torn  whether the log may end before the last snapshot
 * @property {string} wrong  color of a wrong answer
 * @property {{ light: string[], dark: string[] }} colors  of the digits
 * @property {Snapshot[]} snapshots
 * @property {Stage[]} stages
 * @property {Record<string, number>} limits  largest magnitude of the int16 arrays
 * @property {string} field  layer of the effective field
 * @property {string} embedded  layer of the map of digits
 */
/** @typedef {import("../../components/frontend/message.js").Message<TimeHeader>} TimeMessage */
/** @typedef {import("./map_panel.js").Part} Part */

const PACE = 700; // ms per snapshot
const REST = 1000; // ms on a snapshot until the address names it
const INT16 = 32767; // stands for a share of 1 of an array's limit

class TimeView {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.shadow = root;
    this.root = find(root, ".time");
    this.stepper = new Stepper(root, (snapshot) => this.go(snapshot), { pace: PACE, loops: false });
    /** @type {Map<string, MapPanel>} */
    this.panels = new Map();
    this.keys = ""; // identifies the panels on the page
    /** @type {import("../../components/frontend/theme.js").Theme} */
    this.theme = "light";
    this.own = false; // whether each snapshot has its own scale
    this.at = 0;
    /** @type {number | null} */
    this.linked = null; // the step that the address names
    /** @type {number | null} */
    this.pointed = null;
    /** @type {number | null} */
    this.pinned = null;
    this.later = 0;
    /** @type {TimeMessage | null} */
    this.data = null;
    /** @type {Scatter | null} */
    this.scatter = null;
    /** @type {import("../../components/frontend/component.js").Send} */
    this.tell = () => {};
    const own = find(root, ".own input", HTMLInputElement);
    own.onchange = () => {
      this.own = own.checked;
      this.draw();
    };
    this.sizes = new ResizeObserver(() => this.drawCurves());
    this.sizes.observe(this.root);
    this.forget = onDigits(() => this.read());
  }

  close() {
    this.stepper.play(false);
    clearTimeout(this.later);
    this.sizes.disconnect();
    this.scatter?.close();
    this.forget();
  }

  /** @param {TimeMessage} data */
  show(data) {
    const before = this.data;
    const step = before?.snapshots[this.at]?.step;
    const followed = before && this.at === before.snapshots.length - 1 && !this.stepper.timer;
    const same = before?.run === data.run;
    this.theme = themeOf(this.root);
    this.data = data;
    if (!same) this.linked = data.first; // which may not be ready yet
    const wanted = this.linked ?? (same && !followed ? step : null);
    const at = data.snapshots.findIndex((snapshot) => snapshot.step === wanted);
    if (at >= 0) this.linked = null;
    this.at = at >= 0 ? at : data.snapshots.length - 1;
    this.layout(data);
    this.draw();
  }

  /** @param {number} snapshot */
  go(snapshot) {
    if (!this.data) return;
    this.at = snapshot;
    this.linked = null;
    this.draw();
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      if (!this.stepper.timer) this.tell("snapshot", this.data?.snapshots[this.at].step);
    }, REST);
  }

  /** @param {TimeMessage} data */
  layout(data) {
    const parts = this.parts(data);
    const keys = ["answer", ...parts.keys(), "map"];
    if (this.keys !== keys.join()) {
      this.keys = keys.join();
      this.scatter?.close();
      this.panels = new Map([...parts.keys()].map((key) => [key, new MapPanel(this.panel())]));
      const panels = [...this.panels.values()].map((panel) => panel.figure);
      find(this.root, ".panels").replaceChildren(this.answerPanel(), ...panels, this.mapPanel());
    }
    for (const [key, part] of parts) this.panels.get(key)?.show(part);
    find(this.root, ".map .title").textContent = `Digits at ${data.embedded}`;
  }

  /**
   * Return the contents of the panels between the answer and the map of digits.
   *
   * @param {TimeMessage} data
   */
  parts({ arrays, stages, title, target, field, limits }) {
    const single = (/** @type {string} */ name) => {
      const { shape, values } = arrays[name];
      const tiles = { shape: [shape[0], 1, ...shape.slice(1)], values };
      return { tiles, signed: false, step: 1, nameOf: () => "" };
    };
    /** @type {Map<string, Part>} */
    const parts = new Map();
    const saliency = `Pixels that would change the score of ${target} most`;
    parts.set("saliency", { ...single("saliency"), title: saliency, note: title });
    const where = `${field}, central unit`;
    parts.set("field", {
      ...single("fields"),
      title: "What the unit in the middle uses",
      note: where,
    });
    const [, count, height, width] = arrays.filters.shape;
    if (count)
      parts.set("filters", {
        title: "First filters",
        note: `${count} of ${height} × ${width}`,
        tiles: arrays.filters,
        signed: true,
        step: 1,
        nameOf: (tile) => `filter ${tile}, `,
      });
    stages.forEach((stage, i) => {
      const key = `maps${i}`;
      const { values: channels } = arrays[`channels${i}`];
      const some = channels.length < stage.of ? `${channels.length} of ` : "";
      const turn = (/** @type {number} */ page) => this.tell("page", [i, page]);
      parts.set(key, {
        title: stage.title,
        note: `${stage.layer}, ${some}${stage.of} channels`,
        tiles: arrays[key],
        signed: arrays[key].values.some((value) => value < 0),
        step: limits[key] / INT16,
        nameOf: (tile) => `channel ${channels[tile]}, `,
        pages: { page: stage.page, pages: stage.pages, turn },
      });
    });
    return parts;
  }

  panel() {
    return fromTemplate(this.shadow, ".panel-template");
  }

  answerPanel() {
    const figure = fromTemplate(this.shadow, ".answer-template");
    const bars = Array.from({ length: 10 }, (_, digit) => newBar(String(digit)));
    find(figure, "ol").append(...bars);
    return figure;
  }

  mapPanel() {
    const figure = this.panel();
    figure.classList.add("map");
    this.pinned = this.pointed = null;
    const scatter = new Scatter(find(figure, "canvas", HTMLCanvasElement), {
      point: (i) => {
        this.pointed = i;
        scatter.point(i);
        this.read();
      },
      pin: (i) => {
        this.pinned = i === this.pinned ? null : i;
        scatter.pin(this.pinned);
        this.read();
      },
    });
    this.scatter = scatter;
    return figure;
  }

  draw() {
    const { data } = this;
    if (!data) return;
    const { snapshots, arrays } = data;
    const snapshot = snapshots[this.at];
    this.stepper.show(this.at, snapshots.length, snapshot.title);
    this.root.dataset.step = String(snapshot.step);
    const title = element("b", { textContent: snapshot.title });
    find(this.root, ".now").replaceChildren(title, ` · ${this.facts(data).join(" · ")}`);
    this.answer(data);
    const tables = {
      sequential: /** @type {Uint8Array} */ (arrays[`sequential-${this.theme}`].values),
      diverging: /** @type {Uint8Array} */ (arrays[`diverging-${this.theme}`].values),
    };
    for (const [key, panel] of this.panels) {
      const size = `${snapshot.most} × ${snapshot.most} pixels`;
      if (key === "field" && panel.part)
        panel.part.help = `. 95% of it lies in a square of ${size}.`;
      panel.draw(this.at, this.own, tables);
    }
    this.drawMap(data);
    this.read();
    this.drawCurves();
  }

  /** @param {TimeMessage} data */
  facts({ snapshots, missing, arrays }) {
    const { accuracy, tested } = snapshots[this.at];
    const loss = this.near(arrays.loss.values, true);
    const facts = [`snapshot ${this.at + 1} of ${snapshots.length}${missing ? " so far" : ""}`];
    if (loss !== null) facts.push(`training loss ${significant(loss, 3)}`);
    if (accuracy !== null) facts.push(`accuracy ${percent(accuracy)} on ${tested}`);
    return facts;
  }

  /**
   * Return the curve's value at this snapshot.
   *
   * @param {ArrayLike<number>} values  of the log
   * @param {boolean} [log]  whether its axis is logarithmic
   */
  near(values, log = false) {
    if (!this.data) return null;
    const steps = this.data.arrays.steps.values;
    const { step } = this.data.snapshots[this.at];
    if (this.data.torn && !(step <= steps[steps.length - 1])) return null; // the log ends before
    return valueAt(steps, values, step, log);
  }

  /** @param {TimeMessage} data */
  answer({ arrays, label, wrong }) {
    const shares = arrays.probabilities.values.subarray(10 * this.at, 10 * (this.at + 1));
    const best = indexOfLargest(shares);
    const right = label === null || best === label;
    this.root.style.setProperty("--bar", right ? "var(--st-primary-color)" : wrong);
    const verdict = right ? `${best}, correct` : `${best}, but the label is ${label}`;
    find(this.root, ".verdict").textContent = label === null ? `${best}` : verdict;
    childrenOf(find(this.root, ".bars")).forEach((bar, digit) => {
      const text = probability(shares[digit]);
      fillBar(bar, shares[digit], text, { best: digit === best, truth: digit === label });
      bar.ariaLabel = `${digit}: ${text}`;
    });
  }

  /** @param {TimeMessage} data */
  drawMap({ arrays, snapshots, colors }) {
    const count = arrays.labels.values.length;
    const all = /** @type {Float32Array} */ (arrays.places.values);
    const places = all.subarray(2 * count * this.at, 2 * count * (this.at + 1));
    const fit = this.own ? places : all;
    this.scatter?.show(places, arrays.labels.values, colors[this.theme], null, fit);
    const [value, low, high] = snapshots[this.at].separation.map((share) => percent(share));
    find(this.root, ".map small").textContent =
      `how well the digits can be told apart from these values: ${value} (95% interval ${low} to ${high})`;
    find(this.root, ".map canvas").ariaLabel =
      `${count} test digits on the plane of the newest snapshot. Arrow keys move between digits.`;
  }

  /** Describe the digit under the pointer, or the pinned one. */
  read() {
    if (!this.data) return;
    const text = find(this.root, ".map .value");
    const i = this.pointed ?? this.pinned;
    if (i === null) {
      const scale = this.own
        ? "This snapshot has its own scale."
        : "All snapshots share one scale: an early one may look like a dot, which does not change the percentage.";
      text.textContent = `${scale} Point at a digit to see it; click to keep it.`;
      return;
    }
    const picture = element("canvas", { className: "digit" });
    paintKept(picture, this.data.sample, i);
    const { index, labels } = this.data.arrays;
    const place = index.values[i].toLocaleString("en");
    text.replaceChildren(picture, `Test digit at index ${place}, labeled ${labels.values[i]}`);
  }

  drawCurves() {
    if (!this.data) return;
    const { arrays } = this.data;
    const steps = arrays.steps.values;
    this.drawCurve(".loss", {
      line: [steps, arrays.loss.values],
      log: true,
      text: (value) => significant(value, 3),
    });
    this.drawCurve(".accuracy", {
      line: [steps, arrays.accuracy.values],
      dots: [arrays.tested.values, arrays.test_accuracy.values],
      text: (value) => percent(value, 0),
    });
  }

  /**
   * @param {string} selector
   * @param {import("./curve.js").Curve} curve
   */
  drawCurve(selector, curve) {
    const picture = find(this.root, selector, SVGElement);
    if (!this.data || !picture.clientWidth) return;
    const snapshots = this.data.snapshots.map(({ step }) => step);
    const last = Math.max(...snapshots.slice(-1), ...Array.from(curve.line[0]).slice(-1), 1);
    const at = { last, step: snapshots[this.at], here: this.near(curve.line[1], curve.log) };
    const snapshotAt = drawCurve(picture, curve, snapshots, at);
    picture.onclick = (event) =>
      this.go(snapshotAt(event.clientX - picture.getBoundingClientRect().left));
  }
}

/** @type {import("../../components/frontend/component.js").Component<Uint8Array>} */
export default component(
  (root) => withPicture(root, new TimeView(root)),
  (view, { data, setTriggerValue }) => {
    view.tell = setTriggerValue;
    view.show(unpack(data));
  },
);
