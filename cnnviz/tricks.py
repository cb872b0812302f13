"""The usual ways to make a network quicker or smaller, each tried on the network itself.

Before and after take turns under the clock. A step of training is a forward and a backward pass;
the optimizer's own step is the same on both sides and left out. Dropout is off on both sides, so
that their gradients can be compared.
"""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

from cnnviz.contestants import example
from cnnviz.equivalent import fold_batch_norms, foldable, pool_first
from cnnviz.hardware import multiplies_bfloat16
from cnnviz.latency import Budget, Contestant, measure
from cnnviz.measured import Effect, Side
from cnnviz.memory import peak
from cnnviz.tracing import Size

TRAINING, INFERENCE = "training step", "inference"

_PARTS = 4  # that a batch is accumulated from
_FEW = 8  # images to compare results on in float64
_CHAIN = 4  # layers in a row from which on a chain is worth cutting


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


def effect(
    key: str,
    subject: Subject,
    *,
    model: str,
    budget: Budget | None = None,
    tick: Callable[[float], None] = lambda _: None,
) -> Effect:
    """Try a trick on a network: time and memory before and after, and whether results agree.

    Args:
        key: of `TRICKS`.
        subject: the network.
        model: key of the catalogue, for the record.
        budget: for each side.
        tick: called with the share that is done; it may raise to stop.
    """
    trick = TRICKS[key]
    told = partial(
        Effect, model=model, trick=key, title=trick.title, what=trick.what, measured=trick.measured
    )
    if obstacle := trick.obstacle(subject):
        return told(before=None, after=None, problem=obstacle)
    ways = trick.ways(subject)
    promise = trick.promise(subject)
    difference = _difference(*(way.results() for way in ways))
    exact = _difference(*(w.results() for w in trick.ways(_finer(subject)))) if promise else None
    peaks = [peak(way.call) for way in ways]
    contestants = {str(i): Contestant(way.call, way.images) for i, way in enumerate(ways)}
    times = measure(contestants, budget=budget, tick=tick).values()
    before, after = (
        Side(way.label, latency, held)
        for way, latency, held in zip(ways, times, peaks, strict=True)
    )
    found = told(before=before, after=after, promise=promise, difference=difference)
    return replace(found, exact_difference=exact)


def _finer(subject: Subject) -> Subject:
    """Return a subject in float64, where rounding does not hide whether two sides are the same.

    In float32 an untrained network with batch norms may blow rounding up to per cents.
    """
    model = copy.deepcopy(subject.model).double()
    return Subject(model, subject.size, min(subject.batch, _FEW), torch.float64)


def _difference(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> float:
    """Return the largest difference as a share of the largest number."""
    if set(first) != set(second):
        raise ValueError("both sides of a trick must have results of the same names")
    largest = max(float(t.abs().max()) for t in first.values())
    apart = max(float((first[name] - second[name]).abs().max()) for name in first)
    return apart / largest if largest else apart


# Ways to train


def _step(
    model: nn.Module,
    x: Tensor,
    *,
    label: str,
    forward: Callable[[Tensor], Tensor] | None = None,
    parts: int = 1,
    dtype: torch.dtype | None = None,
) -> Way:
    """Return a step of training: gradients of the mean loss over a batch."""
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


def _channels_last(subject: Subject) -> tuple[Way, Way]:
    model, layout = subject.learner(), torch.channels_last
    return (
        _step(subject.learner(), subject.x, label="channels first"),
        _step(model.to(memory_format=layout), subject.x.to(memory_format=layout), label="last"),
    )


def _mixed_precision(subject: Subject) -> tuple[Way, Way]:
    return (
        _step(subject.learner(), subject.x, label="float32"),
        _step(subject.learner(), subject.x, label="bfloat16", dtype=torch.bfloat16),
    )


def _pool_first(subject: Subject) -> tuple[Way, Way]:
    model = subject.learner()
    return (
        _step(subject.learner(), subject.x, label="ReLU, then pooling"),
        _step(model, subject.x, label="pooling, then ReLU", forward=pool_first(model)),
    )


def _checkpointing(subject: Subject) -> tuple[Way, Way]:
    model = subject.learner()
    cut(model)
    return (
        _step(subject.learner(), subject.x, label="all activations kept"),
        _step(model, subject.x, label="kept between blocks only"),
    )


def _accumulation(subject: Subject) -> tuple[Way, Way]:
    parts = f"{_PARTS} × {subject.batch // _PARTS} images"
    return (
        _step(subject.learner(), subject.x, label=f"{subject.batch} images at once"),
        _step(subject.learner(), subject.x, label=parts, parts=_PARTS),
    )


def cut(model: nn.Module) -> int:
    """Have a network compute its blocks a second time in the backward pass, not keep their inside.

    A long chain of layers is cut into about the square root of its length, as in the paper.

    Returns:
        How many blocks and chains that are; 0 leaves the network as it was.

    Reference:
        Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost",
        https://arxiv.org/abs/1604.06174
    """
    pieces = list(_pieces(model))
    for piece in pieces:
        if _is_chain(piece):
            segments = round(math.sqrt(len(piece)))  # type: ignore[arg-type]
            again = partial(checkpoint_sequential, copy.copy(piece), segments, use_reentrant=False)
        else:
            again = partial(checkpoint, piece.forward, use_reentrant=False)
        piece.forward = again
    return len(pieces)


def _pieces(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the chains to cut and the blocks to compute twice, none inside another."""
    for child in [module] if _is_chain(module) else module.children():
        if _is_chain(child):
            yield child
        elif isinstance(child, nn.Sequential | nn.ModuleList) or _holds_blocks(child):
            yield from _pieces(child)
        elif list(child.children()):
            yield child


def _is_chain(module: nn.Module) -> bool:
    if type(module) is not nn.Sequential or len(module) < _CHAIN:
        return False
    return not any(list(layer.children()) for layer in module)


def _holds_blocks(module: nn.Module) -> bool:
    """Tell whether a module is a frame around a list of blocks, and no block itself."""
    lists = [m for m in module.children() if isinstance(m, nn.Sequential | nn.ModuleList)]
    # more than one such list are the branches of a block
    return sum(sum(bool(list(m.children())) for m in found) > 1 for found in lists) == 1


# Ways to answer


def _answer(
    model: nn.Module, x: Tensor, *, label: str, gradients: bool = False, first: bool = False
) -> Way:
    """Return a forward pass; where `first` is set, only the first image's answer is compared."""

    def call() -> Tensor:
        with torch.inference_mode(not gradients), torch.set_grad_enabled(gradients):
            answer: Tensor = model(x)
            return answer

    def results() -> Mapping[str, Tensor]:
        answer = call().detach()
        return {"answer": answer[:1] if first else answer}

    return Way(label, call, results, len(x))


def _batching(subject: Subject) -> tuple[Way, Way]:
    model, x = subject.model, subject.x
    return (
        _answer(model, x[:1], label="1 image", first=True),
        _answer(model, x, label=f"{len(x)} images", first=True),
    )


def _inference_mode(subject: Subject) -> tuple[Way, Way]:
    recorded = copy.deepcopy(subject.model).requires_grad_(True)
    return (
        _answer(recorded, subject.x[:1], label="gradients recorded", gradients=True),
        _answer(subject.model, subject.x[:1], label="inference mode"),
    )


def _folding(subject: Subject) -> tuple[Way, Way]:
    model = copy.deepcopy(subject.model)
    with torch.no_grad():
        model.train()(subject.x)  # so that means and variances are not those of an untrained one
    model.eval()
    return (
        _answer(model, subject.x[:1], label="as trained"),
        _answer(fold_batch_norms(model, subject.size), subject.x[:1], label="folded"),
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
    return "This processor does not multiply bfloat16 itself: it would only be slower."


def _no_pooling_after_relu(subject: Subject) -> str:
    if list(pool_first(subject.model).children()) != list(subject.model.children()):
        return ""
    return "No max pooling follows a ReLU directly in its outermost chain of layers."


def _no_blocks(subject: Subject) -> str:
    if list(_pieces(subject.model)):
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
            "sums and the weights stay as they are. Results are close, not the same.",
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
