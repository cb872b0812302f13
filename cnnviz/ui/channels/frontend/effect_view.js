// Probabilities as bars with a line at the original probability, and both accuracies.

import { fillBar, indexOfLargest, newBar } from "../../components/frontend/bars.js";
import { element, find, resized } from "../../components/frontend/elements.js";
import { percent, probability } from "../../components/frontend/numbers.js";

/** @typedef {[value: number, low: number, high: number]} Interval */
/**
 * @typedef {object} EffectData
 * @property {number[]} before  probabilities with the learned weights
 * @property {number[]} after  probabilities after the edits
 * @property {number | null} label  the true digit
 * @property {string} title  of the image
 * @property {string} color  of a wrong answer
 * @property {number} edits  number of edits
 * @property {[Interval, Interval]} accuracy  with learned and with edited weights
 * @property {number} tested  digits that both are tested on so far
 * @property {number} of  digits that they will be tested on
 * @property {string} sentence  about the test digits
 * @property {string} figures  exact, folded; "" for none
 */

const STARTS = [0.95, 0.9, 0.8, 0.5]; // lower ends of the axis

/**
 * @param {HTMLElement} list
 * @param {EffectData} data
 */
function showBars(list, { before, after, label }) {
  const best = indexOfLargest(after);
  const bars = resized(list, before.length, (digit) =>
    newBar(String(digit), element("span", { className: "was" })),
  );
  bars.forEach((bar, digit) => {
    const now = probability(after[digit]);
    fillBar(bar, after[digit], now, { best: digit === best, truth: digit === label });
    find(bar, ".was").style.left = `calc(${100 * before[digit]}% - 1px)`;
    bar.ariaLabel = `${digit}: ${now}, originally ${probability(before[digit])}`;
  });
}

/**
 * Return the lower end of the axis, a round number below all intervals; the upper one is 100%.
 *
 * @param {Interval[]} accuracy
 */
export function axisStart(accuracy) {
  const lowest = Math.min(...accuracy.map(([, low]) => low));
  return STARTS.find((start) => start <= lowest - 0.002) ?? 0;
}

function newScore() {
  const range = element(
    "span",
    { className: "range" },
    element("span", { className: "interval" }),
    element("span", { className: "dot" }),
  );
  const name = element("span", { className: "name" });
  return element("div", { className: "score", role: "img" }, name, range, element("b"));
}

/**
 * @param {HTMLElement} list
 * @param {EffectData} data
 */
function showScores(list, { accuracy }) {
  const start = axisStart(accuracy);
  const place = (/** @type {number} */ share) => Math.max(0, (share - start) / (1 - start));
  const names = ["Original", "Edited"];
  resized(list, names.length, newScore).forEach((row, i) => {
    const [value, low, high] = accuracy[i];
    find(row, ".name").textContent = names[i];
    const interval = find(row, ".interval");
    interval.style.left = `${100 * place(low)}%`;
    interval.style.width = `${100 * (place(high) - place(low))}%`;
    find(row, ".dot").style.left = `${100 * place(value)}%`;
    find(row, "b").textContent = percent(value);
    row.title = `${names[i]}: ${percent(value)}, 95% interval ${percent(low)} to ${percent(high)}`;
    row.ariaLabel = row.title;
  });
}

/** @type {import("../../components/frontend/component.js").Component<EffectData>} */
export default function effectView({ data, parentElement }) {
  const set = (/** @type {string} */ selector, /** @type {string} */ text) => {
    find(parentElement, selector).textContent = text;
  };
  const now = indexOfLargest(data.after);
  const right = data.label === null || now === data.label;
  const bar = right ? "var(--st-primary-color)" : data.color;
  find(parentElement, ".effect").style.setProperty("--bar", bar);
  showBars(find(parentElement, ".bars"), data);
  set(".this-image", data.title);
  const truth = find(parentElement, ".truth");
  truth.hidden = data.label === null;
  find(truth, ".boxed").textContent = data.label === null ? "" : String(data.label);
  showScores(find(parentElement, ".scores"), data);
  find(parentElement, ".axis").replaceChildren(
    element("span", { textContent: percent(axisStart(data.accuracy)) }),
    element("span", { textContent: "100%" }),
  );
  const [tested, of] = [data.tested, data.of].map((count) => count.toLocaleString("en"));
  set(
    ".title small",
    data.tested < data.of ? `${tested} of ${of} digits so far` : `on ${tested} test digits`,
  );
  set(".sentence", data.sentence);
  find(parentElement, ".figures").hidden = !data.figures;
  set(".figures p", data.figures);
  return () => {};
}
