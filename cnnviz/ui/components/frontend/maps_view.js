// An image's forward pass: feature maps of several layers and predicted probabilities as bars. Or
// one layer with its input and output, and below it the arithmetic of any of its units.
//
// The browser has the values and the receptive field of each unit, so that pointing, pinning and
// enlarging need no server.

import { Answer } from "./answer.js";
import { component } from "./component.js";
import { find } from "./elements.js";
import { reachText, unclipped } from "./fields.js";
import { FramePlayer } from "./frame_player.js";
import { Stage } from "./maps_stage.js";
import { unpack } from "./message.js";
import { NextImage } from "./next_image.js";
import { withPicture } from "./picture.js";
import { clamp } from "./pointer.js";
import { themeOf } from "./theme.js";
import { UnitPanel } from "./unit_panel.js";

/** @typedef {import("./unit_arithmetic.js").Unit} Unit */
/** @typedef {import("./maps.js").MarkColors} MarkColors */
/** @typedef {{ stage: number, unit: Unit }} Pin  a unit that stays marked */
/**
 * A LayerRun between two stages, without its tensors.
 *
 * @typedef {Omit<import("./unit_arithmetic.js").LayerRun, "input" | "output" | "kernel" | "bias"> &
 *   { input: number, output: number, unit: number[], weighs: boolean }} WorkedHeader
 */
/**
 * @typedef {object} MapsHeader  from maps_view.py
 * @property {string} subject  identifies the image; a new one fades in stage by stage
 * @property {import("./answer.js").AnswerHeader | null} answer
 * @property {boolean} answered  whether the prediction is complete
 * @property {boolean} one_by_one  whether to show one layer at a time
 * @property {boolean} tools  whether scales and histograms can be selected
 * @property {boolean} wraps
 * @property {number | null} columns  number of stages side by side
 * @property {boolean} led  whether each row starts with an image
 * @property {number | null} seconds  after which another image is requested
 * @property {[stage: number, channel: number, row: number, column: number] | null} keep
 * @property {boolean} asks  whether another image can be requested
 * @property {boolean} selects  whether the server is told of an enlarged channel
 * @property {boolean} pins_image  whether a pixel of the image can be pinned
 * @property {boolean} keeps  whether the server is told of a pinned unit
 * @property {WorkedHeader | null} worked
 * @property {string} wrong  color of a wrong answer
 * @property {{ light: MarkColors, dark: MarkColors }} marks
 * @property {import("./maps_stage.js").StageHeader[]} stages
 */
/**
 * Arrays: "stage<i>"; "field<i>-<j>", (H, W, 4), receptive fields of stage i on stage j;
 * "probabilities", "kernel" and "bias" where there are any; and color tables.
 *
 * @typedef {import("./message.js").Message<MapsHeader>} MapsMessage
 */

const ROW = 6; // stages that fit beside each other
const STEP = 110; // ms between the stages of the animation
const FADE = 260; // ms, fade of a stage

/**
 * @param {number[]} unit
 * @returns {Unit}
 */
const unitOf = ([channel, row, column]) => ({ channel, row, column });

export class MapsView {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.shadow = root;
    this.root = find(root, ".view");
    this.tip = find(root, ".tip");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    /** @type {Stage[]} */
    this.stages = [];
    this.options = { perMap: false, absolute: false, histograms: false };
    /** @type {Pin | null} */
    this.pin = null;
    /** @type {MapsMessage | null} */
    this.data = null;
    /** @type {import("./theme.js").Theme} */
    this.theme = "light";
    /** @type {UnitPanel | null} */
    this.panel = null; // shows the arithmetic of a unit, if requested
    /** @type {(name: string, value?: unknown) => void} */
    this.ask = () => {};
    this.answer = new Answer(find(root, ".answer"), (event, name = "", value = "") =>
      event ? this.showTip(event.clientX, event.clientY, name, value) : this.hideTip(),
    );
    this.nextImage = new NextImage(this.root, !this.still.matches, (name) => this.ask(name));
    this.player = new FramePlayer(find(root, ".frame-player"), (stage) => this.showFrame(stage));
    find(root, ".pinned button").onclick = () => this.keep(null);
    this.listenToTools();
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.root);
  }

  close() {
    this.nextImage.close();
    this.player.stop();
    this.panel?.close();
    this.sizes.disconnect();
  }

  listenToTools() {
    for (const [name, key] of /** @type {const} */ ([
      ["per-map", "perMap"],
      ["absolute", "absolute"],
      ["histograms", "histograms"],
    ])) {
      const box = find(this.root, `.${name} input`, HTMLInputElement);
      box.onchange = () => {
        this.options[key] = box.checked;
        for (const stage of this.stages) stage.paint();
      };
    }
  }

  get works() {
    return Boolean(this.data?.worked);
  }

  get pinsImage() {
    return Boolean(this.data?.pins_image);
  }

  get keeps() {
    return Boolean(this.data?.keeps);
  }

  /** Whether a frame's height, not its width, follows from its maps. */
  get fitsHeight() {
    return Boolean(this.data?.one_by_one) || this.works;
  }

  get marks() {
    const none = { line: "", under: "", veil: "", hatch: "" };
    return this.data?.marks[this.theme] ?? none;
  }

  /** @param {string} scale */
  table(scale) {
    const array = this.data?.arrays[`${scale}-${this.theme}`];
    return /** @type {Uint8Array} */ (array?.values ?? new Uint8Array(768));
  }

  /**
   * Return the unit whose arithmetic is shown, if it is in this stage.
   *
   * @param {Stage} stage
   */
  workedUnit({ index }) {
    return this.panel && index === this.data?.worked?.output ? { ...this.panel.unit } : null;
  }

  /**
   * @param {MapsMessage} data
   * @param {(name: string, value?: unknown) => void} ask
   */
  show(data, ask) {
    const other = data.subject !== this.data?.subject;
    const handsOver = this.data?.answered && other;
    this.data = data;
    this.ask = ask;
    this.theme = themeOf(this.root);
    this.layout(data);
    data.stages.forEach((stage, i) => this.stages[i].show(stage, data.arrays[`stage${i}`]));
    this.root.classList.toggle("is-one-by-one", data.one_by_one);
    this.player.begin(data.one_by_one ? data.stages.length : 0);
    if (data.asks)
      this.nextImage.showControls(this.shadow, this.stages[0].root, data.seconds !== null);
    const probabilities = data.answered ? data.arrays.probabilities?.values : null;
    this.answer.show(data.answer, probabilities ?? null, data.wrong);
    this.root.ariaBusy = String(!data.answered);
    if (this.pin && !this.stages[this.pin.stage]?.has(this.pin.unit)) this.pin = null;
    if (data.keep) this.pin ??= { stage: data.keep[0], unit: unitOf(data.keep.slice(1)) };
    if (data.worked) this.workOut(data, data.worked, other);
    this.leave();
    this.sayPinned();
    if (handsOver && !this.still.matches && !data.one_by_one && !data.worked) this.handOver();
    this.nextImage.schedule(data);
  }

  /** @param {MapsMessage} data */
  layout({ stages, columns, wraps, led, worked, tools }) {
    while (this.stages.length > stages.length) this.stages.pop()?.root.remove();
    while (this.stages.length < stages.length) {
      const stage = new Stage(this, this.stages.length);
      this.answer.root.before(stage.root);
      this.stages.push(stage);
    }
    this.root.style.setProperty("--count", String(stages.length - 1));
    this.root.style.setProperty("--columns", columns === null ? null : String(columns));
    this.root.classList.toggle("wraps", wraps);
    this.root.classList.toggle("is-row", wraps && stages.length <= ROW);
    this.root.classList.toggle("is-table", columns !== null);
    this.root.classList.toggle("is-led", led);
    this.root.classList.toggle("works", Boolean(worked));
    find(this.root, ".tools").hidden = !tools;
  }

  draw() {
    for (const stage of this.stages) stage.draw();
    this.leave();
  }

  /**
   * Show one layer beside the image, and return the layer's title.
   *
   * @param {number} frame
   */
  showFrame(frame) {
    this.stages.forEach((stage, i) => {
      const visible = i === 0 || i === frame;
      const changes = stage.root.hidden === visible;
      stage.root.hidden = !visible;
      if (visible && changes) stage.draw();
    });
    this.answer.root.classList.toggle("waits", frame < this.stages.length - 1);
    this.leave();
    return this.stages[frame].stage.title;
  }

  /**
   * Show the panel of a unit's arithmetic; keep the user's unit unless the subject is new.
   *
   * @param {MapsMessage} data
   * @param {WorkedHeader} worked
   * @param {boolean} other  whether the subject is new
   */
  workOut({ arrays }, worked, other) {
    if (!this.panel) {
      this.panel = new UnitPanel(find(this.root, ".panel"));
      find(this.root, ".stages").before(this.panel.root); // what the page is about comes first
    }
    const { panel } = this;
    const { layer, output, weighs } = worked;
    panel.onMove = (unit) => this.mark(output, unit);
    panel.onPick = ({ channel, row, column }) => this.ask("keep", [output, channel, row, column]);
    panel.working.onWeight = weighs ? (weight) => this.ask("weight", { ...weight, layer }) : null;
    const stays = !other && worked.channels.includes(panel.unit.channel);
    const table = (/** @type {string} */ name) =>
      /** @type {Uint8Array} */ (arrays[`${name}-${this.theme}`].values);
    const tables = { signed: table("diverging"), ink: table("ink") };
    const run = {
      ...worked,
      input: arrays[`stage${worked.input}`],
      output: arrays[`stage${output}`],
      kernel: arrays.kernel,
      bias: arrays.bias?.values,
    };
    panel.show(run, stays ? panel.unit : unitOf(worked.unit), tables);
  }

  handOver() {
    const parts = [...this.stages.map((stage) => stage.frame), this.answer.root];
    parts.forEach((part, i) =>
      part.animate([{ opacity: 0.15 }, { opacity: 1 }], {
        duration: FADE,
        delay: i * STEP,
        fill: "backwards",
      }),
    );
  }

  /**
   * Mark a unit and its receptive field, and return its description.
   *
   * @param {Stage} stage
   * @param {Unit} unit
   * @param {number} x  position of the tip
   * @param {number} y
   */
  point(stage, unit, x, y) {
    const { panel } = this;
    const follows =
      panel && !panel.timer && stage.index === this.data?.worked?.output && panel.go(unit);
    if (!follows) this.mark(stage.index, unit);
    const where = placeText(stage, unit);
    const value = stage.valueText(unit);
    const reach = this.reach(stage.index, unit);
    this.showTip(x, y, where, value, reach);
    return `${where}${value && `: ${value}`}${reach && `. ${reach}`}`;
  }

  leave() {
    this.hideTip();
    if (this.panel && this.data?.worked) this.mark(this.data.worked.output, this.panel.unit);
    else if (this.pin) this.mark(this.pin.stage, this.pin.unit);
    else
      for (const stage of this.stages) {
        const { box } = stage.stage;
        if (box) stage.mark((tiles) => tiles.markBox(box, this.marks, { bright: true }));
        else stage.clear();
      }
  }

  /**
   * @param {number} index  the unit's stage
   * @param {Unit} unit
   */
  mark(index, unit) {
    const { twin, whole } = this.stages[index].stage;
    const only = this.panel?.sees(unit.channel); // input channels that the unit sees
    this.stages.forEach((stage, i) => {
      const same = i === index || (twin && stage.stage.twin === twin);
      const box = same ? null : this.box(index, i, unit);
      if (same) stage.mark((tiles) => tiles.markUnit(unit, this.marks));
      else if (box) {
        const beyond = i === 0 ? unclipped(whole, unit) : null;
        stage.mark((tiles) => tiles.markBox(box, this.marks, { whole: beyond, only }));
      } else stage.clear();
    });
  }

  /**
   * Return a unit's receptive field on an earlier stage.
   *
   * @param {number} index  the unit's stage
   * @param {number} onto  the earlier stage
   * @param {Unit} unit
   */
  box(index, onto, { row, column }) {
    const field = this.data?.arrays[`field${index}-${onto}`];
    if (!field) return null;
    const start = 4 * (row * field.shape[1] + column);
    return field.values.subarray(start, start + 4);
  }

  /**
   * Describe a unit's receptive field on the last image before it.
   *
   * @param {number} index  the unit's stage
   * @param {Unit} unit
   */
  reach(index, unit) {
    const image = this.stages.findLast((stage, i) => stage.isImage && this.box(index, i, unit));
    const box = image && this.box(index, image.index, unit);
    return box ? reachText(box, image.shape) : "";
  }

  /**
   * Pin a unit of the output, or select a channel of the input.
   *
   * @param {Stage} stage
   * @param {Unit} unit
   */
  pick(stage, unit) {
    const { panel } = this;
    if (!panel) return;
    if (stage.index !== this.data?.worked?.output) return panel.choose(unit.channel);
    panel.pause();
    panel.go(unit);
    panel.onPick?.(unit);
  }

  /** @param {Pin | null} pin */
  keep(pin) {
    this.pin = pin;
    this.leave();
    this.sayPinned();
    if (!this.keeps) return;
    this.ask("keep", pin && [pin.stage, pin.unit.channel, pin.unit.row, pin.unit.column]);
  }

  sayPinned() {
    const line = find(this.root, ".pinned");
    line.hidden = !this.pin;
    if (!this.pin) return;
    const { stage: index, unit } = this.pin;
    const stage = this.stages[index];
    const reach = this.reach(index, unit);
    const value = stage.valueText(unit);
    const where = `${stage.stage.title}, ${placeText(stage, unit)}`;
    find(line, "span").textContent = `${where}${value && `: ${value}`}${reach && `; ${reach}`}.`;
  }

  /**
   * @param {number} x  position in the window
   * @param {number} y
   * @param {string} where
   * @param {string} value
   * @param {string} [reach]
   */
  showTip(x, y, where, value, reach = "") {
    const { tip } = this;
    tip.hidden = false;
    find(tip, ".where").textContent = where;
    find(tip, ".value").textContent = value;
    find(tip, ".reach").textContent = reach;
    const box = this.root.getBoundingClientRect();
    const left = clamp(x - box.left + 14, 0, Math.max(0, box.width - tip.offsetWidth));
    const above = Math.max(y - box.top - tip.offsetHeight - 12, 0);
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(above)}px)`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  /**
   * Enlarge a map in every stage with the same units.
   *
   * @param {Stage} stage
   * @param {number | null} channel  null shows all channels
   */
  enlarge(stage, channel) {
    const { twin, layer } = stage.stage;
    for (const other of this.stages)
      if (other === stage || (twin && other.stage.twin === twin)) other.enlarge(channel);
    if (this.pin && channel === null) this.keep(null);
    this.leave();
    if (channel !== null && this.data?.selects) this.ask("select", [layer, channel]);
  }

  /** @param {string} text  for screen readers */
  say(text) {
    find(this.root, ".spoken").textContent = text;
  }
}

/**
 * @param {Stage} stage
 * @param {Unit} unit
 */
const placeText = (stage, { channel, row, column }) =>
  `${stage.isImage ? "" : `${stage.stage.summary || `channel ${channel}`}, `}row ${row}, column ${column}`;

/** @type {import("./component.js").Component<Uint8Array>} */
export default component(
  (root) => withPicture(root, new MapsView(root)),
  (view, { data, setTriggerValue }) =>
    view.show(unpack(data), (name, value = true) => setTriggerValue(name, value)),
);
