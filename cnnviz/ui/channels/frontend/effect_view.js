// Ten bars with a line where each was, and two accuracies with their intervals on one axis.

const percent = (share) => `${(100 * share).toFixed(1)}%`;

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

function bars(host, { before, after, label }) {
  if (!host.children.length)
    for (let digit = 0; digit < before.length; digit++) {
      const track = element("span", "track", element("span", "fill"), element("span", "was"));
      host.append(element("li", "", element("span", "class", String(digit)), track, element("span", "share")));
    }
  const best = after.indexOf(Math.max(...after));
  [...host.children].forEach((item, digit) => {
    item.className = `${digit === best ? "best" : ""} ${digit === label ? "true" : ""}`;
    item.querySelector(".fill").style.width = percent(after[digit]);
    item.querySelector(".was").style.left = `calc(${percent(before[digit])} - 1px)`;
    item.querySelector(".share").textContent = percent(after[digit]);
    item.ariaLabel = `${digit}: ${percent(after[digit])}, as learned ${percent(before[digit])}`;
  });
  const was = before.indexOf(Math.max(...before));
  return was === best ? `still ${best}` : `${was} before, now ${best}`;
}

// The axis ends at 100% and begins below the lowest interval, at a round number
function begin(accuracy) {
  const lowest = Math.min(...accuracy.map(([, low]) => low));
  return [0.95, 0.9, 0.8, 0.5].find((start) => start <= lowest - 0.002) ?? 0;
}

function scores(host, { accuracy, edits, of, tested }) {
  const names = ["As learned", "Edited"];
  if (!host.children.length)
    for (const name of names) {
      const range = element("span", "range", element("span", "interval"), element("span", "dot"));
      host.append(element("div", "score", element("span", "name", name), range, element("b", "")));
    }
  const start = begin(accuracy);
  const place = (share) => Math.max(0, (share - start) / (1 - start));
  [...host.children].forEach((row, i) => {
    const [value, low, high] = accuracy[i];
    row.querySelector(".interval").style.left = percent(place(low));
    row.querySelector(".interval").style.width = percent(place(high) - place(low));
    row.querySelector(".dot").style.left = percent(place(value));
    row.querySelector("b").textContent = percent(value);
    row.title = `${names[i]}: ${percent(value)}, 95% interval ${percent(low)} to ${percent(high)}`;
    row.ariaLabel = row.title;
    row.setAttribute("role", "img");
  });
  return start;
}

export default function ({ data, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector);
  const root = find(".effect");
  const right = data.label === null || data.after.indexOf(Math.max(...data.after)) === data.label;
  root.style.setProperty("--bar", right ? "var(--st-primary-color)" : data.color);
  const verdict = bars(find(".bars"), data);
  find(".verdict").textContent = data.edits ? verdict : "";
  const start = scores(find(".scores"), data);
  find(".axis").replaceChildren(element("span", "", percent(start)), element("span", "", "100%"));
  const count = data.tested.toLocaleString("en");
  const done = data.tested < data.of;
  find(".title small").textContent = done ? `${count} of ${data.of.toLocaleString("en")} digits so far` : `on ${count} test digits`;
  find(".sentence").textContent = data.sentence;
}
