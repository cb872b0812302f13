// Rows of small pictures: filters, or digits with predictions. They are repainted in place; a tip
// shows the value under the pointer. If tiles can be selected, a click sends the trigger "choose":
// [group, tile].

import { largestMagnitude, pictureOf } from "./colors.js";
import { component } from "./component.js";
import { childrenOf, contextOf, element } from "./elements.js";
import { unpack } from "./message.js";
import { cellAt } from "./pointer.js";
import { themeOf } from "./theme.js";

/**
 * @typedef {object} Tile
 * @property {string} [label]  below the picture
 * @property {boolean} [wrong]  whether the label is a wrong answer
 * @property {string} name  description of the picture
 * @property {[left: number, top: number, right: number, bottom: number][]} [boxes]  shares of sides
 */
/**
 * @typedef {object} Group
 * @property {string} title
 * @property {string} [note]
 * @property {number} width  pixels of each picture
 * @property {number} height
 * @property {number} scale  CSS pixels per pixel
 * @property {boolean} signed  whether the color scale is centered at zero
 * @property {Tile[]} tiles  whose values are in the array "<group>.<tile>"
 */
/** @typedef {import("./message.js").Message<{ chooses: boolean, groups: Group[] }>} TilesMessage */

const BOX = "#e69f00";

class Section {
  /** @param {number} count  number of pictures */
  constructor(count) {
    this.title = element("div", { className: "title" });
    this.items = Array.from({ length: count }, () =>
      element("li", {}, element("canvas"), element("span")),
    );
    this.tip = element("div", { className: "tip" });
    this.root = element("section", {}, this.title, element("ul", {}, ...this.items), this.tip);
  }

  /**
   * @param {Group} group
   * @param {ArrayLike<number>[]} pictures
   * @param {Uint8Array} table
   * @param {((tile: number) => void) | null} choose
   */
  show(group, pictures, table, choose) {
    this.title.replaceChildren(group.title, element("small", { textContent: group.note ?? "" }));
    const limit = group.signed
      ? Math.max(...pictures.map((values) => largestMagnitude(values))) || 1
      : 1;
    group.tiles.forEach((tile, i) => {
      const item = this.items[i];
      const [canvas, label] = /** @type {[HTMLCanvasElement, HTMLElement]} */ (childrenOf(item));
      item.className = tile.wrong ? "wrong" : "";
      label.textContent = tile.label ?? "";
      label.hidden = !tile.label;
      canvas.ariaLabel = tile.name;
      canvas.role = choose ? "button" : "img";
      canvas.tabIndex = choose ? 0 : -1;
      canvas.onclick = choose && (() => choose(i));
      canvas.onkeydown =
        choose &&
        ((event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          choose(i);
        });
      paint(canvas, group, tile, pictures[i], table, limit);
      canvas.onpointermove = (event) => {
        const box = canvas.getBoundingClientRect();
        const [row, column] = cellAt(event, box, group.height, group.width);
        const value = pictures[i][row * group.width + column];
        const text = Number.isNaN(value) ? "outside the image" : `= ${value.toFixed(4)}`;
        this.tip.textContent = `${tile.name}: row ${row}, column ${column} ${text}`;
      };
      canvas.onpointerleave = () => {
        this.tip.textContent = "";
      };
    });
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Group} group
 * @param {Tile} tile
 * @param {ArrayLike<number>} values
 * @param {Uint8Array} table
 * @param {number} limit
 */
function paint(canvas, { width, height, scale, signed }, tile, values, table, limit) {
  Object.assign(canvas, { width, height });
  canvas.style.width = `${width * scale}px`;
  canvas.style.height = `${height * scale}px`;
  const context = contextOf(canvas);
  const ends = { low: signed ? -limit : 0, high: limit };
  context.drawImage(pictureOf([height, width], values, 0, table, ends), 0, 0);
  context.strokeStyle = BOX;
  for (const [left, top, right, bottom] of tile.boxes ?? []) {
    const [x, y] = [Math.round(left * width), Math.round(top * height)];
    const [across, down] = [(right - left) * width, (bottom - top) * height].map(Math.round);
    context.strokeRect(x - 0.5, y - 0.5, across + 1, down + 1);
  }
}

class Tiles {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = /** @type {HTMLElement} */ (root.querySelector(".groups"));
    /** @type {Section[]} */
    this.sections = [];
  }

  /**
   * @param {TilesMessage} message
   * @param {(tile: [group: number, tile: number]) => void} choose
   */
  show({ chooses, groups, arrays }, choose) {
    const counts = groups.map((group) => group.tiles.length);
    if (counts.join() !== this.sections.map((section) => section.items.length).join()) {
      this.sections = counts.map((count) => new Section(count));
      this.root.replaceChildren(...this.sections.map((section) => section.root));
    }
    const diverging = arrays[`diverging-${themeOf(this.root)}`].values;
    const ink = arrays["ink-dark"].values; // light ink on a dark background, as the network receives it
    groups.forEach((group, i) => {
      const pictures = group.tiles.map((_, j) => arrays[`${i}.${j}`].values);
      const table = /** @type {Uint8Array} */ (group.signed ? diverging : ink);
      this.sections[i].show(group, pictures, table, chooses ? (tile) => choose([i, tile]) : null);
    });
  }
}

/** @type {import("./component.js").Component<Uint8Array>} */
export default component(
  (root) => new Tiles(root),
  (view, { data, setTriggerValue }) =>
    view.show(unpack(data), (tile) => setTriggerValue("choose", tile)),
);
