// What several components share: numbers, scales, colors, places, views.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { indexOfLargest } from "../../cnnviz/ui/components/frontend/bars.js";
import {
  colorIndex,
  colorOf,
  gradientOf,
  largestMagnitude,
  paintValues,
  pixelWords,
  strongest,
} from "../../cnnviz/ui/components/frontend/colors.js";
import { component } from "../../cnnviz/ui/components/frontend/component.js";
import {
  binText,
  countTicks,
  histogramOf,
  meanAndZeros,
} from "../../cnnviz/ui/components/frontend/histogram.js";
import { percent, probability, significant } from "../../cnnviz/ui/components/frontend/numbers.js";
import {
  customProperties,
  fileName,
  pictureScale,
} from "../../cnnviz/ui/components/frontend/picture.js";
import { arrow, cellAt, clamp } from "../../cnnviz/ui/components/frontend/pointer.js";
import {
  nearest,
  roundUp,
  ticks,
  tickText,
  valueText,
} from "../../cnnviz/ui/components/frontend/scales.js";
import { beside, fitted } from "../../cnnviz/ui/components/frontend/scatter.js";
import { isBright, textOn } from "../../cnnviz/ui/components/frontend/theme.js";

const cases = JSON.parse(readFileSync(new URL("percent_cases.json", import.meta.url), "utf8"));
const table = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)); // gray: color i is i

suite("numbers", () => {
  for (const [share, text] of cases.percent)
    test(`percent of ${share}`, () => assert.equal(percent(share), text));
  for (const [share, places, text] of cases.percent_with_places)
    test(`percent of ${share} with ${places} decimals`, () =>
      assert.equal(percent(share, places), text));
  for (const [value, text] of cases.probability)
    test(`probability of ${value}`, () => assert.equal(probability(value), text));
  test("significant digits with a true minus", () => {
    assert.equal(significant(0, 3), "0");
    assert.equal(significant(-1234.5, 3), "−1230");
    assert.equal(significant(0.00012345, 2), "0.00012");
    assert.equal(significant(2.5, 6), "2.5");
  });
});

suite("scales", () => {
  test("linear ticks are round and within the axis", () => {
    assert.deepEqual(ticks(0, 10), [0, 2, 4, 6, 8, 10]);
    assert.deepEqual(ticks(3, 17), [5, 10, 15]);
    assert.deepEqual(ticks(-1, 1), [-1, -0.5, 0, 0.5, 1]);
    assert.equal(ticks(0.9, 1).length, 6);
  });
  test("logarithmic ticks thin out over many decades", () => {
    assert.deepEqual(ticks(1, 10, true), [1, 2, 5, 10]);
    assert.deepEqual(ticks(1, 100, true), [1, 3, 10, 30, 100]);
    assert.deepEqual(ticks(0.01, 10, true).map(Math.log10).map(Math.round), [-2, -1, 0, 1]);
  });
  test("a short logarithmic axis has more than one tick", () => {
    const texts = (/** @type {[number, number]} */ ends) =>
      ticks(...ends, true).map((tick) => tickText(tick, ""));
    assert.deepEqual(texts([1.6, 2.4]), ["1.6", "1.8", "2", "2.2", "2.4"]);
    assert.deepEqual(texts([0.36, 0.48]), ["0.4", "0.45"]);
  });
  test("an axis grows to the next round number", () => {
    assert.equal(roundUp(0), 0);
    assert.equal(roundUp(100), 125);
    assert.equal(roundUp(1.24), 1.5);
    assert.equal(roundUp(980), 1000);
    assert.equal(roundUp(990), 1250);
  });
  test("the nearest of ascending values", () => {
    const values = [0, 10, 20, 40];
    assert.deepEqual(
      [-5, 4, 6, 29, 31, 99].map((x) => nearest(values, x)),
      [0, 0, 1, 2, 3, 3],
    );
  });
  test("values in few letters", () => {
    assert.equal(valueText(Number.NaN, ""), "–");
    assert.equal(valueText(0.9712, "%"), "97.12%");
    assert.equal(valueText(0.5, "%"), "50.0%");
    assert.equal(valueText(1, "%"), "100.0%");
    assert.equal(valueText(0.99996, "%"), ">99.99%");
    assert.equal(valueText(123456, ""), "1e+5");
    assert.equal(valueText(12345.6, ""), "12,346");
    assert.equal(valueText(0.00012, ""), "1.2e-4");
    assert.equal(valueText(2.5049, ""), "2.5");
    assert.equal(tickText(1e-17, ""), "0");
    assert.equal(tickText(0.5, "%"), "50%");
    assert.equal(tickText(3 * 0.1, "%"), "30%");
    assert.equal(tickText(0.9996, "%"), "99.96%");
    assert.equal(tickText(0.99996, "%"), "99.996%");
    assert.equal(tickText(1, "%"), "100%");
  });
});

suite("colors", () => {
  test("a value's place between the ends", () => {
    assert.equal(colorIndex(0, { low: -1, high: 1 }), 128);
    assert.equal(colorIndex(-9, { low: -1, high: 1 }), 0);
    assert.equal(colorIndex(9, { low: -1, high: 1 }), 255);
    assert.equal(colorIndex(3, { low: 3, high: 3 }), 0);
    assert.deepEqual([...colorOf(0.2, table, { low: 0, high: 1 })], [51, 51, 51]);
  });
  test("the strongest maps are those of largest magnitude that are no plain squares", () => {
    const maps = [
      [0, 0.5],
      [9, 9],
      [-3, 1],
      [8, 8.25],
      [2, 0],
    ];
    assert.deepEqual(strongest(maps, 2, 0), [3, 2]); // 9 everywhere is constant
    assert.deepEqual(strongest(maps, 2, 0.25), [2, 4]); // 8 to 8.25 is as good as constant
    assert.deepEqual(strongest(maps, 9, 0.25), [2, 4, 0]);
    assert.deepEqual(strongest([[1, 1]], 3, 0), []);
  });
  test("values are painted into their part of an image, NaN is left out", () => {
    const data = new Uint8ClampedArray(3 * 2 * 4);
    const image = /** @type {ImageData} */ ({ width: 3, data });
    const values = [9, 0, -1, Number.NaN]; // the first does not belong to the map
    const words = pixelWords(table);
    paintValues(image, [1, 1], [1, 2], values, 1, words, { low: 0, high: 1, magnitude: true });
    assert.deepEqual([...image.data.slice(16, 24)], [0, 0, 0, 255, 255, 255, 255, 255]);
    paintValues(image, [0, 0], [1, 1], values, 3, words, { low: 0, high: 1 });
    assert.deepEqual([...image.data.slice(0, 16)], new Array(16).fill(0));
  });
  test("the background runs from the first color to the last", () => {
    const gradient = gradientOf(table);
    assert.ok(gradient.startsWith("linear-gradient(90deg, rgb(0,0,0),rgb(32,32,32)"));
    assert.ok(gradient.endsWith("rgb(255,255,255))"));
  });
  test("the largest magnitude, NaN left out", () => {
    assert.equal(largestMagnitude([1, -3, Number.NaN, 2]), 3);
    assert.equal(largestMagnitude([1, -3, 2], 2), 2);
    assert.equal(largestMagnitude([]), 0);
  });
  test("text is black on bright colors and white on dark ones", () => {
    assert.equal(isBright([0, 255, 0]), true);
    assert.equal(textOn([0, 0, 255]), "#fff");
    assert.equal(textOn([255, 255, 0]), "#000");
  });
  test("a histogram counts the ends in", () => {
    assert.deepEqual(histogramOf([0, 1, 1, 4], 4), { low: 0, high: 4, counts: [1, 2, 0, 1] });
    assert.deepEqual(histogramOf([2, 2], 3), { low: 2, high: 2, counts: [2, 0, 0] });
  });
  test("a histogram's mean, zeros, ticks and bins", () => {
    assert.deepEqual(meanAndZeros([0, 0, -1, 5]), { mean: 1, zeros: 0.5 });
    assert.deepEqual(countTicks(1), [1]);
    assert.deepEqual(countTicks(999), [1, 10, 100]);
    assert.deepEqual(countTicks(1000), [1, 10, 100, 1000]);
    assert.equal(binText(histogramOf([-1, 1], 4), 1), "−0.5 to 0");
  });
});

suite("places", () => {
  test("arrow keys", () => {
    assert.deepEqual(arrow({ key: "ArrowUp" }), [-1, 0]);
    assert.deepEqual(arrow({ key: "ArrowRight" }), [0, 1]);
    assert.equal(arrow({ key: "Enter" }), null);
  });
  test("the cell under a pointer, or the nearest one", () => {
    const box = { left: 10, top: 20, width: 100, height: 50 };
    assert.deepEqual(cellAt({ clientX: 35, clientY: 45 }, box, 10, 4), [5, 1]);
    assert.deepEqual(cellAt({ clientX: 0, clientY: 99 }, box, 10, 4), [9, 0]);
    assert.equal(clamp(5, 0, 3), 3);
  });
  test("the largest of some numbers, the first where several are", () => {
    assert.equal(indexOfLargest([0.1, 0.7, 0.7]), 1);
    assert.equal(indexOfLargest([-3, -1]), 1);
  });
  test("points fit around zero, the wider axis up to 1", () => {
    const { target, extent, at } = fitted(Float32Array.of(0, 0, 4, 2), Float32Array.of(0, 0, 4, 2));
    assert.deepEqual([...target], [-1, -0.5, 1, 0.5]);
    assert.deepEqual(extent, [1, 0.5]);
    assert.equal(at, undefined);
    const wide = fitted(Float32Array.of(0, 0), Float32Array.of(0, 0, 4, 0), [8, 0]);
    assert.deepEqual([...wide.target], [-1, 0]);
    assert.deepEqual(wide.at, [1, 0]);
    assert.deepEqual(wide.extent, [1, 0.05]);
  });
  test("the nearest point in a direction", () => {
    const places = [0, 0, 1, 0.1, 3, 0, -1, 0, 1, 5];
    const all = () => true;
    assert.equal(beside(places, 0, [1, 0], all), 1);
    assert.equal(
      beside(places, 0, [1, 0], (i) => i !== 1),
      2,
    );
    assert.equal(beside(places, 0, [-1, 0], all), 3);
    assert.equal(beside(places, 3, [-1, 0], all), 3); // nothing further left
    assert.equal(beside(places, null, [0, 1], all), 4);
  });
});

test("a component has one view for each place, and closes it at the end", () => {
  /** @type {string[]} */
  const log = [];
  const create = (/** @type {any} */ root) => {
    log.push(`create ${root.name}`);
    return { root, close: () => log.push(`close ${root.name}`) };
  };
  const view = component(create, ({ root }, { data }) => log.push(`${root.name} ${data}`));
  const place = (/** @type {string} */ name) =>
    /** @type {any} */ ({ name, querySelectorAll: () => [] });
  const [one, two] = [place("one"), place("two")];
  const send = () => {};
  const call = (/** @type {any} */ parentElement, /** @type {number} */ data) =>
    view({ parentElement, data, setStateValue: send, setTriggerValue: send });
  const end = call(one, 1);
  call(two, 2);
  call(one, 3);
  end();
  call(one, 4);
  assert.deepEqual(log, [
    "create one",
    "one 1",
    "create two",
    "two 2",
    "one 3",
    "close one",
    "create one",
    "one 4",
  ]);
});

suite("pictures", () => {
  test("a file's name has letters, digits and hyphens only", () => {
    assert.equal(fileName("Look inside · ResNet-18 (½)"), "cnnviz-look-inside-resnet-18-1-2");
    assert.equal(fileName("../../etc/passwd"), "cnnviz-etc-passwd");
    assert.equal(fileName(""), "cnnviz");
    assert.ok(fileName("word ".repeat(100)).length <= 80);
  });
  test("custom properties come from outside unless the sheet sets them", () => {
    const css =
      ":host { --muted: var(--st-text-color); } p { color: var(--muted); top: var( --x, 1px); }";
    assert.deepEqual(customProperties(css), ["--st-text-color", "--x"]);
  });
  test("a picture has twice the pixels, or those of the screen, or the most that fit", () => {
    assert.equal(pictureScale(1000, 500, 1), 2);
    assert.equal(pictureScale(1000, 500, 3), 3);
    assert.equal(pictureScale(1000, 32_000, 1), 0.5);
  });
});
