"""Each number that a report shows is looked up where its source says it is stored."""

import dataclasses
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import pad
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.benchmark.results.measurements import Record, create
from cnnviz.benchmark.results.records import Conditions, Findings, Plan, Timing
from cnnviz.benchmark.static_costs import cost
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.data.mnist import Digits, load_digits
from cnnviz.evaluation.agreement import answers
from cnnviz.evaluation.robustness import PERTURBATIONS
from cnnviz.models.catalogue import CATALOGUE, architecture
from cnnviz.report import Report, gather, subject, to_html, to_markdown
from cnnviz.report.facts import citations
from cnnviz.stats.intervals import wilson
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks
from tests.report.test_report import LOG, finished_run

ROOT = Path(__file__).parents[2]
KEY, RIVAL = "lenet5", "sprint_cnn"
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")
OURS = re.compile(r"95% (?:interval|confidence)|28 × 28|float32|SHA-256|\bp[59][05]\b|\bF1\b")
SPOILED = {"noise": 0.3, "rotation": 20, "shift": 2, "blur": 1, "thickness": 1}
CITED = {0.0095, 0.008, 0.0035, 0.0023, 1998, 2011, 2012, 10_000}  # from the papers named


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


def flat(stored: Any) -> Iterator[Any]:
    """Every value in a JSON file, and the numbers in its texts."""
    if isinstance(stored, dict):
        stored = list(stored.values())
    if isinstance(stored, list):
        for value in stored:
            yield from flat(value)
    else:
        yield stored
        if isinstance(stored, str):
            yield from (float(n.replace(",", "")) for n in NUMBER.findall(stored))


@dataclasses.dataclass
class Stored:
    """Where the numbers of a report lie, read without the report's own code."""

    digits: Digits
    chosen: networks.Network
    rival: networks.Network
    runs: Path

    def of(self, source: str) -> set[Any]:
        """Return every value that the source holds.

        Raises:
            StopIteration: if there is no such source.
        """
        return next(
            set(read()) for begins, read in self._readers().items() if source.startswith(begins)
        )

    def _readers(self) -> dict[str, Any]:
        return {
            "card of the shipped network": self._cards,
            "run ": self._run,
            "measured ": self._measurement,
            "counted in one forward pass": self._meta,
            "worked out from the accuracy on record": self._wilson,
            "worked out from the parameters": lambda: {4 * self._learned(self.chosen)},
            "size of the file": lambda: {self.chosen.weights.stat().st_size},
            "counted for this report on": self._counted,
            "counted for this report: both": self._both,
            "counted here from the figures": lambda: {1, 2},  # places among the two
            "chosen for this report": lambda: {0.9, 0.99, *SPOILED.values()},
            "published: ": lambda: CITED,
            "the lecture's rule": lambda: {100},
            "cnnviz's catalogue": lambda: {architecture(self.chosen.architecture).year},
        }

    def _cards(self) -> Iterator[Any]:
        for network in (self.chosen, self.rival):
            if network.key.startswith("shipped-"):
                known = json.loads(
                    (ROOT / "checkpoints" / f"{network.architecture}.json").read_text()
                )
                yield from flat(known)
                yield 1 - known["accuracy"]
                yield 0  # GPUs, of hardware that is described by its cores

    def _run(self) -> Iterator[Any]:
        folder = self.chosen.weights.parent
        for name in ("status.json", "config.json"):
            yield from flat(json.loads((folder / name).read_text()))
        lines = (folder / "metrics.jsonl").read_text().splitlines()
        yield from flat([json.loads(line) for line in lines])
        yield 1 - json.loads((folder / "status.json").read_text())["test_accuracy"]
        yield 0

    def _measurement(self) -> Iterator[Any]:
        [path] = (self.runs / "measurements").glob("*.json")
        stored = json.loads(path.read_text())
        yield from flat(stored)
        timings = stored["findings"]["timings"]
        yield len(timings)
        for timing in timings:
            times = timing["latency"]
            calls = sorted(times["calls"])
            yield from (float(np.quantile(calls, q)) for q in (0.25, 0.5, 0.75, 0.9, 0.95))
            lecture = [*times["warm"], *times["calls"]]
            yield from (len(calls), len(lecture), sum(lecture) / len(lecture))
            yield 1000 / float(np.median(calls))
            yield sum(calls) / times["cpu"]

    def _meta(self) -> Iterator[Any]:
        for network in (self.chosen, self.rival):
            row = architecture(network.architecture)
            yield self._learned(network)
            with FlopCounterMode(display=False) as counter:
                networks.load(network)(torch.zeros(1, 1, row.input_size, row.input_size))
            yield counter.get_total_flops() // 2
        takes = cost(architecture(self.chosen.architecture), published=False)
        yield takes.activation_peak
        batch = Settings(model=KEY).batch_size
        yield from (takes.training_bytes(size) for size in (batch, 128))

    @staticmethod
    def _learned(network: networks.Network) -> int:
        return sum(weights.numel() for weights in networks.load(network).parameters())

    def _wilson(self) -> Iterator[Any]:
        for network in (self.chosen, self.rival):
            of = 10_000 if network.key.startswith("shipped-") else 1_000
            found = wilson(round((network.accuracy or 0) * of), of)
            yield f"{found.low!r} {found.high!r}"

    def _probabilities(self, network: networks.Network) -> np.ndarray[Any, Any]:
        row = architecture(network.architecture)
        x = torch.from_numpy(self.digits.test_images) / 255
        frame = (row.input_size - 28) // 2
        x = pad((x - 0.1307) / 0.3081, (frame,) * 4, value=-0.1307 / 0.3081)
        with torch.no_grad():
            return networks.load(network)(x).softmax(1).numpy()  # type: ignore[no-any-return]

    def _counted(self) -> Iterator[Any]:
        labels, found = self.digits.test_labels, self._probabilities(self.chosen)
        said, sure, of = found.argmax(1), found.max(1), len(labels)
        right = said == labels
        yield from range(10)
        yield from (of, right.sum(), (~right).sum(), right.mean(), min(12, (~right).sum()))
        yield from (right[labels == digit].mean() for digit in range(10))
        for bound in (0.9, 0.99):
            kept = sure >= bound
            yield from ((~kept).mean(), (kept & ~right).sum(), kept.sum())
        yield from (round(float(p), 4) for p in sure[~right])
        wrong = list(zip(labels[~right], said[~right], strict=True))
        yield from (wrong.count(pair) for pair in wrong)
        row, model = architecture(self.chosen.architecture), networks.load(self.chosen)
        for way, much in SPOILED.items():
            pixels = PERTURBATIONS[way].function(self.digits.test_images, much)
            count = int(answers(model, row, pixels).right(labels).sum())
            share = wilson(count, of)
            yield from (count / of, f"{share.low!r} {share.high!r}")

    def _both(self) -> Iterator[Any]:
        labels = self.digits.test_labels
        a, b = (self._probabilities(n).argmax(1) == labels for n in (self.chosen, self.rival))
        alone = int((a & ~b).sum()), int((b & ~a).sum())
        yield from (*alone, len(labels), 100 * abs(a.mean() - b.mean()))
        yield ...  # bounds and McNemar's p have tests of their own, by hand


def complaints(report: Report, stored: Stored, html: str) -> list[str]:
    """Return what is shown as a number, and is not stored where it is said to be."""
    walker = Walker(html)
    names = "|".join(re.escape(row.title) for row in CATALOGUE.values())
    titles = "|".join(re.escape(n.title) for n in (stored.chosen, stored.rival))
    systems = "|".join(re.escape(result.what) for result in citations.MNIST)
    loose = re.compile(f"{titles}|{systems}|{names}|{OURS.pattern}")
    wrong = [f"no source: {text}" for text in walker.rest if re.search(r"\d", loose.sub("", text))]
    written = {figure.text for figure in report.figures()}
    for text in walker.drawn:
        bare = re.sub(r" pass(es)?$| of them$", "", text)
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
        found = tuple(
            Timing(key, CATALOGUE[key].title, "torch", 1, 1, each)
            for key, each in zip(plan.models, times, strict=True)
        )
        where = Conditions("here", "CPU, 2 cores", 2, {"torch": "2"}, "2026-01-01", 0.25)
        create(plan).write(Record(plan, "finished", "", where, Findings(timings=found)))
        rival = subject(f"shipped-{RIVAL}")
        run = finished_run(Settings(model=KEY, seed=3), log=LOG)
        return {
            kind: (gather(chosen, [rival], digits), Stored(digits, chosen, rival, folder))
            for kind, chosen in (("shipped", subject(f"shipped-{KEY}")), ("run", run))
        }


def without_source(report: Report, stored: Stored, markdown: str) -> list[str]:
    """Return the fragments of Markdown in which a number stands that no source named there has."""
    names = [row.title for row in CATALOGUE.values()]
    names += [n.title for n in (stored.chosen, stored.rival)]
    names += [result.what for result in citations.MNIST]
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
    assert "| Loss on the test digits, last | 0.1 \\[" in markdown or kind == "shipped"
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
        found = complaints(report, stored, html)
    finally:
        path.write_text(before)
    assert any("measured" in each for each in found)


def test_a_number_without_a_source_is_noticed(told: dict[str, tuple[Report, Stored]]) -> None:
    report, stored = told["run"]
    html = to_html(report).replace("<p>", "<p>About 7 of them. ", 1)
    [found] = complaints(report, stored, html)
    assert found.startswith("no source: About 7")
    [accuracy, *_] = [figure for figure in report.figures() if figure.text == "90.00%"]
    changed = to_html(report).replace(f'title="{accuracy.value} ', 'title="0.91 ')
    assert complaints(report, stored, changed)
