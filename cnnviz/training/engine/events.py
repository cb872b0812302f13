"""Events of a trainer: steps, intervals of steps, and epochs."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StepEvent:
    """End of a training step on one batch.

    Attributes:
        step: batches so far.
    """

    step: int


@dataclass(frozen=True)
class IntervalEvent:
    """Measures of the steps since the last interval.

    Attributes:
        step: batches so far.
        epoch: passes over the training digits so far, fractions included.
        seconds: of training so far, pauses not counted.
        loss: mean over the interval's batches: cross-entropy in nats, or the task's own loss.
        accuracy: share of correct answers in the interval's batches, 0 to 1, or the task's own
            measure, such as a detector's F1.
        images_per_second: over the interval.
        learning_rate: of the last step.
        gradient_norms: Euclidean norm of each layer's weight gradient at the last step; scales of
            normalization layers are left out.
        dead: share of each ReLU's channels that were zero for the whole last batch, 0 to 1.
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
    """Results of one pass over the training digits and of the test that follows it.

    Attributes:
        epoch: passes so far.
        step: batches so far.
        seconds: of training so far, tests counted, pauses not.
        took: seconds of this pass and its test.
        test_loss: mean over the test digits: cross-entropy in nats, or the task's own loss.
        test_accuracy: share of correct answers, 0 to 1, or the task's own measure.
        confusion: counts in 10 rows of true digits by 10 columns of answers.
        measures: further measures by name, 0 to 1.
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
