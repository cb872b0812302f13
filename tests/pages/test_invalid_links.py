"""A link that names what does not exist is answered in one form on every page."""

import pytest

from tests.pages.reading import App, Query

LENET = "shipped-lenet5"
OFFERED = "layer must be one of those offered here, got “nope”."
INVALID: list[tuple[str, dict[str, Query], str]] = [
    ("convolution", {"layer": "nope"}, OFFERED),
    (
        "convolution",
        {"layer": "c3", "channel": "99"},
        "channel must be 0 to 15, got “99”. Showing the last channel.",
    ),
    ("channels", {"layer": "c1", "channel": "x"}, "channel must be 0 to 5, got “x”."),
    ("field", {"layer": "nope"}, OFFERED),
    ("inside", {"layer": "nope", "view": "layers"}, OFFERED),
    ("architecture", {"layer": "nope"}, OFFERED),
    ("embedding", {"layer": "nope"}, OFFERED),
    ("train", {"run": "nope"}, "run must exist, got “nope”: it may have been deleted."),
    ("race", {"race": "nope"}, "race must exist, got “nope”: it may have been deleted."),
    ("time", {"run": "nope"}, "run must exist, got “nope”: it may have been deleted."),
    ("inside", {"network": "nope"}, "network must exist, got “nope”: it may have been deleted."),
    ("glossary", {"term": "nope"}, "term must be one of those offered here, got “nope”."),
]


@pytest.mark.parametrize(("page", "query", "sentence"), INVALID)
def test_an_invalid_value_in_a_link_is_reported_and_removed_from_the_address(
    app: App, page: str, query: dict[str, Query], sentence: str
) -> None:
    network: dict[str, Query] = {"network": LENET} if "network" not in query else {}
    if page == "architecture":
        network = {"architecture": "lenet5"}
    opened = app(page, **network, **query)
    assert f"Ignored in the link: {sentence}" in [info.value for info in opened.info]
    [(name, text)] = [(key, text) for key, text in query.items() if text in ("nope", "99", "x")]
    assert opened.query_params.get(name) not in (text, [text])


def test_a_layer_and_a_channel_chosen_for_another_network_stay_without_a_message(app: App) -> None:
    page = app("convolution", network="shipped-mnist_cnn", layer="conv2", channel="40")
    assert not page.info
    page.selectbox(key="network").set_value(LENET).run()  # has no conv2, and at most 120 channels
    assert not page.info
    assert page.number_input(key="worked_channel").value == 5  # the last of the first layer
    assert page.query_params["layer"] in ("conv2", ["conv2"])
    page.selectbox(key="network").set_value("shipped-mnist_cnn").run()
    assert page.selectbox(key="worked_layer").value == "conv2"
    assert page.number_input(key="worked_channel").value == 40
