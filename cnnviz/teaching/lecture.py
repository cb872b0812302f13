"""The lecture as a path over the pages, step by step."""

from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.teaching.guide import Guide, Step
from cnnviz.teaching.lecture_sections import SECTIONS, Section

LECTURE: Mapping[str, Section] = MappingProxyType({row.key: row for row in SECTIONS})
_SHORT = ("pixels", "convolution", "relu", "pooling", "softmax", "training", "evaluation")
SHORT_LESSON: Mapping[str, Section] = MappingProxyType(  # fits into 45 minutes
    {key: LECTURE[key] for key in _SHORT}
)


def _steps(section: Section) -> list[Step]:
    return [
        Step(
            f"{section.key}-{i + 1}",
            visit.page,
            section.title,
            section.text if i == 0 else "",
            visit.task,
            query=visit.query,
            minutes=section.minutes / len(section.visits),
        )
        for i, visit in enumerate(section.visits)
    ]


def _guide(key: str, title: str, sections: Mapping[str, Section]) -> Guide:
    return Guide(key, title, (step for section in sections.values() for step in _steps(section)))


LECTURE_GUIDE = _guide("lecture", "Lecture", LECTURE)
SHORT_GUIDE = _guide("short", "Short lesson", SHORT_LESSON)
