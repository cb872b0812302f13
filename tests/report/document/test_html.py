"""The HTML file, read by Python's own parser."""

import re
from collections.abc import Callable

from cnnviz.data.mnist import Digits
from cnnviz.report import Report, build_report, to_html, to_markdown
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store as runs
from tests.report.material import EVIL, finished_run, shipped
from tests.report.reading import Page, well_formed

FewDigits = Callable[..., Digits]


def test_the_html_is_whole_and_fetches_nothing(report: Report) -> None:
    text = to_html(report)
    page = Page.read(text)
    assert not page.crossed
    assert page.open == []
    assert {"script", "link", "iframe", "object", "embed"}.isdisjoint(page.tags)
    papers = [a for a in page.addresses if not a.startswith(("#", "data:image/png;base64,"))]
    assert papers
    assert all(re.match(r"https://(arxiv|doi)\.org/", address) for address in papers)
    assert {a[1:] for a in page.addresses if a.startswith("#")} <= set(page.ids)
    assert "url(" not in text
    assert "@import" not in text


def test_a_users_text_is_shown_letter_by_letter(few_digits: FewDigits) -> None:
    evil = finished_run(Settings(model="lenet5"), label=EVIL)
    chosen = build_report(evil, [shipped("mnist_cnn")], few_digits(30, 40))
    beside = build_report(shipped("mnist_cnn"), [evil], few_digits(30, 40))
    label = runs.find_run(evil.key).title()
    for report in (chosen, beside):
        page = Page.read(to_html(report))
        assert "script" not in page.tags
        assert label in page.text
        markdown = to_markdown(report)
        assert re.search(r"(?<!\\)!?\[x", markdown) is None
        assert "<script" not in markdown.replace("\\<script", "")
        assert well_formed(markdown)
