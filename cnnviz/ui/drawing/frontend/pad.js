// A pad to draw on, and the networks' predictions for it while the pen moves.

import { fillBar, indexOfLargest, newBar, write } from "../../components/frontend/bars.js";
import { paintGray } from "../../components/frontend/colors.js";
import { component } from "../../components/frontend/component.js";
import { element, find, resized } from "../../components/frontend/elements.js";
import { probability } from "../../components/frontend/numbers.js";
import { withPicture } from "../../components/frontend/picture.js";
import { cellAt } from "../../components/frontend/pointer.js";
import { Drawing, fromBase64, SIDE } from "./drawing.js";
import { KeyboardPen } from "./keyboard_pen.js";
import { NewestFirst } from "./newest_first.js";

/**
 * @typedef {object} Network
 * @property {string} title
 * @property {string} tested  accuracy on test digits
 * @property {number[]} [probabilities]  undefined without a prediction
 */
/**
 * @typedef {object} PadData  from the server
 * @property {number} ack  sequence number of the message that this answers
 * @property {number} id  of the drawing; a new one replaces the pad's
 * @property {import("./drawing.js").Step[]} [ops]  steps of that drawing
 * @property {string} [code]  the networks' input as in an address, "" for none; not while drawing
 * @property {string} image  the networks' input: base64 of 28 × 28 bytes
 * @property {string} say
 * @property {boolean} words  whether `say` is text, not a digit
 * @property {string} detail
 * @property {string} certainty
 * @property {string} note
 * @property {boolean} doubtful
 * @property {boolean} compact
 * @property {Network[]} networks
 */
/**
 * State "message" to the server: seq; id of the drawing; live, whether the pen is down, so that it
 * need not return `ops`; width, height, ink and place of the ink; and ops, the steps of the
 * drawing, which are restored at the next visit of the page.
 */

const TEXTS = /** @type {const} */ (["say", "detail", "certainty", "note"]);
const NETWORK_SIDE = 28; // pixels
const KEYBOARD = -1; // stands for a pointer's id while the keyboard draws; those are not negative

const PARAMETER = "drawing"; // of the address
const STORED = "cnnviz_drawing"; // in the tab's storage

/**
 * Return the drawing that the tab has stored; an empty one if there is none, or it is damaged.
 *
 * @returns {{ code: string, steps: import("./drawing.js").Step[] }}
 */
export function storedDrawing() {
  const nothing = { code: "", steps: [] };
  const text = window.sessionStorage.getItem(STORED);
  if (!text) return nothing;
  try {
    const { code, steps } = JSON.parse(text);
    return typeof code === "string" && Array.isArray(steps) ? { code, steps } : nothing;
  } catch (error) {
    if (error instanceof SyntaxError) return nothing;
    throw error;
  }
}

class NetworkCard {
  constructor() {
    this.name = element("span");
    this.tested = element("small");
    this.digit = element("b");
    this.certainty = element("span");
    this.bars = Array.from({ length: 10 }, (_, digit) => newBar(String(digit)));
    this.root = element(
      "li",
      { className: "network" },
      element("div", { className: "title" }, this.name, this.tested),
      element("div", { className: "answer" }, this.digit, this.certainty),
      element("ol", { className: "bars" }, ...this.bars),
    );
  }

  /** @param {Network} network */
  show({ title, tested, probabilities }) {
    write(this.name, title);
    write(this.tested, tested);
    const best = probabilities ? indexOfLargest(probabilities) : -1;
    write(this.digit, probabilities ? String(best) : "");
    write(this.certainty, probabilities ? probability(probabilities[best]) : "");
    this.bars.forEach((bar, i) => {
      const share = probabilities?.[i] ?? 0;
      const show = () => {
        const exact = bar.matches(":hover");
        const text = exact ? share.toPrecision(4) : probability(share);
        fillBar(bar, share, probabilities ? text : "", { best: i === best });
      };
      bar.onpointerenter = bar.onpointerleave = show;
      show();
    });
  }
}

class Pad {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.board = find(root, ".board");
    this.canvas = find(root, ".pad", HTMLCanvasElement);
    this.nib = find(root, ".nib");
    this.received = find(root, ".input", HTMLCanvasElement);
    this.penWidth = find(root, "input", HTMLInputElement);
    this.drawing = new Drawing(this.canvas);
    this.eraser = false;
    /** @type {number | null} */
    this.pen = null; // id of the drawing pointer, or KEYBOARD
    this.keyboard = new KeyboardPen();
    /** @type {number | undefined} */
    this.id = undefined; // of the drawing
    this.touched = 0; // time of the newest pen event
    this.sent = 0; // time of the newest pen event that was sent
    /** @type {[row: number, column: number] | null} */
    this.pixel = null; // pixel of the networks' input under the pointer
    this.image = new Uint8Array();
    /** @type {WeakMap<Element, NetworkCard>} */
    this.cards = new WeakMap();
    this.messages = new NewestFirst((live) => {
      this.sent = this.touched;
      return { id: this.id, live, ...this.drawing.ink(), ops: this.drawing.steps };
    });
    this.listenToPen();
    this.listenToKeys();
    this.listenToTools();
    this.listenToPixels();
  }

  close() {
    this.messages.close();
  }

  /**
   * @param {PointerEvent} event
   * @returns {[x: number, y: number]}
   */
  position(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = (/** @type {number} */ px) => Math.round((px / box.width) * SIDE * 2) / 2;
    return [place(event.clientX - box.left), place(event.clientY - box.top)];
  }

  get width() {
    return Number(this.penWidth.value) * (this.eraser ? 1.5 : 1);
  }

  /** @param {Event} event */
  changed(event) {
    this.touched = event.timeStamp;
    find(this.root, ".invitation").hidden = !this.drawing.blank;
    write(find(this.root, ".note"), "");
    this.board.ariaBusy = "true";
    this.messages.changed(this.pen !== null);
  }

  listenToPen() {
    const pad = this.canvas;
    pad.onpointerdown = (event) => {
      this.liftKeyboardPen(event);
      if (event.button || this.pen !== null) return;
      event.preventDefault(); // else touch scrolls or selects
      /** @type {FocusOptions & { focusVisible: boolean }} */
      const quietly = { preventScroll: true, focusVisible: false };
      pad.focus(quietly);
      pad.setPointerCapture(event.pointerId);
      this.pen = event.pointerId;
      this.drawing.begin(this.width, this.eraser, ...this.position(event));
      this.hover(event);
      this.changed(event);
    };
    pad.onpointermove = (event) => {
      this.hover(event);
      if (event.pointerId !== this.pen) return;
      const steps = event.getCoalescedEvents?.() ?? [];
      let moved = false;
      for (const step of steps.length ? steps : [event])
        moved = this.drawing.extend(...this.position(step)) || moved;
      if (moved) this.changed(event);
    };
    pad.onpointerup = pad.onpointercancel = (event) => {
      if (event.pointerId === this.pen) this.endStroke(event);
    };
    pad.onpointerleave = () => {
      this.nib.hidden = true;
    };
  }

  listenToKeys() {
    const pad = this.canvas;
    pad.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.pen !== null && this.pen !== KEYBOARD) return; // a pointer draws
      const { keyboard } = this;
      const did = keyboard.press(event);
      if (!did) return;
      event.preventDefault(); // else the page scrolls
      this.showNib(keyboard.x, keyboard.y);
      write(find(this.root, ".spoken"), keyboard.text);
      if (did === "down") {
        this.pen = KEYBOARD;
        this.drawing.begin(this.width, this.eraser, keyboard.x, keyboard.y);
        this.changed(event);
      } else if (did === "up") this.endStroke(event);
      else if (keyboard.down && this.drawing.extend(keyboard.x, keyboard.y)) this.changed(event);
    };
    pad.onblur = (event) => {
      this.liftKeyboardPen(event);
      this.nib.hidden = true;
    };
  }

  /** @param {Event} event */
  liftKeyboardPen(event) {
    if (!this.keyboard.down) return;
    this.keyboard.down = false;
    this.endStroke(event);
  }

  /** @param {Event} event */
  endStroke(event) {
    this.pen = null;
    this.drawing.smooth();
    this.changed(event);
  }

  /**
   * Show the width of the pen, unless a finger hides it.
   *
   * @param {PointerEvent} event
   */
  hover(event) {
    this.showNib(...this.position(event));
    this.nib.hidden = event.pointerType === "touch";
  }

  /**
   * Show the width of the pen at a point of the pad.
   *
   * @param {number} x
   * @param {number} y
   */
  showNib(x, y) {
    this.nib.hidden = false;
    const unit = this.canvas.clientWidth / SIDE;
    const size = this.width * unit;
    this.nib.style.width = this.nib.style.height = `${size}px`;
    this.nib.style.transform = `translate(${x * unit - size / 2}px, ${y * unit - size / 2}px)`;
  }

  listenToTools() {
    const undo = (/** @type {Event} */ event) => {
      this.liftKeyboardPen(event);
      if (this.pen !== null || !this.drawing.steps.length) return;
      this.drawing.undo();
      this.changed(event);
    };
    const clear = (/** @type {Event} */ event) => {
      this.liftKeyboardPen(event);
      if (this.pen !== null) return;
      this.drawing.clear();
      this.changed(event);
    };
    find(this.root, ".undo").onclick = undo;
    find(this.root, ".clear").onclick = clear;
    const eraser = find(this.root, ".eraser");
    eraser.onclick = () => {
      this.eraser = !this.eraser;
      eraser.ariaPressed = String(this.eraser);
    };
    find(this.root, ".paper").onkeydown = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") undo(event);
      else if (event.key === "Delete" || event.key === "Backspace") clear(event);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
  }

  listenToPixels() {
    this.received.onpointermove = this.received.onpointerdown = (event) => {
      const box = this.received.getBoundingClientRect();
      this.pixel = cellAt(event, box, NETWORK_SIDE, NETWORK_SIDE);
      this.readPixel();
    };
    this.received.onpointerleave = () => {
      this.pixel = null;
      this.readPixel();
    };
  }

  readPixel() {
    const mark = find(this.root, ".mark");
    const readout = find(this.root, ".readout");
    mark.hidden = !this.pixel || !this.image.length;
    if (!this.pixel || mark.hidden) {
      write(readout, "28 × 28 pixels, centered by mass. Point at a pixel for its value.");
      return;
    }
    const [row, column] = this.pixel;
    mark.style.top = `${(100 * row) / NETWORK_SIDE}%`;
    mark.style.left = `${(100 * column) / NETWORK_SIDE}%`;
    const value = this.image[NETWORK_SIDE * row + column];
    write(readout, `Row ${row}, column ${column}: ${value} of 255`);
  }

  /** @param {PadData} data */
  show(data) {
    const first = this.id === undefined;
    if (data.ops && data.id !== this.id) {
      this.id = data.id;
      this.pen = null;
      this.keyboard.down = false;
      this.drawing.set(data.ops);
      find(this.root, ".invitation").hidden = !this.drawing.blank;
    }
    this.image = fromBase64(data.image);
    paintGray(this.received, NETWORK_SIDE, this.image);
    this.readPixel();
    for (const name of TEXTS) write(find(this.root, `.${name}`), data[name]);
    find(this.root, ".verdict").classList.toggle("words", data.words);
    this.board.classList.toggle("doubtful", data.doubtful);
    this.board.classList.toggle("compact", data.compact);
    this.showNetworks(data.networks);
    const newest = data.ack === this.messages.sequence;
    if (newest) this.board.dataset.answered = String(this.sent);
    this.messages.answered(data.ack);
    if (first) this.restore(data);
    else if (newest && this.pen === null && data.code !== undefined) this.keep(data.code);
    this.board.ariaBusy = String(this.messages.busy);
  }

  /**
   * Keep the drawing in the page's address, and its strokes in the tab, for a reload.
   *
   * The entry of the browser's history is replaced: each stroke would else be one.
   *
   * @param {string} code  the networks' input, "" for an empty pad
   */
  keep(code) {
    const url = new URL(window.location.href);
    if ((url.searchParams.get(PARAMETER) ?? "") !== code) {
      if (code) url.searchParams.set(PARAMETER, code);
      else url.searchParams.delete(PARAMETER);
      window.history.replaceState(window.history.state, "", url);
    }
    window.sessionStorage.setItem(STORED, JSON.stringify({ code, steps: this.drawing.steps }));
  }

  /**
   * Restore the strokes of the tab when the page is reloaded, unless a link has another drawing.
   *
   * @param {PadData} data
   */
  restore({ code, id }) {
    const { code: stored, steps } = storedDrawing();
    if (!stored || (code ? code !== stored : id !== 0)) {
      if (code !== undefined) this.keep(code);
      return;
    }
    this.drawing.set(steps);
    find(this.root, ".invitation").hidden = !this.drawing.blank;
    if (code) return; // the server has the image, exactly as it was
    this.board.ariaBusy = "true";
    this.messages.changed(false);
  }

  /** @param {Network[]} networks */
  showNetworks(networks) {
    const items = resized(find(this.root, ".networks"), networks.length, () => {
      const card = new NetworkCard();
      this.cards.set(card.root, card);
      return card.root;
    });
    items.forEach((item, i) => this.cards.get(item)?.show(networks[i]));
  }
}

/** @type {import("../../components/frontend/component.js").Component<PadData>} */
export default component(
  (root) => withPicture(root, new Pad(root)),
  (view, { data, setStateValue }) => {
    view.messages.send = (message) => setStateValue("message", message);
    view.show(data);
  },
);
