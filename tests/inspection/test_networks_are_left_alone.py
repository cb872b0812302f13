"""Whatever looks into a network leaves it as it was, also where the forward pass fails."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.benchmark.layer_times import layer_times
from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.image_predictions import classify_images, misclassifications
from cnnviz.evaluation.predictions import predict
from cnnviz.inspection import unit_arithmetic
from cnnviz.inspection.activations.attention import attention_maps
from cnnviz.inspection.activations.channel_statistics import channel_statistics
from cnnviz.inspection.activations.forward_pass import forward_pass
from cnnviz.inspection.activations.layer_activations import layer_activations
from cnnviz.inspection.activations.map_layers import MapLayer, feature_maps, map_layers
from cnnviz.inspection.activations.object_queries import query_predictions
from cnnviz.inspection.activations.partial_forward import first_to_run, prefix, resumed_logits
from cnnviz.inspection.activations.top_activating import top_activating
from cnnviz.inspection.attribution.grad_cam_layers import grad_cam_layers
from cnnviz.inspection.attribution.methods import explain
from cnnviz.inspection.attribution.question import Target
from cnnviz.inspection.embedding.layer_vectors import vectors
from cnnviz.inspection.interventions.edits import Scale, apply_edits
from cnnviz.inspection.interventions.effects import Baseline, baseline, edit_effects
from cnnviz.inspection.interventions.feature_visualization import visualize
from cnnviz.inspection.interventions.objectives import logit_objective
from cnnviz.inspection.receptive_field.effective import effective_field, perturbation_spread
from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.inspection.training_snapshot import digit_snapshot, snapshot
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.shapes import measure_shapes

DIGITS = load_digits("embedded")
PIXELS, LABELS = DIGITS.test_images[:20], DIGITS.test_labels[:20]
IMAGE, CANVAS = PIXELS[0], np.zeros((1, 64, 64), np.uint8)
LAYER = MapLayer("layer2", "Sequential", "", 32, (14, 14), 1)
SCALE = Scale("layer2", 0, 0)
TESTED = Baseline(PIXELS, LABELS, np.ones(len(PIXELS), bool))

LOOKS: dict[str, Callable[[LoadedNetwork], object]] = {
    "layer_activations": lambda n: layer_activations(n, IMAGE),
    "predict": lambda n: predict(n, PIXELS),
    "attention_maps": lambda n: attention_maps(n, IMAGE),
    "baseline": lambda n: baseline(n, PIXELS, LABELS),
    "classify_images": lambda n: classify_images(n, PIXELS[:, 0]),
    "perturbation_spread": lambda n: perturbation_spread(n, IMAGE, (3, 4), 1.0),
    "first_to_run": lambda n: first_to_run(n, ["layer2", "layer1"]),
    "edit_effects": lambda n: list(edit_effects(n, [SCALE], IMAGE[0], TESTED, layers=[LAYER])),
    "effective_field": lambda n: effective_field(n, n.input(PIXELS), "layer2"),
    "top_activating": lambda n: top_activating(n, LAYER, PIXELS),
    "explain": lambda n: explain(n, IMAGE, Target(3), layer="layer2"),
    "forward_pass": lambda n: forward_pass(n, IMAGE),
    "gradient_of_weight": lambda n: unit_arithmetic.gradient_of_weight(
        n, IMAGE, 3, "conv1", (0, 0, 0, 0)
    ),
    "map_layers": map_layers,
    "feature_maps": lambda n: feature_maps(n, LAYER, IMAGE),
    "measure": lambda n: measure_shapes(n.model, (1, 28, 28)),
    "misclassifications": lambda n: misclassifications(n, DIGITS),
    "grad_cam_layers": grad_cam_layers,
    "digit_snapshot": lambda n: digit_snapshot(n, IMAGE, 3),
    "receptive_fields": lambda n: receptive_fields(n, (1, 28, 28)),
    "resumed_logits": lambda n: list(resumed_logits(n, prefix(n, PIXELS, layer="layer2"))),
    "snapshot": lambda n: snapshot(n, PIXELS, LABELS),
    "steepest_weight": lambda n: unit_arithmetic.steepest_weight(n, IMAGE, 3, "conv1", 0),
    "channel_statistics": lambda n: channel_statistics(n, PIXELS, LABELS),
    "vectors": lambda n: vectors(n, PIXELS, ["layer1", "layer2"]),
    "visualize": lambda n: list(visualize(n, logit_objective(3), steps=1)),
    "compute_unit": lambda n: unit_arithmetic.compute_unit(
        n, IMAGE, "conv1", unit_arithmetic.Unit()
    ),
}


def state(model: nn.Module) -> list[object]:
    """Hooks, modes, gradients and weights, of which none may change."""
    return [
        [
            (name, module.training, list(module._forward_hooks), list(module._forward_pre_hooks))
            for name, module in model.named_modules()
        ],
        [(name, p.requires_grad, p.grad, p.sum().item()) for name, p in model.named_parameters()],
        [(name, buffer.sum().item()) for name, buffer in model.named_buffers()],
    ]


def network(key: str = "resnet8") -> LoadedNetwork:
    """A network that trains in part, with a hook of its own."""
    torch.manual_seed(0)
    model = CATALOG[key].build().train()
    next(model.children()).eval()
    next(model.parameters()).requires_grad_(False)
    model.register_forward_hook(lambda *_: None)
    return LoadedNetwork(model, CATALOG[key])


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_network_is_as_it_was_when_someone_has_looked(
    look: Callable[[LoadedNetwork], object],
) -> None:
    looked_at = network()
    before = state(looked_at.model)
    look(looked_at)
    assert state(looked_at.model) == before
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_network_is_as_it_was_when_its_forward_pass_fails(
    look: Callable[[LoadedNetwork], object],
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    looked_at = network()
    looked_at.model.get_submodule("layer1.0").forward = fails  # type: ignore[method-assign]
    before = state(looked_at.model)
    with pytest.raises(ZeroDivisionError):
        look(looked_at)
    assert state(looked_at.model) == before
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


def test_an_edit_leaves_the_network_it_is_made_to_alone() -> None:
    looked_at = network()
    before = state(looked_at.model)
    apply_edits(looked_at, [Scale("layer2", 0, 0)], [LAYER])
    assert state(looked_at.model) == before


def test_a_detector_is_as_it_was_when_someone_has_looked() -> None:
    looked_at = network("detr")
    before = state(looked_at.model)
    query_predictions(looked_at, CANVAS)
    assert state(looked_at.model) == before
    looked_at.model.get_submodule("project").register_forward_hook(lambda *_: 1 / 0)
    before = state(looked_at.model)
    with pytest.raises(ZeroDivisionError):
        query_predictions(looked_at, CANVAS)
    assert state(looked_at.model) == before


def test_a_network_is_as_it_was_when_its_layers_have_been_timed() -> None:
    looked_at = network()
    looked_at.model.eval()  # as they are timed
    before = state(looked_at.model)
    layer_times(looked_at.model, looked_at.input(PIXELS), seconds=0)
    assert state(looked_at.model) == before
    looked_at.model.get_submodule("layer1.0").register_forward_hook(lambda *_: 1 / 0)
    before = state(looked_at.model)
    with pytest.raises(ZeroDivisionError):
        layer_times(looked_at.model, looked_at.input(PIXELS), seconds=0)
    assert state(looked_at.model) == before
