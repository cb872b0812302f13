"""Which layers the live chart draws, and how often."""

import pytest

from cnnviz.ui.components import live_chart
from cnnviz.ui.components.live_chart import _spread, update_every


def test_of_many_layers_the_chart_draws_a_few_from_first_to_last() -> None:
    layers = [f"layer{i}" for i in range(50)]
    shown = _spread(layers)
    assert (len(shown), shown[0], shown[-1]) == (8, "layer0", "layer49")
    assert shown == sorted(set(shown), key=layers.index)
    assert _spread(layers[:8]) == layers[:8]


@pytest.mark.parametrize(("cores", "milliseconds"), [(1, 800), (2, 800), (3, 400), (64, 400)])
def test_charts_leave_the_processor_to_the_training_where_cores_are_few(
    cores: int, milliseconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_chart, "available_cores", lambda: cores)
    assert update_every(live=True) == milliseconds
    assert update_every(live=False) == 5000
