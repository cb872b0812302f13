"""How the commands answer a bad argument."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser that answers a bad argument with one sentence and the exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and leave."""
        self.exit(2, f"cnnviz: {message}\n")
