"""The training core: a model, digits and settings in, events out. No files, no page, no process."""

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.data.mnist import Digits
from cnnviz.models.catalogue import architecture
from cnnviz.models.feature_maps import channel_dimension
from cnnviz.models.hooks import hooked
from cnnviz.models.structure.rewrites import pool_first
from cnnviz.system.hardware import pick_device, pick_precision
from cnnviz.training.engine.optimizers import SCHEDULES, build_optimizer
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.tasks import TASKS

MEASURE_EVERY = 0.2  # seconds between two intervals


@dataclass(frozen=True)
class StepEvent:
    """One batch has been learned from."""

    step: int


@dataclass(frozen=True)
class IntervalEvent:
    """What happened since the last interval.

    Attributes:
        step: batches learned from so far.
        epoch: passes over the digits so far, with its fraction.
        seconds: of training so far, pauses not counted.
        loss: mean of the interval's batches: cross-entropy in nats, or the task's own.
        accuracy: share of right answers in the interval's batches, 0 to 1, or the task's own
            measure: F1 of a detector.
        images_per_second: over the interval.
        learning_rate: of the last step.
        gradient_norms: Euclidean norm of each layer's weight gradient at the last step; the
            scales of normalizations are left out.
        dead: share of each ReLU's channels that stayed at zero for the whole last batch.
    """

    step: int
    epoch: float
    seconds: float
    loss: float
    accuracy: float
    images_per_second: float
    learning_rate: float
    gradient_norms: dict[str, float]
    dead: dict[str, float]


@dataclass(frozen=True)
class EpochEvent:
    """One pass over the digits is over, and the test digits have been asked.

    Attributes:
        epoch: passes so far.
        step: batches so far.
        seconds: of training so far, evaluations counted, pauses not.
        took: seconds of this pass with its evaluation.
        test_loss: mean on the test digits: cross-entropy in nats, or the task's own.
        test_accuracy: share of right answers, 0 to 1, or the task's own measure.
        confusion: 10 rows of true digits by 10 columns of answers, counts.
        measures: what else was measured, by name, 0 to 1.
    """

    epoch: int
    step: int
    seconds: float
    took: float
    test_loss: float
    test_accuracy: float
    confusion: list[list[int]]
    measures: dict[str, float] = field(default_factory=dict)


Event = StepEvent | IntervalEvent | EpochEvent


@dataclass
class _Tally:
    """Sums since the last interval, kept on the device so that no step waits for them."""

    loss: Tensor
    right: Tensor
    asked: Tensor | int = 0
    images: int = 0
    since: float = field(default_factory=time.perf_counter)


class Trainer:
    """Train one network; iterate over `events()` and read or change it in between.

    All randomness is a function of the seed and the step, so a trainer restored from `state()`
    goes on bit by bit as if it had never stopped.

    Args:
        model: network of the settings' architecture; trained in place.
        digits: what to learn from and to test on.
        settings: how.
        measure_every: seconds between two `IntervalEvent` events.

    Raises:
        ValueError: if the device is not on this machine.
    """

    def __init__(
        self,
        model: nn.Module,
        digits: Digits,
        settings: Settings,
        *,
        measure_every: float = MEASURE_EVERY,
    ) -> None:
        """Move the model and the digits to the device."""
        self.settings = settings
        self.device = pick_device(settings.device)
        self.precision = pick_precision(settings.precision, self.device)
        self.model = model.to(self.device)
        if settings.channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)
        self._forward = pool_first(self.model) if settings.pool_first else self.model
        self._optimizer = build_optimizer(settings, self.model.parameters())
        self._schedule = SCHEDULES[settings.schedule]
        self.task = TASKS[architecture(settings.model).task](settings, digits, self.device)
        self._count = len(digits.train_labels)
        self._measure_every = measure_every
        self._relus = [name for name, m in model.named_modules() if isinstance(m, nn.ReLU)]
        self._tally = self._fresh_tally()
        self._last_rate = 0.0
        self.learning_rate = settings.learning_rate
        self.step = 0
        self.seconds = 0.0
        self.epoch_began = 0.0
        self.tested = 0  # passes that have been followed by a test
        self.diverged = False
        self._ordered = -1  # the pass that `_order` belongs to

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the training digits; the last one may be smaller."""
        return math.ceil(self._count / self.settings.batch_size)

    @property
    def total_steps(self) -> int:
        """Batches in the whole training."""
        return self.steps_per_epoch * self.settings.epochs

    def events(self) -> Iterator[Event]:
        """Train to the end, or until a loss or a gradient is not finite (then `diverged`).

        Yields:
            `StepEvent` after every batch, preceded by `IntervalEvent` where one is due and by
            `EpochEvent` after the last batch of an epoch. The state is consistent at each event.
        """
        self.resume_clock()
        if self.step == (self.tested + 1) * self.steps_per_epoch:
            yield self._evaluate()  # restored from between the pass's last batch and its test
        while self.step < self.total_steps and not self.diverged:
            yield from self._learn()

    def lap(self) -> None:
        """Count the time since the last event as training, though not towards its speed."""
        now = time.perf_counter()
        self.seconds += now - self._tally.since
        self._tally.since = now

    def resume_clock(self) -> None:
        """Start counting time here: a pause, which begins with `flush`, is not training."""
        self._tally.since = time.perf_counter()

    def elapsed_seconds(self) -> float:
        """Wait until the device has done what it was given; return the seconds trained so far."""
        if self.device.type != "cpu":
            torch.accelerator.synchronize(self.device)
        return self.seconds + time.perf_counter() - self._tally.since

    def exclude_time(self, seconds: float) -> None:
        """Leave out so many seconds since `elapsed_seconds`, in which others had the processor."""
        self._tally.since += seconds

    def flush(self) -> IntervalEvent | None:
        """Return what happened since the last interval, if anything did."""
        return self._interval({}) if self._tally.images else None

    def state(self) -> dict[str, Tensor]:
        """Return weights and optimizer moments under flat names, on the CPU, as copies."""
        tensors = {f"model.{name}": t for name, t in self.model.state_dict().items()}
        for index, moments in self._optimizer.state_dict()["state"].items():
            for name, value in moments.items():
                if value is not None:
                    tensors[f"optimizer.{index}.{name}"] = value
        return {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}

    def position(self) -> dict[str, Any]:
        """Return the plain numbers that `restore` needs beside `state()`."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "epoch_began": self.epoch_began,
            "tested": self.tested,
            "learning_rate": self.learning_rate,
        }

    def restore(self, state: dict[str, Tensor], position: dict[str, Any]) -> None:
        """Go back to where `state()` and `position()` were taken.

        Raises:
            ValueError: if the state does not fit the network.
        """
        weights = {n.removeprefix("model."): t for n, t in state.items() if n.startswith("model.")}
        try:
            self.model.load_state_dict(weights)
        except RuntimeError as error:
            raise ValueError(f"these weights do not fit {self.settings.model}") from error
        parameters = list(self.model.parameters())
        for name, value in state.items():
            if name.startswith("optimizer."):
                _, index, moment = name.split(".")
                parameter = parameters[int(index)]
                # moments take the strides of their weights: the fused step walks them together
                like = torch.empty((), device=self.device) if value.dim() == 0 else parameter
                self._optimizer.state[parameter][moment] = torch.empty_like(like).copy_(value)
        self.step = int(position["step"])
        self.seconds = float(position["seconds"])
        self.epoch_began = float(position["epoch_began"])
        self.tested = int(position["tested"])
        self.learning_rate = float(position["learning_rate"])

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which this training multiplies."""
        mixed = self.precision != torch.float32
        return torch.autocast(self.device.type, self.precision, enabled=mixed)

    def preview(self) -> dict[str, Any]:
        """Return what the network makes of a few test digits now: fields of `records.Preview`."""
        with self.autocast():
            return self.task.preview(self._forward)

    def _fresh_tally(self) -> _Tally:
        zero = torch.zeros((), device=self.device)
        return _Tally(zero, zero.clone())

    def _learn(self) -> Iterator[Event]:
        tally = self._tally
        due = time.perf_counter() - tally.since >= self._measure_every or self.step == 0
        x, targets = self._batch()
        self._last_rate = self.learning_rate * self._schedule(self.step / self.total_steps)
        for group in self._optimizer.param_groups:
            group["lr"] = self._last_rate
        self.model.train()
        watching: AbstractContextManager[dict[str, Tensor]] = (
            _dead_channels(self.model, self._relus) if due else nullcontext({})
        )
        with watching as dead, self.autocast():
            scores = self._forward(x)
        loss = self.task.loss(scores, targets)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.task.clip:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.task.clip)
        self._optimizer.step()
        right, asked = self.task.tally(scores, targets)
        tally.loss += loss.detach() * len(x)
        tally.right += right
        tally.asked += asked
        tally.images += len(x)
        self.step += 1
        ends_epoch = self.step % self.steps_per_epoch == 0
        if due or ends_epoch:
            yield self._interval({name: float(share.item()) for name, share in dead.items()})
        if ends_epoch and not self.diverged:
            yield self._evaluate()
        yield StepEvent(self.step)

    def _batch(self) -> tuple[Tensor, Any]:
        epoch, position = divmod(self.step, self.steps_per_epoch)
        if self._ordered != epoch:
            generator = torch.Generator().manual_seed(self.settings.seed * 1_000 + epoch)
            order = torch.randperm(self._count, generator=generator)
            self._order, self._ordered = order.to(self.device), epoch
        size = self.settings.batch_size
        chosen = self._order[position * size : (position + 1) * size]
        if self.settings.augmentation or self.settings.dropout:
            torch.manual_seed(self.settings.seed * 1_000_003 + self.step)
        return self.task.batch(chosen, (self.settings.seed, self.step))

    def _interval(self, dead: dict[str, float]) -> IntervalEvent:
        tally = self._tally
        loss = float(tally.loss.item()) / tally.images  # waits for the device
        norms = self._gradient_norms()
        self._tally = self._fresh_tally()
        elapsed = self._tally.since - tally.since
        self.seconds += elapsed
        self.diverged = not all(map(math.isfinite, [loss, *norms.values()]))
        return IntervalEvent(
            step=self.step,
            epoch=self.step / self.steps_per_epoch,
            seconds=self.seconds,
            loss=loss,
            accuracy=float(tally.right.item()) / max(float(tally.asked), 1),
            images_per_second=tally.images / max(elapsed, 1e-9),
            learning_rate=self._last_rate,
            gradient_norms=norms,
            dead=dead,
        )

    def _gradient_norms(self) -> dict[str, float]:
        weights = {
            name.removesuffix(".weight"): parameter.grad
            for name, parameter in self.model.named_parameters()
            if name.endswith(".weight") and parameter.grad is not None and parameter.dim() > 1
        }
        norms = torch.stack([gradient.norm() for gradient in weights.values()]).tolist()
        return dict(zip(weights, norms, strict=True))

    def _evaluate(self) -> EpochEvent:
        with self.autocast():
            result = self.task.evaluate(self._forward)
        self.lap()
        self.tested += 1
        self.diverged = not math.isfinite(result.loss)
        took, self.epoch_began = self.seconds - self.epoch_began, self.seconds
        return EpochEvent(
            epoch=self.step // self.steps_per_epoch,
            step=self.step,
            seconds=self.seconds,
            took=took,
            test_loss=result.loss,
            test_accuracy=result.accuracy,
            confusion=result.confusion,
            measures=result.measures,
        )


@contextmanager
def _dead_channels(model: nn.Module, relus: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Record each ReLU's share of channels that stay at zero in a forward pass, 0 to 1."""
    shares: dict[str, Tensor] = {}

    def record(name: str, module: nn.Module, _inputs: object, output: Tensor) -> None:
        channels = channel_dimension(module, output.dim())
        others = [dimension for dimension in range(output.dim()) if dimension != channels]
        strongest = output.detach().amax(dim=others)  # (C,)
        shares[name] = (strongest <= 0).float().mean()

    with hooked(model, relus, after=record):
        yield shares
