"""What is said in each form of channel: markdown for group chats, a card for one person, short for SMS and voice.

A content is neutral to vendors and fixed when the change commits; the sender puts it into the vendor's
envelope. Two things are filled in only as it leaves, so that neither a secret nor an address of the
installation rests in a row: the console's base address and the one-time link. Both are named by marks from
Unicode's private plane, which are taken out of every text that comes from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.alerts.notifications.domain.kinds import Form
from services.alerts.notifications.domain.message import Language, Reason, Telling, Words, compose, facts_of

CONSOLE, LINK = "\ue000console\ue001", "\ue000link\ue001"

# Shown beside a message whose link is not for the reader.
HIDDEN = "…"
_SILENT = frozenset({Reason.RESOLVED, Reason.VERIFICATION_DUE, Reason.CHANGED, Reason.TEST})


def clean(text: str) -> str:
    """A text from outside, without the marks."""
    return text.replace("\ue000", "").replace("\ue001", "")


def asks_for_answer(reason: Reason) -> bool:
    """Whether the message wants an acknowledgement."""
    return reason not in _SILENT


def deep_link(alert_id: UUID | None) -> str:
    """Where the console shows the alert; its base is filled in as the message leaves."""
    return CONSOLE if alert_id is None else f"{CONSOLE}/alerts/{alert_id}"


def content(
    form: Form,
    telling: Telling,
    reason: Reason,
    language: Language,
    wording: Mapping[str, str],
    *,
    recipient: str,
    post: str | None,
    alert_id: UUID | None,
    may_answer: bool,
) -> tuple[str, dict[str, Any] | str]:
    """Subject and content of a message, a mail's as plain text; `may_answer` puts the one-time link in."""
    words = compose(telling, reason, language, wording, recipient=recipient, post=post)
    facts = {
        name: clean(str(value))
        for name, value in facts_of(telling, reason, language, wording, recipient=recipient, post=post).items()
    }
    words = Words(clean(words.subject), clean(words.body))
    common = {
        "title": words.subject,
        "url": deep_link(alert_id),
        "url_label": wording["link.console"],
        "severity": telling.severity,
        "reason": reason.value,
    }
    if may_answer:
        common |= {"link": LINK, "link_label": wording["link.acknowledge"]}
    match form:
        case Form.SMS | Form.VOICE:
            return words.subject, common | _spoken(form, reason, facts, wording)
        case Form.MAIL:
            return words.subject, mail_text(words, wording, common)
        case Form.PUSH:
            return words.subject, common | {"tag": None if alert_id is None else str(alert_id)}
        case _:
            lines = [_lead(reason, facts, wording), *_lines(reason, facts, wording)]
            return words.subject, common | {"lines": lines, "text": facts["text"]}


def mail_text(words: Words, wording: Mapping[str, str], common: Mapping[str, Any]) -> str:
    """A mail's text: the message, and under it where to answer and where to look."""
    below = [f"{wording['link.console']}: {common['url']}"]
    if "link" in common:
        below.insert(0, f"{wording['link.acknowledge']}: {common['link']}")
    return words.body + "\n" + "\n".join(below) + "\n"


def _spoken(form: Form, reason: Reason, facts: Mapping[str, str], wording: Mapping[str, str]) -> dict[str, Any]:
    """The parts around the title, which is what may be shortened."""
    key = form.value if reason not in {Reason.RESOLVED, Reason.TEST} else f"{form.value}.{reason.value}"
    before, _, after = wording[key].partition("{title}")
    return {
        "before": before.format_map(facts),
        "subject": facts["title"],
        "after": after.format_map(facts),
        "fields": {name: facts[name] for name in ("number", "severity", "region", "object", "post", "reason")},
    }


def _lead(reason: Reason, facts: Mapping[str, str], wording: Mapping[str, str]) -> str:
    """The first sentence: why this comes."""
    return wording[f"mail.{reason.value}"].format_map(facts).rstrip(":：")


def _lines(reason: Reason, facts: Mapping[str, str], wording: Mapping[str, str]) -> list[str]:
    if reason is Reason.TEST:
        return []
    return [wording[f"line.{name}"].format_map(facts) for name in ("state", "text", "object", "region", "time")]
