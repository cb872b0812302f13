// Feature maps of one layer as tiles: painted once, then pointed at, marked and enlarged.

import { paintValues, wordsOf } from "./colors.js";

const MARGIN_HATCH = 4; // CSS pixels between two lines of a hatch
const DOT = 3; // CSS pixels of a unit that is smaller
const MANY = 16; // tiles from which on one outline stands for all that are seen whole

// All channels of one tensor as colors, side by side on a canvas that is never shown.
export class Atlas {
  constructor() {
    this.canvas = document.createElement("canvas");
  }

  // `low` and `high` of a channel are the ends of its color scale
  paint({ shape, values }, colors, ends) {
    const [channels, height, width] = shape;
    this.shape = shape;
    this.columns = Math.ceil(Math.sqrt((channels * height) / width));
    this.canvas.width = this.columns * width;
    this.canvas.height = Math.ceil(channels / this.columns) * height;
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(this.canvas.width, this.canvas.height);
    const words = wordsOf(colors);
    for (let channel = 0; channel < channels; channel++) {
      const start = channel * height * width;
      paintValues(image, this.place(channel), [height, width], values, start, words, ends(channel));
    }
    context.putImageData(image, 0, 0);
  }

  // A picture in color, (H, W, 3), is one channel
  paintPicture({ shape, values }) {
    const [height, width] = shape;
    this.shape = [1, height, width];
    this.columns = 1;
    this.canvas.width = width;
    this.canvas.height = height;
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(width, height);
    for (let i = 0; i < height * width; i++) {
      image.data.set(values.subarray(3 * i, 3 * i + 3), 4 * i);
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  place(channel) {
    const [, height, width] = this.shape;
    return [(channel % this.columns) * width, Math.floor(channel / this.columns) * height];
  }
}

// Some channels of an atlas as tiles on a canvas, and what is marked on them.
export class Tiles {
  constructor(frame) {
    this.frame = frame;
    this.canvas = frame.querySelector("canvas");
    this.over = document.createElement("canvas");
    this.over.className = "over";
    frame.append(this.over);
    this.margin = 0; // units around each map, for what lies beyond its border
  }

  draw(atlas, channels, { side, height: most, columns: wanted, margin = 0 }) {
    const [, height, width] = atlas.shape;
    this.atlas = atlas;
    this.channels = channels;
    this.margin = margin;
    const [tall, wide] = [height + 2 * margin, width + 2 * margin];
    this.columns = wanted ?? squarest(channels.length, tall, wide);
    this.rows = Math.ceil(channels.length / this.columns);
    this.gap = this.columns > 1 ? (side / this.columns > 28 ? 3 : 2) : 0;
    const acrossGaps = this.gap * (this.columns - 1);
    const downGaps = this.gap * (this.rows - 1);
    const across = (side - acrossGaps) / (this.columns * wide);
    const down = ((most ?? side) - downGaps) / (this.rows * tall);
    const scale = Math.min(across, down);
    this.tileWidth = Math.max(1, Math.floor(scale * wide));
    this.tileHeight = Math.max(1, Math.floor(scale * tall));
    const cssWidth = this.columns * (this.tileWidth + this.gap) - this.gap;
    const cssHeight = this.rows * (this.tileHeight + this.gap) - this.gap;
    this.ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.over]) {
      canvas.width = Math.round(cssWidth * this.ratio);
      canvas.height = Math.round(cssHeight * this.ratio);
      canvas.style.width = `${cssWidth}px`;
      canvas.style.height = `${cssHeight}px`;
      canvas.getContext("2d").setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    }
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = this.tileWidth * this.ratio < 3 * wide; // else show the units
    channels.forEach((channel, i) => {
      const [fromX, fromY] = atlas.place(channel);
      const { x, y, width: w, height: h } = this.inner(i);
      context.drawImage(atlas.canvas, fromX, fromY, width, height, x, y, w, h);
      if (margin) {
        context.strokeStyle = "#88888888";
        context.strokeRect(x - 0.5, y - 0.5, w + 1, h + 1);
      }
    });
    this.marked = false;
    return cssHeight;
  }

  // Where the i-th tile's map lies, its margin left out
  inner(i) {
    const [, height, width] = this.atlas.shape;
    const unitX = this.tileWidth / (width + 2 * this.margin);
    const unitY = this.tileHeight / (height + 2 * this.margin);
    return {
      x: (i % this.columns) * (this.tileWidth + this.gap) + this.margin * unitX,
      y: Math.floor(i / this.columns) * (this.tileHeight + this.gap) + this.margin * unitY,
      width: width * unitX,
      height: height * unitY,
      unitX,
      unitY,
    };
  }

  at(event) {
    if (!this.atlas) return null;
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const [, height, width] = this.atlas.shape;
    const tileX = Math.floor(x / (this.tileWidth + this.gap)); // a gap belongs to the map before it
    const tileY = Math.floor(y / (this.tileHeight + this.gap));
    const i = tileY * this.columns + tileX;
    const channel = this.channels[i];
    if (channel === undefined || x < 0 || y < 0 || tileX >= this.columns) return null;
    const inner = this.inner(i);
    const column = Math.min(Math.max(Math.floor((x - inner.x) / inner.unitX), 0), width - 1);
    const row = Math.min(Math.max(Math.floor((y - inner.y) / inner.unitY), 0), height - 1);
    return { channel, row, column };
  }

  // The middle of a unit, in CSS pixels from the canvas' corner
  middle({ channel, row, column }) {
    const inner = this.inner(Math.max(this.channels.indexOf(channel), 0));
    return [inner.x + (column + 0.5) * inner.unitX, inner.y + (row + 0.5) * inner.unitY];
  }

  clear() {
    if (!this.marked) return;
    this.over.getContext("2d").clearRect(0, 0, this.over.width, this.over.height);
    this.marked = false;
  }

  markUnit({ channel, row, column }, colors) {
    this.clear();
    const i = this.channels.indexOf(channel);
    if (i < 0) return;
    const inner = this.inner(i);
    const { unitX, unitY } = inner;
    const [x, y] = [inner.x + column * unitX, inner.y + row * unitY];
    if (this.channels.length === 1 || unitX >= 5) return this.outline([[x, y, unitX, unitY]], colors);
    this.outline([[inner.x, inner.y, inner.width, inner.height]], colors);
    const size = Math.max(DOT, unitX); // too small a unit for an outline of its own
    const context = this.over.getContext("2d");
    context.fillStyle = colors.line;
    context.fillRect(x + (unitX - size) / 2, y + (unitY - size) / 2, size, size);
  }

  // A box of units, exact, on every tile or on those of the channels in `only`; `whole` also says
  // what of it lies beyond the border; what is outside is dimmed, unless `bright`
  markBox([top, left, bottom, right], colors, { whole, only, bright } = {}) {
    this.clear();
    if (bottom < top || right < left) return;
    this.marked = true;
    const context = this.over.getContext("2d");
    const boxes = [];
    context.fillStyle = colors.veil;
    context.beginPath();
    this.channels.forEach((channel, i) => {
      const inner = this.inner(i);
      context.rect(inner.x, inner.y, inner.width, inner.height);
      if (only && !only.has(channel)) return;
      const { unitX, unitY } = inner;
      const box = [inner.x + left * unitX, inner.y + top * unitY];
      box.push((right - left + 1) * unitX, (bottom - top + 1) * unitY);
      context.rect(...box);
      boxes.push(box);
    });
    if (!bright) context.fill("evenodd");
    if (whole && this.margin) this.channels.forEach((_, i) => this.hatch(this.inner(i), whole, colors));
    const [, height, width] = this.atlas.shape;
    const all = boxes.length === this.channels.length && bottom - top + 1 === height && right - left + 1 === width;
    if (all && boxes.length > MANY) {
      const ends = boxes.at(-1); // lines around each would hide them
      this.outline([[0, 0, parseFloat(this.canvas.style.width), ends[1] + ends[3]]], colors);
    } else this.outline(boxes, colors);
  }

  hatch(inner, [top, left, bottom, right], colors) {
    const context = this.over.getContext("2d");
    const { unitX, unitY } = inner;
    const [, height, width] = this.atlas.shape;
    const m = this.margin;
    const clip = (value, most) => Math.min(Math.max(value, -m), most + m);
    const x = inner.x + clip(left, width) * unitX;
    const y = inner.y + clip(top, height) * unitY;
    const w = inner.x + clip(right + 1, width) * unitX - x;
    const h = inner.y + clip(bottom + 1, height) * unitY - y;
    context.save();
    context.beginPath();
    context.rect(x, y, w, h);
    context.rect(inner.x, inner.y, inner.width, inner.height);
    context.clip("evenodd");
    context.beginPath();
    context.rect(x, y, w, h);
    context.clip();
    context.strokeStyle = colors.hatch;
    context.lineWidth = 1;
    context.beginPath();
    for (let at = -h; at < w; at += MARGIN_HATCH) {
      context.moveTo(x + at, y + h);
      context.lineTo(x + at + h, y);
    }
    context.stroke();
    context.restore();
    context.save();
    context.setLineDash([3, 3]);
    context.strokeStyle = colors.hatch;
    context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    context.restore();
  }

  outline(boxes, colors) {
    this.marked = true;
    const context = this.over.getContext("2d");
    context.beginPath();
    for (const [x, y, width, height] of boxes) context.rect(x - 0.5, y - 0.5, width + 1, height + 1);
    context.lineWidth = 3;
    context.strokeStyle = colors.under;
    context.stroke();
    context.lineWidth = 1.5;
    context.strokeStyle = colors.line;
    context.stroke();
  }
}

// As many columns as make the whole nearest to a square
function squarest(count, height, width) {
  let best = 1;
  let least = Infinity;
  for (let tried = 1; tried <= count; tried++) {
    const longest = Math.max(tried * width, Math.ceil(count / tried) * height);
    if (longest < least) [best, least] = [tried, longest];
  }
  return best;
}
