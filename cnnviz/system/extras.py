"""How optional dependencies are installed."""

from cnnviz.system.paths import checkout


def install_command(extra: str) -> str:
    """Return the command that installs an extra of this package, such as "photographs"."""
    if checkout():
        return f"pip install -r requirements-{extra}.txt"
    return f'pip install "cnnviz[{extra}]"'
