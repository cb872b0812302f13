// Lines that grow while a network learns. One component holds all panels: one message a tick, the
// canvases stay, so nothing flickers and the reader's zoom is kept.
//
// data: Uint8Array = header length (uint32), JSON header padded to 4 bytes, then float32 arrays.
// header: { look (another number at each), every (ms between two looks, 0 for none), axes: [name...], axis (the one to begin with; only then a change is told), labels: { axis: words }, groups: [{ n, columns: [name...] }],
//   panels: [{ title, unit, log, low, high, bubbles, series: [{ label, group, column, color, dots, band: [low, high], size }] }] }
// A group's arrays are its columns in order; those named like an axis are its x values. A band is filled between two more
// columns. Of a panel of bubbles only each line's last point counts; the dashed stairs join those that no other beats in both
// directions.

const VIEWS = new WeakMap();
const PATIENCE = 3000; // ms
const REST = 100; // ms
const MARGIN = { left: 48, right: 10, top: 8, bottom: 30 };

function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = bytes.byteOffset + 4 + length;
  for (const group of header.groups) {
    group.data = {};
    for (const name of group.columns) {
      group.data[name] = new Float32Array(bytes.buffer.slice(at, at + 4 * group.n));
      at += 4 * group.n;
    }
  }
  return header;
}

function niceStep(range, count) {
  const raw = range / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((m) => m * power).find((step) => step >= raw) ?? raw;
}

function ticks(low, high, log) {
  if (log) {
    const found = [];
    const decades = Math.log10(high / low);
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
      for (const m of decades > 2.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5]) {
        const v = m * 10 ** e;
        if (v >= low * 0.999 && v <= high * 1.001) found.push(v);
      }
    return found;
  }
  const step = niceStep(high - low || 1, 5);
  const found = [];
  for (let v = Math.ceil(low / step - 1e-6) * step; v <= high + step * 1e-6; v += step) found.push(v);
  return found;
}

function text(value, unit) {
  if (value === null || Number.isNaN(value)) return "–";
  if (unit === "%") return `${(100 * value).toFixed(value > 0.95 && value < 1 ? 2 : 1)}%`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5) return value.toExponential(0);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (size < 1e-3) return value.toExponential(1);
  return String(+value.toPrecision(3));
}

function tickText(value, unit) {
  if (unit === "%") return `${+(100 * value).toFixed(1)}%`;
  return text(Math.abs(value) < 1e-9 ? 0 : value, unit);
}

// The next round number, so that an axis grows in steps and not at every update.
function roomFor(value) {
  if (!value) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 12.5].find((m) => m * power >= value * 1.02);
}

function xRange(view) {
  if (view.zoom) return view.zoom;
  let now = 0;
  for (const group of view.header.groups) {
    const x = group.data[view.axis];
    let i = group.n - 1;
    while (i >= 0 && !Number.isFinite(x[i])) i--;
    if (i >= 0) now = Math.max(now, x[i]);
  }
  return [0, Math.max(now, Math.min(roomFor(now), view.header.high?.[view.axis] ?? now)) || 1];
}

// The last point of each line that has one: { s, x, y, low, high }.
function heads(view, panel) {
  const found = [];
  for (const s of panel.series) {
    const group = view.header.groups[s.group];
    const y = group.data[s.column];
    let i = group.n - 1;
    while (i >= 0 && !Number.isFinite(y[i])) i--;
    if (i < 0) continue;
    const [low, high] = (s.band ?? [s.column, s.column]).map((name) => group.data[name][i]);
    found.push({ s, x: group.data[view.axis][i], y: y[i], low, high });
  }
  return found;
}

function yRange(view, panel, [x0, x1]) {
  if (panel.bubbles) {
    const ends = heads(view, panel);
    if (!ends.length) return [0, 1];
    const low = Math.min(...ends.map((end) => end.low));
    const high = Math.max(...ends.map((end) => end.high));
    const pad = Math.max((high - low) * 0.25, 0.01);
    return [Math.max(panel.low ?? -Infinity, low - pad), Math.min(panel.high ?? Infinity, high + pad)];
  }
  let low = Infinity;
  let high = -Infinity;
  for (const s of panel.series) {
    const group = view.header.groups[s.group];
    const x = group.data[view.axis];
    for (const name of s.band ?? [s.column]) {
      const y = group.data[name];
      for (let i = 0; i < group.n; i++)
        if (x[i] >= x0 && x[i] <= x1 && Number.isFinite(y[i]) && (!panel.log || y[i] > 0)) {
          low = Math.min(low, y[i]);
          high = Math.max(high, y[i]);
        }
    }
  }
  if (low > high) [low, high] = panel.log ? [0.1, 1] : [0, 1];
  if (panel.log) return [low / 1.15, high * 1.15];
  if (panel.low !== null && panel.low !== undefined) low = panel.low;
  if (panel.high !== null && panel.high !== undefined) high = panel.high;
  const pad = (high - low || Math.abs(high) || 1) * 0.04;
  return [panel.low === low ? low : low - pad, panel.high === high ? high : high + pad];
}

function nearest(x, n, target) {
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (x[mid] < target) low = mid + 1;
    else high = mid;
  }
  return low > 0 && target - x[low - 1] < x[low] - target ? low - 1 : low;
}

function draw(view) {
  for (const box of view.boxes) drawPanel(view, box);
}

function drawPanel(view, box) {
  const { canvas, panel } = box;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width) return;
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const g = canvas.getContext("2d");
  g.setTransform(scale, 0, 0, scale, 0, 0);
  g.clearRect(0, 0, width, height);
  let [x0, x1] = xRange(view);
  if (panel.bubbles) x1 += 0.08 * (x1 - x0); // room for the one furthest to the right
  const [y0, y1] = yRange(view, panel, [x0, x1]);
  const w = width - MARGIN.left - MARGIN.right;
  const h = height - MARGIN.top - MARGIN.bottom;
  const px = (x) => MARGIN.left + ((x - x0) / (x1 - x0 || 1)) * w;
  const fy = panel.log ? Math.log : (v) => v;
  const py = (y) => MARGIN.top + h - ((fy(y) - fy(y0)) / (fy(y1) - fy(y0) || 1)) * h;
  box.fromPixel = (p) => x0 + ((p - MARGIN.left) / w) * (x1 - x0);

  g.font = view.font;
  g.lineWidth = 1;
  g.strokeStyle = view.colors.grid;
  g.fillStyle = view.colors.text;
  g.textBaseline = "middle";
  g.textAlign = "right";
  for (const v of ticks(y0, y1, panel.log)) {
    g.globalAlpha = 1;
    line(g, MARGIN.left, py(v), MARGIN.left + w, py(v));
    g.globalAlpha = 0.75;
    g.fillText(tickText(v, panel.unit), MARGIN.left - 6, py(v));
  }
  g.textAlign = "center";
  g.textBaseline = "top";
  const marks = ticks(x0, x1, false);
  for (const v of marks) g.fillText(text(v, "") === "–" ? "" : String(+v.toPrecision(6)), px(v), MARGIN.top + h + 4);
  g.textAlign = "right";
  g.fillText(view.header.labels?.[view.axis] ?? (view.axis === "seconds" ? "seconds of training" : view.axis), MARGIN.left + w, MARGIN.top + h + 17);
  g.globalAlpha = 1;

  g.save();
  g.beginPath();
  g.rect(MARGIN.left - 3, MARGIN.top - 3, w + 6, h + 6);
  g.clip();
  if (!panel.bubbles) {
    for (const s of panel.series) band(view, g, s, px, py, panel.log);
    for (const s of panel.series) series(view, g, s, px, py, panel.log);
  }
  if (view.cursor !== null) {
    g.strokeStyle = view.colors.text;
    g.globalAlpha = 0.5;
    line(g, px(view.cursor), MARGIN.top, px(view.cursor), MARGIN.top + h);
    g.globalAlpha = 1;
  }
  if (view.drag?.box === box) {
    g.fillStyle = view.colors.primary;
    g.globalAlpha = 0.15;
    g.fillRect(view.drag.from, MARGIN.top, view.drag.to - view.drag.from, h);
    g.globalAlpha = 1;
  }
  g.restore();
  if (panel.bubbles) bubbles(view, g, heads(view, panel), px, py, MARGIN.left + w); // not clipped: a bubble may stand at the edge
  readout(view, box);
}

function band(view, g, s, px, py, log) {
  const group = view.header.groups[s.group];
  if (!s.band || group.n < 2) return;
  const x = group.data[view.axis];
  const [low, high] = s.band.map((name) => group.data[name]);
  const there = [...Array(group.n).keys()].filter((i) => Number.isFinite(low[i]) && Number.isFinite(high[i]) && (!log || low[i] > 0));
  g.beginPath();
  for (const i of there) g.lineTo(px(x[i]), py(high[i]));
  for (const i of there.reverse()) g.lineTo(px(x[i]), py(low[i]));
  g.globalAlpha = 0.2;
  g.fillStyle = view.colors.categories[s.color % view.colors.categories.length];
  g.fill();
  g.globalAlpha = 1;
}

function bubbles(view, g, ends, px, py, right) {
  const best = [];
  for (const end of [...ends].sort((a, b) => a.x - b.x || b.y - a.y)) if (!best.length || end.y > best.at(-1).y) best.push(end);
  g.strokeStyle = g.fillStyle = view.colors.text;
  g.setLineDash([4, 4]);
  g.globalAlpha = 0.6;
  g.beginPath();
  best.forEach((end, k) => {
    if (k) g.lineTo(px(end.x), py(best[k - 1].y));
    g.lineTo(px(end.x), py(end.y));
  });
  if (best.length) g.lineTo(right, py(best.at(-1).y));
  g.stroke();
  g.setLineDash([]);
  for (const { s, x, y, low, high } of [...ends].sort((a, b) => b.s.size - a.s.size)) {
    const color = view.colors.categories[s.color % view.colors.categories.length];
    g.strokeStyle = g.fillStyle = color;
    g.lineWidth = 1.6;
    g.globalAlpha = 1;
    line(g, px(x), py(low), px(x), py(high));
    g.beginPath();
    g.arc(px(x), py(y), 4 + 14 * s.size, 0, 7); // the area grows with the size
    g.globalAlpha = 0.35;
    g.fill();
    g.globalAlpha = 1;
    g.stroke();
  }
}

function line(g, ax, ay, bx, by) {
  g.beginPath();
  g.moveTo(ax, ay);
  g.lineTo(bx, by);
  g.stroke();
}

function series(view, g, s, px, py, log) {
  const group = view.header.groups[s.group];
  const x = group.data[view.axis];
  const y = group.data[s.column];
  const color = view.colors.categories[s.color % view.colors.categories.length];
  g.strokeStyle = g.fillStyle = color;
  g.lineWidth = 1.6;
  g.beginPath();
  let pen = false;
  for (let i = 0; i < group.n; i++) {
    if (!Number.isFinite(y[i]) || (log && y[i] <= 0)) continue; // a gap is bridged, not a zero
    if (pen) g.lineTo(px(x[i]), py(y[i]));
    else g.moveTo(px(x[i]), py(y[i]));
    pen = true;
  }
  g.stroke();
  if (s.dots || group.n === 1)
    for (let i = 0; i < group.n; i++) {
      if (!Number.isFinite(y[i])) continue;
      g.beginPath();
      g.arc(px(x[i]), py(y[i]), 3.2, 0, 7);
      g.fill();
    }
}

// The legend shows each line's value: at the cursor, or the latest.
function readout(view, box) {
  box.panel.series.forEach((s, k) => {
    const group = view.header.groups[s.group];
    const y = group.data[s.column];
    let i = group.n - 1;
    if (view.cursor !== null && group.n) i = nearest(group.data[view.axis], group.n, view.cursor);
    while (i > 0 && !Number.isFinite(y[i])) i--;
    box.outputs[k].textContent = i >= 0 && group.n ? text(y[i], box.panel.unit) : "–";
  });
}

function theme(view, host) {
  const style = getComputedStyle(host);
  const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  view.colors = {
    text: read("--st-text-color", "#333"),
    grid: read("--st-border-color-light", read("--st-border-color", "#ddd")),
    primary: read("--st-primary-color", "#0072b2"),
    categories: read("--st-chart-categorical-colors", "#0072b2").split(","),
  };
  view.font = `11px ${read("--st-font", "sans-serif")}`;
}

function build(view, panels) {
  view.panels.replaceChildren();
  view.boxes = panels.map((panel) => {
    const box = document.createElement("section");
    const head = document.createElement("div");
    head.className = "head";
    const title = document.createElement("b");
    title.textContent = panel.title;
    head.append(title);
    const outputs = panel.series.map((s) => {
      const key = document.createElement("span");
      key.className = s.dots || panel.bubbles ? "key dots" : "key";
      const swatch = document.createElement("i");
      swatch.style.background = view.colors.categories[s.color % view.colors.categories.length];
      const value = document.createElement("output");
      value.dataset.series = s.label;
      key.append(swatch, document.createTextNode(s.label), value);
      head.append(key);
      return value;
    });
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${panel.title}: arrow keys move the cursor, drag to zoom, double click to see all`);
    box.append(head, canvas);
    view.panels.append(box);
    const entry = { canvas, panel, outputs };
    listen(view, entry);
    return entry;
  });
}

function listen(view, box) {
  const { canvas } = box;
  const x = (event) => event.clientX - canvas.getBoundingClientRect().left;
  canvas.onpointermove = (event) => {
    if (view.drag) view.drag.to = x(event);
    view.cursor = box.fromPixel?.(x(event)) ?? null;
    draw(view);
  };
  canvas.onpointerleave = () => {
    view.cursor = null;
    draw(view);
  };
  canvas.onpointerdown = (event) => {
    if (event.pointerType !== "mouse" || event.button) return;
    canvas.setPointerCapture(event.pointerId);
    view.drag = { box, from: x(event), to: x(event) };
  };
  canvas.onpointerup = () => {
    const drag = view.drag;
    view.drag = null;
    if (drag && Math.abs(drag.to - drag.from) > 8) {
      const ends = [box.fromPixel(drag.from), box.fromPixel(drag.to)].sort((a, b) => a - b);
      view.zoom = [Math.max(0, ends[0]), ends[1]];
    }
    draw(view);
  };
  canvas.ondblclick = () => {
    view.zoom = null;
    draw(view);
  };
  canvas.onkeydown = (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") view.zoom = view.cursor = null;
    else if (!move) return;
    else {
      const [a, b] = xRange(view);
      view.cursor = Math.min(b, Math.max(a, (view.cursor ?? b) + (move * (b - a)) / 100));
    }
    event.preventDefault();
    draw(view);
  };
}

function axisButtons(view, host, tell) {
  host.replaceChildren(
    ...view.header.axes.map((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.setAttribute("role", "radio");
      button.setAttribute("aria-checked", String(name === view.axis));
      button.onclick = () => {
        view.axis = view.chosen = name;
        view.zoom = view.cursor = null;
        axisButtons(view, host, tell);
        draw(view);
        if (view.header.axis) tell("axis", name);
      };
      return button;
    }),
  );
}

// Ask for the next look once this one is on the screen: never two at once, none by a hidden tab. The
// time that an answer took counts, so that a busy machine's are as many; it has REST between two.
function askAgain(view, ask) {
  clearTimeout(view.timer);
  if (!view.header.every) return;
  const taken = performance.now() - (view.asked ?? -Infinity);
  view.timer = setTimeout(function due() {
    view.asked = performance.now();
    if (!document.hidden) ask("look", Date.now());
    view.timer = setTimeout(due, Math.max(PATIENCE, view.header.every)); // in case no answer comes
  }, Math.max(REST, view.header.every - taken));
}

export default function ({ data, parentElement, setTriggerValue, setStateValue }) {
  let view = VIEWS.get(parentElement);
  const axis = parentElement.querySelector(".axis");
  if (!view) {
    view = { panels: parentElement.querySelector(".panels"), boxes: [], zoom: null, cursor: null, drag: null, shape: "" };
    VIEWS.set(parentElement, view);
    view.observer = new ResizeObserver(() => draw(view));
    view.observer.observe(view.panels);
  }
  view.header = unpack(data instanceof Uint8Array ? data : new Uint8Array(data));
  view.axis = [view.chosen, view.header.axis, view.header.axes[0]].find((name) => view.header.axes.includes(name));
  theme(view, view.panels);
  const shape = JSON.stringify([view.header.run, view.header.panels, view.header.axes, view.colors]);
  if (shape !== view.shape) {
    if (view.run !== view.header.run) view.zoom = null;
    view.run = view.header.run;
    view.shape = shape;
    build(view, view.header.panels);
    axisButtons(view, axis, setStateValue);
  }
  draw(view);
  parentElement.querySelector(".charts").dataset.updates = String(+(parentElement.querySelector(".charts").dataset.updates ?? 0) + 1);
  askAgain(view, setTriggerValue);
  return () => {
    clearTimeout(view.timer);
    view.observer.disconnect();
    VIEWS.delete(parentElement);
  };
}
