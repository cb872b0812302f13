"""What is known of several networks, one row each: counted, measured, on record, or not at all."""

from dataclasses import dataclass

from cnnviz.models.catalogue import Architecture, architecture
from cnnviz.models.structure.convolution_arithmetic import BYTES
from cnnviz.stats.intervals import Interval
from cnnviz.training.runs import store
from cnnviz.training.runs.networks import Network, card, whole
from cnnviz.training.runs.records import RunError

BATCH = 128  # images in a step of training, for the memory that it takes
_UNPLACED = "decoder."  # of DETR: its queries have no place on the image
_ADAPTIVE = "AdaptiveAvgPool2d"  # fits any map to one size: its reach is no property of its own


@dataclass(frozen=True)
class Counted:
    """What an architecture takes and sees, whatever its weights.

    Attributes:
        parameters: that it learns.
        macs: multiply-accumulates for one example.
        weight_bytes: of the parameters in float32.
        activation_bytes: of the activations alive at once, at most, while one example goes forward.
        training_bytes: of training with Adam in float32, `BATCH` examples in a step.
        layer: the last one whose units have places on the image; `field` and `share` are its own.
        field: pixels along the longer side that its units see far from any border; None where no
            number tells.
        share: of the input that its middle unit sees, 0 to 1.
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
class Speed:
    """How long one image takes on a machine.

    Attributes:
        p50, p95: milliseconds that so many percent of the calls stay within.
        images_per_second: one image at a time.
        badge: "clean", "noisy" or "host busy".
        where: hardware and threads in words.
        when: local time, ISO 8601.
    """

    p50: float
    p95: float
    images_per_second: float
    badge: str
    where: str
    when: str


@dataclass(frozen=True)
class Record:
    """What stands in a network's own papers.

    Attributes:
        accuracy: test accuracy after its training, 0 to 1; None where there is none.
        tested_on: which digits, in words.
        seconds: of training; None where nobody took the time.
        hardware: it was trained on, in words.
        epochs: passes over the training digits; None where that is not on record.
    """

    accuracy: float | None = None
    tested_on: str = ""
    seconds: float | None = None
    hardware: str = ""
    epochs: float | None = None


@dataclass(frozen=True)
class Standing:
    """One row of a comparison; None stands for what nobody has measured or published.

    Attributes:
        key: of the network, or of the row of the catalogue where it is as published.
        title: name to show.
        architecture: key of the catalogue.
        accuracy: measured here, on `digits` digits; None of a detector.
        digits: that `accuracy` was measured on.
        f1: of a detector, measured here, on `canvases` canvases; None of what classifies.
        canvases: that `f1` was measured on.
        record: what was noted when it was trained.
        counted: what it takes and sees.
        speed: what was timed.
        top1: published share of ImageNet's validation pictures that is right, 0 to 1.
        source: of `top1`, in words.
    """

    key: str
    title: str
    architecture: str
    accuracy: Interval | None = None
    digits: int = 0
    f1: Interval | None = None
    canvases: int = 0
    record: Record = Record()
    counted: Counted | None = None
    speed: Speed | None = None
    top1: float | None = None
    source: str = ""

    @property
    def detects(self) -> bool:
        """Whether it finds several digits, and so has an F1 in place of an accuracy."""
        return architecture(self.architecture).task == "detect"


def count_row(row: Architecture, *, published: bool) -> Counted:
    """Return what a row's network takes and sees.

    Raises:
        ValueError: if `published` is asked for and the row has none.
    """
    from cnnviz.benchmark.static_costs import cost

    found = cost(row, published=published)
    layer, field, share = _reach(row, published=published)
    return Counted(
        found.parameters,
        found.macs,
        BYTES * found.parameters,
        found.activation_peak,
        found.training_bytes(BATCH),
        layer,
        field,
        share,
    )


def record(network: Network) -> Record:
    """Return what was noted when a network was trained; nothing of a run that has been deleted.

    Of a moment of a training nobody noted how long it took to come so far.
    """
    if network.key.startswith("shipped-"):
        found = card(network)
        return Record(
            network.accuracy,
            network.tested_on,
            float(found["seconds"]),
            str(found["hardware"]),
            float(found["settings"]["epochs"]),
        )
    try:
        status = store.run(whole(network.key)).status()
    except (RunError, OSError):
        return Record(network.accuracy, network.tested_on)
    if network.step is not None:
        return Record(network.accuracy, network.tested_on, hardware=status.hardware)
    return Record(
        network.accuracy,
        network.tested_on,
        status.seconds or None,
        status.hardware,
        status.epoch or None,
    )


def _reach(row: Architecture, *, published: bool) -> tuple[str, int | None, float]:
    """Return the last layer with more than one place, and what its units see."""
    from cnnviz.inspection.receptive_field.fields import receptive_fields

    if published and row.published is not None:
        size, model = row.published.input_size, row.published.build()
    else:
        size, model = (1, row.input_size, row.input_size), row.build()
    fields = receptive_fields(model, size, channels_last=row.channels_last)
    placed = [
        name
        for name, field in fields.items()
        if min(field.grid) > 1 and field.kind != _ADAPTIVE and not name.startswith(_UNPLACED)
    ]
    last = placed[-1]
    field = fields[last]
    return last, max(field.theoretical) if field.theoretical else None, field.share
