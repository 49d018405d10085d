"""Contests (S8): quarters as they were published, and appeals against them."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.projects.owner import OWNER

CONTEST_STANDING = Topic("projects.contest_standing.v1", OWNER, "Quarters of contests as published, each edition")
CONTEST_APPEAL = Topic("projects.contest_appeal.v1", OWNER, "Appeals against published standings")


class ContestPlace(BaseModel):
    """A participant with a place; ``score`` is a decimal as text."""

    model_config = ConfigDict(frozen=True)

    rank: int
    participant_id: UUID
    code: str
    name: str
    score: str


class ContestStandingPublishedV1(EventPayload):
    """A quarter was frozen and published; a later ``edition`` replaces ``replaces_id`` and says why.

    ``leaders`` are the first three places; all others are asked for over REST.
    """

    event_type: ClassVar[str] = "projects.contest_standing.published.v1"
    topic: ClassVar[Topic] = CONTEST_STANDING

    # contest and quarter: ``<contest_id>:2026-Q3``.
    standing: str
    standing_id: UUID
    contest_id: UUID
    contest_code: str
    contest_name: str
    kind: str
    year: int
    quarter: int
    edition: int
    replaces_id: UUID | None = None
    reason: str = ""
    participants: int
    ranked: int
    incomplete: int
    disqualified: int
    leaders: tuple[ContestPlace, ...] = ()
    appeal_until: date
    digest: str
    published_at: Instant


class _AppealState(EventPayload):
    """``state``: filed, upheld, rejected, withdrawn, or corrected by ``corrected_by_id``."""

    appeal_id: UUID
    contest_id: UUID
    standing_id: UUID
    participant_id: UUID
    state: str
    component: str | None = None
    filed_on: date
    due_on: date
    corrected_by_id: UUID | None = None


class ContestAppealFiledV1(_AppealState):
    event_type: ClassVar[str] = "projects.contest_appeal.filed.v1"
    topic: ClassVar[Topic] = CONTEST_APPEAL


class ContestAppealAdvancedV1(_AppealState):
    event_type: ClassVar[str] = "projects.contest_appeal.advanced.v1"
    topic: ClassVar[Topic] = CONTEST_APPEAL


EVENTS: tuple[type[EventPayload], ...] = (
    ContestStandingPublishedV1,
    ContestAppealFiledV1,
    ContestAppealAdvancedV1,
)
