"""The curves of a race with their bands, and accuracy against cost."""

from collections.abc import Callable, Mapping, Sequence

from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.plots.colors import CATEGORICAL
from cnnviz.training.race.costs import BACKWARD, NetworkCost
from cnnviz.training.race.curve_columns import bubble_radii, epoch_columns, interval_columns
from cnnviz.training.race.standings import WINDOW, LearningCurves, common_epochs
from cnnviz.ui.components.live_chart import CHART, Panel, chart_message, update_every
from cnnviz.ui.components.received import Name, pass_on
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import RACE_AXIS

AXES = {
    "seconds": "seconds of training, without the others' turns",
    "digits": "digits trained on",
    "steps": "steps",
    "GMAC": f"billions of MACs: {BACKWARD} × forward × digits",
}


def race_chart(
    curves: Mapping[str, Sequence[LearningCurves]],
    costs: Mapping[str, NetworkCost],
    *,
    race: str,
    ends: Mapping[str, float],
    live: bool,
    key: str,
    on_update: Callable[[], None],
) -> None:
    """Draw a race, and rerun the surrounding fragment, often while the race is live.

    Args:
        curves: by network, of the seeds that count.
        costs: by network; without them there is no axis of MACs.
        race: id; another one resets the zoom.
        ends: the upper ends of the axes that are known.
        live: whether anything is still training.
        key: of the component.
        on_update: called before each rerun that the chart requests.
    """
    has_costs = all(model in costs for model in curves)
    epochs = common_epochs(curves)
    axis = address.read(RACE_AXIS, OneOf.keys(AXES))
    address.show_complaint(RACE_AXIS)
    groups = []
    for model, runs in curves.items():
        macs = costs[model].macs if has_costs else 0
        groups += [
            interval_columns(runs, macs=macs),
            epoch_columns(runs, macs=macs, epochs=epochs),
        ]
    CHART(
        key=key,
        on_update_change=on_update,
        on_axis_change=pass_on(key, "axis", Name, _link),
        data=chart_message(
            {
                "run": race,
                "every": update_every(live=live),
                "axes": [axis for axis in AXES if has_costs or axis != "GMAC"],
                "axis": axis,
                "labels": AXES,
                "high": dict(ends),
                "panels": _panels(list(curves), costs, epochs),
            },
            groups,
        ),
    )


def _link(axis: str) -> None:
    """Write the axis chosen in the browser into the address."""
    if axis in AXES:
        address.write({RACE_AXIS: axis})


def network_colors(models: Sequence[str]) -> dict[str, int]:
    """Return each network's color number: its own in every race, or the next free color.

    Args:
        models: of one race, fewer than there are colors.
    """
    keys, chosen = list(CATALOG), dict[str, int]()
    for model in models:
        own = keys.index(model)
        tries = ((own + more) % len(CATEGORICAL) for more in range(len(CATEGORICAL)))
        chosen[model] = next(color for color in tries if color not in chosen.values())
    return chosen


def _panels(models: list[str], costs: Mapping[str, NetworkCost], epochs: int) -> list[Panel]:
    """Return the panels; the bubbles show the test accuracy once all networks have one."""
    measure = f"test accuracy after epoch {epochs}" if epochs else "training accuracy"
    return [
        _panel(models, f"Training accuracy, last {WINDOW:,} digits", "accuracy", unit="%", high=1),
        _panel(
            models,
            f"Accuracy against cost: {measure}",
            "compared" if epochs else "accuracy",
            unit="%",
            high=1,
            tests=epochs > 0,
            sizes=bubble_radii(costs),
        ),
        _panel(models, "Loss", "loss", unit="nats", log=True),
        _panel(models, "Test accuracy after each epoch", "test", unit="%", high=1, tests=True),
    ]


def _panel(
    models: list[str],
    title: str,
    name: str,
    *,
    unit: str,
    log: bool = False,
    high: float | None = None,
    tests: bool = False,
    sizes: Mapping[str, float] | None = None,
) -> Panel:
    shade = network_colors(models)
    series = [
        {
            "label": architecture(model).title,
            "group": 2 * number + tests,
            "column": name,
            "color": shade[model],
            "dots": tests,
            "band": [f"{name}_low", f"{name}_high"],
            "size": (sizes or {}).get(model, 0.0),
        }
        for number, model in enumerate(models)
    ]
    panel = {"title": title, "unit": unit, "log": log, "low": None, "high": high}
    return panel | {"bubbles": sizes is not None, "series": series}
