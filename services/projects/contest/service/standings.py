"""Frozen standings for whoever shows them: ranks, scores and reasons as they were published (S8).

Whatever the caller may see is the caller's to check: the functions here answer for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.repository import standings as repository
from services.projects.contest.tables import ContestEntryRow, ContestRow, ContestStandingRow


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody has no rank: ``code`` is stable (``vetoed``, ``component_missing`` …)."""

    code: str
    text_zh: str
    text_en: str
    component: str = ""


@dataclass(frozen=True, slots=True)
class PartOf:
    """A component of a participant's score: figures exact, ``points`` what it adds to the score.

    ``weight`` is what the component counts in this standing. ``growth`` is in percent, or in points of what is
    percent itself.
    """

    component: str
    name_zh: str
    name_en: str
    unit: str
    weight: Decimal
    value: Decimal | None
    reason: str | None
    base: Decimal | None
    growth: Decimal | None
    growth_reason: str | None
    score: Decimal | None
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class Row:
    """A participant; ``id`` is None of a township, which ``code`` names. ``score`` is rounded to two decimals."""

    position: int
    rank: int | None
    participant_id: UUID
    kind: ParticipantKind
    id: UUID | None
    code: str
    name_zh: str
    region_code: str
    score: Decimal | None
    base_score: Decimal | None
    bonus: Decimal
    deduction: Decimal
    parts: tuple[PartOf, ...]
    disqualified: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """``participants`` in the order of the standing: ranked, then incomplete, then disqualified."""

    id: UUID
    contest_id: UUID
    contest_code: str
    contest_name: str
    kind: ParticipantKind
    region_code: str
    year: int
    quarter: int
    edition: int
    reason: str
    replaces_id: UUID | None
    appeal_until: date
    digest: str
    frozen_at: datetime
    frozen_by: str
    participants: tuple[Row, ...]


async def standing_of(
    session: AsyncSession, contest_code_or_id: str | UUID, quarter: int, *, edition: int | None = None
) -> Standing | None:
    """The standing of a quarter as it was published, the latest edition unless one is named.

    None where there is no such contest, or its quarter is not frozen (in that edition).
    """
    found = await repository.find_published(session, contest_code_or_id, quarter, edition)
    if found is None:
        return None
    contest, standing = found
    return standing_from(contest, standing, await repository.entries_of(session, standing.id))


async def standings_in(session: AsyncSession, region_code: str, year: int, quarter: int) -> list[Standing]:
    """The latest standings of the contests that a region itself holds in a quarter, by contest code."""
    found = await repository.published_in(session, region_code, year, quarter)
    return [
        standing_from(contest, standing, await repository.entries_of(session, standing.id))
        for contest, standing in found
    ]


def standing_from(contest: ContestRow, row: ContestStandingRow, entries: list[ContestEntryRow]) -> Standing:
    """Rows of an edition as they are shown."""
    named = {one["code"]: one for one in row.scheme["components"]}
    return Standing(
        id=row.id,
        contest_id=contest.id,
        contest_code=contest.code,
        contest_name=contest.name,
        kind=ParticipantKind(contest.kind),
        region_code=contest.region_code,
        year=contest.year,
        quarter=row.quarter,
        edition=row.edition,
        reason=row.reason,
        replaces_id=row.replaces_id,
        appeal_until=row.appeal_until,
        digest=row.digest,
        frozen_at=row.frozen_at,
        frozen_by=row.frozen_by,
        participants=tuple(_row(entry, named) for entry in entries),
    )


def _row(entry: ContestEntryRow, named: dict[str, Any]) -> Row:
    return Row(
        position=entry.position,
        rank=entry.rank,
        participant_id=entry.participant_id,
        kind=ParticipantKind(entry.kind),
        id=entry.subject_id,
        code=entry.code,
        name_zh=entry.name,
        region_code=entry.region_code,
        score=entry.score,
        base_score=entry.base_score,
        bonus=entry.bonus,
        deduction=entry.deduction,
        parts=tuple(_part(one, named[one["component"]]) for one in entry.parts),
        disqualified=entry.is_disqualified,
        reasons=tuple(Reason(**one) for one in entry.reasons),
    )


def _part(part: dict[str, Any], component: dict[str, Any]) -> PartOf:
    return PartOf(
        component=part["component"],
        name_zh=component["name_zh"],
        name_en=component["name_en"],
        unit=part["unit"],
        weight=Decimal(part["weight"]),
        value=_decimal(part["value"]),
        reason=part["reason"],
        base=_decimal(part["base"]),
        growth=_decimal(part["growth"]),
        growth_reason=part["growth_reason"],
        score=_decimal(part["score"]),
        points=_decimal(part["points"]),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
