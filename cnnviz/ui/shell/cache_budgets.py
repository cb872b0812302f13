"""The memory of every cache: its limit in bytes, and how much of it is in use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

# MiB for the results of each function; `usage` tells how much they take. The largest single
# results: VGG-16's weights for ImageNet take 528, 1,000 digits half-way through ResNet-8 take 75,
# the held-out canvases 34, ResNet-152's receptive fields 15, its weights 5 and the longest history
# of its training 26.
BUDGETS: Mapping[str, int] = {
    "background": 127,
    "loaded_network": 64,
    "forward_pass": 16,
    "layer_maps": 13,
    "channel_importance": 2,
    "changed_digit": 1,
    "activations": 64,
    "layer_thumbnails": 32,
    "node_output": 16,
    "attention": 32,
    "map_layers": 8,
    "grad_cam_layers": 2,
    "explanation": 8,
    "attribution_map": 8,
    "channel_statistics": 4,
    "layer_run": 16,
    "weight_gradient": 16,
    "shapes": 2,
    "structure": 32,
    "trace": 16,
    "main_modules": 2,
    "layer_depths": 8,
    "receptive_fields": 128,
    "source_code": 2,
    "effective_field": 4,
    "pixel_effect": 8,
    "held_out_canvases": 80,
    "decoder_outputs": 16,
    "unedited_baseline": 16,
    "tested_prefix": 160,
    "top_activating": 64,
    "tested_logits": 2,
    "warm_up_networks": 1,
    "mistakes": 32,
    "pretrained_model": 560,
    "layer_response": 64,
    "filters_of_first_layer": 4,
    "photograph_fields": 2,
    "sample_digits": 4,
    "pixel_embedding": 2,
    "subject_vectors": 8,
    "calibration_summary": 4,
    "evaluation_results": 16,
    "report_files": 16,
    "all_predictions": 16,
    "histories": 64,
    "sparkline": 2,
    "run_csv": 12,
    "gradient_reach": 1,
    "activation_measurements": 1,
    "dropout_accuracies": 1,
    "center_fields": 4,
    "layer_milliseconds": 1,
    "shift_accuracies": 1,
    "canvas_accuracies": 1,
    "size_accuracies": 1,
    "device_in_words": 1,
    "posed_exercise": 1,
}


@dataclass(frozen=True)
class Usage:
    """The memory of one cache.

    Attributes:
        name: of the cached function.
        limit: largest size in bytes.
        size: bytes of all results.
        entries: number of results.
    """

    name: str
    limit: int
    size: int
    entries: int


class _Accounted(Protocol):
    def usage(self) -> Usage: ...

    def clear(self) -> None: ...


_CACHES: dict[str, _Accounted] = {}


def account(name: str, cache: _Accounted) -> None:
    """Register a cache for `usage` and `clear`."""
    _CACHES[name] = cache


def budget(name: str) -> int:
    """Return the limit of a cache in bytes.

    Raises:
        ValueError: if it has no row in `BUDGETS`.
    """
    if name not in BUDGETS:
        raise ValueError(f"a cache must have a row in BUDGETS, got {name!r}")
    return BUDGETS[name] * 2**20


def usage() -> list[Usage]:
    """Return the memory of each cache, largest first."""
    return sorted((cache.usage() for cache in _CACHES.values()), key=lambda row: -row.size)


def clear() -> None:
    """Empty every cache."""
    for cache in _CACHES.values():
        cache.clear()
