"""The report of the day as a Word document: A4 lying, title, the day in sentences, the table."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.text.paragraph import Paragraph

from services.energy.activations.documents.wording import (
    acknowledged_of,
    measure_of,
    number,
    percent,
    summary,
    title_of,
    verdict_of,
)
from services.energy.activations.domain.quarters import local_text
from services.energy.activations.domain.report import DayReport, Line

_BODY, _TITLE, _HEAD = "仿宋", "方正小标宋简体", "黑体"
_LARGE, _TEXT, _CELL = Pt(22), Pt(16), Pt(10)
# A document says when it was made; ours is the same for the same facts.
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)
_COLUMNS: Final = (
    ("企业名称", 58),
    ("措施", 14),
    ("时段", 34),
    ("应压减\n（千瓦）", 20),
    ("平均压减\n（千瓦）", 20),
    ("压减电量\n（千瓦时）", 22),
    ("欠缺电量\n（千瓦时）", 22),
    ("完成率", 17),
    ("确认", 26),
    ("核定", 24),
)


def render_word(report: DayReport) -> bytes:
    document = Document()
    _page(document, report)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(title, title_of(report), _TITLE, _LARGE)
    for text in summary(report):
        body = document.add_paragraph()
        body.paragraph_format.first_line_indent = 2 * _TEXT
        _write(body, text, _BODY, _TEXT)
    if report.lines:
        _table(document, report)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _page(document: WordDocument, report: DayReport) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(22)
    properties = document.core_properties
    properties.title, properties.subject, properties.author = title_of(report), report.day.isoformat(), ""
    properties.created = properties.modified = _MADE


def _table(document: WordDocument, report: DayReport) -> None:
    table = document.add_table(rows=1, cols=len(_COLUMNS), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for cell, (heading, width) in zip(table.rows[0].cells, _COLUMNS, strict=True):
        cell.width = Mm(width)
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(cell.paragraphs[0], heading, _HEAD, _CELL)
    for line in report.lines:
        for place, (cell, text) in enumerate(zip(table.add_row().cells, _cells(line), strict=True)):
            cell.width = Mm(_COLUMNS[place][1])
            _write(cell.paragraphs[0], text, _BODY, _CELL)


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.enterprise_name,
        measure_of(line),
        f"{local_text(line.starts_at, '%m-%d %H:%M')}–{local_text(line.ends_at, '%H:%M')}",
        number(line.ordered_kw),
        number(line.mean_kw),
        number(line.energy_kwh),
        number(line.shortfall_kwh),
        percent(line.covered),
        acknowledged_of(line),
        verdict_of(line),
    )


def _write(paragraph: Paragraph, text: str, font: str, size: Length) -> None:
    run = paragraph.add_run(text)
    run.font.name, run.font.size = font, size
    # Word takes the font of Chinese characters from an attribute of its own.
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
