// Show the value under the pointer, of the maps of a page to hand in.

const label = document.createElement("div");
label.id = "value";
label.hidden = true;
document.body.append(label);

for (const map of /** @type {NodeListOf<HTMLImageElement>} */ (document.querySelectorAll(".map"))) {
  const values = JSON.parse(map.dataset.values ?? "[]");
  map.addEventListener("pointermove", (event) => {
    const row = Math.min(
      values.length - 1,
      Math.floor((event.offsetY / map.clientHeight) * values.length),
    );
    const column = Math.min(
      values[0].length - 1,
      Math.floor((event.offsetX / map.clientWidth) * values[0].length),
    );
    label.textContent = `row ${row}, column ${column}: ${values[row]?.[column]}`;
    label.style.left = `${event.clientX + 12}px`;
    label.style.top = `${event.clientY + 12}px`;
    label.hidden = false;
  });
  map.addEventListener("pointerleave", () => {
    label.hidden = true;
  });
}
