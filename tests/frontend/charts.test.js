// Charts: what lies where.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { axisStart } from "../../cnnviz/ui/channels/frontend/effect_view.js";
import { horizontalRange, marksOn } from "../../cnnviz/ui/components/frontend/live_chart.js";
import {
  heads,
  lastFinite,
  limitNote,
  pareto,
  verticalRange,
} from "../../cnnviz/ui/components/frontend/live_chart_panel.js";
import { floorOf, separations } from "../../cnnviz/ui/embedding/frontend/depth_chart.js";
import { sameDepth } from "../../cnnviz/ui/embedding/frontend/embedding_view.js";
import { valueAt, verticalScale } from "../../cnnviz/ui/time/frontend/curve.js";

const NAN = Number.NaN;
const columns = {
  step: Float32Array.of(0, 1, 2, 3),
  loss: Float32Array.of(4, 2, 1, NAN),
  low: Float32Array.of(3, 1, 0.5, NAN),
  high: Float32Array.of(5, 3, 2, NAN),
};
const series = { label: "a", group: 0, column: "loss", color: 0, dots: false };
/** @type {import("../../cnnviz/ui/components/frontend/live_chart_panel.js").PanelHeader} */
const panel = { title: "", unit: "", log: false, series: [series] };

suite("live chart", () => {
  test("an event stands at its place on each axis", () => {
    const marks = [{ text: "augmentation 1", epoch: 0.5, step: 12, seconds: 3 }];
    assert.deepEqual(marksOn("epoch", marks), [{ x: 0.5, text: "augmentation 1" }]);
    assert.deepEqual(marksOn("step", marks), [{ x: 12, text: "augmentation 1" }]);
  });

  test("the last finite value", () => {
    assert.equal(lastFinite(columns.loss), 2);
    assert.equal(lastFinite(columns.loss, 1), 1);
    assert.equal(lastFinite([NAN]), -1);
  });
  test("the axis ends at a round number, or where the run ends", () => {
    assert.deepEqual(horizontalRange([[0, 100], [NAN]]), [0, 100]);
    assert.deepEqual(horizontalRange([[0, 100]], 1000), [0, 125]);
    assert.deepEqual(horizontalRange([[0, 100]], 110), [0, 110]);
    assert.deepEqual(horizontalRange([[]]), [0, 1]);
  });
  test("a linear axis leaves 4% of room, but not beyond a given end", () => {
    assert.deepEqual(verticalRange(panel, [columns], "step", [0, 2]), [1 - 0.12, 4 + 0.12]);
    assert.deepEqual(verticalRange({ ...panel, low: 0 }, [columns], "step", [0, 2]), [0, 4.16]);
    assert.deepEqual(verticalRange(panel, [columns], "step", [1, 2]), [1 - 0.04, 2 + 0.04]);
  });
  test("a band counts where there is one", () => {
    /** @type {typeof panel} */
    const banded = { ...panel, low: 0, high: 5, series: [{ ...series, band: ["low", "high"] }] };
    assert.deepEqual(verticalRange(banded, [columns], "step", [0, 2]), [0, 5]);
  });
  test("a logarithmic axis, and one without values", () => {
    assert.deepEqual(verticalRange({ ...panel, log: true }, [columns], "step", [0, 2]), [
      1 / 1.15,
      4 * 1.15,
    ]);
    assert.deepEqual(verticalRange({ ...panel, log: true }, [columns], "step", [9, 9]), [
      0.1 / 1.15,
      1.15,
    ]);
  });
  test("an axis with a limit ends there, and a note says what is not to scale", () => {
    const limited = { ...panel, log: true, limit: 100 };
    const wild = { ...columns, loss: Float32Array.of(2, 1, 1e12, NAN) };
    const [low, high] = verticalRange(limited, [wild], "step", [0, 3]);
    assert.ok(Math.abs(low - 1 / 1.15) < 1e-9 && Math.abs(high - 115) < 1e-9);
    const [lowest, highest] = verticalRange(limited, [wild], "step", [2, 3]);
    assert.ok(Math.abs(lowest - 10 / 1.15) < 1e-9 && Math.abs(highest - 115) < 1e-9);
    assert.equal(
      limitNote(limited, [wild]),
      "Values above 100 are drawn at the upper edge; × marks a value that is infinite or not a number.",
    );
    assert.equal(limitNote(limited, [{ ...columns, loss: Float32Array.of(4, 2, 1, 1) }]), "");
    assert.equal(limitNote(panel, [wild]), "");
  });
  test("only last points count among bubbles", () => {
    const [head] = heads([{ ...series, band: ["low", "high"] }], [columns], "step");
    assert.deepEqual([head.x, head.y, head.low, head.high], [2, 1, 0.5, 2]);
    assert.deepEqual(
      verticalRange({ ...panel, bubbles: true }, [columns], "step", [0, 1]),
      [0.99, 1.01],
    );
  });
  test("points that no other beats in both directions", () => {
    const points = [
      [3, 5],
      [1, 1],
      [2, 4],
      [2.5, 3],
      [4, 5],
    ].map(([x, y]) => ({ x, y }));
    assert.deepEqual(pareto(points), [
      { x: 1, y: 1 },
      { x: 2, y: 4 },
      { x: 3, y: 5 },
    ]);
  });
});

suite("a training's curves", () => {
  test("the value that the curve is drawn with at a step", () => {
    const [steps, values] = [
      [1, 5, 9],
      [0.5, NAN, 0.1],
    ];
    assert.deepEqual(
      [0, 1, 6, 9, 99].map((step) => valueAt(steps, values, step)),
      [null, 0.5, 0.5 + (-0.4 * Math.log(3.5)) / Math.log(5), 0.1, 0.1],
    );
    // straight between two points of both logarithmic axes: log(1 + 3) is half way from 1 to 7
    assert.ok(Math.abs((valueAt([1, 7], [4, 1], 3, true) ?? 0) - 2) < 1e-9);
  });
  test("a logarithmic scale holds guessing, and at least a decade", () => {
    const { share, ticks } = verticalScale([1.5, 0.5, 0], true);
    assert.equal(share(2.4), 1);
    assert.equal(share(0.24), 0);
    assert.equal(share(0), 0);
    assert.deepEqual(ticks, [0.3, 1, 2]);
  });
  test("a linear scale is the share itself", () => {
    assert.equal(verticalScale([0.2], false).share(0.7), 0.7);
  });
});

test("accuracies begin below the lowest interval", () => {
  assert.equal(
    axisStart([
      [0.99, 0.98, 1],
      [0.97, 0.96, 0.98],
    ]),
    0.95,
  );
  assert.equal(axisStart([[0.99, 0.951, 1]]), 0.9);
  assert.equal(axisStart([[0.3, 0.2, 0.4]]), 0);
});

suite("separation by depth", () => {
  /** @typedef {import("../../cnnviz/ui/embedding/frontend/embedding_view.js").Layer} Layer */
  /**
   * @param {string} short
   * @param {import("../../cnnviz/ui/embedding/frontend/embedding_view.js").Interval} separation
   * @returns {Layer}
   */
  const layer = (short, separation) => ({
    ready: true,
    name: short,
    short,
    title: short,
    separation,
    facts: "",
    subject: null,
    placed: "",
    near: null,
    exact: true,
    waiting: "",
  });
  /** @type {Layer} */
  const waiting = { ready: false, name: "x", short: "x", title: "x" };
  const one = { title: "A", layers: [waiting, layer("conv", [0.55, 0.52, 0.58])] };
  const two = { title: "B", layers: [layer("fc", [0.9, 0.88, 0.92])] };
  test("the axis begins at a tenth below all intervals", () => {
    assert.equal(floorOf([one, two]), 0.5);
    assert.equal(floorOf([{ title: "", layers: [waiting] }]), 0.9);
  });
  test("what is said of the marked layers", () => {
    assert.equal(separations([one], [1]), "conv: 55.0% (95% interval 52.0% to 58.0%)");
    assert.equal(
      separations([one, two], [0, 0]),
      "B (dashed): 90.0% (95% interval 88.0% to 92.0%)",
    );
  });
  test("the layer at the same share of another network's depth", () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((at) => sameDepth(at, 5, 9)),
      [0, 2, 4, 6, 8],
    );
    assert.equal(sameDepth(3, 1, 2), 1);
  });
});
