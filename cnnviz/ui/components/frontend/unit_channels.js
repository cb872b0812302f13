// Each input channel of a unit: its map, its kernel, their convolution and its contribution.

import { element } from "./elements.js";
import { kernelOf } from "./unit_arithmetic.js";
import { nounOf, STRONGEST, short } from "./unit_equations.js";
import { box, paintMap, span, tint } from "./unit_figure.js";

/** @typedef {import("./unit_arithmetic.js").LayerRun} LayerRun */
/** @typedef {import("./unit_arithmetic.js").Part} Part */
/** @typedef {import("./unit_arithmetic.js").Contributions} Contributions */
/** @typedef {import("./unit_figure.js").ValueColors} ValueColors */

const MOST = 256; // the most input channels in the full list
const THUMB = 44; // CSS pixels, side of a small map

export class ChannelList {
  /**
   * @param {(channel: number) => void} choose  called with an input channel to draw
   * @param {() => void} change  called when the listed channels change
   */
  constructor(choose, change) {
    this.choose = choose;
    this.change = change;
    this.root = element("section", { className: "worked-overview" });
    this.all = false; // whether all input channels are listed
    this.limit = 1; // the largest contribution
    /** @type {Map<number, { line: HTMLElement, sum: HTMLElement }>} */
    this.lines = new Map();
    this.rest = element("span");
    /** @type {ValueColors} */
    this.colors = { table: new Uint8Array(), paper: "", ink: null };
  }

  /**
   * @param {LayerRun} run
   * @param {number} n  index of the output channel among those that were sent
   * @param {Contributions} contributions
   * @param {ValueColors} colors
   */
  show(run, n, contributions, colors) {
    this.colors = colors;
    this.limit = contributions.limit.share;
    this.lines = new Map();
    this.rest = element("span");
    const { order } = contributions;
    this.root.hidden = run.rule !== "sum" || order.length < 2;
    if (this.root.hidden) return this.root.replaceChildren();
    const most = Math.min(order.length, MOST);
    const shown = order.slice(0, this.all ? most : STRONGEST);
    const items = shown.map((channel) => this.item(run, n, channel, contributions));
    const list = box("channels", ...items);
    list.role = "list";
    const textContent = `${order.length} ${nounOf(run)}s, strongest first`;
    this.root.replaceChildren(element("h4", { textContent }), list);
    if (order.length <= STRONGEST) return;
    const more = element("button", { type: "button", className: "worked-all" });
    const all = `Show ${order.length > most ? "" : "all "}${most}`;
    more.textContent = this.all ? `Show ${STRONGEST}` : all;
    more.onclick = () => {
      this.all = !this.all;
      this.show(run, n, contributions, colors);
      this.change();
    };
    this.root.append(box("rest", this.rest, more));
  }

  /**
   * @param {LayerRun} run
   * @param {number} n
   * @param {number} channel  of the input
   * @param {Contributions} contributions
   */
  item(run, n, channel, { inputs, maps, limit }) {
    const [, height, width] = run.input.shape;
    const [, outHeight, outWidth] = run.output.shape;
    const [, , kh, kw] = run.kernel.shape;
    const thumb = (
      /** @type {ArrayLike<number>} */ values,
      /** @type {number} */ start,
      /** @type {[number, number]} */ size,
      /** @type {number} */ most,
    ) => {
      const canvas = element("canvas");
      paintMap(canvas, values, start, size, THUMB / Math.max(...size), most, this.colors);
      return canvas;
    };
    const kernel = kernelOf(run, n, channel - inputs[0]);
    const sum = span("sum");
    const line = element(
      "button",
      { type: "button", className: "worked-channel", ariaLabel: `${nounOf(run)} ${channel}` },
      span("name", String(channel)),
      thumb(run.input.values, channel * height * width, [height, width], limit.input),
      span("sign", "∗"),
      thumb(kernel, 0, [kh, kw], limit.kernel),
      span("sign", "→"),
      thumb(maps.get(channel) ?? [], 0, [outHeight, outWidth], limit.share),
      sum,
    );
    line.onclick = () => this.choose(channel);
    this.lines.set(channel, { line, sum });
    return element("div", { role: "listitem" }, line);
  }

  /**
   * Show the contributions of the channels to a unit.
   *
   * @param {Part[]} parts  of all input channels, in their order
   * @param {number} chosen  the input channel that is drawn
   */
  update(parts, chosen) {
    for (const { channel, sum } of parts) {
      const shown = this.lines.get(channel);
      if (!shown) continue;
      shown.sum.textContent = short(sum);
      tint(shown.sum, sum, this.limit, this.colors);
      shown.line.ariaPressed = String(channel === chosen);
    }
    const rest = parts.filter((part) => !this.lines.has(part.channel));
    const total = short(rest.reduce((sum, part) => sum + part.sum, 0));
    this.rest.textContent = rest.length ? `The other ${rest.length} together: ${total}` : "";
  }
}
