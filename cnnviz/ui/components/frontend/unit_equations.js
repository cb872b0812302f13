// Equations of one unit as text.

import { significant, trueMinus } from "./numbers.js";
import { activated, moments, normalized, softmaxPowers } from "./unit_arithmetic.js";

/** @typedef {import("./unit_arithmetic.js").LayerRun} LayerRun */
/** @typedef {import("./unit_arithmetic.js").Part} Part */
/** @typedef {import("./unit_arithmetic.js").Unit} Unit */
/** @typedef {{ text: string, total?: boolean }} Equation */
/**
 * @typedef {object} Grid  numbers in cells
 * @property {string} title
 * @property {ArrayLike<number>} values
 * @property {number} columns
 * @property {"input" | "kernel" | "own"} scale  tensor whose largest magnitude ends the color scale
 */
/**
 * @typedef {object} Result  of one unit
 * @property {LayerRun} run
 * @property {number} n  index of the unit's channel among those that were sent
 * @property {Unit} unit
 * @property {Part[]} parts  of all its input channels
 * @property {Part} chosen  the one that is drawn
 * @property {number} value
 */

export const STRONGEST = 6; // input channels that are listed; the rest is summed
const CELLS = 169; // the most cells of a patch that are shown as numbers, not only painted

/** @param {number} x */
export const full = (x) => significant(x, 7);

/** @param {number} x */
export function short(x) {
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1000 || size < 0.001) return trueMinus(x.toPrecision(2));
  return trueMinus(x.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3));
}

/** @param {number} x  as a term after others */
export const signed = (x) => (x < 0 ? `− ${short(-x)}` : `+ ${short(x)}`);

/**
 * Return the name of a layer's input channels.
 *
 * @param {LayerRun} run
 */
export const nounOf = ({ input }) =>
  input.shape[1] * input.shape[2] === 1 ? "input" : "input channel";

/** @param {string} noun */
export const capital = (noun) => noun.replace("i", "I");

/**
 * Return the numbers to show in cells.
 *
 * @param {Result} result
 * @returns {Grid[]}
 */
export function gridsOf({ run, unit, parts, chosen }) {
  const { rule } = run;
  const values = parts.map((part) => part.patch[0]);
  if (rule === "softmax") {
    const title = `exp(logit − ${short(Math.max(...values))})`;
    return [
      { title: "Logits of 0 to 9", values, columns: 5, scale: "input" },
      { title, values: softmaxPowers(parts), columns: 5, scale: "own" },
    ];
  }
  if (rule === "layernorm" && values.length <= CELLS)
    return [
      {
        title: `The ${values.length} channels at this position`,
        values,
        columns: 8,
        scale: "input",
      },
    ];
  const { patch, kernel, products } = chosen;
  const columns = run.columns[unit.column].length;
  if (patch.length > CELLS) return [];
  if (rule === "max" || rule === "mean")
    return [{ title: "Window", values: patch, columns, scale: "input" }];
  if (rule !== "sum") return [];
  const of = parts.length === 1 ? "" : ` of ${nounOf(run)} ${chosen.channel}`;
  return [
    { title: `Patch${of}`, values: patch, columns, scale: "input" },
    { title: "× kernel", values: kernel, columns, scale: "kernel" },
    { title: "= products", values: products, columns, scale: "own" },
  ];
}

/**
 * Return the equations that give the value of a unit.
 *
 * @param {Result} result
 * @returns {Equation[]}
 */
export function equationsOf(result) {
  const { run, n, unit, parts, chosen, value } = result;
  const [x] = chosen.patch;
  const count = chosen.patch.length;
  switch (run.rule) {
    case "sum":
      return sumEquations(result);
    case "max":
      return [{ text: `The largest of ${count} values: ${full(value)}`, total: true }];
    case "mean": {
      const sum = short(chosen.patch.reduce((a, b) => a + b, 0));
      const text = `Sum of ${count} values ${sum} / ${run.divisor ?? count} = ${full(value)}`;
      return [{ text, total: true }];
    }
    case "function":
      return [{ text: functionText("", run.function, x, value), total: true }];
    case "batchnorm": {
      const { mean, variance } = run.norm;
      const note = "Mean and variance are running averages from training, one pair per channel.";
      return [...normEquations(result, x, mean[n], variance[n]), { text: note }];
    }
    case "layernorm": {
      const { mean, variance } = moments(parts);
      const note = `Mean and variance are over the ${parts.length} channels at this position.`;
      const own = parts[unit.channel].patch[0];
      return [...normEquations(result, own, mean, variance), { text: note }];
    }
    case "softmax": {
      const powers = softmaxPowers(parts);
      const share = `${short(powers[unit.channel])} / ${short(powers.reduce((a, b) => a + b, 0))}`;
      return [{ text: `Class ${unit.channel}: ${share} = ${full(value)}`, total: true }];
    }
  }
}

/**
 * Return the equation of the activation after a layer.
 *
 * @param {LayerRun} run
 * @param {number} value
 * @returns {Equation[]}
 */
export function afterEquations({ after }, value) {
  if (!after) return [];
  const then = `Then ${after.layer}, `;
  return [{ text: functionText(then, after, value, activated(after, value)) }];
}

/**
 * @param {string} start
 * @param {import("./unit_arithmetic.js").Activation} activation
 * @param {number} x
 * @param {number} value
 */
const functionText = (start, { name, formula }, x, value) =>
  `${start}${name}: ${formula} with x = ${short(x)} gives ${full(value)}`;

/**
 * @param {Result} result
 * @returns {Equation[]}
 */
function sumEquations({ run, n, parts, chosen, value }) {
  const noun = nounOf(run);
  const several = parts.length > 1;
  const equations = [];
  const { products } = chosen;
  if (products.length > 1 && products.length <= CELLS) {
    const terms = products.map((x, i) => (i ? signed(x) : short(x))).join(" ");
    const of = several ? ` of ${noun} ${chosen.channel}` : "";
    equations.push({ text: `Products${of}: ${terms} = ${full(chosen.sum)}` });
  }
  if (several) equations.push({ text: channelSums(parts, noun) });
  const bias = run.bias[n];
  const sums = several ? `Sum over ${parts.length} ${noun}s` : "Sum";
  const text = `${sums} ${short(value - bias)} ${signed(bias)} bias = ${full(value)}`;
  equations.push({ text, total: true });
  return equations;
}

/**
 * @param {Part[]} parts
 * @param {string} noun
 */
function channelSums(parts, noun) {
  const total = (/** @type {Part[]} */ some) => some.reduce((sum, part) => sum + part.sum, 0);
  const sorted = [...parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const rest = sorted.slice(STRONGEST);
  const unit = noun.split(" ").at(-1);
  const terms = sorted
    .slice(0, STRONGEST)
    .map((part, i) => `${i ? signed(part.sum) : short(part.sum)} (${unit} ${part.channel})`);
  if (rest.length) terms.push(`${signed(total(rest))} (the other ${rest.length})`);
  return `${capital(noun)}s: ${terms.join(" ")} = ${full(total(parts))}`;
}

/**
 * @param {Result} result
 * @param {number} x
 * @param {number} mean
 * @param {number} variance
 * @returns {Equation[]}
 */
function normEquations({ run, n, value }, x, mean, variance) {
  const { weight, bias, eps, act } = run.norm;
  const scaled = normalized(run.norm, n, x, mean, variance);
  const center = mean < 0 ? `(${short(mean)})` : short(mean);
  const equations = [
    { text: "weight · (x − mean) / √(variance + eps) + bias" },
    {
      text:
        `${short(weight[n])} · (${short(x)} − ${center}) / √(${short(variance)} + ${eps}) ` +
        `${signed(bias[n])} = ${full(scaled)}`,
      total: true,
    },
  ];
  if (act) equations.push({ text: functionText("The layer then applies ", act, scaled, value) });
  return equations;
}
