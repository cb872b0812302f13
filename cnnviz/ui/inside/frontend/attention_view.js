// Where a token looks: its attention over the digit, and the same in every head.
//
// `data` is the message that attention_view.py packs: all layers at once, so that another layer,
// head or token needs no server.

import { isDark, percent, unpack } from "../../components/frontend/message.js";

const VIEWS = new WeakMap();
const STRONGEST = 0.85; // opacity of the highest share
const INK = 130; // levels between ink and paper: pale, so that the shares stand out
const SMALL = 84; // CSS pixels of a head's picture

export default function ({ data, parentElement }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    VIEWS.set(parentElement, view);
  }
  view.update(unpack(data));
  return () => view.close();
}

class View {
  constructor(parent) {
    const find = (selector) => parent.querySelector(selector);
    this.parent = parent;
    this.root = find(".attention");
    this.main = find(".main");
    this.select = find("select");
    this.classToken = find(".class-token");
    this.heads = find(".heads");
    this.find = find;
    this.pinned = { classes: true, x: 0.5, y: 0.5 }; // places from 0 to 1 over the image
    this.pointed = null;
    this.head = null; // null is the mean of all
    this.select.onchange = () => this.choose(this.select.value);
    this.classToken.onclick = () => this.pin({ ...this.pinned, classes: true });
    this.main.addEventListener("pointermove", (e) => this.point(this.at(e)));
    this.main.addEventListener("pointerleave", () => this.point(null));
    this.main.addEventListener("click", (e) => this.pin(this.at(e)));
    this.main.addEventListener("keydown", (e) => this.key(e));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.main);
  }

  close() {
    this.sizes.disconnect();
    VIEWS.delete(this.parent);
  }

  update(data) {
    this.data = data;
    data.layers.forEach((layer, i) => (layer.values = data.arrays[`layer${i}`].values));
    this.mark = getComputedStyle(this.root).getPropertyValue("--st-primary-color").trim();
    this.paper = isDark(this.root) ? 0 : 255;
    this.pointed = null;
    this.digit = this.paintDigit();
    const options = data.layers.map(({ layer, title }) => new Option(title, layer));
    this.select.replaceChildren(...options);
    const names = data.layers.map(({ layer }) => layer);
    this.choose(names.includes(this.layer?.layer) ? this.layer.layer : names[0]);
    const stops = [0, 1].map((share) => `rgba(${data.color.join()}, ${share * STRONGEST})`);
    this.find(".ramp").style.background = `linear-gradient(90deg, ${stops.join()})`;
  }

  choose(name) {
    this.layer = this.data.layers.find(({ layer }) => layer === name);
    this.select.value = name;
    if (this.head >= this.layer.heads) this.head = null;
    this.find(".about").textContent = this.layer.about;
    this.classToken.hidden = !this.layer.queryClasses || !this.layer.queryGrid[0];
    const shown = this.layer.heads > 1 ? [null, ...Array(this.layer.heads).keys()] : [];
    this.heads.hidden = !shown.length;
    this.heads.replaceChildren(...shown.map((head) => this.button(head)));
    this.draw();
  }

  button(head) {
    const name = head === null ? "Mean" : `Head ${head}`;
    const button = document.createElement("button");
    button.type = "button";
    button.append(document.createElement("canvas"), name);
    button.onclick = () => {
      this.head = head;
      this.draw();
    };
    return button;
  }

  // Who asks

  at(event) {
    const box = this.main.getBoundingClientRect();
    const share = (place, start, size) => Math.min(Math.max((place - start) / size, 0), 0.999);
    const x = share(event.clientX, box.left, box.width);
    return { classes: false, x, y: share(event.clientY, box.top, box.height) };
  }

  point(place) {
    this.pointed = place;
    this.draw();
  }

  pin(place) {
    this.pinned = place;
    this.draw();
  }

  // Every `step`th key is a query where the layer subsamples
  step() {
    return Math.ceil(this.layer.keyGrid[0] / this.layer.queryGrid[0]);
  }

  cell({ x, y }) {
    const [rows, columns] = this.layer.keyGrid;
    return [Math.floor(y * rows), Math.floor(x * columns)];
  }

  // The query at a place: its number, and its row and column unless it is a class token
  query(place) {
    const { queryGrid, queryClasses } = this.layer;
    if (!queryGrid[0] || (place.classes && queryClasses)) return { index: 0, cell: null };
    const cell = this.cell(place).map((part) => Math.floor(part / this.step()));
    return { index: queryClasses + cell[0] * queryGrid[1] + cell[1], cell };
  }

  key(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const { queryGrid } = this.layer;
    if (!(event.key in moves) || !queryGrid[0]) return;
    event.preventDefault();
    const [down, right] = moves[event.key];
    const cell = this.query({ ...this.pinned, classes: false }).cell;
    const kept = (part, move, most) => Math.min(Math.max(part + move, 0), most - 1);
    const step = this.step();
    const [rows, columns] = this.layer.keyGrid;
    this.pointed = null;
    this.pin({
      classes: false,
      y: (kept(cell[0], down, queryGrid[0]) * step + 0.5) / rows,
      x: (kept(cell[1], right, queryGrid[1]) * step + 0.5) / columns,
    });
  }

  // What it looks at: a share for every key

  shares(head, query) {
    const { heads, queries, keys, values } = this.layer;
    const chosen = head === null ? [...Array(heads).keys()] : [head];
    const total = new Float32Array(keys);
    for (const one of chosen) {
      const start = (one * queries + query.index) * keys;
      for (let key = 0; key < keys; key++) total[key] += values[start + key] / chosen.length;
    }
    const classes = total.subarray(0, this.layer.keyClasses);
    return {
      classes: classes.reduce((sum, share) => sum + share, 0),
      grid: total.subarray(this.layer.keyClasses),
    };
  }

  draw() {
    if (!this.layer || !this.main.clientWidth) return;
    const query = this.query(this.pointed ?? this.pinned);
    const shares = this.shares(this.head, query);
    const most = Math.max(...shares.grid);
    this.paint(this.main, this.main.clientWidth, shares.grid, query, true);
    [...this.heads.children].forEach((button, i) => {
      const head = i ? i - 1 : null;
      button.ariaPressed = String(head === this.head);
      this.paint(button.firstChild, SMALL, this.shares(head, query).grid, query, false);
    });
    this.classToken.ariaPressed = String(!query.cell);
    this.find(".high").textContent = percent(most);
    this.find(".readout").textContent = this.say(query, shares, most);
    const [rows, columns] = this.layer.queryGrid;
    const how = rows ? "Arrow keys choose the token that looks." : "";
    this.main.ariaLabel = `Attention in ${this.layer.layer}, ${rows} × ${columns} tokens. ${how}`;
  }

  say(query, { classes, grid }, most) {
    const { keyGrid, keyClasses } = this.layer;
    const place = (index) => {
      return `row ${Math.floor(index / keyGrid[1])}, column ${index % keyGrid[1]}`;
    };
    const asks = query.cell ? `Row ${query.cell[0]}, column ${query.cell[1]}` : "The class token";
    let text = `${asks} looks most at ${place(grid.indexOf(most))}: ${percent(most)}.`;
    const kept = query.cell ? "The class token gets" : "It keeps to itself";
    if (keyClasses) text += ` ${kept} ${percent(classes)}.`;
    if (this.pointed && !this.layer.queryGrid[0]) {
      const [row, column] = this.cell(this.pointed);
      const index = row * keyGrid[1] + column;
      text += ` Under the pointer, ${place(index)}: ${percent(grid[index])}.`;
    }
    return text;
  }

  // Painting

  paintDigit() {
    const { side, arrays } = this.data;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    const image = context.createImageData(side, side);
    arrays.ink.values.forEach((value, i) => {
      const level = Math.abs(this.paper - INK * value);
      image.data.set([level, level, level, 255], 4 * i);
    });
    context.putImageData(image, 0, 0);
    return canvas;
  }

  paint(canvas, side, grid, query, large) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(side * ratio);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.scale(canvas.width, canvas.height); // from here on the image is a square of side 1
    context.drawImage(this.digit, 0, 0, 1, 1);
    const [rows, columns] = this.layer.keyGrid;
    const most = Math.max(...grid) || 1;
    const box = (row, column) => [column / columns, row / rows, 1 / columns, 1 / rows];
    grid.forEach((share, i) => {
      context.fillStyle = `rgba(${this.data.color.join()}, ${(STRONGEST * share) / most})`;
      context.fillRect(...box(Math.floor(i / columns), i % columns));
    });
    context.lineWidth = 1 / side;
    context.strokeStyle = "#8884";
    if (large) grid.forEach((_, i) => context.strokeRect(...box(Math.floor(i / columns), i % columns)));
    if (!query.cell) return;
    const asking = box(...query.cell.map((part) => part * this.step()));
    for (const [width, color] of [[large ? 5 : 4, this.paper ? "#fff" : "#000"], [2, this.mark]]) {
      context.lineWidth = width / side;
      context.strokeStyle = color;
      context.strokeRect(...asking);
    }
  }
}
