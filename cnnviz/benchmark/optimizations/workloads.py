"""Two variants of one workload: a training step or a forward pass.

A training step is a forward and a backward pass. The optimizer's own step is left out, since it is
the same in both variants. Dropout is off, so that gradients can be compared.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.benchmark.timing.engines import example
from cnnviz.models.structure.trace import Size


@dataclass(frozen=True)
class Workload:
    """A network and the batches that an optimization is measured on.

    Attributes:
        model: in evaluation mode, without gradients; it is not changed.
        size: of one example, (C, H, W).
        batch: images in a training step, 2 or more.
        dtype: of the weights and the input.
    """

    model: nn.Module
    size: Size
    batch: int
    dtype: torch.dtype = torch.float32

    @property
    def x(self) -> Tensor:
        """The batch, (N, C, H, W): the same random numbers each time."""
        return example(self.size, self.batch).to(self.dtype)  # (N, C, H, W)

    def trainable_copy(self) -> nn.Module:
        """Return a copy in training mode, with gradients and without dropout."""
        model = copy.deepcopy(self.model).train().requires_grad_(True)
        for module in model.modules():
            if "Drop" in type(module).__name__:  # PyTorch's, timm's and torchvision's
                module.eval()
        return model


@dataclass(frozen=True)
class Variant:
    """One of the two ways to run a workload.

    Attributes:
        label: name to show.
        call: runs it once.
        results: runs it once and returns tensors to compare, by name.
        images: number of images in a call.
    """

    label: str
    call: Callable[[], object]
    results: Callable[[], Mapping[str, Tensor]]
    images: int


def training_step(
    model: nn.Module,
    x: Tensor,
    *,
    label: str,
    forward: Callable[[Tensor], Tensor] | None = None,
    parts: int = 1,
    dtype: torch.dtype | None = None,
) -> Variant:
    """Return a training step: the gradients of the mean loss over a batch.

    Args:
        model: in training mode, with gradients.
        x: the batch, (N, C, H, W).
        label: name to show.
        forward: forward pass to use instead of the model's own.
        parts: number of equal parts to accumulate gradients over.
        dtype: of autocast; None for no autocast.
    """
    run = forward or model

    def call() -> None:
        model.zero_grad(set_to_none=True)  # in the timed step: a training step does it too
        for part in torch.chunk(x, parts):  # (N / parts, C, H, W) each
            with torch.autocast("cpu", dtype or torch.bfloat16, enabled=dtype is not None):
                output = run(part)
            (_loss(output if output.dtype == x.dtype else output.float()) / parts).backward()

    def results() -> Mapping[str, Tensor]:
        call()
        parameters = model.named_parameters()
        return {name: p.grad.clone() for name, p in parameters if p.grad is not None}

    return Variant(label, call, results, len(x))


def _loss(output: Tensor) -> Tensor:
    """Return the cross-entropy for class 0; of outputs that are no logits, the mean square."""
    if output.dim() != 2:
        return output.square().mean()
    labels = torch.zeros(len(output), dtype=torch.int64)  # (N,)
    return F.cross_entropy(output, labels)


def inference(
    model: nn.Module, x: Tensor, *, label: str, gradients: bool = False, first: bool = False
) -> Variant:
    """Return a forward pass.

    Args:
        model: in evaluation mode.
        x: the batch, (N, C, H, W).
        label: name to show.
        gradients: record what a backward pass needs.
        first: compare the output of the first image only.
    """

    def call() -> Tensor:
        with torch.inference_mode(not gradients), torch.set_grad_enabled(gradients):
            output: Tensor = model(x)
            return output

    def results() -> Mapping[str, Tensor]:
        output = call().detach()
        return {"output": output[:1] if first else output}

    return Variant(label, call, results, len(x))
