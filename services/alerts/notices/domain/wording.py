"""What a notice says: subject and text of a message, in the recipient's language; and the page behind its link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from libs.common.workdays import SHANGHAI


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """A notice in one language."""

    title: str
    text: str
    link: str | None
    needs_confirmation: bool
    confirm_by: datetime | None


def subject(words: NoticeWords, wording: Mapping[str, str], reason: str) -> str:
    # One header line: a line break in a title must not start another header.
    return " ".join(wording[f"subject.{reason}"].format_map({"title": words.title}).split())


def body(words: NoticeWords, wording: Mapping[str, str], reason: str, *, recipient: str, url: str) -> str:
    """The text of a mail."""
    facts = {"recipient": recipient, "title": words.title, "until": _local(words.confirm_by), "url": url}
    lines = [
        wording["mail.greeting"],
        "",
        wording[f"mail.{reason}"],
        "",
        words.text.replace("{", "{{").replace("}", "}}"),
    ]
    if words.needs_confirmation:
        lines += ["", wording["mail.confirm_until" if words.confirm_by else "mail.confirm"]]
    lines += ["", wording["mail.open"]]
    return "\n".join(lines).format_map(facts) + "\n"


def page(words: NoticeWords, wording: Mapping[str, str], language: str, *, path: str, state: str) -> str:
    """The page behind the link: looking changes nothing, its buttons do. `state` is open, done or withdrawn."""
    parts = [
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(words.title)}</title>",
        "<style>body{font:16px/1.6 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}"
        "button{font:inherit;padding:.6rem 1.2rem;margin:.3rem .6rem .3rem 0}p{white-space:pre-wrap}</style>",
        f"<h1>{escape(words.title)}</h1><p>{escape(words.text)}</p>",
    ]
    if state == "withdrawn":
        parts.append(f"<p><strong>{escape(wording['page.withdrawn'])}</strong></p>")
    else:
        if words.link is not None:
            parts.append(_button(f"{path}/reads", wording["page.open"]))
        if state == "done":
            parts.append(f"<p><strong>{escape(wording['page.done'])}</strong></p>")
        elif words.needs_confirmation:
            if words.confirm_by is not None:
                until = wording["page.until"].format_map({"until": _local(words.confirm_by)})
                parts.append(f"<p>{escape(until)}</p>")
            parts.append(_button(f"{path}/confirmations", wording["page.confirm"]))
        elif words.link is None:
            parts.append(_button(f"{path}/reads", wording["page.read"]))
    return "".join(parts)


def _button(action: str, label: str) -> str:
    return f'<form method="post" action="{escape(action)}"><button>{escape(label)}</button></form>'


def _local(instant: datetime | None) -> str:
    return "" if instant is None else instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
