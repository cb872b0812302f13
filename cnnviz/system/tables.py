"""Tables as text."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # first characters of what spreadsheets compute


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV with a column for each name in any row; empty where a row lacks it."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writerow({name: inert(name) for name in columns})
    writer.writerows({name: inert(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def inert(value: Any) -> Any:
    """Return a cell of a table; an apostrophe keeps spreadsheets from computing a text.

    A user may name a run `=HYPERLINK(...)`. Numbers stay as they are. A carriage return, which
    would begin another row in some readers, becomes a space.

    Reference:
        OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(value, str):
        return value
    mark = "'" if value.startswith(_FORMULA) else ""
    return mark + value.replace("\r", " ")
