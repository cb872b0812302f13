"""cnnviz: see a convolutional network. Start with `streamlit run dashboard.py`."""

import streamlit as st

from cnnviz.ui import nav, warm

st.set_page_config(page_title="cnnviz", page_icon="assets/icon.png", layout="wide")
nav.mark_routed()
page = st.navigation(nav.pages(), position="top")
warm.start()
page.run()
