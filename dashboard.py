"""cnnviz: see a convolutional network. Start with `streamlit run dashboard.py`."""

import streamlit as st

from cnnviz.ui.shell import address, navigation, warmup

navigation.open_dashboard()
page = st.navigation(navigation.pages(), position="top")
warmup.start()
address.enter(navigation.key_of(page))
page.run()
