"""A small network with every kind of convolution, and times of its layers."""

import torch
from torch import nn

from cnnviz.benchmark.results.findings import LayerTime, LayerTimes
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.trace import trace_network


class Separable(nn.Module):
    """A dense, a depthwise, a grouped and a 1 x 1 convolution, and a sum."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.grouped = nn.Conv2d(8, 8, 3, padding=1, groups=2, bias=False)
        self.point = nn.Conv2d(8, 8, 1, bias=False)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.dense(x)
        return self.relu(self.point(self.grouped(self.depthwise(x))) + x)


def counted() -> Count:
    return count(trace_network(Separable().to("meta"), (1, 10, 10)))


def timed(between: float, **layers: float) -> LayerTimes:
    layer_times_ = tuple(LayerTime(name, "", 0, ms) for name, ms in layers.items())
    return LayerTimes("separable", "Separable", layer_times_, 1.0, 5, between=between)
