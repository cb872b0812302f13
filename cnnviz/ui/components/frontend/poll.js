// Request updates of the fragment around this at intervals, unless the tab is hidden.

/** @type {WeakMap<Node, number>} */
const timers = new WeakMap();

/** @type {import("./component.js").Component<{ every: number }>} every: milliseconds */
export default function poll({ data, parentElement, setTriggerValue }) {
  clearInterval(timers.get(parentElement));
  const timer = setInterval(() => {
    if (!document.hidden) setTriggerValue("update", Date.now());
  }, data.every);
  timers.set(parentElement, timer);
  return () => clearInterval(timer);
}
