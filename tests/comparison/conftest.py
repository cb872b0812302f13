import pytest

from cnnviz.models.structure.counts import Count
from tests.comparison import separable


@pytest.fixture(scope="session")
def counted() -> Count:
    return separable.counted()
