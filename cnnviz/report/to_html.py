"""A report as one HTML file that needs nothing else, and prints on A4."""

import base64
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any

from cnnviz.report.parts import (
    Block,
    Bullets,
    Cell,
    Code,
    Facts,
    Figure,
    Link,
    Missing,
    Name,
    Paragraph,
    Part,
    Picture,
    Pictures,
    Report,
    Table,
    referring,
)

_SHORT = 16  # characters that stay on one line
_TEMPLATE = Path(__file__).with_name("report.html")


def to_html(report: Report) -> str:
    """Return the whole file; nothing in it is fetched, and all text of users is escaped."""
    show = _Html(report.sources())
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(report.title),
        subtitle=show.cell(report.subtitle),
        sections="\n".join(
            f"<section>\n<h2>{escape(section.title)}</h2>\n"
            + "\n".join(show.block(block) for block in section.blocks)
            + "\n</section>"
            for section in report.sections
        ),
        sources="\n".join(
            f'<li id="source-{number}">{escape(source)}</li>'
            for number, source in enumerate(report.sources(), start=1)
        ),
    )


class _Html:
    """Shows blocks; figures refer to the list of sources."""

    def __init__(self, sources: list[str]) -> None:
        self._numbers = {source: number for number, source in enumerate(sources, start=1)}
        self._blocks: Mapping[type[Block], Callable[[Any], str]] = MappingProxyType(
            {
                Paragraph: self._paragraph,
                Bullets: self._bullets,
                Facts: self._facts,
                Table: self._table,
                Code: self._code,
                Pictures: self._pictures,
            }
        )

    def block(self, block: Block) -> str:
        return self._blocks[type(block)](block)

    def cell(self, cell: Cell) -> str:
        return "".join(self._part(part) + self._reference(s) for part, s in referring(cell))

    def _reference(self, source: str) -> str:
        if not source:
            return ""
        number = self._numbers[source]
        return f'<sup><a href="#source-{number}">{number}</a></sup>'

    def _part(self, part: Part) -> str:
        if isinstance(part, Figure):
            short = " short" if len(part.text) <= _SHORT else ""
            return f'<span class="figure{short}">{escape(str(part))}</span>'
        if isinstance(part, Missing):
            way = f" – to have it: {escape(part.way)}" if part.way else ""
            command = f": <code>{escape(part.command)}</code>" if part.command else ""
            return f'<span class="missing">{escape(part.what)}{way}{command}</span>'
        if isinstance(part, Link):
            leave = 'target="_blank" rel="noreferrer"'
            return f'<a href="{escape(part.url)}" {leave}>{escape(part.text)}</a>'
        return escape(part.text if isinstance(part, Name) else part)

    def _paragraph(self, block: Paragraph) -> str:
        last = block.parts[-1]
        lead = ' class="lead"' if isinstance(last, str) and last.endswith(":") else ""
        return f"<p{lead}>{self.cell(block.parts)}</p>"

    def _bullets(self, block: Bullets) -> str:
        items = "\n".join(f"<li>{self.cell(item)}</li>" for item in block.items)
        return f"<ul>\n{items}\n</ul>"

    def _facts(self, block: Facts) -> str:
        if block.headline:
            boxes = "\n".join(
                f"<div><dt>{escape(name)}</dt><dd>{self.cell(cell)}</dd></div>"
                for name, cell in block.rows
            )
            return f'<dl class="headline">\n{boxes}\n</dl>'
        rows = "\n".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{self.cell(cell)}</td></tr>'
            for name, cell in block.rows
        )
        return f'<table class="facts"><tbody>\n{rows}\n</tbody></table>'

    def _table(self, block: Table) -> str:
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in block.heads)
        rows = "\n".join(
            self._row(row, place == block.mark) for place, row in enumerate(block.rows)
        )
        body = f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
        return f'<div class="wide"><table>\n{body}\n</table></div>'

    def _row(self, row: tuple[Cell, ...], marked: bool) -> str:
        first, *rest = row
        cells = "".join(f"<td>{self.cell(cell)}</td>" for cell in rest)
        mark = ' class="mark"' if marked else ""
        return f'<tr{mark}><th scope="row">{self.cell(first)}</th>{cells}</tr>'

    def _code(self, block: Code) -> str:
        return f"<pre>{self.cell((block.text,))}</pre>"

    def _pictures(self, block: Pictures) -> str:
        figures = "\n".join(self._picture(picture) for picture in block.items)
        return f'<div class="pictures">\n{figures}\n</div>'

    def _picture(self, picture: Picture) -> str:
        said = [part if isinstance(part, str) else str(part) for part in picture.caption]
        alt = f"{picture.alt}: {''.join(said)}"
        data = base64.b64encode(picture.png).decode()
        image = f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}">'
        return f"<figure>{image}<figcaption>{self.cell(picture.caption)}</figcaption></figure>"
