"""Paths of windows, by hand."""

from dataclasses import replace

from cnnviz.inspection.receptive_field.paths import Path, Window, joined_path

FIRST = Window(
    *("conv1", "convolution", (3, 3), (2, 2), (1, 1), (1, 1)),
    size=(3, 3),
    jump=(2, 2),
    start=(0.0, 0.0),
    joined=False,
    before=None,
)
SECOND = replace(FIRST, layer="conv2", size=(7, 7), jump=(4, 4), before=FIRST)


def test_windows_run_from_the_input_on() -> None:
    assert [window.layer for window in Path(SECOND).windows()] == ["conv1", "conv2"]
    assert Path().windows() == ()


def test_where_branches_of_one_window_meet_the_largest_field_is_kept() -> None:
    small, large = Path(SECOND, (7, 7), (4, 4)), Path(SECOND, (7, 9), (4, 4))
    assert joined_path([small, large]) is large


def test_where_other_branches_meet_each_axis_has_its_own_largest_size() -> None:
    wide = Path(FIRST, (3, 11), (2, 2), (0.0, -4.0))
    tall = Path(SECOND, (7, 7), (4, 4), (-3.0, -3.0))
    path = joined_path([wide, tall])
    assert path is not None
    assert path.step is SECOND  # 49 pixels against 33
    assert (path.size, path.jump, path.start) == ((7, 11), (4, 4), (-3.0, -4.0))
    assert path.joined


def test_a_branch_that_is_no_chain_of_windows_leaves_no_path() -> None:
    assert joined_path([Path(SECOND), None]) is None
