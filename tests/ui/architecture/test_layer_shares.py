"""The bars in the table of layers."""

import json

from streamlit.testing.v1 import AppTest


def test_the_bar_of_a_share_is_full_at_one_hundred_percent() -> None:
    def page() -> None:
        from cnnviz.models.catalog import CATALOG
        from cnnviz.models.structure.summary import network_structure
        from cnnviz.ui.architecture.layer_table import layer_table

        structure = network_structure(CATALOG["mnist_cnn"], published=False)
        layer_table(structure.count, name="mnist_cnn")

    table = AppTest.from_function(page, default_timeout=30).run().dataframe[0]
    assert table.value["Share of MACs"].max() < 0.9
    bar = json.loads(table.proto.columns)["Share of MACs"]["type_config"]
    assert (bar["min_value"], bar["max_value"]) == (0, 1)
