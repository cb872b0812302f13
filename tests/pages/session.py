"""The session of a page without a browser."""

from streamlit.testing.v1 import AppTest

from cnnviz.ui.shell import address


def choose_elsewhere(app: AppTest, **texts: str) -> None:
    """Have values of the address chosen, as on a page that was open before."""
    chosen = dict(app.session_state[address._CHOSEN])
    app.session_state[address._CHOSEN] = chosen | {name: [text] for name, text in texts.items()}
