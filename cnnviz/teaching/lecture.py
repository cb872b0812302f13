"""The lecture as a path over the pages, step by step."""

from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.teaching.guide import Guide, Step
from cnnviz.teaching.lecture_sections import SECTIONS, Section

LECTURE: Mapping[str, Section] = MappingProxyType({row.key: row for row in SECTIONS})


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


LECTURE_GUIDE = Guide(
    "lecture", "Lecture", (step for section in LECTURE.values() for step in _steps(section))
)
