// Confusion matrices side by side. A cell pointed at in one is marked in all; a click, or Enter on
// it, chooses it. The arrow keys move from cell to cell.
//
// data: { names: [text], notes: [text], counts: [10 x 10 integers], most: the largest mistake,
//         chosen: [matrix, row, column] or null, scale: { light, dark }: [[r, g, b]] of 256 }

const VIEWS = new WeakMap();

function dark(host) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(host).getPropertyValue("--st-background-color") || "#fff";
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  return r + g + b < 384;
}

function cell(view, matrix, row, column) {
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = row || column ? -1 : 0;
  const twins = (on) => {
    for (const one of view.cells) one[row][column].classList.toggle("twin", on);
  };
  button.onpointerenter = () => twins(true);
  button.onpointerleave = () => twins(false);
  button.onclick = () => {
    if (button.getAttribute("aria-disabled") === "false") view.send("cell", [matrix, row, column]);
  };
  button.onkeydown = (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = view.cells[matrix][row + step[0]]?.[column + step[1]];
    if (!next) return;
    button.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
  return button;
}

function header(text, scope) {
  const head = document.createElement("th");
  head.scope = scope;
  head.textContent = text;
  return head;
}

function matrix(view, place, size) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const table = document.createElement("table");
  const axis = document.createElement("p");
  axis.className = "axis";
  axis.textContent = "Rows: true digit. Columns: answer. Cells: counts.";
  const top = table.createTHead().insertRow();
  top.append(header("", "col"), ...Array.from({ length: size }, (_, i) => header(i, "col")));
  const body = table.createTBody();
  const cells = Array.from({ length: size }, (_, row) => {
    const line = body.insertRow();
    line.append(header(row, "row"));
    return Array.from({ length: size }, (_, column) => {
      const button = cell(view, place, row, column);
      const data = line.insertCell();
      data.className = row === column ? "right" : "";
      data.append(button);
      return button;
    });
  });
  figure.append(caption, table, axis);
  return { figure, caption, cells };
}

function build(host, view, data) {
  const made = data.counts.map((counts, place) => matrix(view, place, counts.length));
  view.cells = made.map((one) => one.cells);
  view.captions = made.map((one) => one.caption);
  host.replaceChildren(...made.map((one) => one.figure));
}

function fill(view, data, host) {
  const scale = data.scale[dark(host) ? "dark" : "light"];
  data.counts.forEach((counts, place) => {
    const note = document.createElement("small");
    note.textContent = data.notes[place];
    view.captions[place].replaceChildren(data.names[place], note);
    counts.forEach((line, row) => line.forEach((count, column) => {
      const button = view.cells[place][row][column];
      const wrong = row !== column;
      button.textContent = count || (wrong ? "" : "0");
      button.setAttribute("aria-disabled", String(!count)); // still there for the arrow keys
      const chosen = data.chosen && data.chosen[0] === place && data.chosen[1] === row && data.chosen[2] === column;
      button.setAttribute("aria-pressed", String(Boolean(chosen)));
      button.setAttribute("aria-label", `${data.names[place]}: ${count} of true digit ${row} answered as ${column}`);
      button.title = `${count} × true ${row}, answered ${column}`;
      const color = wrong && count ? scale[Math.round((255 * count) / data.most)] : null;
      button.style.setProperty("--fill", color ? `rgb(${color})` : "");
      button.style.setProperty("--ink", color ? (color[0] * 0.3 + color[1] * 0.6 + color[2] * 0.1 > 140 ? "#000" : "#fff") : "");
      if (!color) { button.style.removeProperty("--fill"); button.style.removeProperty("--ink"); }
    }));
  });
}

export default function ({ data, parentElement, setStateValue }) {
  const host = parentElement.querySelector(".confusions");
  const shape = data.counts.map((counts) => counts.length).join();
  let view = VIEWS.get(parentElement);
  if (!view || view.shape !== shape) {
    view = { shape };
    VIEWS.set(parentElement, view);
    build(host, view, data);
  }
  view.send = setStateValue;
  fill(view, data, host);
}
