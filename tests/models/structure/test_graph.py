from collections.abc import Iterator
from itertools import pairwise

import pytest
from torch import Tensor, nn
from torchvision.models.densenet import _DenseBlock
from torchvision.models.googlenet import Inception
from torchvision.models.resnet import BasicBlock

from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.structure.activation_volumes import activation_volumes
from cnnviz.models.structure.graph import Edge, Node, graph
from cnnviz.models.structure.layered_layout import INLET
from cnnviz.models.structure.trace import Trace, trace_architecture, trace_network
from tests.models.structure.library_networks import NETWORKS, traced

SCALES = {f"{key}-mnist": (row, False) for key, row in CATALOG.items()}
SCALES |= {f"{key}-published": (row, True) for key, row in CATALOG.items() if row.published}


def of(block: nn.Module, *size: int) -> Node:
    """The graph of one block by itself."""
    return graph(trace_network(block.to("meta"), size))


def named(node: Node) -> list[tuple[str, str]]:
    """The edges between the children by their labels."""
    labels = [child.label for child in node.children]
    ends = {INLET: "in", len(labels): "out"} | dict(enumerate(labels))
    return sorted((ends[edge.source], ends[edge.target]) for edge in node.edges)


def rows(node: Node) -> list[list[str]]:
    """The labels of the children, rank by rank."""
    found: dict[int, list[Node]] = {}
    for child in node.children:
        found.setdefault(child.rank, []).append(child)
    return [
        [child.label for child in sorted(found[rank], key=lambda child: child.column)]
        for rank in sorted(found)
    ]


def test_a_residual_block_by_hand() -> None:
    block = of(BasicBlock(4, 4), 4, 8, 8)
    assert rows(block) == [["conv1"], ["bn1"], ["relu"], ["conv2"], ["bn2"], ["add"], ["relu"]]
    assert named(block) == sorted(
        [
            ("in", "conv1"),
            ("in", "add"),
            ("conv1", "bn1"),
            ("bn1", "relu"),
            ("relu", "conv2"),
            ("conv2", "bn2"),
            ("bn2", "add"),
            ("add", "relu"),
            ("relu", "out"),
        ]
    )
    (skip,) = (edge for edge in block.edges if edge.lane is not None)
    assert (skip.source, block.children[skip.target].label, skip.size) == (INLET, "add", (4, 8, 8))


def test_a_shortcut_with_weights_stands_beside_the_body() -> None:
    shortcut = nn.Sequential(nn.Conv2d(4, 8, 1, stride=2), nn.BatchNorm2d(8))
    block = of(BasicBlock(4, 8, stride=2, downsample=shortcut), 4, 8, 8)
    assert rows(block)[0] == ["conv1", "downsample"]
    assert ("downsample", "add") in named(block)
    assert ("in", "add") not in named(block)
    columns = {child.label: child.column for child in block.children}
    assert (columns["conv1"], columns["downsample"], columns["add"]) == (-0.5, 0.5, 0.0)
    assert all(edge.lane is None for edge in block.edges)  # nothing stands below the shortcut


def test_an_inception_module_by_hand() -> None:
    block = of(Inception(8, 2, 2, 4, 2, 4, 2), 8, 8, 8)
    branches = ["branch1", "branch2", "branch3", "branch4"]
    assert rows(block) == [branches, ["cat"]]
    assert [child.column for child in block.children] == [-1.5, -0.5, 0.5, 1.5, 0.0]
    assert named(block) == sorted(
        [("in", branch) for branch in branches]
        + [(branch, "cat") for branch in branches]
        + [("cat", "out")]
    )
    assert block.output == (2 + 4 + 4 + 2, 8, 8)


def test_in_a_dense_block_each_layer_reads_all_before() -> None:
    block = of(_DenseBlock(3, 4, 2, 3, 0.0), 4, 8, 8)
    layers = ["denselayer1", "denselayer2", "denselayer3"]
    everything = ["in", *layers, "cat"]
    assert named(block) == sorted(
        [(everything[i], everything[j]) for j in range(1, 5) for i in range(j)] + [("cat", "out")]
    )
    assert block.lanes == 3  # for the input, and for all layers but the last, which is read at once


def test_attention_by_hand() -> None:
    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(8, 24)
            self.out = nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            q, k, v = self.qkv(x).chunk(3, dim=-1)
            weights = (q @ k.transpose(1, 2) / 8**0.5).softmax(dim=-1)
            return self.out(weights @ v)  # type: ignore[no-any-return]

    block = of(Attention(), 5, 8)
    assert [(n.label, n.role) for n in block.children] == [
        ("qkv", "layer"),
        ("queries × keys", "attention"),
        ("softmax", "operation"),
        ("attention × values", "attention"),
        ("out", "layer"),
    ]
    assert named(block) == sorted(
        [
            ("in", "qkv"),
            ("qkv", "queries × keys"),
            ("queries × keys", "softmax"),
            ("softmax", "attention × values"),
            ("qkv", "attention × values"),
            ("attention × values", "out"),
            ("out", "out"),
        ]
    )
    assert block.children[1].output == (5, 5)


def test_a_module_shows_what_is_in_it_and_adds_it_up() -> None:
    net = graph(
        trace_network(nn.Sequential(BasicBlock(4, 4), BasicBlock(4, 4)).to("meta"), (4, 8, 8))
    )
    assert [child.role for child in net.children] == ["module", "module"]
    assert named(net) == [("0", "1"), ("1", "out"), ("in", "0")]
    assert net.macs == sum(child.macs for child in net.children) == 4 * 9 * 4 * 4 * 8 * 8


def check(found: Trace, root: Node) -> None:
    """What holds for every graph."""
    nodes = list(root.walk())
    assert len({node.id for node in nodes}) == len(nodes)
    leaves = [node.id for node in nodes if not node.children]
    assert leaves == [f"s{step.id}" for step in found.steps]  # each once, in order of execution
    assert root.macs == sum(step.macs for step in found.steps)
    assert root.parameters == sum(step.parameters for step in found.steps)
    for node in nodes:
        for edge in node.edges:
            assert INLET <= edge.source < edge.target <= len(node.children)
            if edge.source != INLET and edge.target < len(node.children):
                assert node.children[edge.source].rank < node.children[edge.target].rank
        if node.children:
            assert any(edge.target == len(node.children) for edge in node.edges)
            assert apart(node)
        assert lanes_are_free(node)


def apart(node: Node) -> bool:
    """Whether no two nodes of a rank share a place."""
    places = sorted((child.rank, child.column) for child in node.children)
    return all(a[0] != b[0] or b[1] - a[1] > 0.999 for a, b in pairwise(places))


def lanes_are_free(node: Node) -> bool:
    """Whether no two tensors run in one lane at one rank."""
    bottom = max((child.rank for child in node.children), default=-1) + 1

    def rank(place: int) -> int:
        last = place == len(node.children)
        return -1 if place == INLET else bottom if last else node.children[place].rank

    def passes(edge: Edge) -> Iterator[tuple[int | None, int]]:
        for passed in range(rank(edge.source) + 1, rank(edge.target)):
            yield edge.lane, passed

    owners: dict[tuple[int | None, int], int] = {}
    laned = (edge for edge in node.edges if edge.lane is not None)
    return all(owners.setdefault(at, e.source) == e.source for e in laned for at in passes(e))


@pytest.mark.parametrize("name", NETWORKS)
def test_what_holds_for_every_graph_holds_for_the_libraries(name: str) -> None:
    found = traced(name)
    check(found, graph(found))


@pytest.mark.parametrize(("row", "published"), SCALES.values(), ids=SCALES)
def test_what_holds_for_every_graph_holds_for_the_catalog(
    row: Architecture, published: bool
) -> None:
    found = trace_architecture(row, published=published)
    root = graph(found)
    check(found, root)
    way = activation_volumes(found, root)
    assert way[0].size == found.input
    assert way[-1].size == root.output
    model = row.published.build() if published and row.published else row.build()
    weighed = {n for n, m in model.named_modules() for _ in m.parameters(recurse=False)}
    names = {node.name for node in root.walk()}
    assert {n for n in weighed if not any(n == m or n.startswith(f"{m}.") for m in names)} <= {""}


def test_a_line_between_two_groups_of_branches_carries_both_tensors() -> None:
    root = graph(trace_architecture(CATALOG["crossvit"], published=False))
    place = {child.label: i for i, child in enumerate(root.children)}
    [edge] = [
        e for e in root.edges if (e.source, e.target) == (place["blocks.0"], place["blocks.1"])
    ]
    assert (edge.size, *edge.beside) == ((50, 32), (17, 64))
