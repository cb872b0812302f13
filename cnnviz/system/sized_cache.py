"""A cache with a limit in bytes, and the size of an object with its arrays and tensors."""

import functools
import sys
import threading
import types
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

# referenced by many objects, and kept alive by their modules anyway
_SHARED = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    weakref.ReferenceType,
)


class SizedCache:
    """Values by key with a limit in bytes: the least recently used ones are dropped.

    It is not thread-safe: its owner holds a lock.
    """

    def __init__(self, limit: int) -> None:
        """Create an empty cache.

        Args:
            limit: bytes of all values together.
        """
        self.limit, self.size = limit, 0
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether a key has a value; this does not count as use."""
        return key in self._entries

    def __getitem__(self, key: Hashable) -> Any:
        """Return a value and mark it as most recently used."""
        value, _ = self._entries[key]
        self._entries.move_to_end(key)
        return value

    def put(
        self, key: Hashable, value: Any, size: int, *, needed: Callable[[Hashable], bool]
    ) -> None:
        """Add a value, and drop the least recently used ones until the limit holds.

        Args:
            key: of the value.
            value: to add.
            size: bytes of the value.
            needed: whether the value of a key stays even beyond the limit.
        """
        self.drop(key)
        self._entries[key] = value, size
        self.size += size
        self.trim(needed=needed)

    def trim(self, *, needed: Callable[[Hashable], bool]) -> None:
        """Drop the least recently used values until the limit holds, except needed ones."""
        for key in list(self._entries) if self.size > self.limit else ():
            if self.size <= self.limit:
                return
            if not needed(key):
                self.drop(key)

    def make_room(self, size: int) -> None:
        """Drop the least recently used values until another one of `size` bytes fits."""
        while self._entries and self.size + size > self.limit:
            self.drop(next(iter(self._entries)))

    def drop(self, key: Hashable) -> None:
        """Drop the value of a key, if there is one."""
        _, size = self._entries.pop(key, (None, 0))
        self.size -= size


def sized_cache(limit: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache the results of a function by its arguments, for all threads.

    Two threads that ask for the same result at the same time both compute it.

    Args:
        limit: bytes of all results together; a single larger result is not cached.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        results, lock = SizedCache(limit), threading.Lock()

        @functools.wraps(function)
        def cached(*args: P.args, **options: P.kwargs) -> R:
            key = args, tuple(options.items())
            with lock:
                if key in results:
                    result: R = results[key]
                    return result
            result = function(*args, **options)
            size = memory_of(result)
            with lock:
                if size <= limit:
                    results.put(key, result, size, needed=lambda _: False)
            return result

        return cached

    return decorate


def memory_of(value: object) -> int:
    """Return the size in bytes of an object and of everything it refers to, each counted once.

    A view of an array counts as the whole array, which it keeps in memory. Classes, functions and
    modules are not counted.
    """
    seen: set[int] = set()
    items: list[Any] = [value]
    total = 0
    while items:
        item = items.pop()
        if id(item) in seen or isinstance(item, _SHARED):
            continue
        seen.add(id(item))
        if isinstance(item, np.ndarray):
            total += sys.getsizeof(item) if item.base is None else 0
        elif _is_tensor(item):
            storage = item.untyped_storage()
            if storage.data_ptr() not in seen:
                seen.add(storage.data_ptr())
                total += storage.nbytes()
        else:
            total += sys.getsizeof(item, 0)
        items.extend(_references(item))
    return total


def _is_tensor(item: Any) -> bool:
    # without PyTorch there are no tensors, and none while another thread imports it
    tensor = getattr(sys.modules.get("torch"), "Tensor", None)
    return tensor is not None and isinstance(item, tensor)


def _references(item: Any) -> Iterator[object]:
    """Yield the objects that an object refers to, such as the base of an array's view."""
    if isinstance(item, np.ndarray):
        if item.base is not None:
            yield item.base
        elif item.dtype.hasobject:
            yield from item.flat
    elif isinstance(item, dict | types.MappingProxyType):  # other mappings may compute their values
        yield from item.keys()
        yield from item.values()
    elif isinstance(item, list | tuple | set | frozenset):
        yield from item
    if _is_tensor(item):
        yield item.grad
    elif hasattr(item, "__dict__"):
        yield vars(item)
    for kind in type(item).__mro__:
        for name in _slots(kind):
            if hasattr(item, name):
                yield getattr(item, name)


def _slots(kind: type) -> tuple[str, ...]:
    slots = kind.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)
