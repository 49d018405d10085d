"""What is said: a notification's subject and text, in the recipient's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from libs.common.workdays import SHANGHAI

_MISSING = "–"


class Language(StrEnum):
    ZH_CN = "zh-CN"
    EN = "en"


class Reason(StrEnum):
    """Why somebody is told."""

    OPENED = "opened"
    AMENDED = "amended"
    ESCALATED = "escalated"
    REMINDED = "reminded"
    PROMISE_DUE = "promise_due"
    PROMISE_BROKEN = "promise_broken"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    # Resolved long ago, and nobody has verified it.
    VERIFICATION_DUE = "verification_due"
    # Somebody made this person responsible.
    ASSIGNED = "assigned"
    # Somebody who should have been told cannot be reached, and this is who stands in.
    STAND_IN = "stand_in"
    # Somebody tries a channel; there is no alert.
    TEST = "test"
    # A system's subscription is told of every change of an alert.
    CHANGED = "changed"


class PlainReason(StrEnum):
    """Why somebody is told of many alerts, or of none: such messages are not composed from one alert's facts."""

    GROUPED = "grouped"
    DIGEST = "digest"
    MUTE_ENDS = "mute_ends"
    DUTY_SWAP = "duty_swap"


@dataclass(frozen=True, slots=True)
class Telling:
    """The facts a message is made of."""

    number: int
    severity: str
    status: str
    titles: dict[Language, str]
    texts: dict[Language, str]
    object_name: str
    region_name: str
    occurred_at: datetime
    promised_at: datetime | None
    resolution: str | None


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    body: str


def compose(
    telling: Telling,
    reason: Reason,
    language: Language,
    wording: Mapping[str, str],
    *,
    recipient: str,
    post: str | None,
) -> Words:
    """Subject and text of a message, with the catalogue of its language."""
    facts = facts_of(telling, reason, language, wording, recipient=recipient, post=post)
    lines = [wording["mail.greeting"], "", wording[f"mail.{reason.value}"], "", wording["mail.facts"]]
    return Words(
        # A subject is one header line: a line break in a name must not start another header.
        subject=" ".join(wording["mail.subject"].format_map(facts).split()),
        body="\n".join(lines).format_map(facts) + "\n",
    )


def facts_of(
    telling: Telling,
    reason: Reason,
    language: Language,
    wording: Mapping[str, str],
    *,
    recipient: str,
    post: str | None,
) -> dict[str, object]:
    """What the patterns of the catalogue may name, in the words of its language."""
    return {
        "number": telling.number,
        "severity": wording[f"severity.{telling.severity}"],
        "status": wording[f"status.{telling.status}"],
        "title": telling.titles[language],
        "text": telling.texts[language],
        "object": telling.object_name,
        "region": telling.region_name,
        "occurred_at": _local(telling.occurred_at),
        "promised_at": _local(telling.promised_at),
        "resolution": telling.resolution or _MISSING,
        "recipient": recipient,
        "post": wording.get(f"post.{post}", post or _MISSING),
        "reason": wording[f"reason.{reason.value}"],
    }


def _local(instant: datetime | None) -> str:
    return _MISSING if instant is None else instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
