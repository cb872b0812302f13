"""The verdict on two networks in words, on counts set by hand."""

from cnnviz.evaluation.agreement import PairedCounts
from cnnviz.ui.compare.digits.mcnemar import frequency_text, mcnemar_text


def test_a_verdict_names_the_better_one_only_where_chance_would_hardly_do_that() -> None:
    clear = mcnemar_text("A", "B", PairedCounts(900, 5, 40, 55))
    assert "+3.50 percentage points" in clear
    assert "**B is better**" in clear
    assert "5 to 40" in clear
    assert "On 45 digits only one of them is correct" in clear
    assert "p < 0.0001" in clear
    assert "p = 0.031" in mcnemar_text("A", "B", PairedCounts(900, 0, 6, 94))  # twice 1 / 2^6
    assert "On 1 digit only one of them is correct" in mcnemar_text(
        "A", "B", PairedCounts(900, 0, 1, 99)
    )
    even = mcnemar_text("A", "B", PairedCounts(900, 5, 7, 88))
    assert "no significant difference" in even
    assert "better" not in even
    assert "exactly the same digits" in mcnemar_text("A", "B", PairedCounts(900, 0, 0, 100))


def test_a_verdict_says_its_chance_in_words_and_which_of_two_methods_decides() -> None:
    near = mcnemar_text("A", "B", PairedCounts(980, 14, 5, 1))  # p = 0.064 by the binomial sums
    assert "one time in 16 (p = 0.064" in near
    assert "to +0.00" in near
    assert "-0.00" not in near
    assert "exact test decides" not in near
    apart = mcnemar_text(
        "A", "B", PairedCounts(10, 5, 0, 0)
    )  # -58 to -6 points, and yet p = 2 / 2^5
    assert "one time in 16 (p = 0.062" in apart
    assert "no significant difference**; the interval is an approximation" in apart
    assert frequency_text(1) == "always"
    assert frequency_text(0.7) == "more often than not"
    assert frequency_text(0.25) == "one time in 4"
