"""A paper as a Word document in the layout of official papers (GB/T 9704): A4, title, body in 仿宋 16 pt."""

from datetime import UTC, datetime
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from services.projects.instructions.domain.paper import Paper

_BODY, _TITLE, _HEAD = "仿宋", "方正小标宋简体", "黑体"
_TEXT, _SMALL, _LARGE = Pt(16), Pt(14), Pt(22)
_NAMES, _TEXTS = Mm(30), Mm(126)
_LINE = Pt(28)
# A document says when it was made; ours is the same for the same facts.
_MADE = datetime(2000, 1, 1, tzinfo=UTC)


def render_word(paper: Paper) -> bytes:
    document = Document()
    _page(document, paper)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(title, paper.title, _TITLE, _LARGE)
    _line(document, paper.number, paper.dated)
    if paper.addressee:
        _write(document.add_paragraph(), paper.addressee, _BODY, _TEXT)
    for text in paper.paragraphs:
        body = document.add_paragraph()
        body.paragraph_format.first_line_indent = 2 * _TEXT
        body.paragraph_format.line_spacing = _LINE
        _write(body, text, _BODY, _TEXT)
    if paper.rows:
        _table(document, paper)
        _signatures(document, paper)
        _end(document, paper)
    else:
        _end(document, paper)
        _signatures(document, paper)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _page(document: WordDocument, paper: Paper) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    properties = document.core_properties
    properties.title, properties.subject, properties.author = paper.title, paper.number, paper.office
    properties.created = properties.modified = _MADE


def _write(paragraph: Paragraph, text: str, font: str, size: Pt) -> None:
    run = paragraph.add_run(text)
    run.font.name, run.font.size = font, size
    # Word takes the font of Chinese characters from an attribute of its own.
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _line(document: WordDocument, left: str, right: str) -> None:
    paragraph = document.add_paragraph()
    if right:
        paragraph.paragraph_format.tab_stops.add_tab_stop(_NAMES + _TEXTS, WD_ALIGN_PARAGRAPH.RIGHT)
    _write(paragraph, f"{left}\t{right}" if right else left, _BODY, _SMALL)


def _table(document: WordDocument, paper: Paper) -> None:
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for name, text in paper.rows:
        left, right = table.add_row().cells
        left.width, right.width = _NAMES, _TEXTS
        left.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(left.paragraphs[0], name, _HEAD, _SMALL)
        first, *others = text.split("\n")
        _write(right.paragraphs[0], first, _BODY, _SMALL)
        for line in others:
            _write(right.add_paragraph(), line, _BODY, _SMALL)


def _signatures(document: WordDocument, paper: Paper) -> None:
    for text in paper.signatures:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(18)
        _write(paragraph, text, _BODY, _SMALL)


def _end(document: WordDocument, paper: Paper) -> None:
    for number, text in enumerate((paper.office, paper.day)):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = 2 * _TEXT
        if number == 0:
            paragraph.paragraph_format.space_before = Pt(36)
        _write(paragraph, text, _BODY, _TEXT)
