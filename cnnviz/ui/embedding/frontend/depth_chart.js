// Class separation by layer, of one or two networks.

import { svg } from "../../components/frontend/elements.js";
import { percent } from "../../components/frontend/numbers.js";
import { tickText } from "../../components/frontend/scales.js";

/** @typedef {import("./embedding_view.js").Network} Network */

const SIZE = { height: 192, left: 44, right: 14, top: 8, bottom: 26 }; // CSS pixels
const LETTER = 6.5; // CSS pixels, width of a character
const COLORS = ["var(--st-primary-color)", "var(--st-text-color)"];

/**
 * Return the lower end of the vertical axis: a tenth below all intervals.
 *
 * @param {Network[]} networks
 */
export function floorOf(networks) {
  const lows = networks.flatMap(({ layers }) =>
    layers.flatMap((layer) => (layer.ready ? [layer.separation[1]] : [])),
  );
  return Math.floor(10 * Math.min(...lows, 0.9)) / 10;
}

/**
 * Draw the chart with a marked layer.
 *
 * @param {SVGElement} picture
 * @param {number} width  CSS pixels
 * @param {Network[]} networks
 * @param {number[]} shown  the marked layer of each network
 * @param {(layer: number) => void} choose  called with a clicked layer of the first network
 */
export function drawDepth(picture, width, networks, shown, choose) {
  const { height, left, right, top, bottom } = SIZE;
  const floor = floorOf(networks);
  const base = height - bottom;
  const x = (/** @type {number} */ n, /** @type {number} */ layer) =>
    left + ((width - left - right) * layer) / Math.max(networks[n].layers.length - 1, 1);
  const y = (/** @type {number} */ share) => base - ((base - top) * (share - floor)) / (1 - floor);
  const now = { x1: x(0, shown[0]), x2: x(0, shown[0]), y1: top, y2: base };
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.replaceChildren(
    ...[floor, (1 + floor) / 2, 1].flatMap((share) => [
      svg("line", { class: "grid", x1: left, x2: width - right, y1: y(share), y2: y(share) }),
      svg("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, tickText(share, "%")),
    ]),
    svg("line", { class: "now", ...now }),
    ...networks.flatMap((network, n) => line(network, n, shown[n], (l) => x(n, l), y)),
    ...names(networks, shown[0], width, (l) => x(0, l), choose),
  );
}

/**
 * @param {Network} network
 * @param {number} n
 * @param {number} shown
 * @param {(layer: number) => number} x
 * @param {(share: number) => number} y
 */
function line({ layers }, n, shown, x, y) {
  const stroke = COLORS[n];
  const d = layers
    .map((layer, l) => {
      if (!layer.ready) return "";
      return `${layers[l - 1]?.ready ? "L" : "M"}${x(l)} ${y(layer.separation[0])}`;
    })
    .join(" ");
  const dots = layers.flatMap((layer, l) => {
    if (!layer.ready) return [];
    const [value, low, high] = layer.separation;
    const title = svg("title", {}, `${layer.title}: ${percent(value)}`);
    const r = l === shown ? 6 : 4;
    return [
      svg("line", { class: "bounds", stroke, x1: x(l), x2: x(l), y1: y(low), y2: y(high) }),
      svg("circle", { cx: x(l), cy: y(value), r, fill: stroke }, title),
    ];
  });
  return [
    svg("path", { class: "line", stroke, "stroke-dasharray": n ? "5 4" : "none", d }),
    ...dots,
  ];
}

/**
 * Return the names of layers, where there is room, and their clickable areas.
 *
 * @param {Network[]} networks
 * @param {number} shown
 * @param {number} width
 * @param {(layer: number) => number} x
 * @param {(layer: number) => void} choose
 */
function names(networks, shown, width, x, choose) {
  const most = Math.max(...networks.map(({ layers }) => layers.length));
  const room = (width - SIZE.left - SIZE.right) / most;
  return networks[0].layers.flatMap(({ short }, l) => {
    const area = { x: x(l) - room / 2, y: 0, width: room, height: SIZE.height };
    const hit = svg("rect", { class: "hit", ...area });
    hit.addEventListener("click", () => choose(l));
    const fits = room > LETTER * short.length + 8;
    if (!fits && l !== shown) return [hit];
    const side = x(l) > width - 60 ? "end" : x(l) < 80 ? "start" : "middle";
    const place = { x: x(l), y: SIZE.height - 8, "text-anchor": fits ? "middle" : side };
    return [svg("text", place, short), hit];
  });
}

/**
 * Describe the separation of the marked layers.
 *
 * @param {Network[]} networks
 * @param {number[]} shown
 */
export function separations(networks, shown) {
  const several = networks.length > 1;
  return networks
    .flatMap(({ title, layers }, n) => {
      const layer = layers[shown[n]];
      if (!layer?.ready) return [];
      const [value, low, high] = layer.separation.map((share) => percent(share));
      const name = several ? `${title}${n ? " (dashed)" : " (solid)"}` : layer.short;
      return [`${name}: ${value} (95% interval ${low} to ${high})`];
    })
    .join("; ");
}

/**
 * Describe all separations, for screen readers.
 *
 * @param {Network[]} networks
 */
export const allSeparations = (networks) =>
  networks
    .map(({ title, layers }) => {
      const texts = layers.flatMap((layer) =>
        layer.ready ? [`${layer.short} ${percent(layer.separation[0])}`] : [],
      );
      return `${title}: ${texts.join(", ")}`;
    })
    .join(". ");
