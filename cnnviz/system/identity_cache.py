"""Results of functions of long lists, reused while the lists have the same objects.

An index returns the same objects until a job changes; comparing them by identity takes a fraction
of a millisecond for thousands, hashing them several.
"""

import functools
import operator
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
P = ParamSpec("P")


def reuse_results(
    *, latest: int
) -> Callable[
    [Callable[Concatenate[Sequence[Item], P], Result]],
    Callable[Concatenate[Sequence[Item], P], Result],
]:
    """Return the decorator of a function whose first argument is a sequence, the others hashable.

    All callers get the same result, which they must not modify.

    Args:
        latest: number of results that are kept.
    """

    def decorate(
        function: Callable[Concatenate[Sequence[Item], P], Result],
    ) -> Callable[Concatenate[Sequence[Item], P], Result]:
        results: deque[tuple[Hashable, Sequence[Item], Result]] = deque(maxlen=latest)
        lock = threading.Lock()

        @functools.wraps(function)
        def reusing(items: Sequence[Item], /, *args: P.args, **options: P.kwargs) -> Result:
            key = args, tuple(options.items())
            with lock:
                known = tuple(results)
            for other_key, others, result in known:
                if other_key == key and _same(items, others):
                    return result
            result = function(items, *args, **options)
            with lock:
                results.append((key, tuple(items), result))
            return result

        return reusing

    return decorate


def _same(items: Sequence[object], others: Sequence[object]) -> bool:
    return len(items) == len(others) and all(map(operator.is_, items, others))
