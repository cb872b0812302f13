"""Networks without a row of their own, as functions of the core take them."""

from torch import nn

from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork


def loaded(model: nn.Module) -> LoadedNetwork:
    """Return a network with channels first under a row that has them first too."""
    return LoadedNetwork(model, CATALOG["mnist_cnn"])
