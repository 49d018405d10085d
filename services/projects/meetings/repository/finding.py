"""SQL of what meetings are found by."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.projects.ledger.tables import ProjectRow
from services.projects.meetings.tables import DecisionRow, MeetingItemRow, MeetingRow, MinutesRow

# What texts are parted by.
_LINE = literal_column(r"E'\n'", Text)


def _agenda_regions(meeting_id: Any) -> Select[Any]:
    """Regions of the projects on a meeting's agenda."""
    return (
        select(col(ProjectRow.region_code))
        .join(MeetingItemRow, col(MeetingItemRow.project_id) == col(ProjectRow.id))
        .where(col(MeetingItemRow.meeting_id) == meeting_id)
        .distinct()
    )


async def regions_of_agenda(session: AsyncSession, meeting_id: UUID) -> list[str]:
    return list((await session.scalars(_agenda_regions(meeting_id))).all())


def agenda_regions() -> Any:
    """The regions of the projects on the agenda of the query's meeting, as an array."""
    return func.array(_agenda_regions(col(MeetingRow.id)).correlate(MeetingRow).scalar_subquery())


def found_meetings() -> Select[Any]:
    """(meeting, number of its last minutes, all texts it is found by, regions of its agenda's projects)."""
    own = col(MeetingRow.id)
    last = (
        select(MinutesRow)
        .where(col(MinutesRow.meeting_id) == own)
        .order_by(col(MinutesRow.edition).desc())
        .limit(1)
        .correlate(MeetingRow)
        .lateral("last_minutes")
    )
    topics = (
        select(func.string_agg(col(MeetingItemRow.topic), aggregate_order_by(_LINE, col(MeetingItemRow.position))))
        .where(col(MeetingItemRow.meeting_id) == own)
        .scalar_subquery()
    )
    decisions = (
        select(func.string_agg(col(DecisionRow.text), aggregate_order_by(_LINE, col(DecisionRow.number))))
        .where(col(DecisionRow.meeting_id) == own)
        .scalar_subquery()
    )
    texts = func.concat_ws(_LINE, last.c.text, topics, decisions)
    return (
        select(MeetingRow, last.c.document_no, texts, agenda_regions())
        .select_from(MeetingRow)
        .outerjoin(last, true())
    )


async def found_meeting(session: AsyncSession, meeting_id: UUID) -> tuple[MeetingRow, str | None, str, list[str]]:
    row = (await session.execute(found_meetings().where(col(MeetingRow.id) == meeting_id))).one()
    return row[0], row[1], row[2], row[3]
