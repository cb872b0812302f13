"""The control that empties the trash, with what it frees."""

import streamlit as st

from cnnviz.system import leftovers
from cnnviz.system.paths import runs_dir
from cnnviz.ui.shell import messages
from cnnviz.ui.shell.units import as_bytes, quantity


def trash_control(*, key: str) -> None:
    """Offer to remove what is in the trash for ever; nothing if it is empty.

    Args:
        key: what the keys of its widgets begin with.
    """
    entries = leftovers.trash(runs_dir())
    if not entries:
        return
    size = as_bytes(sum(entry.size for entry in entries))
    with st.popover(
        f"Empty trash ({size})",
        icon=":material/delete_forever:",
        help="Deleted runs, races and measurements stay in the trash, where they take disk space.",
    ):
        items = quantity(len(entries), "item")
        st.markdown(f"{items} in the trash, {size}. Afterward a deletion cannot be undone.")
        st.button(
            f"Remove {items} for ever",
            type="primary",
            key=f"{key}_empty",
            on_click=_empty,
            help=f"Frees {size} on the disk.",
        )


def _empty() -> None:
    messages.attempt(lambda: leftovers.remove(leftovers.trash(runs_dir())))
    messages.request_redraw()
