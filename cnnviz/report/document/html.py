"""A report as one self-contained HTML file, styled for the screen and for A4 paper."""

import base64
from html import escape
from pathlib import Path
from string import Template

from cnnviz.report.document.blocks import SPACE, Figure, Link, Missing, Picture, Report, SvgDrawing
from cnnviz.report.document.renderer import Renderer

_SHORT = 16  # characters up to which a text is not broken
_TEMPLATE = Path(__file__).with_name("report.html")


def to_html(report: Report) -> str:
    """Return the HTML file; it loads nothing, and all user text is escaped."""
    renderer = _HtmlRenderer(report.sources())
    first, *others = (
        f'<section id="section-{number}">\n<h2>{escape(section.title)}</h2>\n'
        + "\n".join(renderer.block(block) for block in section.blocks)
        + "\n</section>"
        for number, section in enumerate(report.sections, start=1)
    )
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(report.title),
        subtitle=renderer.cell(report.subtitle),
        contents="\n".join(
            f'<li><a href="#section-{number}">{escape(section.title)}</a></li>'
            for number, section in enumerate(report.sections, start=1)
        ),
        first=first,
        others="\n".join(others),
        sources="\n".join(
            f'<li id="source-{number}">{escape(source)}</li>'
            for number, source in enumerate(report.sources(), start=1)
        ),
    )


class _HtmlRenderer(Renderer):
    def text(self, text: str) -> str:
        return escape(text)

    def figure(self, figure: Figure) -> str:
        short = " short" if len(figure.text) <= _SHORT else ""
        value = "" if isinstance(figure.value, str) else f"{figure.value} – "
        title = escape(f"{value}{figure.source}")
        return f'<span class="figure{short}" title="{title}">{escape(str(figure))}</span>'

    def reference(self, number: int, source: str) -> str:
        return (
            f'{SPACE}<sup><a href="#source-{number}" title="{escape(source)}" '
            f'aria-label="source {number}">[{number}]</a></sup>'
        )

    def missing(self, part: Missing) -> str:
        remedy = f"; {escape(part.remedy)}" if part.remedy else ""
        command = f": <code>{escape(part.command)}</code>" if part.command else ""
        short = "" if part.remedy or len(part.reason) > _SHORT else " short"
        return f'<span class="missing{short}">{escape(part.reason)}{remedy}{command}</span>'

    def link(self, part: Link) -> str:
        url, new_tab = escape(part.url), 'target="_blank" rel="noreferrer"'
        return f'<a href="{url}" title="{url}" {new_tab}>{escape(part.text)}</a>'

    def paragraph(self, text: str, *, introduces: bool) -> str:
        lead = ' class="lead"' if introduces else ""
        return f"<p{lead}>{text}</p>"

    def conclusion(self, text: str) -> str:
        return f'<p class="conclusion">{text}</p>'

    def bullets(self, items: list[str]) -> str:
        lines = "\n".join(f"<li>{item}</li>" for item in items)
        return f"<ul>\n{lines}\n</ul>"

    def headline(self, rows: list[tuple[str, str]]) -> str:
        boxes = "\n".join(f"<div><dt>{name}</dt><dd>{cell}</dd></div>" for name, cell in rows)
        return f'<dl class="headline">\n{boxes}\n</dl>'

    def facts(self, rows: list[tuple[str, str]]) -> str:
        lines = "\n".join(
            f'<tr><th scope="row">{name}</th><td>{cell}</td></tr>' for name, cell in rows
        )
        return f'<table class="facts"><tbody>\n{lines}\n</tbody></table>'

    def table(self, heads: list[str], rows: list[list[str]], mark: int | None) -> str:
        top = "".join(f'<th scope="col">{head}</th>' for head in heads)
        lines = "\n".join(_row(row, index == mark) for index, row in enumerate(rows))
        body = f"<thead><tr>{top}</tr></thead>\n<tbody>\n{lines}\n</tbody>"
        return f'<div class="wide" tabindex="0"><table>\n{body}\n</table></div>'

    def code(self, text: Figure, reference: str) -> str:
        return f"<pre>{self.figure(text)}{reference}</pre>"

    def pictures(self, items: list[tuple[Picture, str]]) -> str:
        figures = "\n".join(_picture(picture, caption) for picture, caption in items)
        return f'<div class="pictures">\n{figures}\n</div>'

    def drawing(
        self, drawing: SvgDrawing, caption: str, rows: list[tuple[str, str]], marks: str
    ) -> str:
        del rows  # the drawing shows them
        label = escape(drawing.alt)
        return (
            f'<figure class="drawing"><div class="wide" tabindex="0" role="img" '
            f'aria-label="{label}">{drawing.svg}</div>'
            f"<figcaption>{caption}{marks}</figcaption></figure>"
        )


def _row(cells: list[str], marked: bool) -> str:
    first, *rest = cells
    mark = ' class="mark"' if marked else ""
    return f'<tr{mark}><th scope="row">{first}</th>{"".join(f"<td>{c}</td>" for c in rest)}</tr>'


def _picture(picture: Picture, caption: str) -> str:
    alt = escape(f"{picture.alt}: {''.join(map(str, picture.caption))}")
    data = base64.b64encode(picture.png).decode()
    image = f'<img src="data:image/png;base64,{data}" alt="{alt}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"
