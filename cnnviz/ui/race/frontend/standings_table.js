// A table whose numbers are updated in place several times a second.

import { element, find, resized } from "../../components/frontend/elements.js";
import { themeValue } from "../../components/frontend/theme.js";

/**
 * @typedef {object} StandingsData
 * @property {{ text: string, help: string }[]} heads
 * @property {{ color: number, cells: [text: string, small: string][] }[]} rows  the second cell
 *   has a swatch of the color with that number
 */

/**
 * @param {HTMLElement} cell
 * @param {[text: string, small: string]} content
 * @param {string | null} swatch
 */
function fill(cell, [text, small], swatch) {
  const shown = JSON.stringify([text, small, swatch]);
  if (cell.dataset.shown === shown) return;
  cell.dataset.shown = shown;
  cell.replaceChildren(text);
  if (swatch) {
    const dot = element("i");
    dot.style.background = swatch;
    cell.prepend(dot);
  }
  if (small) cell.append(element("small", { textContent: small }));
}

/** @type {import("../../components/frontend/component.js").Component<StandingsData>} */
export default function standingsTable({ data, parentElement }) {
  const colors = themeValue(
    find(parentElement, "table"),
    "chart-categorical-colors",
    "#0072b2",
  ).split(",");
  const header = find(parentElement, "thead tr");
  resized(header, data.heads.length, () => element("th", { scope: "col" })).forEach((head, k) => {
    head.textContent = data.heads[k].text;
    head.title = data.heads[k].help;
  });
  const body = find(parentElement, "tbody");
  resized(body, data.rows.length, () => element("tr")).forEach((row, r) => {
    const { color, cells } = data.rows[r];
    resized(row, cells.length, () => element("td")).forEach((cell, k) =>
      fill(cell, cells[k], k === 1 ? colors[color % colors.length] : null),
    );
  });
  return () => {};
}
