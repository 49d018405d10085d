"""A paper as a page that a browser prints on A4."""

from html import escape

from services.projects.instructions.domain.paper import Paper

PAGE_STYLE = """
@page { size: A4; margin: 37mm 26mm 35mm 28mm; }
body { font-family: FangSong, 仿宋, 仿宋_GB2312, "Noto Serif CJK SC", serif; font-size: 16pt; line-height: 1.75;
  max-width: 156mm; margin: 0 auto; color: #000; }
h1 { font-family: 方正小标宋简体, SimSun, 宋体, "Noto Serif CJK SC", serif; font-size: 22pt; font-weight: normal;
  text-align: center; margin: 0 0 8mm; }
.line { display: flex; justify-content: space-between; font-size: 14pt; }
table { width: 100%; border-collapse: collapse; font-size: 14pt; }
th, td { border: 1px solid #000; padding: 2mm 3mm; vertical-align: middle; }
th { width: 28mm; font-family: SimHei, 黑体, "Noto Sans CJK SC", sans-serif; font-weight: normal; }
td { white-space: pre-line; overflow-wrap: anywhere; }
p { text-indent: 2em; margin: 0; }
p.flush { text-indent: 0; }
.signatures { margin-top: 10mm; font-size: 14pt; }
.signatures p { text-indent: 0; margin-top: 6mm; }
.end { text-align: right; margin-top: 12mm; padding-right: 2em; }
"""


def render_html(paper: Paper) -> str:
    """A whole document; every text is escaped."""
    parts = [f"<h1>{escape(paper.title)}</h1>"]
    parts.append(f'<div class="line"><span>{escape(paper.number)}</span><span>{escape(paper.dated)}</span></div>')
    if paper.addressee:
        parts.append(f'<p class="flush">{escape(paper.addressee)}</p>')
    parts += [f"<p>{escape(text)}</p>" for text in paper.paragraphs]
    if paper.rows:
        rows = (f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in paper.rows)
        parts.append(f"<table>{''.join(rows)}</table>")
    end = f'<div class="end">{escape(paper.office)}<br>{escape(paper.day)}</div>'
    lines = "".join(f"<p>{escape(text)}</p>" for text in paper.signatures)
    signatures = f'<div class="signatures">{lines}</div>'
    parts += [signatures, end] if paper.rows else [end, signatures]
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>{escape(paper.title)} {escape(paper.number)}</title><style>{PAGE_STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>"
    )
