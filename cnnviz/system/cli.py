"""Argument parser of the commands."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Argument parser that prints an error as one line and exits with status 2."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit."""
        self.exit(2, f"cnnviz: {message}\n")
