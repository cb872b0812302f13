// What Streamlit calls, and how a component keeps its state between two calls.

/**
 * What Streamlit hands over when a component appears, and when its data or the theme change.
 *
 * @template Data
 * @typedef {object} Call
 * @property {Data} data  from Python; bytes arrive as a Uint8Array
 * @property {ShadowRoot} parentElement  holds the component's HTML
 * @property {Send} setStateValue
 * @property {Send} setTriggerValue
 */
/** @typedef {(name: string, value: unknown) => void} Send  tells the server a value */
/**
 * @template Data
 * @typedef {(call: Call<Data>) => () => void} Component  returns what Streamlit calls at the end
 */

/**
 * Return a component that has one view for each place on the page where it stands.
 *
 * @template Data
 * @template {object} View  closed at the end, if it has `close`
 * @param {(root: ShadowRoot) => View} create  called once for each place
 * @param {(view: View, call: Call<Data>) => void} update  called for each message
 * @returns {Component<Data>}
 */
export function component(create, update) {
  /** @type {WeakMap<ShadowRoot, View>} */
  const views = new WeakMap();
  return (call) => {
    const { parentElement } = call;
    const view = views.get(parentElement) ?? create(parentElement);
    views.set(parentElement, view);
    update(view, call);
    return () => {
      if ("close" in view && typeof view.close === "function") view.close();
      views.delete(parentElement);
    };
  };
}
