"""The experiments that are suggested on a page, each set up by one click."""

import streamlit as st

from cnnviz.teaching.experiments import EXPERIMENTS
from cnnviz.ui.shell import page_links
from cnnviz.ui.shell.glossary import with_links
from cnnviz.ui.shell.hidden import is_hidden


def suggested_experiments(page: str) -> None:
    """Show the experiments of a page, folded.

    Args:
        page: key of the page.
    """
    if is_hidden("exercises"):
        return
    with st.expander("Experiments to try", icon=":material/experiment:", key=f"experiments_{page}"):
        for position, experiment in enumerate(EXPERIMENTS[page]):
            st.markdown(f"**{experiment.title}**  \n{with_links(experiment.watch)}")
            if st.button(
                "Set up",
                icon=":material/tune:",
                key=f"experiment_{page}_{position}",
                help="Opens this page with the network and the settings of the experiment.",
            ):
                page_links.open_page(page, experiment.query)
