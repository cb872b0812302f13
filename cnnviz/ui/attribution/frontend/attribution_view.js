// Attribution maps side by side. The pixel under the pointer is marked and read in all of them.

import { gradientOf, pictureOf } from "../../components/frontend/colors.js";
import { component } from "../../components/frontend/component.js";
import { contextOf, element, find } from "../../components/frontend/elements.js";
import { unpack } from "../../components/frontend/message.js";
import { trueMinus } from "../../components/frontend/numbers.js";
import { withPicture } from "../../components/frontend/picture.js";
import { arrow, cellAt, clamp } from "../../components/frontend/pointer.js";
import { themeOf } from "../../components/frontend/theme.js";

/**
 * @typedef {object} MapHeader
 * @property {string} key  name of the map's array, (side, side)
 * @property {string} title
 * @property {boolean} signed
 * @property {string} [verdict]
 * @property {number} [level]  of the verdict: 0 is unreliable, 2 is reliable
 * @property {string} results  of the tests, in one sentence
 * @property {string[]} sentences  the exact result of each test
 * @property {string} [note]
 * @property {string} explanation
 * @property {{ url: string, title: string }} paper
 */
/**
 * @typedef {object} AttributionHeader
 * @property {number} side  pixels
 * @property {string} score
 * @property {MapHeader[]} maps
 */
/**
 * Arrays: "ink", (side, side), 0 to 1, the maps, and color tables.
 *
 * @typedef {import("../../components/frontend/message.js").Message<AttributionHeader>} AttributionMessage
 */
/** @typedef {import("../../components/frontend/message.js").Values} Values */
/**
 * @typedef {object} Picture  of the input or of a map
 * @property {string} title
 * @property {Values} values
 * @property {"ink" | "sequential" | "diverging"} scale
 * @property {boolean} signed
 * @property {number} limit  the largest magnitude
 * @property {number} strongest  index of its pixel
 * @property {MapHeader | null} map  null for the input
 */

const LARGE = 320; // device pixels, side of a picture
const MARK = "#f0e442";

/**
 * Return a number with at most three significant digits, with a plus sign if signs matter.
 *
 * @param {number} value
 * @param {boolean} [signed]
 */
export function rounded(value, signed = false) {
  const size = Math.abs(value);
  const small = size > 0 && size < 0.001;
  const text = small ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return `${signed && value > 0 ? "+" : ""}${text.startsWith("-") ? trueMinus(text) : text}`;
}

/**
 * @param {MapHeader | null} map
 * @param {string} title
 * @param {Values} values
 * @returns {Picture}
 */
function pictured(map, title, values) {
  let [limit, strongest] = [0, 0];
  values.forEach((value, i) => {
    if (Math.abs(value) > limit) [limit, strongest] = [Math.abs(value), i];
  });
  const signed = Boolean(map?.signed);
  const scale = !map ? "ink" : signed ? "diverging" : "sequential";
  return { map, title, values, scale, signed, limit: map ? limit : 1, strongest };
}

class Card {
  /** @param {Picture} picture */
  constructor({ title, map }) {
    this.canvas = element("canvas", { tabIndex: 0, width: LARGE, height: LARGE });
    this.canvas.role = "application";
    this.image = this.canvas; // source of the picture
    this.value = element("p", { className: "value", hidden: !map }); // the line above has the input's
    this.ramp = element("span", { className: "ramp" });
    this.low = element("span");
    this.high = element("span");
    this.words = element("div", { className: "words" });
    const legend = element("div", { className: "legend" }, this.low, this.ramp, this.high);
    const figure = element("figure", {}, this.canvas, this.value, legend);
    const heading = element("h4", { textContent: title });
    this.root = element("article", { className: "card" }, heading, figure, this.words);
  }

  /**
   * @param {Picture} picture
   * @param {number} side
   * @param {Uint8Array} table
   * @param {string} score
   */
  show({ map, title, values, signed, limit, strongest }, side, table, score) {
    const high = limit || 1; // a map of zeros: zero is in the middle of a signed scale
    const ends = { low: signed ? -high : 0, high };
    this.image = pictureOf([side, side], values, 0, table, ends);
    this.low.textContent = map ? rounded(signed ? -limit : 0, signed) : "background";
    this.high.textContent = map ? rounded(limit, signed) : "ink";
    this.ramp.style.background = gradientOf(table);
    const summary = map ? peak({ values, strongest, limit, signed }, side) : score;
    this.canvas.ariaLabel = `${title}. ${summary}. Arrow keys move the pixel.`;
    const open = [...this.words.querySelectorAll("details")].map((details) => details.open);
    const words = map ? explained(map, open) : [folded("Explained score", open[0], score)];
    this.words.replaceChildren(...words);
  }
}

/**
 * Describe the position and value of a map's maximum.
 *
 * @param {Pick<Picture, "values" | "strongest" | "limit" | "signed">} picture
 * @param {number} side
 */
export function peak({ values, strongest, limit, signed }, side) {
  if (!limit) return "Zero everywhere";
  const [row, column] = [Math.floor(strongest / side), strongest % side];
  return `Peak ${rounded(values[strongest], signed)} at row ${row}, col. ${column}`;
}

/**
 * @param {string} title
 * @param {boolean | undefined} open
 * @param {...(Node | string)} content
 */
const folded = (title, open, ...content) =>
  element(
    "details",
    { open: Boolean(open) },
    element("summary", { textContent: title }),
    ...content,
  );

/**
 * @param {MapHeader} map
 * @param {boolean[]} open  which of the folded sections are open
 */
function explained({ verdict, level, results, sentences, note, explanation, paper }, open) {
  const link = element("a", {
    href: paper.url,
    target: "_blank",
    rel: "noreferrer",
    textContent: paper.title,
  });
  const notes = note ? [element("p", { textContent: note })] : [];
  const items = sentences.map((textContent) => element("li", { textContent }));
  /** @type {HTMLElement[]} */
  const paragraphs = [
    element("p", { className: "results", textContent: results }),
    folded("The tests", open[0], element("ul", {}, ...items)),
    folded("How it works", open[1], element("p", {}, `${explanation} `, link), ...notes),
  ];
  if (verdict) {
    const line = element("p", { className: "verdict", textContent: verdict });
    line.dataset.level = String(level);
    paragraphs.unshift(line);
  }
  return paragraphs;
}

class Attribution {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = find(root, ".attribution");
    this.list = find(root, ".cards");
    this.readout = find(root, ".readout");
    /** @type {number | null} */
    this.pinned = null; // pixel chosen by a click or keys
    /** @type {number | null} */
    this.pointed = null;
    this.side = 1;
    /** @type {Picture[]} */
    this.pictures = [];
    /** @type {Card[]} */
    this.cards = [];
    this.keys = "";
  }

  /** @param {AttributionMessage} message */
  show({ side, score, maps, arrays }) {
    this.side = side;
    const theme = themeOf(this.root);
    this.pictures = [
      pictured(null, "Input", arrays.ink.values),
      ...maps.map((map) => pictured(map, map.title, arrays[map.key].values)),
    ];
    const keys = maps.map(({ key }) => key).join();
    if (this.keys !== keys || !this.cards.length) this.build();
    this.keys = keys;
    this.cards.forEach((card, i) => {
      const picture = this.pictures[i];
      const table = /** @type {Uint8Array} */ (arrays[`${picture.scale}-${theme}`].values);
      card.show(picture, side, table, score);
    });
    this.draw();
  }

  build() {
    this.cards = this.pictures.map((picture) => new Card(picture));
    for (const { canvas } of this.cards) {
      canvas.addEventListener("pointermove", (event) => this.point(this.at(event, canvas)));
      canvas.addEventListener("pointerleave", () => this.point(null));
      canvas.addEventListener("click", (event) => this.pin(this.at(event, canvas)));
      canvas.addEventListener("keydown", (event) => this.key(event));
    }
    this.list.replaceChildren(...this.cards.map((card) => card.root));
  }

  /**
   * @param {MouseEvent} event
   * @param {HTMLCanvasElement} canvas
   */
  at(event, canvas) {
    const [row, column] = cellAt(event, canvas.getBoundingClientRect(), this.side, this.side);
    return row * this.side + column;
  }

  /** @param {number | null} pixel */
  point(pixel) {
    this.pointed = pixel;
    this.draw();
  }

  /** @param {number | null} pixel  the pinned one again removes the pin */
  pin(pixel) {
    this.pinned = this.pinned === pixel ? null : pixel;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = arrow(event);
    if (!step && event.key !== "Escape") return;
    event.preventDefault();
    this.pointed = null;
    const { side } = this;
    const from = this.pinned ?? Math.floor(side / 2) * (side + 1);
    this.pinned = null;
    if (!step) return this.draw();
    const row = clamp(Math.floor(from / side) + step[0], 0, side - 1);
    this.pin(row * side + clamp((from % side) + step[1], 0, side - 1));
  }

  draw() {
    const pixel = this.pointed ?? this.pinned;
    const { side } = this;
    const [ink] = this.pictures;
    this.readout.textContent =
      pixel === null
        ? "Point at a pixel to see its value in every map; a click keeps it. The line is the digit's outline."
        : `Row ${Math.floor(pixel / side)}, column ${pixel % side}: ink ${rounded(ink.values[pixel])}`;
    this.cards.forEach((card, i) => {
      const picture = this.pictures[i];
      card.value.textContent =
        pixel === null ? peak(picture, side) : rounded(picture.values[pixel], picture.signed);
      const context = contextOf(card.canvas);
      context.imageSmoothingEnabled = false;
      context.drawImage(card.image, 0, 0, LARGE, LARGE);
      if (picture.map) this.outline(context, ink.values);
      if (pixel !== null) this.mark(context, pixel);
    });
  }

  /**
   * Draw the edges between pixels of at least half ink and the others.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Values} ink
   */
  outline(context, ink) {
    const { side } = this;
    const cell = LARGE / side;
    const isInk = (/** @type {number} */ row, /** @type {number} */ column) =>
      row >= 0 && column >= 0 && row < side && column < side && ink[row * side + column] > 0.5;
    context.beginPath();
    for (let row = 0; row <= side; row++)
      for (let column = 0; column <= side; column++) {
        const inside = isInk(row, column);
        const [x, y] = [column * cell, row * cell];
        if (inside !== isInk(row - 1, column)) {
          context.moveTo(x, y);
          context.lineTo(x + cell, y);
        }
        if (inside !== isInk(row, column - 1)) {
          context.moveTo(x, y);
          context.lineTo(x, y + cell);
        }
      }
    context.globalAlpha = 0.75;
    context.lineWidth = 1.5;
    context.strokeStyle = getComputedStyle(this.root).color;
    context.stroke();
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} pixel
   */
  mark(context, pixel) {
    const cell = LARGE / this.side;
    const [x, y] = [(pixel % this.side) * cell, Math.floor(pixel / this.side) * cell];
    for (const { width, color } of [
      { width: 6, color: "#000" },
      { width: 3, color: MARK },
    ]) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.strokeRect(x, y, cell, cell);
    }
  }
}

/** @type {import("../../components/frontend/component.js").Component<Uint8Array>} */
export default component(
  (root) => withPicture(root, new Attribution(root)),
  (view, { data }) => view.show(unpack(data)),
);
