// Confusion matrices side by side. The cell under the pointer is marked in all; a click or Enter
// selects it; arrow keys move from cell to cell.

import { component } from "./component.js";
import { element, find } from "./elements.js";
import { withPicture } from "./picture.js";
import { arrow } from "./pointer.js";
import { textOn, themeOf } from "./theme.js";

/** @typedef {[red: number, green: number, blue: number]} Color */
/** @typedef {[matrix: number, row: number, column: number]} Cell */
/**
 * @typedef {object} ConfusionData
 * @property {string[]} names  of the matrices
 * @property {string[]} notes
 * @property {number[][][]} counts  per matrix: rows are true digits, columns predictions
 * @property {number} most  the largest count off the diagonals
 * @property {Cell | null} chosen
 * @property {boolean} chooses  whether cells can be clicked
 * @property {{ light: Color[], dark: Color[] }} scale  256 colors
 */

class Matrix {
  /**
   * @param {number} size
   * @param {(row: number, column: number) => HTMLButtonElement} newCell
   */
  constructor(size, newCell) {
    const digits = [...Array(size).keys()];
    const table = element("table");
    const header = table.createTHead().insertRow();
    header.append(heading("", "col"), ...digits.map((digit) => heading(String(digit), "col")));
    const body = table.createTBody();
    this.cells = digits.map((row) => {
      const line = body.insertRow();
      line.append(heading(String(row), "row"));
      return digits.map((column) => {
        const button = newCell(row, column);
        line.append(element("td", { className: row === column ? "right" : "" }, button));
        return button;
      });
    });
    this.caption = element("figcaption");
    const axes = "Rows: true class. Columns: predicted class. Cells: counts.";
    const note = element("p", { className: "axis", textContent: axes });
    this.figure = element("figure", {}, this.caption, table, note);
  }
}

/**
 * @param {string} text
 * @param {string} scope
 */
const heading = (text, scope) => element("th", { scope, textContent: text });

class Confusions {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = find(root, ".confusions");
    /** @type {Matrix[]} */
    this.matrices = [];
    /** @type {(cell: Cell) => void} */
    this.choose = () => {};
  }

  /**
   * @param {ConfusionData} data
   * @param {(cell: Cell) => void} choose
   */
  show(data, choose) {
    this.choose = choose;
    const sizes = data.counts.map((counts) => counts.length);
    if (sizes.join() !== this.matrices.map((matrix) => matrix.cells.length).join()) {
      this.matrices = sizes.map((size, k) => new Matrix(size, (...at) => this.newCell(k, ...at)));
      this.root.replaceChildren(...this.matrices.map((matrix) => matrix.figure));
    }
    const scale = data.scale[themeOf(this.root)];
    this.matrices.forEach((matrix, k) => {
      matrix.caption.replaceChildren(
        data.names[k],
        element("small", { textContent: data.notes[k] }),
      );
      matrix.cells.forEach((line, row) =>
        line.forEach((button, column) => fill(button, data, scale, [k, row, column])),
      );
    });
  }

  /**
   * @param {number} matrix
   * @param {number} row
   * @param {number} column
   */
  newCell(matrix, row, column) {
    const button = element("button", { type: "button", tabIndex: row || column ? -1 : 0 });
    const mark = (/** @type {boolean} */ on) => {
      for (const { cells } of this.matrices) cells[row][column].classList.toggle("twin", on);
    };
    button.onpointerenter = () => mark(true);
    button.onpointerleave = () => mark(false);
    button.onclick = () => {
      if (button.ariaDisabled === "false") this.choose([matrix, row, column]);
    };
    button.onkeydown = (event) => {
      const step = arrow(event);
      if (!step) return;
      event.preventDefault();
      const next = this.matrices[matrix].cells[row + step[0]]?.[column + step[1]];
      if (!next) return;
      button.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    };
    return button;
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {ConfusionData} data
 * @param {Color[]} scale
 * @param {Cell} cell
 */
function fill(button, data, scale, cell) {
  const [matrix, row, column] = cell;
  const count = data.counts[matrix][row][column];
  const wrong = row !== column;
  button.textContent = count || !wrong ? String(count) : "";
  button.ariaDisabled = String(!count || !data.chooses); // not `disabled`: arrow keys still reach it
  button.ariaPressed = String(data.chosen?.join() === cell.join());
  button.ariaLabel = `${data.names[matrix]}: ${count} of class ${row} predicted as ${column}`;
  button.title = `${count} × class ${row}, predicted as ${column}`;
  const color = wrong && count ? scale[Math.round((255 * count) / data.most)] : null;
  button.style.setProperty("--fill", color && `rgb(${color})`);
  button.style.setProperty("--ink", color && textOn(color));
}

/** @type {import("./component.js").Component<ConfusionData>} */
export default component(
  (root) => withPicture(root, new Confusions(root)),
  (view, { data, setStateValue }) => view.show(data, (cell) => setStateValue("cell", cell)),
);
