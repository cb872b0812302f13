// Sends the newest state of something that changes faster than the server answers.

const PAUSE = 40; // ms between two messages while changes go on
const PATIENCE = 3000; // ms after which a message without an answer counts as lost

/** One message is under way at a time; what happens meanwhile goes with the next one. */
export class NewestFirst {
  /** @param {(live: boolean) => object} compose  returns the state to send */
  constructor(compose) {
    this.compose = compose;
    this.sequence = 0;
    this.pending = false; // whether there is something to send
    this.waiting = false; // for an answer
    this.live = false; // whether changes go on
    this.last = 0;
    this.timer = 0;
    /** @type {(message: object) => void} */
    this.send = () => {};
  }

  get busy() {
    return this.pending || this.waiting;
  }

  /** @param {boolean} live  whether more changes are to come */
  changed(live) {
    this.pending = true;
    this.live = live;
    this.sendNext();
  }

  sendNext() {
    clearTimeout(this.timer);
    if (!this.pending) return;
    const now = performance.now();
    const due = this.waiting ? this.last + PATIENCE : this.live ? this.last + PAUSE : now;
    if (due > now) {
      this.timer = setTimeout(() => this.sendNext(), due - now);
      return;
    }
    this.pending = false;
    this.waiting = true;
    this.last = now;
    this.sequence += 1;
    this.send({ seq: this.sequence, ...this.compose(this.live) });
  }

  /** @param {number} sequence  of the message that has been answered */
  answered(sequence) {
    if (sequence !== this.sequence) return;
    this.waiting = false;
    this.sendNext();
  }

  close() {
    clearTimeout(this.timer);
  }
}
