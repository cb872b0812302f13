// Terms that captions explain.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { meaningsIn } from "../../cnnviz/ui/components/frontend/terms.js";

suite("terms", () => {
  test("a caption's terms are explained once each, as whole words", () => {
    const lines = meaningsIn("relu2 · 64 maps: the kernel of a map");
    const names = lines.map((line) => line.split(":")[0]);
    assert.deepEqual(names, ["feature map", "kernel", "ReLU"]);
    assert.deepEqual(meaningsIn("bitmaps of machines, spooling"), []);
  });
});
