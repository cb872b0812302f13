// Asks for another look at the fragment around it, again and again; a hidden tab asks for none.
//
// data: { every (milliseconds) }

const TIMERS = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  clearInterval(TIMERS.get(parentElement));
  const timer = setInterval(() => {
    if (!document.hidden) setTriggerValue("look", Date.now());
  }, data.every);
  TIMERS.set(parentElement, timer);
  return () => clearInterval(timer);
}
