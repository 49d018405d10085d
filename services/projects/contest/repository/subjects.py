"""Whose a fact is: what it refers to, joined with the participants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, cast, column, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from services.projects.contest.domain.measuring import Ask
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.registry.tables import RegionRow, UnitRow

Periods = Sequence[tuple[date, date]]


def who(ask: Ask) -> Any:
    """``key`` and ``participant_id`` as a table."""
    kind: Any = Text if ask.kind is ParticipantKind.TOWNSHIP else Uuid
    keys = cast([key for key, _ in ask.keys], ARRAY(kind))
    ids = cast([participant_id for _, participant_id in ask.keys], ARRAY(Uuid))
    table = func.unnest(keys, ids).table_valued(column("key", kind()), column("participant_id", Uuid()))
    return table.render_derived(name="who")


def key_of(ask: Ask, *, region: Any, unit: Any = None, enterprise: Any = None, project: Any = None) -> Any:
    """The column of a fact that says whose it is; None where the fact says no such thing."""
    return {
        ParticipantKind.TOWNSHIP: region,
        ParticipantKind.DEPARTMENT: unit,
        ParticipantKind.ENTERPRISE: enterprise,
        ParticipantKind.PROJECT: project,
    }[ask.kind]


def within_any(day: Any, periods: Periods) -> Any:
    """Whether a day lies in one of some periods, their last days included."""
    return or_(*(day.between(first, last) for first, last in periods))


async def region_codes_below(session: AsyncSession, region_code: str) -> list[str]:
    """All codes of a region's subtree, of regions that are no more too."""
    statement = select(col(RegionRow.code)).where(col(RegionRow.code).startswith(regions.prefix(region_code)))
    return list(await session.scalars(statement))


async def regions_of_units(session: AsyncSession, unit_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Where units are, deleted ones too."""
    statement = select(col(UnitRow.unit_id), col(UnitRow.region_code)).where(
        col(UnitRow.unit_id).in_(list(unit_ids))
    )
    return {row[0]: row[1] for row in await session.execute(statement)}
