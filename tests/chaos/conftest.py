"""Few digits for the trainings that are disturbed, and processes for them."""

from tests.training.conftest import few, fork, forkserver
from tests.training.runs.conftest import quick

__all__ = ["few", "fork", "forkserver", "quick"]
