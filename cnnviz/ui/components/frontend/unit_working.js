// The result of a unit, its numbers in cells, and its equations.

import { largestMagnitude } from "./colors.js";
import { element } from "./elements.js";
import { afterEquations, equationsOf, full, gridsOf, short } from "./unit_equations.js";
import { box, span, tint } from "./unit_figure.js";
import { summaryOf } from "./unit_summary.js";

/** @typedef {import("./unit_arithmetic.js").Contributions} Contributions */
/** @typedef {import("./unit_equations.js").Result} Result */
/** @typedef {{ channel: number, within: number, row: number, column: number }} Weight  of a kernel */

const ROUNDING = 1e-4; // largest relative difference that float32 sums may have
const BELOW = ["sum", "max", "mean", "softmax"]; // rules whose equations are below the maps

export class Working {
  constructor() {
    this.summary = element("p", { className: "worked-summary" });
    this.layer = element("p", { className: "worked-line" });
    this.result = element("output", { className: "worked-result", ariaLive: "polite" });
    this.through = box("through"); // between the maps
    this.equations = element("section", { className: "worked-arithmetic" });
    /** @type {((weight: Weight) => void) | null} */
    this.onWeight = null; // called with the clicked cell of a kernel
    const none = { table: new Uint8Array(), paper: "", ink: null };
    /** @type {Record<"signed" | "input", import("./unit_figure.js").ValueColors>} */
    this.colors = { signed: none, input: none };
  }

  /**
   * @param {Result} result
   * @param {Contributions} contributions
   */
  show(result, contributions) {
    const { run, unit, value } = result;
    const [, height, width] = run.output.shape;
    const tensor = run.output.values[(unit.channel * height + unit.row) * width + unit.column];
    const difference = Math.abs(value - tensor) / Math.max(1, Math.abs(tensor));
    const where = `Channel ${unit.channel}, row ${unit.row}, column ${unit.column}: `;
    const check = `The network's own output: ${full(tensor)}; ${sameness(difference)}.`;
    const shown = element("b", { className: "worked-value", textContent: full(value) });
    this.summary.textContent = summaryOf(result);
    this.result.replaceChildren(span("where", where), shown);
    this.result.dataset.value = String(value);
    this.result.dataset.tensor = String(tensor);
    this.layer.replaceChildren(`${run.layer}, ${run.kind}`, span("check", check));
    const equations = equationsOf(result).map(paragraph);
    const below = BELOW.includes(run.rule);
    const grids = gridsOf(result).map((grid) => this.grid(grid, result, contributions));
    this.showThrough(grids, below ? [] : equations);
    const after = afterEquations(run, value).map(paragraph);
    this.equations.replaceChildren(...(below ? equations : []), ...after);
  }

  /**
   * Show the numbers between the maps, and keep the focus on its cell.
   *
   * @param {HTMLElement[]} grids
   * @param {HTMLElement[]} equations
   */
  showThrough(grids, equations) {
    const { activeElement } = /** @type {ShadowRoot} */ (this.through.getRootNode());
    const focused = /** @type {HTMLButtonElement} */ (activeElement);
    const held = [...this.through.querySelectorAll("button")].indexOf(focused);
    this.through.replaceChildren(...(grids.length ? [box("grids", ...grids)] : []), ...equations);
    if (held >= 0) this.through.querySelectorAll("button")[held]?.focus();
  }

  /**
   * Return numbers in colored cells; those of a kernel can be selected.
   *
   * @param {import("./unit_equations.js").Grid} grid
   * @param {Result} result
   * @param {Contributions} contributions
   */
  grid({ title, values, columns, scale }, { unit, chosen }, { inputs, limit: limits }) {
    const limit = scale === "own" ? largestMagnitude(values) || 1 : limits[scale];
    const size = columns > 7 ? " worked-tiny" : columns > 5 ? " worked-little" : "";
    const cells = Array.from(values, (x, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const { onWeight } = this;
      const button = scale === "kernel" && onWeight !== null;
      const cell = button ? element("button", { type: "button" }) : element("span");
      cell.className = "worked-cell";
      cell.textContent = short(x);
      cell.title = full(x);
      if (button) {
        cell.ariaLabel = `Weight at row ${row}, column ${column}: ${full(x)}`;
        const within = chosen.channel - inputs[0];
        cell.onclick = () => onWeight({ channel: unit.channel, within, row, column });
      }
      tint(cell, x, limit, scale === "input" ? this.colors.input : this.colors.signed);
      return cell;
    });
    const body = element("div", { className: `worked-cells${size}` }, ...cells);
    body.style.gridTemplateColumns = `repeat(${columns}, auto)`;
    const caption = element("figcaption", { textContent: title });
    return element("figure", { className: "worked-grid" }, caption, body);
  }
}

/**
 * Say whether two results agree.
 *
 * @param {number} difference  relative
 */
export function sameness(difference) {
  const relative = `relative difference ${difference.toExponential(0)}`;
  if (difference === 0) return "exactly the same";
  return difference < ROUNDING ? `the same up to rounding (${relative})` : relative;
}

/** @param {import("./unit_equations.js").Equation} equation */
const paragraph = ({ text, total }) =>
  element("p", { className: `worked-equation${total ? " worked-total" : ""}`, textContent: text });
