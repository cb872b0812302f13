"""Predictions of a network for all test digits."""

from typing import TYPE_CHECKING

from cnnviz.data.mnist import Digits
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached.loading import loaded_network
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from cnnviz.evaluation.predictions import Predictions


@cached(spinner="Classifying all test digits, once…")
def all_predictions(network: TrainedNetwork, digits: Digits) -> "Predictions":
    """Return the predictions of a network for the test digits.

    Raises:
        ValueError: if an output is not finite, or the weights are missing or damaged.
    """
    from cnnviz.evaluation.predictions import predict

    return predict(loaded_network(network), digits.test_images)
