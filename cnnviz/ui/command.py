"""Open the dashboard in the browser: `cnnviz`, or `cnnviz dashboard`.

All options of `streamlit run` are accepted, as in `cnnviz --server.port 8502`;
`streamlit run --help` lists them.
"""

import argparse

from cnnviz.system.cli import Parser
from cnnviz.system.paths import DASHBOARD


def main(arguments: list[str] | None = None) -> int:
    """Run Streamlit until it is interrupted, and return its exit status."""
    _, options = _parser().parse_known_args(arguments)
    from streamlit.web import cli

    # the usage in its error messages is that of `streamlit run`, whose options these are
    status: int = cli.main(["run", str(DASHBOARD), *options], prog_name="streamlit")
    return status


def _parser() -> argparse.ArgumentParser:
    return Parser(
        prog="cnnviz dashboard",
        usage="%(prog)s [-h] [OPTION ...]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
