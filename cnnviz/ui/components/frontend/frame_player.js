// Steps through the stages, by hand or at a chosen speed.

import { find } from "./elements.js";
import { clamp } from "./pointer.js";

export class FramePlayer {
  /**
   * @param {HTMLElement} root  the controls
   * @param {(stage: number) => string} show  shows a stage and returns its title
   */
  constructor(root, show) {
    this.root = root;
    this.show = show;
    this.at = 0;
    this.timer = 0;
    this.range = find(root, ".frame-number", HTMLInputElement);
    this.button = find(root, ".play");
    find(root, ".before").onclick = () => this.step(-1);
    find(root, ".after").onclick = () => this.step(1);
    this.button.onclick = () => (this.timer ? this.stop() : this.play());
    this.range.oninput = () => this.go(Number(this.range.value));
  }

  get last() {
    return Number(this.range.max);
  }

  /** @param {number} count  of stages; 0 hides the controls */
  begin(count) {
    this.root.hidden = !count;
    if (!count) return;
    this.range.max = String(count - 1);
    this.go(Math.min(this.at, count - 1));
  }

  play() {
    if (this.at === this.last) this.go(0);
    this.button.textContent = "Pause";
    const pace = 1000 * Number(find(this.root, ".pace", HTMLSelectElement).value);
    this.timer = setTimeout(() => {
      this.go(this.at + 1);
      if (this.at < this.last) this.play();
      else this.stop();
    }, pace);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.button.textContent = "Play";
  }

  /** @param {number} by  stages */
  step(by) {
    this.stop();
    this.go(clamp(this.at + by, 0, this.last));
  }

  /** @param {number} stage */
  go(stage) {
    this.at = stage;
    this.range.value = String(stage);
    const title = this.show(stage);
    this.range.setAttribute("aria-valuetext", stage ? `${stage}: ${title}` : "the input");
  }
}
