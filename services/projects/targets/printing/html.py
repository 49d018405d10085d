"""A responsibility letter as a page that a browser prints on A4."""

from html import escape

from services.projects.instructions.printing.html import PAGE_STYLE
from services.projects.targets.domain.letters import LetterText

_STYLE = """
p.heading { font-family: SimHei, 黑体, "Noto Sans CJK SC", sans-serif; break-after: avoid; }
table.targets { font-size: 11pt; table-layout: fixed; }
table.targets th { width: auto; text-align: center; }
table.targets thead { display: table-header-group; }
table.targets tr { break-inside: avoid; }
table.targets td.number { text-align: center; }
table.targets td.amount { text-align: right; }
.sides { display: flex; justify-content: space-between; margin-top: 12mm; font-size: 14pt; break-inside: avoid; }
.sides p { text-indent: 0; margin-top: 6mm; }
"""
_CLASSES = ("number", "", "", "number", "amount", "number")


def render_html(letter: LetterText) -> str:
    """A whole document; every text is escaped."""
    heads = "".join(f"<th>{escape(text)}</th>" for text in letter.heads)
    rows = "".join(f"<tr>{_cells(cells)}</tr>" for cells in letter.rows)
    sides = "".join(
        f"<div>{''.join(f'<p>{escape(text)}</p>' for text in side)}</div>"
        for side in (letter.issuer, letter.responsible)
    )
    paragraphs, duties = letter.opening, (*letter.duties, *letter.closing)
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>{escape(letter.title)}</title><style>{PAGE_STYLE}{_STYLE}</style></head><body>"
        f"<h1>{escape(letter.title)}</h1>"
        f'<div class="line"><span>{escape(letter.number)}</span><span>{escape(letter.dated)}</span></div>'
        f"{''.join(f'<p>{escape(text)}</p>' for text in paragraphs)}"
        '<p class="heading">一、目标任务</p>'
        f'<table class="targets"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        '<p class="heading">二、责任要求</p>'
        f"{''.join(f'<p>{escape(text)}</p>' for text in duties)}"
        f'<div class="sides">{sides}</div></body></html>'
    )


def _cells(texts: tuple[str, ...]) -> str:
    pairs = zip(_CLASSES, texts, strict=True)
    return "".join(f'<td class="{name}">{escape(text)}</td>' for name, text in pairs)
