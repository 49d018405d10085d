"""The page behind a one-time link: plain HTML that any phone shows, without scripts and without signing in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from libs.common.workdays import SHANGHAI
from services.alerts.notifications.domain.message import Language

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
}
_STYLE = (
    "body{font-family:system-ui,sans-serif;margin:0 auto;max-width:34rem;padding:1rem;line-height:1.6}"
    "h1{font-size:1.2rem}.red{color:#b00}.orange{color:#c60}.yellow{color:#870}.blue{color:#05a}"
    "button{display:block;width:100%;padding:.9rem;margin:.6rem 0;font-size:1.05rem;border-radius:.4rem;"
    "border:1px solid #777;background:#fff}button.main{background:#06c;color:#fff;border-color:#06c}"
    ".said{padding:.8rem;background:#eef;border-radius:.4rem}small{color:#555}"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says of the alert; texts from outside, escaped here."""

    title: str
    severity: str
    lines: tuple[str, ...]
    recipient: str
    console_url: str
    expires_at: datetime


def page(
    language: Language,
    words: Mapping[str, str],
    *,
    shown: Shown | None,
    said: str | None = None,
    token: str | None = None,
) -> str:
    """The page; with a `token` it has the buttons that answer, `said` tells what became of an answer."""
    parts = [f"<h1>{escape(words['page.title'])}</h1>"]
    if said is not None:
        parts.append(f'<p class="said" role="status">{escape(said)}</p>')
    if shown is not None:
        parts.append(f'<h2 class="{escape(shown.severity)}">{escape(shown.title)}</h2>')
        parts += [f"<p>{escape(line)}</p>" for line in shown.lines]
        parts.append(f"<p>{escape(words['page.to'].format(recipient=shown.recipient))}</p>")
    if token is not None and shown is not None:
        base = f"/r/{escape(token, quote=True)}"
        parts.append(_form(f"{base}/acknowledgements", words["page.acknowledge"], "main"))
        parts.append(_form(f"{base}/reads", words["page.read"], ""))
        once = words["page.once"].format(expires_at=local(shown.expires_at))
        parts.append(f"<p><small>{escape(once)}</small></p>")
    if shown is not None:
        href = escape(shown.console_url, quote=True)
        parts.append(f'<p><a href="{href}" rel="noreferrer">{escape(words["page.open"])}</a></p>')
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{language.value}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(words['page.title'])}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def local(instant: datetime | None) -> str:
    return "–" if instant is None else instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _form(action: str, label: str, kind: str) -> str:
    return f'<form method="post" action="{action}"><button class="{kind}">{escape(label)}</button></form>'
