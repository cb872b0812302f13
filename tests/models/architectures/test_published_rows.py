"""Every network as published, against torchvision's and timm's metadata."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model_weights

from cnnviz.models.catalog import CATALOG, Architecture, Published
from cnnviz.models.hooks import recording

# parameters and GMACs of networks that torchvision has no metadata for, as timm publishes them
PUBLISHED = {
    "mobilenet_v1": (4_231_976, 0.569),
    "mixer": (59_880_472, 12.602),
    "convit": (27_777_322, 5.747),
    "crossvit": (27_528_464, 5.791),
    "t2t_vit": (21_465_422, 6.089),
    "levit": (18_893_876, 1.127),
}

ROWS = [row for row in CATALOG.values() if row.task == "classify"]

every_published = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.published], ids=lambda row: row.key
)


def of(row: Architecture) -> Published:
    assert row.published is not None
    return row.published


@every_published
def test_a_published_network_takes_no_memory_and_its_layers_are_there(row: Architecture) -> None:
    published = of(row)
    model = published.build()
    tensors = [*model.parameters(), *model.buffers()]
    assert all(tensor.is_meta and not tensor.requires_grad for tensor in tensors)
    names = tuple(published.layers_by_role.values())
    with recording(model, names) as outputs:
        scores = model(torch.empty(1, *published.input_size, device="meta"))
    assert scores.shape == (1, 1000)
    assert list(outputs) == list(names)  # in the order of running


@every_published
def test_a_published_network_has_the_parameters_and_gmacs_of_its_metadata(
    row: Architecture,
) -> None:
    published = of(row)
    model = published.build()
    counter = FlopCounterMode(display=False)
    with counter:
        model(torch.empty(1, *published.input_size, device="meta"))
    gmacs = counter.get_total_flops() / 2 / 1e9
    library, _, name = published.builder.partition(":")
    if library.startswith("timm") or row.key in PUBLISHED:
        parameters, expected = PUBLISHED[row.key]
    else:
        name = name.removesuffix("_imagenet")
        weights = get_model_weights(name)["IMAGENET1K_V1"].meta
        parameters, expected = weights["num_params"], weights["_ops"]
        accuracy = weights["_metrics"]["ImageNet-1K"]["acc@1"]
        assert published.top1 == pytest.approx(accuracy / 100)
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert round(gmacs, 3) == expected
