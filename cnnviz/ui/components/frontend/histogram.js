// A histogram of a map's values, counts on a logarithmic scale.

import { sharpContext } from "./elements.js";
import { significant } from "./numbers.js";
import { clamp } from "./pointer.js";

const BINS = 48;

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

export class Histogram {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(event: PointerEvent | null, range?: string, count?: string) => void} point  called
   *   with the bin under the pointer; null for none
   */
  constructor(canvas, point) {
    this.canvas = canvas;
    this.bins = histogramOf([0]);
    canvas.addEventListener("pointermove", (event) => {
      const { low, high, counts } = this.bins;
      const { left, width } = canvas.getBoundingClientRect();
      const bin = clamp(Math.floor(((event.clientX - left) / width) * BINS), 0, BINS - 1);
      const edge = (/** @type {number} */ i) => significant(low + ((high - low) * i) / BINS, 3);
      point(event, `${edge(bin)} to ${edge(bin + 1)}`, `${counts[bin]} values`);
    });
    canvas.addEventListener("pointerleave", () => point(null));
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {string} color
   */
  draw(values, color) {
    this.bins = histogramOf(values);
    const { low, high, counts } = this.bins;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const context = sharpContext(this.canvas, width, height);
    context.clearRect(0, 0, width, height);
    context.fillStyle = color;
    const most = Math.log1p(Math.max(...counts));
    counts.forEach((count, i) => {
      const tall = (Math.log1p(count) / most) * (height - 1);
      context.fillRect((i * width) / BINS, height - tall, width / BINS - 1, tall);
    });
    const ends = `${significant(low, 3)} to ${significant(high, 3)}`;
    this.canvas.ariaLabel = `Histogram from ${ends}, counts on a logarithmic scale`;
  }
}
