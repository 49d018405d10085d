"""Published documents read back: paragraphs and tables of the Word file and of the page, the text of the PDF.

And how a number is said in them, written down once more from the rules of the papers.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import lxml.html
from docx import Document
from pypdf import PdfReader

_WAN, _YI = Decimal(10_000), Decimal(100_000_000)
_LARGE = {"yuan": "元", "kwh": "千瓦时"}
Tables = dict[str, list[list[str]]]


@dataclass(frozen=True)
class Paper:
    """``tables`` by their captions without the number, each with its rows below the head; ``charts`` are the texts
    that are drawn."""

    text: str
    tables: Tables
    charts: dict[str, list[str]]


def word(content: bytes) -> Paper:
    made = Document(io.BytesIO(content))
    lines = [one.text for one in made.paragraphs]
    captions = [_caption(line) for line in lines if re.match(r"表\d+　", line)]
    rows = [[[cell.text for cell in row.cells] for row in table.rows][1:] for table in made.tables]
    return Paper(bare("".join(lines)), dict(zip(captions, rows, strict=True)), {})


def page(content: bytes) -> Paper:
    made = lxml.html.fromstring(content.decode())
    # What is set behind a number to move its point is not read.
    for pad in made.xpath("//td/i"):
        pad.drop_tree()
    tables = {
        _caption(figure.xpath("string(figcaption)")): [
            [cell.text_content() for cell in row.xpath("td")] for row in figure.xpath(".//tbody/tr")
        ]
        for figure in made.xpath("//figure[.//table]")
    }
    charts = {
        _caption(figure.xpath("string(figcaption)")).partition("（")[0]: [
            one.text_content() for one in figure.xpath(".//*[local-name()='text']")
        ]
        for figure in made.xpath("//figure[@class='chart']")
    }
    return Paper(bare(made.text_content()), tables, charts)


def pdf(content: bytes) -> str:
    return bare("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def _caption(line: str) -> str:
    return line.partition("　")[2]


def half_up(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def number(value: Decimal | None, places: int, scale: int = 1) -> str:
    """In a column: all places, a dash for what is not known."""
    if value is None:
        return "—"
    rounded = half_up(value / scale, places)
    return format(rounded or abs(rounded), "f")


def short(value: Decimal, places: int) -> str:
    """Without idle noughts behind the point."""
    text = format(half_up(value, places), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(value: Decimal, unit: str) -> str:
    """万 from ten thousand, 亿 from a hundred million on, as far as what is shown reaches it."""
    if unit not in _LARGE:
        return short(value, 2)
    for scale, name in ((Decimal(1), ""), (_WAN, "万")):
        if abs(half_up(value / scale, 2)) < _WAN:
            return f"{short(value / scale, 2)}{name}{_LARGE[unit]}"
    return f"{short(value / _YI, 2)}亿{_LARGE[unit]}"


def direction(value: Decimal, up: str, down: str, none: str, unit: str) -> str:
    """增长15.3%, 下降2.1%, 持平: by what is left after rounding."""
    rounded = half_up(value, 1)
    if not rounded:
        return none
    return f"{up if rounded > 0 else down}{short(abs(value), 1)}{unit}"


def same_tables(shown: Tables, ours: Tables) -> None:
    """Every table of the document is one of ours, cell by cell."""
    assert shown.keys() == ours.keys()
    for caption, rows in ours.items():
        assert shown[caption] == rows, caption


def draws_all(shown: dict[str, list[str]], ours: dict[str, list[str]]) -> None:
    """Every chart of the document is one of ours; what is written in it stands together somewhere in it."""
    assert shown.keys() == ours.keys()
    for caption, texts in ours.items():
        drawn = shown[caption]
        places = range(len(drawn) - len(texts) + 1)
        assert any(drawn[at : at + len(texts)] == texts for at in places), (caption, texts, drawn)


def says_all(text: str, tables: Tables) -> None:
    """A text that has lost its tables' lines still says each row in its order."""
    for caption, rows in tables.items():
        assert bare(caption) in text, caption
        for row in rows:
            _in_order(text, [bare(cell) for cell in row])


def _in_order(text: str, cells: Sequence[str]) -> None:
    """The cells of a row one behind the other, in some place where the first is found."""
    said = [cell for cell in cells if cell]
    pattern = "".join(re.escape(one) for one in said)
    assert re.search(pattern, text), said
