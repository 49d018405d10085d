"""A bulletin as a page: read on a screen, printed on A4. It runs no script and loads nothing."""

from __future__ import annotations

from html import escape

from services.projects.bulletins.domain.document import (
    ChartPart,
    Document,
    Front,
    Part,
    TablePart,
    TextPart,
    pads_of,
)
from services.projects.bulletins.domain.wording import ZH
from services.projects.bulletins.printing.charts import draw
from services.projects.instructions.printing.html import PAGE_STYLE

_STYLE = """
body { padding: 12mm 4mm; overflow-wrap: anywhere; }
.organ { color: #d40000; font-size: 34pt; line-height: 1.2; text-align: center; margin: 6mm 0 8mm;
  font-family: 方正小标宋简体, SimSun, 宋体, "Noto Serif CJK SC", "Noto Serif SC", serif; }
.number { text-align: center; text-indent: 0; padding-bottom: 4mm; border-bottom: 2px solid #d40000; }
h1 { margin-top: 12mm; }
h2 { font-family: SimHei, 黑体, "Noto Sans CJK SC", "Noto Sans SC", sans-serif; font-size: 16pt;
  font-weight: normal; text-indent: 2em; margin: 0; break-after: avoid; }
figure { margin: 5mm 0; break-inside: auto; }
figcaption { font: 12pt/1.5 SimHei, 黑体, "Noto Sans CJK SC", "Noto Sans SC", sans-serif; text-align: center; }
figure.chart { break-inside: avoid; }
figure.chart svg { width: 100%; height: auto; }
.unit { font-size: 10pt; text-align: right; text-indent: 0; }
.scroll { overflow-x: auto; }
table { font-size: 10.5pt; line-height: 1.4; border: 0; border-top: 1.5px solid #000;
  border-bottom: 1.5px solid #000; }
th, td { border: 0; border-bottom: 1px solid #bbb; padding: 1.2mm 1.5mm; width: auto; }
th { border-bottom: 1px solid #000; text-align: left; white-space: nowrap; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
  padding-bottom: 1.2mm; border-bottom: 1px solid #bbb; }
th.number { border-bottom: 1px solid #000; }
td.number i { visibility: hidden; font-style: normal; }
.notes p { text-indent: 0; font-size: 10.5pt; line-height: 1.5; }
.foot { border-top: 1.5px solid #000; border-bottom: 1.5px solid #000; font-size: 14pt; margin-top: 16mm; }
.foot p { text-indent: 0; padding: 0 1em; }
.foot p + p { border-top: 1px solid #000; }
.foot .line { padding: 0 1em; }
.draft { position: fixed; inset: 40% 0 auto; text-align: center; font-size: 96pt; color: #0001;
  transform: rotate(-40deg); pointer-events: none; }
@media print { body { padding: 0; } .scroll { overflow: visible; } }
"""


def render_html(document: Document) -> bytes:
    """A whole page in UTF-8; every text is escaped."""
    front = document.front
    is_zh = front.language == ZH
    title = "<br>".join(escape(line) for line in front.title.split("\n"))
    number = front.number or ("（未编号）" if is_zh else "(not numbered)")
    draft = f'<div class="draft">{"草稿" if is_zh else "DRAFT"}</div>' if front.is_draft else ""
    sections = "".join(
        f"<section><h2>{escape(section.heading)}</h2>{''.join(_part(part) for part in section.parts)}</section>"
        for section in document.sections
    )
    page = (
        f'<!DOCTYPE html><html lang="{front.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(front.title.replace(chr(10), ''))}</title>"
        f"<style>{PAGE_STYLE}{_STYLE}</style></head><body>"
        f'{draft}<div class="organ">{escape(front.organ)}</div><p class="number">{escape(number)}</p>'
        f'<h1>{title}</h1><p class="flush">{escape(front.addressees)}</p>{sections}{_end(front)}</body></html>'
    )
    return page.encode()


def _end(front: Front) -> str:
    notes = "".join(f"<p>{escape(note)}</p>" for note in front.notes)
    copies = f"<p>{escape(front.copies)}</p>" if front.copies else ""
    return (
        f'<div class="notes">{notes}</div>'
        f'<div class="end">{escape(front.signer)}<br>{escape(front.signed)}</div>'
        f'<div class="foot">{copies}<div class="line"><span>{escape(front.signer)}</span>'
        f"<span>{escape(front.printed)}</span></div></div>"
    )


def _part(part: Part) -> str:
    match part:
        case TextPart():
            return f"<p>{escape(part.text)}</p>"
        case TablePart():
            return _table(part)
        case ChartPart():
            unit = f"（{part.unit}）" if part.unit else ""
            return (
                f'<figure class="chart">{draw(part).svg}'
                f"<figcaption>{escape(part.caption + unit)}</figcaption></figure>"
            )


def _table(part: TablePart) -> str:
    classes = ['class="number"' if head.number else "" for head in part.heads]
    heads = "".join(
        f'<th scope="col" {name}>{escape(head.text)}</th>' for head, name in zip(part.heads, classes, strict=True)
    )
    pads = [
        pads_of(tuple(row[place] for row in part.rows)) if head.number else None
        for place, head in enumerate(part.heads)
    ]
    rows = []
    for at, row in enumerate(part.rows):
        cells = []
        for place, text in enumerate(row):
            column = pads[place]
            pad = f"<i>{escape(column[at])}</i>" if column is not None and column[at] else ""
            cells.append(f"<td {classes[place]}>{escape(text)}{pad}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    unit = f'<p class="unit">{escape(part.unit)}</p>' if part.unit else ""
    notes = "".join(f"<p>{escape(note)}</p>" for note in part.notes)
    return (
        f"<figure><figcaption>{escape(part.caption)}</figcaption>{unit}"
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        f'<div class="notes">{notes}</div></figure>'
    )
