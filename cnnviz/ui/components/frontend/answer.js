// Predicted probabilities as bars.

import { fillBar, indexOfLargest, newBar } from "./bars.js";
import { element, find, resized } from "./elements.js";
import { probability, significant } from "./numbers.js";

/**
 * @typedef {object} AnswerHeader
 * @property {string[]} names  of the classes
 * @property {number | null} truth  index of the true class
 * @property {number} most  characters of the longest name
 */

export class Answer {
  /**
   * @param {HTMLElement} root
   * @param {(event: PointerEvent | null, name?: string, value?: string) => void} point  called
   *   with the bar under the pointer; null for none
   */
  constructor(root, point) {
    this.root = root;
    this.point = point;
    /** @type {ArrayLike<number> | null} */
    this.probabilities = null;
    /** @type {string[]} */
    this.names = [];
    this.shownVerdict = "";
  }

  /**
   * @param {AnswerHeader | null} answer  null hides the bars
   * @param {ArrayLike<number> | null} probabilities  null until they are computed
   * @param {string} wrong  color of a wrong answer
   */
  show(answer, probabilities, wrong) {
    this.root.hidden = !answer;
    if (!answer) return;
    const { names, truth, most } = answer;
    this.names = names;
    this.probabilities = probabilities;
    const best = probabilities ? indexOfLargest(probabilities) : -1;
    const right = truth === null || best === truth;
    this.root.style.setProperty("--bar", right ? "var(--st-primary-color)" : wrong);
    this.root.classList.toggle("words", most > 2);
    const key = find(this.root, ".key");
    key.hidden = truth === null;
    find(key, ".boxed").textContent = truth === null ? "" : names[truth];
    const list = find(this.root, ".bars");
    resized(list, names.length, (i) => this.bar(i)).forEach((bar, i) => {
      const share = probabilities?.[i] ?? 0;
      const text = probabilities ? probability(share) : "";
      fillBar(bar, share, text, { best: i === best, truth: i === truth });
      const name = find(bar, ".class");
      name.textContent = names[i];
      name.ariaLabel = `${names[i]}${i === truth ? ", true label" : ""}`;
    });
    const label = truth === null ? "" : names[truth];
    this.showVerdict(probabilities && names[best], probabilities?.[best] ?? 0, label, right);
  }

  /**
   * @param {string | null} name  of the predicted class; null before there is a prediction
   * @param {number} share
   * @param {string} label  "" if it is unknown
   * @param {boolean} right
   */
  showVerdict(name, share, label, right) {
    const agrees = right ? `Correct: the label is ${label}.` : `Wrong: the label is ${label}.`;
    const sure = `Probability ${probability(share)}.`;
    const words = [name, sure, label, agrees].join();
    if (words === this.shownVerdict) return; // else screen readers repeat it
    this.shownVerdict = words;
    const verdict = find(this.root, ".verdict");
    if (name === null) {
      verdict.textContent = "Loading PyTorch. The prediction will appear.";
      return;
    }
    const text = [sure, element("br"), label ? agrees : ""];
    verdict.replaceChildren(element("b", { textContent: name }), ...text);
  }

  /** @param {number} i */
  bar(i) {
    const bar = newBar("");
    bar.addEventListener("pointermove", (event) => {
      if (!this.probabilities) return;
      const value = significant(this.probabilities[i], 6);
      this.point(event, `probability of ${this.names[i]}`, value);
    });
    bar.addEventListener("pointerleave", () => this.point(null));
    return bar;
  }
}
