// A histogram of a map's values with axes, counts on a logarithmic scale.

import { sharpContext } from "./elements.js";
import { percent, significant } from "./numbers.js";
import { arrow, clamp } from "./pointer.js";
import { ticks, tickText } from "./scales.js";
import { themeValue } from "./theme.js";

const BINS = 48;
const MARGIN = { left: 42, right: 8, top: 8, bottom: 18 }; // CSS px around the bars
const LABEL = 8; // CSS px, least gap between labels

/** @typedef {ReturnType<typeof histogramOf>} Bins */

/**
 * Return the counts of values in equal bins between the smallest and the largest.
 *
 * @param {ArrayLike<number>} values
 * @param {number} [bins]
 */
export function histogramOf(values, bins = BINS) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  const counts = new Array(bins).fill(0);
  const perValue = high > low ? bins / (high - low) : 0;
  for (let i = 0; i < values.length; i++)
    counts[Math.min(Math.floor((values[i] - low) * perValue), bins - 1)] += 1;
  return { low, high, counts };
}

/**
 * Return the mean of values and the share of them that is exactly zero.
 *
 * @param {ArrayLike<number>} values
 */
export function meanAndZeros(values) {
  let [sum, zeros] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    if (values[i] === 0) zeros += 1;
  }
  return { mean: sum / values.length, zeros: zeros / values.length };
}

/**
 * Return the powers of ten up to a count, for an axis that starts at 0.
 *
 * @param {number} most  at least 1
 */
export const countTicks = (most) =>
  Array.from({ length: Math.floor(Math.log10(most) + 1e-9) + 1 }, (_, i) => 10 ** i);

/**
 * Return the interval of a bin as text.
 *
 * @param {Bins} histogram
 * @param {number} bin
 */
export function binText({ low, high, counts }, bin) {
  const edge = (/** @type {number} */ i) =>
    significant(low + ((high - low) * i) / counts.length, 3);
  return `${edge(bin)} to ${edge(bin + 1)}`;
}

/** @param {number} count */
const countText = (count) => `${count.toLocaleString("en")} ${count === 1 ? "value" : "values"}`;

export class Histogram {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} facts  receives range, mean and share of zeros
   * @param {(event: PointerEvent | null, range?: string, count?: string) => void} point  called
   *   with the bin under the pointer; null for none
   * @param {(text: string) => void} say  called with the bin that the keyboard moves to
   */
  constructor(canvas, facts, point, say) {
    this.canvas = canvas;
    this.facts = facts;
    this.say = say;
    this.bins = histogramOf([0]);
    this.color = "";
    /** @type {number | null} */
    this.bin = null; // under the pointer or the keyboard's cursor
    canvas.addEventListener("pointermove", (event) => {
      const bin = this.binAt(event.clientX);
      this.highlight(bin);
      point(event, binText(this.bins, bin), countText(this.bins.counts[bin]));
    });
    canvas.addEventListener("pointerleave", () => {
      this.highlight(null);
      point(null);
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.highlight(null));
  }

  /** @param {boolean} shown */
  show(shown) {
    this.canvas.hidden = this.facts.hidden = !shown;
    if (shown) this.canvas.tabIndex = 0;
    else this.canvas.removeAttribute("tabindex");
  }

  /** @param {number} clientX */
  binAt(clientX) {
    const { left, width } = this.canvas.getBoundingClientRect();
    const share = (clientX - left - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
    return clamp(Math.floor(share * BINS), 0, BINS - 1);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = arrow(event)?.[1];
    if (!step) return;
    event.preventDefault();
    const bin = this.bin === null ? 0 : clamp(this.bin + step, 0, BINS - 1);
    this.highlight(bin);
    this.say(`${binText(this.bins, bin)}: ${countText(this.bins.counts[bin])}`);
  }

  /** @param {number | null} bin */
  highlight(bin) {
    if (bin === this.bin) return;
    this.bin = bin;
    this.paint();
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {string} color
   */
  draw(values, color) {
    this.bins = histogramOf(values);
    this.color = color;
    const { low, high } = this.bins;
    const { mean, zeros } = meanAndZeros(values);
    const [from, to, middle] = [low, high, mean].map((value) => significant(value, 3));
    const width = significant((high - low) / BINS, 2);
    this.facts.textContent =
      `${from} to ${to}, mean ${middle}, ${percent(zeros)} exactly zero. ` +
      `${BINS} bins ${width} wide; counts on a logarithmic scale.`;
    this.canvas.ariaLabel = `Histogram: ${this.facts.textContent} Arrow keys read out the bins.`;
    this.paint();
  }

  paint() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const context = sharpContext(this.canvas, width, height);
    context.clearRect(0, 0, width, height);
    const { counts } = this.bins;
    const [across, down] = [
      width - MARGIN.left - MARGIN.right,
      height - MARGIN.top - MARGIN.bottom,
    ];
    const floor = MARGIN.top + down;
    const most = Math.max(...counts);
    const tall = (/** @type {number} */ count) => (down * Math.log1p(count)) / Math.log1p(most);
    counts.forEach((count, i) => {
      context.fillStyle = this.color;
      context.globalAlpha = this.bin === null || this.bin === i ? 1 : 0.45;
      const x = MARGIN.left + (i * across) / BINS;
      context.fillRect(x, floor - tall(count), Math.max(across / BINS - 1, 0.5), tall(count));
    });
    context.globalAlpha = 1;
    this.axes(context, { across, floor, tall });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{ across: number, floor: number, tall: (count: number) => number }} plot
   */
  axes(context, { across, floor, tall }) {
    const { low, high, counts } = this.bins;
    context.fillStyle = context.strokeStyle = themeValue(this.canvas, "text-color", "#000");
    context.font = `11px ${themeValue(this.canvas, "font", "sans-serif")}`;
    context.lineWidth = 1;
    context.strokeRect(MARGIN.left - 0.5, floor + 0.5, across, 0);
    context.strokeRect(MARGIN.left - 0.5, MARGIN.top, 0, floor - MARGIN.top);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const count of countTicks(Math.max(...counts))) {
      const y = Math.round(floor - tall(count)) + 0.5;
      context.strokeRect(MARGIN.left - 4, y, 3, 0);
      context.fillText(count.toLocaleString("en"), MARGIN.left - 6, y);
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    let right = -Infinity; // end of the label before
    for (const tick of high > low ? ticks(low, high) : [low]) {
      const x = MARGIN.left + (high > low ? ((tick - low) / (high - low)) * across : 0);
      const text = tickText(tick, "");
      const half = context.measureText(text).width / 2;
      context.strokeRect(Math.round(x) - 0.5, floor, 0, 3);
      if (x - half < right + LABEL || x + half > MARGIN.left + across + MARGIN.right) continue;
      context.fillText(text, x, floor + 5);
      right = x + half;
    }
  }
}
