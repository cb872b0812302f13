// A small table whose numbers change in place several times a second: no row is drawn anew.
//
// data: { heads: [{ text, help }], rows: [{ color, cells: [[text, small]...] }] }; the swatch stands in the second cell.

function fill(parent, count, tag) {
  while (parent.children.length > count) parent.lastChild.remove();
  while (parent.children.length < count) parent.append(document.createElement(tag));
  return [...parent.children];
}

function put(cell, [text, small], swatch) {
  const shown = JSON.stringify([text, small, swatch]);
  if (cell.dataset.shown === shown) return;
  cell.dataset.shown = shown;
  cell.replaceChildren();
  if (swatch) {
    const dot = document.createElement("i");
    dot.style.background = swatch;
    cell.append(dot);
  }
  cell.append(text);
  if (small) {
    const note = document.createElement("small");
    note.textContent = small;
    cell.append(note);
  }
}

export default function ({ data, parentElement }) {
  const table = parentElement.querySelector("table");
  const style = getComputedStyle(table);
  const colors = (style.getPropertyValue("--st-chart-categorical-colors").trim() || "#0072b2").split(",");
  fill(table.tHead.rows[0], data.heads.length, "th").forEach((head, k) => {
    head.scope = "col";
    head.textContent = data.heads[k].text;
    head.title = data.heads[k].help;
  });
  fill(table.tBodies[0], data.rows.length, "tr").forEach((row, r) => {
    const { color, cells } = data.rows[r];
    fill(row, cells.length, "td").forEach((cell, k) => put(cell, cells[k], k === 1 ? colors[color % colors.length] : null));
  });
}
