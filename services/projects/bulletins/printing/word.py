"""A bulletin as a Word document in the layout of official papers (GB/T 9704), for an office to seal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part as PackagePart
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import _Row
from docx.text.paragraph import Paragraph

from services.projects.bulletins.domain.document import (
    ChartPart,
    Document,
    Front,
    Part,
    TablePart,
    TextPart,
    fraction_of,
)
from services.projects.bulletins.domain.wording import ZH
from services.projects.bulletins.printing.borders import border_above, border_below, table_lines
from services.projects.bulletins.printing.charts import WIDTH, draw
from services.projects.bulletins.printing.pdf import draw_png
from services.projects.instructions.printing.word import (
    BODY_FONT,
    HEAD_FONT,
    SMALL,
    add_body,
    add_line,
    official_page,
    write_text,
)

_TITLE: Final = "方正小标宋简体"
_RED: Final = RGBColor(0xD4, 0x00, 0x00)
_TEXT, _LARGE = Pt(16), Pt(22)
_LINE: Final = Pt(28)
_WIDTH: Final = Mm(156)
# Two characters of a head in a line.
_COUNTING: Final = Mm(12)
# Half of a digit's width in the tables' size, by which a number's fraction moves its point to the left.
_DIGIT: Final = 0.52
_SVG: Final = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def render_word(document: Document) -> bytes:
    """The same bytes for the same document."""
    front = document.front
    word = official_page("", front.number, front.organ)
    title = word.paragraphs[0]._p
    title.getparent().remove(title)
    made = datetime.combine(front.made_on, time(), tzinfo=UTC)
    word.core_properties.title = front.title.replace("\n", "")
    word.core_properties.created = word.core_properties.modified = made
    _page_numbers(word)
    _head(word, front)
    for section in document.sections:
        _heading(word, section.heading)
        for number, part in enumerate(section.parts):
            _part(word, part, f"{len(word.paragraphs)}-{number}")
    _end(word, front)
    target = BytesIO()
    word.save(target)
    return _same_bytes(target.getvalue())


def _same_bytes(made: bytes) -> bytes:
    """Word's package with the times of its members set, or the digest would change from second to second."""
    target = BytesIO()
    with ZipFile(BytesIO(made)) as source, ZipFile(target, "w", ZIP_DEFLATED) as packed:
        for member in source.infolist():
            info = ZipInfo(member.filename, _EPOCH)
            info.compress_type, info.external_attr = ZIP_DEFLATED, member.external_attr
            packed.writestr(info, source.read(member.filename))
    return target.getvalue()


def _head(word: WordDocument, front: Front) -> None:
    is_zh = front.language == ZH
    organ = _paragraph(word, WD_ALIGN_PARAGRAPH.CENTER, before=Pt(36), after=Pt(24))
    # As wide as the type area allows: full characters of up to 46 points.
    size = Pt(min(46, int(_WIDTH.pt / max(len(front.organ), 1) * 0.94)))
    write_text(organ, front.organ, _TITLE, size)
    organ.runs[0].font.color.rgb = _RED
    number = _paragraph(word, WD_ALIGN_PARAGRAPH.CENTER, after=Pt(28))
    write_text(number, front.number or ("（未编号）" if is_zh else "(not numbered)"), BODY_FONT, _TEXT)
    border_below(number, "D40000", 12)
    title = _paragraph(word, WD_ALIGN_PARAGRAPH.CENTER, after=Pt(22))
    title.paragraph_format.line_spacing = Pt(34)
    for place, line in enumerate(front.title.split("\n")):
        if place:
            title.runs[-1].add_break()
        write_text(title, line, _TITLE, _LARGE)
    if front.is_draft:
        draft = _paragraph(word, WD_ALIGN_PARAGRAPH.CENTER)
        write_text(draft, "（草稿，未印发）" if is_zh else "(draft, not issued)", BODY_FONT, SMALL)
    if front.addressees:
        addressees = _paragraph(word)
        addressees.paragraph_format.line_spacing = _LINE
        write_text(addressees, front.addressees, BODY_FONT, _TEXT)


def _paragraph(
    word: WordDocument,
    alignment: WD_ALIGN_PARAGRAPH | None = None,
    *,
    before: Length = Pt(0),
    after: Length = Pt(0),
) -> Paragraph:
    paragraph = word.add_paragraph()
    if alignment is not None:
        paragraph.alignment = alignment
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = before, after
    return paragraph


def _heading(word: WordDocument, text: str) -> None:
    paragraph = _paragraph(word)
    paragraph.paragraph_format.first_line_indent = 2 * _TEXT
    paragraph.paragraph_format.line_spacing = _LINE
    paragraph.paragraph_format.keep_with_next = True
    write_text(paragraph, text, HEAD_FONT, _TEXT)


def _part(word: WordDocument, part: Part, name: str) -> None:
    match part:
        case TextPart():
            add_body(word, part.text)
            word.paragraphs[-1].paragraph_format.space_after = Pt(0)
        case TablePart():
            _table(word, part)
        case ChartPart():
            _chart(word, part, name)


def _table(word: WordDocument, part: TablePart) -> None:
    caption = _paragraph(word, WD_ALIGN_PARAGRAPH.CENTER, before=Pt(6))
    caption.paragraph_format.keep_with_next = True
    write_text(caption, part.caption, HEAD_FONT, Pt(12))
    if part.unit:
        unit = _paragraph(word, WD_ALIGN_PARAGRAPH.RIGHT)
        unit.paragraph_format.keep_with_next = True
        write_text(unit, part.unit, BODY_FONT, Pt(10))
    size = Pt(9.5) if len(part.heads) > 6 else Pt(10.5)
    widths = _widths([head.share for head in part.heads])
    places = [max((len(fraction_of(row[at])) for row in part.rows), default=0) for at in range(len(part.heads))]
    table = word.add_table(rows=0, cols=len(part.heads))
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    table._tbl.tblPr.append(table_lines())
    # Beside each cell's own width: some readers go by the grid alone.
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    row = table.add_row()
    _repeat(row)
    for at, (cell, head) in enumerate(zip(row.cells, part.heads, strict=True)):
        cell.width = widths[at]
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT if head.number else WD_ALIGN_PARAGRAPH.LEFT
        _tight(cell.paragraphs[0])
        write_text(cell.paragraphs[0], head.text, HEAD_FONT, size)
    for texts in part.rows:
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for at, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            cell.width = widths[at]
            if part.heads[at].number:
                _at_the_point(cell.paragraphs[0], widths[at], places[at], size)
            _tight(cell.paragraphs[0])
            write_text(cell.paragraphs[0], text, BODY_FONT, size)
    for note in part.notes:
        write_text(_paragraph(word), note, BODY_FONT, Pt(10))
    _paragraph(word, after=Pt(4))


def _widths(shares: Sequence[int]) -> list[Length]:
    """What counts the rows is as wide as it is; the others share what is left."""
    others = sum(share for share in shares if share > 1)
    left = _WIDTH - _COUNTING * sum(share == 1 for share in shares)
    if not others:
        return [Length(_WIDTH // len(shares))] * len(shares)
    return [_COUNTING if share == 1 else Length(int(left * share / others)) for share in shares]


def _tight(paragraph: Paragraph) -> None:
    """Without the space that the template puts below every paragraph."""
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2.5)
    paragraph.paragraph_format.line_spacing = 1.0


def _at_the_point(paragraph: Paragraph, width: Length, places: int, size: Length) -> None:
    """A decimal tab: Word sets a cell's number at it without being told to."""
    margin = Mm(1.9) * 2
    stop = width - margin - int(places * _DIGIT * size)
    paragraph.paragraph_format.tab_stops.add_tab_stop(Length(stop), WD_TAB_ALIGNMENT.DECIMAL)


def _repeat(row: _Row) -> None:
    """A table that runs over a page says again what its columns are."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    properties.append(OxmlElement("w:tblHeader"))


def _chart(word: WordDocument, part: ChartPart, name: str) -> None:
    """The drawing as SVG, with pixels for a Word that is older than 2016."""
    drawing = draw(part)
    paragraph = _paragraph(word, WD_ALIGN_PARAGRAPH.CENTER, before=Pt(8))
    paragraph.paragraph_format.keep_with_next = True
    picture = paragraph.add_run().add_picture(BytesIO(draw_png(drawing.svg)), width=Length(_WIDTH))
    picture.height = Length(int(_WIDTH * drawing.height / WIDTH))
    picture._inline.docPr.set("descr", part.caption)
    svg = PackagePart(
        PackURI(f"/word/media/chart-{name}.svg"), "image/svg+xml", drawing.svg.encode(), word.part.package
    )
    reference = word.part.relate_to(svg, RELATIONSHIP_TYPE.IMAGE)
    blip = picture._inline.graphic.graphicData.pic.blipFill.blip
    blip.append(
        parse_xml(
            f'<a:extLst {nsdecls("a")}><a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
            f'<asvg:svgBlip xmlns:asvg="{_SVG}" {nsdecls("r")} r:embed="{reference}"/></a:ext></a:extLst>'
        )
    )
    caption = _paragraph(word, WD_ALIGN_PARAGRAPH.CENTER, after=Pt(8))
    unit = f"（{part.unit}）" if part.unit else ""
    write_text(caption, part.caption + unit, HEAD_FONT, Pt(12))


def _end(word: WordDocument, front: Front) -> None:
    for note in front.notes:
        write_text(_paragraph(word), note, BODY_FONT, Pt(10.5))
    # The last line of the text goes with who signs it.
    word.paragraphs[-1].paragraph_format.keep_with_next = True
    for number, text in enumerate((front.signer, front.signed)):
        paragraph = _paragraph(word, WD_ALIGN_PARAGRAPH.RIGHT, before=Pt(36) if number == 0 else Pt(0))
        # Four characters of room for the day, where the seal is set; the organ stands above its middle.
        paragraph.paragraph_format.right_indent = (2 if number == 0 else 4) * _TEXT
        paragraph.paragraph_format.keep_with_next = number == 0
        write_text(paragraph, text, BODY_FONT, _TEXT)
    if front.copies:
        copies = _paragraph(word, before=Pt(36))
        write_text(copies, front.copies, BODY_FONT, SMALL)
        border_above(copies, 8)
    add_line(word, front.signer, front.printed)
    last = word.paragraphs[-1]
    border_above(last, 6 if front.copies else 8)
    border_below(last, "000000", 8)


def _page_numbers(word: WordDocument) -> None:
    """— 1 — at the outer edge: odd pages right, even pages left."""
    word.settings.odd_and_even_pages_header_footer = True
    section = word.sections[0]
    section.footer_distance = Mm(28)
    for footer, alignment in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = alignment
        indent = paragraph.paragraph_format
        indent.left_indent = indent.right_indent = Pt(14)
        write_text(paragraph, "— ", "宋体", SMALL)
        run = paragraph.add_run()
        run.font.size, run.font.name = SMALL, "宋体"
        for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
            if kind:
                mark = OxmlElement("w:fldChar")
                mark.set(qn("w:fldCharType"), kind)
            else:
                mark = OxmlElement("w:instrText")
                mark.set(qn("xml:space"), "preserve")
                mark.text = text
            run._r.append(mark)
        write_text(paragraph, " —", "宋体", SMALL)
