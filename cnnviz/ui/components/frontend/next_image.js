// Requests another image or a pending prediction.

import { find, fromTemplate } from "./elements.js";

const HOLD = 500; // ms between checks whether the change of images is on hold
const POLL = 300; // ms between requests for a pending prediction

export class NextImage {
  /**
   * @param {HTMLElement} root  the view: while it has the pointer or the focus, the image stays
   * @param {boolean} playing  whether images change automatically at first
   * @param {(name: "next" | "update") => void} ask  sends a request to the server
   */
  constructor(root, playing, ask) {
    this.root = root;
    this.playing = playing;
    this.ask = ask;
    this.pointed = false; // whether the mouse is over the view
    this.shown = false; // whether the buttons are on the page
    this.timer = 0;
    this.poll = 0;
    /** @type {number | null} */
    this.seconds = null; // until the next image
    this.answered = true;
    root.addEventListener("pointerenter", (event) => {
      this.pointed = event.pointerType === "mouse";
    });
    root.addEventListener("pointerleave", () => {
      this.pointed = false;
    });
  }

  close() {
    clearTimeout(this.timer);
    clearInterval(this.poll);
  }

  /**
   * @param {ShadowRoot} shadow  has the template
   * @param {HTMLElement} stage  gets the buttons
   * @param {boolean} pauses  whether images change automatically
   */
  showControls(shadow, stage, pauses) {
    if (this.shown) return;
    this.shown = true;
    const controls = fromTemplate(shadow, ".controls-template");
    const pause = find(controls, ".pause");
    pause.hidden = !pauses;
    pause.textContent = this.playing ? "Pause" : "Play";
    pause.onclick = () => {
      this.playing = !this.playing;
      pause.textContent = this.playing ? "Pause" : "Play";
      this.schedule(this);
    };
    find(controls, ".next").onclick = () => this.ask("next");
    stage.append(controls);
  }

  /** @param {{ seconds: number | null, answered: boolean }} state */
  schedule({ seconds, answered }) {
    this.close();
    this.seconds = seconds;
    this.answered = answered;
    if (!answered) this.poll = setInterval(() => this.ask("update"), POLL);
    else if (this.playing && seconds) this.wait(seconds * 1000);
  }

  /** @param {number} milliseconds */
  wait(milliseconds) {
    this.timer = setTimeout(() => {
      const held = this.pointed || document.hidden || this.root.querySelector(":focus-visible");
      if (held) this.wait(HOLD);
      else this.ask("next");
    }, milliseconds);
  }
}
