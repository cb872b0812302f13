import numpy as np
import pytest

from cnnviz.ui.components.component import pack, unpack


def test_a_message_comes_apart_as_it_was_joined() -> None:
    arrays = {
        "one": np.arange(5, dtype=np.uint8),  # an odd number of bytes before the next
        "maps": np.random.default_rng(0).normal(size=(3, 2, 4)).astype(np.float32),
    }
    header, found = unpack(pack({"subject": "ä 7"}, arrays))
    assert header == {"subject": "ä 7"}
    assert {name: array.dtype for name, array in found.items()} == {
        "one": np.uint8,
        "maps": np.float32,
    }
    assert all((found[name] == arrays[name]).all() for name in arrays)


@pytest.mark.parametrize("name", ["7", "77", "777", "7777"])
def test_each_array_starts_where_a_browser_can_read_numbers(name: str) -> None:
    message = pack({"subject": name}, {"a": np.zeros(3, np.uint8), "b": np.ones(2, np.float32)})
    length = int.from_bytes(message[:4], "little")
    assert length % 4 == 0
    assert np.frombuffer(message, "<f4", 2, 4 + length + 4).tolist() == [1, 1]
