// Layout of a graph: positions of nodes, from the innermost module outward, and paths of edges.

/** @typedef {[source: number, target: number, shape: string, lane: number | null]} Edge  between
 *   children: -1 is the module's input, the number of children its output; a lane bypasses rows */
/**
 * @typedef {object} Node  a layer or a module, placed by cnnviz.models.structure
 * @property {string} id
 * @property {string} name  dotted name
 * @property {string} label
 * @property {string} kind
 * @property {string} role
 * @property {string} hue
 * @property {string} input  shape
 * @property {string} output  shape
 * @property {string} weights  number of its parameters in words; "" for none
 * @property {string} [window]
 * @property {string} [pick]  layer that the server is told when this is selected
 * @property {[name: string, value: string][]} facts
 * @property {number} rank  row within the module
 * @property {number} column
 * @property {number} lanes  of edges that skip rows
 * @property {Node[]} children
 * @property {Edge[]} edges
 */
/**
 * @typedef {object} Place  position of a node, in px from the middle of its upper edge
 * @property {Node} node
 * @property {number} left  extent to the left
 * @property {number} right  extent to the right
 * @property {number} high  height
 * @property {number} x  of its middle, within the module
 * @property {number} y  of its upper edge
 * @property {Inside | null} inside  null for a closed one
 */
/**
 * @typedef {object} Inside  contents of an open module
 * @property {Place[]} places  of its children
 * @property {number[]} tops  of the rows
 * @property {number} edge  x of the first lane
 */
/** @typedef {[x: number, y: number]} Point */

export const BOX = { width: 200, height: 56 }; // px
export const RADIUS = 17; // px, of a node that merges tensors
export const HEAD = 28; // px, title of an open module
/** @type {Record<string, string>} */
export const SYMBOLS = { add: "+", mul: "×", cat: "cat" };

const GAP = 26; // px between columns
const ROWS = 30; // px between rows
const PAD = 16; // px around the children
const LANE = 9; // px between lanes
const LEAST = 60; // px, least extent of an open module to each side

/**
 * Return the extent of a node and the positions of its children.
 *
 * @param {Node} node
 * @param {Set<string>} opened  ids of the open modules
 * @returns {Place}
 */
export function layOut(node, opened) {
  if (!opened.has(node.id)) {
    const round = node.role in SYMBOLS;
    const half = round ? RADIUS : BOX.width / 2;
    const high = round ? 2 * RADIUS : BOX.height;
    return { node, left: half, right: half, high, x: 0, y: 0, inside: null };
  }
  const places = node.children.map((child) => layOut(child, opened));
  const ranks = node.children.map((child) => child.rank);
  const rows = Array.from({ length: Math.max(-1, ...ranks) + 1 }, (_, rank) =>
    places.filter((_, i) => ranks[i] === rank),
  );
  const beside = rows.some((row) => row.length > 1);
  const pitch = beside ? Math.max(...places.map(({ left, right }) => left + right)) + GAP : 0;
  for (const place of places) place.x = place.node.column * pitch;
  const tops = [];
  let y = HEAD + ROWS;
  for (const row of rows) {
    tops.push(y);
    const high = Math.max(0, ...row.map((place) => place.high));
    for (const place of row) place.y = y + (high - place.high) / 2;
    y += high + ROWS;
  }
  const left = Math.max(LEAST, ...places.map((place) => place.left - place.x));
  const edge = Math.max(LEAST, ...places.map((place) => place.right + place.x)) + LANE;
  const right = node.lanes ? edge + node.lanes * LANE : edge - LANE;
  const inside = { places, tops, edge };
  return { node, left: left + PAD, right: right + PAD, high: y, x: 0, y: 0, inside };
}

/**
 * Return the course of an edge within an open module: start, last bend, end and SVG path.
 *
 * The origin is the middle of the module's upper edge.
 *
 * @param {Place} place
 * @param {Edge} edge
 */
export function course({ node, high, inside }, [source, target, , lane]) {
  const { places, tops, edge } = inside ?? { places: [], tops: [], edge: 0 };
  const from = places[source];
  const to = places[target];
  const fromRank = from ? node.children[source].rank : -1;
  const toRank = to ? node.children[target].rank : tops.length;
  const above = (/** @type {number} */ rank) => (rank < tops.length ? tops[rank] : high) - 4;
  /** @type {Point} */
  const start = from ? [from.x, from.y + from.high] : [0, HEAD];
  /** @type {Point} */
  const end = to ? [to.x, to.y] : [0, high];
  let bend = start;
  let path = `M${start}`;
  if (lane !== null) {
    const side = edge + lane * LANE;
    path += curve(start, [side, Math.max(above(fromRank + 1), start[1] + 12)]);
    bend = [side, above(toRank) - ROWS + 8];
    path += `L${bend}`;
  } else if (toRank > fromRank + 1) {
    bend = [start[0], above(toRank) - ROWS + 8];
    path += `L${bend}`;
  } else if (above(fromRank + 1) - ROWS + 4 > start[1]) {
    bend = [start[0], above(fromRank + 1) - ROWS + 4];
    path += `L${bend}`;
  }
  return { start, bend, end, path: path + curve(bend, end) };
}

/**
 * @param {Point} from
 * @param {Point} to
 */
function curve([x1, y1], [x2, y2]) {
  const bend = Math.max(6, (y2 - y1) / 2);
  return `C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2}`;
}
