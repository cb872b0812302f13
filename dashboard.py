"""cnnviz: see a convolutional network. Start with `streamlit run dashboard.py`."""

import streamlit as st

if __name__ == "__main__":  # the script of each session
    from cnnviz.ui.shell import address, hidden, navigation, warmup
    from cnnviz.ui.teaching import guide_card

    navigation.open_dashboard()
    position = "hidden" if hidden.menu_is_hidden() else "top"
    page = st.navigation(navigation.menu_pages(), position=position)
    warmup.start_warm_up()
    address.enter(navigation.page_key(page))
    hidden.show_complaint()
    guide_card.show(navigation.page_key(page))
    page.run()
else:  # `streamlit run` imports the server from here
    from cnnviz.ui.shell import server

    app = st.App(__file__, middleware=server.middleware(), lifespan=server.browser_at_start)
