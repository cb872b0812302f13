// Single views: what they say and where things lie.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { shapePlace } from "../../cnnviz/ui/architecture/frontend/graph_drawing.js";
import { BOX, course, HEAD, layOut } from "../../cnnviz/ui/architecture/frontend/graph_layout.js";
import { scaleOf } from "../../cnnviz/ui/architecture/frontend/volumes.js";
import { peak, rounded } from "../../cnnviz/ui/attribution/frontend/attribution_view.js";
import { reachText, unclipped } from "../../cnnviz/ui/components/frontend/fields.js";
import { squarest, tiling } from "../../cnnviz/ui/components/frontend/maps.js";
import { predictionOf } from "../../cnnviz/ui/drawing/frontend/detections.js";
import { fromBase64, inkBox, toBase64 } from "../../cnnviz/ui/drawing/frontend/drawing.js";
import { KeyboardPen } from "../../cnnviz/ui/drawing/frontend/keyboard_pen.js";
import { seen } from "../../cnnviz/ui/ideas/frontend/patch_grid.js";
import { queryAt, sharesOf } from "../../cnnviz/ui/inside/frontend/attention_view.js";
import { stripLayout } from "../../cnnviz/ui/inside/frontend/layer_strips.js";
import { besidePlace } from "../../cnnviz/ui/time/frontend/map_panel.js";

suite("maps", () => {
  test("tiles stand nearest to a square", () => {
    assert.equal(squarest(16, 1, 1), 4);
    assert.equal(squarest(6, 1, 1), 2); // as near as 3, and fewer
    assert.equal(squarest(4, 1, 10), 1); // wide ones in a column
  });
  test("tiles fill their space in whole pixels", () => {
    assert.deepEqual(tiling(4, [10, 10], { side: 203 }), {
      columns: 2,
      rows: 2,
      gap: 3,
      tileWidth: 100,
      tileHeight: 100,
    });
    assert.equal(tiling(1, [28, 28], { side: 5 }).tileWidth, 5);
    assert.equal(tiling(8, [7, 7], { side: 100, height: Infinity, columns: 8 }).rows, 1);
  });
  test("a field that goes on beyond the border", () => {
    const extent = /** @type {[number, number, number]} */ ([5, 2, 1]); // size, jump, padding
    assert.deepEqual(unclipped([extent, extent], { channel: 0, row: 0, column: 3 }), [-1, 5, 3, 9]);
    assert.equal(unclipped(null, { channel: 0, row: 0, column: 0 }), null);
  });
  test("what a unit sees, in words", () => {
    assert.equal(
      reachText([2, 3, 4, 3], [1, 10, 10]),
      "sees 3 × 1 of the input (3.0%): rows 2–4, columns 3",
    );
    assert.equal(reachText([0, 0, 9, 9], [1, 10, 10]), "sees the whole input");
    assert.equal(reachText([0, 0, -1, -1], [1, 10, 10]), "sees nothing of the input");
  });
});

suite("attention", () => {
  /** @type {import("../../cnnviz/ui/inside/frontend/attention_view.js").Layer} */
  const layer = {
    layer: "attn",
    title: "",
    about: "",
    heads: 2,
    queries: 2,
    keys: 5,
    queryClasses: 1,
    keyClasses: 1,
    queryGrid: [1, 1],
    keyGrid: [2, 2],
  };
  test("the query at a place, where a layer subsamples", () => {
    assert.deepEqual(queryAt(layer, { classes: true, x: 0, y: 0 }), { index: 0, cell: null });
    assert.deepEqual(queryAt(layer, { classes: false, x: 0.9, y: 0.9 }), {
      index: 1,
      cell: [0, 0],
    });
    /** @type {typeof layer} */
    const all = { ...layer, queryClasses: 0, queryGrid: [2, 2] };
    assert.deepEqual(queryAt(all, { classes: false, x: 0.9, y: 0.1 }), { index: 1, cell: [0, 1] });
  });
  test("shares of one head, and the mean of all", () => {
    const values = [
      ...[1, 0, 0, 0, 0],
      ...[0.5, 0.5, 0, 0, 0],
      ...[0, 0, 0, 0, 1],
      ...[0, 1, 0, 0, 0],
    ];
    assert.deepEqual(sharesOf(layer, values, 0, 0), {
      classes: 1,
      grid: Float32Array.of(0, 0, 0, 0),
    });
    assert.deepEqual(sharesOf(layer, values, null, 1), {
      classes: 0.25,
      grid: Float32Array.of(0.75, 0, 0, 0),
    });
  });
});

suite("attribution", () => {
  test("numbers with a sign where signs matter", () => {
    assert.deepEqual(
      [0, 0.12345, -2.5, 0.00012].map((x) => rounded(x)),
      ["0", "0.123", "−2.5", "1.2e-4"],
    );
    assert.equal(rounded(-0.00012), "−1.2e-4");
    assert.equal(rounded(3, true), "+3");
  });
  test("where a map is strongest", () => {
    const map = { values: Float32Array.of(0, 0, -4, 1), strongest: 2, limit: 4, signed: true };
    assert.equal(peak(map, 2), "Peak −4 at row 1, col. 0");
    assert.equal(peak({ ...map, limit: 0 }, 2), "Zero everywhere");
  });
});

suite("drawing", () => {
  test("the box around the ink", () => {
    const side = 4;
    const rgba = new Uint8ClampedArray(4 * side * side);
    assert.equal(inkBox(rgba, side), null);
    for (const [x, y] of [
      [1, 2],
      [3, 2],
      [2, 3],
    ])
      rgba[4 * (y * side + x)] = 255;
    assert.deepEqual(inkBox(rgba, side), { left: 1, top: 2, width: 3, height: 2 });
  });
  test("bytes as base64 and back", () => {
    assert.equal(toBase64(Uint8Array.of(0, 255, 16)), "AP8Q");
    assert.deepEqual([...fromBase64("AP8Q")], [0, 255, 16]);
  });
  test("what a query predicts", () => {
    /** @type {import("../../cnnviz/ui/drawing/frontend/detections.js").Query} */
    const query = { digit: 7, confidence: 0.98, nothing: 0.01, found: true, box: [0, 0, 1, 1] };
    assert.deepEqual(predictionOf(query), ["7", "98.0%"]);
    assert.deepEqual(predictionOf({ ...query, found: false }), ["no object", "7: 98.0%"]);
    assert.deepEqual(predictionOf({ ...query, found: false, nothing: 1 }), ["no object", ">99.9%"]);
  });
});

test("pixels and padding under a kernel", () => {
  assert.deepEqual(seen([-1, 0, 1], [3, 4], 4), [2, 6]);
  assert.deepEqual(seen([0, 1, 2], [0, 1, 2], 3), [9, 9]);
});

test("arrow keys go from tile to tile", () => {
  const grid = { tiles: 3, rows: 2, columns: 2, height: 2, width: 2 };
  assert.deepEqual(besidePlace([0, 0, 1], [0, 1], grid), [1, 0, 0]);
  assert.deepEqual(besidePlace([0, 1, 0], [1, 0], grid), [2, 0, 0]);
  assert.equal(besidePlace([1, 1, 0], [1, 0], grid), null); // beyond the last tile
  assert.deepEqual(besidePlace([0, 0, 0], [-1, 0], grid), [0, 0, 0]);
});

suite("boxes", () => {
  /** @typedef {import("../../cnnviz/ui/architecture/frontend/volumes.js").Stage} Stage */
  /**
   * @param {number} channels
   * @param {number} rows
   * @returns {Stage}
   */
  const stage = (channels, rows) => ({
    name: "",
    title: "",
    layers: "",
    sizes: [],
    words: [],
    values: "",
    bytes: "",
    boxes: [{ channels, rows, columns: rows, form: "maps" }],
  });
  test("the longest side and the most channels have their full length", () => {
    const { side, depth } = scaleOf([stage(1, 16), stage(64, 4)], 0);
    assert.equal(side * Math.sqrt(16), 104);
    assert.equal(depth * Math.sqrt(64), 62);
  });
  test("where there is room they grow, up to a limit", () => {
    assert.equal(scaleOf([stage(1, 16)], 1e6).side, (104 / 4) * 1.35);
  });
});

suite("graph", () => {
  /** @typedef {import("../../cnnviz/ui/architecture/frontend/graph_layout.js").Node} Node */
  /**
   * @param {string} id
   * @param {number} rank
   * @param {string} [role]
   * @returns {Node}
   */
  const leaf = (id, rank, role = "layer") => ({
    id,
    name: id,
    label: id,
    kind: "",
    hue: "",
    input: "",
    output: "",
    weights: "",
    facts: [],
    rank,
    column: 0,
    role,
    lanes: 0,
    children: [],
    edges: [],
  });
  /** @type {Node} */
  const root = {
    ...leaf("root", 0),
    lanes: 1,
    children: [leaf("a", 0), leaf("b", 1), leaf("sum", 2, "add")],
    edges: [
      [-1, 0, "1", null],
      [0, 1, "2", null],
      [1, 2, "3", null],
      [0, 2, "4", 0],
    ],
  };
  const whole = layOut(root, new Set(["root"]));
  assert.ok(whole.inside);
  const { tops } = whole.inside;
  test("rows follow each other, the lanes are on the right", () => {
    assert.deepEqual(tops, [HEAD + 30, HEAD + 30 + BOX.height + 30, HEAD + 90 + 2 * BOX.height]);
    assert.equal(whole.high, HEAD + 30 + 2 * (BOX.height + 30) + 2 * 17 + 30);
    assert.equal(whole.left, BOX.width / 2 + 16);
    assert.equal(whole.right, BOX.width / 2 + 9 + 9 + 16);
  });
  test("a closed module is a box", () => {
    const closed = layOut(root, new Set());
    assert.deepEqual([closed.left, closed.high, closed.inside], [BOX.width / 2, BOX.height, null]);
  });
  test("edges run from the lower end of a node to the upper end of the next", () => {
    const { start, end } = course(whole, root.edges[1]);
    assert.deepEqual(start, [0, tops[0] + BOX.height]);
    assert.deepEqual(end, [0, tops[1]]);
    const skip = course(whole, root.edges[3]);
    assert.equal(skip.bend[0], BOX.width / 2 + 9); // the first lane
    assert.deepEqual(skip.end, [0, tops[2]]);
  });
  test("a shape stands where no other edge ends", () => {
    /** @type {Parameters<typeof shapePlace>[1]} */
    const run = { start: [0, 0], bend: [0, 0], end: [0, 100], lane: null };
    const alone = { leaves: true, enters: true };
    assert.deepEqual(shapePlace("8", run, alone, false)?.place, [7, 89]);
    assert.deepEqual(shapePlace("8", run, { ...alone, enters: false }, true)?.place, [-7, 13]);
    assert.equal(shapePlace("8", run, { leaves: false, enters: false }, false), null);
    /** @type {typeof run} */
    const lane = { ...run, bend: [50, 100], lane: 0 };
    assert.deepEqual(shapePlace("8", lane, alone, false)?.place, [50, 50]);
    assert.equal(shapePlace("64 × 128 × 128 × 128", lane, alone, false), null);
  });
});

suite("a pen moved by keys", () => {
  const press = (/** @type {KeyboardPen} */ pen, /** @type {string} */ key, shiftKey = false) =>
    pen.press({ key, shiftKey });
  test("begins in the middle and stays on the pad", () => {
    const pen = new KeyboardPen();
    assert.deepEqual([pen.x, pen.y, pen.down], [140, 140, false]);
    assert.equal(press(pen, "ArrowRight"), "move");
    assert.deepEqual([pen.x, pen.y], [150, 140]);
    press(pen, "ArrowUp", true);
    assert.deepEqual([pen.x, pen.y], [150, 138]);
    for (let i = 0; i < 40; i++) press(pen, "ArrowDown");
    assert.deepEqual([pen.x, pen.y], [150, 280]);
  });
  test("the space bar puts it down and lifts it, Escape lifts it", () => {
    const pen = new KeyboardPen();
    assert.equal(press(pen, "Escape"), null);
    assert.equal(press(pen, " "), "down");
    assert.equal(pen.text, "Pen down, column 14, row 14 of 28");
    assert.equal(press(pen, " "), "up");
    press(pen, " ");
    assert.equal(press(pen, "Escape"), "up");
    assert.equal(press(pen, "a"), null);
  });
});

suite("all layers", () => {
  test("as many maps stand in a row as fit", () => {
    assert.deepEqual(stripLayout(200, 12, [28, 28], false).places, [0, 48, 96, 144]);
    assert.equal(stripLayout(188, 12, [28, 28], false).places.length, 4); // 4 × 44 and 3 gaps
    assert.deepEqual(stripLayout(200, 2, [28, 28], false).places, [0, 48]);
    assert.deepEqual(stripLayout(10, 12, [28, 28], false), { places: [0], wide: 10, high: 44 });
    assert.equal(stripLayout(500, 12, [10, 20], false).wide, 88); // twice as wide as high
  });
  test("a vector is one strip of all its values", () => {
    assert.deepEqual(stripLayout(500, 1, [1, 10], true), { places: [0], wide: 60, high: 16 });
    assert.equal(stripLayout(500, 1, [1, 4096], true).wide, 500);
  });
});
