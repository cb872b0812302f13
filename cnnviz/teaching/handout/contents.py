"""What a learner hands in, computed from the network and the digit on the screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.activations.forward_pass import ForwardPass, forward_pass
from cnnviz.inspection.unit_arithmetic import Unit, compute_unit, layer_run, supported_layers
from cnnviz.inspection.unit_arithmetic.results import Convolved
from cnnviz.models.loaded_network import LoadedNetwork

STRONGEST = 8  # maps of a layer
MAX_NOTES = 20_000  # characters


@dataclass(frozen=True)
class Answer:
    """A prediction that the learner committed to.

    Attributes:
        topic: of the exercise.
        stem: the question.
        chosen: text of the chosen option.
        correct: text of the correct option, computed from the network.
        explanation: why.
    """

    topic: str
    stem: str
    chosen: str
    correct: str
    explanation: str

    @property
    def right(self) -> bool:
        """Whether the prediction was correct."""
        return self.chosen == self.correct


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """The strongest maps of one layer.

    Attributes:
        role: "early", "middle" or "late".
        layer: dotted name.
        shape: of the layer's output, (C, H, W).
        channels: indices of the maps, the strongest first.
        values: float32, (k, H, W).
    """

    role: str
    layer: str
    shape: tuple[int, ...]
    channels: tuple[int, ...]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Handout:
    """Everything on the page.

    Attributes:
        author: who hands it in; "" for nobody.
        date: ISO 8601.
        network: title, and version of the weights.
        image: uint8, (1, 28, 28).
        source: of the image, in words.
        probabilities: float32, (10,).
        layers: the early, the middle and the late layer.
        unit: one unit of the first convolution; None for a network without one.
        curves: loss or accuracy by name, points (epoch, value).
        answers: predictions that the learner committed to.
        notes: the learner's own text.
    """

    author: str
    date: str
    network: tuple[str, str]
    image: Pixels
    source: str
    probabilities: NDArray[np.float32]
    layers: tuple[LayerMaps, ...]
    unit: Convolved | None
    curves: Mapping[str, Sequence[tuple[float, float]]]
    answers: tuple[Answer, ...]
    notes: str


def strongest_maps(maps: ForwardPass) -> tuple[LayerMaps, ...]:
    """Return the maps with the largest values of the early, the middle and the late layer."""
    layers = []
    for layer in maps.maps:
        peaks = np.abs(layer.values).max(axis=(1, 2))  # (C,)
        channels = np.argsort(-peaks, kind="stable")[:STRONGEST]
        layers.append(
            LayerMaps(
                layer.role,
                layer.layer,
                layer.values.shape,
                tuple(map(int, channels)),
                layer.values[channels],
            )
        )
    return tuple(layers)


def worked_unit(network: LoadedNetwork, image: Pixels) -> Convolved | None:
    """Return the unit with the largest absolute value in the first convolution."""
    names = [row.layer for row in supported_layers(network.model) if row.convolution]
    if not names:
        return None
    run = layer_run(network, image, names[0])
    peaks = run.outputs.abs().flatten(1).amax(dim=1)  # (C,)
    unit: Unit = run.strongest(int(peaks.argmax()))
    result = compute_unit(network, image, names[0], unit)
    return result if isinstance(result, Convolved) else None


def handout(
    network: LoadedNetwork,
    image: Pixels,
    *,
    title: str,
    version: str,
    source: str,
    date: str,
    author: str = "",
    curves: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    answers: Sequence[Answer] = (),
    notes: str = "",
) -> Handout:
    """Return the contents of a page to hand in.

    Args:
        network: that is on the screen.
        image: uint8, (1, 28, 28).
        title: of the network.
        version: of its weights.
        source: of the image, in words.
        date: ISO 8601.
        author: who hands it in.
        curves: of a run, points (epoch, value) by name.
        answers: committed predictions.
        notes: the learner's own text.

    Raises:
        ValueError: if the notes are longer than 20,000 characters.
    """
    if len(notes) > MAX_NOTES:
        raise ValueError(f"notes must have at most {MAX_NOTES:,} characters, got {len(notes):,}")
    maps = forward_pass(network, image)
    return Handout(
        author=author,
        date=date,
        network=(title, version),
        image=image,
        source=source,
        probabilities=maps.probabilities,
        layers=strongest_maps(maps),
        unit=worked_unit(network, image),
        curves=curves or {},
        answers=tuple(answers),
        notes=notes,
    )
