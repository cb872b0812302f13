// A network's graph as SVG.

import { svg } from "../../components/frontend/elements.js";
import { BOX, course, HEAD, RADIUS, SYMBOLS } from "./graph_layout.js";

/** @typedef {import("./graph_layout.js").Node} Node */
/** @typedef {import("./graph_layout.js").Edge} Edge */
/** @typedef {import("./graph_layout.js").Place} Place */
/** @typedef {import("./graph_layout.js").Point} Point */
/** @typedef {{ group: SVGGElement, x: number, y: number }} Drawn  a node, middle of its upper edge */

const LETTER = 5.2; // px, width of a character of a shape
const TITLE_LETTER = 6.6; // px, width of a character of a title

/**
 * @param {string} text
 * @param {number} most  characters
 */
const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export class GraphDrawing {
  constructor() {
    /** @type {Map<string, Drawn>} */
    this.drawn = new Map(); // in the order of execution
  }

  /**
   * Return the outermost module's children, its input and its output.
   *
   * @param {Place} whole
   */
  draw(whole) {
    const { node, high } = whole;
    return [
      ...this.children(whole, [0, 0], 0),
      svg("text", { class: "port", x: 0, y: 14 }, `input ${node.input}`),
      svg("text", { class: "port", x: 0, y: high + 14 }, `output ${node.output}`),
    ];
  }

  /**
   * Return the contents of an open module: edges below nodes.
   *
   * @param {Place} place
   * @param {Point} origin  middle of its upper edge
   * @param {number} depth
   */
  children(place, [x, y], depth) {
    const { edges } = place.node;
    const count = (/** @type {0 | 1} */ end) => Map.groupBy(edges, (edge) => edge[end]);
    const [leaving, entering] = [count(0), count(1)];
    const skipping = new Set(edges.filter((edge) => edge[3] !== null).map((edge) => edge[0]));
    const lines = edges.flatMap((edge) => {
      const alone = {
        leaves: leaving.get(edge[0])?.length === 1,
        enters: entering.get(edge[1])?.length === 1,
      };
      return drawEdge(place, edge, [x, y], alone, skipping.has(edge[0]));
    });
    const nodes = (place.inside?.places ?? []).map((child) =>
      this.node(child, [x + child.x, y + child.y], depth + 1),
    );
    return [svg("g", {}, ...lines), ...nodes];
  }

  /**
   * @param {Place} place
   * @param {Point} corner  middle of its upper edge
   * @param {number} depth  1 for children of the outermost module
   * @returns {SVGGElement}
   */
  node(place, [x, y], depth) {
    const { node, inside } = place;
    const group = svg(
      "g",
      {
        class: "node",
        role: "treeitem",
        tabindex: "-1",
        "data-id": node.id,
        "aria-label": `${node.label}, ${node.kind}, output ${node.output}`,
        "aria-level": depth,
      },
      svg("title", {}, `${node.name || node.label} · ${node.kind} · ${node.output}`),
    );
    if (node.children.length) group.setAttribute("aria-expanded", String(Boolean(inside)));
    group.style.setProperty("--hue", `var(--${node.hue})`);
    this.drawn.set(node.id, { group, x, y });
    if (inside) group.append(...frame(place, [x, y]), ...this.children(place, [x, y], depth));
    else if (node.role in SYMBOLS)
      group.append(
        svg("circle", { class: "round", cx: x, cy: y + RADIUS, r: RADIUS }),
        svg("text", { class: "symbol", x, y: y + RADIUS }, SYMBOLS[node.role]),
      );
    else group.append(...box(node, [x - BOX.width / 2, y]));
    return group;
  }
}

/**
 * Return the frame and the title of an open module.
 *
 * @param {Place} place
 * @param {Point} corner  middle of its upper edge
 */
function frame({ node, left, right, high }, [x, y]) {
  const size = { x: x - left, y, width: left + right, rx: 8 };
  const title = `▾ ${node.label}  ${node.kind === node.label ? "" : node.kind}`;
  const room = Math.floor((left + right - 20) / TITLE_LETTER);
  return [
    svg("rect", { class: "frame", ...size, height: high }),
    svg("rect", { class: "head-area", ...size, height: HEAD }),
    svg("text", { class: "name", x: x - left + 10, y: y + 18 }, cut(title, room)),
  ];
}

/**
 * Return a layer, or a closed module.
 *
 * @param {Node} node
 * @param {Point} corner  upper left
 */
function box(node, [x, y]) {
  const size = { width: BOX.width, height: BOX.height, rx: 6 };
  const opens = node.children.length > 0;
  const window = node.window ? ` ${node.window.split(", padding")[0]}` : "";
  const back = opens ? [svg("rect", { class: "back", ...size, x: x + 4, y: y + 4 })] : [];
  return [
    ...back,
    svg("rect", { class: "box", ...size, x, y }),
    svg("rect", { class: "tint", ...size, x, y }),
    svg("rect", { class: "bar", x, y: y + 4, width: 4, height: BOX.height - 8, rx: 2 }),
    svg(
      "text",
      { class: "name", x: x + 12, y: y + 17 },
      cut(`${opens ? "▸ " : ""}${node.label}`, 24),
    ),
    svg("text", { class: "kind", x: x + 12, y: y + 32 }, cut(`${node.kind}${window}`, 30)),
    svg(
      "text",
      { class: "out", x: x + 12, y: y + 47 },
      cut([node.output, node.weights].filter(Boolean).join(" · "), 36),
    ),
  ];
}

/**
 * Return an edge, and its tensor's shape where there is room for it.
 *
 * @param {Place} place  the module
 * @param {Edge} edge
 * @param {Point} origin  middle of the module's upper edge
 * @param {{ leaves: boolean, enters: boolean }} alone  whether no other edge shares that end
 * @param {boolean} laneBeside  whether a lane starts at the same node
 */
function drawEdge(place, edge, [x, y], alone, laneBeside) {
  const [, target, shape, lane] = edge;
  const { start, bend, end, path } = course(place, edge);
  const last = target === place.node.children.length;
  const line = svg(
    "path",
    {
      class: lane === null ? "edge" : "edge skip",
      d: path,
      transform: `translate(${x} ${y})`,
      "marker-end": last ? "" : "url(#tip)",
    },
    svg("title", {}, shape),
  );
  const at = shapePlace(shape, { start, bend, end, lane }, alone, laneBeside);
  if (!at) return [line];
  const {
    className,
    place: [textX, textY],
    turned,
  } = at;
  const where = `translate(${x + textX} ${y + textY})${turned ? " rotate(-90)" : ""}`;
  return [line, svg("text", { class: className, transform: where }, shape)];
}

/**
 * Return the position of a shape: at an end that no other edge shares, or along its lane.
 *
 * @param {string} shape
 * @param {{ start: Point, bend: Point, end: Point, lane: number | null }} course
 * @param {{ leaves: boolean, enters: boolean }} alone
 * @param {boolean} laneBeside
 * @returns {{ className: string, place: Point, turned: boolean } | null}
 */
export function shapePlace(shape, { start, bend, end, lane }, alone, laneBeside) {
  if (lane !== null) {
    const [side, turn] = bend;
    if (turn - start[1] < LETTER * shape.length + 40) return null;
    return { className: "shape along", place: [side, (start[1] + turn) / 2], turned: true };
  }
  if (!alone.enters && !alone.leaves) return null;
  const [x, y] = alone.enters ? [end[0], end[1] - 11] : [start[0], start[1] + 13];
  const [other] = alone.enters ? start : end;
  const left = other > x || (laneBeside && other === x); // away from the bend
  const className = left ? "shape left" : "shape";
  return { className, place: [left ? x - 7 : x + 7, y], turned: false };
}
