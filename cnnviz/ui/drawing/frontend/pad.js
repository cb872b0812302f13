// A pad to draw on, and what networks make of the drawing while the pen moves.
//
// To the server, as state "message": { seq, id, live, width, height, ink, place, ops }
//   live: the pen is down; then the server need not send `ops` back.
//   ink: the drawing's bounding box, at most 112 pixels on a side, base64 of one byte a pixel.
//   place: left, top, width and height of that box, as shares of the pad.
//   ops: strokes and pictures, which undo takes back and another visit to the page gets again.
// From the server, as data: { ack, id, ops?, image, say, words, detail, certainty, doubtful,
//   note, compact, networks: [{ title, tested, probabilities? }] }
//   A new id means a drawing that the page has put onto the pad.
// One message is under way at a time; what happens meanwhile goes with the next one.

const SIDE = 280; // of the pad, in the units of strokes
const SHARP = Math.min(2, Math.max(1, window.devicePixelRatio)); // canvas pixels per screen pixel
const SCALE = (SHARP * 320) / SIDE; // canvas pixels per unit
const FINEST = 112;
const PAUSE = 40; // ms between two messages while the pen is down
const LOST = 3000; // ms after which an unanswered message is given up
const PADS = new WeakMap();

function bytes(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function text(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function canvas(width, height) {
  const made = document.createElement("canvas");
  made.width = width;
  made.height = height;
  return made;
}

function paintPixels(canvas, pixels) {
  const image = new ImageData(canvas.width, canvas.height);
  const colors = new Uint32Array(image.data.buffer);
  pixels.forEach((value, i) => (colors[i] = 0xff000000 | (value * 0x010101)));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// Touch the page only where it changes: each change is painted anew, and a status read out again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function percent(share) {
  return share > 0.9995 && share < 1 ? ">99.9%" : `${(100 * share).toFixed(1)}%`;
}

// All that is drawn: a list of { clear }, { picture } and { width, eraser, points }.
class Drawing {
  constructor(element) {
    element.width = element.height = Math.round(SIDE * SCALE);
    this.g = element.getContext("2d", { willReadFrequently: true });
    this.g.lineCap = this.g.lineJoin = "round";
    this.small = canvas(SIDE, SIDE).getContext("2d", { willReadFrequently: true });
    this.box = canvas(FINEST, FINEST).getContext("2d", { willReadFrequently: true });
    for (const g of [this.small, this.box]) g.imageSmoothingQuality = "high";
    this.set([]);
  }

  set(ops) {
    this.ops = ops;
    this.g.fillStyle = "#000";
    this.g.fillRect(0, 0, SIDE * SCALE, SIDE * SCALE);
    const start = ops.findLastIndex((op) => op.clear);
    for (const op of ops.slice(start + 1)) op.picture ? this.place(op.picture) : this.stroke(op, 0);
  }

  get blank() {
    return !this.ops.length || Boolean(this.ops.at(-1).clear);
  }

  // A picture as large as MNIST would show it: 20 of 28 pixels, unless it has its own margin.
  place({ width, height, ink, whole }) {
    const unit = (SIDE * SCALE * (whole ? 1 : 20 / 28)) / Math.max(width, height);
    const [w, h] = [width * unit, height * unit];
    this.g.imageSmoothingEnabled = !whole;
    const source = paintPixels(canvas(width, height), bytes(ink));
    this.g.drawImage(source, (SIDE * SCALE - w) / 2, (SIDE * SCALE - h) / 2, w, h);
  }

  stroke({ width, eraser, points }, from) {
    this.g.strokeStyle = eraser ? "#000" : "#fff";
    this.g.lineWidth = width * SCALE;
    this.g.beginPath();
    if (points.length === 2) {
      // a dot: a line to where it begins paints nothing
      this.g.fillStyle = this.g.strokeStyle;
      this.g.arc(points[0] * SCALE, points[1] * SCALE, (width * SCALE) / 2, 0, 2 * Math.PI);
      this.g.fill();
      return;
    }
    this.g.moveTo(points[from] * SCALE, points[from + 1] * SCALE);
    for (let i = from; i < points.length; i += 2) this.g.lineTo(points[i] * SCALE, points[i + 1] * SCALE);
    this.g.stroke();
  }

  begin(width, eraser, x, y) {
    this.ops.push({ width, eraser, points: [x, y] });
    this.stroke(this.ops.at(-1), 0);
  }

  extend(x, y) {
    const { points } = this.ops.at(-1);
    if (Math.hypot(x - points.at(-2), y - points.at(-1)) < 1) return false;
    points.push(x, y);
    this.stroke(this.ops.at(-1), points.length - 4);
    return true;
  }

  undo() {
    this.set(this.ops.slice(0, -1));
  }

  clear() {
    if (this.blank) return;
    const previous = this.ops.findLastIndex((op) => op.clear); // one cleared drawing is kept
    this.set([...this.ops.slice(previous + 1), { clear: true }]);
  }

  // The bounding box of the ink at fine resolution; nothing at all on an empty pad.
  ink() {
    this.small.drawImage(this.g.canvas, 0, 0, SIDE, SIDE);
    const { data } = this.small.getImageData(0, 0, SIDE, SIDE);
    let [left, top, right, bottom] = [SIDE, SIDE, -1, -1];
    for (let y = 0, i = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++, i += 4)
        if (data[i]) {
          if (x < left) left = x;
          if (x > right) right = x;
          if (y < top) top = y;
          bottom = y;
        }
    if (right < 0) return { width: 0, height: 0, ink: "", place: [0, 0, 0, 0] };
    const [w, h] = [right - left + 1, bottom - top + 1];
    const unit = Math.min(1, FINEST / Math.max(w, h));
    const [width, height] = [Math.max(1, Math.round(w * unit)), Math.max(1, Math.round(h * unit))];
    this.box.drawImage(this.small.canvas, left, top, w, h, 0, 0, width, height);
    const pixels = this.box.getImageData(0, 0, width, height).data;
    const place = [left, top, w, h].map((v) => v / SIDE);
    return { width, height, place, ink: text(Uint8Array.from({ length: width * height }, (_, i) => pixels[4 * i])) };
  }
}

// Sends the newest state, one message at a time.
class Line {
  constructor(compose) {
    this.compose = compose;
    this.seq = 0;
    this.pending = this.waiting = this.live = false;
    this.last = 0;
  }

  get busy() {
    return this.pending || this.waiting;
  }

  changed(live) {
    this.pending = true;
    this.live = live;
    this.pump();
  }

  pump() {
    clearTimeout(this.timer);
    const now = performance.now();
    const rest = this.waiting ? this.last + LOST - now : this.live ? this.last + PAUSE - now : 0;
    if (!this.pending) return;
    if (rest > 0) {
      this.timer = setTimeout(() => this.pump(), rest);
      return;
    }
    this.pending = false;
    this.waiting = true;
    this.last = now;
    this.seq += 1;
    this.send("message", { seq: this.seq, ...this.compose(this.live) });
  }

  acknowledged(seq) {
    if (seq !== this.seq) return;
    this.waiting = false;
    this.pump();
  }
}

class Pad {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.board = this.find(".board");
    this.element = this.find(".pad");
    this.nib = this.find(".nib");
    this.drawing = new Drawing(this.element);
    this.eraser = false;
    this.pen = null; // id of the pointer that draws
    this.line = new Line((live) => {
      this.sent = this.touched;
      return { id: this.id, live, ...this.drawing.ink(), ops: this.drawing.ops };
    });
    this.listenToPen();
    this.listenToTools();
    this.listenToPixels();
  }

  position(event) {
    const box = this.element.getBoundingClientRect();
    const unit = SIDE / box.width;
    return [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit].map((v) => Math.round(v * 2) / 2);
  }

  get width() {
    return Number(this.find("input").value) * (this.eraser ? 1.5 : 1);
  }

  changed(event) {
    this.touched = event?.timeStamp ?? performance.now();
    this.find(".invitation").hidden = !this.drawing.blank;
    this.find(".note").textContent = "";
    this.board.setAttribute("aria-busy", true);
    this.line.changed(this.pen !== null);
  }

  listenToPen() {
    const pad = this.element;
    pad.onpointerdown = (event) => {
      if (event.button || this.pen !== null) return;
      event.preventDefault(); // a finger neither scrolls nor selects
      pad.focus({ preventScroll: true, focusVisible: false });
      pad.setPointerCapture(event.pointerId);
      this.pen = event.pointerId;
      this.drawing.begin(this.width, this.eraser, ...this.position(event));
      this.hover(event);
      this.changed(event);
    };
    pad.onpointermove = (event) => {
      this.hover(event);
      if (event.pointerId !== this.pen) return;
      const steps = event.getCoalescedEvents?.() ?? [];
      let moved = false;
      for (const step of steps.length ? steps : [event]) moved = this.drawing.extend(...this.position(step)) || moved;
      if (moved) this.changed(event);
    };
    pad.onpointerup = pad.onpointercancel = (event) => {
      if (event.pointerId !== this.pen) return;
      this.pen = null;
      this.drawing.set(this.drawing.ops); // one smooth path in place of its segments
      this.changed(event);
    };
    pad.onpointerleave = () => {
      this.nib.hidden = true;
    };
  }

  // Show how wide the pen is; a finger would hide it.
  hover(event) {
    this.nib.hidden = event.pointerType === "touch";
    const unit = this.element.clientWidth / SIDE;
    const [x, y] = this.position(event);
    const size = this.width * unit;
    this.nib.style.width = this.nib.style.height = `${size}px`;
    this.nib.style.transform = `translate(${x * unit - size / 2}px, ${y * unit - size / 2}px)`;
  }

  listenToTools() {
    const undo = (event) => {
      if (this.pen !== null || !this.drawing.ops.length) return;
      this.drawing.undo();
      this.changed(event);
    };
    const clear = (event) => {
      if (this.pen !== null) return;
      this.drawing.clear();
      this.changed(event);
    };
    this.find(".undo").onclick = undo;
    this.find(".clear").onclick = clear;
    this.find(".eraser").onclick = (event) => {
      this.eraser = !this.eraser;
      event.currentTarget.setAttribute("aria-pressed", this.eraser);
    };
    this.find(".paper").onkeydown = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") undo(event);
      else if (event.key === "Delete" || event.key === "Backspace") clear(event);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
  }

  listenToPixels() {
    const input = this.find(".input");
    input.onpointermove = input.onpointerdown = (event) => {
      const box = input.getBoundingClientRect();
      const cell = (at, start, length) => Math.min(27, Math.max(0, Math.floor((28 * (at - start)) / length)));
      this.pixel = [cell(event.clientY, box.top, box.height), cell(event.clientX, box.left, box.width)];
      this.readPixel();
    };
    input.onpointerleave = () => {
      this.pixel = null;
      this.readPixel();
    };
  }

  readPixel() {
    const mark = this.find(".mark");
    mark.hidden = !this.pixel || !this.image;
    if (mark.hidden) {
      write(this.find(".readout"), "28 × 28 pixels, centered by weight, no ink cut off; point at one.");
      return;
    }
    const [row, column] = this.pixel;
    mark.style.top = `${(100 * row) / 28}%`;
    mark.style.left = `${(100 * column) / 28}%`;
    write(this.find(".readout"), `Row ${row}, column ${column}: ${this.image[28 * row + column]} of 255`);
  }

  show(data) {
    if (data.ops && data.id !== this.id) {
      this.id = data.id;
      this.pen = null;
      this.drawing.set(data.ops);
      this.find(".invitation").hidden = !this.drawing.blank;
    }
    this.image = bytes(data.image);
    paintPixels(this.find(".input"), this.image);
    this.readPixel();
    for (const name of ["say", "detail", "certainty", "note"]) write(this.find(`.${name}`), data[name]);
    this.find(".verdict").classList.toggle("words", data.words);
    this.board.classList.toggle("doubtful", data.doubtful);
    this.board.classList.toggle("compact", data.compact);
    this.showNetworks(data.networks);
    if (data.ack === this.line.seq) this.board.dataset.answered = this.sent; // time of the newest pen event in it
    this.line.acknowledged(data.ack);
    this.board.setAttribute("aria-busy", this.line.busy);
  }

  showNetworks(networks) {
    const list = this.find(".networks");
    while (list.children.length > networks.length) list.lastChild.remove();
    while (list.children.length < networks.length) list.append(networkCard());
    networks.forEach((network, i) => showNetwork(list.children[i], network));
  }
}

function made(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

function networkCard() {
  const bars = Array.from({ length: 10 }, (_, digit) =>
    made("li", "", made("span", "", String(digit)), made("div", "track", made("div", "fill")), made("span", "share")),
  );
  const card = made(
    "li",
    "network",
    made("div", "title", made("span", ""), made("small", "")),
    made("div", "answer", made("b", ""), made("span", "")),
  );
  card.append(made("ol", "bars", ...bars));
  return card;
}

function showNetwork(card, { title, tested, probabilities }) {
  const [name, small] = card.querySelector(".title").children;
  write(name, title);
  write(small, tested);
  const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
  const [digit, certainty] = card.querySelector(".answer").children;
  write(digit, best < 0 ? "" : String(best));
  write(certainty, best < 0 ? "" : percent(probabilities[best]));
  card.querySelectorAll(".bars li").forEach((bar, i) => {
    const share = probabilities?.[i] ?? 0;
    bar.classList.toggle("best", i === best);
    bar.querySelector(".fill").style.transform = `scaleX(${share})`;
    const label = bar.lastChild;
    const show = () => {
      write(label, !probabilities ? "" : bar.matches(":hover") ? share.toPrecision(4) : percent(share));
    };
    bar.onpointerenter = bar.onpointerleave = show;
    show();
  });
}

export default function ({ data, parentElement, setStateValue }) {
  let pad = PADS.get(parentElement);
  if (!pad) {
    pad = new Pad(parentElement);
    PADS.set(parentElement, pad);
  }
  pad.line.send = setStateValue;
  pad.show(data);
  return () => clearTimeout(pad.line.timer);
}
