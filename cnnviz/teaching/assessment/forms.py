"""The two forms of the test: the same topics, asked about other layers, channels and digits."""

from collections.abc import Mapping
from types import MappingProxyType

FORMS: Mapping[str, int] = MappingProxyType({"before": 101, "after": 202})  # seeds of the exercises

# one from each part of the lecture; all apply to every classifier that ships with cnnviz
QUESTIONS = (
    "convolution-products_of_one_value",
    "convolution-parameters_of_the_layer",
    "field-size_of_field",
    "inside-values_early_and_late",
    "draw-shifted",
    "train-steps_of_an_epoch",
    "compare-half_width_of_interval",
    "ideas-attention_pairs",
    "architecture-share_of_linear_layers",
    "time-weights_that_one_step_changes",
)
NETWORKS: Mapping[str, str] = MappingProxyType({"before": "mnist_cnn", "after": "resnet8"})
