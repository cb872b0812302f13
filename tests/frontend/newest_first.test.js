// How often a component sends its state, by a clock of the test.

import assert from "node:assert/strict";
import { beforeEach, mock, suite, test } from "node:test";

import { NewestFirst } from "../../cnnviz/ui/drawing/frontend/newest_first.js";

let now = 0;
/** @type {number[]} */
let sent = []; // times of the messages
let messages = new NewestFirst(() => ({}));

/** @param {number} time  to go on to */
function goOn(time) {
  while (now < time) {
    now += 1;
    mock.timers.tick(1);
  }
}

suite("the newest state is sent", () => {
  beforeEach(() => {
    mock.timers.reset();
    mock.timers.enable({ apis: ["setTimeout"] });
    now = 1000;
    sent = [];
    mock.method(performance, "now", () => now);
    messages = new NewestFirst(() => ({}));
    messages.send = () => sent.push(now);
  });

  test("at most every 40 ms while it changes and responses are quick", () => {
    messages.changed(true);
    goOn(1005);
    messages.answered(1);
    messages.changed(true);
    goOn(1039);
    assert.deepEqual(sent, [1000]);
    goOn(1100);
    assert.deepEqual(sent, [1000, 1040]);
  });

  test("after a rest as long as the last response took", () => {
    messages.changed(true);
    goOn(1200);
    messages.changed(true);
    messages.answered(1);
    goOn(1399);
    assert.deepEqual(sent, [1000]);
    goOn(1450);
    assert.deepEqual(sent, [1000, 1400]);
  });

  test("half a second after a response that took longer than that", () => {
    messages.changed(true);
    goOn(2500);
    messages.changed(true);
    messages.answered(1);
    goOn(2999);
    assert.deepEqual(sent, [1000]);
    goOn(3100);
    assert.deepEqual(sent, [1000, 3000]);
  });

  test("without a rest once it is final", () => {
    messages.changed(true);
    goOn(1200);
    messages.changed(true);
    messages.answered(1);
    goOn(1250);
    messages.changed(false);
    assert.deepEqual(sent, [1000, 1250]);
  });

  test("once more if no response arrives within three seconds", () => {
    messages.changed(true);
    messages.changed(true);
    goOn(3999);
    assert.deepEqual(sent, [1000]);
    goOn(4001);
    assert.deepEqual(sent, [1000, 4000]);
  });
});
