// Maps of what speaks for an answer, side by side. A pixel that is pointed at in one of them is
// marked and read in all.
//
// `data` is the message that attribution_view.py packs; pointing needs no server.

import { isDark, unpack } from "../../components/frontend/message.js";
import { gradientOf, pictureOf } from "../../components/frontend/colors.js";

const VIEWS = new WeakMap();
const LARGE = 320; // device pixels of a picture's side

export default function ({ data, parentElement }) {
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    VIEWS.set(parentElement, view);
  }
  view.update(unpack(data));
}

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Three significant digits at most, a true minus, and a plus where signs matter
function rounded(value, signed = false) {
  const size = Math.abs(value);
  const text = size === 0 ? "0" : size < 0.001 ? size.toExponential(1) : Number(size.toPrecision(3)).toString();
  return `${value < 0 ? "−" : signed && value > 0 ? "+" : ""}${text}`;
}

class View {
  constructor(parent) {
    this.root = parent.querySelector(".attribution");
    this.cards = parent.querySelector(".cards");
    this.readout = parent.querySelector(".readout");
    this.pinned = null; // the pixel that a click or the keys chose
    this.pointed = null;
  }

  update(data) {
    const titles = data.maps.map(({ key }) => key).join();
    this.data = data;
    this.theme = isDark(this.root) ? "dark" : "light";
    this.ink = data.arrays.ink.values;
    this.text = getComputedStyle(this.root).color;
    const ink = { title: "Input", values: this.ink, scale: "ink", limit: 1, low: 0 };
    this.maps = [ink, ...data.maps.map((map) => this.ranged(map, data.arrays[map.key].values))];
    if (this.titles !== titles) this.build();
    this.titles = titles;
    this.maps.forEach((map, i) => this.fill(this.parts[i], map));
    this.draw();
  }

  ranged(map, values) {
    let limit = 0;
    let strongest = 0;
    values.forEach((value, i) => {
      if (Math.abs(value) > limit) [limit, strongest] = [Math.abs(value), i];
    });
    const scale = map.signed ? "diverging" : "sequential";
    return { ...map, values, limit, strongest, scale, low: map.signed ? -limit : 0 };
  }

  build() {
    this.parts = this.maps.map((map, i) => {
      const canvas = element("canvas", { tabIndex: 0, width: LARGE, height: LARGE });
      canvas.setAttribute("role", "application");
      const value = element("p", { className: "value" });
      const ramp = element("span", { className: "ramp" });
      const [low, high] = [element("span"), element("span")];
      const legend = element("div", { className: "legend" }, [low, ramp, high]);
      const words = element("div", { className: "words" });
      const card = element("article", { className: "card" }, [
        element("h4", { textContent: map.title }),
        element("figure", {}, [canvas, value, legend]),
        words,
      ]);
      canvas.addEventListener("pointermove", (event) => this.point(this.at(event, canvas)));
      canvas.addEventListener("pointerleave", () => this.point(null));
      canvas.addEventListener("click", (event) => this.pin(this.at(event, canvas)));
      canvas.addEventListener("keydown", (event) => this.key(event));
      value.hidden = i === 0; // the line above the maps has it
      return { card, canvas, value, ramp, low, high, words, first: i === 0 };
    });
    this.cards.replaceChildren(...this.parts.map(({ card }) => card));
  }

  fill(part, map) {
    const { side } = this.data;
    const most = map.limit || 1; // where all is zero, zero is in the middle of a signed scale
    const ends = { low: map.signed ? -most : 0, high: most };
    part.picture = pictureOf([side, side], map.values, 0, this.table(map), ends);
    part.low.textContent = part.first ? "paper" : rounded(map.low, map.signed);
    part.high.textContent = part.first ? "ink" : rounded(map.limit, map.signed);
    part.ramp.style.background = gradientOf(this.table(map));
    const says = part.first ? this.data.score : this.strongest(map);
    part.canvas.ariaLabel = `${map.title}. ${says}. Arrow keys move the pixel that is read.`;
    const open = part.words.querySelector("details")?.open ?? false;
    part.words.replaceChildren(...(part.first ? [element("p", { textContent: this.data.score })] : this.words(map, open)));
  }

  words(map, open) {
    const found = [];
    if (map.verdict) {
      const verdict = element("p", { className: "verdict", textContent: map.verdict });
      verdict.dataset.level = map.level;
      found.push(verdict);
    }
    found.push(element("ul", {}, map.sentences.map((sentence) => element("li", { textContent: sentence }))));
    if (map.note) found.push(element("p", { textContent: map.note }));
    const paper = element("a", { href: map.paper.url, target: "_blank", rel: "noreferrer", textContent: map.paper.title });
    found.push(
      element("details", { open }, [
        element("summary", { textContent: "What it shows" }),
        element("p", {}, [`${map.explanation} `, paper]),
      ]),
    );
    return found;
  }

  // Which pixel

  at(event, canvas) {
    const box = canvas.getBoundingClientRect();
    const side = this.data.side;
    const cell = (place, start, size) => Math.min(Math.max(Math.floor(((place - start) / size) * side), 0), side - 1);
    return cell(event.clientY, box.top, box.height) * side + cell(event.clientX, box.left, box.width);
  }

  point(pixel) {
    this.pointed = pixel;
    this.draw();
  }

  pin(pixel) {
    this.pinned = this.pinned === pixel ? null : pixel;
    this.draw();
  }

  key(event) {
    const side = this.data.side;
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Escape: null };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.pointed = null;
    if (event.key === "Escape") return this.pin(this.pinned);
    const from = this.pinned ?? Math.floor(side / 2) * side + Math.floor(side / 2);
    const kept = (part, move) => Math.min(Math.max(part + move, 0), side - 1);
    const [down, right] = moves[event.key];
    const to = kept(Math.floor(from / side), down) * side + kept(from % side, right);
    this.pinned = null;
    this.pin(to);
  }

  // What is said

  strongest(map) {
    if (!map.limit) return "Zero everywhere";
    const [row, column] = [Math.floor(map.strongest / this.data.side), map.strongest % this.data.side];
    return `Peak ${rounded(map.values[map.strongest], map.signed)} at row ${row}, col. ${column}`;
  }

  draw() {
    const pixel = this.pointed ?? this.pinned;
    const side = this.data.side;
    const place = pixel === null ? "" : `Row ${Math.floor(pixel / side)}, column ${pixel % side}`;
    this.readout.textContent = place
      ? `${place}: ink ${rounded(this.ink[pixel])}`
      : "Point at a pixel to read it in every map; a click keeps it. The line is the digit's outline.";
    this.parts.forEach((part, i) => {
      const map = this.maps[i];
      if (pixel !== null) part.value.textContent = rounded(map.values[pixel], map.signed);
      else part.value.textContent = this.strongest(map);
      const context = part.canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.drawImage(part.picture, 0, 0, LARGE, LARGE);
      if (!part.first) this.outline(context);
      if (pixel !== null) this.mark(context, pixel);
    });
  }

  // Painting

  table({ scale }) {
    return this.data.arrays[`${scale}-${this.theme}`].values;
  }

  // The edges between pixels that are half ink and those that are not
  outline(context) {
    const { ink } = this;
    const { side } = this.data;
    const cell = LARGE / side;
    const is = (row, column) => row >= 0 && column >= 0 && row < side && column < side && ink[row * side + column] > 0.5;
    context.beginPath();
    for (let row = 0; row <= side; row++)
      for (let column = 0; column <= side; column++) {
        if (is(row, column) !== is(row - 1, column)) {
          context.moveTo(column * cell, row * cell);
          context.lineTo((column + 1) * cell, row * cell);
        }
        if (is(row, column) !== is(row, column - 1)) {
          context.moveTo(column * cell, row * cell);
          context.lineTo(column * cell, (row + 1) * cell);
        }
      }
    context.globalAlpha = 0.75;
    context.lineWidth = 1.5;
    context.strokeStyle = this.text;
    context.stroke();
    context.globalAlpha = 1;
  }

  mark(context, pixel) {
    const cell = LARGE / this.data.side;
    const box = [(pixel % this.data.side) * cell, Math.floor(pixel / this.data.side) * cell, cell, cell];
    for (const [width, color] of [[6, "#000"], [3, "#f0e442"]]) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.strokeRect(...box);
    }
  }
}
