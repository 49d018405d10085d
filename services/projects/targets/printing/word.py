"""A responsibility letter in the layout of official papers, with its table of targets."""

from io import BytesIO

from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Row

from services.projects.instructions.printing.word import (
    BODY_FONT,
    HEAD_FONT,
    add_body,
    add_line,
    official_page,
    write_text,
)
from services.projects.targets.domain.letters import LetterText

# Of 156 mm; the amount takes 不低于31310万元 without a break.
_WIDTHS = (Mm(12), Mm(43), Mm(28), Mm(22), Mm(37), Mm(14))
_CELL = Pt(11)
_SIGNED = Pt(14)
_FOOT_FONT = "宋体"
# So many characters of a title stand in a line.
_TITLE_LINE = 20


def render_word(letter: LetterText) -> bytes:
    document = official_page(letter.title, letter.number, letter.issuer[0])
    # A title of two lines breaks where its meaning does, and not within a word.
    head = document.paragraphs[0].runs[0]
    if len(letter.title) > _TITLE_LINE:
        head.text = letter.broken_title
    add_line(document, letter.number, letter.dated)
    for text in letter.opening:
        add_body(document, text)
    _heading(document, "一、目标任务")
    _table(document, letter)
    _heading(document, "二、责任要求")
    for text in (*letter.duties, *letter.closing):
        add_body(document, text)
    _signatures(document, letter)
    _page_numbers(document)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _heading(document: WordDocument, text: str) -> None:
    """A heading of the first level stays with what it heads."""
    add_body(document, text, HEAD_FONT)
    document.paragraphs[-1].paragraph_format.keep_with_next = True


def _page_numbers(document: WordDocument) -> None:
    """— 1 — at the foot of each page."""
    footer = document.sections[0].footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write_text(footer, "— ", _FOOT_FONT, _SIGNED)
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        write_text(footer, "", _FOOT_FONT, _SIGNED)
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        part.text = text
        footer.runs[-1]._element.append(part)
    write_text(footer, " —", _FOOT_FONT, _SIGNED)


def _table(document: WordDocument, letter: LetterText) -> None:
    table = document.add_table(rows=0, cols=len(letter.heads), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    # Word goes by the cells, others by the columns.
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = width
    _fill(table.add_row(), letter.heads, HEAD_FONT, is_head=True)
    # A table that runs over a page says again what its columns are.
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))
    for cells in letter.rows:
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        _fill(row, cells, BODY_FONT, is_head=False)


def _fill(row: _Row, texts: tuple[str, ...], font: str, *, is_head: bool) -> None:
    for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        cell.width = _WIDTHS[place]
        paragraph = cell.paragraphs[0]
        if is_head or place in {0, 3, 5}:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif place == 4:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        write_text(paragraph, text, font, _CELL)


def _signatures(document: WordDocument, letter: LetterText) -> None:
    table = document.add_table(rows=0, cols=2)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for pair in zip(letter.issuer, letter.responsible, strict=True):
        row = table.add_row()
        # Both sides sign on one page.
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, text in zip(row.cells, pair, strict=True):
            cell.paragraphs[0].paragraph_format.space_before = Pt(12)
            cell.paragraphs[0].paragraph_format.keep_with_next = True
            write_text(cell.paragraphs[0], text, BODY_FONT, _SIGNED)
