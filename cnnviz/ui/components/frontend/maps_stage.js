// One stage of the maps view: a layer's maps side by side or one of them enlarged, its strongest
// channels and its histogram. The first stage is the image.

import { Atlas } from "./atlas.js";
import { gradientOf, largestMagnitude, strongest } from "./colors.js";
import { element, find, fromTemplate } from "./elements.js";
import { Histogram } from "./histogram.js";
import { Tiles } from "./maps.js";
import { significant } from "./numbers.js";
import { arrow, clamp } from "./pointer.js";

/** @typedef {import("./message.js").NamedArray} NamedArray */
/** @typedef {import("./unit_arithmetic.js").Unit} Unit */
/** @typedef {import("./maps_view.js").MapsView} MapsView */
/** @typedef {[size: number, jump: number, padding: number]} Extent  of a receptive field */
/**
 * @typedef {object} StageHeader  from maps_view.py
 * @property {string} title
 * @property {string} layer  dotted name; "" for an image
 * @property {string[]} notes
 * @property {string[]} figures  folded below the notes
 * @property {"ink" | "sequential" | "diverging"} scale
 * @property {number} black  the value of black ink
 * @property {number} limit  end of the color scale
 * @property {boolean} clipped  whether values exceed it
 * @property {[Extent, Extent] | null} whole  without clipping at the image's border
 * @property {string} summary  of all channels that its one map shows; "" for a map per channel
 * @property {number} margin  units of free space around the image
 * @property {string} twin  stages of the same name are marked together
 * @property {number} strongest  number of strongest channels to repeat below
 * @property {boolean} blank  whether to hide the values
 * @property {[number, number, number, number] | null} box  marked while the pointer is elsewhere
 * @property {[rows: number, columns: number] | null} enlarged  size before it was enlarged
 */
/** @typedef {{ perMap: boolean, absolute: boolean, histograms: boolean }} DisplayOptions */

const PLAIN = 0.05; // share of the color scale: a map with a smaller range looks like a plain square

const times = (/** @type {number[]} */ [, rows, columns]) => `${rows} × ${columns}`;

export class Stage {
  /**
   * @param {MapsView} view
   * @param {number} index
   */
  constructor(view, index) {
    this.view = view;
    this.index = index;
    this.root = fromTemplate(view.shadow, ".stage-template");
    this.frame = find(this.root, ".frame");
    this.back = find(this.root, ".back");
    this.atlas = new Atlas();
    this.tiles = new Tiles(this.frame);
    this.strip = new Tiles(find(this.root, ".strip"));
    const { canvas } = this.tiles;
    /** @type {StageHeader} */
    this.stage = {
      title: "",
      layer: "",
      summary: "",
      notes: [],
      figures: [],
      scale: "ink",
      black: 0,
      limit: 1,
      clipped: false,
      whole: null,
      margin: 0,
      twin: "",
      strongest: 0,
      blank: true,
      box: null,
      enlarged: null,
    };
    /** @type {NamedArray | undefined} */
    this.array = undefined; // undefined until the values are computed
    this.shape = [1, 1, 1]; // channels, rows, columns
    this.isPicture = false; // whether it is a color image
    /** @type {number | null} */
    this.enlarged = null; // a channel
    /** @type {Unit | null} */
    this.unit = null; // unit under the keyboard cursor
    for (const tiles of [this.tiles, this.strip]) {
      tiles.canvas.addEventListener("pointermove", (event) => this.point(tiles, tiles.at(event)));
      tiles.canvas.addEventListener("pointerleave", () => view.leave());
      tiles.canvas.addEventListener("click", (event) => this.click(tiles.at(event)));
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => view.leave());
    this.back.onclick = () => view.enlarge(this, null);
    this.histogram = new Histogram(
      find(this.root, ".histogram", HTMLCanvasElement),
      find(this.root, ".histogram-facts"),
      (event, range = "", count = "") =>
        event ? view.showTip(event.clientX, event.clientY, range, count) : view.hideTip(),
      (text) => view.say(text),
    );
  }

  get isImage() {
    return !this.stage.layer;
  }

  /**
   * @param {StageHeader} stage
   * @param {NamedArray | undefined} array
   */
  show(stage, array) {
    if (this.stage.layer !== stage.layer || !array) this.enlarged = this.unit = null;
    this.stage = stage;
    this.array = array;
    this.isPicture = array?.values instanceof Uint8Array;
    const shape = array?.shape ?? [1, 1, 1];
    this.shape = this.isPicture ? [1, ...shape.slice(0, 2)] : shape;
    if (this.enlarged !== null && this.enlarged >= this.shape[0]) this.enlarged = null;
    this.root.classList.toggle("pending", !array);
    this.root.classList.toggle("input", this.isImage && !this.view.works);
    this.text(".title", stage.title);
    this.text(".layer", stage.layer);
    find(this.root, ".layer").hidden = this.isImage;
    this.paragraphs(".notes", stage.notes);
    this.paragraphs(".figures div", stage.figures);
    find(this.root, ".figures").hidden = !stage.figures.length;
    this.paint();
  }

  /**
   * @param {string} selector
   * @param {string} text
   */
  text(selector, text) {
    find(this.root, selector).textContent = text;
  }

  /**
   * @param {string} selector
   * @param {string[]} texts
   */
  paragraphs(selector, texts) {
    const paragraphs = texts.map((textContent) => element("p", { textContent }));
    find(this.root, selector).replaceChildren(...paragraphs);
  }

  /** @param {Unit} unit */
  has({ channel, row, column }) {
    const [channels, rows, columns] = this.shape;
    return Boolean(this.array) && channel < channels && row < rows && column < columns;
  }

  /** @param {Unit} unit */
  valueText({ channel, row, column }) {
    if (this.stage.blank || !this.array) return "";
    const [, rows, columns] = this.shape;
    const { values } = this.array;
    const place = (channel * rows + row) * columns + column;
    if (!this.isPicture) return significant(values[place], 6);
    return `rgb ${values.subarray(3 * place, 3 * place + 3).join(", ")}`;
  }

  /** @param {number} channel */
  map(channel) {
    const size = this.shape[1] * this.shape[2];
    return this.array?.values.subarray(channel * size, (channel + 1) * size) ?? [];
  }

  paint() {
    if (this.array && this.isPicture) this.atlas.paintPicture(this.array);
    else if (this.array) {
      const { table, ends } = this.colors();
      this.atlas.paint(this.array, table, ends);
      this.legend(table, ends);
    }
    find(this.root, ".legend").hidden = this.isPicture || this.stage.blank;
    this.draw();
  }

  /** Return the color table and the ends of each channel's color scale. */
  colors() {
    const { scale, black, limit } = this.stage;
    const { perMap, absolute } = this.view.options;
    const magnitude = absolute && scale === "diverging";
    const name = magnitude ? "sequential" : scale;
    const upTo = (/** @type {number} */ high) => {
      const low = name === "diverging" ? -high : name === "ink" ? black : 0;
      return { low, high, magnitude };
    };
    const table = this.view.table(name);
    if (!perMap || this.isImage) return { table, ends: () => upTo(limit) };
    const ends = (/** @type {number} */ channel) => upTo(largestMagnitude(this.map(channel)) || 1);
    return { table, ends };
  }

  /**
   * @param {Uint8Array} table
   * @param {(channel: number) => import("./colors.js").Ends} ends
   */
  legend(table, ends) {
    find(this.root, ".ramp").style.background = gradientOf(table);
    const own = this.view.options.perMap && !this.isImage;
    const { low, high } = ends(this.enlarged ?? 0);
    if (own && this.enlarged === null) {
      this.text(".low", low < 0 ? "− each map's largest" : "0");
      this.text(".high", "maximum of each map");
      return;
    }
    const clipped = this.stage.clipped && !own;
    this.text(".low", `${clipped && low < 0 ? "≤ " : ""}${significant(low, 3)}`);
    this.text(".high", `${clipped ? "≥ " : ""}${significant(high, 3)}`);
  }

  draw() {
    const side = this.frame.clientWidth;
    if (!side) return;
    if (!this.array) {
      this.frame.style.height = `${side}px`;
      return;
    }
    const all = [...Array(this.shape[0]).keys()];
    const { margin, strongest } = this.stage;
    const shown = this.enlarged === null ? all : [this.enlarged];
    const height = this.tiles.draw(this.atlas, shown, { side, margin });
    this.frame.style.height = `${this.view.fitsHeight ? height : side}px`;
    this.drawStrongest(strongest, side);
    this.drawHistogram();
    this.describe();
  }

  /**
   * @param {number} count
   * @param {number} side  CSS pixels
   */
  drawStrongest(count, side) {
    const strip = find(this.root, ".strongest");
    strip.hidden = !count || this.shape[0] <= count;
    if (strip.hidden) return;
    const maps = Array.from({ length: this.shape[0] }, (_, channel) => this.map(channel));
    const first = strongest(maps, count, PLAIN * this.stage.limit);
    strip.hidden = !first.length;
    if (strip.hidden) return;
    this.text(".strip-title", `${this.strongestTitle()}: channels ${first.join(", ")}`);
    this.strip.draw(this.atlas, first, { side, height: Infinity, columns: count });
  }

  /** Return what the strongest channels have, and the colors of the two signs if they are shown. */
  strongestTitle() {
    const signed = this.stage.scale === "diverging" && !this.view.options.absolute;
    return `Largest values${signed ? ", positive (blue) or negative (orange)" : ""}`;
  }

  drawHistogram() {
    const shown = this.view.options.histograms && !this.isImage;
    this.histogram.show(shown);
    if (!shown || !this.array) return;
    const values = this.enlarged === null ? this.array.values : this.map(this.enlarged);
    this.histogram.draw(values, this.view.marks.line);
  }

  describe() {
    const [channels] = this.shape;
    const { title, layer, enlarged, summary } = this.stage;
    const own = enlarged && `${enlarged.join(" × ")}, enlarged to ${times(this.shape)}`;
    const maps = summary
      ? `${summary}, ${times(this.shape)}`
      : `${channels} ${channels === 1 ? "map" : "maps"} of ${times(this.shape)}`;
    const what = own || (layer ? maps : times(this.shape));
    this.text(".size", this.enlarged === null ? what : `channel ${this.enlarged}`);
    this.back.hidden = this.enlarged === null;
    this.back.textContent = `All ${channels} maps`;
    const enlarges = channels > 1 && !this.view.works;
    const keys = `Arrow keys move${enlarges ? ", Enter enlarges a map, Escape shows all" : ""}.`;
    this.tiles.canvas.ariaLabel = `${layer ? `${title}, ${layer}` : title}: ${what}. ${keys}`;
  }

  /** @param {(tiles: Tiles) => void} draw  a mark */
  mark(draw) {
    if (!this.array) return;
    for (const tiles of [this.tiles, this.strip]) if (tiles.atlas) draw(tiles);
  }

  clear() {
    this.tiles.clear();
    this.strip.clear();
  }

  /**
   * Return the description of the unit under the pointer.
   *
   * @param {Tiles} tiles
   * @param {Unit | null} unit
   */
  point(tiles, unit) {
    if (!unit || !this.array) {
      this.view.leave();
      return "";
    }
    const [x, y] = tiles.middle(unit);
    const box = tiles.canvas.getBoundingClientRect();
    return this.view.point(this, unit, box.left + x, box.top + y);
  }

  /** @param {Unit | null} unit */
  click(unit) {
    if (!unit || !this.array) return;
    if (this.view.works) this.view.pick(this, unit);
    else {
      const many = this.enlarged === null && this.shape[0] > 1;
      if (many) this.view.enlarge(this, unit.channel);
      const pins = this.isImage ? this.view.pinsImage : this.view.keeps || !many;
      if (pins) this.view.keep({ stage: this.index, unit });
    }
    this.point(this.tiles, unit); // touch does not hover
  }

  /** @param {number | null} channel  null shows all channels */
  enlarge(channel) {
    if (this.shape[0] === 1 || (channel ?? 0) >= this.shape[0]) return;
    this.enlarged = channel;
    this.paint();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.array) return;
    const step = arrow(event);
    const enters = event.key === "Enter" || event.key === " ";
    if (!step && !enters && event.key !== "Escape") return;
    const unit = this.view.workedUnit(this) ?? this.unit ?? this.peak();
    this.unit = { ...unit, channel: this.enlarged ?? unit.channel };
    if (step) this.unit = this.beside(this.unit, step);
    else if (enters) this.click({ ...this.unit });
    else this.view.enlarge(this, null);
    event.preventDefault();
    this.view.say(this.point(this.tiles, { ...this.unit }));
  }

  /**
   * Return the neighboring unit, or the same unit of a neighboring map if there are several.
   *
   * @param {Unit} unit
   * @param {[down: number, right: number]} step
   */
  beside(unit, [down, right]) {
    const [channels, rows, columns] = this.shape;
    if (this.tiles.channels.length > 1) {
      const channel = unit.channel + down * this.tiles.columns + right;
      return channel >= 0 && channel < channels ? { ...unit, channel } : unit;
    }
    const row = clamp(unit.row + down, 0, rows - 1);
    return { ...unit, row, column: clamp(unit.column + right, 0, columns - 1) };
  }

  /** Return the unit with the largest magnitude. */
  peak() {
    const [, rows, columns] = this.shape;
    const values = this.array && !this.isPicture ? this.array.values : new Float32Array(1);
    let best = 0;
    values.forEach((value, i) => {
      if (Math.abs(value) > Math.abs(values[best])) best = i;
    });
    const channel = Math.floor(best / (rows * columns));
    return { channel, row: Math.floor(best / columns) % rows, column: best % columns };
  }
}
