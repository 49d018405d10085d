"""An alert (预警) as a message to other systems: what every form of it says.

A message is one version of an alert: the opening, each later change, the end. Its number within the alert is the
alert's version, so a message that was sent once keeps its identity for ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from libs.common.contracts.alerts import AlertStatus, Severity
from libs.common.workdays import SHANGHAI

# What XML 1.0 cannot hold; names come from feeds of strangers.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class MessageType(StrEnum):
    """The opening, a change, the end: as CAP and the national form both call them."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Status(StrEnum):
    """Whether the world is meant: as CAP and the national form both call it."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    TEST = "Test"


class Scope(StrEnum):
    PUBLIC = "Public"
    RESTRICTED = "Restricted"


@dataclass(frozen=True, slots=True)
class Profile:
    """Who sends for a region: the address in CAP, the 14-digit code (发布单位代码) in the national form."""

    cap_sender: str
    sender_name_zh: str
    sender_name_en: str
    sender_code: str
    status: Status
    scope: Scope
    restriction_zh: str
    contact: str | None = None
    web: str | None = None


@dataclass(frozen=True, slots=True)
class EventKind:
    """What a condition is called outside: the code of GB/T 35561, names, and CAP's category and certainty."""

    event_code: str
    name_zh: str
    name_en: str
    cap_category: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message of the same alert."""

    version: int
    sent: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One version of an alert, with everything that is said of it."""

    alert_id: str
    version: int
    number: int
    type: MessageType
    sent: datetime
    severity: Severity
    status: AlertStatus
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    region_code: str
    region_name: str
    occurred_at: datetime
    rule_code: str
    object_name: str
    resolution: str | None
    labels: Mapping[str, str]
    references: tuple[Reference, ...]
    profile: Profile
    kind: EventKind


def message_type(version: int, status: AlertStatus) -> MessageType:
    if status is AlertStatus.RESOLVED:
        return MessageType.CANCEL
    return MessageType.ALERT if version == 1 else MessageType.UPDATE


def writable(text: str) -> str:
    """The text without what XML cannot hold."""
    return _UNWRITABLE.sub("\ufffd", text)


def local(instant: datetime) -> datetime:
    """The instant in Asia/Shanghai, to the second: both forms know no fractions."""
    return instant.astimezone(SHANGHAI).replace(microsecond=0)
