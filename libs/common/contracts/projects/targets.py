"""Targets (S7): set, signed for, measured, frozen, and who answers for those that were missed."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.projects.owner import OWNER

TARGET = Topic("projects.target.v1", OWNER, "Targets as they are set, changed and withdrawn")
TARGET_ACTUAL = Topic("projects.target_actual.v1", OWNER, "Monthly figures of targets, each edition")
TARGET_LETTER = Topic("projects.target_letter.v1", OWNER, "Responsibility letters drawn up, signed and withdrawn")
TARGET_EDITION = Topic("projects.target_edition.v1", OWNER, "Quarters and years of targets as they were frozen")
TARGET_MISS = Topic("projects.target_miss.v1", OWNER, "Missed targets by unit and person, and what was done")


class _TargetState(EventPayload):
    """The target after what the event tells; ``reason`` is that of a change. Amounts are decimals as text."""

    target_id: UUID
    code: str
    name: str
    parent_id: UUID | None = None
    indicator_code: str
    unit: str
    scope_type: str
    first_year: int
    last_year: int
    direction: str
    amount: str
    responsible_unit_id: UUID | None = None
    responsible_person_id: UUID | None = None
    reason: str = ""


class TargetSetV1(_TargetState):
    event_type: ClassVar[str] = "projects.target.set.v1"
    topic: ClassVar[Topic] = TARGET


class TargetChangedV1(_TargetState):
    event_type: ClassVar[str] = "projects.target.changed.v1"
    topic: ClassVar[Topic] = TARGET

    fields: tuple[str, ...] = ()


class TargetWithdrawnV1(_TargetState):
    event_type: ClassVar[str] = "projects.target.withdrawn.v1"
    topic: ClassVar[Topic] = TARGET


class TargetActualRecordedV1(EventPayload):
    """A month's figure; a later ``edition`` replaces it. ``value`` null has its ``reason``."""

    event_type: ClassVar[str] = "projects.target_actual.recorded.v1"
    topic: ClassVar[Topic] = TARGET_ACTUAL

    # target and month: ``<target_id>:2026-03``.
    figure: str
    target_id: UUID
    code: str
    month: date
    edition: int
    value: str | None = None
    reason: str | None = None
    source: str
    rows: int


class _LetterState(EventPayload):
    letter_id: UUID
    number: str
    year: int
    main_id: UUID | None = None
    revision: int
    unit_id: UUID
    person_id: UUID | None = None
    target_ids: tuple[UUID, ...] = ()


class TargetLetterDrawnUpV1(_LetterState):
    event_type: ClassVar[str] = "projects.target_letter.drawn_up.v1"
    topic: ClassVar[Topic] = TARGET_LETTER


class TargetLetterSignedV1(_LetterState):
    """``side``: issuer or responsible; ``complete`` once both have signed."""

    event_type: ClassVar[str] = "projects.target_letter.signed.v1"
    topic: ClassVar[Topic] = TARGET_LETTER

    side: str
    signed_by_person_id: UUID
    signed_on: date
    complete: bool


class TargetLetterWithdrawnV1(_LetterState):
    event_type: ClassVar[str] = "projects.target_letter.withdrawn.v1"
    topic: ClassVar[Topic] = TARGET_LETTER

    reason: str


class TargetsFrozenV1(EventPayload):
    """A quarter was assessed, or without ``quarter`` a year settled; a later edition replaces it."""

    event_type: ClassVar[str] = "projects.target_edition.frozen.v1"
    topic: ClassVar[Topic] = TARGET_EDITION

    edition_id: UUID
    year: int
    quarter: int | None = None
    edition: int
    reason: str = ""
    targets: int
    reached: int
    missed: int
    unknown: int
    digest: str
    frozen_at: Instant


class _MissState(EventPayload):
    """A missed target and who answers; ``state``: open, explained, decided, carried_out or lifted."""

    miss_id: UUID
    target_id: UUID
    code: str
    name: str
    year: int
    unit_id: UUID | None = None
    unit_name: str = ""
    person_id: UUID | None = None
    person_name: str = ""
    amount: str
    actual: str
    # The unit of both (yuan, count, …), and both in words; absent in the first events.
    measure_unit: str = ""
    title_zh: str = ""
    title_en: str = ""
    completion_percent: str | None = None
    state: str
    consequence: str | None = None


class TargetMissRecordedV1(_MissState):
    event_type: ClassVar[str] = "projects.target_miss.recorded.v1"
    topic: ClassVar[Topic] = TARGET_MISS


class TargetMissFollowedUpV1(_MissState):
    """``step``: explained, decided, carried_out, lifted or corrected, with its ``text``."""

    event_type: ClassVar[str] = "projects.target_miss.followed_up.v1"
    topic: ClassVar[Topic] = TARGET_MISS

    step: str
    text: str


EVENTS: tuple[type[EventPayload], ...] = (
    TargetSetV1,
    TargetChangedV1,
    TargetWithdrawnV1,
    TargetActualRecordedV1,
    TargetLetterDrawnUpV1,
    TargetLetterSignedV1,
    TargetLetterWithdrawnV1,
    TargetsFrozenV1,
    TargetMissRecordedV1,
    TargetMissFollowedUpV1,
)
