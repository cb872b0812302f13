import pytest

from cnnviz.evaluation.perturbations import PERTURBATIONS
from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.models.pretrained.rows import PRETRAINED
from cnnviz.report import CRITERIA
from cnnviz.teaching.experiments import EXPERIMENTS, Experiment
from cnnviz.training.engine.settings import PRESETS
from cnnviz.training.race.plan import MAX_SEEDS, NETWORK_COUNT
from cnnviz.training.runs.networks import find_network
from cnnviz.ui.compare import VIEWS as COMPARE_VIEWS
from cnnviz.ui.embedding.atlas import MODES
from cnnviz.ui.field import VIEWS as FIELD_VIEWS
from cnnviz.ui.ideas import IDEAS
from cnnviz.ui.inside import VIEWS as INSIDE_VIEWS
from cnnviz.ui.race.chart import AXES
from cnnviz.ui.shell.glossary import with_links
from cnnviz.ui.shell.navigation import ENTRIES
from cnnviz.ui.shell.parameters import PARAMETERS

ROWS = [row for rows in EXPERIMENTS.values() for row in rows]
each = pytest.mark.parametrize("experiment", ROWS, ids=lambda row: f"{row.page}: {row.title}")
CHOICES = {
    "view": [view.key for view in INSIDE_VIEWS],
    "field_view": [view.key for view in FIELD_VIEWS],
    "compare_view": [view.key for view in COMPARE_VIEWS],
    "compare_spoil": list(PERTURBATIONS),
    "idea": [idea.key for idea in IDEAS],
    "map": list(MODES),
    "beside": ["nothing", "untrained", "network"],
    "subject": ["digit"],
    "scale": ["mnist", "published"],
    "architecture_view": ["graph", "layers", "code"],
    "architecture": list(CATALOG),
    "train_model": list(CATALOG),
    "train_preset": list(PRESETS),
    "train_setting": ["learning_rate:1"],
    "race_models": [key for key, row in CATALOG.items() if row.task == "classify"],
    "race_axis": list(AXES),
    "race_seeds": [str(seeds) for seeds in range(1, MAX_SEEDS + 1)],
    "race_epochs": ["1"],
    "report_task": ["classify", "detect"],
    "report_criterion": list(CRITERIA),
    "photo_network": list(PRETRAINED),
    "digit": [str(index) for index in range(1_000)],  # of the digits that come with cnnviz
    "detect_canvas": [str(index) for index in range(100)],
}
NETWORKS = ("network", "detect_network", "compare", "draw_networks")


def values(experiment: Experiment, name: str) -> tuple[str, ...]:
    value = experiment.query[name]
    return (value,) if isinstance(value, str) else value


def test_each_page_but_the_overview_has_two_experiments() -> None:
    assert set(EXPERIMENTS) == {entry.key for entry in ENTRIES[1:]}
    assert all(len(rows) >= 2 for rows in EXPERIMENTS.values())
    assert len({row.title for row in ROWS}) == len(ROWS)


@each
def test_an_experiment_sets_up_its_page_with_values_that_it_takes(experiment: Experiment) -> None:
    assert experiment.query
    for name in experiment.query:
        assert experiment.page in PARAMETERS[name].pages
        if name in NETWORKS:
            for key in values(experiment, name):
                assert find_network(key).shipped
        elif name not in ("layer", "channel"):
            assert set(values(experiment, name)) <= set(CHOICES[name])
    if "race_models" in experiment.query:
        low, high = NETWORK_COUNT
        assert low <= len(values(experiment, "race_models")) <= high


@each
def test_an_experiment_names_a_layer_and_a_channel_of_its_network(experiment: Experiment) -> None:
    if "layer" not in experiment.query:
        return
    [key], [layer] = values(experiment, "network"), values(experiment, "layer")
    module = dict(architecture(find_network(key).architecture_key).build().named_modules())[layer]
    channels = getattr(module, "out_channels", 64)  # an activation's are those before it
    assert 0 <= int(values(experiment, "channel")[0]) < channels


@each
def test_an_experiment_says_what_to_watch_for_in_defined_terms(experiment: Experiment) -> None:
    assert "[[" not in with_links(experiment.watch)
    assert experiment.watch.endswith((".", "?"))
    assert len(experiment.title) <= 45
