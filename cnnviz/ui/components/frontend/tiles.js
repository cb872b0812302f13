// Rows of small pictures: filters, or digits with what a network says of them. Pictures are
// redrawn in place; hovering one shows the exact value under the pointer. Where they can be chosen, a
// click sends the trigger "choose": [group, tile].
//
// data: what tiles.py packs, with each tile's values under "<group>.<tile>".
// header: { chooses, groups: [{ title, note, width, height, scale, signed, tiles: [{ label, wrong, name, boxes }] }] }

import { isDark, unpack } from "./message.js";
import { pictureOf } from "./colors.js";

const VIEWS = new WeakMap();

function paint(canvas, tile, group, limit, table) {
  const [width, height] = [group.width, group.height];
  canvas.width = width;
  canvas.height = height;
  canvas.style.width = `${width * group.scale}px`;
  canvas.style.height = `${height * group.scale}px`;
  const g = canvas.getContext("2d");
  const ends = group.signed ? { low: -limit, high: limit } : { low: 0, high: 1 };
  g.drawImage(pictureOf([height, width], tile.values, 0, table, ends), 0, 0);
  g.strokeStyle = "#e69f00";
  for (const [left, top, right, bottom] of tile.boxes ?? []) {
    const [x, y] = [Math.round(left * width), Math.round(top * height)];
    g.strokeRect(x - 0.5, y - 0.5, Math.round((right - left) * width) + 1, Math.round((bottom - top) * height) + 1);
  }
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
    item.append(canvas, document.createElement("span"));
    list.append(item);
    return item;
  });
  return { box, title, items, tip };
}

function fill(entry, group, table, choose) {
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
    canvas.setAttribute("role", choose ? "button" : "img");
    canvas.tabIndex = choose ? 0 : -1;
    canvas.onclick = choose && (() => choose(i));
    canvas.onkeydown = choose && ((event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(i);
    });
    paint(canvas, tile, group, limit || 1, table);
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

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".groups");
  const { chooses, groups, arrays } = unpack(data);
  groups.forEach((group, i) => group.tiles.forEach((tile, j) => (tile.values = arrays[`${i}.${j}`].values)));
  let view = VIEWS.get(parentElement);
  const shape = JSON.stringify(groups.map((group) => group.tiles.length));
  if (!view || view.shape !== shape) {
    view = { shape, entries: groups.map(section) };
    VIEWS.set(parentElement, view);
    host.replaceChildren(...view.entries.map((entry) => entry.box));
  }
  const signed = arrays[`diverging-${isDark(host) ? "dark" : "light"}`].values;
  const digit = arrays["ink-dark"].values; // light ink on a dark ground, as the network receives it
  groups.forEach((group, i) => {
    const choose = chooses ? (tile) => setTriggerValue("choose", [i, tile]) : null;
    fill(view.entries[i], group, group.signed ? signed : digit, choose);
  });
}
