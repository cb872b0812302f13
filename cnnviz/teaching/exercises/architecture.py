"""Exercises on where a network's parameters and multiplications are."""

from collections.abc import Callable, Mapping

from cnnviz.models.structure.counts import Layer
from cnnviz.stats.percentages import percent
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_outcome,
    choose_range,
)
from cnnviz.teaching.exercises.scene import Scene

_UNNAMED = "(network)"  # operations of the network's own forward pass
_RIVALS = 5  # the largest of the others, from which wrong answers are taken


def most_parameters(scene: Scene) -> MultipleChoice | None:
    """Ask which layer, or part of the network, has the most parameters."""
    return _largest(
        scene,
        "has the most parameters",
        lambda layer: layer.parameters,
        "parameters",
        "Parameters are kernel area × channels in × channels out: late layers have more channels, "
        "and a fully connected layer has a weight for every pair of values.",
    )


def most_macs(scene: Scene) -> MultipleChoice | None:
    """Ask which layer, or part of the network, does the most multiply-accumulates."""
    return _largest(
        scene,
        "does the most multiply-accumulates (MACs) for one digit",
        lambda layer: layer.macs,
        "MACs",
        "MACs are weights × positions: a layer with many weights can be cheap where its map is "
        "small.",
    )


def share_of_linear_layers(scene: Scene) -> MultipleChoice:
    """Ask which share of the parameters is in fully connected layers."""
    linear = sum(layer.parameters for layer in scene.count.layers if layer.kind == "Linear")
    share = linear / scene.count.parameters
    return choose_range(
        "Which share of the parameters is in fully connected (Linear) layers?",
        share,
        (
            (0.1, "less than a tenth"),
            (0.5, "less than half"),
            (0.9, "half to nine tenths"),
            (1.01, "more than nine tenths"),
        ),
        f"{linear:,} of {scene.count.parameters:,}: {percent(share, 0)}.",
        too_low="A fully connected layer has a weight for every pair of input and output, while a "
        "convolution shares its weights between positions.",
        too_high="This network averages over positions before it classifies, or has no large "
        "fully connected layer at all.",
    )


def _largest(
    scene: Scene, question: str, cost: Callable[[Layer], int], unit: str, reason: str
) -> MultipleChoice | None:
    """Ask for the layer with the largest cost, or for the part where several layers share it."""
    parts = ((noun, _sums(scene, cost, part)) for noun, part in _PARTS.items())
    noun, costs = next(((n, c) for n, c in parts if _has_one_largest(c)), ("", {}))
    if not costs:
        return None
    largest, *others = sorted(costs, key=costs.__getitem__, reverse=True)
    chosen = [largest, *scene.random.sample(others[:_RIVALS], min(3, len(others)))]
    chosen.sort(key=list(costs).index)
    return choose_outcome(
        f"Which {noun} {question}?",
        chosen.index(largest),
        [Outcome(name, reason) for name in chosen],
        ". ".join(f"{name}: {costs[name]:,} {unit}" for name in chosen) + ".",
    )


def _sums(scene: Scene, cost: Callable[[Layer], int], part: Callable[[str], str]) -> dict[str, int]:
    """Return the costs of the parts that layers belong to, in the order of execution."""
    costs: dict[str, int] = {}
    for layer in scene.count.layers:
        if cost(layer):
            name = _own_tokens(scene) if layer.name == _UNNAMED else part(layer.name)
            costs[name] = costs.get(name, 0) + cost(layer)
    return costs


def _own_tokens(scene: Scene) -> str:
    """Return in words which parameters belong to the network itself and to none of its layers."""
    names = " ".join(name for name, _ in scene.network.model.named_parameters(recurse=False))
    kinds = {"token": "class token", "pos": "positions"}  # cls_token, class_token, pos_embed
    return " and ".join(kind for part, kind in kinds.items() if part in names)


def _has_one_largest(costs: Mapping[str, int]) -> bool:
    ordered = sorted(costs.values(), reverse=True)
    return len(ordered) >= 3 and ordered[0] > ordered[1]


_PARTS: Mapping[str, Callable[[str], str]] = {
    "layer": lambda name: name,
    "block": lambda name: ".".join(name.split(".")[:2]),
    "part of the network": lambda name: name.partition(".")[0],
    "kind of layer, all blocks together,": lambda name: name.rpartition(".")[2],
}
