// A network as a graph that opens level by level, pans and zooms, all of it in the browser.
//
// data: { subject, layer, root }. A node is { id, name, label, kind, role, hue, output, facts, rank,
// column, children, edges, lanes }; an edge is [source, target, shape, lane], -1 being what the
// module receives and the number of children what it puts out. See cnnviz/graph.py for the layout.

const SVG = "http://www.w3.org/2000/svg";
const VIEWS = new WeakMap();
const WIDE = 184; // px of a box
const HIGH = 56;
const ROUND = 17; // radius of a node where tensors meet
const GAP = 26; // between columns
const ROWS = 30; // between rows
const HEAD = 28; // title of an open module
const PAD = 16;
const LANE = 9; // between lanes
const SYMBOLS = { add: "+", mul: "×", cat: "cat" };
const LEGEND = [
  ["weights", "convolution, linear"],
  ["norm", "normalization, other weights"],
  ["activation", "activation"],
  ["pool", "pooling"],
  ["attention", "attention"],
  ["join", "tensors meet: +, ×, cat"],
  ["module", "module, to open"],
];
const NEAREST = 2.5; // times
const LEGIBLE = 0.85; // times, from which on shapes stand beside the lines
const LETTER = 5.2; // px of a shape's digit
const FARTHEST = 0.03;

export default function ({ data, parentElement, setStateValue }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    VIEWS.set(parentElement, view);
  }
  view.update(data, (layer) => setStateValue("layer", layer));
  return () => {
    view.sizes.disconnect();
    VIEWS.delete(parentElement);
  };
}

function svg(tag, attributes = {}, text = "") {
  const found = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  if (text) found.textContent = text;
  return found;
}

function html(tag, name = "", text = "") {
  const found = document.createElement(tag);
  found.className = name;
  found.textContent = text;
  return found;
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

class View {
  constructor(parent) {
    const find = (css) => parent.querySelector(css);
    this.stage = find(".stage");
    this.canvas = find(".canvas");
    this.world = find(".world");
    this.reading = find(".read");
    this.at = { x: 0, y: 0, k: 1 };
    this.opened = new Set();
    this.pointers = new Map();
    find(".in").onclick = () => this.zoom(1.3);
    find(".out").onclick = () => this.zoom(1 / 1.3);
    find(".fit").onclick = () => this.fit(true);
    find(".open").onclick = () => this.openLevel();
    find(".close").onclick = () => this.closeAll();
    for (const [hue, words] of LEGEND) {
      const item = html("li");
      const mark = html("i");
      mark.style.setProperty("--hue", `var(--${hue})`);
      item.append(mark, words);
      find(".legend").append(item);
    }
    const skip = html("li");
    const line = html("i", "line");
    line.style.setProperty("--hue", "var(--join)");
    skip.append(line, "a tensor that skips layers");
    find(".legend").append(skip);
    this.listen();
    this.sizes = new ResizeObserver(() => {
      if (!this.root || this.moved) return;
      this.fit(this.whole);
      if (this.selected && !this.whole) this.show(this.nodes.get(this.selected));
    });
    this.sizes.observe(this.stage);
  }

  update(data, tell) {
    this.tell = tell;
    if (this.subject === data.subject) return;
    this.subject = data.subject;
    this.root = data.root;
    this.parents = new Map();
    this.nodes = new Map();
    this.learn(this.root, null);
    this.opened = new Set([this.root.id]);
    let only = this.root; // a network whose body is one module shows what is in it
    while (only.children.length === 1 && only.children[0].children.length) {
      only = only.children[0];
      this.opened.add(only.id);
    }
    this.selected = null;
    this.focused = null;
    const wanted = [...this.nodes.values()].find((n) => data.layer && n.pick === data.layer);
    if (wanted) {
      for (let n = this.parents.get(wanted.id); n; n = this.parents.get(n.id)) this.opened.add(n.id);
      this.selected = wanted.id;
    }
    this.draw();
    this.fit(false);
    if (wanted) this.show(wanted);
    this.read(wanted ?? this.root);
  }

  learn(node, parent) {
    this.nodes.set(node.id, node);
    this.parents.set(node.id, parent);
    for (const child of node.children) this.learn(child, node);
  }

  // Sizes and places, from the inside out

  measure(node) {
    const open = this.opened.has(node.id);
    if (!open) {
      const half = node.role in SYMBOLS ? ROUND : WIDE / 2;
      return { node, left: half, right: half, high: node.role in SYMBOLS ? 2 * ROUND : HIGH };
    }
    const inner = node.children.map((child) => this.measure(child));
    const rows = [];
    node.children.forEach((child, i) => (rows[child.rank] ??= []).push(i));
    const beside = rows.some((row) => row?.length > 1);
    const pitch = beside ? Math.max(...inner.map((m) => m.left + m.right)) + GAP : 0;
    let left = 60;
    let right = 60;
    let y = HEAD + ROWS;
    inner.forEach((m, i) => {
      m.x = node.children[i].column * pitch;
      left = Math.max(left, m.left - m.x);
      right = Math.max(right, m.right + m.x);
    });
    const tops = [];
    for (const [rank, row] of rows.entries()) {
      tops[rank] = y;
      const high = Math.max(0, ...(row ?? []).map((i) => inner[i].high));
      for (const i of row ?? []) inner[i].y = y + (high - inner[i].high) / 2;
      y += high + ROWS;
    }
    const edge = right + LANE; // where the lanes begin
    if (node.lanes) right = edge + node.lanes * LANE;
    return { node, open, inner, tops, edge, left: left + PAD, right: right + PAD, high: y };
  }

  // Drawing

  draw() {
    const whole = this.measure(this.root);
    this.size = { left: whole.left, right: whole.right, high: whole.high };
    this.drawn = new Map();
    this.order = [];
    const world = svg("g");
    this.paintInside(world, whole, 0, 0, true);
    this.world.replaceChildren(...world.childNodes);
    this.focus(this.focused && this.drawn.has(this.focused) ? this.focused : this.order[0], false);
    this.mark();
  }

  paintInside(into, measured, x, y, outermost) {
    const { node, inner } = measured;
    const lines = svg("g");
    into.append(lines);
    inner.forEach((m) => this.paint(into, m, x + m.x, y + m.y));
    const ends = [new Map(), new Map()]; // how many edges leave a node, and enter one
    const skipped = new Set(node.edges.filter((edge) => edge[3] !== null).map((edge) => edge[0]));
    for (const edge of node.edges) {
      ends.forEach((count, i) => count.set(edge[i], (count.get(edge[i]) ?? 0) + 1));
    }
    for (const edge of node.edges) {
      const [leavesAlone, entersAlone] = ends.map((count, i) => count.get(edge[i]) === 1);
      const free = { leavesAlone, entersAlone, laneBeside: skipped.has(edge[0]) };
      lines.append(...this.edge(measured, edge, free, x, y));
    }
    if (outermost) {
      into.append(svg("text", { class: "port", x, y: y + 14 }, `input ${node.input}`));
      into.append(svg("text", { class: "port", x, y: y + measured.high + 14 }, `output ${node.output}`));
    }
  }

  paint(into, measured, x, y) {
    const { node, left, right, high, open } = measured;
    const group = svg("g", {
      class: "node",
      role: "treeitem",
      tabindex: "-1",
      "data-id": node.id,
      "aria-label": `${node.label}, ${node.kind}, output ${node.output}`,
      "aria-level": 1 + this.depth(node),
    });
    if (node.children.length) group.setAttribute("aria-expanded", String(Boolean(open)));
    group.style.setProperty("--hue", `var(--${node.hue})`);
    group.append(svg("title", {}, `${node.name || node.label} · ${node.kind} · ${node.output}`));
    this.drawn.set(node.id, { group, x, y, measured });
    this.order.push(node.id);
    into.append(group);
    if (open) {
      const box = { x: x - left, y, width: left + right, height: high, rx: 8 };
      group.append(svg("rect", { class: "frame", ...box }));
      group.append(svg("rect", { class: "head-area", ...box, height: HEAD }));
      const title = `▾ ${node.label}  ${node.kind === node.label ? "" : node.kind}`;
      const room = Math.floor((left + right - 20) / 6.6);
      group.append(svg("text", { class: "name", x: x - left + 10, y: y + 18 }, cut(title, room)));
      this.paintInside(into, measured, x, y, false);
    } else if (node.role in SYMBOLS) {
      group.append(svg("circle", { class: "round", cx: x, cy: y + ROUND, r: ROUND }));
      group.append(svg("text", { class: "symbol", x, y: y + ROUND }, SYMBOLS[node.role]));
    } else {
      this.paintBox(group, node, x - WIDE / 2, y);
    }
  }

  paintBox(group, node, x, y) {
    const box = { x, y, width: WIDE, height: HIGH, rx: 6 };
    if (node.children.length) group.append(svg("rect", { class: "back", ...box, x: x + 4, y: y + 4 }));
    group.append(svg("rect", { class: "box", ...box }));
    group.append(svg("rect", { class: "tint", ...box }));
    group.append(svg("rect", { class: "bar", x, y: y + 4, width: 4, height: HIGH - 8, rx: 2 }));
    const label = `${node.children.length ? "▸ " : ""}${node.label}`;
    group.append(svg("text", { class: "name", x: x + 12, y: y + 17 }, cut(label, 24)));
    const window = node.window ? ` ${node.window.split(", padding")[0]}` : "";
    group.append(svg("text", { class: "kind", x: x + 12, y: y + 32 }, cut(`${node.kind}${window}`, 30)));
    group.append(svg("text", { class: "out", x: x + 12, y: y + 47 }, node.output));
  }

  edge(measured, [source, target, shape, lane], free, x, y) {
    const { node, inner, tops, edge, high } = measured;
    const from = source < 0 ? { x: 0, y: HEAD, rank: -1 } : {
      x: inner[source].x,
      y: inner[source].y + inner[source].high,
      rank: node.children[source].rank,
    };
    const last = target === node.children.length;
    const to = last
      ? { x: 0, y: high, rank: tops.length }
      : { x: inner[target].x, y: inner[target].y, rank: node.children[target].rank };
    const above = (rank) => (rank < tops.length ? tops[rank] : high) - 4; // just before a row
    const start = [x + from.x, y + from.y];
    const end = [x + to.x, y + to.y];
    let path = `M${start}`;
    let bend = start;
    if (lane !== null) {
      const side = x + edge + lane * LANE;
      const down = y + above(from.rank + 1);
      const turn = y + above(to.rank) - ROWS + 8;
      path += curve(start, [side, Math.max(down, start[1] + 12)]);
      bend = [side, turn];
      path += `L${bend}`;
    } else if (to.rank > from.rank + 1) {
      bend = [start[0], y + above(to.rank) - ROWS + 8];
      path += `L${bend}`;
    } else {
      const straight = y + above(from.rank + 1) - ROWS + 4;
      if (straight > start[1]) path += `L${(bend = [start[0], straight])}`;
    }
    path += curve(bend, end);
    const role = lane === null ? "edge" : "edge skip";
    const line = svg("path", { class: role, d: path, "marker-end": last ? "" : "url(#tip)" });
    line.append(svg("title", {}, shape));
    const words = this.shape(shape, start, bend, end, { lane, ...free });
    return words ? [line, words] : [line];
  }

  // The shape of a tensor beside its line, at an end that no other line shares, or on its lane
  shape(text, start, bend, end, { lane, leavesAlone, entersAlone, laneBeside }) {
    if (lane !== null) {
      const [side, turn] = bend;
      const middle = (start[1] + turn) / 2;
      if (turn - start[1] < LETTER * text.length + 40) return null;
      const turned = `rotate(-90 ${side} ${middle})`;
      return svg("text", { class: "shape along", x: side, y: middle, transform: turned }, text);
    }
    if (!entersAlone && !leavesAlone) return null;
    const [[x, y], other] = entersAlone ? [[end[0], end[1] - 11], start] : [[start[0], start[1] + 13], end];
    const left = other[0] > x || (laneBeside && other[0] === x); // away from where the line bends to
    const place = { class: left ? "shape left" : "shape", x: left ? x - 7 : x + 7, y };
    return svg("text", place, text);
  }

  depth(node) {
    let found = 0;
    for (let n = this.parents.get(node.id); n; n = this.parents.get(n.id)) found++;
    return found - 1;
  }

  // Opening and closing; what was clicked stays under the pointer

  toggle(id) {
    const before = this.drawn.get(id);
    if (this.opened.has(id)) this.opened.delete(id);
    else this.opened.add(id);
    this.draw();
    const after = this.drawn.get(id);
    this.at.x += (before.x - after.x) * this.at.k;
    this.at.y += (before.y - after.y) * this.at.k;
    this.moved = true;
    this.place();
  }

  openLevel() {
    const closed = this.order.filter((id) => this.nodes.get(id).children.length && !this.opened.has(id));
    closed.forEach((id) => this.opened.add(id));
    this.draw();
    this.fit(false);
  }

  closeAll() {
    this.opened = new Set([this.root.id]);
    this.draw();
    this.fit(false);
  }

  // Selecting

  select(id) {
    const node = this.nodes.get(id);
    this.selected = id;
    this.mark();
    this.read(node);
    if (node.pick) this.tell(node.pick);
  }

  mark() {
    for (const [id, { group }] of this.drawn) {
      group.classList.toggle("selected", id === this.selected);
      group.setAttribute("aria-selected", String(id === this.selected));
    }
  }

  read(node) {
    const facts = html("dl");
    for (const [name, value] of node.facts) facts.append(html("dt", "", name), html("dd", "", value));
    this.reading.replaceChildren(html("h4", "", node.name || node.label), facts);
    if (!this.selected) this.reading.append(html("p", "", "Select a layer to read it out here."));
  }

  // The view

  place() {
    const { x, y, k } = this.at;
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
    this.world.classList.toggle("legible", k >= LEGIBLE);
  }

  fit(whole) {
    this.whole = whole;
    this.moved = false;
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    const { left, right, high } = this.size;
    const across = (width - 24) / (left + right);
    const along = (height - 24) / (high + 30);
    const k = whole ? Math.min(across, along, 1) : Math.max(Math.min(across, 1), 0.55);
    this.at = { k, x: width / 2 - (k * (right - left)) / 2, y: 8 };
    if (!whole && across < 0.55) this.at.x = width / 2;
    this.place();
  }

  zoom(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const k = Math.min(NEAREST, Math.max(FARTHEST, this.at.k * factor));
    const ratio = k / this.at.k;
    this.at = { k, x: x - (x - this.at.x) * ratio, y: y - (y - this.at.y) * ratio };
    this.moved = true;
    this.place();
  }

  show(node) {
    const found = this.drawn.get(node.id);
    const { k } = this.at;
    const { clientWidth: width, clientHeight: height } = this.stage;
    const x = this.at.x + found.x * k;
    const y = this.at.y + (found.y + HIGH / 2) * k;
    if (x < 60 || x > width - 60) this.at.x += width / 2 - x;
    if (y < 40 || y > height - 40) this.at.y += height / 2 - y;
    this.place();
  }

  // Pointer and keyboard

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (e) => {
      this.pointers.set(e.pointerId, [e.clientX, e.clientY]);
      this.traveled = 0;
      this.pressed = e.target.closest(".node")?.dataset.id ?? null;
    });
    canvas.addEventListener("pointermove", (e) => this.drag(e));
    const up = (e) => {
      const clicked = this.pointers.delete(e.pointerId) && this.traveled < 6 && e.type === "pointerup";
      canvas.classList.remove("dragged");
      if (clicked && this.pressed && !this.pointers.size) this.press(this.pressed);
      else if (clicked) this.focus(this.focused, true);
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    canvas.addEventListener("keydown", (e) => this.key(e));
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    this.traveled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (this.traveled < 6) return;
    if (!this.canvas.hasPointerCapture(event.pointerId)) this.canvas.setPointerCapture(event.pointerId);
    this.canvas.classList.add("dragged");
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    this.moved = true;
    if (other) {
      const box = this.canvas.getBoundingClientRect();
      const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      const middle = [(now[0] + other[0]) / 2 - box.left, (now[1] + other[1]) / 2 - box.top];
      this.zoom(apart(now) / Math.max(apart(before), 1), ...middle);
    } else {
      this.at.x += now[0] - before[0];
      this.at.y += now[1] - before[1];
      this.place();
    }
  }

  wheel(event) {
    if (!event.ctrlKey && !this.canvas.contains(this.canvas.getRootNode().activeElement)) return;
    event.preventDefault();
    const box = this.canvas.getBoundingClientRect();
    const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015));
    this.zoom(factor, event.clientX - box.left, event.clientY - box.top);
  }

  press(id) {
    this.focus(id, true);
    if (this.nodes.get(id).children.length) this.toggle(id);
    this.select(id);
  }

  focus(id, take) {
    if (!id) return;
    this.drawn.get(this.focused)?.group.setAttribute("tabindex", "-1");
    this.focused = id;
    const { group } = this.drawn.get(id);
    group.setAttribute("tabindex", "0");
    if (take) group.focus({ preventScroll: true });
  }

  key(event) {
    const id = this.focused;
    const node = this.nodes.get(id);
    const open = this.opened.has(id);
    const place = this.order.indexOf(id);
    let next = null;
    if (event.key === "ArrowDown") next = this.order[place + 1];
    else if (event.key === "ArrowUp") next = this.order[place - 1];
    else if (event.key === "Home") next = this.order[0];
    else if (event.key === "End") next = this.order.at(-1);
    else if (event.key === "ArrowRight" && open) next = this.order[place + 1];
    else if (event.key === "ArrowRight" && node.children.length) this.toggle(id);
    else if (event.key === "ArrowLeft" && open) this.toggle(id);
    else if (event.key === "ArrowLeft") next = this.parents.get(id)?.id;
    else if (event.key === "Enter" || event.key === " ") this.select(id);
    else if (event.key === "+") this.zoom(1.3);
    else if (event.key === "-") this.zoom(1 / 1.3);
    else return;
    event.preventDefault();
    if (next && this.drawn.has(next)) this.focused === next || this.focus(next, true);
    else if (this.drawn.has(id)) this.focus(id, true);
    this.show(this.nodes.get(this.focused));
  }
}

function curve([x1, y1], [x2, y2]) {
  const bend = Math.max(6, (y2 - y1) / 2);
  return `C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2}`;
}
