"""Who is recommended, and in which words, on candidates with numbers set by hand."""

import dataclasses

from cnnviz.report import Missing
from cnnviz.report.document.blocks import Name
from cnnviz.report.facts.candidates import CRITERIA, Candidate, best_candidates, rank
from cnnviz.report.facts.measured_latencies import measured_latencies
from cnnviz.report.facts.network_facts import network_facts
from cnnviz.report.facts.recommendation import recommendation
from tests.report.material import FULL, TIMES, A, B, candidate, measure, shipped

# Latency


def test_calls_that_overlap_do_not_tell_two_networks_apart() -> None:
    facts = network_facts(shipped("lenet5"))
    measure("lenet5")
    latencies = measured_latencies(["lenet5"])
    assert latencies

    def taking(*calls: float) -> Candidate:
        times = dataclasses.replace(TIMES, calls=calls, cpu=sum(calls))
        timing = dataclasses.replace(latencies.timings["lenet5"], latency=times)
        return Candidate(facts, dataclasses.replace(latencies, timings={"lenet5": timing}))

    first, apart = taking(1.0, 2.0, 3.0), taking(4.0, 5.0, 6.0)
    assert [figure.value for figure in first.quartiles or ()] == [1.5, 2.5]
    lie = recommendation(CRITERIA["latency"], first, [apart])
    assert "1.5" in str(lie)
    assert "do not overlap" in str(lie)
    assert "overlap: single calls do not show a difference" in str(
        recommendation(CRITERIA["latency"], first, [first])
    )


def sentences(by: str, chosen: Candidate, *others: Candidate) -> str:
    def text(part: object) -> str:
        return part.text if isinstance(part, Name) else getattr(part, "reason", str(part))

    cells = recommendation(CRITERIA[by], chosen, others)
    return " ".join("".join(map(text, cell)) for cell in cells)


# Why this one


def test_the_first_is_called_so_with_its_price() -> None:
    text = sentences("accuracy", candidate(*A), candidate(*B))
    assert text == (
        "By accuracy, A ranks first of 2: 99.00%, followed by B with 95.00%. "
        "Trade-off: it is worse than B in number of parameters (500 against 100)."
    )


def test_another_that_is_better_is_named() -> None:
    text = sentences("accuracy", candidate(*B), candidate(*A))
    assert text.startswith("By accuracy, B is not the best choice: its rank is 2 of 2")
    assert "behind A with 99.00%." in text
    assert "In its favor: it is better than A in number of parameters (100 against 500)." in text
    by_size = sentences("size", candidate(*A), candidate("C", 0.995, 90, FULL))
    assert (
        "It is also worse than C in test accuracy (99.00% against 99.50%; "
        "95% intervals 98.79–99.18% and 99.34–99.62%)." in by_size
    )
    assert "No measured figure favors it over" in by_size


def test_doubt_is_said() -> None:
    close = candidate("C", 0.9895, 100, FULL)
    assert "recorded accuracies overlap. This is not a test" in sentences(
        "accuracy", candidate(*A), close
    )
    cells = recommendation(CRITERIA["accuracy"], candidate(*A), [close], decided=True)
    assert "overlap" not in str(cells)  # where there is a test, only it decides
    by_size = recommendation(CRITERIA["size"], candidate(*A), [close], decided=False)
    assert "which overlap; the same digits do not show a difference" in str(by_size)
    several = sentences("accuracy", candidate(*A), close, candidate(*B))
    assert "C was selected as the best of 2 alternatives" in several
    elsewhere = candidate("D", 0.95, 100, "1,000 digits")
    assert "different test digits" in sentences("accuracy", candidate(*A), elsewhere)
    assert "overlap" not in sentences("accuracy", candidate(*A), candidate(*B))


def test_a_tie_and_the_unknown_are_said() -> None:
    twin = candidate("C", 0.99, 500, FULL)
    assert "shares first place of 2 with C" in sentences("accuracy", candidate(*A), twin)
    unknown = candidate("C", None, 500, FULL)
    assert "The accuracy of C cannot be compared" in sentences("accuracy", unknown, twin)
    assert "There is nothing to compare the accuracy of C with: 99.00%." in sentences(
        "accuracy", twin, unknown
    )
    assert rank(CRITERIA["accuracy"], candidate(*B), [candidate(*A), unknown]) == (2, 2)
    assert isinstance(CRITERIA["latency"].figure(twin), Missing)


def test_the_criterion_decides_who_is_recommended() -> None:
    both = [candidate(*A), candidate(*B)]
    chosen = {by.key: best_candidates(by, both[0], both[1:]) for by in CRITERIA.values()}
    assert chosen == {"accuracy": [Name("A")], "size": [Name("B")], "latency": []}
    equal = best_candidates(CRITERIA["size"], candidate("C", 0.5, 100, FULL), both)
    assert equal == [Name("C"), Name("B")]
