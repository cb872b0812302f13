"""Which layers the live chart draws."""

from cnnviz.ui.components.live_chart import _spread


def test_of_many_layers_the_chart_draws_a_few_from_first_to_last() -> None:
    layers = [f"layer{i}" for i in range(50)]
    shown = _spread(layers)
    assert (len(shown), shown[0], shown[-1]) == (8, "layer0", "layer49")
    assert shown == sorted(set(shown), key=layers.index)
    assert _spread(layers[:8]) == layers[:8]
