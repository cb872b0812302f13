"""Results are reused for a list of the same objects, and only then."""

from collections.abc import Sequence

from cnnviz.system.identity_cache import reuse_results


def test_a_result_is_reused_while_the_list_has_the_same_objects() -> None:
    calls = []

    @reuse_results(latest=2)
    def joined(items: Sequence[list[int]], ending: str = "") -> str:
        calls.append(ending)
        return "".join(map(str, items)) + ending

    first, second = [1], [2]
    assert joined([first, second]) == joined([first, second]) == "[1][2]"
    assert calls == [""]
    assert joined([first, second], "!") == "[1][2]!"
    assert joined([first, second]) == "[1][2]"
    assert calls == ["", "!"]
    assert joined([first, [2]]) == "[1][2]"  # an equal object is another one
    assert joined([second, first]) == "[2][1]"
    assert joined([first]) == "[1]"
    assert joined([]) == ""
    assert calls == ["", "!", "", "", "", ""]


def test_only_the_latest_results_are_kept() -> None:
    calls = []

    @reuse_results(latest=2)
    def first(items: Sequence[object]) -> object:
        calls.append(items[0])
        return items[0]

    objects = [object() for _ in range(3)]
    for place in (0, 1, 2, 2, 1, 0):
        assert first([objects[place]]) is objects[place]
    assert calls == [objects[0], objects[1], objects[2], objects[0]]
