"""One row of the comparison: counted, measured, recorded and cited values."""

from dataclasses import dataclass

from cnnviz.comparison.recorded_timings import Speed
from cnnviz.models.catalog import Architecture, architecture
from cnnviz.models.structure.convolution.arithmetic import BYTES
from cnnviz.stats.intervals import Interval
from cnnviz.training.runs import store
from cnnviz.training.runs.networks import TrainedNetwork, base_key, card
from cnnviz.training.runs.records import RunError

TRAINING_BATCH = 128  # images in a training step, for its memory
_NOT_SPATIAL = "decoder."  # of DETR: its queries have no position on the image
_ADAPTIVE = "AdaptiveAvgPool2d"  # fits any map to one size, so its receptive field varies


@dataclass(frozen=True)
class ArchitectureCosts:
    """Size, memory and receptive field of an architecture, whatever its weights.

    Attributes:
        parameters: number of trainable parameters.
        macs: multiply-accumulate operations for one example.
        weight_bytes: memory of the parameters in float32.
        activation_bytes: peak memory of the activations in a forward pass of one example.
        training_bytes: memory of a training step with Adam in float32 on `TRAINING_BATCH` examples.
        layer: last layer with spatial output; `field` and `share` are its own.
        field: side length of its receptive field in pixels, the longer side, away from the
            borders; None if it has no fixed size.
        share: fraction of the input that its middle unit sees, 0 to 1.
    """

    parameters: int
    macs: int
    weight_bytes: int
    activation_bytes: int
    training_bytes: int
    layer: str
    field: int | None
    share: float


@dataclass(frozen=True)
class TrainingRecord:
    """What was recorded when a network was trained.

    Attributes:
        accuracy: test accuracy after the training, 0 to 1; None if there is none.
        tested_on: which digits, in words.
        seconds: duration of the training; None if it was not recorded.
        hardware: it was trained on, in words.
        epochs: passes over the training digits; None if they were not recorded.
    """

    accuracy: float | None = None
    tested_on: str = ""
    seconds: float | None = None
    hardware: str = ""
    epochs: float | None = None


@dataclass(frozen=True)
class NetworkSummary:
    """One row of a comparison; None stands for what nobody has measured or published.

    Attributes:
        key: of the network, or of the catalog's row for a published one.
        title: name to show.
        architecture: key of the catalog.
        accuracy: measured here on `digits` digits; None for a detector.
        digits: number of digits of `accuracy`.
        f1: of a detector, measured here on `canvases` canvases; None for a classifier.
        canvases: number of canvases of `f1`.
        training: what was recorded when it was trained.
        costs: of its architecture.
        speed: measured latency.
        top1: published ImageNet accuracy, 0 to 1.
        source: of `top1`, in words.
    """

    key: str
    title: str
    architecture: str
    accuracy: Interval | None = None
    digits: int = 0
    f1: Interval | None = None
    canvases: int = 0
    training: TrainingRecord = TrainingRecord()
    costs: ArchitectureCosts | None = None
    speed: Speed | None = None
    top1: float | None = None
    source: str = ""

    @property
    def detects(self) -> bool:
        """Whether it is a detector, which has an F1 instead of an accuracy."""
        return architecture(self.architecture).task == "detect"


def architecture_costs(row: Architecture, *, published: bool) -> ArchitectureCosts:
    """Return size, memory and receptive field of an architecture.

    Raises:
        ValueError: if `published` is true and the row has no published network.
    """
    from cnnviz.benchmark.static_costs import cost

    costs = cost(row, published=published)
    layer, field, share = _last_field(row, published=published)
    return ArchitectureCosts(
        costs.parameters,
        costs.macs,
        BYTES * costs.parameters,  # float32
        costs.activation_peak,
        costs.training_bytes(TRAINING_BATCH),
        layer,
        field,
        share,
    )


def training_record(network: TrainedNetwork) -> TrainingRecord:
    """Return what was recorded when a network was trained; only its accuracy if the run is gone.

    An earlier checkpoint of a run has no duration: only that of the whole run was recorded.
    """
    if network.shipped:
        record = card(network)
        return TrainingRecord(
            network.accuracy,
            network.tested_on,
            float(record["seconds"]),
            str(record["hardware"]),
            float(record["settings"]["epochs"]),
        )
    try:
        status = store.find_run(base_key(network.key)).status()
    except (RunError, OSError):
        return TrainingRecord(network.accuracy, network.tested_on)
    if network.step is not None:
        return TrainingRecord(network.accuracy, network.tested_on, hardware=status.hardware)
    return TrainingRecord(
        network.accuracy,
        network.tested_on,
        status.seconds or None,
        status.hardware,
        status.epoch or None,
    )


def _last_field(row: Architecture, *, published: bool) -> tuple[str, int | None, float]:
    """Return the last layer with more than one position, and the receptive field of its units."""
    from cnnviz.inspection.receptive_field.fields import architecture_fields

    fields = architecture_fields(row, published=published)
    spatial = [
        name
        for name, field in fields.items()
        if min(field.grid) > 1 and field.kind != _ADAPTIVE and not name.startswith(_NOT_SPATIAL)
    ]
    last = spatial[-1]  # in the order of execution
    field = fields[last]
    return last, max(field.theoretical) if field.theoretical else None, field.share
