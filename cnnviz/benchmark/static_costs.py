"""Costs of a network on any machine: parameters, MACs and memory, counted from shapes."""

import torch

from cnnviz.benchmark.results.findings import Cost
from cnnviz.benchmark.timing.engines import input_shape
from cnnviz.benchmark.timing.memory import activation_peak, saved_for_backward, weights_on_disk
from cnnviz.models.catalog import Architecture
from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_network


def cost(row: Architecture, *, published: bool) -> Cost:
    """Return the costs of a network.

    Args:
        row: of the catalog.
        published: count the published network instead of that at the scale of MNIST.

    Raises:
        ValueError: if there is no published network.
    """
    size = input_shape(row, published=published)
    model = row.published_network().build() if published else row.build_on_meta()
    counts = count(trace_network(model, size))  # on the meta device: shapes, no values
    activations = activation_peak(model, size)  # bytes, one image
    saved = saved_for_backward(model, size)  # bytes, per image and in any case
    return Cost(
        model=row.key,
        title=row.published_network().name if published else row.title,
        input=size,
        parameters=counts.parameters,
        macs=counts.macs,
        disk_float32=weights_on_disk(model),  # bytes
        disk_float16=weights_on_disk(model, torch.float16),
        activation_peak=activations,
        saved=saved.image,
        saved_once=saved.once,
    )
