// What a unit computes, in one sentence.

import { activated } from "./unit_arithmetic.js";
import { nounOf, short } from "./unit_equations.js";

/** @typedef {import("./unit_equations.js").Result} Result */

/** @param {number} count */
const counted = (count) => count.toLocaleString("en");

/**
 * Return what a unit computes, with its numbers, and what follows from its sign.
 *
 * @param {Result} result
 */
export function summaryOf(result) {
  const { run, unit, parts, chosen, value } = result;
  const [x] = chosen.patch;
  const count = chosen.patch.length;
  switch (run.rule) {
    case "sum":
      return `${sumSentence(result)} ${consequence(result)}`.trim();
    case "max":
      return `Of the ${count} values in the frame only the largest is passed on: ${short(value)}.`;
    case "mean":
      return `The ${count} values in the frame are replaced by their mean: ${short(value)}.`;
    case "function":
      return `${run.function.name} turns ${short(x)} into ${short(value)}.`;
    case "batchnorm":
      return `${short(x)} is shifted and scaled to ${short(value)}, like every value of this channel.`;
    case "layernorm": {
      const own = parts[unit.channel].patch[0];
      return (
        `${short(own)} is shifted and scaled to ${short(value)}, by the mean and the variance of ` +
        `the ${parts.length} channels at this position.`
      );
    }
    case "softmax":
      return (
        `The ten scores become probabilities that add up to 1; class ${unit.channel} gets ` +
        `${short(value)}.`
      );
  }
}

/** @param {Result} result */
function sumSentence({ run, n, parts, chosen, value }) {
  const bias = `the bias ${short(run.bias[n])}`;
  if (parts.length === 1) {
    const { products } = chosen;
    const most = strongest(products);
    const where =
      products.length > 1
        ? `; the product ${short(products[most])} is the largest of the ${products.length}`
        : "";
    const times = products.length > 1 ? `${products.length} numbers` : "One number";
    return `${times} of the input times the kernel, plus ${bias}, give ${short(value)}${where}.`;
  }
  const count = parts.reduce((sum, { products }) => sum + products.length, 0);
  const part = parts[strongest(parts.map(({ sum }) => sum))];
  return (
    `${counted(count)} products, of ${parts.length} ${nounOf(run)}s, plus ${bias} give ` +
    `${short(value)}; ${nounOf(run)} ${part.channel} adds the most, ${short(part.sum)}.`
  );
}

/**
 * Return what the activation that follows makes of the value.
 *
 * @param {Result} result
 */
function consequence({ run: { after }, value }) {
  if (!after) return "";
  if (after.name !== "ReLU")
    return `${after.name} follows and makes it ${short(activated(after, value))}.`;
  return value > 0
    ? `The result ${short(value)} is positive, so the ReLU that follows passes it on.`
    : `The result ${short(value)} is not positive, so the ReLU that follows passes on 0.`;
}

/**
 * Return the index of the largest magnitude.
 *
 * @param {ArrayLike<number>} values  at least one
 */
function strongest(values) {
  let most = 0;
  for (let i = 1; i < values.length; i++)
    if (Math.abs(values[i]) > Math.abs(values[most])) most = i;
  return most;
}
