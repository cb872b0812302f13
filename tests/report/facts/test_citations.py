"""The published errors, against the figures that the publications print."""

from cnnviz.report.facts.citations import PUBLISHED_ERRORS


def test_the_errors_are_those_of_the_publications() -> None:
    # LeCun et al. 1998, Figure 9; Cireșan et al. 2011, abstract; Cireșan et al. 2012, Table 1
    errors = [(result.year, f"{result.error:.2%}") for result in PUBLISHED_ERRORS]
    assert errors == [(1998, "0.95%"), (1998, "0.80%"), (2011, "0.35%"), (2012, "0.23%")]


def test_an_error_is_a_whole_number_of_the_ten_thousand_test_digits() -> None:
    for result in PUBLISHED_ERRORS:
        wrong = 10_000 * result.error
        assert abs(wrong - round(wrong)) < 1e-9


def test_each_has_a_title_and_a_permanent_address() -> None:
    for result in PUBLISHED_ERRORS:
        assert result.system
        assert result.paper
        assert result.url.startswith(("https://doi.org/", "https://arxiv.org/abs/"))
