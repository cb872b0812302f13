import streamlit as st

from cnnviz.ui.cached import loading
from cnnviz.ui.compare import FORMER_TITLES, VIEWS
from cnnviz.ui.compare.selection import choose
from cnnviz.ui.pickers.view_switch import choose_view
from cnnviz.ui.report.view import link_to_report
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.markdown import names_text
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import COMPARE_VIEW
from cnnviz.ui.teaching.predict_first import predict_first

require_router()

st.title("Compare")
choice = choose(loading.digits())
view = choose_view(VIEWS, COMPARE_VIEW, former=FORMER_TITLES)
if not choice.rows:
    st.info("Choose at least one network above.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train another", icon=":material/model_training:")
elif view.weights and choice.published:
    st.info(
        "Published networks are compared without weights, so there are no predictions to show. "
        "Turn off “As published” to compare trained networks.",
        icon=":material/info:",
    )
elif view.weights:
    if choice.detectors:
        st.caption(
            f"Left out: {names_text(choice.detectors)}. Detectors find several digits on a "
            "canvas and do not classify a single one; see Table, Charts, and the page Detect."
        )
    if choice.classifiers().networks:
        view.show(choice.classifiers())
else:
    view.show(choice)
if choice.networks:
    link_to_report(choice.networks)
chosen = choice.classifiers().networks
predict_first("compare", *chosen[:1], rival=chosen[1] if len(chosen) > 1 else None)
how_to_read(view.help)
