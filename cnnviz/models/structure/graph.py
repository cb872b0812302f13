"""A network as a graph that opens level by level: modules, layers in them, tensors between them.

Each level is laid out by itself, after Sugiyama et al.: ranks by the longest path, branches side by
side, and lanes beside them for the tensors that skip ranks. So a viewer that opens or closes a
module has only boxes to stack.

Reference:
    Sugiyama et al. 1981, "Methods for Visual Understanding of Hierarchical System Structures",
    https://doi.org/10.1109/TSMC.1981.4308636
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, pairwise, takewhile
from math import prod
from statistics import mean

from cnnviz.models.structure.trace import INPUT, Size, Step, Trace

INLET = -1  # stands for what a module receives, among the sources of its edges
_RESULT = -2  # stands for what the network returns, among the readers of steps


@dataclass(frozen=True)
class Edge:
    """A tensor on its way between two nodes of one level.

    Attributes:
        source: place of the node among its siblings, `INLET` for what the module receives.
        target: place of the node, or the number of siblings for what the module puts out.
        size: shape as the target reads it, one example.
        lane: number of the lane beside the nodes that it takes; None where the way is free.
        beside: shapes of the other tensors that go the same way, as in networks of two branches.
    """

    source: int
    target: int
    size: Size
    lane: int | None = None
    beside: tuple[Size, ...] = ()


@dataclass(frozen=True)
class Node:
    """One run of a module, or one operation between modules.

    Attributes:
        id: "m3" or "s17", unique in the graph.
        name: dotted name of the module; of an operation, of the module whose forward does it.
        label: the name without that of the module around it; the operation in a word.
        kind: class of the module, or the operation in a word.
        role: "module" where there is something inside, else as in `Step.role`.
        output: shape of what it puts out, one example.
        values: numbers in the output.
        parameters, macs: as in `Step`; of everything inside.
        window: kernel, stride and padding in words; "" where there is none.
        rank: row in its level, 0 at the top.
        column: place in the row, 1 apart from the next; 0 is the middle.
        children: what is inside, in the order of execution.
        edges: tensors between the children.
    """

    id: str
    name: str
    label: str
    kind: str
    role: str
    output: Size
    values: int
    parameters: int
    macs: int
    window: str = ""
    rank: int = 0
    column: float = 0.0
    children: tuple["Node", ...] = ()
    edges: tuple[Edge, ...] = ()

    @property
    def lanes(self) -> int:
        """How many lanes the edges between the children take."""
        return max((edge.lane + 1 for edge in self.edges if edge.lane is not None), default=0)

    def walk(self) -> Iterator["Node"]:
        """Yield this node and everything inside, in the order of execution."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Stage:
    """One tensor on the way through a network, or those of branches that run beside each other.

    Attributes:
        layers: dotted names of the layers that put out tensors of this shape, one after another;
            "input" for the input.
        kinds: their classes.
        size: shape of one example.
        values: numbers in it, and in those beside it.
        beside: shapes of the other tensors that a module with several results hands on.
    """

    layers: tuple[str, ...]
    kinds: tuple[str, ...]
    size: Size
    values: int
    beside: tuple[Size, ...] = ()


def graph(trace: Trace) -> Node:
    """Return the whole network as a node with everything inside."""
    return _Builder(trace).module(0)


def stages(trace: Trace, root: Node, *, most: int = 16) -> list[Stage]:
    """Return how the tensor changes on its way, the input first.

    Only what every path goes through counts: a block with branches is one stage. A module that
    hands on several tensors, as those of networks with two branches do, is one with all of them.
    Modules are opened as deep as no more than `most` stages come out, though at least once.

    Args:
        trace: the forward pass.
        root: its graph.
        most: stages.
    """
    first = Stage(("input",), ("",), trace.input, prod(trace.input))
    chosen: list[Stage] = []
    for depth in range(1, 8):
        found = _merged([first, *_spine(root, depth)])
        if chosen and len(found) > most:
            break
        chosen = found
    return chosen


class _Builder:
    """Put each step into its module, and each tensor into every level that it crosses."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.inside: dict[int, list[tuple[int, str]]] = defaultdict(list)
        first: dict[int, int] = {}
        for step in trace.steps:
            self.inside[step.inside].append((step.id, f"s{step.id}"))
            for around in self._around(step):
                first.setdefault(around, step.id)
        for module in trace.modules[1:]:
            if module.id in first and module.parent is not None:
                self.inside[module.parent].append((first[module.id], f"m{module.id}"))
        self.place = {
            name: i for found in self.inside.values() for i, (_, name) in enumerate(sorted(found))
        }
        # by level and by ends, the shape in which each step's output is read first
        self.tensors: dict[int, dict[tuple[int, int], dict[int, Size]]] = defaultdict(dict)
        for step in trace.steps:
            for source, size in zip(step.sources, step.inputs, strict=True):
                self._carry(source, step.id, size)
        for result in trace.results:
            self._carry(result, _RESULT, trace.modules[0].output)

    def module(self, number: int) -> Node:
        """Return the node of one run of a module, everything inside laid out."""
        module = self.trace.modules[number]
        names = [name for _, name in sorted(self.inside[number])]
        children = [
            self.module(int(name[1:])) if name[0] == "m" else self._leaf(int(name[1:]))
            for name in names
        ]
        edges = [_edge(*ends, list(read.values())) for ends, read in self.tensors[number].items()]
        placed, routed = _layout(children, edges)
        parent = None if module.parent is None else self.trace.modules[module.parent]
        return Node(
            id=f"m{number}",
            name=module.name,
            label=_short(module.name, parent.name if parent else ""),
            kind=module.kind,
            role="module",
            output=module.output,
            values=module.values,
            parameters=sum(child.parameters for child in children),
            macs=sum(child.macs for child in children),
            children=tuple(placed),
            edges=tuple(routed),
        )

    def _leaf(self, number: int) -> Node:
        step = self.trace.steps[number]
        around = self.trace.modules[step.inside].name
        own = step.name != around  # an operation bears the name of the module around it
        return Node(
            id=f"s{number}",
            name=step.name,
            label=_short(step.name, around) if own else _word(self.trace, step),
            kind=step.kind,
            role=step.role,
            output=step.output,
            values=step.values,
            parameters=step.parameters,
            macs=step.macs,
            window=_window(step),
        )

    def _around(self, step: Step) -> list[int]:
        """Return the runs of modules around a step, the network first."""
        found = [step.inside]
        while (parent := self.trace.modules[found[-1]].parent) is not None:
            found.append(parent)
        return found[::-1]

    def _way(self, step: int) -> list[str]:
        """Return what one passes from the network down to a step; only the network at its ends."""
        if step in (INPUT, _RESULT):
            return ["m0"]
        found = self.trace.steps[step]
        return [*(f"m{module}" for module in self._around(found)), f"s{step}"]

    def _carry(self, source: int, target: int, size: Size) -> None:
        """Draw a tensor into every level between its source and its target."""
        down, up = self._way(source), self._way(target)
        pairs = zip(down, up, strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        for level, child in pairwise(down[shared:]):
            self._draw(level, self.place[child], self._outlet(level), source, size)
        level = down[shared - 1]
        start = self.place[down[shared]] if len(down) > shared else INLET
        end = self.place[up[shared]] if len(up) > shared else self._outlet(level)
        self._draw(level, start, end, source, size)
        for level, child in pairwise(up[shared:]):
            self._draw(level, INLET, self.place[child], source, size)

    def _outlet(self, level: str) -> int:
        return len(self.inside[int(level[1:])])

    def _draw(self, level: str, start: int, end: int, source: int, size: Size) -> None:
        self.tensors[int(level[1:])].setdefault((start, end), {}).setdefault(source, size)


def _edge(source: int, target: int, sizes: Sequence[Size]) -> Edge:
    first, *others = dict.fromkeys(sizes)
    return Edge(source, target, first, beside=tuple(others))


def _layout(children: Sequence[Node], edges: Sequence[Edge]) -> tuple[list[Node], list[Edge]]:
    """Return the nodes with rank and column, and the edges with their lanes."""
    ranks = _ranks(len(children), edges)
    columns = _columns(ranks, edges)
    placed = [replace(child, rank=ranks[i], column=columns[i]) for i, child in enumerate(children)]
    return placed, _routed(ranks, columns, edges)


def _ranks(count: int, edges: Sequence[Edge]) -> list[int]:
    """Return the longest path from the inlet to each node; constants stand before their reader."""
    before: dict[int, list[int]] = defaultdict(list)
    after: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    ranks: list[int] = []
    for i in range(count):
        ranks.append(max((ranks[j] + 1 for j in before[i] if j != INLET), default=0))
    for i in reversed(range(count)):
        readers = [ranks[j] for j in after[i] if j < count]
        if not before[i] and readers:
            ranks[i] = max(min(readers) - 1, 0)
    return ranks


def _columns(ranks: Sequence[int], edges: Sequence[Edge]) -> list[float]:
    """Return a column for each node, below the mean of those it reads from where there is room."""
    before: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        if edge.source != INLET:
            before[edge.target].append(edge.source)
    columns = [0.0] * len(ranks)
    by_rank = sorted(range(len(ranks)), key=lambda i: ranks[i])
    for _, row in groupby(by_rank, key=lambda i: ranks[i]):
        wishes = {i: mean([columns[j] for j in before[i]] or [0.0]) for i in row}
        order = sorted(wishes, key=lambda i: (wishes[i], i))
        places: list[float] = []
        for i in order:
            places.append(max(wishes[i], places[-1] + 1) if places else wishes[i])
        shift = mean(wishes[i] - place for i, place in zip(order, places, strict=True))
        for i, place in zip(order, places, strict=True):
            columns[i] = place + shift
    return columns


def _routed(ranks: Sequence[int], columns: Sequence[float], edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges; those that would run behind a node take a lane, short ways the inner."""
    bottom = max(ranks, default=-1) + 1

    def rank(place: int) -> int:
        return -1 if place == INLET else bottom if place == len(ranks) else ranks[place]

    blocked: dict[int, int] = {}  # the last rank that each source's tensor must pass in a lane
    for edge in edges:
        column = 0.0 if edge.source == INLET else columns[edge.source]
        passed = range(rank(edge.source) + 1, rank(edge.target))
        near = (i for i, r in enumerate(ranks) if r in passed and abs(columns[i] - column) < 1)
        if any(True for _ in near):
            blocked[edge.source] = max(blocked.get(edge.source, 0), rank(edge.target) - 1)
    taken: list[list[range]] = []  # the ranks in use, by lane
    lanes: dict[int, int] = {}
    for source in sorted(blocked, key=lambda s: (blocked[s] - rank(s), s)):
        span = range(rank(source) + 1, blocked[source] + 1)
        free = (i for i, used in enumerate(taken) if not any(map(partial(_meet, span), used)))
        lanes[source] = next(free, len(taken))
        if lanes[source] == len(taken):
            taken.append([])
        taken[lanes[source]].append(span)
    return [
        replace(edge, lane=lanes.get(edge.source))
        if rank(edge.target) > rank(edge.source) + 1
        else edge
        for edge in edges
    ]


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _spine(node: Node, depth: int) -> Iterator[Stage]:
    """Yield what every path through a node passes, modules opened to a depth."""
    if not node.children or depth == 0:
        yield Stage((node.name or node.label,), (node.kind,), node.output, node.values)
        return
    reached = {INLET}
    for edge in sorted(node.edges, key=lambda edge: edge.target):
        if edge.source in reached:
            reached.add(edge.target)
    ways = [edge for edge in node.edges if edge.source in reached]
    for i, child in enumerate(node.children):
        if i not in reached or any(edge.source < i < edge.target for edge in ways):
            continue
        read = [size for e in ways if e.target == i for size in (e.size, *e.beside)]
        several = _several(child)
        if len(read) == 1 or several:  # a tensor seen otherwise on its way is a stage of its own
            yield _stage(read)
        if several:
            yield replace(_stage(several), layers=(child.name,), kinds=(child.kind,))
        else:
            yield from _spine(child, depth - 1)
    yield Stage((), (), node.output, node.values)


def _several(node: Node) -> list[Size]:
    """Return the shapes of what a module puts out if they are several different ones."""
    found = list(dict.fromkeys(e.size for e in node.edges if e.target == len(node.children)))
    return found if len(found) > 1 else []


def _stage(sizes: Sequence[Size]) -> Stage:
    """Return the stage of tensors side by side that no layer is named for."""
    first, *others = dict.fromkeys(sizes)
    return Stage((), (), first, sum(map(prod, (first, *others))), tuple(others))


def _merged(found: Sequence[Stage]) -> list[Stage]:
    """Return the stages with those of one shape, one after another, made one."""
    merged: list[Stage] = []
    for stage in found:
        if len(merged) > 1 and _returns(merged[-2], merged[-1], stage):
            aside = merged.pop()
            stage = replace(
                stage, layers=aside.layers + stage.layers, kinds=aside.kinds + stage.kinds
            )
        if merged and (merged[-1].size, merged[-1].beside) == (stage.size, stage.beside):
            last = merged[-1]
            merged[-1] = replace(
                last, layers=last.layers + stage.layers, kinds=last.kinds + stage.kinds
            )
        elif stage.layers or stage.beside or not merged or not _is_part(stage, merged[-1]):
            merged.append(stage)
    return merged


def _returns(before: Stage, aside: Stage, stage: Stage) -> bool:
    """Tell whether a tensor was only seen otherwise for a while, as maps are as tokens."""
    return before.size == stage.size and before.values == aside.values


def _is_part(stage: Stage, before: Stage) -> bool:
    """Tell whether a tensor is one of several parts that another was cut into."""
    return len(stage.size) == len(before.size) and stage.values < before.values


def _short(name: str, around: str) -> str:
    """Return a dotted name without that of the module around it; a bare number keeps its list."""
    own = name.removeprefix(f"{around}.") if around else name
    return ".".join(name.split(".")[-2:]) if own[:1].isdigit() else own


def _word(trace: Trace, step: Step) -> str:
    """Return what an operation is called: the two products of attention by what they do."""
    if step.role != "attention":
        return step.kind
    return "attention × values" if _after_softmax(trace, step) else "queries × keys"


def _after_softmax(trace: Trace, step: Step, reach: int = 4) -> bool:
    """Tell whether a step reads attention weights: a softmax stands before it, no layer between."""
    for source in step.sources:
        if source == INPUT:
            continue
        before = trace.steps[source]
        if before.kind.lower() == "softmax":
            return True
        passes = before.parameters == 0 and before.macs == 0
        if reach and passes and _after_softmax(trace, before, reach - 1):
            return True
    return False


def _window(step: Step) -> str:
    """Return kernel, stride and padding as one reads them aloud."""
    parts = [
        step.kernel,
        f"stride {step.stride.split(' × ')[0]}" if step.stride not in ("", "1 × 1") else "",
        f"padding {step.padding.split(' × ')[0]}" if step.padding not in ("", "0 × 0") else "",
    ]
    return ", ".join(filter(None, parts))
