// Arithmetic of one unit: windows, products, sums, norms and functions.
//
// It is done here, in double precision and from arrays that are sent once, so that pointing at an
// output needs no server.

import { largestMagnitude } from "./colors.js";

/** @typedef {import("./message.js").NamedArray} Tensor */
/** @typedef {{ layer?: string, name: string, formula: string, options: Record<string, any> }} Activation */
/**
 * @typedef {object} Norm  lists of one number for each channel in `channels`
 * @property {number[]} weight
 * @property {number[]} bias
 * @property {number} eps
 * @property {number[]} mean  of a batch norm only
 * @property {number[]} variance  of a batch norm only
 * @property {Activation | null} act  activation that the layer applies to the result
 */
/** @typedef {"sum" | "max" | "mean" | "function" | "batchnorm" | "layernorm" | "softmax"} Rule */
/**
 * @typedef {object} LayerRun  one run of a layer
 * @property {string} layer  dotted name
 * @property {string} kind  class
 * @property {Rule} rule
 * @property {Tensor} input  (C, H, W)
 * @property {Tensor} output  (C', H', W')
 * @property {[black: number, white: number] | null} ink  their values if the input is an image
 * @property {number[]} channels  output channels whose kernels were sent
 * @property {number[][]} rows  for each output row the input rows under the window; those outside 0
 *   to H - 1 are padding
 * @property {number[][]} columns
 * @property {keyof typeof PADDINGS} padding
 * @property {number} groups  of a sum
 * @property {Tensor} kernel  of a sum, (channels, C / groups, kh, kw)
 * @property {ArrayLike<number>} bias  of a sum, one for each channel in `channels`
 * @property {number | null} divisor  of a mean; null for the number of values in the window
 * @property {Norm} norm
 * @property {Activation | null} after  the activation that follows
 * @property {Activation} function
 */
/**
 * @typedef {object} Part  contribution of one input channel to a unit
 * @property {number} channel
 * @property {number[]} patch  the values under the window
 * @property {ArrayLike<number>} kernel  of a sum only
 * @property {number[]} products  patch times kernel
 * @property {number} sum  of the products
 */
/** @typedef {{ channel: number, row: number, column: number }} Unit */
/**
 * @typedef {object} Contributions  to an output channel
 * @property {number[]} inputs  input channels that it depends on
 * @property {number[]} order  the same, strongest first
 * @property {Map<number, Float64Array>} maps  contribution of each, (H', W'); of a sum only
 * @property {{ input: number, output: number, kernel: number, share: number }} limit  the largest
 *   magnitudes of input, output, kernel and contributions
 */

/** @type {Record<string, (x: number, options: Record<string, any>) => number>} */
const ACTIVATIONS = {
  ReLU: (x) => Math.max(0, x),
  ReLU6: (x) => Math.min(Math.max(0, x), 6),
  LeakyReLU: (x, { negative_slope }) => (x > 0 ? x : negative_slope * x),
  ELU: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Tanh: (x) => Math.tanh(x),
  SiLU: (x) => x / (1 + Math.exp(-x)),
  GELU: (x, { approximate }) =>
    approximate === "tanh"
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x * (1 + erf(x / Math.SQRT2))) / 2,
  Hardswish: (x) => (x * Math.min(Math.max(0, x + 3), 6)) / 6,
  Hardsigmoid: (x) => Math.min(Math.max(0, x + 3), 6) / 6,
};

/** Return the input row or column at a position of the window; -1 for zeros. */
const PADDINGS = {
  zeros: (/** @type {number} */ at, /** @type {number} */ size) => (at >= 0 && at < size ? at : -1),
  replicate: (/** @type {number} */ at, /** @type {number} */ size) =>
    Math.min(Math.max(at, 0), size - 1),
  circular: (/** @type {number} */ at, /** @type {number} */ size) => ((at % size) + size) % size,
  reflect: (/** @type {number} */ at, /** @type {number} */ size) =>
    size - 1 - Math.abs(size - 1 - Math.abs(at)),
};

/**
 * Return the error function, to about 1e-15: a series without cancellation.
 *
 * @param {number} x
 */
export function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/**
 * @param {Activation} activation
 * @param {number} x
 */
export const activated = ({ name, options }, x) => ACTIVATIONS[name](x, options);

/**
 * Return a normalized value, with the scale and shift of a channel.
 *
 * @param {Norm} norm
 * @param {number} n  index of the channel among those that were sent
 * @param {number} x
 * @param {number} mean
 * @param {number} variance
 */
export const normalized = ({ weight, bias, eps }, n, x, mean, variance) =>
  (weight[n] * (x - mean)) / Math.sqrt(variance + eps) + bias[n];

/**
 * Return mean and variance over the channels at one position.
 *
 * @param {Part[]} parts
 */
export function moments(parts) {
  const mean = parts.reduce((sum, part) => sum + part.patch[0], 0) / parts.length;
  const variance = parts.reduce((sum, part) => sum + (part.patch[0] - mean) ** 2, 0) / parts.length;
  return { mean, variance };
}

/**
 * Return the input channels that an output channel depends on.
 *
 * @param {LayerRun} run
 * @param {number} channel
 */
export function inputsOf({ rule, input, output, kernel, groups }, channel) {
  if (rule === "layernorm" || rule === "softmax") return [...Array(input.shape[0]).keys()];
  if (rule !== "sum") return [channel];
  const size = kernel.shape[1];
  const first = Math.floor(channel / (output.shape[0] / groups)) * size;
  return Array.from({ length: size }, (_, i) => first + i);
}

/**
 * Return the kernel of an output and an input channel.
 *
 * @param {LayerRun} run
 * @param {number} n  index of the output channel among those that were sent
 * @param {number} within  index of the input channel within its group
 */
export function kernelOf({ kernel }, n, within) {
  const [, per, height, width] = kernel.shape;
  const start = (n * per + within) * height * width;
  return kernel.values.subarray(start, start + height * width);
}

/**
 * Return the input row at a row of the padded input; -1 for zeros.
 *
 * @param {LayerRun} run
 * @param {number} at  may lie outside the input
 * @param {number} size  rows of the input
 */
export const sourceOf = ({ padding }, at, size) => PADDINGS[padding](at, size);

/**
 * Return the contribution of an input channel to a unit.
 *
 * @param {LayerRun} run
 * @param {number} n  index of the output channel among those that were sent
 * @param {number} channel  of the input
 * @param {number} first  the first input channel of the group
 * @param {{ row: number, column: number }} unit
 * @returns {Part}
 */
export function partOf(run, n, channel, first, { row, column }) {
  const [, height, width] = run.input.shape;
  const patch = run.rows[row].flatMap((i) => {
    const y = sourceOf(run, i, height);
    return run.columns[column].map((j) => {
      const x = sourceOf(run, j, width);
      return y < 0 || x < 0 ? 0 : run.input.values[(channel * height + y) * width + x];
    });
  });
  if (run.rule !== "sum") return { channel, patch, kernel: [], products: patch, sum: patch[0] };
  const kernel = kernelOf(run, n, channel - first);
  const products = patch.map((x, i) => x * kernel[i]);
  return { channel, patch, kernel, products, sum: products.reduce((sum, x) => sum + x, 0) };
}

/**
 * Return the contribution of one input channel to every unit of an output channel, (H', W').
 *
 * @param {LayerRun} run
 * @param {number} n  index of the output channel among those that were sent
 * @param {number} channel  of the input
 * @param {number} first  the first input channel of the group
 */
export function contribution(run, n, channel, first) {
  const [, height, width] = run.input.shape;
  const [, outHeight, outWidth] = run.output.shape;
  const { values } = run.input;
  const kernel = kernelOf(run, n, channel - first);
  const rows = run.rows.map((taps) => taps.map((tap) => sourceOf(run, tap, height)));
  const columns = run.columns.map((taps) => taps.map((tap) => sourceOf(run, tap, width)));
  const map = new Float64Array(outHeight * outWidth);
  for (let at = 0; at < map.length; at++) {
    const [row, column] = [rows[Math.floor(at / outWidth)], columns[at % outWidth]];
    let sum = 0;
    for (let i = 0; i < row.length; i++) {
      if (row[i] < 0) continue;
      const start = (channel * height + row[i]) * width;
      for (let j = 0; j < column.length; j++) {
        if (column[j] >= 0) sum += values[start + column[j]] * kernel[i * column.length + j];
      }
    }
    map[at] = sum;
  }
  return map;
}

/**
 * Return the value of a unit.
 *
 * @param {LayerRun} run
 * @param {number} n  index of the output channel among those that were sent
 * @param {Part[]} parts  of all its input channels
 */
export function unitValue(run, n, parts) {
  const [{ patch }] = parts;
  switch (run.rule) {
    case "sum":
      return parts.reduce((sum, part) => sum + part.sum, run.bias[n]);
    case "max":
      return Math.max(...patch);
    case "mean":
      return patch.reduce((a, b) => a + b, 0) / (run.divisor ?? patch.length);
    case "function":
      return activated(run.function, patch[0]);
    case "batchnorm": {
      const { mean, variance, act } = run.norm;
      const scaled = normalized(run.norm, n, patch[0], mean[n], variance[n]);
      return act ? activated(act, scaled) : scaled;
    }
    case "layernorm": {
      const { mean, variance } = moments(parts);
      return normalized(run.norm, n, parts[run.channels[n]].patch[0], mean, variance);
    }
    case "softmax": {
      const powers = softmaxPowers(parts);
      return powers[run.channels[n]] / powers.reduce((a, b) => a + b, 0);
    }
  }
}

/**
 * Return exp(logit - largest logit) of each class.
 *
 * @param {Part[]} parts
 */
export function softmaxPowers(parts) {
  const largest = Math.max(...parts.map((part) => part.patch[0]));
  return parts.map((part) => Math.exp(part.patch[0] - largest));
}

/**
 * Return the contributions of the input channels to an output channel.
 *
 * @param {LayerRun} run
 * @param {number} n  index of the output channel among those that were sent
 * @returns {Contributions}
 */
export function contributionsTo(run, n) {
  const channel = run.channels[n];
  const inputs = inputsOf(run, channel);
  const [first, last] = [inputs[0], inputs[inputs.length - 1]];
  const size = run.input.shape[1] * run.input.shape[2];
  const places = run.output.shape[1] * run.output.shape[2];
  const most = (/** @type {ArrayLike<number>} */ values, start = 0, end = values.length) =>
    largestMagnitude(values, start, end) || 1;
  const limit = {
    input: most(run.input.values, first * size, (last + 1) * size),
    output: most(run.output.values, channel * places, (channel + 1) * places),
    kernel: 1,
    share: 1,
  };
  const order = [...inputs];
  const maps = new Map();
  if (run.rule !== "sum") return { inputs, order, maps, limit };
  const weights = run.kernel.values.length / run.channels.length;
  limit.kernel = most(run.kernel.values, n * weights, (n + 1) * weights);
  const strength = new Map();
  for (const input of inputs) {
    const map = contribution(run, n, input, first);
    maps.set(input, map);
    strength.set(
      input,
      map.reduce((sum, value) => sum + Math.abs(value), 0),
    );
  }
  limit.share = most([...maps.values()].map((map) => largestMagnitude(map)));
  order.sort((a, b) => strength.get(b) - strength.get(a) || a - b);
  return { inputs, order, maps, limit };
}
