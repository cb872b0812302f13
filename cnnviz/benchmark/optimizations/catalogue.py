"""The usual ways to make a network quicker or smaller: how it is done, and what speaks against."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import nn

from cnnviz.benchmark.optimizations.gradient_checkpointing import cut, pieces
from cnnviz.benchmark.optimizations.workloads import Subject, Way, answer, step
from cnnviz.models.structure.rewrites import fold_batch_norms, foldable, pool_first
from cnnviz.system.hardware import multiplies_bfloat16

TRAINING, INFERENCE = "training step", "inference"

_PARTS = 4  # that a batch is accumulated from


@dataclass(frozen=True)
class Trick:
    """A row of the table.

    Attributes:
        title: name to show.
        what: what it does, in two sentences.
        measured: `TRAINING` or `INFERENCE`.
        ways: returns how it is done without the trick, and with it.
        obstacle: returns why it does not apply, in one sentence; "" where it does.
        promise: tells whether the results should be the same.
    """

    title: str
    what: str
    measured: str
    ways: Callable[[Subject], tuple[Way, Way]]
    obstacle: Callable[[Subject], str] = lambda _: ""
    promise: Callable[[Subject], bool] = lambda _: True


# Ways to train


def _channels_last(subject: Subject) -> tuple[Way, Way]:
    model, layout = subject.learner(), torch.channels_last
    return (
        step(subject.learner(), subject.x, label="channels first"),
        step(model.to(memory_format=layout), subject.x.to(memory_format=layout), label="last"),
    )


def _mixed_precision(subject: Subject) -> tuple[Way, Way]:
    return (
        step(subject.learner(), subject.x, label="float32"),
        step(subject.learner(), subject.x, label="bfloat16", dtype=torch.bfloat16),
    )


def _pool_first(subject: Subject) -> tuple[Way, Way]:
    model = subject.learner()
    return (
        step(subject.learner(), subject.x, label="ReLU, then pooling"),
        step(model, subject.x, label="pooling, then ReLU", forward=pool_first(model)),
    )


def _checkpointing(subject: Subject) -> tuple[Way, Way]:
    model = subject.learner()
    cut(model)
    return (
        step(subject.learner(), subject.x, label="all activations kept"),
        step(model, subject.x, label="kept between blocks only"),
    )


def _accumulation(subject: Subject) -> tuple[Way, Way]:
    parts = f"{_PARTS} × {subject.batch // _PARTS} images"
    return (
        step(subject.learner(), subject.x, label=f"{subject.batch} images at once"),
        step(subject.learner(), subject.x, label=parts, parts=_PARTS),
    )


# Ways to answer


def _batching(subject: Subject) -> tuple[Way, Way]:
    model, x = subject.model, subject.x
    return (
        answer(model, x[:1], label="1 image", first=True),
        answer(model, x, label=f"{len(x)} images", first=True),
    )


def _inference_mode(subject: Subject) -> tuple[Way, Way]:
    recorded = copy.deepcopy(subject.model).requires_grad_(True)
    return (
        answer(recorded, subject.x[:1], label="gradients recorded", gradients=True),
        answer(subject.model, subject.x[:1], label="inference mode"),
    )


def _folding(subject: Subject) -> tuple[Way, Way]:
    model = copy.deepcopy(subject.model)
    with torch.no_grad():
        model.train()(subject.x)  # so that means and variances are not those of an untrained one
    model.eval()
    return (
        answer(model, subject.x[:1], label="as trained"),
        answer(fold_batch_norms(model, subject.size), subject.x[:1], label="folded"),
    )


# What speaks against


def _no_maps(subject: Subject) -> str:
    convolutions = sum(isinstance(m, nn.Conv2d) for m in subject.model.modules())
    if convolutions > 1:
        return ""
    return "It has no convolutions but the one that cuts the patches: there is no layout to choose."


def _no_bfloat16(subject: Subject) -> str:
    del subject
    if multiplies_bfloat16(torch.device("cpu")):
        return ""
    return "This processor has no instructions for bfloat16, which would be emulated: not tried."


def _no_pooling_after_relu(subject: Subject) -> str:
    if list(pool_first(subject.model).children()) != list(subject.model.children()):
        return ""
    return "No max pooling follows a ReLU directly in its outermost chain of layers."


def _no_blocks(subject: Subject) -> str:
    if list(pieces(subject.model)):
        return ""
    return "It has neither blocks nor a long chain of layers to compute twice."


def _no_parts(subject: Subject) -> str:
    if subject.batch % _PARTS == 0 and subject.batch >= 2 * _PARTS:  # batch norms need two
        return ""
    return f"A batch of {subject.batch} cannot be cut into {_PARTS} equal parts of two or more."


def _no_batch_norm(subject: Subject) -> str:
    if foldable(subject.model, subject.size):
        return ""
    return "No batch norm follows a convolution directly: there is nothing to fold."


def _sees_images_alone(subject: Subject) -> bool:
    """Tell whether an image's gradient does not depend on the rest of its batch."""
    norms = nn.modules.batchnorm._BatchNorm
    return not any(isinstance(module, norms) for module in subject.model.modules())


TRICKS: Mapping[str, Trick] = MappingProxyType(
    {
        "channels_last": Trick(
            title="Channels last",
            what="All channels of a pixel lie side by side in memory, in place of all pixels of a "
            "channel. The numbers are the same; a convolution reads them in a better order.",
            measured=TRAINING,
            ways=_channels_last,
            obstacle=_no_maps,
        ),
        "mixed_precision": Trick(
            title="Mixed precision",
            what="Convolutions and matrix products compute in bfloat16, half as long as float32; "
            "sums and the weights stay as they are. Results differ by rounding.",
            measured=TRAINING,
            ways=_mixed_precision,
            obstacle=_no_bfloat16,
            promise=lambda _: False,
        ),
        "pool_first": Trick(
            title="Pooling before ReLU",
            what="The maximum of ReLUs is the ReLU of the maximum, so the two can change places. "
            "ReLU then runs on a quarter of the values, and less is kept for the backward pass.",
            measured=TRAINING,
            ways=_pool_first,
            obstacle=_no_pooling_after_relu,
        ),
        "checkpointing": Trick(
            title="Gradient checkpointing",
            what="Only what goes from block to block is kept for the backward pass; the inside of "
            "each block is computed a second time when it is needed. Memory is paid with time.",
            measured=TRAINING,
            ways=_checkpointing,
            obstacle=_no_blocks,
        ),
        "accumulation": Trick(
            title="Gradient accumulation",
            what=f"The batch goes through in {_PARTS} parts whose gradients add up before the "
            "weights change. Activations take a part of the memory; a batch norm sees the part.",
            measured=TRAINING,
            ways=_accumulation,
            obstacle=_no_parts,
            promise=_sees_images_alone,
        ),
        "batching": Trick(
            title="Batch size",
            what="Several images go through in one call, so that what a call costs by itself is "
            "shared. Each answer comes later, and there are more of them in a second.",
            measured=INFERENCE,
            ways=_batching,
        ),
        "inference_mode": Trick(
            title="Inference mode",
            what="PyTorch does not write down what a backward pass would need. Answers are the "
            "same; activations can be freed at once.",
            measured=INFERENCE,
            ways=_inference_mode,
        ),
        "folding": Trick(
            title="Folded batch norm",
            what="After training a batch norm is a multiplication and an addition by constants, "
            "which the convolution before it can take over. One layer less runs, with the same "
            "answers.",
            measured=INFERENCE,
            ways=_folding,
            obstacle=_no_batch_norm,
        ),
    }
)
