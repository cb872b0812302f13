"""Rewrites that make a network faster without changing the function it computes."""

import copy
from collections import Counter, OrderedDict

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from cnnviz.models.copies import meta_copy
from cnnviz.models.structure.trace import Size, trace_network


def pool_first(model: nn.Module) -> nn.Module:
    """Return the model with each max pooling moved before the ReLU that precedes it.

    ReLU never decreases, so the maximum of ReLUs is the ReLU of the maximum: outputs and
    gradients are the same, and ReLU runs on a quarter of the values. Layers, weights and names are
    shared with `model`; a model other than `nn.Sequential` is returned unchanged.
    """
    if not isinstance(model, nn.Sequential):
        return model
    layers = list(model._modules.items())  # `named_children` omits repeated layers
    for i in range(len(layers) - 1):
        if isinstance(layers[i][1], nn.ReLU) and isinstance(
            layers[i + 1][1], nn.MaxPool2d | nn.AdaptiveMaxPool2d
        ):
            layers[i], layers[i + 1] = layers[i + 1], layers[i]  # names move along
    return nn.Sequential(OrderedDict(layers))


def fold_batch_norms(model: nn.Module, size: Size) -> nn.Module:
    """Return a copy with batch norms folded into the convolutions before them.

    In evaluation a batch norm is an affine function of each channel, which the convolution's
    weights and bias can include. An activation inside a batch norm module is kept.

    Args:
        model: in evaluation mode; it is not changed.
        size: of one example, (C, H, W).
    """
    folded = copy.deepcopy(model)
    for conv_name, norm_name in foldable(model, size):
        conv, norm = (folded.get_submodule(name) for name in (conv_name, norm_name))
        if not isinstance(conv, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d):
            continue  # for the type checker: `foldable` returns no others
        folded.set_submodule(conv_name, fuse_conv_bn_eval(conv, norm))
        after = [getattr(norm, name) for name in ("drop", "act") if hasattr(norm, name)]
        folded.set_submodule(norm_name, nn.Sequential(*after) if after else nn.Identity())
    return folded


def foldable(model: nn.Module, size: Size) -> list[tuple[str, str]]:
    """Return the names of the convolutions read only by a batch norm, with that batch norm's.

    Args:
        model: in evaluation mode; it is not changed.
        size: of one example, (C, H, W).
    """
    steps = trace_network(meta_copy(model).float(), size).steps
    modules = dict(model.named_modules())
    runs = Counter(step.name for step in steps)  # shared modules run several times
    readers = Counter(source for step in steps for source in step.sources)  # of each step's output
    pairs = [(steps[s.sources[0]], s) for s in steps if len(s.sources) == 1 and s.sources[0] >= 0]
    return [
        (conv.name, norm.name)
        for conv, norm in pairs
        if type(modules.get(conv.name)) is nn.Conv2d
        and isinstance(modules.get(norm.name), nn.BatchNorm2d)
        and readers[conv.id] == runs[conv.name] == runs[norm.name] == 1
    ]
