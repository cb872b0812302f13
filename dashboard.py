"""cnnviz: see a convolutional network. Start with `streamlit run dashboard.py`."""

import streamlit as st

from cnnviz.ui.shell import address, navigation, warmup

navigation.open_dashboard()
page = st.navigation(navigation.menu_pages(), position="top")
warmup.start_warm_up()
address.enter(navigation.page_key(page))
page.run()
