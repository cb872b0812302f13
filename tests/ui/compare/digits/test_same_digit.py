"""How sure a network is, in words."""

import pytest

from cnnviz.ui.compare.digits.same_digit import probability_text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "<0.1%"), (0.0006, "0.1%"), (0.5, "50.0%"), (0.9994, "99.9%"), (1, ">99.9%")],
)
def test_no_probability_is_shown_as_none_or_all(share: float, text: str) -> None:
    assert probability_text(share) == text
