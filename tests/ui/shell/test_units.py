"""Numbers, sizes and times as short text."""

from cnnviz.ui.shell.units import format_pair, quantity, to_the_minute


def test_a_time_ends_with_its_minute() -> None:
    assert to_the_minute("2026-01-02T03:04:59+0100") == "2026-01-02 03:04"


def test_a_size_is_one_number_if_rows_and_columns_agree() -> None:
    assert [format_pair(pair) for pair in ((3, 3), (3, 5), (1.5, 1.5))] == ["3", "3 × 5", "1.5"]
    assert (format_pair(None), format_pair(None, "unbounded")) == ("–", "unbounded")


def test_a_noun_is_in_the_plural_unless_there_is_one() -> None:
    assert [quantity(count, "epoch") for count in (0, 1, 2)] == ["0 epochs", "1 epoch", "2 epochs"]
    assert [quantity(count, "batch") for count in (1, 2500)] == ["1 batch", "2,500 batches"]
