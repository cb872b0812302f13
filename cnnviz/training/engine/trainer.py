"""Training loop: a model, digits and settings in, events out; writes no files."""

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.data.mnist import Digits
from cnnviz.models.catalog import architecture
from cnnviz.models.state_dicts import load_weights
from cnnviz.models.structure.rewrites import pool_first
from cnnviz.system.hardware import pick_device, pick_precision
from cnnviz.training.engine.events import EpochEvent, Event, IntervalEvent, StepEvent
from cnnviz.training.engine.layer_health import as_numbers, dead_channels, weight_gradient_norms
from cnnviz.training.engine.optimizers import build_optimizer
from cnnviz.training.engine.schedules import SCHEDULES
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.tasks import TASKS

MEASURE_EVERY = 0.2  # seconds between two intervals


@dataclass
class _Tally:
    """Sums since the last interval, kept on the device so that no step waits for them."""

    loss: Tensor
    correct: Tensor
    total: Tensor | int = 0
    images: int = 0
    since: float = field(default_factory=time.perf_counter)
    waited: float = 0.0  # seconds between steps in slow motion


class Trainer:
    """Train one network; iterate over `events()`, and read or change attributes in between.

    All randomness is a function of the seed and the step, so a trainer that is restored from
    `state()` and `position()` goes on bit by bit as if it had never stopped.

    Args:
        model: network of the settings' architecture; trained in place.
        digits: to train and test on.
        settings: of the training.
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
        self._digit_count = len(digits.train_labels)
        self._measure_every = measure_every
        self._relus = [name for name, m in model.named_modules() if isinstance(m, nn.ReLU)]
        self._tally = self._new_tally()
        self._last_rate = 0.0
        self.learning_rate = settings.learning_rate
        self.step = 0
        self.seconds = 0.0  # of training, tests included, pauses not
        self.epoch_began = 0.0  # value of `seconds` at the start of the epoch
        self.tested = 0  # epochs followed by a test
        self.diverged = False
        self._order_epoch = -1  # epoch that `_order` belongs to

    @property
    def augmentation(self) -> float:
        """Strength of the random distortions; a change counts from the next batch."""
        return self.task.augmentation

    @augmentation.setter
    def augmentation(self, strength: float) -> None:
        self.task.augmentation = strength

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the training digits; the last one may be smaller."""
        return math.ceil(self._digit_count / self.settings.batch_size)

    @property
    def total_steps(self) -> int:
        """Batches in the whole training."""
        return self.steps_per_epoch * self.settings.epochs

    def events(self) -> Iterator[Event]:
        """Train to the end, or until a loss or gradient is not finite, which sets `diverged`.

        Yields:
            `StepEvent` after every batch, preceded by `IntervalEvent` where one is due and by
            `EpochEvent` after the last batch of an epoch. `state()` may be taken at each event.
        """
        self.resume_clock()
        if self.step == (self.tested + 1) * self.steps_per_epoch:
            yield self._test()  # restored between the epoch's last batch and its test
        while self.step < self.total_steps and not self.diverged:
            yield from self._train_step()

    def lap(self) -> None:
        """Count the time since the last event as training, but not toward its speed."""
        now = time.perf_counter()
        self.seconds += now - self._tally.since
        self._tally.since = now

    def resume_clock(self) -> None:
        """Start counting time here, after a pause that began with `flush`."""
        self._tally.since = time.perf_counter()
        self._tally.waited = 0.0

    def elapsed_seconds(self) -> float:
        """Return the seconds of training so far, once the device has finished its queued work."""
        if self.device.type != "cpu":
            torch.accelerator.synchronize(self.device)
        return self.seconds + time.perf_counter() - self._tally.since

    def exclude_time(self, seconds: float) -> None:
        """Exclude seconds since `elapsed_seconds` in which other runs had the processor."""
        self._tally.since += seconds

    def exclude_wait(self, seconds: float) -> None:
        """Exclude the last seconds, in which slow motion held back the next step.

        Unlike `exclude_time`, they bring the next interval closer.
        """
        self._tally.since += seconds
        self._tally.waited += seconds

    def flush(self) -> IntervalEvent | None:
        """Return the unfinished interval; None if it has no step."""
        return self._interval({}) if self._tally.images else None

    def state(self) -> dict[str, Tensor]:
        """Return copies of weights and optimizer state on the CPU, under flat dotted names."""
        tensors = {f"model.{name}": t for name, t in self.model.state_dict().items()}
        for index, moments in self._optimizer.state_dict()["state"].items():
            for name, value in moments.items():
                if value is not None:
                    tensors[f"optimizer.{index}.{name}"] = value
        return {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}

    def position(self) -> dict[str, Any]:
        """Return the numbers that `restore` needs besides `state()`."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "epoch_began": self.epoch_began,
            "tested": self.tested,
            "learning_rate": self.learning_rate,
            "augmentation": self.augmentation,
        }

    def restore(self, state: dict[str, Tensor], position: dict[str, Any]) -> None:
        """Restore what `state()` and `position()` returned.

        Raises:
            ValueError: if the weights do not fit the network.
        """
        self.load_state(state)
        self.step = int(position["step"])
        self.seconds = float(position["seconds"])
        self.epoch_began = float(position["epoch_began"])
        self.tested = int(position["tested"])
        self.learning_rate = float(position["learning_rate"])
        # older checkpoints have none: then it could not change
        self.augmentation = float(position.get("augmentation", self.settings.augmentation))

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Load weights, and the state of the optimizer where there is one, as of `state()`.

        Raises:
            ValueError: if the weights do not fit the network.
        """
        weights = {n.removeprefix("model."): t for n, t in state.items() if n.startswith("model.")}
        load_weights(self.model, weights, name=self.settings.model)
        parameters = list(self.model.parameters())
        self._optimizer.state.clear()
        for name, value in state.items():
            if name.startswith("optimizer."):
                _, index, moment = name.split(".")
                parameter = parameters[int(index)]
                # moments take the strides of their weights: the fused step walks them together
                like = torch.empty((), device=self.device) if value.dim() == 0 else parameter
                self._optimizer.state[parameter][moment] = torch.empty_like(like).copy_(value)

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context that runs forward passes in the precision of this training.

        Tests and previews run in float32, as everything does that uses the network afterward: in
        bfloat16 a few test digits would get another class.
        """
        mixed = self.precision != torch.float32
        return torch.autocast(self.device.type, self.precision, enabled=mixed)

    def preview(self) -> dict[str, Any]:
        """Return the predictions for a few test digits now: fields of `records.Preview`."""
        return self.task.preview(self._forward)

    def _new_tally(self) -> _Tally:
        # sums stay on the device: to read one would wait for all that is queued there
        zero = torch.zeros((), device=self.device)
        return _Tally(zero, zero.clone())

    def _train_step(self) -> Iterator[Event]:
        tally = self._tally
        elapsed = time.perf_counter() - tally.since + tally.waited
        due = elapsed >= self._measure_every or self.step == 0  # seconds
        x, targets = self._batch()  # (N, 1, size, size), and the task's targets
        self._last_rate = self.learning_rate * self._schedule(self.step / self.total_steps)
        for group in self._optimizer.param_groups:
            group["lr"] = self._last_rate
        self.model.train()
        recording: AbstractContextManager[dict[str, Tensor]] = (
            dead_channels(self.model, self._relus) if due else nullcontext({})
        )
        with recording as dead, self.autocast():
            outputs = self._forward(x)  # (N, K) logits, or (N, layers, Q, 15) of a detector
        loss = self.task.loss(outputs, targets)  # scalar, mean over the batch
        self._optimizer.zero_grad(set_to_none=True)  # no zeros to write and add to
        loss.backward()
        if self.task.clip:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.task.clip)
        self._optimizer.step()
        correct, total = self.task.tally(outputs, targets)
        tally.loss += loss.detach() * len(x)  # the last batch of an epoch may be smaller
        tally.correct += correct
        tally.total += total
        tally.images += len(x)
        self.step += 1
        ends_epoch = self.step % self.steps_per_epoch == 0
        if ends_epoch or (due and not self._short_rest(tally.images)):
            yield self._interval(as_numbers(dead))
        if ends_epoch and not self.diverged:
            yield self._test()
        yield StepEvent(self.step)

    def _short_rest(self, images: int) -> bool:
        """Tell whether an interval of several batches has more than twice the rest of the epoch.

        Then it lasts to the end of the epoch. A last point of the curves that is one small batch
        would look like a jump.
        """
        batch_size = self.settings.batch_size
        rest = self._digit_count - self.step % self.steps_per_epoch * batch_size
        return images > batch_size and images > 2 * rest

    def _batch(self) -> tuple[Tensor, Any]:
        epoch, position = divmod(self.step, self.steps_per_epoch)
        if self._order_epoch != epoch:
            generator = torch.Generator().manual_seed(self.settings.seed * 1_000 + epoch)
            # (digits,), drawn on the CPU: the same on every device
            order = torch.randperm(self._digit_count, generator=generator)
            self._order, self._order_epoch = order.to(self.device), epoch
        size = self.settings.batch_size
        indices = self._order[position * size : (position + 1) * size]  # (N,)
        if self.augmentation or self.settings.dropout:
            torch.manual_seed(self.settings.seed * 1_000_003 + self.step)
        return self.task.batch(indices, (self.settings.seed, self.step))

    def _interval(self, dead: dict[str, float]) -> IntervalEvent:
        tally = self._tally
        loss = float(tally.loss.item()) / tally.images  # waits for the device
        norms = weight_gradient_norms(self.model)
        self._tally = self._new_tally()
        elapsed = self._tally.since - tally.since
        self.seconds += elapsed
        self.diverged = not all(map(math.isfinite, [loss, *norms.values()]))
        return IntervalEvent(
            step=self.step,
            epoch=self.step / self.steps_per_epoch,
            seconds=self.seconds,
            loss=loss,
            accuracy=float(tally.correct.item()) / max(float(tally.total), 1),
            images_per_second=tally.images / max(elapsed, 1e-9),
            learning_rate=self._last_rate,
            gradient_norms=norms,
            dead=dead,
        )

    def _test(self) -> EpochEvent:
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
