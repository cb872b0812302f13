// A row of small maps for every layer. A click sends the trigger "open": the layer's name.

import { pictureOf } from "../../components/frontend/colors.js";
import { component } from "../../components/frontend/component.js";
import { element, find, sharpContext } from "../../components/frontend/elements.js";
import { unpack } from "../../components/frontend/message.js";
import { significant } from "../../components/frontend/numbers.js";
import { withPicture } from "../../components/frontend/picture.js";
import { themeOf } from "../../components/frontend/theme.js";

/**
 * @typedef {object} LayerRow  from glance.py
 * @property {string} layer
 * @property {string} title
 * @property {string} kind
 * @property {string} shape
 * @property {number[]} channels  of the maps
 * @property {boolean} signed
 * @property {number} limit  end of the color scale
 * @property {number} low
 * @property {number} high
 * @property {boolean} vector  whether the only map is a vector
 */
/** @typedef {import("../../components/frontend/message.js").Message<{ rows: LayerRow[] }>} Rows */

const TILE = 44; // CSS px, height of a map
const GAP = 4; // CSS px between maps
const THICK = 16; // CSS px, height of a vector
const CELL = 6; // CSS px, the most that a value of a vector is wide

/**
 * Return the place of each map in a row and the size of the row: as many maps as fit, at least one.
 *
 * @param {number} room  CSS px
 * @param {number} count  of the maps
 * @param {[height: number, width: number]} size  of a map, in values
 * @param {boolean} vector
 */
export function stripLayout(room, count, [height, width], vector) {
  if (vector) return { places: [0], wide: Math.min(room, CELL * width), high: THICK };
  const wide = Math.min(Math.max((TILE * width) / height, TILE / 4), room);
  const fit = Math.max(Math.floor((room + GAP) / (wide + GAP)), 1);
  const places = Array.from({ length: Math.min(count, fit) }, (_, i) => i * (wide + GAP));
  return { places, wide, high: TILE };
}

class LayerStrips {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.list = find(root, ".layers");
    /** @type {Rows | null} */
    this.data = null;
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.list);
  }

  close() {
    this.sizes.disconnect();
  }

  /**
   * @param {Rows} data
   * @param {(layer: string) => void} open
   */
  show(data, open) {
    this.data = data;
    this.list.replaceChildren(...data.rows.map((row) => rowElement(row, open)));
    this.draw();
  }

  draw() {
    if (!this.data) return;
    const { rows, arrays } = this.data;
    const theme = themeOf(this.list);
    const canvases = this.list.querySelectorAll("canvas");
    rows.forEach((row, i) => {
      const table = arrays[`${row.signed ? "diverging" : "sequential"}-${theme}`].values;
      paint(canvases[i], row, arrays[`maps${i}`], /** @type {Uint8Array} */ (table));
    });
  }
}

/**
 * @param {LayerRow} row
 * @param {(layer: string) => void} open
 */
function rowElement(row, open) {
  const range = `${significant(row.low, 3)} to ${significant(row.high, 3)}`;
  const facts = `${row.kind} · ${row.shape} · ${range}`;
  const words = element(
    "span",
    {},
    element("span", { className: "name", textContent: row.title }),
    element("span", { className: "facts", textContent: facts }),
  );
  const strip = element("span", { className: "strip" }, element("canvas"));
  const what = row.vector ? "all values" : `channels ${row.channels.join(", ")}`;
  const button = element(
    "button",
    { type: "button", className: "row", title: `${facts} · ${what}` },
    words,
    strip,
  );
  button.ariaLabel = `Open ${row.title}, ${facts}`;
  button.onclick = () => open(row.layer);
  return element("li", {}, button);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {LayerRow} row
 * @param {import("../../components/frontend/message.js").NamedArray} array
 * @param {Uint8Array} table
 */
function paint(canvas, { signed, limit, vector }, { shape, values }, table) {
  const room = canvas.parentElement?.clientWidth;
  if (!room) return;
  const [count, rows, columns] = shape;
  const { places, wide, high } = stripLayout(room, count, [rows, columns], vector);
  const across = places[places.length - 1] + wide;
  Object.assign(canvas.style, { width: `${across}px`, height: `${high}px` });
  const context = sharpContext(canvas, across, high);
  context.clearRect(0, 0, across, high);
  context.imageSmoothingEnabled = false;
  const ends = { low: signed ? -limit : 0, high: limit };
  places.forEach((x, i) => {
    const map = pictureOf([rows, columns], values, i * rows * columns, table, ends);
    context.drawImage(map, x, 0, wide, high);
  });
}

/** @type {import("../../components/frontend/component.js").Component<Uint8Array>} */
export default component(
  (root) => withPicture(root, new LayerStrips(root)),
  (view, { data, setTriggerValue }) =>
    view.show(unpack(data), (layer) => setTriggerValue("open", layer)),
);
