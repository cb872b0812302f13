// The list of shapes as boxes in perspective, drawn as SVG; pointing at one reads it out.
//
// data: { stages: [{ name, title, layers, sizes, words, values, bytes, boxes }] }, a box of each
// tensor being { channels, rows, columns, form }, and form "maps", "tokens" or "vector".

const SVG = "http://www.w3.org/2000/svg";
const LEVELLED = new WeakSet(); // lists that are watched for another width
const TALLEST = 104; // px, of the longest row or column
const DEEPEST = 62; // px, of the most channels
const THINNEST = 2.5; // px
const INTO = { x: 0.42, y: -0.3 }; // px to the right and down for one pixel into the page
const LARGEST = 1.35; // times that, where there is room
const SPACE = 48; // px between two boxes
const SLICES = 9; // lines at most that hint at channels

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".stages");
  const shown = JSON.stringify(data.stages);
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  const tip = parentElement.querySelector(".tip");
  tip.hidden = true;
  const boxes = data.stages.flatMap((s) => s.boxes);
  let side = TALLEST / Math.sqrt(Math.max(...boxes.flatMap((b) => [b.rows, b.columns])));
  let depth = DEEPEST / Math.sqrt(Math.max(...boxes.map((b) => b.channels)));
  const room = list.clientWidth / data.stages.length - SPACE; // for one, all in a row
  const widths = data.stages.map((s) => Math.max(...s.boxes.map((b) => width(b, side, depth))));
  const larger = room / (widths.reduce((sum, wide) => sum + wide) / widths.length);
  side *= Math.min(Math.max(larger, 1), LARGEST);
  depth *= Math.min(Math.max(larger, 1), LARGEST);
  list.replaceChildren(
    ...data.stages.map((stage) => {
      const item = element("li", "stage");
      item.tabIndex = 0;
      item.ariaLabel = `${stage.layers}: ${stage.words.join(" and ")}, ${stage.values}, ${stage.bytes}`;
      const label = element("span", "label");
      label.append(element("span", "name", stage.name));
      for (const size of stage.sizes) label.append(element("span", "size", size));
      const frame = element("span", "frame");
      frame.append(...stage.boxes.map((box) => drawn(box, side, depth)));
      item.append(frame, label);
      item.onpointerenter = item.onfocus = () => read(tip, item, stage);
      item.onpointerleave = item.onblur = () => (tip.hidden = true);
      return item;
    }),
  );
  if (LEVELLED.has(list)) return level(list);
  LEVELLED.add(list);
  new ResizeObserver(() => level(list)).observe(list);
}

// Boxes in one row share a middle line
function level(list) {
  const rows = new Map();
  for (const item of list.children) {
    item.firstChild.style.height = "";
  }
  for (const item of list.children) {
    const place = Math.round(item.getBoundingClientRect().top);
    rows.set(place, [...(rows.get(place) ?? []), item.firstChild]);
  }
  for (const frames of rows.values()) {
    const height = Math.max(...frames.map((frame) => frame.offsetHeight));
    for (const frame of frames) frame.style.height = `${height}px`;
  }
}

function element(tag, name, text = "") {
  const found = document.createElement(tag);
  found.className = name;
  found.textContent = text;
  return found;
}

function read(tip, item, stage) {
  tip.replaceChildren(
    element("b", "", stage.title),
    ...stage.sizes.map((size, i) => element("span", "", `${size}: ${stage.words[i]}`)),
    element("span", "", stage.values),
    element("span", "", stage.bytes),
  );
  tip.hidden = false;
  const box = tip.parentElement.getBoundingClientRect();
  const at = item.getBoundingClientRect();
  const middle = at.left - box.left + at.width / 2 - tip.offsetWidth / 2;
  const left = Math.max(0, Math.min(middle, box.width - tip.offsetWidth));
  tip.style.transform = `translate(${left}px, ${at.bottom - box.top + 6}px)`;
}

function width(box, side, depth) {
  return depth * Math.sqrt(box.channels) + INTO.x * side * Math.sqrt(box.columns);
}

function drawn(box, side, depth) {
  const wide = Math.max(THINNEST, depth * Math.sqrt(box.channels));
  const high = Math.max(THINNEST, side * Math.sqrt(box.rows));
  const far = box.columns > 1 ? side * Math.sqrt(box.columns) : THINNEST;
  const dx = INTO.x * far;
  const dy = INTO.y * far;
  const svg = document.createElementNS(SVG, "svg");
  const width = wide + dx + 2;
  const height = high - dy + 2;
  svg.setAttribute("class", box.form);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("viewBox", `-1 ${dy - 1} ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true");
  const face = (name, points) => {
    const polygon = document.createElementNS(SVG, "polygon");
    polygon.setAttribute("class", `face ${name}`);
    polygon.setAttribute("points", points.map((p) => p.join()).join(" "));
    svg.append(polygon);
  };
  face("front", [[0, 0], [wide, 0], [wide, high], [0, high]]);
  face("top", [[0, 0], [dx, dy], [wide + dx, dy], [wide, 0]]);
  face("side", [[wide, 0], [wide + dx, dy], [wide + dx, high + dy], [wide, high]]);
  const lines = Math.min(box.channels, SLICES, Math.floor(wide / 4));
  for (let i = 1; i < lines; i++) {
    const x = (i * wide) / lines;
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("class", "slice");
    line.setAttribute("fill", "none");
    line.setAttribute("points", `${x},${high} ${x},0 ${x + dx},${dy}`);
    svg.append(line);
  }
  return svg;
}
