// An image on its way through a network: feature maps of some layers, then the answer's bars. Or
// one layer, what it receives and what it puts out, and below it any of its units worked out.
//
// The values stay here, and so do the boxes that say which units each unit sees, so that pointing,
// keeping and enlarging need no server.

import { Answer } from "./answer.js";
import { component } from "./component.js";
import { find } from "./elements.js";
import { reachText, unclipped } from "./fields.js";
import { Film } from "./film.js";
import { Stage } from "./maps_stage.js";
import { unpack } from "./message.js";
import { NextImage } from "./next_image.js";
import { clamp } from "./pointer.js";
import { themeOf } from "./theme.js";
import { UnitPanel } from "./unit_panel.js";

/** @typedef {import("./unit_arithmetic.js").Unit} Unit */
/** @typedef {import("./maps.js").MarkColors} MarkColors */
/** @typedef {{ stage: number, unit: Unit }} Pin  stays marked when nothing is pointed at */
/**
 * How the units of one stage come about from another's: a LayerRun less its tensors.
 *
 * @typedef {Omit<import("./unit_arithmetic.js").LayerRun, "input" | "output" | "kernel" | "bias"> &
 *   { input: number, output: number, unit: number[], weighs: boolean }} WorkedHeader
 */
/**
 * @typedef {object} MapsHeader  as maps_view.py has it
 * @property {string} subject  when it changes, the stages hand over to each other
 * @property {import("./answer.js").AnswerHeader | null} answer
 * @property {boolean} answered  whether the answer is known
 * @property {boolean} film  whether one layer is shown at a time
 * @property {boolean} tools  whether scales and histograms can be chosen
 * @property {boolean} wraps
 * @property {number | null} columns  how many stages stand side by side
 * @property {boolean} led  whether an image leads each row
 * @property {number | null} seconds  after which another image is asked for
 * @property {[stage: number, channel: number, row: number, column: number] | null} keep
 * @property {boolean} asks  whether another image can be asked for
 * @property {boolean} selects  whether the server is told of an enlarged channel
 * @property {boolean} keeps  whether the server is told of a pinned unit
 * @property {WorkedHeader | null} worked
 * @property {string} wrong  color of a wrong answer
 * @property {{ light: MarkColors, dark: MarkColors }} marks
 * @property {import("./maps_stage.js").StageHeader[]} stages
 */
/**
 * Arrays: "stage<i>"; "field<i>-<j>", (H, W, 4), what the units of stage i see of stage j;
 * "probabilities", "kernel" and "bias" where there are any; and color tables.
 *
 * @typedef {import("./message.js").Message<MapsHeader>} MapsMessage
 */

const STEP = 110; // ms between the stages of a hand-over
const FADE = 260; // ms

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
    this.look = { perMap: false, absolute: false, histograms: false };
    /** @type {Pin | null} */
    this.pin = null;
    /** @type {MapsMessage | null} */
    this.data = null;
    /** @type {import("./theme.js").Theme} */
    this.theme = "light";
    /** @type {UnitPanel | null} */
    this.panel = null; // the unit that is worked out, where one is
    /** @type {(name: string, value?: unknown) => void} */
    this.ask = () => {};
    this.answer = new Answer(find(root, ".answer"), (event, name = "", value = "") =>
      event ? this.showTip(event.clientX, event.clientY, name, value) : this.hideTip(),
    );
    this.nextImage = new NextImage(this.root, !this.still.matches, (name) => this.ask(name));
    this.film = new Film(find(root, ".film"), (stage) => this.showFrame(stage));
    find(root, ".pinned button").onclick = () => this.keep(null);
    this.listenToTools();
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.root);
  }

  close() {
    this.nextImage.close();
    this.film.stop();
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
        this.look[key] = box.checked;
        for (const stage of this.stages) stage.paint();
      };
    }
  }

  // What stages ask

  get works() {
    return Boolean(this.data?.worked);
  }

  get keeps() {
    return Boolean(this.data?.keeps);
  }

  /** Whether a frame is as high as its maps, and not as wide. */
  get fitsHeight() {
    return Boolean(this.data?.film) || this.works;
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
   * Return the unit that is worked out, for the stage that it is of.
   *
   * @param {Stage} stage
   */
  workedUnit({ index }) {
    return this.panel && index === this.data?.worked?.output ? { ...this.panel.unit } : null;
  }

  // What is shown

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
    this.root.classList.toggle("is-film", data.film);
    this.film.begin(data.film ? data.stages.length : 0);
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
    if (handsOver && !this.still.matches && !data.film && !data.worked) this.handOver();
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
   * Show one layer and the image, and return the layer's title.
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
   * Show the panel below; a unit that the user went to stays unless all is new.
   *
   * @param {MapsMessage} data
   * @param {WorkedHeader} worked
   * @param {boolean} other  whether the subject is another
   */
  workOut({ arrays }, worked, other) {
    this.panel ??= new UnitPanel(find(this.root, ".panel"));
    const { panel } = this;
    const { layer, output, weighs } = worked;
    panel.onMove = (unit) => this.mark(output, unit);
    panel.onPick = ({ channel, row, column }) => this.ask("keep", [output, channel, row, column]);
    panel.working.onWeight = weighs ? (weight) => this.ask("weight", { ...weight, layer }) : null;
    const stays = !other && worked.channels.includes(panel.unit.channel);
    const tables = {
      light: /** @type {Uint8Array} */ (arrays["diverging-light"].values),
      dark: /** @type {Uint8Array} */ (arrays["diverging-dark"].values),
    };
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

  // What is under the pointer, and what it sees

  /**
   * Mark a unit and what it sees, and return what is said of it.
   *
   * @param {Stage} stage
   * @param {Unit} unit
   * @param {number} x  where the tip goes
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
    const only = this.panel?.sees(unit.channel); // of the input's channels
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
   * Return the box that a unit sees of an earlier stage.
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
   * Return what a unit sees of the last image before it that has boxes, in words.
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
   * Keep a unit that is worked out, or choose a channel of what comes in.
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
   * @param {number} x  where it goes, in the window
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
   * Enlarge a map in every stage that has the same units.
   *
   * @param {Stage} stage
   * @param {number | null} channel  null for all
   */
  enlarge(stage, channel) {
    const { twin, layer } = stage.stage;
    for (const other of this.stages)
      if (other === stage || (twin && other.stage.twin === twin)) other.enlarge(channel);
    if (this.pin && channel === null) this.keep(null);
    this.leave();
    if (channel !== null && this.data?.selects) this.ask("select", [layer, channel]);
  }

  /** @param {string} text  for those who do not see the view */
  say(text) {
    find(this.root, ".spoken").textContent = text;
  }
}

/**
 * @param {Stage} stage
 * @param {Unit} unit
 */
const placeText = (stage, { channel, row, column }) =>
  `${stage.isImage ? "" : `channel ${channel}, `}row ${row}, column ${column}`;

/** @type {import("./component.js").Component<Uint8Array>} */
export default component(
  (root) => new MapsView(root),
  (view, { data, setTriggerValue }) =>
    view.show(unpack(data), (name, value = true) => setTriggerValue(name, value)),
);
