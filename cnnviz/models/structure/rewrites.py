"""Rewrites that leave the function a network computes as it is and only make it quicker."""

import copy
from collections import Counter, OrderedDict

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from cnnviz.models.copies import meta_copy
from cnnviz.models.structure.trace import Size, trace_network


def pool_first(model: nn.Module) -> nn.Module:
    """Return the model with each max pooling ahead of the ReLU before it.

    ReLU never decreases, so the maximum of ReLUs is the ReLU of the maximum: outputs and
    gradients are the same, and ReLU runs on a quarter of the values. Layers, weights and names are
    shared with `model`; a model that is no `nn.Sequential` comes back as it is.
    """
    if not isinstance(model, nn.Sequential):
        return model
    layers = list(model._modules.items())  # `named_children` leaves out what is used again
    for i in range(len(layers) - 1):
        if isinstance(layers[i][1], nn.ReLU) and isinstance(
            layers[i + 1][1], nn.MaxPool2d | nn.AdaptiveMaxPool2d
        ):
            layers[i], layers[i + 1] = layers[i + 1], layers[i]
    return nn.Sequential(OrderedDict(layers))


def fold_batch_norms(model: nn.Module, size: Size) -> nn.Module:
    """Return a copy whose batch norms have become part of the convolutions before them.

    In evaluation a batch norm multiplies each channel by a constant and adds another: the
    convolution's weights and bias can do both. An activation that a batch norm carries stays.

    Args:
        model: in evaluation mode; it is not touched.
        size: of one example, (C, H, W).
    """
    folded = copy.deepcopy(model)
    for conv_name, norm_name in foldable(model, size):
        conv, norm = (folded.get_submodule(name) for name in (conv_name, norm_name))
        if not isinstance(conv, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d):
            continue  # never: `foldable` names no others
        folded.set_submodule(conv_name, fuse_conv_bn_eval(conv, norm))
        after = [getattr(norm, name) for name in ("drop", "act") if hasattr(norm, name)]
        folded.set_submodule(norm_name, nn.Sequential(*after) if after else nn.Identity())
    return folded


def foldable(model: nn.Module, size: Size) -> list[tuple[str, str]]:
    """Return the convolutions that only a batch norm reads, each with that batch norm.

    Args:
        model: in evaluation mode; it is not touched.
        size: of one example, (C, H, W).
    """
    steps = trace_network(meta_copy(model).float(), size).steps
    modules = dict(model.named_modules())
    runs = Counter(step.name for step in steps)
    readers = Counter(source for step in steps for source in step.sources)
    pairs = [(steps[s.sources[0]], s) for s in steps if len(s.sources) == 1 and s.sources[0] >= 0]
    return [
        (conv.name, norm.name)
        for conv, norm in pairs
        if type(modules.get(conv.name)) is nn.Conv2d
        and isinstance(modules.get(norm.name), nn.BatchNorm2d)
        and readers[conv.id] == runs[conv.name] == runs[norm.name] == 1
    ]
