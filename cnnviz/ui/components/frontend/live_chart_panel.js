// One panel of a live chart: lines with bands, or bubbles, over a shared horizontal axis.

import { element, sharpContext } from "./elements.js";
import { nearest, ticks, tickText, valueText } from "./scales.js";

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {number} group
 * @property {string} column
 * @property {number} color  index of the color
 * @property {boolean} dots
 * @property {[low: string, high: string]} [band]  columns of its lower and upper end
 * @property {number} [size]  area of a bubble, relative to the others
 */
/**
 * @typedef {object} PanelHeader
 * @property {string} title
 * @property {string} unit
 * @property {boolean} log
 * @property {number | null} [low]  lower end of the vertical axis
 * @property {number | null} [high]
 * @property {boolean} [bubbles]  whether to draw only each line's last point, and the Pareto front
 * @property {Series[]} series
 */
/** @typedef {Record<string, Float32Array>} Columns  of one group, all of one length */
/** @typedef {[low: number, high: number]} Range */
/** @typedef {{ series: Series, x: number, y: number, low: number, high: number }} Head */
/**
 * @typedef {object} Look  state shared by all panels
 * @property {Columns[]} groups
 * @property {string} axis  the column on the horizontal axis
 * @property {string} axisTitle
 * @property {Range} range  of the horizontal axis
 * @property {number | null} cursor
 * @property {{ text: string, grid: string, primary: string, categories: string[], font: string }} theme
 */
/** @typedef {{ x: (value: number) => number, y: (value: number) => number }} Scale  to CSS pixels */

const MARGIN = { left: 48, right: 10, top: 8, bottom: 30 }; // CSS pixels
const BUBBLE_ROOM = 0.08; // share of the axis, for the rightmost bubble

/**
 * Return the last row with a finite value, at or before a given one; -1 if there is none.
 *
 * @param {ArrayLike<number>} values
 * @param {number} [from]
 */
export function lastFinite(values, from = values.length - 1) {
  let row = from;
  while (row >= 0 && !Number.isFinite(values[row])) row--;
  return row;
}

/**
 * Return the last point of each line with finite values.
 *
 * @param {Series[]} series
 * @param {Columns[]} groups
 * @param {string} axis
 * @returns {Head[]}
 */
export function heads(series, groups, axis) {
  return series.flatMap((s) => {
    const columns = groups[s.group];
    const row = lastFinite(columns[s.column]);
    if (row < 0) return [];
    const [low, high] = (s.band ?? [s.column, s.column]).map((name) => columns[name][row]);
    return [{ series: s, x: columns[axis][row], y: columns[s.column][row], low, high }];
  });
}

/**
 * Return the Pareto front, from left to right: small x and large y are better.
 *
 * @template {{ x: number, y: number }} Point
 * @param {Point[]} points
 * @returns {Point[]}
 */
export function pareto(points) {
  /** @type {Point[]} */
  const front = [];
  for (const point of [...points].sort((a, b) => a.x - b.x || b.y - a.y))
    if (!front.length || point.y > front[front.length - 1].y) front.push(point);
  return front;
}

/**
 * Return the ends of a panel's vertical axis.
 *
 * @param {PanelHeader} panel
 * @param {Columns[]} groups
 * @param {string} axis
 * @param {Range} range  of the horizontal axis
 * @returns {Range}
 */
export function verticalRange(panel, groups, axis, range) {
  if (panel.bubbles) return bubbleRange(panel, heads(panel.series, groups, axis));
  let [low, high] = extent(panel, groups, axis, range);
  if (low > high) [low, high] = panel.log ? [0.1, 1] : [0, 1];
  if (panel.log) return [low / 1.15, high * 1.15];
  const [bottom, top] = [panel.low ?? low, panel.high ?? high];
  const pad = (top - bottom || Math.abs(top) || 1) * 0.04;
  return [panel.low == null ? bottom - pad : bottom, panel.high == null ? top + pad : top];
}

/**
 * @param {PanelHeader} panel
 * @param {Head[]} ends
 * @returns {Range}
 */
function bubbleRange(panel, ends) {
  if (!ends.length) return [0, 1];
  const low = Math.min(...ends.map((end) => end.low));
  const high = Math.max(...ends.map((end) => end.high));
  const pad = Math.max((high - low) * 0.25, 0.01);
  return [
    Math.max(panel.low ?? -Infinity, low - pad),
    Math.min(panel.high ?? Infinity, high + pad),
  ];
}

/**
 * Return the smallest and the largest value of a panel's lines and bands.
 *
 * @param {PanelHeader} panel
 * @param {Columns[]} groups
 * @param {string} axis
 * @param {Range} range
 * @returns {Range}
 */
function extent({ series, log }, groups, axis, [first, last]) {
  let [low, high] = [Infinity, -Infinity];
  for (const s of series) {
    const columns = groups[s.group];
    const x = columns[axis];
    for (const name of s.band ?? [s.column]) {
      const y = columns[name];
      for (let i = 0; i < y.length; i++) {
        if (!(x[i] >= first && x[i] <= last) || !Number.isFinite(y[i]) || (log && y[i] <= 0))
          continue;
        low = Math.min(low, y[i]);
        high = Math.max(high, y[i]);
      }
    }
  }
  return [low, high];
}

export class Panel {
  /**
   * @param {PanelHeader} header
   * @param {string[]} colors
   */
  constructor(header, colors) {
    this.header = header;
    this.canvas = element("canvas", { tabIndex: 0, role: "img" });
    this.canvas.ariaLabel = `${header.title}: arrow keys move the cursor, drag to zoom, double-click to see all`;
    this.outputs = header.series.map(() => element("output"));
    const keys = header.series.map((series, k) => {
      const swatch = element("i");
      swatch.style.background = colors[series.color % colors.length];
      this.outputs[k].dataset.series = series.label;
      const className = series.dots || header.bubbles ? "key dots" : "key";
      return element("span", { className }, swatch, series.label, this.outputs[k]);
    });
    const title = element("b", { textContent: header.title });
    const head = element("div", { className: "head" }, title, ...keys);
    this.root = element("section", {}, head, this.canvas);
    /** @type {Range | null} */
    this.selection = null; // CSS pixels, ends of the dragged range
    /** @type {(x: number) => number} */
    this.valueAt = () => 0; // value at a distance from the canvas' left edge, CSS pixels
  }

  /** @param {Look} look */
  draw(look) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) return;
    const { header } = this;
    const context = sharpContext(this.canvas, width, height);
    context.clearRect(0, 0, width, height);
    const [x0, end] = look.range;
    const x1 = header.bubbles ? end + BUBBLE_ROOM * (end - x0) : end;
    const [y0, y1] = verticalRange(header, look.groups, look.axis, [x0, x1]);
    const across = width - MARGIN.left - MARGIN.right;
    const down = height - MARGIN.top - MARGIN.bottom;
    const raised = header.log ? Math.log : (/** @type {number} */ value) => value;
    const share = (/** @type {number} */ y) =>
      (raised(y) - raised(y0)) / (raised(y1) - raised(y0) || 1);
    /** @type {Scale} */
    const scale = {
      x: (x) => MARGIN.left + ((x - x0) / (x1 - x0 || 1)) * across,
      y: (y) => MARGIN.top + down * (1 - share(y)),
    };
    this.valueAt = (x) => x0 + ((x - MARGIN.left) / across) * (x1 - x0);
    const box = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, down };
    this.axes(context, look, scale, box, ticks(x0, x1), ticks(y0, y1, header.log));
    this.curves(context, look, scale, box);
    this.readout(look);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Look} look
   * @param {Scale} scale
   * @param {{ left: number, right: number, top: number, down: number }} box
   * @param {number[]} xTicks
   * @param {number[]} yTicks
   */
  axes(context, { theme, axisTitle }, scale, { left, right, top, down }, xTicks, yTicks) {
    context.font = theme.font;
    context.lineWidth = 1;
    context.strokeStyle = theme.grid;
    context.fillStyle = theme.text;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const value of yTicks) {
      context.globalAlpha = 1;
      line(context, left, scale.y(value), right, scale.y(value));
      context.globalAlpha = 0.75;
      context.fillText(tickText(value, this.header.unit), left - 6, scale.y(value));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    const below = top + down;
    for (const value of xTicks)
      context.fillText(String(Number(value.toPrecision(6))), scale.x(value), below + 4);
    context.textAlign = "right";
    context.fillText(axisTitle, right, below + 17);
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Look} look
   * @param {Scale} scale
   * @param {{ left: number, right: number, top: number, down: number }} box
   */
  curves(context, look, scale, { left, right, top, down }) {
    const { series, bubbles } = this.header;
    context.save();
    context.beginPath();
    context.rect(left - 3, top - 3, right - left + 6, down + 6);
    context.clip();
    if (!bubbles) {
      for (const s of series) this.band(context, look, scale, s);
      for (const s of series) this.line(context, look, scale, s);
    }
    if (look.cursor !== null) {
      context.strokeStyle = look.theme.text;
      context.globalAlpha = 0.5;
      line(context, scale.x(look.cursor), top, scale.x(look.cursor), top + down);
    }
    if (this.selection) {
      const [from, to] = this.selection;
      context.fillStyle = look.theme.primary;
      context.globalAlpha = 0.15;
      context.fillRect(from, top, to - from, down);
    }
    context.restore();
    if (bubbles) this.bubbles(context, look, scale, right); // not clipped: one may be at the edge
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Look} look
   * @param {Scale} scale
   * @param {Series} series
   */
  band(context, { groups, axis, theme }, scale, { group, band, color }) {
    const columns = groups[group];
    const x = columns[axis];
    if (!band || x.length < 2) return;
    const [low, high] = band.map((name) => columns[name]);
    const rows = [...x.keys()].filter(
      (i) =>
        Number.isFinite(low[i]) && Number.isFinite(high[i]) && (!this.header.log || low[i] > 0),
    );
    context.beginPath();
    for (const i of rows) context.lineTo(scale.x(x[i]), scale.y(high[i]));
    for (const i of rows.reverse()) context.lineTo(scale.x(x[i]), scale.y(low[i]));
    context.globalAlpha = 0.2;
    context.fillStyle = theme.categories[color % theme.categories.length];
    context.fill();
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Look} look
   * @param {Scale} scale
   * @param {Series} series
   */
  line(context, { groups, axis, theme }, scale, { group, column, color, dots }) {
    const [x, y] = [groups[group][axis], groups[group][column]];
    const { log } = this.header;
    context.strokeStyle = context.fillStyle = theme.categories[color % theme.categories.length];
    context.lineWidth = 1.6;
    context.beginPath();
    for (let i = 0; i < y.length; i++) {
      if (!Number.isFinite(y[i]) || (log && y[i] <= 0)) continue; // a gap is bridged
      context.lineTo(scale.x(x[i]), scale.y(y[i]));
    }
    context.stroke();
    if (!dots && y.length > 1) return;
    for (let i = 0; i < y.length; i++) {
      if (!Number.isFinite(y[i])) continue;
      context.beginPath();
      context.arc(scale.x(x[i]), scale.y(y[i]), 3.2, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Look} look
   * @param {Scale} scale
   * @param {number} right  CSS pixels, end of the axis
   */
  bubbles(context, { groups, axis, theme }, scale, right) {
    const ends = heads(this.header.series, groups, axis);
    const front = pareto(ends);
    context.strokeStyle = context.fillStyle = theme.text;
    context.setLineDash([4, 4]);
    context.globalAlpha = 0.6;
    context.beginPath();
    front.forEach(({ x, y }, k) => {
      if (k) context.lineTo(scale.x(x), scale.y(front[k - 1].y));
      context.lineTo(scale.x(x), scale.y(y));
    });
    const best = front.at(-1);
    if (best) context.lineTo(right, scale.y(best.y));
    context.stroke();
    context.setLineDash([]);
    const size = (/** @type {Head} */ head) => head.series.size ?? 0;
    for (const head of ends.sort((a, b) => size(b) - size(a))) {
      const [x, y] = [scale.x(head.x), scale.y(head.y)];
      const color = theme.categories[head.series.color % theme.categories.length];
      context.strokeStyle = context.fillStyle = color;
      context.lineWidth = 1.6;
      context.globalAlpha = 1;
      line(context, x, scale.y(head.low), x, scale.y(head.high));
      context.beginPath();
      context.arc(x, y, 4 + 14 * size(head), 0, 2 * Math.PI);
      context.globalAlpha = 0.35;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    }
  }

  /**
   * Show each line's value at the cursor, or the latest one, in the legend.
   *
   * @param {Look} look
   */
  readout({ groups, axis, cursor }) {
    this.header.series.forEach(({ group, column }, k) => {
      const columns = groups[group];
      const at = cursor === null ? undefined : nearest(columns[axis], cursor);
      const row = Math.max(lastFinite(columns[column], at), 0);
      this.outputs[k].textContent = valueText(columns[column][row] ?? NaN, this.header.unit);
    });
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
