"""A bulletin as PDF, set by Typst with the fonts of a package: nothing of the machine is used, nothing fetched."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Final

import pylopdf_fonts_zh_cn as fonts
import typst

from services.projects.bulletins.domain.document import (
    ChartPart,
    Document,
    Part,
    TablePart,
    TextPart,
    pads_of,
)
from services.projects.bulletins.domain.wording import ZH
from services.projects.bulletins.printing.charts import draw

LAYOUT: Final = Path(__file__).with_name("bulletin.typ")
_PICTURE: Final = b"""#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: 450pt)"""
_PIXELS_PER_INCH: Final = 192.0


@cache
def font_book() -> typst.Fonts:
    """Read once: the files are 20 MB."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts.serif_path().parent)]
    )


def render_pdf(document: Document) -> bytes:
    """The same bytes for the same document, for the archive (PDF/A-2b): fonts embedded as far as they are used."""
    made_at = datetime.combine(document.front.made_on, time(), tzinfo=UTC)
    return typst.compile(
        LAYOUT.read_bytes(),
        format="pdf",
        font_paths=font_book(),
        ignore_system_fonts=True,
        # As values, not as source: nothing in a text is read as markup.
        sys_inputs={"data": json.dumps(data_of(document), ensure_ascii=False)},
        timestamp=made_at,
        pdf_standards="a-2b",
    )


def draw_png(svg: str) -> bytes:
    """A chart as pixels, for what cannot show vectors."""
    return typst.compile(
        _PICTURE,
        format="png",
        ppi=_PIXELS_PER_INCH,
        font_paths=font_book(),
        ignore_system_fonts=True,
        sys_inputs={"svg": svg},
    )


def data_of(document: Document) -> dict[str, Any]:
    """What the layout reads."""
    front = document.front
    is_zh = front.language == ZH
    return {
        "language": front.language,
        "draft_mark": "草稿" if is_zh else "DRAFT",
        "no_number": "（未编号）" if is_zh else "(not numbered)",
        "made_on": [front.made_on.year, front.made_on.month, front.made_on.day],
        "front": {name: value for name, value in asdict(front).items() if name != "made_on"},
        "sections": [
            {"heading": section.heading, "parts": [_part(part) for part in section.parts]}
            for section in document.sections
        ],
    }


def _part(part: Part) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"kind": "text", "text": part.text}
        case TablePart():
            return {
                "kind": "table",
                "caption": part.caption,
                "unit": part.unit,
                "heads": [asdict(head) for head in part.heads],
                "rows": _aligned(part),
                "notes": list(part.notes),
            }
        case ChartPart():
            return {"kind": "chart", "caption": part.caption, "unit": part.unit, "svg": draw(part).svg}


def _aligned(part: TablePart) -> list[list[dict[str, Any]]]:
    """Rows of texts, each number with what is missing behind its point."""
    columns = [
        pads_of(tuple(row[place] for row in part.rows)) if head.number else None
        for place, head in enumerate(part.heads)
    ]
    return [
        [
            {"text": text, "pad": None if pads is None else pads[at]}
            for text, pads in zip(row, columns, strict=True)
        ]
        for at, row in enumerate(part.rows)
    ]
