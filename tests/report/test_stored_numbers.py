"""Each number that a report shows is looked up where its source says it is stored."""

import dataclasses
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from cnnviz.benchmark.results.findings import Conditions, Findings, Timing
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.data.mnist import load_digits
from cnnviz.models.catalog import CATALOG
from cnnviz.report import Report, build_report, to_html, to_markdown, trained_network
from cnnviz.report.facts import citations
from cnnviz.training.engine.settings import Settings
from tests.on_disk import make_measurement
from tests.report.material import LOG, finished_run
from tests.report.stored_numbers import KEY, NUMBER, RIVAL, Stored

OURS = re.compile(r"95% (?:interval|confidence)|28 × 28|float32|SHA-256|\bp[59][05]\b|\bF1\b")


class Walker(HTMLParser):
    """Every text of a report: what is shown as a figure, with what its title says, and the rest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.figures: list[tuple[str, str]] = []
        self.rest: list[str] = []
        self.drawn: list[str] = []
        self._stack: list[tuple[str, str]] = []
        self.feed(html.partition('<h2 id="sources">')[0].partition("<body>")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        figure = "figure" in (known.get("class") or "").split()
        if tag != "img":
            self._stack.append((tag, known.get("title") or "" if figure else ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._stack.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._stack]
        if title := next((title for _, title in self._stack if title), ""):
            self.figures.append((data, title))
        elif "text" in tags:
            self.drawn.append(data)
        elif not {"a", "h1", "code", "nav"} & set(tags):  # a link, the title, a command to type
            self.rest.append(data)


def complaints(report: Report, stored: Stored, html: str) -> list[str]:
    """Return what is shown as a number, and is not stored where it is said to be."""
    walker = Walker(html)
    names = "|".join(re.escape(row.title) for row in CATALOG.values())
    titles = "|".join(re.escape(n.title) for n in (stored.chosen, stored.rival))
    systems = "|".join(re.escape(result.system) for result in citations.PUBLISHED_ERRORS)
    loose = re.compile(f"{titles}|{systems}|{names}|{OURS.pattern}")
    wrong = [f"no source: {text}" for text in walker.rest if re.search(r"\d", loose.sub("", text))]
    written = {figure.text for figure in report.figures()}
    for text in walker.drawn:
        bare = re.sub(r" epochs?$|^× ", "", text)
        if re.search(r"\d", OURS.sub("", text)) and not {text, bare} & written:
            wrong += [f"drawn without a source: {text}"] * (not re.fullmatch(r"\w+2d", text))
    held: dict[str, set[Any]] = {}
    for text, title in walker.figures:
        value, dash, source = title.partition(" – ")
        if not dash or not NUMBER.fullmatch(value.lstrip("-")):
            continue  # a text, as of a setting
        if source not in held:
            held[source] = stored.of(source)
        if ... in held[source]:
            continue
        known = [v for v in held[source] if not isinstance(v, str | bool) and v is not None]
        places = 1e-4 if source.startswith("counted for this report on") else 1e-9
        if not any(abs(float(value) - float(v)) <= places * max(1, abs(float(v))) for v in known):
            wrong.append(f"{text}: {title}")
    return wrong


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Report, Stored]]:
    """A report on a run and one on a shipped network, both beside a shipped one, all timed."""
    folder, every = tmp_path_factory.mktemp("runs"), load_digits("embedded")
    places = np.arange(150) * 389 % 1000
    digits = dataclasses.replace(
        every, test_images=every.test_images[places], test_labels=every.test_labels[places]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_RUNS_DIR", str(folder))
        plan = Plan(models=(KEY, RIVAL))
        times = (
            Latency(9.25, (2.5, 4.5), (1.0, 1.5, 3.0, 7.0), 12.0),
            Latency(8.125, (3.5, 5.5), (0.5, 2.5, 3.5, 6.5), 12.5),
        )
        timings = tuple(
            Timing(key, CATALOG[key].title, "torch", 1, 1, each)
            for key, each in zip(plan.models, times, strict=True)
        )
        where = Conditions("here", "CPU, 2 cores", 2, {"torch": "2"}, "2026-01-01", 0.25)
        make_measurement(plan, Findings(timings=timings), conditions=where)
        rival = trained_network(f"shipped-{RIVAL}")
        run = finished_run(Settings(model=KEY, seed=3), log=LOG)
        return {
            kind: (build_report(chosen, [rival], digits), Stored(digits, chosen, rival, folder))
            for kind, chosen in (("shipped", trained_network(f"shipped-{KEY}")), ("run", run))
        }


def without_source(report: Report, stored: Stored, markdown: str) -> list[str]:
    """Return the fragments of Markdown in which a number stands that no source named there has."""
    names = [row.title for row in CATALOG.values()]
    names += [n.title for n in (stored.chosen, stored.rival)]
    names += [result.system for result in citations.PUBLISHED_ERRORS]
    ours = re.compile(
        "|".join([*map(re.escape, sorted(names, key=len, reverse=True)), OURS.pattern])
    )
    texts: dict[int, set[str]] = {}
    numbers = {source: place for place, source in enumerate(report.sources(), start=1)}
    for figure in report.figures():
        texts.setdefault(numbers[figure.source], set()).add(str(figure))
    wrong = []
    for fragment in fragments(markdown):
        refs = {int(number) for number in re.findall(r"\[(\d+)\]", fragment)}
        rest = re.sub(r" \[\d+\]", "", fragment)
        for text in sorted((t for n in refs for t in texts[n]), key=len, reverse=True):
            rest = re.sub(rf"(?<![\w.,]){re.escape(text)}(?![\w])", "", rest)
        if re.search(r"\d", re.sub(r"\w+2d", "", ours.sub("", rest))):
            wrong.append(fragment)
    return wrong


def fragments(markdown: str) -> Iterator[str]:
    """Every line, cell with its column's source, and command; without titles and links."""
    body = markdown.partition("\n## Sources")[0].partition("\n")[2]  # below the title
    body = re.sub(r"```text\n(.*)\n```\n\n", r"\1 ", body)
    body = re.sub(r"(?<!\\)\[((?:[^\]\\]|\\.)*)\]\(\S+\)", "", body)  # a publication
    body = re.sub(r"`[^`\n]+`", "", body)  # a command that measures what is missing
    heads: list[str] = []
    for line in re.sub(r"\\(.)", r"\1", body.replace("\u2060", "")).splitlines():
        if not line.startswith("|"):
            heads = []
            yield line
            continue
        cells = line.strip("| ").split(" | ")
        heads = heads or cells
        marks = [re.findall(r" \[\d+\]", head) for head in heads]
        marks += [[]] * (len(cells) - len(marks))
        yield from ("".join([c, *m]) for c, m in zip(cells, marks, strict=False))


@pytest.mark.parametrize("kind", ["shipped", "run"])
def test_every_number_of_the_markdown_names_a_source_that_holds_it(
    told: dict[str, tuple[Report, Stored]], kind: str
) -> None:
    report, stored = told[kind]
    markdown = to_markdown(report)
    assert sum(bool(re.search(r"\d", each)) for each in fragments(markdown)) > 100
    assert without_source(report, stored, markdown) == []
    assert "| Test loss, last | 0.1 \\[" in markdown or kind == "shipped"
    bare = markdown.replace("| Conv2d | 6 × 28 × 28 \\[", "| Conv2d | 6 × 28 × 28 | \\[", 1)
    assert without_source(report, stored, bare)


@pytest.mark.parametrize("kind", ["shipped", "run"])
def test_every_number_of_the_html_is_stored_where_its_source_says(
    told: dict[str, tuple[Report, Stored]], kind: str
) -> None:
    report, stored = told[kind]
    html = to_html(report)
    assert len(Walker(html).figures) > 100
    assert complaints(report, stored, html) == []


def test_a_measurement_that_is_stored_otherwise_is_noticed(
    told: dict[str, tuple[Report, Stored]],
) -> None:
    report, stored = told["shipped"]
    html = to_html(report)
    [path] = (stored.runs / "measurements").glob("*.json")
    before = path.read_text()
    path.write_text(before.replace("7.0", "70.5"))
    try:
        problems = complaints(report, stored, html)
    finally:
        path.write_text(before)
    assert any("measured" in each for each in problems)


def test_a_number_without_a_source_is_noticed(told: dict[str, tuple[Report, Stored]]) -> None:
    report, stored = told["run"]
    html = to_html(report).replace("<p>", "<p>About 7 of them. ", 1)
    [problems] = complaints(report, stored, html)
    assert problems.startswith("no source: About 7")
    [accuracy, *_] = [figure for figure in report.figures() if figure.text == "90.00%"]
    changed = to_html(report).replace(f'title="{accuracy.value} ', 'title="0.91 ')
    assert complaints(report, stored, changed)
