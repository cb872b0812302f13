from cnnviz.models.structure.layered_layout import INLET, layered_layout


def test_a_chain_has_one_column_and_no_lanes() -> None:
    layout = layered_layout(3, [(INLET, 0), (0, 1), (1, 2), (2, 3)])
    assert layout.ranks == (0, 1, 2)
    assert layout.columns == (0, 0, 0)
    assert layout.lanes == (None,) * 4


def test_parallel_branches_lie_beside_each_other_around_the_middle() -> None:
    layout = layered_layout(3, [(INLET, 0), (INLET, 1), (0, 2), (1, 2), (2, 3)])
    assert layout.ranks == (0, 0, 1)
    assert layout.columns == (-0.5, 0.5, 0)
    assert layout.lanes == (None,) * 5


def test_a_shortcut_past_a_node_takes_a_lane() -> None:
    layout = layered_layout(3, [(INLET, 0), (0, 1), (0, 2), (1, 2), (2, 3)])
    assert layout.ranks == (0, 1, 2)
    assert layout.lanes == (None, None, 0, None, None)


def test_of_nested_shortcuts_the_longer_takes_the_outer_lane() -> None:
    edges = [(INLET, 0), (0, 1), (1, 2), (2, 3), (1, 3), (0, 4), (3, 4), (4, 5)]
    layout = layered_layout(5, edges)
    assert dict(zip(edges, layout.lanes, strict=True))[1, 3] == 0
    assert dict(zip(edges, layout.lanes, strict=True))[0, 4] == 1


def test_shortcuts_one_after_the_other_share_a_lane() -> None:
    edges = [(INLET, 0), (0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (3, 4), (4, 5)]
    lanes = dict(zip(edges, layered_layout(5, edges).lanes, strict=True))
    assert lanes[0, 2] == lanes[2, 4] == 0


def test_a_node_without_inputs_lies_right_before_its_reader() -> None:
    layout = layered_layout(4, [(INLET, 0), (0, 1), (1, 3), (2, 3), (3, 4)])
    assert layout.ranks == (0, 1, 1, 2)


def test_an_empty_graph_has_one_edge_from_inlet_to_outlet() -> None:
    layout = layered_layout(0, [(INLET, 0)])
    assert (layout.ranks, layout.columns, layout.lanes) == ((), (), (None,))
