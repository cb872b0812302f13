// Adapt views that keep state to Streamlit's component protocol.

import { explainTerms } from "./terms.js";

/**
 * Argument of a component, called when it appears and when its data or the theme changes.
 *
 * @template Data
 * @typedef {object} Call
 * @property {Data} data  from Python; bytes arrive as a Uint8Array
 * @property {ShadowRoot} parentElement  holds the component's HTML
 * @property {Send} setStateValue
 * @property {Send} setTriggerValue
 */
/** @typedef {(name: string, value: unknown) => void} Send  sends a value to the server */
/**
 * @template Data
 * @typedef {(call: Call<Data>) => () => void} Component  returns its cleanup function
 */

/**
 * Return a component with one view per mounted instance.
 *
 * @template Data
 * @template {object} View  closed on unmounting if it has `close`
 * @param {(root: ShadowRoot) => View} create  called once per instance
 * @param {(view: View, call: Call<Data>) => void} update  called for every message
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
    explainTerms(parentElement);
    return () => {
      if ("close" in view && typeof view.close === "function") view.close();
      views.delete(parentElement);
    };
  };
}
