// Charts of a running training. One component has all panels and updates them in place, so nothing
// flickers and the zoom is kept.
//
// Drawn without a library: a redraw of 8 lines with 2,000 points each, and steps of their own as
// in a race, takes 6 ms of the main thread (5.6 to 8.4 in 5 rounds), 11 ms with uPlot 1.6 (9.0
// to 16) and 46 ms with Plotly's basic bundle (38 to 46). The 51 KB of uPlot, or 1.2 MB of Plotly,
// would be sent with every message in addition to most of the 25 KB of these files: they provide
// axes, lines and zoom, but not bubbles, the legend, keys and requests.

import { component } from "./component.js";
import { element, find } from "./elements.js";
import { lastFinite, Panel } from "./live_chart_panel.js";
import { unpack } from "./message.js";
import { withPicture } from "./picture.js";
import { clamp } from "./pointer.js";
import { roundUp } from "./scales.js";
import { themeValue } from "./theme.js";

/** @typedef {import("./live_chart_panel.js").Range} Range */
/** @typedef {import("./live_chart_panel.js").Columns} Columns */
/**
 * @typedef {object} ChartHeader
 * @property {number} update  a new number with each message
 * @property {number} every  ms between updates; 0 for none
 * @property {string} run  identifies the run; a new one resets the zoom
 * @property {string[]} axes  columns that can be on the horizontal axis
 * @property {string} [axis]  selected at first; if given, the server is told of changes
 * @property {Record<string, string>} [labels]  titles of the axes
 * @property {Record<string, number>} [high]  final upper ends of the axes, where known
 * @property {string[][]} groups  names of columns; "<group>.<column>" is the array
 * @property {import("./live_chart_panel.js").PanelHeader[]} panels
 * @property {Record<string, string | number>[]} [marks]  text and place on each axis of each event
 */
/** @typedef {import("./message.js").Message<ChartHeader>} ChartMessage */

const PATIENCE = 3000; // ms until the request is repeated if no response arrives
const REST = 100; // ms, least time between a response and the next request
const LEAST_DRAG = 8; // CSS pixels, below which a drag is a click

/**
 * Return the ends of the horizontal axis, which grows in steps until the run's end.
 *
 * @param {ArrayLike<number>[]} columns  of the axis, one for each group
 * @param {number} [end]  of the run
 * @returns {Range}
 */
export function horizontalRange(columns, end) {
  let now = 0;
  for (const x of columns) {
    const row = lastFinite(x);
    if (row >= 0) now = Math.max(now, x[row]);
  }
  return [0, Math.max(now, Math.min(roundUp(now), end ?? now)) || 1];
}

/**
 * Return the events with their place on one axis.
 *
 * @param {string} axis
 * @param {Record<string, string | number>[]} marks
 * @returns {import("./live_chart_panel.js").Mark[]}
 */
export function marksOn(axis, marks) {
  return marks.map((mark) => ({ x: Number(mark[axis]), text: String(mark.text) }));
}

class LiveChart {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = find(root, ".charts");
    this.axes = find(root, ".axis");
    this.list = find(root, ".panels");
    /** @type {Panel[]} */
    this.panels = [];
    /** @type {Columns[]} */
    this.groups = [];
    /** @type {Range | null} */
    this.zoom = null;
    /** @type {number | null} */
    this.cursor = null;
    this.axis = "";
    this.chosen = ""; // the axis that the user selected
    this.built = ""; // identifies the panels on the page
    this.run = "";
    this.timer = 0;
    this.asked = -Infinity;
    this.updates = 0;
    this.theme = themeOfChart(this.list);
    /** @type {ChartHeader | null} */
    this.header = null;
    /** @type {import("./component.js").Send} */
    this.ask = () => {};
    /** @type {import("./component.js").Send} */
    this.tell = () => {};
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.list);
  }

  close() {
    clearTimeout(this.timer);
    this.sizes.disconnect();
  }

  /** @param {ChartMessage} message */
  show(message) {
    this.header = message;
    this.groups = message.groups.map((names, group) =>
      Object.fromEntries(
        names.map((name) => [
          name,
          /** @type {Float32Array} */ (message.arrays[`${group}.${name}`].values),
        ]),
      ),
    );
    const wanted = [this.chosen, message.axis].find((name) => name && message.axes.includes(name));
    this.axis = wanted ?? message.axes[0];
    this.theme = themeOfChart(this.list);
    const shape = JSON.stringify([message.run, message.panels, message.axes, this.theme]);
    if (shape !== this.built) this.build(message);
    this.built = shape;
    this.draw();
    this.updates += 1;
    this.root.dataset.updates = String(this.updates);
    this.askAgain(message.every);
  }

  /** @param {ChartHeader} header */
  build({ run, panels }) {
    if (this.run !== run) this.zoom = null;
    this.run = run;
    this.panels = panels.map((panel) => new Panel(panel, this.theme.categories));
    for (const panel of this.panels) this.listen(panel);
    this.list.replaceChildren(...this.panels.map((panel) => panel.root));
    this.showAxes();
  }

  showAxes() {
    const buttons = this.header?.axes.map((name) => {
      const button = element("button", { type: "button", textContent: name, role: "radio" });
      button.ariaChecked = String(name === this.axis);
      button.onclick = () => {
        this.axis = this.chosen = name;
        this.zoom = this.cursor = null;
        this.showAxes();
        this.draw();
        if (this.header?.axis) this.tell("axis", name);
      };
      return button;
    });
    this.axes.replaceChildren(...(buttons ?? []));
  }

  get range() {
    const columns = this.groups.map((group) => group[this.axis]);
    return this.zoom ?? horizontalRange(columns, this.header?.high?.[this.axis]);
  }

  draw() {
    if (!this.header) return;
    const { axis, groups, cursor, theme, range } = this;
    const title = axis === "seconds" ? "seconds of training" : axis;
    const axisTitle = this.header.labels?.[axis] ?? title;
    const marks = marksOn(axis, this.header.marks ?? []);
    const chart = { groups, axis, axisTitle, range, marks, cursor, theme };
    for (const panel of this.panels) panel.draw(chart);
  }

  /** @param {Panel} panel */
  listen(panel) {
    const { canvas } = panel;
    const place = (/** @type {MouseEvent} */ event) =>
      event.clientX - canvas.getBoundingClientRect().left;
    canvas.onpointermove = (event) => {
      if (panel.selection) panel.selection = [panel.selection[0], place(event)];
      this.cursor = panel.valueAt(place(event));
      this.draw();
    };
    canvas.onpointerleave = () => {
      this.cursor = null;
      this.draw();
    };
    canvas.onpointerdown = (event) => {
      if (event.pointerType !== "mouse" || event.button) return;
      canvas.setPointerCapture(event.pointerId);
      panel.selection = [place(event), place(event)];
    };
    canvas.onpointerup = () => {
      const [from, to] = (panel.selection ?? [0, 0]).sort((a, b) => a - b);
      panel.selection = null;
      if (to - from > LEAST_DRAG) this.zoom = [Math.max(0, panel.valueAt(from)), panel.valueAt(to)];
      this.draw();
    };
    canvas.ondblclick = () => {
      this.zoom = null;
      this.draw();
    };
    canvas.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") this.zoom = this.cursor = null;
      else if (!step) return;
      else {
        const [low, high] = this.range;
        this.cursor = clamp((this.cursor ?? high) + (step * (high - low)) / 100, low, high);
      }
      event.preventDefault();
      this.draw();
    };
  }

  /**
   * Request the next update when this one is drawn: one at a time, none from a hidden tab.
   *
   * The time of the last response counts, so that updates are as frequent on a busy machine.
   *
   * @param {number} every  ms between updates
   */
  askAgain(every) {
    clearTimeout(this.timer);
    if (!every) return;
    const due = () => {
      this.asked = performance.now();
      if (!document.hidden) this.ask("update", Date.now());
      this.timer = setTimeout(due, Math.max(PATIENCE, every));
    };
    const taken = performance.now() - this.asked;
    this.timer = setTimeout(due, Math.max(REST, every - taken));
  }
}

/** @param {Element} element */
function themeOfChart(element) {
  const border = themeValue(element, "border-color", "#ddd");
  return {
    text: themeValue(element, "text-color", "#333"),
    grid: themeValue(element, "border-color-light", border),
    primary: themeValue(element, "primary-color", "#0072b2"),
    categories: themeValue(element, "chart-categorical-colors", "#0072b2").split(","),
    font: `11px ${themeValue(element, "font", "sans-serif")}`,
  };
}

/** @type {import("./component.js").Component<Uint8Array>} */
export default component(
  (root) => withPicture(root, new LiveChart(root)),
  (view, { data, setTriggerValue, setStateValue }) => {
    view.ask = setTriggerValue;
    view.tell = setStateValue;
    view.show(unpack(data));
  },
);
