"""A bulletin as PDF, and its charts as pixels."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

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
from services.projects.instructions.printing.typesetting import font_book, typeset

LAYOUT: Final = Path(__file__).with_name("bulletin.typ")
_PICTURE: Final = b"""#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: 450pt)"""
_PIXELS_PER_INCH: Final = 192.0


def render_pdf(document: Document) -> bytes:
    """The same bytes for the same document."""
    return typeset(LAYOUT, data_of(document), document.front.made_on)


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
