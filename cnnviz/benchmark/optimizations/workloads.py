"""Two ways to do one thing: a step of training, or a forward pass.

A step of training is a forward and a backward pass; the optimizer's own step is the same on both
sides of a trick and left out. Dropout is off on both sides, so that their gradients can be
compared.
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
class Subject:
    """What a trick is tried on.

    Attributes:
        model: in evaluation mode, its gradients off; it is not touched.
        size: of one example, (C, H, W).
        batch: images in a step of training, two or more.
        dtype: of its weights and of its input.
    """

    model: nn.Module
    size: Size
    batch: int
    dtype: torch.dtype = torch.float32

    @property
    def x(self) -> Tensor:
        """The same random batch each time."""
        return example(self.size, self.batch).to(self.dtype)

    def learner(self) -> nn.Module:
        """Return a copy that is ready to train, its dropout off."""
        model = copy.deepcopy(self.model).train().requires_grad_(True)
        for module in model.modules():
            if "Drop" in type(module).__name__:  # PyTorch's, timm's and torchvision's
                module.eval()
        return model


@dataclass(frozen=True)
class Way:
    """One way to do the same thing.

    Attributes:
        label: in a few words.
        call: does it once.
        results: does it once and returns what to compare, by name.
        images: that one call works through.
    """

    label: str
    call: Callable[[], object]
    results: Callable[[], Mapping[str, Tensor]]
    images: int


def step(
    model: nn.Module,
    x: Tensor,
    *,
    label: str,
    forward: Callable[[Tensor], Tensor] | None = None,
    parts: int = 1,
    dtype: torch.dtype | None = None,
) -> Way:
    """Return a step of training: gradients of the mean loss over a batch.

    Args:
        model: ready to train.
        x: the batch.
        label: in a few words.
        forward: in place of the model's own.
        parts: that the batch goes through in, their gradients added up.
        dtype: to multiply in, where that is another than the weights'.
    """
    run = forward or model

    def call() -> None:
        model.zero_grad(set_to_none=True)
        for part in torch.chunk(x, parts):
            with torch.autocast("cpu", dtype or torch.bfloat16, enabled=dtype is not None):
                output = run(part)
            (_loss(output if output.dtype == x.dtype else output.float()) / parts).backward()

    def results() -> Mapping[str, Tensor]:
        call()
        learned = model.named_parameters()
        return {name: p.grad.clone() for name, p in learned if p.grad is not None}

    return Way(label, call, results, len(x))


def _loss(output: Tensor) -> Tensor:
    """Return the loss against made-up labels; of what names no class, the mean of squares."""
    if output.dim() != 2:
        return output.square().mean()
    labels = torch.zeros(len(output), dtype=torch.int64)
    return F.cross_entropy(output, labels)


def answer(
    model: nn.Module, x: Tensor, *, label: str, gradients: bool = False, first: bool = False
) -> Way:
    """Return a forward pass; where `first` is set, only the first image's answer is compared."""

    def call() -> Tensor:
        with torch.inference_mode(not gradients), torch.set_grad_enabled(gradients):
            found: Tensor = model(x)
            return found

    def results() -> Mapping[str, Tensor]:
        found = call().detach()
        return {"answer": found[:1] if first else found}

    return Way(label, call, results, len(x))
