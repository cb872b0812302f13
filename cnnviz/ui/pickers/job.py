"""The run or race that the address names."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from cnnviz.system.jobs import Job, JobError
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import Text, rejection
from cnnviz.ui.shell.parameters import Parameter

J = TypeVar("J", bound=Job)


def linked_job(parameter: Parameter[str | None], find: Callable[[str], J]) -> J | None:
    """Return the job that the address names; None if it names none, or one that does not exist.

    Args:
        parameter: that holds the id.
        find: returns the job with an id, or raises a JobError.
    """
    key = address.read(parameter, Text())
    try:
        return None if key is None else find(key)
    except JobError:
        return None


def drop_missing_job(
    parameter: Parameter[str | None],
    find: Callable[[str], J],
    listed: Callable[[], Sequence[J]],
) -> None:
    """Drop a job that does not exist from the address, and say so.

    Args:
        parameter: that holds the id.
        find: returns the job with an id, or raises a JobError.
        listed: returns the jobs that exist.
    """
    key = address.read(parameter, Text())
    if key is None or linked_job(parameter, find) is not None:
        return
    address.write({parameter: None})
    instead = " Showing the newest." if listed() else ""
    address.show_rejection(f"{missing_sentence(parameter.noun, key)}{instead}")


def missing_sentence(noun: str, *keys: str) -> str:
    """Return a sentence about missing items that a link names, as Markdown.

    Args:
        noun: what they are.
        *keys: what the link gave.
    """
    pronoun = "it" if len(keys) == 1 else "they"
    return f"{rejection(noun, 'must exist', keys)}: {pronoun} may have been deleted."
