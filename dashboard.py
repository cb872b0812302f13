"""cnnviz: see a convolutional network. Start with `streamlit run dashboard.py`."""

import streamlit as st

from cnnviz.ui import nav, warm

nav.open_dashboard()
page = st.navigation(nav.pages(), position="top")
warm.start()
page.run()
