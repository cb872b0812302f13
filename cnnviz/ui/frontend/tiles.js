// Rows of small pictures: filters, or digits with what a network says of them. Pictures are
// redrawn in place; hovering one shows the exact value under the pointer.
//
// data: Uint8Array = header length (uint32), JSON header, then float32 values, tile by tile.
// header: { groups: [{ title, note, width, height, scale, signed, tiles: [{ label, wrong, name, boxes }] }] }

const VIEWS = new WeakMap();

function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = bytes.byteOffset + 4 + length;
  for (const group of header.groups)
    for (const tile of group.tiles) {
      const size = 4 * group.width * group.height;
      tile.values = new Float32Array(bytes.buffer.slice(at, at + size));
      at += size;
    }
  return header;
}

function channel(value) {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

// Signed values: orange below zero, blue above, the page's own background at zero.
function shade(value, signed, limit, ground) {
  if (!signed) return [channel(value), channel(value), channel(value)];
  const t = limit ? value / limit : 0;
  const pole = t < 0 ? [213, 94, 0] : [0, 114, 178];
  return pole.map((p, i) => Math.round(ground[i] + (p - ground[i]) * Math.min(1, Math.abs(t))));
}

function paint(canvas, tile, group, limit, ground) {
  canvas.width = group.width;
  canvas.height = group.height;
  canvas.style.width = `${group.width * group.scale}px`;
  canvas.style.height = `${group.height * group.scale}px`;
  const g = canvas.getContext("2d");
  const image = g.createImageData(group.width, group.height);
  tile.values.forEach((value, i) => image.data.set(
    Number.isNaN(value) ? [0, 0, 0, 0] : [...shade(value, group.signed, limit, ground), 255], 4 * i));
  g.putImageData(image, 0, 0);
  g.strokeStyle = "#e69f00";
  for (const [left, top, right, bottom] of tile.boxes ?? []) {
    const [x, y] = [Math.round(left * group.width), Math.round(top * group.height)];
    g.strokeRect(x - 0.5, y - 0.5, Math.round((right - left) * group.width) + 1, Math.round((bottom - top) * group.height) + 1);
  }
}

function rgb(color) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = color;
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

function section(group) {
  const box = document.createElement("section");
  const title = document.createElement("div");
  title.className = "title";
  const list = document.createElement("ul");
  const tip = document.createElement("div");
  tip.className = "tip";
  box.append(title, list, tip);
  const items = group.tiles.map(() => {
    const item = document.createElement("li");
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    item.append(canvas, document.createElement("span"));
    list.append(item);
    return item;
  });
  return { box, title, items, tip };
}

function fill(entry, group, ground) {
  const note = document.createElement("small");
  note.textContent = group.note ?? "";
  entry.title.replaceChildren(document.createTextNode(group.title), note);
  let limit = 0;
  for (const tile of group.tiles) for (const value of tile.values) limit = Math.max(limit, Math.abs(value) || 0); // NaN lies outside the image
  group.tiles.forEach((tile, i) => {
    const item = entry.items[i];
    const [canvas, label] = item.children;
    item.className = tile.wrong ? "wrong" : "";
    label.textContent = tile.label ?? "";
    label.hidden = !tile.label;
    canvas.setAttribute("aria-label", tile.name);
    paint(canvas, tile, group, limit, ground);
    canvas.onpointermove = (event) => {
      const area = canvas.getBoundingClientRect();
      const x = Math.min(group.width - 1, Math.max(0, Math.floor(((event.clientX - area.left) / area.width) * group.width)));
      const y = Math.min(group.height - 1, Math.max(0, Math.floor(((event.clientY - area.top) / area.height) * group.height)));
      const value = tile.values[y * group.width + x];
      const said = Number.isNaN(value) ? "outside the image" : `= ${value.toFixed(4)}`;
      entry.tip.textContent = `${tile.name}: row ${y}, column ${x} ${said}`;
    };
    canvas.onpointerleave = () => (entry.tip.textContent = "");
  });
}

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".groups");
  const header = unpack(data instanceof Uint8Array ? data : new Uint8Array(data));
  let view = VIEWS.get(parentElement);
  const shape = JSON.stringify(header.groups.map((group) => group.tiles.length));
  if (!view || view.shape !== shape) {
    view = { shape, entries: header.groups.map(section) };
    VIEWS.set(parentElement, view);
    host.replaceChildren(...view.entries.map((entry) => entry.box));
  }
  const ground = rgb(getComputedStyle(host).getPropertyValue("--st-background-color") || "#fff");
  header.groups.forEach((group, i) => fill(view.entries[i], group, ground));
}
