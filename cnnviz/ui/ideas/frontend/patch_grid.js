// An input grid with its padding, and an output grid: pointing at a unit shows the pixels it sees.
//
// data: { size, before, after (rows of padding), out, taps: for each output row the input rows under
// the kernel, those in the padding too; columns are alike }

const SVG = "http://www.w3.org/2000/svg";
const VIEWS = new WeakMap();

function square(svg, row, column, cell, name) {
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("x", column * cell + 1);
  rect.setAttribute("y", row * cell + 1);
  rect.setAttribute("width", cell - 2);
  rect.setAttribute("height", cell - 2);
  rect.setAttribute("rx", 2);
  if (name) rect.setAttribute("class", name);
  svg.append(rect);
  return rect;
}

function frame(svg, cells, cell) {
  svg.replaceChildren();
  svg.setAttribute("width", cells * cell);
  svg.setAttribute("height", cells * cell);
}

export default function ({ data, parentElement }) {
  const [input, output] = [".in", ".out"].map((name) => parentElement.querySelector(name));
  const says = parentElement.querySelector(".says");
  const whole = data.before + data.size + data.after;
  const cell = Math.max(12, Math.min(30, Math.floor(340 / whole)));
  frame(input, whole, cell);
  frame(output, data.out, cell);
  input.setAttribute("aria-label", `Input of ${data.size} by ${data.size} pixels, padded to ${whole}`);
  const pixels = [];
  for (let row = 0; row < whole; row++)
    for (let column = 0; column < whole; column++) {
      const inside = [row, column].every((i) => i >= data.before && i < data.before + data.size);
      pixels.push(square(input, row, column, cell, inside ? "" : "pad"));
    }
  const units = [];

  function show(row, column) {
    VIEWS.set(parentElement, [row, column]);
    units.forEach((unit, i) => unit.classList.toggle("now", i === row * data.out + column));
    const [rows, columns] = [row, column].map((i) => new Set(data.taps[i].map((tap) => tap + data.before)));
    pixels.forEach((pixel, i) => pixel.classList.toggle("tap", rows.has(Math.floor(i / whole)) && columns.has(i % whole)));
    const real = [row, column].map((i) => data.taps[i].filter((tap) => tap >= 0 && tap < data.size).length);
    const all = data.taps[row].length * data.taps[column].length;
    says.textContent = `Unit (${row}, ${column}) sees rows ${data.taps[row].join(", ")} and columns ${data.taps[column].join(", ")}: ` +
      `${real[0] * real[1]} pixels of the image and ${all - real[0] * real[1]} of padding.`;
  }

  for (let row = 0; row < data.out; row++)
    for (let column = 0; column < data.out; column++) {
      const unit = square(output, row, column, cell, "");
      unit.setAttribute("tabindex", row || column ? "-1" : "0");
      unit.setAttribute("role", "button");
      unit.setAttribute("aria-label", `unit ${row}, ${column}`);
      unit.onpointerenter = unit.onfocus = unit.onclick = () => show(row, column);
      unit.onkeydown = (event) => {
        const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
        const next = units[(row + down) * data.out + column + right];
        if (!(down || right) || !next || column + right < 0 || column + right >= data.out) return;
        event.preventDefault();
        next.focus();
      };
      units.push(unit);
    }
  const [row, column] = VIEWS.get(parentElement) ?? [0, 0];
  show(Math.min(row, data.out - 1), Math.min(column, data.out - 1));
}
