// A pen that the arrow keys move and the space bar puts down, for drawing without a pointer.

import { arrow, clamp } from "../../components/frontend/pointer.js";
import { SIDE } from "./drawing.js";

const STEP = 10; // units of the pad per key: a pixel of the networks' input
const FINE_STEP = 2; // with Shift

export class KeyboardPen {
  constructor() {
    this.x = this.y = SIDE / 2;
    this.down = false;
  }

  /**
   * Move by an arrow key or put down and lift by the space bar; return what the key did.
   *
   * @param {Pick<KeyboardEvent, "key" | "shiftKey">} event
   * @returns {"down" | "up" | "move" | null} null for a key without meaning
   */
  press(event) {
    if (event.key === " ") {
      this.down = !this.down;
      return this.down ? "down" : "up";
    }
    if (event.key === "Escape" && this.down) {
      this.down = false;
      return "up";
    }
    const step = arrow(event);
    if (!step) return null;
    const size = event.shiftKey ? FINE_STEP : STEP;
    this.x = clamp(this.x + size * step[1], 0, SIDE);
    this.y = clamp(this.y + size * step[0], 0, SIDE);
    return "move";
  }

  /** Where the pen is and whether it draws, to be spoken. */
  get text() {
    const [column, row] = [this.x, this.y].map((place) => Math.round(place / STEP));
    return `Pen ${this.down ? "down" : "up"}, column ${column}, row ${row} of ${SIDE / STEP}`;
  }
}
