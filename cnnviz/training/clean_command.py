"""Free disk space: `cnnviz clean --dry-run` lists what `cnnviz clean` would remove.

Without options it empties the trash, and removes what killed processes have left unfinished.
"""

import argparse
import sys

from cnnviz.system import leftovers
from cnnviz.system.cli import Parser
from cnnviz.system.leftovers import Leftover
from cnnviz.system.paths import runs_dir, shell_path
from cnnviz.training import disk_space
from cnnviz.training.runs.failures import error_message

_MB = 1e6  # bytes


def main(arguments: list[str] | None = None) -> int:
    """Remove or list files, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        removed = _chosen(options)
        for entry in removed:
            path = shell_path(entry.path)
            print(f"{entry.size / _MB:9.1f} MB  {entry.age:6.1f} days  {entry.what:28}  {path}")
        size = sum(entry.size for entry in removed)
        if not options.dry_run:
            size = leftovers.remove(removed)
    except (ValueError, OSError) as error:
        print(f"cnnviz: {error_message(error)}", file=sys.stderr)
        return 2
    verb = "Would free" if options.dry_run else "Freed"
    print(f"{verb} {size / _MB:,.1f} MB")
    return 0


def _chosen(options: argparse.Namespace) -> list[Leftover]:
    """Return what the options choose to remove, the oldest first."""
    root = runs_dir()
    entries = [*leftovers.trash(root), *leftovers.unfinished(root)]
    entries = [entry for entry in entries if entry.age >= options.older_than]
    if options.ended is not None:
        ended = [path for entry in disk_space.expired(options.ended) for path in entry.paths]
        entries += [leftovers.leftover(path, "ended") for path in ended]
    entries.sort(key=lambda entry: -entry.age)
    if options.keep_mb is None:
        return entries
    excess = leftovers.size_of(root) - options.keep_mb * _MB  # bytes
    chosen = []
    for entry in entries:
        if excess <= 0:
            break
        chosen.append(entry)
        excess -= entry.size
    return chosen


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="cnnviz clean",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--dry-run", action="store_true", help="list what would be removed, and remove nothing")
    add(
        "--older-than",
        type=float,
        default=0.0,
        metavar="DAYS",
        help="leave what is in the trash for less; default: 0",
    )
    add(
        "--ended",
        type=float,
        metavar="DAYS",
        help="also remove runs, races and measurements that ended so long ago, for ever",
    )
    add(
        "--keep-mb",
        type=float,
        metavar="MB",
        help="stop, oldest first, once the folder of runs takes no more than this",
    )
    return parser
