// A slider with step and play buttons.

import { find } from "./elements.js";
import { clamp } from "./pointer.js";

export class Stepper {
  /**
   * @param {ParentNode} root  with a slider and the buttons .before, .after and .play
   * @param {(at: number) => void} go  called with each new position
   * @param {{ pace: number, loops: boolean }} how  ms per step, whether to start over
   */
  constructor(root, go, { pace, loops }) {
    this.go = go;
    this.pace = pace;
    this.loops = loops;
    this.at = 0;
    this.timer = 0;
    this.slider = find(root, "input[type=range]", HTMLInputElement);
    this.before = find(root, ".before", HTMLButtonElement);
    this.after = find(root, ".after", HTMLButtonElement);
    this.button = find(root, ".play");
    this.slider.oninput = () => this.step(Number(this.slider.value) - this.at);
    this.before.onclick = () => this.step(-1);
    this.after.onclick = () => this.step(1);
    this.button.onclick = () => this.play(!this.timer);
  }

  get last() {
    return Number(this.slider.max);
  }

  /**
   * Show a position.
   *
   * @param {number} at
   * @param {number} count  number of positions
   * @param {string} text  the position for screen readers
   */
  show(at, count, text) {
    this.at = at;
    this.slider.max = String(Math.max(count - 1, 0));
    this.slider.value = String(at);
    this.slider.setAttribute("aria-valuetext", text);
    this.before.disabled = at <= 0;
    this.after.disabled = at >= count - 1;
  }

  /** @param {number} by */
  step(by) {
    this.go(clamp(this.at + by, 0, this.last));
  }

  /** @param {boolean} on */
  play(on) {
    clearInterval(this.timer);
    this.timer = 0;
    this.button.textContent = on ? "Pause" : "Play";
    if (!on) return;
    this.timer = setInterval(() => this.next(), this.pace);
    if (this.loops) this.next();
    else if (this.at === this.last) this.go(0);
  }

  next() {
    if (this.at < this.last) this.step(1);
    else if (this.loops) this.go(0);
    else this.play(false);
  }
}
