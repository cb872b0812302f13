// The drawing on the pad: a sequence of strokes and pictures.

import { paintGray } from "../../components/frontend/colors.js";
import { contextOf, newCanvas } from "../../components/frontend/elements.js";

/**
 * @typedef {object} Stroke
 * @property {number} width
 * @property {boolean} eraser
 * @property {number[]} points  x and y alternate
 */
/**
 * @typedef {object} Picture
 * @property {number} width
 * @property {number} height
 * @property {string} ink  base64 of one byte per pixel
 * @property {boolean} [whole]  whether it includes its margin
 */
/** @typedef {Stroke | { picture: Picture } | { clear: true }} Step  one step of undo */
/**
 * @typedef {object} Ink  the bounding box of the drawing
 * @property {number} width  pixels, at most FINEST
 * @property {number} height
 * @property {string} ink  base64 of one byte per pixel
 * @property {number[]} place  left, top, width and height as shares of the pad
 */

export const SIDE = 280; // side of the pad, in units of strokes
const FINEST = 112; // pixels, longest side of the ink that is sent
const DIGIT = 20 / 28; // share of an MNIST image's side that a digit fills

/** @param {string} text  base64 */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * Return the smallest box around all pixels that are not black.
 *
 * @param {ArrayLike<number>} rgba  four bytes per pixel, of which the first is used
 * @param {number} side  pixels of the picture's side
 * @returns {{ left: number, top: number, width: number, height: number } | null}
 */
export function inkBox(rgba, side) {
  let [left, top, right, bottom] = [side, side, -1, -1];
  for (let y = 0, i = 0; y < side; y++)
    for (let x = 0; x < side; x++, i += 4)
      if (rgba[i]) {
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        bottom = y;
      }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

export class Drawing {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const ratio = Math.min(2, Math.max(1, window.devicePixelRatio)); // canvas pixels per screen pixel
    this.scale = (ratio * 320) / SIDE; // canvas pixels per unit
    this.side = Math.round(SIDE * this.scale);
    canvas.width = canvas.height = this.side;
    const often = { willReadFrequently: true };
    this.context = contextOf(canvas, often);
    this.context.lineCap = this.context.lineJoin = "round";
    this.small = contextOf(newCanvas(SIDE, SIDE), often);
    this.box = contextOf(newCanvas(FINEST, FINEST), often);
    this.small.imageSmoothingQuality = this.box.imageSmoothingQuality = "high";
    /** @type {Step[]} */
    this.steps = [];
    this.set([]);
  }

  get blank() {
    const last = this.steps.at(-1);
    return !last || "clear" in last;
  }

  /** @param {Step[]} steps */
  set(steps) {
    this.steps = steps;
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.side, this.side);
    const start = steps.findLastIndex((step) => "clear" in step);
    for (const step of steps.slice(start + 1)) {
      if ("picture" in step) this.place(step.picture);
      else if ("points" in step) this.stroke(step, 0);
    }
  }

  /**
   * Paint a picture at the size of an MNIST digit, unless it includes its margin.
   *
   * @param {Picture} picture
   */
  place({ width, height, ink, whole }) {
    const unit = (this.side * (whole ? 1 : DIGIT)) / Math.max(width, height);
    const [across, down] = [width * unit, height * unit];
    const source = newCanvas(width, height);
    paintGray(source, width, fromBase64(ink));
    this.context.imageSmoothingEnabled = !whole;
    const corner = [(this.side - across) / 2, (this.side - down) / 2];
    this.context.drawImage(source, corner[0], corner[1], across, down);
  }

  /**
   * Paint a stroke from a given point on.
   *
   * @param {Stroke} stroke
   * @param {number} from  index of the point's x
   */
  stroke({ width, eraser, points }, from) {
    const { context, scale } = this;
    const at = (/** @type {number} */ i) =>
      /** @type {const} */ ([points[i] * scale, points[i + 1] * scale]);
    context.strokeStyle = context.fillStyle = eraser ? "#000" : "#fff";
    context.lineWidth = width * scale;
    context.beginPath();
    if (points.length === 2) {
      // a dot: a line of no length paints nothing
      context.arc(...at(0), (width * scale) / 2, 0, 2 * Math.PI);
      context.fill();
      return;
    }
    context.moveTo(...at(from));
    for (let i = from; i < points.length; i += 2) context.lineTo(...at(i));
    context.stroke();
  }

  /**
   * @param {number} width
   * @param {boolean} eraser
   * @param {number} x
   * @param {number} y
   */
  begin(width, eraser, x, y) {
    const stroke = { width, eraser, points: [x, y] };
    this.steps.push(stroke);
    this.stroke(stroke, 0);
  }

  /**
   * Extend the stroke to a point unless it is too near; return whether it was added.
   *
   * @param {number} x
   * @param {number} y
   */
  extend(x, y) {
    const stroke = this.steps.at(-1);
    if (!stroke || !("points" in stroke)) return false;
    const { points } = stroke;
    if (Math.hypot(x - points[points.length - 2], y - points[points.length - 1]) < 1) return false;
    points.push(x, y);
    this.stroke(stroke, points.length - 4);
    return true;
  }

  /** Repaint the drawing, each stroke as one smooth path instead of segments. */
  smooth() {
    this.set(this.steps);
  }

  undo() {
    this.set(this.steps.slice(0, -1));
  }

  clear() {
    if (this.blank) return;
    const previous = this.steps.findLastIndex((step) => "clear" in step); // keep one cleared drawing
    this.set([...this.steps.slice(previous + 1), { clear: true }]);
  }

  /**
   * Return the ink at fine resolution; empty for an empty pad.
   *
   * @returns {Ink}
   */
  ink() {
    this.small.drawImage(this.context.canvas, 0, 0, SIDE, SIDE);
    const box = inkBox(this.small.getImageData(0, 0, SIDE, SIDE).data, SIDE);
    if (!box) return { width: 0, height: 0, ink: "", place: [0, 0, 0, 0] };
    const unit = Math.min(1, FINEST / Math.max(box.width, box.height));
    const [width, height] = [box.width, box.height].map((v) => Math.max(1, Math.round(v * unit)));
    const source = this.small.canvas;
    this.box.drawImage(source, box.left, box.top, box.width, box.height, 0, 0, width, height);
    const { data } = this.box.getImageData(0, 0, width, height);
    const pixels = Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]);
    const place = [box.left, box.top, box.width, box.height].map((v) => v / SIDE);
    return { width, height, ink: toBase64(pixels), place };
  }
}
