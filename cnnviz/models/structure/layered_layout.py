"""Layered drawing of a directed graph: ranks, columns, and lanes for edges that skip ranks.

Reference:
    Sugiyama et al. 1981, "Methods for Visual Understanding of Hierarchical System Structures",
    https://doi.org/10.1109/TSMC.1981.4308636
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import mean

INLET = -1  # the input of the graph, as source of edges

Ends = tuple[int, int]  # source and target of an edge: numbers of nodes, `INLET`, or their count


@dataclass(frozen=True)
class LayeredLayout:
    """Where the nodes and edges of a graph are drawn.

    Attributes:
        ranks: row of each node, 0 at the top.
        columns: position of each node in its row, at least 1 apart; 0 is the middle.
        lanes: of each edge, the lane beside the nodes that it takes; None where nothing is in
            its way.
    """

    ranks: tuple[int, ...]
    columns: tuple[float, ...]
    lanes: tuple[int | None, ...]


def layered_layout(count: int, edges: Sequence[Ends]) -> LayeredLayout:
    """Return where to draw nodes and edges.

    Args:
        count: number of nodes; they are numbered from 0 in topological order.
        edges: source and target of each edge; a target of `count` is the graph's output.
    """
    ranks = _ranks(count, edges)
    columns = _columns(ranks, edges)
    return LayeredLayout(tuple(ranks), tuple(columns), tuple(_lanes(ranks, columns, edges)))


def _ranks(count: int, edges: Sequence[Ends]) -> list[int]:
    """Return the longest path from the inlet to each node; constants stand before their reader."""
    before: dict[int, list[int]] = defaultdict(list)
    after: dict[int, list[int]] = defaultdict(list)
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    ranks: list[int] = []
    for i in range(count):
        ranks.append(max((ranks[j] + 1 for j in before[i] if j != INLET), default=0))
    for i in reversed(range(count)):
        readers = [ranks[j] for j in after[i] if j < count]
        if not before[i] and readers:  # a constant
            ranks[i] = max(min(readers) - 1, 0)
    return ranks


def _columns(ranks: Sequence[int], edges: Sequence[Ends]) -> list[float]:
    """Return a column for each node, below the mean of its sources where there is room."""
    before: dict[int, list[int]] = defaultdict(list)
    for source, target in edges:
        if source != INLET:
            before[target].append(source)
    columns = [0.0] * len(ranks)
    by_rank = sorted(range(len(ranks)), key=lambda i: ranks[i])
    for _, row in groupby(by_rank, key=lambda i: ranks[i]):
        wanted = {i: mean([columns[j] for j in before[i]] or [0.0]) for i in row}
        order = sorted(wanted, key=lambda i: (wanted[i], i))
        places: list[float] = []
        for i in order:
            places.append(max(wanted[i], places[-1] + 1) if places else wanted[i])
        # moves the row back by as much as it was pushed to the right, on average
        shift = mean(wanted[i] - place for i, place in zip(order, places, strict=True))
        for i, place in zip(order, places, strict=True):
            columns[i] = place + shift
    return columns


def _lanes(
    ranks: Sequence[int], columns: Sequence[float], edges: Sequence[Ends]
) -> list[int | None]:
    """Return the lanes of the edges that would run behind a node, inner lanes for short edges."""
    bottom = max(ranks, default=-1) + 1
    rows = {INLET: -1, len(ranks): bottom, **dict(enumerate(ranks))}
    blocked: dict[int, int] = {}  # by source, the last rank that its edges must pass in a lane
    for source, target in edges:
        column = 0.0 if source == INLET else columns[source]
        passed = range(rows[source] + 1, rows[target])
        near = (
            i for i, rank in enumerate(ranks) if abs(columns[i] - column) < 1 and rank in passed
        )
        if any(True for _ in near):
            blocked[source] = max(blocked.get(source, 0), rows[target] - 1)
    spans = {source: range(rows[source] + 1, last + 1) for source, last in blocked.items()}
    lanes = _assigned(spans)
    return [
        lanes.get(source) if rows[target] > rows[source] + 1 else None for source, target in edges
    ]


def _assigned(spans: dict[int, range]) -> dict[int, int]:
    """Return for each span of ranks the first lane in which no shorter span overlaps it."""
    taken: list[list[range]] = []  # by lane
    lanes: dict[int, int] = {}
    for source, span in sorted(spans.items(), key=lambda item: (len(item[1]), item[0])):
        free = (i for i, used in enumerate(taken) if not any(_overlap(span, r) for r in used))
        lanes[source] = next(free, len(taken))
        if lanes[source] == len(taken):
            taken.append([])
        taken[lanes[source]].append(span)
    return lanes


def _overlap(first: range, second: range) -> bool:
    return first.start < second.stop and second.start < first.stop
