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

BODY_FONT, _TITLE, HEAD_FONT = "仿宋", "方正小标宋简体", "黑体"
_TEXT, SMALL, _LARGE = Pt(16), Pt(14), Pt(22)
_NAMES, _TEXTS = Mm(30), Mm(126)
_LINE = Pt(28)
# A document says when it was made; ours is the same for the same facts.
_MADE = datetime(2000, 1, 1, tzinfo=UTC)


def render_word(paper: Paper) -> bytes:
    document = official_page(paper.title, paper.number, paper.office)
    add_line(document, paper.number, paper.dated)
    if paper.addressee:
        write_text(document.add_paragraph(), paper.addressee, BODY_FONT, _TEXT)
    for text in paper.paragraphs:
        add_body(document, text)
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


def official_page(title: str, number: str, office: str) -> WordDocument:
    """A document of A4 with its title, to be filled."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    properties = document.core_properties
    properties.title, properties.subject, properties.author = title, number, office
    properties.created = properties.modified = _MADE
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write_text(head, title, _TITLE, _LARGE)
    return document


def add_body(document: WordDocument, text: str, font: str = BODY_FONT) -> None:
    """A paragraph of the text, its first line indented."""
    body = document.add_paragraph()
    body.paragraph_format.first_line_indent = 2 * _TEXT
    body.paragraph_format.line_spacing = _LINE
    write_text(body, text, font, _TEXT)


def write_text(paragraph: Paragraph, text: str, font: str, size: Pt) -> None:
    """A run in a font for Chinese and Latin characters alike."""
    run = paragraph.add_run(text)
    run.font.name, run.font.size = font, size
    # Word takes the font of Chinese characters from an attribute of its own.
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def add_line(document: WordDocument, left: str, right: str) -> None:
    """A line with a text at either end."""
    paragraph = document.add_paragraph()
    if right:
        paragraph.paragraph_format.tab_stops.add_tab_stop(_NAMES + _TEXTS, WD_ALIGN_PARAGRAPH.RIGHT)
    write_text(paragraph, f"{left}\t{right}" if right else left, BODY_FONT, SMALL)


def _table(document: WordDocument, paper: Paper) -> None:
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for name, text in paper.rows:
        left, right = table.add_row().cells
        left.width, right.width = _NAMES, _TEXTS
        left.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        write_text(left.paragraphs[0], name, HEAD_FONT, SMALL)
        first, *others = text.split("\n")
        write_text(right.paragraphs[0], first, BODY_FONT, SMALL)
        for line in others:
            write_text(right.add_paragraph(), line, BODY_FONT, SMALL)


def _signatures(document: WordDocument, paper: Paper) -> None:
    for text in paper.signatures:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(18)
        write_text(paragraph, text, BODY_FONT, SMALL)


def _end(document: WordDocument, paper: Paper) -> None:
    for number, text in enumerate((paper.office, paper.day)):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = 2 * _TEXT
        if number == 0:
            paragraph.paragraph_format.space_before = Pt(36)
        write_text(paragraph, text, BODY_FONT, _TEXT)
