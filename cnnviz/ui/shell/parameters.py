"""Every query parameter of the dashboard: its name, type, default and the pages that take it.

A new parameter is one row here. Options that depend on what is on this machine, such as the
trained networks, are given where the parameter is read (`cnnviz.ui.shell.address`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from cnnviz.ui.shell.content_types import (
    Assignments,
    ChannelEdit,
    ChannelEdits,
    GrayImage,
    LayerUnit,
)
from cnnviz.ui.shell.navigation import EVERY_ENTRY
from cnnviz.ui.shell.parameter_types import (
    Coordinates,
    Flag,
    Integer,
    OneOf,
    ParameterType,
    SomeOf,
    Text,
    ValueTuple,
)

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Parameter(Generic[T]):
    """One query parameter.

    Attributes:
        name: in the address, and Streamlit's key of the widget that sets it, if there is one.
        type: of its values.
        default: never written into the address; None if it depends on what is on this machine, so
            that every choice is written.
        pages: keys of the pages that use it.
        noun: for messages.
        passed: type that its values must have on pages without a control for it, which pass them
            on to the others; None if they do not.
        kept: whether a choice outlives its page.
        only_for: another parameter and its value, without which it is left out of the address.
    """

    name: str
    type: type[ParameterType[Any]]
    default: T
    pages: tuple[str, ...]
    noun: str
    passed: ParameterType[Any] | None = None
    kept: bool = True
    only_for: "tuple[Parameter[Any], str] | None" = None

    @property
    def passing_pages(self) -> tuple[str, ...]:
        """Pages without a control for it whose address contains it."""
        others = (page for page in _ALL_PAGES if page not in self.pages)
        return () if self.passed is None else tuple(others)


_ALL_PAGES = tuple(entry.key for entry in EVERY_ENTRY)
_INSPECTING_PAGES = ("inside", "field", "convolution", "channels", "why", "embedding")
_IMAGE_PAGES = (*_INSPECTING_PAGES, "time", "compare", "lesson", "architecture")
_NETWORK_PAGES = (*_INSPECTING_PAGES, "report", "lesson")
_LAYER_PAGES = ("inside", "field", "convolution", "channels", "embedding", "architecture")


# Network, input, layer and channel, the same on all pages
NETWORK = Parameter[str | None]("network", OneOf, None, _NETWORK_PAGES, "network", passed=Text())
IMAGE = Parameter(
    "subject",
    OneOf,
    "digit",
    _IMAGE_PAGES,
    "input",
    passed=OneOf.keys(("digit", "drawing", "upload")),
)
DIGIT = Parameter("digit", Integer, 0, _IMAGE_PAGES, "test digit", passed=Integer())
DRAWING = Parameter[bytes | None](
    "drawing",
    GrayImage,
    None,
    (*_IMAGE_PAGES, "draw"),
    "drawing",
    passed=GrayImage(),
    only_for=(IMAGE, "drawing"),
)
UPLOAD = Parameter[bytes | None](
    "upload",
    GrayImage,
    None,
    _IMAGE_PAGES,
    "uploaded image",
    passed=GrayImage(),
    only_for=(IMAGE, "upload"),
)
LAYER = Parameter[str | None]("layer", Text, None, _LAYER_PAGES, "layer")
CHANNEL = Parameter[int | None]("channel", Integer, None, _LAYER_PAGES, "channel")

# Views of a page
CONVOLUTION_UNIT = Parameter[tuple[str, int, int, int] | None](
    "unit", LayerUnit, None, ("convolution",), "unit"
)
CONVOLUTION_DIRECTION = Parameter("direction", OneOf, "forward", ("convolution",), "direction")
FIELD_UNIT = Parameter[tuple[str, int, int, int] | None](
    "field_unit", LayerUnit, None, ("field",), "unit"
)
CHANNEL_EDITS = Parameter[tuple[ChannelEdit, ...] | None](
    "edits", ChannelEdits, None, ("channels",), "edits", kept=False
)
INSIDE_SHOWN = Parameter("inside_shown", OneOf, "both", ("inside",), "maps")
INSIDE_WITH = Parameter("inside_with", OneOf, "input", ("inside",), "comparison")
INSIDE_SECOND = Parameter[int | None]("inside_second", Integer, None, ("inside",), "second digit")
INSIDE_OTHER = Parameter("inside_other", OneOf, "fresh", ("inside",), "second network")
INSIDE_VIEW = Parameter("view", OneOf, "guided", ("inside",), "view")
FIELD_VIEW = Parameter("field_view", OneOf, "boxes", ("field",), "view")
FIELD_PUBLISHED = Parameter("field_published", Flag, False, ("field",), "“As published”")
EMBEDDING_MAP = Parameter("map", OneOf, "PCA", ("embedding",), "map")
EMBEDDING_BESIDE = Parameter("beside", OneOf, "nothing", ("embedding",), "comparison")
EMBEDDING_OTHER = Parameter[str | None]("other", OneOf, None, ("embedding",), "other network")
DRAW_NETWORKS = Parameter[tuple[str, ...] | None](
    "draw_networks", SomeOf, None, ("draw",), "networks"
)
PHOTOGRAPH_NETWORK = Parameter[str | None](
    "photo_network", OneOf, None, ("photographs",), "network"
)
IDEA = Parameter("idea", OneOf, "arithmetic", ("ideas",), "idea")
DETECTOR = Parameter[str | None]("detect_network", OneOf, None, ("detect", "report"), "detector")
CANVAS = Parameter[int | None]("detect_canvas", Integer, None, ("detect",), "test canvas")
ARCHITECTURE = Parameter("architecture", OneOf, "mnist_cnn", ("architecture",), "architecture")
ARCHITECTURE_SCALE = Parameter("scale", OneOf, "mnist", ("architecture",), "scale")
ARCHITECTURE_VIEW = Parameter("architecture_view", OneOf, "graph", ("architecture",), "view")

# Trainings and races
RUN = Parameter[str | None]("run", Text, None, ("train", "time"), "run", kept=False)
MOMENT = Parameter[int | None]("moment", Integer, None, ("time",), "snapshot", kept=False)
TRAIN_ARCHITECTURE = Parameter("train_model", OneOf, "mnist_cnn", ("train",), "architecture")
TRAIN_PRESET = Parameter("train_preset", OneOf, "quick", ("train",), "preset")
TRAIN_SETTINGS = Parameter[tuple[tuple[str, str], ...] | None](
    "train_setting", Assignments, None, ("train",), "setting", kept=False
)
RACE = Parameter[str | None]("race", Text, None, ("race",), "race", kept=False)
RACE_ARCHITECTURES = Parameter(
    "race_models", SomeOf, ("mnist_cnn", "lenet5", "resnet8"), ("race",), "networks"
)
RACE_PRESET = Parameter("race_preset", OneOf, "quick", ("race",), "preset")
RACE_SEEDS = Parameter("race_seeds", Integer, 1, ("race",), "number of seeds")
RACE_EPOCHS = Parameter("race_epochs", Integer, 3, ("race",), "number of epochs")
RACE_SOURCE = Parameter("race_source", OneOf, "auto", ("race",), "digits")
RACE_AXIS = Parameter("race_axis", OneOf, "seconds", ("race",), "horizontal axis")

# Glossary
TERM = Parameter[str | None]("term", OneOf, None, ("glossary",), "term", kept=False)

# Teaching
LESSON_VIEW = Parameter("lesson_view", OneOf, "lecture", ("lesson",), "view")
HIDDEN = Parameter[tuple[str, ...] | None]("hide", SomeOf, None, _ALL_PAGES, "hidden control")
GUIDE = Parameter[str | None]("guide", OneOf, None, _ALL_PAGES, "step of a guide")

# Report
REPORT_TASK = Parameter("report_task", OneOf, "classify", ("report",), "task")
REPORT_CRITERION = Parameter("report_criterion", OneOf, "accuracy", ("report",), "criterion")
REPORT_ALTERNATIVES = Parameter[tuple[str, ...] | None](
    "report_against", SomeOf, None, ("report",), "alternatives"
)

# Compare
COMPARE_NETWORKS = Parameter[tuple[str, ...] | None](
    "compare", SomeOf, None, ("compare",), "networks"
)
COMPARE_ARCHITECTURES = Parameter[tuple[str, ...] | None](
    "compare_rows", SomeOf, None, ("compare",), "published networks"
)
COMPARE_PUBLISHED = Parameter("compare_published", Flag, False, ("compare",), "“As published”")
COMPARE_VIEW = Parameter("compare_view", OneOf, "table", ("compare",), "view")
COMPARE_SORT = Parameter("compare_sort", OneOf, "chosen", ("compare",), "order")
COMPARE_CHART = Parameter("compare_chart", OneOf, "worth", ("compare",), "chart")
COMPARE_COST = Parameter[str | None]("compare_cost", OneOf, None, ("compare",), "cost")
COMPARE_BY_SIZE = Parameter("compare_by_size", Flag, False, ("compare",), "order by size")
COMPARE_MISTAKES = Parameter("compare_mistakes", Flag, False, ("compare",), "scale of mistakes")
COMPARE_TWO_FIRST = Parameter[str | None](
    "compare_two_first", OneOf, None, ("compare",), "first network"
)
COMPARE_TWO_SECOND = Parameter[str | None](
    "compare_two_second", OneOf, None, ("compare",), "second network"
)
COMPARE_OPTIMIZED = Parameter[str | None]("compare_tricks", OneOf, None, ("compare",), "network")
COMPARE_MATCH = Parameter("compare_match", OneOf, "share", ("compare",), "way to match layers")
COMPARE_ROLE = Parameter("compare_depth", OneOf, "Early", ("compare",), "depth")
COMPARE_SHARE = Parameter[str | None]("compare_share", OneOf, None, ("compare",), "depth")
COMPARE_SIZE = Parameter[str | None]("compare_size", OneOf, None, ("compare",), "map size")
COMPARE_FIELD = Parameter[str | None]("compare_field", OneOf, None, ("compare",), "receptive field")
COMPARE_METHOD = Parameter("compare_method", OneOf, "grad_cam", ("compare",), "method")
COMPARE_CLASS = Parameter("compare_for", OneOf, "own", ("compare",), "class")
COMPARE_UNIT = Parameter[tuple[int, ...] | None](
    "compare_unit", Coordinates, None, ("compare",), "unit", kept=False
)
COMPARE_PART = Parameter("compare_part", OneOf, "confusions", ("compare",), "part")
COMPARE_CELL = Parameter[tuple[str, int, int] | None](
    "compare_cell", ValueTuple, None, ("compare",), "cell"
)
COMPARE_FIRST = Parameter[str | None]("compare_first", OneOf, None, ("compare",), "first network")
COMPARE_SECOND = Parameter[str | None](
    "compare_second", OneOf, None, ("compare",), "second network"
)
COMPARE_SPLIT = Parameter[str | None]("compare_split", OneOf, None, ("compare",), "digits")
COMPARE_BINS = Parameter("compare_bins", OneOf, "width", ("compare",), "bins")
COMPARE_TEMPERED = Parameter("compare_tempered", Flag, False, ("compare",), "temperature")
COMPARE_PERTURBATION = Parameter("compare_spoil", OneOf, "noise", ("compare",), "perturbation")


PARAMETERS: Mapping[str, Parameter[Any]] = MappingProxyType(
    {row.name: row for row in list(globals().values()) if isinstance(row, Parameter)}
)
