"""Long titles in several lines."""

from cnnviz.plots.wrapping import wrapped


def test_a_title_is_broken_between_words() -> None:
    assert wrapped("one two three", 7) == "one two<br>three"
    assert wrapped("short") == "short"
