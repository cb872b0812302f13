"""Exercises on the ideas of the lecture, at the size of the network on the screen."""

import copy

import torch
from torch import nn

from cnnviz.models.inference import evaluating
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.convolution.arithmetic import Convolution
from cnnviz.models.structure.convolution.blocks import separable_layers, total_macs
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene


def one_by_one(scene: Scene) -> MultipleChoice | None:
    """Ask how many weights a 1 × 1 convolution to half the channels has."""
    _, channels, height, width = scene.maps(scene.network.architecture.late).shape
    narrow = channels // 2
    return choose_number(
        f"The late layer has {channels} maps of {height} × {width}. A 1 × 1 convolution reduces "
        f"them to {narrow}. How many weights does it have, without biases?",
        Convolution(channels, narrow, 1, bias=False).parameters,
        {
            narrow: "Each of the filters has a weight for every input channel.",
            channels * narrow * height * width: "The weights are shared by all positions.",
            9 * channels * narrow: "That would be a 3 × 3 kernel.",
            1: "A 1 × 1 kernel has one weight per input channel and filter.",
        },
        f"1 × 1 × {channels} × {narrow} = {channels * narrow:,}.",
    )


def depthwise_separable(scene: Scene) -> MultipleChoice | None:
    """Ask how many times fewer multiplications a depthwise separable convolution needs."""
    _, channels, size, _ = scene.maps(scene.network.architecture.middle).shape
    layers = separable_layers(channels, channels, 3)
    separate = total_macs([layers["depthwise"], layers["1×1"]], size)
    ratio = layers["full"].macs(size) / separate
    return choose_number(
        f"A 3 × 3 convolution from {channels} to {channels} channels is replaced by a depthwise "
        "3 × 3 and a 1 × 1 convolution. By which factor, rounded, do the multiplications fall?",
        round(ratio),
        {
            9: "The 1 × 1 convolution costs a ninth of the full one, but the depthwise one comes "
            "on top.",
            channels: "Only the depthwise part needs so many times fewer multiplications; the "
            "1 × 1 convolution still combines all channels.",
            2: "Two layers do not share the work in halves: both are far cheaper than the one.",
            1: "Two layers need not cost as much as one: each does only part of its work.",
        },
        f"{layers['full'].macs(size):,} / {separate:,} = {ratio:.2f}, close to 9 for many "
        "channels: 1 / (1/9 + 1/channels).",
    )


def attention_pairs(scene: Scene) -> MultipleChoice | None:
    """Ask how the cost of attention grows with the side of the image."""
    _, _, height, width = scene.maps(scene.network.architecture.middle).shape
    tokens = height * width
    factor = scene.random.choice([2, 3])
    return choose_number(
        f"Global attention among the {height} × {width} positions of the middle layer compares "
        f"{tokens:,} × {tokens:,} pairs. With an image {factor} times as wide and as high there "
        "are how many times as many pairs?",
        factor**4,
        {
            factor: "That is the factor of the width alone.",
            factor**2: "That is how many times as many positions there are. Every one is compared "
            "with every other.",
            factor**3: "Both positions of a pair have a row and a column: four factors.",
        },
        f"{factor}² times as many positions, {factor}⁴ = {factor**4} times as many pairs. A "
        f"convolution grows by {factor}² only, which is why Swin attends within windows.",
    )


def layers_of_zeros(scene: Scene) -> MultipleChoice:
    """Ask whether the answer still depends on the image when the middle layers are all zero."""
    network = LoadedNetwork(copy.deepcopy(scene.network.model), scene.network.architecture)
    layers = {
        name: layer
        for name, layer in innermost_layers(network.model).items()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    }
    start, end = len(layers) // 4, max(len(layers) // 4 + 1, 3 * len(layers) // 4)
    zeroed = list(layers)[start:end]
    projections = [name for name in zeroed if name.endswith("downsample.0")]
    with torch.no_grad():
        for name in zeroed:
            for parameter in layers[name].parameters():
                parameter.zero_()
    images = scene.sample.images[:20]
    with evaluating(network.model):
        logits = network.model(network.input(images))  # (20, 10)
    spread = float((logits - logits[0]).abs().max())
    title = scene.title
    return choose_outcome(
        f"In {title}, the weights and biases of the convolutions and linear layers in the middle, "
        f"{len(zeroed)} of {len(layers)}, are set to zero. Do its logits still depend on the "
        "image?",
        0 if spread > 1e-4 else 1,
        [
            Outcome(
                "yes",
                "A layer of zeros outputs zeros, and every way through the middle leads through "
                "one"
                + (
                    f": a shortcut too, if it is a projection, as in {' and '.join(projections)}."
                    if projections
                    else "."
                ),
            ),
            Outcome(
                "no, they are the same for every image",
                "This network has connections around all of these layers, sums or concatenations, "
                "which pass the image on.",
            ),
        ],
        f"Computed for 20 digits: the logits differ by up to {spread:.2g}. Residual and dense "
        "connections let a block start close to doing nothing, so that very deep networks can be "
        "trained.",
    )
