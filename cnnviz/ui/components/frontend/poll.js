// Ask for the next look at the fragment around this, again and again; a hidden tab does not ask.

/** @type {WeakMap<Node, number>} */
const timers = new WeakMap();

/** @type {import("./component.js").Component<{ every: number }>} every: milliseconds */
export default function poll({ data, parentElement, setTriggerValue }) {
  clearInterval(timers.get(parentElement));
  const timer = setInterval(() => {
    if (!document.hidden) setTriggerValue("look", Date.now());
  }, data.every);
  timers.set(parentElement, timer);
  return () => clearInterval(timer);
}
