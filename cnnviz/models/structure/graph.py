"""A network as a nested graph: modules, the layers inside them, and the tensors between them.

Each level is laid out by itself, so that a viewer that opens or closes a module only has to stack
boxes.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from cnnviz.models.structure.layered_layout import INLET, layered_layout
from cnnviz.models.structure.trace import INPUT, Size, Trace, TraceStep

_RESULT = -2  # the network's output, as reader of steps


@dataclass(frozen=True)
class Edge:
    """A tensor passed between two nodes of one level.

    Attributes:
        source: index of the node among its siblings, `INLET` for the module's input.
        target: index of the node, or the number of siblings for the module's output.
        size: shape as the target reads it, one example.
        lane: number of the lane beside the nodes that it takes; None where nothing is in its way.
        beside: shapes of other tensors between the same nodes, as in networks of two branches.
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
        name: dotted name of the module; of an operation, of the module whose forward performs it.
        label: the name without that of the enclosing module; the operation in a word.
        kind: class of the module, or the operation in a word.
        role: "module" if it has children, else as in `TraceStep.role`.
        output: shape of the output, one example.
        values: number of values in the output.
        parameters, macs: as in `TraceStep`; totals where it has children.
        window: kernel, stride and padding in words; "" where there is none.
        rank: row in its level, 0 at the top.
        column: position in the row, at least 1 apart; 0 is the middle.
        children: nodes inside, in the order of execution.
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
        """Number of lanes that the edges between the children take."""
        return max((edge.lane + 1 for edge in self.edges if edge.lane is not None), default=0)

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all nodes inside it, in the order of execution."""
        yield self
        for child in self.children:
            yield from child.walk()


def graph(trace: Trace) -> Node:
    """Return the whole network as one node with its children, laid out."""
    return _Builder(trace).module(0)


class _Builder:
    """Builds nodes: each step inside its module, each tensor in every level that it crosses."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.inside: dict[int, list[tuple[int, str]]] = defaultdict(list)
        first: dict[int, int] = {}  # by module run, its first step
        for step in trace.steps:
            self.inside[step.inside].append((step.id, f"s{step.id}"))
            for around in self._around(step):
                first.setdefault(around, step.id)
        for module in trace.modules[1:]:
            if module.id in first and module.parent is not None:
                self.inside[module.parent].append((first[module.id], f"m{module.id}"))
        self.place = {
            name: i
            for children in self.inside.values()
            for i, (_, name) in enumerate(sorted(children))
        }
        # by level and by source and target, the shape in which each step's output is first read
        self.tensors: dict[int, dict[tuple[int, int], dict[int, Size]]] = defaultdict(dict)
        for step in trace.steps:
            for source, size in zip(step.sources, step.inputs, strict=True):
                self._carry(source, step.id, size)
        for result in trace.results:
            self._carry(result, _RESULT, trace.modules[0].output)

    def module(self, number: int) -> Node:
        """Return the node of one run of a module, its children laid out."""
        module = self.trace.modules[number]
        names = [name for _, name in sorted(self.inside[number])]
        children = [
            self.module(int(name[1:])) if name[0] == "m" else self._leaf(int(name[1:]))
            for name in names
        ]
        edges = [_edge(*ends, list(read.values())) for ends, read in self.tensors[number].items()]
        layout = layered_layout(len(children), [(edge.source, edge.target) for edge in edges])
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
            children=tuple(
                replace(child, rank=rank, column=column)
                for child, rank, column in zip(children, layout.ranks, layout.columns, strict=True)
            ),
            edges=tuple(
                replace(edge, lane=lane) for edge, lane in zip(edges, layout.lanes, strict=True)
            ),
        )

    def _leaf(self, number: int) -> Node:
        step = self.trace.steps[number]
        around = self.trace.modules[step.inside].name
        own = step.name != around  # an operation has the name of the enclosing module
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

    def _around(self, step: TraceStep) -> list[int]:
        """Return the module runs that enclose a step, the network first."""
        modules = [step.inside]
        while (parent := self.trace.modules[modules[-1]].parent) is not None:
            modules.append(parent)
        return modules[::-1]

    def _path(self, step: int) -> list[str]:
        """Return the ids from the network down to a step; only the network for its own ends."""
        if step in (INPUT, _RESULT):
            return ["m0"]
        modules = self._around(self.trace.steps[step])
        return [*(f"m{module}" for module in modules), f"s{step}"]

    def _carry(self, source: int, target: int, size: Size) -> None:
        """Add a tensor to every level between its source and its target."""
        down, up = self._path(source), self._path(target)
        pairs = zip(down, up, strict=False)
        # modules that enclose both ends
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        for level, child in pairwise(down[shared:]):  # out of the modules around the source
            self._draw(level, self.place[child], self._outlet(level), source, size)
        level = down[shared - 1]
        start = self.place[down[shared]] if len(down) > shared else INLET
        end = self.place[up[shared]] if len(up) > shared else self._outlet(level)
        self._draw(level, start, end, source, size)
        for level, child in pairwise(up[shared:]):  # into the modules around the target
            self._draw(level, INLET, self.place[child], source, size)

    def _outlet(self, level: str) -> int:
        return len(self.inside[int(level[1:])])

    def _draw(self, level: str, start: int, end: int, source: int, size: Size) -> None:
        self.tensors[int(level[1:])].setdefault((start, end), {}).setdefault(source, size)


def _edge(source: int, target: int, sizes: Sequence[Size]) -> Edge:
    first, *others = dict.fromkeys(sizes)
    return Edge(source, target, first, beside=tuple(others))


def _short(name: str, around: str) -> str:
    """Return a name without that of the enclosing module; a number keeps its list's name."""
    own = name.removeprefix(f"{around}.") if around else name
    return ".".join(name.split(".")[-2:]) if own[:1].isdigit() else own


def _word(trace: Trace, step: TraceStep) -> str:
    """Return the label of an operation; the two products of attention have names of their own."""
    if step.role != "attention":
        return step.kind
    return "attention × values" if _after_softmax(trace, step) else "queries × keys"


def _after_softmax(trace: Trace, step: TraceStep, reach: int = 4) -> bool:
    """Tell whether a step reads attention weights: of a softmax, with no layer between."""
    for source in step.sources:
        if source == INPUT:
            continue
        before = trace.steps[source]
        if before.kind.lower() == "softmax":
            return True
        passes = before.parameters == 0 and before.macs == 0  # dropout, reshaping, scaling
        if reach and passes and _after_softmax(trace, before, reach - 1):
            return True
    return False


def _window(step: TraceStep) -> str:
    """Return kernel, stride and padding in words; a stride of 1 and a padding of 0 are left out."""
    stride, padding = (text.split(" × ")[0] for text in (step.stride, step.padding))
    words = [
        step.kernel,
        f"stride {stride}" if step.stride not in ("", "1 × 1") else "",
        f"padding {padding}" if step.padding not in ("", "0 × 0") else "",
    ]
    return ", ".join(filter(None, words))
