// Send the newest state when it changes faster than the server responds.

const PAUSE = 40; // ms between messages while the state changes
const PATIENCE = 3000; // ms without a response after which a message counts as lost

/** Sends one message at a time; changes until its response go into the next one. */
export class NewestFirst {
  /** @param {(live: boolean) => object} compose  returns the state to send */
  constructor(compose) {
    this.compose = compose;
    this.sequence = 0;
    this.pending = false; // whether a change is unsent
    this.waiting = false; // for a response
    this.live = false; // whether more changes follow
    this.last = 0;
    this.timer = 0;
    /** @type {(message: object) => void} */
    this.send = () => {};
  }

  get busy() {
    return this.pending || this.waiting;
  }

  /** @param {boolean} live  whether more changes follow */
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

  /** @param {number} sequence  number of the message that was answered */
  answered(sequence) {
    if (sequence !== this.sequence) return;
    this.waiting = false;
    this.sendNext();
  }

  close() {
    clearTimeout(this.timer);
  }
}
