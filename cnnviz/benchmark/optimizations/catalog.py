"""Common optimizations of speed and memory: how each is applied, and when it cannot be."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import nn

from cnnviz.benchmark.optimizations.gradient_checkpointing import (
    checkpoint_blocks,
    checkpointable_blocks,
)
from cnnviz.benchmark.optimizations.workloads import Variant, Workload, inference, training_step
from cnnviz.models.structure.rewrites import fold_batch_norms, foldable, pool_first
from cnnviz.system.hardware import multiplies_bfloat16

TRAINING, INFERENCE = "training step", "inference"

_PARTS = 4  # of a batch in gradient accumulation


@dataclass(frozen=True)
class Optimization:
    """One optimization.

    Attributes:
        title: name to show.
        what: what it does, in two sentences.
        measured: `TRAINING` or `INFERENCE`.
        variants: returns the workload without the optimization and with it.
        obstacle: returns why it does not apply, in one sentence; "" if it applies.
        promise: tells whether results should be the same as without it.
    """

    title: str
    what: str
    measured: str
    variants: Callable[[Workload], tuple[Variant, Variant]]
    obstacle: Callable[[Workload], str] = lambda _: ""
    promise: Callable[[Workload], bool] = lambda _: True


# Variants of a training step


def _channels_last(workload: Workload) -> tuple[Variant, Variant]:
    model, layout = workload.trainable_copy(), torch.channels_last
    return (
        training_step(workload.trainable_copy(), workload.x, label="channels first"),
        training_step(
            model.to(memory_format=layout),
            workload.x.to(memory_format=layout),
            label="channels last",
        ),
    )


def _mixed_precision(workload: Workload) -> tuple[Variant, Variant]:
    return (
        training_step(workload.trainable_copy(), workload.x, label="float32"),
        training_step(
            workload.trainable_copy(), workload.x, label="bfloat16", dtype=torch.bfloat16
        ),
    )


def _pool_first(workload: Workload) -> tuple[Variant, Variant]:
    model = workload.trainable_copy()
    return (
        training_step(workload.trainable_copy(), workload.x, label="ReLU, then pooling"),
        training_step(model, workload.x, label="pooling, then ReLU", forward=pool_first(model)),
    )


def _checkpointing(workload: Workload) -> tuple[Variant, Variant]:
    model = workload.trainable_copy()
    checkpoint_blocks(model)
    return (
        training_step(workload.trainable_copy(), workload.x, label="all activations kept"),
        training_step(model, workload.x, label="kept between blocks only"),
    )


def _accumulation(workload: Workload) -> tuple[Variant, Variant]:
    label = f"{_PARTS} × {workload.batch // _PARTS} images"
    return (
        training_step(
            workload.trainable_copy(), workload.x, label=f"{workload.batch} images at once"
        ),
        training_step(workload.trainable_copy(), workload.x, label=label, parts=_PARTS),
    )


# Variants of a forward pass


def _batching(workload: Workload) -> tuple[Variant, Variant]:
    model, x = workload.model, workload.x
    return (
        inference(model, x[:1], label="1 image", first=True),
        inference(model, x, label=f"{len(x)} images", first=True),
    )


def _inference_mode(workload: Workload) -> tuple[Variant, Variant]:
    recorded = copy.deepcopy(workload.model).requires_grad_(True)
    return (
        inference(recorded, workload.x[:1], label="gradients recorded", gradients=True),
        inference(workload.model, workload.x[:1], label="inference mode"),
    )


def _folding(workload: Workload) -> tuple[Variant, Variant]:
    model = copy.deepcopy(workload.model)
    with torch.no_grad():
        model.train()(workload.x)  # moves the running statistics away from 0 and 1
    model.eval()
    return (
        inference(model, workload.x[:1], label="as trained"),
        inference(fold_batch_norms(model, workload.size), workload.x[:1], label="folded"),
    )


# Obstacles


def _no_convolutions(workload: Workload) -> str:
    convolutions = sum(isinstance(m, nn.Conv2d) for m in workload.model.modules())
    if convolutions > 1:
        return ""
    return "It has no convolution besides the patch embedding: there is no layout to choose."


def _no_bfloat16(workload: Workload) -> str:
    del workload
    if multiplies_bfloat16(torch.device("cpu")):
        return ""
    return "This processor has no bfloat16 instructions and would emulate them: not tried."


def _no_pooling_after_relu(workload: Workload) -> str:
    if list(pool_first(workload.model).children()) != list(workload.model.children()):
        return ""
    return "In its outermost sequence of layers, no max pooling directly follows a ReLU."


def _no_blocks(workload: Workload) -> str:
    if list(checkpointable_blocks(workload.model)):
        return ""
    return "It has neither blocks nor a long sequence of layers to compute a second time."


def _no_equal_parts(workload: Workload) -> str:
    if workload.batch % _PARTS == 0 and workload.batch >= 2 * _PARTS:  # batch norms need two
        return ""
    return f"A batch of {workload.batch} cannot be split into {_PARTS} equal parts of two or more."


def _no_batch_norm(workload: Workload) -> str:
    if foldable(workload.model, workload.size):
        return ""
    return "No batch norm directly follows a convolution: there is nothing to fold."


def _images_are_independent(workload: Workload) -> bool:
    """Tell whether the gradient of an image does not depend on the rest of its batch."""
    norms = nn.modules.batchnorm._BatchNorm
    return not any(isinstance(module, norms) for module in workload.model.modules())


OPTIMIZATIONS: Mapping[str, Optimization] = MappingProxyType(
    {
        "channels_last": Optimization(
            title="Channels last",
            what="All channels of a pixel are adjacent in memory, instead of all pixels of a "
            "channel. The numbers are the same; a convolution reads them in a better order.",
            measured=TRAINING,
            variants=_channels_last,
            obstacle=_no_convolutions,
        ),
        "mixed_precision": Optimization(
            title="Mixed precision",
            what="Convolutions and matrix multiplications compute in bfloat16, which has half the "
            "bits of float32; sums and weights stay in float32. Results differ by rounding.",
            measured=TRAINING,
            variants=_mixed_precision,
            obstacle=_no_bfloat16,
            promise=lambda _: False,
        ),
        "pool_first": Optimization(
            title="Pooling before ReLU",
            what="The maximum of ReLUs is the ReLU of the maximum, so max pooling can come first. "
            "ReLU then runs on a quarter of the values, and fewer are kept for the backward pass.",
            measured=TRAINING,
            variants=_pool_first,
            obstacle=_no_pooling_after_relu,
        ),
        "checkpointing": Optimization(
            title="Gradient checkpointing",
            what="Only the activations between blocks are kept for the backward pass; those inside "
            "a block are computed again when needed. This saves memory and costs time.",
            measured=TRAINING,
            variants=_checkpointing,
            obstacle=_no_blocks,
        ),
        "accumulation": Optimization(
            title="Gradient accumulation",
            what=f"The batch is processed in {_PARTS} parts whose gradients add up before the "
            "weights change. Activations need memory for one part; a batch norm sees only that.",
            measured=TRAINING,
            variants=_accumulation,
            obstacle=_no_equal_parts,
            promise=_images_are_independent,
        ),
        "batching": Optimization(
            title="Batch size",
            what="Several images are processed in one call and share its fixed cost. "
            "Each result takes longer, and more images are processed per second.",
            measured=INFERENCE,
            variants=_batching,
        ),
        "inference_mode": Optimization(
            title="Inference mode",
            what="PyTorch does not record what a backward pass would need. "
            "Outputs are the same; activations can be freed earlier.",
            measured=INFERENCE,
            variants=_inference_mode,
        ),
        "folding": Optimization(
            title="Folded batch norm",
            what="After training, a batch norm multiplies and adds constants, which the "
            "convolution before it can take over. One layer fewer runs; outputs are the same.",
            measured=INFERENCE,
            variants=_folding,
            obstacle=_no_batch_norm,
        ),
    }
)
