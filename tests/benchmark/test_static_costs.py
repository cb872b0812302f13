"""Costs that are counted and not timed, against the counts they are made of."""

import pytest

from cnnviz.benchmark.static_costs import cost
from cnnviz.models.catalog import architecture
from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_architecture


@pytest.mark.parametrize("published", [False, True])
def test_costs_are_those_that_are_counted(published: bool) -> None:
    row = architecture("mobilenet_v2")
    costs, counted = (
        cost(row, published=published),
        count(trace_architecture(row, published=published)),
    )
    assert (costs.parameters, costs.macs) == (counted.parameters, counted.macs)
    assert costs.disk_float32 > 4 * costs.parameters > costs.disk_float16
    assert costs.title == ("MobileNetV2 1.0" if published else row.title)
