"""The sentence above the attribution maps: which of them to believe, and what they show."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnviz.inspection.attribution.reliability import RELIABLE
from cnnviz.ui.attribution.assessment import TESTS, Assessment
from cnnviz.ui.shell.markdown import enumeration, plain

if TYPE_CHECKING:
    from cnnviz.inspection.attribution.question import Target


def verdict_sentence(
    assessments: Mapping[str, Assessment], places: Mapping[str, str], target: "Target"
) -> str:
    """Return which maps to believe and where they put the evidence, or that none passes the tests.

    "" as long as a test is missing.

    Args:
        assessments: by the method's title.
        places: of the strongest evidence, by the same titles.
        target: what they explain.
    """
    if any(assessment.level is None for assessment in assessments.values()):
        return ""
    subject = str(target.digit)
    if target.against is not None:
        subject += f" rather than {target.against}"
    reliable = [title for title, assessment in assessments.items() if assessment.level == RELIABLE]
    if not reliable:
        return _none_reliable(assessments)
    count, of = len(reliable), len(assessments)
    names = enumeration([plain(title) for title in reliable])
    they, mark, are = ("it", "marks", "is") if count == 1 else ("they", "mark", "are")
    return (
        f"{count} of the {of} maps {are} reliable, **{names}**: as the ink that {they} {mark} "
        f"most is removed, the probability of {target.digit} falls faster than by chance. "
        f"{_places({title: places[title] for title in reliable}, subject)}"
    )


def _none_reliable(assessments: Mapping[str, Assessment]) -> str:
    most = max(assessment.passed for assessment in assessments.values())
    closest = [title for title, one in assessments.items() if one.passed == most]
    nearest = f"the best pass {most} of {len(TESTS)} tests"
    if len(closest) == 1:
        nearest = f"the best, {plain(closest[0])}, passes {most} of {len(TESTS)} tests"
    if not most:
        nearest = f"each fails all {len(TESTS)} tests"
    return (
        f"**None** of the {len(assessments)} maps is reliable here: {nearest}. The prediction may "
        "be right all the same, and another digit may have reliable maps."
    )


def _places(places: Mapping[str, str], subject: str) -> str:
    """Return where the maps put the strongest evidence."""
    evidence = f"the strongest evidence for {subject}"
    if len(set(places.values())) == 1:
        (place,) = set(places.values())
        who = "It puts" if len(places) == 1 else ("Both put" if len(places) == 2 else "All put")
        return f"{who} {evidence} in the {place}."
    (first, count), *others = Counter(places.values()).most_common()
    where = [f"{count} of them put {evidence} in the {first}"]
    return f"{', '.join([*where, *(f'{count} in the {place}' for place, count in others)])}."
