"""Copies of a network: to hook or edit, sharing its weights, or without values."""

import copy

from torch import nn

from cnnviz.models.hooks import make_gradients_contiguous


def shared_copy(model: nn.Module) -> nn.Module:
    """Return a copy with modules of its own that shares the weights."""
    tensors: dict[int, object] = {id(tensor): tensor for tensor in model.parameters()}
    tensors |= {id(tensor): tensor for tensor in model.buffers()}
    own = copy.deepcopy(model, tensors)  # the memo makes deepcopy return these tensors themselves
    make_gradients_contiguous(own)
    return own


def meta_copy(model: nn.Module) -> nn.Module:
    """Return a copy on the meta device: the same shapes, without values."""
    tensors: dict[int, object] = {
        id(p): nn.Parameter(p.detach().to("meta"), requires_grad=p.requires_grad)
        for p in model.parameters()
    }
    tensors |= {id(tensor): tensor.to("meta") for tensor in model.buffers()}
    return copy.deepcopy(model, tensors)  # the memo puts meta tensors in their place
