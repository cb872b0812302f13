// Scales of charts: round numbers, ticks and their texts.

import { percent } from "./numbers.js";

const RATIOS = [1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 12.5];

/**
 * Return round numbers from the lower to the upper end of an axis.
 *
 * @param {number} low
 * @param {number} high
 * @param {boolean} [log]  whether the axis is logarithmic; then both ends are above 0
 */
export const ticks = (low, high, log = false) =>
  log ? logTicks(low, high) : linearTicks(low, high);

/**
 * @param {number} low
 * @param {number} high
 */
function linearTicks(low, high) {
  const raw = (high - low || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? raw;
  const first = Math.ceil(low / step - 1e-6);
  const last = Math.floor(high / step + 1e-6);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => (first + i) * step);
}

/**
 * Return evenly spaced numbers where a short axis has fewer than two of 1, 2 and 5.
 *
 * @param {number} low
 * @param {number} high
 */
function logTicks(low, high) {
  const decades = Math.log10(high / low);
  const within = decades > 2.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, i) => 10 ** (first + i));
  const round = powers
    .flatMap((power) => within.map((m) => m * power))
    .filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  return round.length < 2 ? linearTicks(low, high) : round;
}

/**
 * Return the next round number above a value, so that an axis grows in steps.
 *
 * @param {number} value  0 or more
 */
export function roundUp(value) {
  if (!value) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const ratio = RATIOS.find((r) => r * power >= value * 1.02) ?? RATIOS[RATIOS.length - 1];
  return power * ratio;
}

/**
 * Return the index of the value nearest to a target among ascending ones.
 *
 * @param {ArrayLike<number>} values
 * @param {number} target
 */
export function nearest(values, target) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < target) low = middle + 1;
    else high = middle;
  }
  return low > 0 && target - values[low - 1] < values[low] - target ? low - 1 : low;
}

/**
 * Return a value of a chart as short text.
 *
 * @param {number} value
 * @param {string} unit  "%" for a share
 */
export function valueText(value, unit) {
  if (Number.isNaN(value)) return "–";
  if (unit === "%") return percent(value, value > 0.95 && value < 1 ? 2 : 1);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5) return value.toExponential(0);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (size < 1e-3) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/**
 * Return a tick as short text: a share without rounding, so that only 1 is "100%".
 *
 * @param {number} value
 * @param {string} unit  "%" for a share
 */
export function tickText(value, unit) {
  if (unit === "%") return `${Number((100 * value).toPrecision(12))}%`; // less its float noise
  return valueText(Math.abs(value) < 1e-9 ? 0 : value, unit);
}
