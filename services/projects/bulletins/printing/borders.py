"""Lines around paragraphs and tables of a Word document."""

from __future__ import annotations

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.text.paragraph import Paragraph


def border_below(paragraph: Paragraph, colour: str, eighths: int) -> None:
    borders = parse_xml(
        f"<w:pBdr {nsdecls('w')}>"
        f'<w:bottom w:val="single" w:sz="{eighths}" w:space="8" w:color="{colour}"/></w:pBdr>'
    )
    paragraph._p.get_or_add_pPr().append(borders)


def border_above(paragraph: Paragraph, eighths: int) -> None:
    borders = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:top w:val="single" w:sz="{eighths}" w:space="4" w:color="000000"/></w:pBdr>'
    )
    paragraph._p.get_or_add_pPr().append(borders)


def table_lines() -> object:
    return parse_xml(
        f"<w:tblBorders {nsdecls('w')}>"
        '<w:top w:val="single" w:sz="8" w:space="0" w:color="000000"/>'
        '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="000000"/>'
        '<w:insideH w:val="single" w:sz="4" w:space="0" w:color="BBBBBB"/>'
        "</w:tblBorders>"
    )
