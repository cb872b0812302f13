// Digits as points of a plane: each is drawn as the digit it is labeled, so that no one needs to
// tell colors apart. They move to their next places, unless the user wants no motion.

const MOVE = 500; // ms
const REACH = 16; // CSS pixels from a point that still count as pointing at it
const PAD = 14; // CSS pixels around the outermost points
const FAINT = 0.12; // alpha of the classes that are not chosen

export class Scatter {
  // `on.point(i)` and `on.pin(i)` are told which point, null for none
  constructor(canvas, on) {
    this.canvas = canvas;
    this.on = on;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.pointed = null;
    this.pinned = null;
    this.only = null; // the one class to show
    this.links = null; // (i) => points that belong to it
    this.mark = null; // { at: [x, y], title }
    canvas.addEventListener("pointermove", (event) => this.on.point(this.at(event)));
    canvas.addEventListener("pointerleave", () => this.on.point(null));
    canvas.addEventListener("click", (event) => this.on.pin(this.at(event)));
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(canvas);
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.sizes.disconnect();
  }

  // places: Float32Array, x and y by turns; labels: class of each point; fit: places that all must
  // have room, so that the view stays where it is
  show(places, labels, colors, mark, { size = 11, fit = places } = {}) {
    const key = colors.join() + size;
    if (this.key_ !== key) {
      this.key_ = key;
      this.colors = colors;
      this.size = size;
      this.sprites = null;
    }
    this.labels = labels;
    const { target, scaled, extent } = fitted(places, fit, mark?.at);
    this.mark = mark && { ...mark, at: scaled };
    const moves = this.places?.length === target.length && !this.still.matches;
    const from = moves ? this.places.slice() : target;
    const before = moves && this.markPlace ? this.markPlace : scaled;
    const wide = moves ? this.extent : extent;
    cancelAnimationFrame(this.frame);
    this.places = from.slice();
    if (!moves) {
      this.places = target;
      this.markPlace = scaled;
      this.extent = extent;
      return this.draw();
    }
    const begun = performance.now();
    const step = (now) => {
      const t = Math.min(Math.max((now - begun) / MOVE, 0), 1);
      const share = t * t * (3 - 2 * t);
      for (let i = 0; i < target.length; i++) this.places[i] = from[i] + (target[i] - from[i]) * share;
      this.markPlace = scaled && before.map((value, i) => value + (scaled[i] - value) * share);
      this.extent = wide.map((value, i) => value + (extent[i] - value) * share);
      this.draw();
      if (t < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  point(i) {
    this.pointed = i;
    this.draw();
  }

  pin(i) {
    this.pinned = i;
    this.draw();
  }

  // Where things are, in CSS pixels

  screen(x, y) {
    const room = [this.width / 2 - PAD, this.height / 2 - PAD];
    const scale = Math.min(room[0] / this.extent[0], room[1] / this.extent[1]); // one for both axes
    return [this.width / 2 + x * scale, this.height / 2 - y * scale];
  }

  at(event) {
    if (!this.places) return null;
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least] = [null, REACH * REACH];
    for (let i = 0; i < this.labels.length; i++) {
      if (this.only !== null && this.labels[i] !== this.only) continue;
      const [px, py] = this.screen(this.places[2 * i], this.places[2 * i + 1]);
      const away = (px - x) ** 2 + (py - y) ** 2;
      if (away < least) [best, least] = [i, away];
    }
    return best;
  }

  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.key === "Escape") return this.on.pin(null);
    if (!(event.key in moves) || !this.places) return;
    event.preventDefault();
    const to = this.beside(this.pinned, moves[event.key]);
    if (to !== this.pinned) this.on.pin(to);
  }

  // The nearest point in a direction, within 60 degrees of it
  beside(i, [right, up]) {
    const [x, y] = i === null ? [0, 0] : [this.places[2 * i], this.places[2 * i + 1]];
    let [best, least] = [i, Infinity];
    for (let j = 0; j < this.labels.length; j++) {
      if (j === i || (this.only !== null && this.labels[j] !== this.only)) continue;
      const [dx, dy] = [this.places[2 * j] - x, this.places[2 * j + 1] - y];
      const away = Math.hypot(dx, dy);
      if (away && dx * right + dy * up > 0.5 * away && away < least) [best, least] = [j, away];
    }
    return best;
  }

  // Painting

  draw() {
    if (!this.places) return;
    const box = this.canvas.getBoundingClientRect();
    if (!box.width) return;
    const ratio = window.devicePixelRatio || 1;
    [this.width, this.height] = [box.width, box.height];
    const [w, h] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    if (!this.sprites || this.ratio !== ratio) this.sprites = this.colors.map((color, digit) => glyph(digit, color, this.size, ratio));
    this.ratio = ratio;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const half = this.sprites[0].width / ratio / 2;
    const order = this.only === null ? [null] : [(label) => label !== this.only, (label) => label === this.only];
    for (const chosen of order) {
      context.globalAlpha = chosen && chosen === order[0] ? FAINT : 1;
      for (let i = 0; i < this.labels.length; i++) {
        if (chosen && !chosen(this.labels[i])) continue;
        const [x, y] = this.screen(this.places[2 * i], this.places[2 * i + 1]);
        context.drawImage(this.sprites[this.labels[i]], x - half, y - half, 2 * half, 2 * half);
      }
    }
    context.globalAlpha = 1;
    this.text = getComputedStyle(this.canvas).color;
    this.ground = getComputedStyle(this.canvas).getPropertyValue("--st-background-color");
    const current = this.pointed ?? this.pinned;
    if (this.mark && this.markPlace) this.star(context);
    if (current !== null && current < this.labels.length) this.ring(context, current);
  }

  ring(context, i) {
    const [x, y] = this.screen(this.places[2 * i], this.places[2 * i + 1]);
    context.strokeStyle = this.text;
    context.lineWidth = 1;
    for (const j of this.links?.(i) ?? []) {
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(...this.screen(this.places[2 * j], this.places[2 * j + 1]));
      context.stroke();
    }
    for (const [width, color] of [[5, this.ground], [2, this.text]]) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.beginPath();
      context.arc(x, y, 9, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  // The subject: a ring with a cross in it and its name beside it
  star(context) {
    const [x, y] = this.screen(...this.markPlace);
    for (const [width, color] of [[6, this.ground], [2.5, this.text]]) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.beginPath();
      context.arc(x, y, 11, 0, 2 * Math.PI);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + 8 * dx, y + 8 * dy);
        context.lineTo(x + 17 * dx, y + 17 * dy);
      }
      context.stroke();
    }
    context.font = `600 13px ${getComputedStyle(this.canvas).fontFamily}`;
    const wide = context.measureText(this.mark.title).width;
    const left = x + 22 + wide > this.width ? x - 22 - wide : x + 22;
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.strokeStyle = this.ground;
    context.strokeText(this.mark.title, left, y);
    context.fillStyle = this.text;
    context.fillText(this.mark.title, left, y);
  }
}

// Places around zero, up to 1 on the wider axis, and how far they reach on both
function fitted(places, fit, mark) {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  const take = (x, y) => {
    [low[0], high[0]] = [Math.min(low[0], x), Math.max(high[0], x)];
    [low[1], high[1]] = [Math.min(low[1], y), Math.max(high[1], y)];
  };
  for (let i = 0; i < fit.length; i += 2) take(fit[i], fit[i + 1]);
  if (mark) take(...mark);
  const middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
  const half = Math.max(high[0] - low[0], high[1] - low[1]) / 2 || 1;
  const target = new Float32Array(places.length);
  for (let i = 0; i < places.length; i++) target[i] = (places[i] - middle[i % 2]) / half;
  const extent = [0, 1].map((axis) => Math.max((high[axis] - low[axis]) / 2 / half, 0.05));
  return { target, extent, scaled: mark && mark.map((value, axis) => (value - middle[axis]) / half) };
}

function glyph(digit, color, size, ratio) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil((size + 4) * ratio);
  const context = canvas.getContext("2d");
  context.font = `700 ${size * ratio}px sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = color;
  context.fillText(String(digit), canvas.width / 2, canvas.height / 2);
  return canvas;
}

// A digit, uint8, as ink on paper of the theme
export function paintDigit(canvas, pixels, dark) {
  const side = Math.round(Math.sqrt(pixels.length));
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  pixels.forEach((value, i) => {
    const gray = dark ? value : 255 - value;
    image.data.set([gray, gray, gray, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
}
