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
 * @property {number} [size]  radius of a bubble, as a share of the largest
 */
/**
 * @typedef {object} PanelHeader
 * @property {string} title
 * @property {string} unit
 * @property {boolean} log
 * @property {number | null} [low]  lower end of the vertical axis
 * @property {number | null} [high]
 * @property {number | null} [limit]  largest value that is drawn to scale; larger ones, and those
 *   that are not finite, are at the upper edge
 * @property {boolean} [bubbles]  whether to draw only each line's last point, and the Pareto front
 * @property {Series[]} series
 */
/** @typedef {Record<string, Float32Array>} Columns  of one group, all of one length */
/** @typedef {[low: number, high: number]} Range */
/** @typedef {{ x: number, text: string }} Mark  an event at a place on the horizontal axis */
/** @typedef {{ series: Series, x: number, y: number, low: number, high: number }} Head */
/**
 * @typedef {object} ChartState  shared by all panels
 * @property {Columns[]} groups
 * @property {string} axis  the column on the horizontal axis
 * @property {string} axisTitle
 * @property {Range} range  of the horizontal axis
 * @property {Mark[]} marks
 * @property {number | null} cursor
 * @property {{ text: string, grid: string, primary: string, categories: string[], font: string }} theme
 */
/**
 * @typedef {object} Drawing  of a panel, in CSS pixels
 * @property {CanvasRenderingContext2D} context
 * @property {ChartState} chart
 * @property {(value: number) => number} x  position of a value
 * @property {(value: number) => number} y
 * @property {number} left  ends of the axes
 * @property {number} right
 * @property {number} top
 * @property {number} down  height
 */

const MARGIN = { left: 48, right: 10, top: 8, bottom: 30 }; // CSS pixels
const CROSS = 4; // CSS pixels, half the size of a cross
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
  const limit = panel.limit ?? Infinity;
  if (low <= high && high > limit) [low, high] = [Math.min(low, limit / 10), limit];
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

/**
 * Return a sentence about values that are not drawn to scale; "" if there are none.
 *
 * @param {PanelHeader} panel
 * @param {Columns[]} groups
 */
export function limitNote({ series, limit }, groups) {
  if (limit == null) return "";
  const values = series.flatMap((s) => [...groups[s.group][s.column]]);
  const notes = [];
  if (values.some((value) => value > limit && Number.isFinite(value)))
    notes.push(`values above ${limit} are drawn at the upper edge`);
  if (values.some((value) => !Number.isFinite(value)))
    notes.push("× marks a value that is infinite or not a number");
  const text = notes.join("; ");
  return text && `${text[0].toUpperCase()}${text.slice(1)}.`;
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
    this.note = element("small", { className: "note" });
    this.root = element("section", {}, head, this.canvas, this.note);
    /** @type {Range | null} */
    this.selection = null; // CSS pixels, ends of the dragged range
    /** @type {(x: number) => number} */
    this.valueAt = () => 0; // value at a distance from the canvas' left edge, CSS pixels
  }

  /** @param {ChartState} chart */
  draw(chart) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) return;
    const { header } = this;
    const context = sharpContext(this.canvas, width, height);
    context.clearRect(0, 0, width, height);
    const [x0, end] = chart.range;
    const x1 = header.bubbles ? end + BUBBLE_ROOM * (end - x0) : end;
    this.note.textContent = limitNote(header, chart.groups);
    const [y0, y1] = verticalRange(header, chart.groups, chart.axis, [x0, x1]);
    const across = width - MARGIN.left - MARGIN.right;
    const down = height - MARGIN.top - MARGIN.bottom;
    const raised = header.log ? Math.log : (/** @type {number} */ value) => value;
    const share = (/** @type {number} */ y) =>
      (raised(y) - raised(y0)) / (raised(y1) - raised(y0) || 1);
    /** @type {Drawing} */
    const drawing = {
      context,
      chart,
      x: (x) => MARGIN.left + ((x - x0) / (x1 - x0 || 1)) * across,
      y: (y) => MARGIN.top + down * (1 - share(y)),
      left: MARGIN.left,
      right: width - MARGIN.right,
      top: MARGIN.top,
      down,
    };
    this.valueAt = (x) => x0 + ((x - MARGIN.left) / across) * (x1 - x0);
    this.axes(drawing, ticks(x0, x1), ticks(y0, y1, header.log));
    this.curves(drawing);
    this.marks(drawing);
    this.readout(chart);
  }

  /**
   * @param {Drawing} drawing
   * @param {number[]} xTicks
   * @param {number[]} yTicks
   */
  axes({ context, chart, x, y, left, right, top, down }, xTicks, yTicks) {
    const { theme, axisTitle } = chart;
    context.font = theme.font;
    context.lineWidth = 1;
    context.strokeStyle = theme.grid;
    context.fillStyle = theme.text;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const value of yTicks) {
      context.globalAlpha = 1;
      line(context, left, y(value), right, y(value));
      context.globalAlpha = 0.75;
      context.fillText(tickText(value, this.header.unit), left - 6, y(value));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    const below = top + down;
    for (const value of xTicks)
      context.fillText(String(Number(value.toPrecision(6))), x(value), below + 4);
    context.textAlign = "right";
    context.fillText(axisTitle, right, below + 17);
    context.globalAlpha = 1;
  }

  /**
   * Draw a dashed line for each event in range, with its text where a later one leaves room.
   *
   * @param {Drawing} drawing
   */
  marks({ context, chart, x, left, right, top, down }) {
    const [low, high] = chart.range;
    const shown = chart.marks.filter((mark) => mark.x >= low && mark.x <= high);
    context.font = chart.theme.font;
    context.strokeStyle = context.fillStyle = chart.theme.text;
    context.textBaseline = "top";
    context.globalAlpha = 0.6;
    context.setLineDash([2, 3]);
    for (const mark of shown) line(context, x(mark.x), top, x(mark.x), top + down);
    context.setLineDash([]);
    context.globalAlpha = 1;
    context.textAlign = "left";
    let free = right; // x up to which no text stands
    for (const { x: place, text } of shown.reverse()) {
      const width = context.measureText(text).width;
      const beside = free === right && x(place) + 4 + width > right ? -4 - width : 4;
      const start = x(place) + beside;
      if (start < left || start + width > free) continue;
      context.fillText(text, start, top + 2);
      free = start - 8;
    }
  }

  /** @param {Drawing} drawing */
  curves(drawing) {
    const { context, chart, x, left, right, top, down } = drawing;
    const { series, bubbles } = this.header;
    context.save();
    context.beginPath();
    context.rect(left - 3, top - 3, right - left + 6, down + 6);
    context.clip();
    if (!bubbles) {
      for (const s of series) this.band(drawing, s);
      for (const s of series) this.line(drawing, s);
    }
    if (chart.cursor !== null) {
      context.strokeStyle = chart.theme.text;
      context.globalAlpha = 0.5;
      line(context, x(chart.cursor), top, x(chart.cursor), top + down);
    }
    if (this.selection) {
      const [from, to] = this.selection;
      context.fillStyle = chart.theme.primary;
      context.globalAlpha = 0.15;
      context.fillRect(from, top, to - from, down);
    }
    context.restore();
    if (bubbles) this.bubbles(drawing); // not clipped: one may be at the edge
  }

  /**
   * @param {Drawing} drawing
   * @param {Series} series
   */
  band({ context, chart, x, y }, { group, band, color }) {
    const columns = chart.groups[group];
    const positions = columns[chart.axis];
    if (!band || positions.length < 2) return;
    const [low, high] = band.map((name) => columns[name]);
    const rows = [...positions.keys()].filter(
      (i) =>
        Number.isFinite(low[i]) && Number.isFinite(high[i]) && (!this.header.log || low[i] > 0),
    );
    context.beginPath();
    for (const i of rows) context.lineTo(x(positions[i]), y(high[i]));
    for (const i of rows.reverse()) context.lineTo(x(positions[i]), y(low[i]));
    context.globalAlpha = 0.2;
    context.fillStyle = chart.theme.categories[color % chart.theme.categories.length];
    context.fill();
    context.globalAlpha = 1;
  }

  /**
   * @param {Drawing} drawing
   * @param {Series} series
   */
  line({ context, chart, x, y }, { group, column, color, dots }) {
    const { groups, axis, theme } = chart;
    const [positions, values] = [groups[group][axis], groups[group][column]];
    const { log } = this.header;
    const limit = this.header.limit ?? Infinity;
    context.strokeStyle = context.fillStyle = theme.categories[color % theme.categories.length];
    context.lineWidth = 1.6;
    context.beginPath();
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i]) || (log && values[i] <= 0)) continue; // a gap is bridged
      context.lineTo(x(positions[i]), y(Math.min(values[i], limit)));
    }
    context.stroke();
    if (Number.isFinite(limit)) this.crosses(context, positions, values, { x, top: y(limit) });
    if (!dots && values.length > 1) return;
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) continue;
      context.beginPath();
      context.arc(x(positions[i]), y(Math.min(values[i], limit)), 3.2, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /**
   * Mark the values that are not finite, at the upper edge.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Float32Array} positions
   * @param {Float32Array} values
   * @param {{ x: (value: number) => number, top: number }} place
   */
  crosses(context, positions, values, { x, top }) {
    values.forEach((value, i) => {
      if (Number.isFinite(value)) return;
      const [across, down] = [x(positions[i]), Math.max(top, MARGIN.top) + CROSS];
      line(context, across - CROSS, down - CROSS, across + CROSS, down + CROSS);
      line(context, across - CROSS, down + CROSS, across + CROSS, down - CROSS);
    });
  }

  /** @param {Drawing} drawing */
  bubbles({ context, chart, x, y, right }) {
    const { groups, axis, theme } = chart;
    const ends = heads(this.header.series, groups, axis);
    const front = pareto(ends);
    context.strokeStyle = context.fillStyle = theme.text;
    context.setLineDash([4, 4]);
    context.globalAlpha = 0.6;
    context.beginPath();
    front.forEach((head, k) => {
      if (k) context.lineTo(x(head.x), y(front[k - 1].y));
      context.lineTo(x(head.x), y(head.y));
    });
    const best = front.at(-1);
    if (best) context.lineTo(right, y(best.y));
    context.stroke();
    context.setLineDash([]);
    const size = (/** @type {Head} */ head) => head.series.size ?? 0;
    for (const head of ends.sort((a, b) => size(b) - size(a))) {
      const [across, up] = [x(head.x), y(head.y)];
      const color = theme.categories[head.series.color % theme.categories.length];
      context.strokeStyle = context.fillStyle = color;
      context.lineWidth = 1.6;
      context.globalAlpha = 1;
      line(context, across, y(head.low), across, y(head.high));
      context.beginPath();
      context.arc(across, up, 4 + 14 * size(head), 0, 2 * Math.PI);
      context.globalAlpha = 0.35;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    }
  }

  /**
   * Show each line's value at the cursor, or the latest one, in the legend.
   *
   * @param {ChartState} chart
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
