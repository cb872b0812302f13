"""cnnviz: see a convolutional network. Start with `streamlit run dashboard.py`."""

import streamlit as st

from cnnviz.ui.shell import navigation, warmup

navigation.open_dashboard()
page = st.navigation(navigation.pages(), position="top")
warmup.start()
page.run()
