"""The comparison with published results, against figures of the publications."""

from cnnviz.report.document.blocks import DataTable, Paragraph
from cnnviz.report.facts.candidates import Candidate
from cnnviz.report.facts.network_facts import network_facts
from cnnviz.report.facts.test_results import DetectorResults
from cnnviz.report.sections.published_results import published_results_section
from tests.report.material import FULL, A, candidate, report_context, shipped
from tests.report.reading import facts_of, words


def test_the_network_stands_above_the_published_errors() -> None:
    section = published_results_section(report_context(candidate("A", 0.975, 5, FULL)))
    table = section.blocks[1]
    assert isinstance(table, DataTable)
    rows = [[words(cell) for cell in row] for row in table.rows]
    assert rows[0] == ["A", "2.50%", "here", "10,000 digits"]
    assert [row[1:3] for row in rows[1:]] == [
        ["0.95%", "1998"],
        ["0.80%", "1998"],
        ["0.35%", "2011"],
        ["0.23%", "2012"],
    ]
    assert table.mark == 0


def test_errors_on_other_digits_are_called_not_comparable() -> None:
    def note(tested: str) -> str:
        block = published_results_section(report_context(candidate("A", 0.9, 5, tested))).blocks[0]
        assert isinstance(block, Paragraph)
        return words(block.parts)

    assert "not strictly comparable" in note("1,000 digits")
    assert "not strictly comparable" not in note("10,000 digits")


def test_the_full_size_network_has_its_published_figures() -> None:
    context = report_context(Candidate(network_facts(shipped("resnet18")), None))
    facts = facts_of(published_results_section(context).blocks[-1])
    assert facts["Network"] == "ResNet-18"
    assert facts["ImageNet top-1"] == "69.76%"  # as torchvision reports it
    assert facts["Parameters"] == "11,689,512"
    assert facts["Median latency, one image"] == "not measured"


def test_a_network_without_a_full_size_one_has_no_such_facts() -> None:
    context = report_context(candidate(*A))
    assert context.facts.row.published is None
    assert len(published_results_section(context).blocks) == 2


def test_a_detector_has_no_published_results() -> None:
    context = report_context(
        Candidate(network_facts(shipped("detr")), None), results=DetectorResults([], 0, 20)
    )
    block = published_results_section(context).blocks[0]
    assert isinstance(block, Paragraph)
    assert words(block.parts).startswith("There are no published results for this task")
