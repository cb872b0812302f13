"""Networks with weights for ImageNet's 1,000 classes; importing them does not import PyTorch."""

from cnnviz.models.pretrained.network import Pretrained, Weights
from cnnviz.models.pretrained.rows import PRETRAINED, categories, pretrained
from cnnviz.models.pretrained.weights import (
    EXTRA,
    WeightsError,
    download_weights,
    has_weights,
    hub_dir,
    load_pretrained,
    weights_path,
)

__all__ = [
    "EXTRA",
    "PRETRAINED",
    "Pretrained",
    "Weights",
    "WeightsError",
    "categories",
    "download_weights",
    "has_weights",
    "hub_dir",
    "load_pretrained",
    "pretrained",
    "weights_path",
]
