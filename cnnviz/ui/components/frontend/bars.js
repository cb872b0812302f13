// Bars of probabilities, styled by bars.css.

import { element, find } from "./elements.js";

/**
 * Return a list item with a name, a bar and a place for the share's text.
 *
 * @param {string} name
 * @param {...Node} marks  further elements of the bar's track
 */
export function newBar(name, ...marks) {
  return element(
    "li",
    {},
    element("span", { className: "class", textContent: name }),
    element("span", { className: "track" }, element("span", { className: "fill" }), ...marks),
    element("span", { className: "share" }),
  );
}

/**
 * Show a share in a bar from `newBar`.
 *
 * @param {HTMLElement} bar
 * @param {number} share  0 to 1
 * @param {string} text  of the share
 * @param {{ best: boolean, truth?: boolean }} marks  whether it is predicted, and true
 */
export function fillBar(bar, share, text, { best, truth = false }) {
  bar.classList.toggle("best", best);
  bar.classList.toggle("true", truth);
  find(bar, ".fill").style.transform = `scaleX(${share})`;
  write(find(bar, ".share"), text);
}

/**
 * Set the text of an element if it differs, so that screen readers do not repeat a live region.
 *
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Return the index of the largest number.
 *
 * @param {ArrayLike<number>} values  at least one
 */
export function indexOfLargest(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
