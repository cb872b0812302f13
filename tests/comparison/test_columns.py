from cnnviz.comparison.columns import columns
from cnnviz.comparison.summary import NetworkSummary, TrainingRecord


def test_every_column_says_where_its_values_come_from_and_has_its_own_name() -> None:
    for published in (False, True):
        shown = columns(published=published)
        assert len({column.key for column in shown}) == len(shown)
        assert len({column.title for column in shown}) == len(shown)
        assert all(column.source.endswith(".") for column in shown)
    assert "imagenet_top1" not in {column.key for column in columns(published=False)}
    assert "accuracy" not in {column.key for column in columns(published=True)}


def test_seconds_of_other_circumstances_are_no_order() -> None:
    by = {column.key: column for column in columns(published=False)}
    assert not by["training_seconds"].better
    assert not by["receptive_field_px"].better
    summary = NetworkSummary(
        "a", "A", "lenet5", training=TrainingRecord(0.9, "", 12.3, "2 cores", 4.0)
    )
    assert by["trained_epochs"].value(summary) == 4
