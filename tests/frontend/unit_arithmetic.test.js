// Units worked out by hand.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  activated,
  contribution,
  contributionsTo,
  erf,
  inputsOf,
  partOf,
  sourceOf,
  unitValue,
} from "../../cnnviz/ui/components/frontend/unit_arithmetic.js";
import {
  afterEquations,
  equationsOf,
  gridsOf,
  short,
  signed,
} from "../../cnnviz/ui/components/frontend/unit_equations.js";
import { summaryOf } from "../../cnnviz/ui/components/frontend/unit_summary.js";
import { sameness } from "../../cnnviz/ui/components/frontend/unit_working.js";

/** @typedef {import("../../cnnviz/ui/components/frontend/unit_arithmetic.js").LayerRun} LayerRun */

/**
 * @param {number[]} shape
 * @param {number[]} values
 */
const tensor = (shape, values) => ({ shape, values: Float32Array.from(values) });

// Two input channels of 2 x 2, a kernel of 2 x 2 with one row and column of zeros around
/** @type {LayerRun} */
const convolution = {
  layer: "conv1",
  kind: "Conv2d",
  rule: "sum",
  input: tensor([2, 2, 2], [1, 2, 3, 4, 10, 20, 30, 40]),
  output: tensor([1, 3, 3], new Array(9).fill(0)),
  ink: null,
  channels: [0],
  rows: [
    [-1, 0],
    [0, 1],
    [1, 2],
  ],
  columns: [
    [-1, 0],
    [0, 1],
    [1, 2],
  ],
  padding: "zeros",
  groups: 1,
  kernel: tensor([1, 2, 2, 2], [1, 2, 3, 4, 0.5, 0, 0, -1]),
  bias: [0.25],
  divisor: null,
  norm: { weight: [], bias: [], eps: 0, mean: [], variance: [], act: null },
  after: null,
  function: { name: "", formula: "", options: {} },
};

/**
 * @param {LayerRun} run
 * @param {number} row
 * @param {number} column
 * @param {number} [chosen]  input channel
 */
function result(run, row, column, chosen = 0) {
  const inputs = inputsOf(run, 0);
  const unit = { channel: 0, row, column };
  const parts = inputs.map((channel) => partOf(run, 0, channel, inputs[0], unit));
  const value = unitValue(run, 0, parts);
  return { run, n: 0, unit, parts, chosen: parts[chosen], value };
}

suite("convolution", () => {
  test("a unit in the middle sees all pixels", () => {
    const { parts, value } = result(convolution, 1, 1);
    assert.deepEqual(parts[0].products, [1, 4, 9, 16]);
    assert.deepEqual(parts[1].products, [5, 0, 0, -40]);
    assert.equal(value, 30 - 35 + 0.25);
  });
  test("a unit in the corner sees zeros beyond the border", () => {
    const { parts, value } = result(convolution, 0, 0);
    assert.deepEqual(parts[0].patch, [0, 0, 0, 1]);
    assert.equal(value, 4 - 10 + 0.25);
  });
  test("one channel's contribution is its sum at every place", () => {
    const map = contribution(convolution, 0, 0, 0);
    const sums = [0, 1, 2].flatMap((i) =>
      [0, 1, 2].map((j) => result(convolution, i, j).parts[0].sum),
    );
    assert.deepEqual([...map], sums);
    assert.equal(map[4], 30);
  });
  test("channels are ordered by what they give", () => {
    const { order, maps, limit } = contributionsTo(convolution, 0);
    const strength = [0, 1].map((channel) =>
      maps.get(channel)?.reduce((a, b) => a + Math.abs(b), 0),
    );
    assert.deepEqual(strength, [100, 140]); // 10 + 20 + 30 + 35 + 10 + 15 + 20
    assert.deepEqual(order, [1, 0]);
    assert.deepEqual(limit, { input: 40, output: 1, kernel: 4, share: 35 });
  });
  test("the equations add up, term by term", () => {
    assert.deepEqual(
      equationsOf(result(convolution, 1, 1)).map(({ text }) => text),
      [
        "Products of input channel 0: 1.00 + 4.00 + 9.00 + 16.0 = 30",
        "Input channels: −35.0 (channel 1) + 30.0 (channel 0) = −5",
        "Sum over 2 input channels −5.00 + 0.250 bias = −4.75",
      ],
    );
    const grids = gridsOf(result(convolution, 1, 1, 1));
    assert.deepEqual(
      grids.map(({ title, columns }) => [title, columns]),
      [
        ["Patch of input channel 1", 2],
        ["× kernel", 2],
        ["= products", 2],
      ],
    );
  });
  test("a group sees its own channels", () => {
    const grouped = { ...convolution, groups: 2, kernel: tensor([4, 1, 1, 1], [1, 1, 1, 1]) };
    grouped.output = tensor([4, 2, 2], new Array(16).fill(0));
    assert.deepEqual(
      [0, 1, 2, 3].map((channel) => inputsOf(grouped, channel)),
      [[0], [0], [1], [1]],
    );
  });
});

suite("padding", () => {
  const at = (/** @type {LayerRun["padding"]} */ padding) =>
    [-2, -1, 0, 3, 4, 5].map((i) => sourceOf({ ...convolution, padding }, i, 4));
  test("zeros", () => assert.deepEqual(at("zeros"), [-1, -1, 0, 3, -1, -1]));
  test("replicate", () => assert.deepEqual(at("replicate"), [0, 0, 0, 3, 3, 3]));
  test("circular", () => assert.deepEqual(at("circular"), [2, 3, 0, 3, 0, 1]));
  test("reflect", () => assert.deepEqual(at("reflect"), [2, 1, 0, 3, 2, 1]));
});

suite("activations", () => {
  const apply = (/** @type {string} */ name, /** @type {number} */ x, options = {}) =>
    activated({ name, formula: "", options }, x);
  test("the error function, to 15 digits", () => {
    assert.equal(erf(0), 0);
    assert.ok(Math.abs(erf(0.5) - 0.5204998778130465) < 1e-15);
    assert.ok(Math.abs(erf(-2) + 0.9953222650189527) < 1e-15);
    assert.equal(erf(9), 1);
  });
  test("values worked out by hand", () => {
    assert.equal(apply("ReLU", -2), 0);
    assert.equal(apply("ReLU6", 8), 6);
    assert.equal(apply("LeakyReLU", -2, { negative_slope: 0.1 }), -0.2);
    assert.equal(apply("Sigmoid", 0), 0.5);
    assert.equal(apply("Hardswish", 1), 4 / 6);
    assert.equal(apply("Hardsigmoid", -4), 0);
    assert.ok(Math.abs(apply("GELU", 1) - 0.841344746068543) < 1e-15);
    assert.ok(Math.abs(apply("GELU", 1, { approximate: "tanh" }) - 0.841191990608276) < 1e-15);
  });
});

suite("other rules", () => {
  const plain = {
    ...convolution,
    kind: "",
    input: tensor([1, 2, 2], [1, 2, 3, 6]),
    output: tensor([1, 1, 1], [0]),
    rows: [[0, 1]],
    columns: [[0, 1]],
  };
  const norm = { weight: [2], bias: [1], eps: 0, mean: [3], variance: [4], act: null };
  const pixel = { ...plain, rows: [[1]], columns: [[1]] };
  test("max and mean", () => {
    assert.equal(result({ ...plain, rule: "max" }, 0, 0).value, 6);
    assert.equal(result({ ...plain, rule: "mean", divisor: null }, 0, 0).value, 3);
    assert.equal(result({ ...plain, rule: "mean", divisor: 6 }, 0, 0).value, 2);
    const [{ text, total }] = equationsOf(result({ ...plain, rule: "mean", divisor: 6 }, 0, 0));
    assert.equal(text, "Sum of 4 values 12.0 / 6 = 2");
    assert.equal(total, true);
  });
  test("a batch norm and the activation that its layer applies next", () => {
    assert.equal(result({ ...pixel, rule: "batchnorm", norm }, 0, 0).value, 4); // 2 (6 - 3) / 2 + 1
    const act = { name: "ReLU6", formula: "min(max(0, x), 6)", options: {} };
    const large = { ...norm, weight: [20], act };
    const done = result({ ...pixel, rule: "batchnorm", norm: large }, 0, 0);
    assert.equal(done.value, 6);
    assert.equal(
      equationsOf(done)[2].text,
      "The layer then applies ReLU6: min(max(0, x), 6) with x = 31.0 gives 6",
    );
  });
  test("a layer norm over channels", () => {
    const input = tensor([2, 1, 1], [1, 5]); // mean 3, variance 4
    const one = { ...plain, input, rows: [[0]], columns: [[0]] };
    assert.equal(result({ ...one, rule: "layernorm", norm }, 0, 0).value, -1); // 2 (1 - 3) / 2 + 1
  });
  test("a softmax", () => {
    const input = tensor([2, 1, 1], [0, 0]);
    /** @type {LayerRun} */
    const one = { ...plain, rule: "softmax", input, rows: [[0]], columns: [[0]] };
    assert.equal(result(one, 0, 0).value, 0.5);
  });
  test("what follows a layer", () => {
    const after = { layer: "relu1", name: "ReLU", formula: "max(0, x)", options: {} };
    const [{ text }] = afterEquations({ ...plain, after }, -2);
    assert.equal(text, "Then relu1, ReLU: max(0, x) with x = −2.00 gives 0");
    assert.deepEqual(afterEquations({ ...plain, after: null }, 1), []);
  });
});

test("numbers in equations", () => {
  assert.deepEqual([0, 0.0001, 0.5, 2, 20, 2000].map(short), [
    "0",
    "0.00010",
    "0.500",
    "2.00",
    "20.0",
    "2.0e+3",
  ]);
  assert.equal(signed(-1), "− 1.00");
  assert.equal(signed(1), "+ 1.00");
});

suite("what a unit computes, in a sentence", () => {
  const relu = { layer: "relu1", name: "ReLU", formula: "max(0, x)", options: {} };
  const single = {
    ...convolution,
    input: tensor([1, 2, 2], [1, 2, 3, 4]),
    kernel: tensor([1, 1, 2, 2], [1, 2, 3, -4]),
    after: relu,
  };
  test("a negative sum is set to 0 by the ReLU", () => {
    assert.equal(
      summaryOf(result(single, 1, 1)), // 1 + 4 + 9 - 16 + 0.25
      "4 numbers of the input times the kernel, plus the bias 0.250, give −1.75; the product " +
        "−16.0 is the largest of the 4. The result −1.75 is not positive, so the ReLU that follows passes on 0.",
    );
  });
  test("a positive sum is passed on", () => {
    assert.equal(
      summaryOf(result(single, 2, 1)), // the window holds 3 and 4 above zeros
      "4 numbers of the input times the kernel, plus the bias 0.250, give 11.3; the product " +
        "8.00 is the largest of the 4. The result 11.3 is positive, so the ReLU that follows passes it on.",
    );
  });
  test("of several input channels the one that adds most is named", () => {
    assert.equal(
      summaryOf(result(convolution, 1, 1)),
      "8 products, of 2 input channels, plus the bias 0.250 give −4.75; input channel 1 adds " +
        "the most, −35.0.",
    );
  });
  test("a maximum, a mean and a function", () => {
    const max = { ...single, rule: /** @type {const} */ ("max"), after: null };
    assert.equal(
      summaryOf(result(max, 1, 1)),
      "Of the 4 values in the frame only the largest is passed on: 4.00.",
    );
    const mean = { ...single, rule: /** @type {const} */ ("mean"), after: null };
    assert.equal(
      summaryOf(result(mean, 1, 1)),
      "The 4 values in the frame are replaced by their mean: 2.50.",
    );
  });
});

test("only a difference within rounding is called the same", () => {
  assert.equal(sameness(0), "exactly the same");
  assert.equal(sameness(9e-8), "the same up to rounding (relative difference 9e-8)");
  assert.equal(sameness(0.02), "relative difference 2e-2");
});
