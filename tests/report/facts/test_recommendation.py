"""Who is recommended, and in which words, on candidates with numbers set by hand."""

import dataclasses

from cnnviz.report import Missing
from cnnviz.report.document.blocks import Name
from cnnviz.report.facts.network_facts import dossier, timed
from cnnviz.report.facts.recommendation import CRITERIA, Candidate, rank, recommended, verdict
from tests.report.material import FULL, TIMES, A, B, candidate, measure, shipped

# Latency


def test_calls_that_overlap_do_not_tell_two_networks_apart() -> None:
    known = dossier(shipped("lenet5"))
    measure("lenet5")
    found = timed(["lenet5"])
    assert found

    def taking(*calls: float) -> Candidate:
        times = dataclasses.replace(TIMES, calls=calls, cpu=sum(calls))
        timing = dataclasses.replace(found.timings["lenet5"], latency=times)
        return Candidate(known, dataclasses.replace(found, timings={"lenet5": timing}))

    first, apart = taking(1.0, 2.0, 3.0), taking(4.0, 5.0, 6.0)
    assert [figure.value for figure in first.quartiles or ()] == [1.5, 2.5]
    lie = verdict(CRITERIA["latency"], first, [apart])
    assert "1.5" in str(lie)
    assert "lie apart" in str(lie)
    assert "overlap: single calls" in str(verdict(CRITERIA["latency"], first, [first]))


def sentences(by: str, chosen: Candidate, *others: Candidate) -> str:
    def text(part: object) -> str:
        return part.text if isinstance(part, Name) else getattr(part, "what", str(part))

    cells = verdict(CRITERIA[by], chosen, others)
    return " ".join("".join(map(text, cell)) for cell in cells)


# Why this one


def test_the_first_is_called_so_with_its_price() -> None:
    text = sentences("accuracy", candidate(*A), candidate(*B))
    assert text == (
        "By accuracy, A is the first of 2: 99.00% against 95.00% of the next, B. "
        "The price: it is behind B in number of parameters, 500 against 100."
    )


def test_another_that_is_better_is_named() -> None:
    text = sentences("accuracy", candidate(*B), candidate(*A))
    assert text.startswith("By accuracy, B is not the best choice: it is at place 2 of 2")
    assert "the first, A, has 99.00%." in text
    assert "What speaks for it: it is ahead of A in number of parameters, 100 against 500." in text
    by_size = sentences("size", candidate(*A), candidate("C", 0.995, 90, FULL))
    assert (
        "It is also behind C in the test, 99.00% against 99.50% "
        "(95% intervals 98.79–99.18% and 99.34–99.62%)." in by_size
    )
    assert "nothing that was measured speaks for it" in by_size


def test_doubt_is_said() -> None:
    close = candidate("C", 0.9895, 100, FULL)
    assert "record overlap. That is no test" in sentences("accuracy", candidate(*A), close)
    cells = verdict(CRITERIA["accuracy"], candidate(*A), [close], decided=True)
    assert "overlap" not in str(cells)  # where there is a test, only it decides
    by_size = verdict(CRITERIA["size"], candidate(*A), [close], decided=False)
    assert "which overlap; the same digits do not tell the two apart" in str(by_size)
    several = sentences("accuracy", candidate(*A), close, candidate(*B))
    assert "C was picked for its score, the best of 2 alternatives" in several
    elsewhere = candidate("D", 0.95, 100, "1,000 digits")
    assert "different digits" in sentences("accuracy", candidate(*A), elsewhere)
    assert "overlap" not in sentences("accuracy", candidate(*A), candidate(*B))


def test_a_tie_and_the_unknown_are_said() -> None:
    twin = candidate("C", 0.99, 500, FULL)
    assert "shares the first place of 2 with C" in sentences("accuracy", candidate(*A), twin)
    unknown = candidate("C", None, 500, FULL)
    assert "nothing speaks for or against C" in sentences("accuracy", unknown, twin)
    assert "nothing to compare with" in sentences("accuracy", twin, unknown)
    assert rank(CRITERIA["accuracy"], candidate(*B), [candidate(*A), unknown]) == (2, 2)
    assert isinstance(CRITERIA["latency"].figure(twin), Missing)


def test_the_criterion_decides_who_is_recommended() -> None:
    both = [candidate(*A), candidate(*B)]
    chosen = {by.key: recommended(by, both[0], both[1:]) for by in CRITERIA.values()}
    assert chosen == {"accuracy": [Name("A")], "size": [Name("B")], "latency": []}
    equal = recommended(CRITERIA["size"], candidate("C", 0.5, 100, FULL), both)
    assert equal == [Name("C"), Name("B")]
