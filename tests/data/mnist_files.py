"""MNIST's files in small."""

from pathlib import Path

import numpy as np

from cnnviz.data import mnist

SHAPES = {
    "train-images-idx3-ubyte": (6, 28, 28),
    "train-labels-idx1-ubyte": (6,),
    "t10k-images-idx3-ubyte": (3, 28, 28),
    "t10k-labels-idx1-ubyte": (3,),
}


def idx(array: np.ndarray) -> bytes:
    """The IDX format by its definition: two zeros, type 8, dimensions, then big-endian sizes."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def lay(made: dict[str, bytes]) -> Path:
    mnist.raw_dir().mkdir(parents=True)
    for name, content in made.items():
        (mnist.raw_dir() / name).write_bytes(content)
    return mnist.raw_dir()
