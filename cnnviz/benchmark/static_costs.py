"""What a network takes wherever it runs: parameters, products and memory, counted from shapes."""

import torch

from cnnviz.benchmark.results.records import Cost
from cnnviz.benchmark.timing.engines import input_shape
from cnnviz.benchmark.timing.memory import activation_peak, saved_for_backward, weights_on_disk
from cnnviz.models.catalogue import Architecture
from cnnviz.models.copies import meta_copy
from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_network


def cost(row: Architecture, *, published: bool) -> Cost:
    """Return what a row's network takes, at the scale of MNIST or as published.

    Raises:
        ValueError: if `published` is asked for and the row has none.
    """
    size = input_shape(row, published=published)
    if published and row.published is None:
        raise ValueError(f"{row.title} has no published network beside this one")
    model = row.published.build() if published and row.published else meta_copy(row.build())
    found = count(trace_network(model, size))
    activations = activation_peak(model, size)
    saved = saved_for_backward(model, size)
    return Cost(
        model=row.key,
        title=row.published.name if published and row.published else row.title,
        input=size,
        parameters=found.parameters,
        macs=found.macs,
        disk_float32=weights_on_disk(model),
        disk_float16=weights_on_disk(model, torch.float16),
        activation_peak=activations,
        saved=saved.image,
        saved_once=saved.once,
    )
