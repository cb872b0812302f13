// Send the newest state when it changes faster than the server responds.

const PAUSE = 40; // ms between messages while the state changes
const MOST_REST = 500; // ms between a response and the next message while the state changes
const PATIENCE = 3000; // ms without a response after which a message counts as lost

/**
 * Sends one message at a time; changes until its response go into the next one.
 *
 * While the state changes, the next message waits as long as the last response took: many sessions
 * that send without a rest only wait for one another, and see no more responses.
 */
export class NewestFirst {
  /** @param {(live: boolean) => object} compose  returns the state to send */
  constructor(compose) {
    this.compose = compose;
    this.sequence = 0;
    this.pending = false; // whether a change is unsent
    this.waiting = false; // for a response
    this.live = false; // whether more changes follow
    this.last = 0; // time of the last message
    this.rested = 0; // time at which the last response has been waited for once more
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
    const next = this.live ? Math.max(this.last + PAUSE, this.rested) : now;
    const due = this.waiting ? this.last + PATIENCE : next;
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
    const now = performance.now();
    this.rested = now + Math.min(now - this.last, MOST_REST);
    this.waiting = false;
    this.sendNext();
  }

  close() {
    clearTimeout(this.timer);
  }
}
