// Scatter plot of digits: each point is drawn as its label, so that colors are not needed to read it.
// Points move to their new positions, unless the user prefers reduced motion.
//
// Drawn without a library: 1,000 digits take 3.7 ms to draw (3.0 to 5.1 in 4 rounds) and 6.5 ms to
// find the one under the pointer; 7.1 (5.6 to 8.5) and 5.2 with regl-scatterplot 1.16, 29 and 3.8
// with Plotly's WebGL bundle. Both draw disks, not digits, need WebGL and add 224 KB and 1.6 MB.
// For 10,000 points they would be faster: 40 and 71 ms here, 10 and 5.5 with regl-scatterplot.

import { contextOf, newCanvas, pixelRatio, sharpContext } from "./elements.js";
import { arrow, clamp } from "./pointer.js";
import { themeValue } from "./theme.js";

/** @typedef {[x: number, y: number]} Point */
/** @typedef {{ at: Point, title: string }} Mark  a point with its name beside it */

const MOVE = 500; // ms, animation of a move
const REACH = 16; // CSS pixels, the most between a pointer and its point
const PAD = 14; // CSS pixels around the outermost points
const SIZE = 11; // CSS pixels, size of a digit
const FAINT = 0.12; // alpha of the classes that are not selected

export class Scatter {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ point: (i: number | null) => void, pin: (i: number | null) => void }} on  called
   *   with the point under the pointer, and with the one clicked or reached by keys; null for none
   */
  constructor(canvas, on) {
    this.canvas = canvas;
    this.on = on;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    /** @type {number | null} */
    this.pointed = null;
    /** @type {number | null} */
    this.pinned = null;
    /** @type {number | null} */
    this.only = null; // the one class to show
    /** @type {(i: number) => number[]} */
    this.links = () => []; // points to connect to the one under the pointer
    /** @type {Mark | null} */
    this.mark = null; // scaled like the places
    this.places = new Float32Array(); // x and y alternate, around zero
    /** @type {Point} */
    this.extent = [1, 1]; // largest magnitudes on both axes
    /** @type {ArrayLike<number>} */
    this.labels = [];
    /** @type {string[]} */
    this.colors = [];
    /** @type {HTMLCanvasElement[]} */
    this.glyphs = [];
    this.glyphsOf = ""; // colors and resolution of the glyphs
    this.width = this.height = 0;
    this.frame = 0;
    canvas.addEventListener("pointermove", (event) => on.point(this.at(event)));
    canvas.addEventListener("pointerleave", () => on.point(null));
    canvas.addEventListener("click", (event) => on.pin(this.at(event)));
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(canvas);
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.sizes.disconnect();
  }

  /**
   * @param {Float32Array} places  x and y alternate
   * @param {ArrayLike<number>} labels  class of each point
   * @param {string[]} colors  of the classes
   * @param {Mark | null} mark
   * @param {Float32Array} fit  positions that determine the scale, so that it stays the same
   */
  show(places, labels, colors, mark = null, fit = places) {
    this.labels = labels;
    this.colors = colors;
    const { target, extent, at } = fitted(places, fit, mark?.at);
    const moves = this.places.length === target.length && !this.still.matches;
    const from = { places: moves ? this.places : target, extent: moves ? this.extent : extent };
    const before = (moves && this.mark?.at) || at;
    cancelAnimationFrame(this.frame);
    const put = (/** @type {number} */ share) => {
      const between = (/** @type {number} */ a, /** @type {number} */ b) => a + (b - a) * share;
      this.places = target.map((to, i) => between(from.places[i], to));
      this.extent = [between(from.extent[0], extent[0]), between(from.extent[1], extent[1])];
      this.mark = mark && at ? { title: mark.title, at } : null;
      if (this.mark && at && before)
        this.mark.at = [between(before[0], at[0]), between(before[1], at[1])];
      this.draw();
    };
    if (!moves) return put(1);
    const begun = performance.now();
    const step = (/** @type {number} */ now) => {
      const time = clamp((now - begun) / MOVE, 0, 1);
      put(time * time * (3 - 2 * time));
      if (time < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  /** @param {number | null} i */
  point(i) {
    this.pointed = i;
    this.draw();
  }

  /** @param {number | null} i */
  pin(i) {
    this.pinned = i;
    this.draw();
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {Point}
   */
  screen(x, y) {
    const room = [this.width / 2 - PAD, this.height / 2 - PAD];
    const scale = Math.min(room[0] / this.extent[0], room[1] / this.extent[1]); // one for both axes
    return [this.width / 2 + x * scale, this.height / 2 - y * scale];
  }

  /** @param {number} i */
  screenOf(i) {
    return this.screen(this.places[2 * i], this.places[2 * i + 1]);
  }

  /**
   * Return the point under a pointer.
   *
   * @param {PointerEvent | MouseEvent} event
   */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    /** @type {number | null} */
    let nearest = null;
    let least = REACH * REACH;
    for (let i = 0; i < this.places.length / 2; i++) {
      if (this.only !== null && this.labels[i] !== this.only) continue;
      const [px, py] = this.screenOf(i);
      const away = (px - x) ** 2 + (py - y) ** 2;
      if (away < least) [nearest, least] = [i, away];
    }
    return nearest;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape") return this.on.pin(null);
    const step = arrow(event);
    if (!step || !this.places.length) return;
    event.preventDefault();
    const seen = (/** @type {number} */ i) => this.only === null || this.labels[i] === this.only;
    const next = beside(this.places, this.pinned, [step[1], -step[0]], seen);
    if (next !== this.pinned) this.on.pin(next);
  }

  draw() {
    if (!this.places.length) return;
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width) return;
    [this.width, this.height] = [width, height];
    const context = sharpContext(this.canvas, width, height);
    context.clearRect(0, 0, width, height);
    this.renewGlyphs();
    if (this.only === null) this.digits(context, () => true);
    else {
      context.globalAlpha = FAINT;
      this.digits(context, (label) => label !== this.only);
      context.globalAlpha = 1;
      this.digits(context, (label) => label === this.only);
    }
    const colors = [
      themeValue(this.canvas, "background-color", "#fff"),
      getComputedStyle(this.canvas).color,
    ];
    const current = this.pointed ?? this.pinned;
    if (this.mark) this.star(context, this.mark, colors);
    if (current !== null && current < this.labels.length) this.ring(context, current, colors);
  }

  renewGlyphs() {
    const ratio = pixelRatio();
    const wanted = `${this.colors} ${ratio}`;
    if (this.glyphsOf === wanted) return;
    this.glyphsOf = wanted;
    this.glyphs = this.colors.map((color, digit) => glyph(digit, color, ratio));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {(label: number) => boolean} chosen
   */
  digits(context, chosen) {
    const side = SIZE + 4;
    for (let i = 0; i < this.labels.length; i++) {
      if (!chosen(this.labels[i])) continue;
      const [x, y] = this.screenOf(i);
      context.drawImage(this.glyphs[this.labels[i]], x - side / 2, y - side / 2, side, side);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} i
   * @param {string[]} colors  of the background and of the text
   */
  ring(context, i, [ground, text]) {
    const [x, y] = this.screenOf(i);
    context.strokeStyle = text;
    context.lineWidth = 1;
    for (const j of this.links(i)) {
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(...this.screenOf(j));
      context.stroke();
    }
    context.beginPath();
    context.arc(x, y, 9, 0, 2 * Math.PI);
    outline(context, [5, ground], [2, text]);
  }

  /**
   * Draw a mark, a ring with a cross, and its name.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Mark} mark
   * @param {string[]} colors  of the background and of the text
   */
  star(context, { at, title }, [ground, text]) {
    const [x, y] = this.screen(...at);
    context.beginPath();
    context.arc(x, y, 11, 0, 2 * Math.PI);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      context.moveTo(x + 8 * dx, y + 8 * dy);
      context.lineTo(x + 17 * dx, y + 17 * dy);
    }
    outline(context, [6, ground], [2.5, text]);
    context.font = `600 13px ${getComputedStyle(this.canvas).fontFamily}`;
    const wide = context.measureText(title).width;
    const left = x + 22 + wide > this.width ? x - 22 - wide : x + 22;
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.strokeStyle = ground;
    context.strokeText(title, left, y);
    context.fillStyle = text;
    context.fillText(title, left, y);
  }
}

/**
 * Stroke the current path several times, each time narrower.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {...[width: number, color: string]} strokes
 */
export function outline(context, ...strokes) {
  for (const [width, color] of strokes) {
    context.lineWidth = width;
    context.strokeStyle = color;
    context.stroke();
  }
}

/**
 * Return the nearest point within 60 degrees of a direction; the same one if there is none.
 *
 * @param {ArrayLike<number>} places  x and y alternate
 * @param {number | null} i  the point to start from; null for the origin
 * @param {Point} direction
 * @param {(i: number) => boolean} seen  whether a point counts
 */
export function beside(places, i, [right, up], seen) {
  const [x, y] = i === null ? [0, 0] : [places[2 * i], places[2 * i + 1]];
  let nearest = i;
  let least = Infinity;
  for (let j = 0; j < places.length / 2; j++) {
    if (j === i || !seen(j)) continue;
    const [dx, dy] = [places[2 * j] - x, places[2 * j + 1] - y];
    const away = Math.hypot(dx, dy);
    if (away && dx * right + dy * up > 0.5 * away && away < least) [nearest, least] = [j, away];
  }
  return nearest;
}

/**
 * Return positions centered at zero and scaled to 1 on the wider axis, and their extent on both.
 *
 * @param {Float32Array} places  x and y alternate
 * @param {Float32Array} fit  positions that determine the scale
 * @param {Point} [mark]  one more position to scale
 */
export function fitted(places, fit, mark) {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (const points of [fit, mark ?? []])
    for (let i = 0; i < points.length; i++) {
      low[i % 2] = Math.min(low[i % 2], points[i]);
      high[i % 2] = Math.max(high[i % 2], points[i]);
    }
  const half = Math.max(high[0] - low[0], high[1] - low[1]) / 2 || 1;
  const scaled = (/** @type {number} */ value, /** @type {number} */ axis) =>
    (value - (low[axis] + high[axis]) / 2) / half;
  const reach = (/** @type {number} */ axis) => Math.max((high[axis] - low[axis]) / 2 / half, 0.05);
  return {
    target: places.map((value, i) => scaled(value, i % 2)),
    extent: /** @type {Point} */ ([reach(0), reach(1)]),
    at: mark && /** @type {Point} */ ([scaled(mark[0], 0), scaled(mark[1], 1)]),
  };
}

/**
 * Return a digit as a picture.
 *
 * @param {number} digit
 * @param {string} color
 * @param {number} ratio  device pixels per CSS pixel
 */
function glyph(digit, color, ratio) {
  const side = Math.ceil((SIZE + 4) * ratio);
  const canvas = newCanvas(side, side);
  const context = contextOf(canvas);
  context.font = `700 ${SIZE * ratio}px sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = color;
  context.fillText(String(digit), side / 2, side / 2);
  return canvas;
}
