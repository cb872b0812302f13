"""Links to other pages of the dashboard, with what they open there as query parameters."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NoReturn

import streamlit as st

from cnnviz.ui.shell.parameters import PARAMETERS, Parameter


def page_link(
    page: str,
    values: Mapping[Parameter[Any], Any],
    *,
    label: str,
    icon: str,
    help: str | None = None,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """Show a link to another page that opens it with these values.

    Raises:
        ValueError: if the page does not take one of the parameters.
    """
    for parameter in values:
        if page not in parameter.pages:
            taken = [name for name, row in PARAMETERS.items() if page in row.pages]
            raise ValueError(
                f"parameter of page {page} must be one of {', '.join(taken)}, got {parameter.name}"
            )
    st.page_link(
        f"pages/{page}.py",
        label=label,
        icon=f":material/{icon}:",
        query_params={p.name: p.type.format(value) for p, value in values.items()},
        help=help,
        width=width,
    )


def open_page(page: str, query: Mapping[str, str | Sequence[str]]) -> NoReturn:
    """Open another page with query parameters by name, and end this one."""
    st.switch_page(f"pages/{page}.py", query_params=_texts(query))


def named_link(
    page: str, query: Mapping[str, str | Sequence[str]], *, label: str, icon: str
) -> None:
    """Show a link to another page with query parameters by name, as wide as its label."""
    st.page_link(
        f"pages/{page}.py",
        label=label,
        icon=f":material/{icon}:",
        query_params=_texts(query),
        width="content",
    )


def _texts(query: Mapping[str, str | Sequence[str]]) -> dict[str, str | list[str]]:
    return {name: value if isinstance(value, str) else list(value) for name, value in query.items()}
