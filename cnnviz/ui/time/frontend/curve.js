// A training curve over log(1 + step), which spaces the snapshots evenly, with a marked snapshot.

import { svg } from "../../components/frontend/elements.js";

/**
 * @typedef {object} Curve
 * @property {[steps: ArrayLike<number>, values: ArrayLike<number>]} line
 * @property {[steps: ArrayLike<number>, values: ArrayLike<number>]} [dots]
 * @property {boolean} [log]  whether the vertical axis is logarithmic
 * @property {(value: number) => string} text
 */

const MARGIN = { left: 44, right: 10, top: 10, bottom: 22 }; // CSS pixels
const LETTER = 3.5; // CSS pixels, half the width of a digit
const GUESSING = 2.4; // nats, slightly above the loss of guessing, ln(10)
const DECADES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 2, 10];

/**
 * Return the value that the curve is drawn with at a step; null before the first logged one, and
 * the last one after it.
 *
 * Between two logged steps the curve is straight over log(1 + step), and over the logarithm of the
 * value where its axis is logarithmic.
 *
 * @param {ArrayLike<number>} steps  ascending
 * @param {ArrayLike<number>} values  NaN where nothing was logged
 * @param {number} step
 * @param {boolean} [log]  whether the vertical axis is logarithmic
 */
export function valueAt(steps, values, step, log = false) {
  const logged = Array.from(steps, (_, i) => i).filter((i) => !Number.isNaN(values[i]));
  const before = logged.findLast((i) => steps[i] <= step);
  const after = logged.find((i) => steps[i] > step);
  if (before === undefined) return null;
  const [low, high] = [values[before], values[after ?? before]];
  if (after === undefined || steps[before] === step) return low;
  const start = Math.log1p(steps[before]);
  const share = (Math.log1p(step) - start) / (Math.log1p(steps[after]) - start);
  if (log && low > 0 && high > 0) return low * (high / low) ** share;
  return low + share * (high - low);
}

/**
 * Return the scale of a vertical axis, 0 at its lower end and 1 at its upper, and its ticks.
 *
 * @param {ArrayLike<number>} values
 * @param {boolean} log
 */
export function verticalScale(values, log) {
  if (!log) return { share: (/** @type {number} */ value) => value, ticks: [0, 0.5, 1] };
  const positive = Array.from(values).filter((value) => value > 0);
  const high = Math.max(...positive, GUESSING);
  const low = Math.min(...positive, GUESSING, high / 10);
  const share = (/** @type {number} */ value) =>
    Math.log(Math.max(value, low) / low) / Math.log(high / low);
  return { share, ticks: DECADES.filter((tick) => tick >= low && tick <= high) };
}

/**
 * Draw a curve with a marked snapshot.
 *
 * @param {SVGElement} picture
 * @param {Curve} curve
 * @param {number[]} snapshots  steps
 * @param {{ last: number, step: number, here: number | null }} at  the last step, the marked
 *   snapshot's step and the curve's value there
 * @returns {(x: number) => number} the snapshot nearest to a position, CSS pixels from the left
 */
export function drawCurve(
  picture,
  { line, dots, log = false, text },
  snapshots,
  { last, step, here },
) {
  const { clientWidth: width, clientHeight: height } = picture;
  const { left, right, top, bottom } = MARGIN;
  const { share, ticks } = verticalScale(line[1], log);
  const base = height - bottom;
  const x = (/** @type {number} */ at) =>
    left + ((width - left - right) * Math.log1p(at)) / Math.log1p(last);
  const y = (/** @type {number} */ value) => base - (base - top) * share(value);
  const grid = ticks.flatMap((tick) => [
    svg("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
    svg("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, text(tick)),
  ]);
  let path = "";
  Array.from(line[0]).forEach((at, i) => {
    if (!Number.isNaN(line[1][i])) path += `${path ? "L" : "M"}${x(at)} ${y(line[1][i])}`;
  });
  const tested = Array.from(dots?.[0] ?? [], (at, i) =>
    svg("circle", { class: "dot", cx: x(at), cy: y(dots?.[1][i] ?? 0), r: 4 }),
  );
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.replaceChildren(
    ...grid,
    ...snapshotMarks(snapshots, x, height),
    svg("path", { class: "line", d: path || "M0 0" }),
    ...tested,
    svg("line", { class: "cursor", x1: x(step), x2: x(step), y1: top, y2: base }),
  );
  if (here !== null)
    picture.append(svg("circle", { class: "ring", cx: x(step), cy: y(here), r: 5 }));
  const value = here === null ? "not in the log" : text(here);
  picture.setAttribute("aria-label", `step ${step}: ${value}`);
  return (place) => {
    const away = snapshots.map((snapshot) => Math.abs(x(snapshot) - place));
    return away.indexOf(Math.min(...away));
  };
}

/**
 * Return a mark for each snapshot, and its step where there is room.
 *
 * @param {number[]} snapshots
 * @param {(step: number) => number} x
 * @param {number} height
 */
function snapshotMarks(snapshots, x, height) {
  let free = -Infinity; // end of the last step's text
  return snapshots.flatMap((step) => {
    const mark = svg("circle", { class: "kept", cx: x(step), cy: height - MARGIN.bottom, r: 2 });
    const words = step.toLocaleString("en");
    if (x(step) - free < LETTER * words.length + 8) return [mark];
    free = x(step) + LETTER * words.length;
    return [mark, svg("text", { x: x(step), y: height - 5, "text-anchor": "middle" }, words)];
  });
}
