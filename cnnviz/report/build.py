"""Collecting a report: everything is read, counted or timed elsewhere, nothing is made up."""

import difflib
import hashlib
import shlex
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.data.mnist import Digits
from cnnviz.report.document.blocks import Figure, Name, Report
from cnnviz.report.facts.context import Material
from cnnviz.report.facts.head_to_head import Ask, asking, duel
from cnnviz.report.facts.network_facts import dossier, timed
from cnnviz.report.facts.recommendation import Candidate, criterion, rival, title
from cnnviz.report.facts.test_results import Seen, ask, missed_canvases
from cnnviz.report.sections import case, errors, record
from cnnviz.training.runs import networks, store
from cnnviz.training.runs.networks import TrainedNetwork

if TYPE_CHECKING:
    from cnnviz.models.loaded_network import LoadedNetwork

_SHIPPED = "shipped-"
_SECTIONS = (
    case.summary,
    case.model,
    case.alternatives,
    case.pros_and_cons,
    case.why,
    record.size,
    record.training,
    record.latency,
    record.metrics,
    case.comparison,
    record.data,
    errors.failures,
    record.reproduce,
)


def subject(key: str) -> TrainedNetwork:
    """Return the trained network of that key.

    Raises:
        ValueError: if there is none, naming those there are, or if it is a damaged run.
    """
    if not key.startswith("fresh-"):
        try:
            return networks.network(key)
        except ValueError:
            if key[:1].isdigit():  # as every run's id: whoever knows the runs knows what is wrong
                store.run(networks.whole(key))
    known = [network.key for network in networks.networks()]
    near = difflib.get_close_matches(f"{_SHIPPED}{key.removeprefix(_SHIPPED)}", known, n=3)
    near = difflib.get_close_matches(key, known, n=3) if key[:1].isdigit() else near
    meant = f"did you mean {' or '.join(near)}? Else " if near else ""
    raise ValueError(f"there is no trained network {key!r}: {meant}choose {', '.join(known)}")


def usual_alternatives(network: TrainedNetwork) -> list[TrainedNetwork]:
    """Return the networks that a report compares with unless told otherwise: those shipped."""
    return [n for n in networks.shipped() if n.task == network.task and n.key != network.key]


def look(network: TrainedNetwork, digits: Digits, loaded: "LoadedNetwork") -> Seen:
    """Return what the network makes of the test digits of this machine.

    Args:
        network: a trained one.
        digits: of this machine.
        loaded: the same with its weights.

    Raises:
        ValueError: if it answers with what is no number.
    """
    if network.task == "classify":
        return Seen(evidence=ask(loaded, digits))
    return missed_canvases(loaded, digits, errors.PICTURES)


def gather(
    network: TrainedNetwork,
    others: Sequence[TrainedNetwork],
    digits: Digits,
    *,
    by: str = "accuracy",
    seen: Seen | None = None,
    ask: Ask | None = None,
) -> Report:
    """Return the report on a network.

    Args:
        network: a trained one.
        others: the alternatives, of the same task.
        digits: of this machine; the network is asked about the test part.
        by: "accuracy", "latency" or "size": what counts most.
        seen: what `look` has found, where the caller has it already.
        ask: what tells a network's answers to the test part, where the caller remembers them.

    Raises:
        ValueError: if the criterion is unknown, an alternative does another task, or the network's
            files are damaged; an alternative with damaged files is left out, which is said.
    """
    counts = criterion(by)
    for other in others:
        if other.task != network.task:
            raise ValueError(
                f"{other.title} does another task than {network.title}: name other alternatives"
            )
    others = [other for other in others if other.key != network.key]
    damaged = [other for other in others if not _whole(other)]
    others = [other for other in others if other not in damaged]
    timing = timed([network.architecture_key, *(other.architecture_key for other in others)])
    chosen, *rest = (Candidate(dossier(each), timing) for each in (network, *others))
    seen = seen or look(network, digits, networks.load(network))
    beside = rival(counts, rest)
    known = Material(
        by=counts,
        chosen=chosen,
        others=rest,
        digits=digits,
        seen=seen,
        duel=duel(chosen, beside, seen.evidence, digits, ask or asking(digits)) if beside else None,
        command=_command(network, others, by),
        made=time.strftime("%Y-%m-%d %H:%M %z"),
        left_out=[Name(other.title) for other in damaged],
    )
    return Report(
        title=network.title,
        subtitle=_subtitle(known),
        sections=tuple(section(known) for section in _SECTIONS),
    )


def _whole(network: TrainedNetwork) -> bool:
    """Tell whether a network's record and weights can be read."""
    try:
        known = dossier(network)
        if known.shipped:  # its weights are checked by their sum: to load each takes long
            content = network.weights.read_bytes()
            return hashlib.sha256(content).hexdigest() == known.sha256
        networks.load(network)
    except (ValueError, OSError):
        return False
    return True


def _subtitle(known: Material) -> tuple[str | Figure, ...]:
    return (
        f"A report by what counts most here: {title(known.by, known.chosen)}. Made ",
        Figure(known.made, known.made, "this machine's clock"),
        " by cnnviz.",
    )


def _command(network: TrainedNetwork, others: Sequence[TrainedNetwork], by: str) -> str:
    words = ["python", "-m", "cnnviz", "report", network.key, "--criterion", by]
    keys = [other.key for other in others]
    if keys != [other.key for other in usual_alternatives(network)]:
        words += ["--against", *keys]
    return shlex.join([*words, "--format", "html", "-o", "report.html"])
