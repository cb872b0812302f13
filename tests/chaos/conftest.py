"""Few digits for the trainings that are disturbed."""

from tests.training.runs.conftest import quick

__all__ = ["quick"]
