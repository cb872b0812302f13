"""Exercises on one convolution: multiplications, weights, output size, the bias."""

import torch
from torch import nn

from cnnviz.models.hooks import hooked
from cnnviz.models.inference import evaluating
from cnnviz.models.structure.counts import Layer
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene


def products_of_one_value(scene: Scene) -> MultipleChoice | None:
    """Ask how many multiplications one output value of a convolution takes."""
    convolution = _convolution(scene)
    if convolution is None:
        return None
    name, module, _ = convolution
    height, width = module.kernel_size
    inputs = module.in_channels // module.groups
    return choose_number(
        f"{name} has {module.out_channels} filters, with a {height} × {width} kernel for each "
        f"channel that they read: {_inputs(module)}. How many multiplications does one value of "
        "its output take?",
        height * width * inputs,
        {
            height * width: "A filter has one kernel for each input channel, and the results are "
            "summed.",
            height * width * inputs * module.out_channels: "That is one value in every output "
            "channel.",
            inputs: "Each input channel contributes a whole patch, not one value.",
            module.out_channels: "Output channels are computed independently of each other.",
            height * width * module.in_channels: f"Each filter reads {inputs} of "
            f"{module.in_channels} channels.",
        },
        f"{height} × {width} × {inputs} = {height * width * inputs}"
        f"{', then one addition of the bias' if module.bias is not None else ''}.",
    )


def parameters_of_the_layer(scene: Scene) -> MultipleChoice | None:
    """Ask how many parameters a convolution has."""
    convolution = _convolution(scene)
    if convolution is None:
        return None
    name, module, row = convolution
    height, width = module.kernel_size
    inputs = module.in_channels // module.groups
    weights = height * width * inputs * module.out_channels
    bias = 0 if module.bias is None else module.out_channels
    return choose_number(
        f"How many parameters does {name} have: {height} × {width} kernels, {_inputs(module)}, "
        f"{module.out_channels} output channels, {'with' if bias else 'without'} bias?",
        weights + bias,
        {
            weights * module.groups: f"Each filter reads {inputs} of {module.in_channels} "
            "channels.",
            height * width * module.out_channels: "Each filter has a kernel of its own for every "
            "input channel.",
            row.macs: "That counts a weight again at every position. A convolution uses the same "
            "weights everywhere.",
            height * width: "That is one kernel.",
            height * width * inputs: "That is one filter.",
            weights: "The biases are missing.",
        },
        f"{height} × {width} × {inputs} × {module.out_channels}"
        f"{f' + {bias} biases' if bias else ''} = {weights + bias:,}. The size of the image does "
        "not appear in it.",
    )


def output_side(scene: Scene) -> MultipleChoice | None:
    """Ask for the side of a convolution's output."""
    convolution = _convolution(scene)
    if convolution is None:
        return None
    name, module, row = convolution
    size, kernel = row.inputs[0][-1], module.kernel_size[1]
    side, stride = row.output[-1], module.stride[1]
    padding = _padding(module)
    padded = {size + 2 * padding: "That is the padded input, before the kernel slides."}
    return choose_number(
        f"{name} receives maps {size} wide: kernel {kernel}, stride {stride}, padding "
        f"{padding} on each side. How wide is its output?",
        side,
        {
            size: "Only a padding of (kernel − 1) / 2 and a stride of 1 keep the size.",
            size - kernel + 1: "That is the size without padding and with a stride of 1.",
            size // 2: "A stride of 2 halves the size only with enough padding."
            if stride == 2
            else "A convolution halves the size only with a stride of 2.",
            **(padded if padding else {}),
        },
        f"⌊({size} + 2·{padding} − {kernel}) / {stride}⌋ + 1 = {side}.",
    )


def doubled_input(scene: Scene) -> MultipleChoice | None:
    """Ask whether a convolution's output doubles with its input."""
    convolution = _convolution(scene)
    if convolution is None:
        return None
    name, module, _ = convolution
    inputs: list[torch.Tensor] = []
    copy = scene.network.copy()
    with (
        evaluating(copy.model),
        hooked(copy.model, [name], before=lambda _n, _m, x: inputs.append(x[0].clone())),
    ):
        copy.model(copy.input(scene.image))
    with torch.inference_mode():
        once, twice = (module(inputs[0] * factor).double() for factor in (1, 2))
    gap = float((twice - 2 * once).abs().max())
    exact = gap <= 1e-4 * float(twice.abs().max())
    bias = 0.0 if module.bias is None else float(module.bias.detach().abs().max())
    return choose_outcome(
        f"All inputs of {name} are doubled. Do all its outputs double?",
        0 if exact else 1,
        [
            Outcome(
                "yes: a convolution is linear",
                "The weighted sum doubles, but the bias is added once, whatever the input is.",
            ),
            Outcome(
                "no",
                "This convolution has no bias: it is a weighted sum and nothing else. What is not "
                "linear comes after it.",
            ),
        ],
        f"Computed: the largest difference from twice the output is {gap:.3g}. The largest bias is "
        f"{bias:.3g}.",
    )


def _convolution(scene: Scene) -> tuple[str, nn.Conv2d, Layer] | None:
    """Return name, module and cost of one of the first four convolutions; None without any."""
    modules = dict(scene.network.model.named_modules())
    convolutions = [
        (layer.name, module, layer)
        for layer in scene.count.layers
        if isinstance(module := modules.get(layer.name), nn.Conv2d) and layer.parameters
    ]
    return scene.random.choice(convolutions[:4]) if convolutions else None


def _inputs(module: nn.Conv2d) -> str:
    """Return in words how many channels a filter of a convolution reads."""
    inputs = module.in_channels // module.groups
    if module.groups > 1:
        return f"each filter reads {inputs} of {module.in_channels} channels"
    return f"{inputs} input {'channel' if inputs == 1 else 'channels'}"


def _padding(module: nn.Conv2d) -> int:
    """Return the padding of a convolution on each side, in pixels."""
    if module.padding == "same":
        return (module.kernel_size[1] - 1) // 2
    return 0 if isinstance(module.padding, str) else int(module.padding[1])
