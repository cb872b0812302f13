// A canvas with the boxes found on it. Pointing at a query shows where it looked; a click keeps it.
//
// data: Uint8Array = header length (uint32), JSON header, then float32: the canvas, 0 to 1, and the
//   attention of each query over the grid.
// header: { label, side, grid: [rows, columns],
//   queries: [{ digit, confidence, nothing, box: [left, top, right, bottom], found }] }

const VIEWS = new WeakMap();
const HEAT = [230, 159, 0];
const FINE = 256; // pixels on a side to which attention is drawn
const SVG = "http://www.w3.org/2000/svg";

function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const values = new Float32Array(bytes.slice(4 + length).buffer);
  const places = header.grid[0] * header.grid[1];
  header.ink = values.subarray(0, header.side ** 2);
  header.queries.forEach((query, i) => {
    const start = header.side ** 2 + i * places;
    query.attention = values.subarray(start, start + places);
    query.most = Math.max(...query.attention);
  });
  return header;
}

function percent(share) {
  return share > 0.9995 ? ">99.9%" : `${(100 * share).toFixed(1)}%`;
}

function said({ digit, confidence, nothing, found }) {
  if (found) return [String(digit), percent(confidence)];
  return ["nothing", nothing > 0.5 ? percent(nothing) : `${digit}: ${percent(confidence)}`];
}

function paintInk(canvas, { side, ink }) {
  canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  const colors = new Uint32Array(image.data.buffer);
  ink.forEach((value, i) => (colors[i] = 0xff000000 | (Math.round(value * 255) * 0x010101)));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Attention from clear to orange, each query by its own largest value, smoothly enlarged.
function paintHeat(canvas, query, [rows, columns]) {
  canvas.width = canvas.height = FINE;
  if (!query) return;
  const small = document.createElement("canvas");
  small.width = columns;
  small.height = rows;
  const image = new ImageData(columns, rows);
  query.attention.forEach((value, i) => image.data.set([...HEAT, Math.round((215 * value) / query.most)], 4 * i));
  small.getContext("2d").putImageData(image, 0, 0);
  const g = canvas.getContext("2d");
  g.imageSmoothingQuality = "high";
  g.drawImage(small, 0, 0, FINE, FINE);
}

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

function paintBoxes(svg, queries, side, active, labels) {
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  const shown = queries.filter((query) => query.found || query === active);
  const taken = []; // where labels are: two boxes on one digit would write over each other
  svg.replaceChildren(
    ...shown.flatMap((query) => {
      const [left, top, right, bottom] = query.box.map((share) => share * side);
      const other = active && query !== active ? "other" : "";
      const kind = query.found ? other : `${other} unsure`;
      const box = shape("rect", { x: left, y: top, width: right - left, height: bottom - top, class: kind });
      if (!labels || !query.found) return [box];
      const x = Math.max(0.5, Math.min(left, side - 15));
      const free = (y) => !taken.some(([a, b]) => Math.abs(a - x) < 15 && Math.abs(b - y) < 4);
      const y = [top - 1, bottom + 4.2, top + 4.5, bottom - 1].find((y) => y > 4 && y < side && free(y)) ?? top;
      taken.push([x, y]);
      return [box, shape("text", { x, y, class: other }, `${query.digit}  ${percent(query.confidence)}`)];
    }),
  );
}

class View {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.pinned = this.over = null;
  }

  show(header) {
    this.header = header;
    const list = this.find(".queries");
    if (list.children.length !== header.queries.length) {
      this.pinned = this.over = null;
      list.replaceChildren(...header.queries.map((_, i) => this.card(i)));
    }
    const ink = this.find(".whole .ink");
    ink.setAttribute("aria-label", header.label);
    paintInk(ink, header);
    header.queries.forEach((query, i) => this.fill(list.children[i], query, i));
    this.paint();
  }

  card(i) {
    const item = document.createElement("li");
    item.innerHTML =
      '<button type="button"><div class="frame"><canvas class="ink"></canvas><canvas class="heat"></canvas>' +
      '<svg class="boxes"></svg></div><b></b><small></small></button>';
    const button = item.firstChild;
    button.onpointerenter = button.onfocus = () => this.look(i);
    button.onpointerleave = button.onblur = () => this.look(null);
    button.onclick = () => {
      this.pinned = this.pinned === i ? null : i;
      this.paint();
    };
    return item;
  }

  fill(item, query, i) {
    const [answer, certainty] = said(query);
    paintInk(item.querySelector(".ink"), this.header);
    paintHeat(item.querySelector(".heat"), query, this.header.grid);
    paintBoxes(item.querySelector("svg"), query.found ? [query] : [], this.header.side, null, false);
    item.querySelector("b").textContent = answer;
    item.querySelector("small").textContent = certainty;
    item.classList.toggle("nothing", !query.found);
    item.firstChild.setAttribute("aria-label", `Query ${i + 1}: ${answer}, ${certainty}`);
  }

  look(i) {
    this.over = i;
    this.paint();
  }

  paint() {
    const { queries, grid, side } = this.header;
    const place = this.over ?? this.pinned;
    const active = place === null ? null : queries[place];
    this.find(".whole").classList.toggle("looking", Boolean(active));
    paintHeat(this.find(".whole .heat"), active, grid);
    paintBoxes(this.find(".whole svg"), queries, side, active, true);
    [...this.find(".queries").children].forEach((item, i) =>
      item.firstChild.setAttribute("aria-pressed", i === this.pinned),
    );
    this.find("figcaption").textContent = this.caption(active, place);
  }

  caption(active, place) {
    const { queries, grid } = this.header;
    if (!active) {
      const found = queries.filter((query) => query.found).length;
      return `${found} of ${queries.length} queries found a digit. Point at a query to see where it looked.`;
    }
    const at = active.attention.indexOf(active.most);
    const [row, column] = [Math.floor(at / grid[1]), at % grid[1]];
    const [answer, certainty] = said(active);
    return `Query ${place + 1}: ${answer}, ${certainty}. Its largest share of attention, ${percent(active.most)}, is at row ${row}, column ${column} of ${grid[0]} × ${grid[1]}.`;
  }
}

export default function ({ data, parentElement }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    VIEWS.set(parentElement, view);
  }
  view.show(unpack(data instanceof Uint8Array ? data : new Uint8Array(data)));
}
