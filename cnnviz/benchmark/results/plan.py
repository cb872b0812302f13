"""What to measure: networks, batch sizes, threads, engines, and for how long.

Neither PyTorch nor Streamlit is imported here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.models.catalog import architecture

ENGINE_TITLES: Mapping[str, str] = MappingProxyType(
    {"torch": "PyTorch", "compile": "torch.compile", "onnx": "ONNX Runtime"}
)
# images in a training step of the optimizations, by whether networks are the published ones
OPTIMIZATION_BATCH: Mapping[bool, int] = MappingProxyType({False: 64, True: 8})
OPTIMIZATION_COUNT = 8  # rows of `catalog.OPTIMIZATIONS`, which imports PyTorch
_MOST_IMAGES, _MOST_THREADS = 1024, 256  # in a call
_MOST_SECONDS = 600  # per row
_CALLS = (20, 10_000)


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        models: keys of the catalog; the networks take turns.
        published: measure the published networks instead of those at the scale of MNIST.
        batches: batch sizes; the networks are measured anew at each.
        threads: numbers of PyTorch's threads; the networks are measured anew with each.
        engines: keys of `ENGINE_TITLES`.
        seconds: at most, for each network, engine, batch size and number of threads; the warm-up
            is not included.
        calls: at most.
        layers: also time each layer of each network.
        tricks: also measure each optimization of each network.
        tricks_batch: images in a training step of the optimizations, 2 or more.
        device: "cpu" or "cuda"; layers, optimizations and ONNX Runtime run on the CPU only.
    """

    models: tuple[str, ...]
    published: bool = False
    batches: tuple[int, ...] = (1,)
    threads: tuple[int, ...] = (1,)
    engines: tuple[str, ...] = ("torch",)
    seconds: float = 2.0
    calls: int = 100
    layers: bool = False
    tricks: bool = False  # names of fields are keys in files
    tricks_batch: int = 64
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: in one sentence.
        """
        # by hand: msgspec checks what it decodes, and plans also come from forms and commands
        for name in ("models", "batches", "threads", "engines"):
            _check_distinct(name, getattr(self, name))
        for key in self.models:
            if architecture(key).published is None and self.published:
                raise ValueError(
                    f"network must have a published version, got {architecture(key).title}: "
                    "leave it out"
                )
        for batch in (*self.batches, self.tricks_batch):
            check_batch_size(batch)
        if self.tricks_batch < 2:  # batch norms need two
            raise ValueError(
                f"batch size of the optimizations must be at least 2, got {self.tricks_batch}"
            )
        for threads in self.threads:
            check_threads(threads)
        for engine in self.engines:
            check_engine(engine)
        self._check_device()
        if not 0 < self.seconds <= _MOST_SECONDS:
            raise ValueError(
                f"seconds must be above 0 and at most {_MOST_SECONDS}, got {self.seconds}"
            )
        if not _CALLS[0] <= self.calls <= _CALLS[1]:
            raise ValueError(f"calls must be {_CALLS[0]} to {_CALLS[1]:,}, got {self.calls}")

    def timed_seconds(self) -> float:
        """Return the seconds of timing that the plan allows, without warm-up and compilation."""
        rows = len(self.engines) * len(self.batches) * len(self.threads)
        rows += self.layers + 2 * OPTIMIZATION_COUNT * self.tricks  # with and without each
        return len(self.models) * rows * self.seconds

    def _check_device(self) -> None:
        if self.device not in ("cpu", "cuda"):
            raise ValueError(f"device must be cpu or cuda, got {self.device!r}")
        if self.device == "cuda" and (self.layers or self.tricks or "onnx" in self.engines):
            raise ValueError(
                "layers, optimizations and ONNX Runtime can be measured on the CPU only, "
                f"got device {self.device!r}"
            )

    def title(self, model: str) -> str:
        """Return the name to show for a network, which depends on the scale."""
        row = architecture(model)
        return row.published.name if self.published and row.published else row.title


def _check_distinct(name: str, values: tuple[object, ...]) -> None:
    if not values:
        raise ValueError(f"{name} must be at least one, got none")
    if repeated := [value for value in values if values.count(value) > 1]:
        raise ValueError(f"{name} must be distinct, got {repeated[0]} twice")


def check_batch_size(value: int) -> None:
    """Raise `ValueError` unless the batch size is allowed."""
    if not isinstance(value, int) or not 1 <= value <= _MOST_IMAGES:
        raise ValueError(f"batch size must be 1 to {_MOST_IMAGES}, got {value}")


def check_threads(value: int) -> None:
    """Raise `ValueError` unless the number of threads is allowed."""
    if not isinstance(value, int) or not 1 <= value <= _MOST_THREADS:
        raise ValueError(f"number of threads must be 1 to {_MOST_THREADS}, got {value}")


def check_engine(key: str) -> None:
    """Raise `ValueError` unless there is an engine of that key."""
    if key not in ENGINE_TITLES:
        raise ValueError(f"engine must be one of {', '.join(ENGINE_TITLES)}, got {key!r}")
