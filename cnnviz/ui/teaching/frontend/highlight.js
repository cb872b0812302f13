// Outline the element on the page that a step of the tour is about.

const AGAIN = 500; // milliseconds: the page may draw the element later, or draw it anew

/** @type {WeakMap<Node, () => void>} */
const removals = new WeakMap();

/** @type {import("../../components/frontend/component.js").Component<{ target: string }>} target: the element's key */
export default function highlight({ data, parentElement }) {
  removals.get(parentElement)?.();
  /** @type {HTMLElement | null} */
  let outlined = null;
  const outline = () => {
    const element = document.querySelector(`.st-key-${CSS.escape(data.target)}`);
    if (element === outlined || !(element instanceof HTMLElement)) return;
    clear(outlined);
    outlined = element;
    element.style.outline = "3px solid #e69f00"; // orange of the page's palette
    element.style.outlineOffset = "6px";
    element.style.borderRadius = "4px";
  };
  const timer = setInterval(outline, AGAIN);
  const remove = () => {
    clearInterval(timer);
    clear(outlined);
    outlined = null;
  };
  removals.set(parentElement, remove);
  outline();
  return remove;
}

/** @param {HTMLElement | null} element */
function clear(element) {
  if (!element) return;
  element.style.outline = "";
  element.style.outlineOffset = "";
  element.style.borderRadius = "";
}
