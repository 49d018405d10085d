"""SQL of conditions, innovation and honours, by participant: one statement a measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.projects.conditions.tables import ConditionRow
from services.projects.contest.domain.measuring import Ask
from services.projects.contest.repository.subjects import Periods, key_of, who, within_any
from services.projects.innovation.domain.honours import NominationStatus, RoundStatus
from services.projects.innovation.domain.records import Grade, RecordKind, RecordStatus
from services.projects.innovation.tables import HonourRoundRow, InnovationRecordRow, NominationRow


async def conditions(session: AsyncSession, ask: Ask, kinds: Sequence[str], periods: Periods) -> list[Any]:
    """(participant, condition, code, name, kind, opened on, opened at) of what opened in one of the periods."""
    subject = who(ask)
    key = key_of(
        ask,
        region=col(ConditionRow.region_code),
        unit=col(ConditionRow.responsible_unit_id),
        enterprise=col(ConditionRow.enterprise_id),
        project=col(ConditionRow.project_id),
    )
    statement = (
        select(
            subject.c.participant_id,
            col(ConditionRow.id),
            col(ConditionRow.subject_code),
            col(ConditionRow.subject_name),
            col(ConditionRow.kind),
            col(ConditionRow.opened_on),
            col(ConditionRow.opened_at),
        )
        .select_from(ConditionRow)
        .join(subject, subject.c.key == key)
        .where(col(ConditionRow.kind).in_(kinds), within_any(col(ConditionRow.opened_on), periods))
        .order_by(col(ConditionRow.opened_on), col(ConditionRow.id))
    )
    return list(await session.execute(statement))


async def innovations(
    session: AsyncSession, ask: Ask, kind: RecordKind, periods: Periods, *, inventions: bool = False
) -> list[Any]:
    """(participant, record, number, title, from, verified at) of verified records that began in a period."""
    subject = who(ask)
    key = key_of(
        ask, region=col(InnovationRecordRow.region_code), enterprise=col(InnovationRecordRow.enterprise_id)
    )
    statement = (
        select(
            subject.c.participant_id,
            col(InnovationRecordRow.id),
            col(InnovationRecordRow.number),
            col(InnovationRecordRow.title),
            col(InnovationRecordRow.valid_from),
            col(InnovationRecordRow.verified_at),
        )
        .select_from(InnovationRecordRow)
        .join(subject, subject.c.key == key)
        .where(
            col(InnovationRecordRow.kind) == kind.value,
            col(InnovationRecordRow.status) == RecordStatus.VERIFIED.value,
            within_any(col(InnovationRecordRow.valid_from), periods),
        )
        .order_by(col(InnovationRecordRow.valid_from), col(InnovationRecordRow.id))
    )
    if inventions:
        statement = statement.where(col(InnovationRecordRow.grade) == Grade.INVENTION.value)
    return list(await session.execute(statement))


async def honours(session: AsyncSession, ask: Ask, periods: Periods) -> list[Any]:
    """(participant, nomination, round's code, round's name, decided on, updated at) of honours of a period."""
    subject = who(ask)
    key = key_of(ask, region=col(NominationRow.region_code), enterprise=col(NominationRow.enterprise_id))
    statement = (
        select(
            subject.c.participant_id,
            col(NominationRow.id),
            col(HonourRoundRow.code),
            col(HonourRoundRow.name),
            col(HonourRoundRow.decided_on),
            col(NominationRow.updated_at),
        )
        .select_from(NominationRow)
        .join(HonourRoundRow, col(HonourRoundRow.id) == col(NominationRow.round_id))
        .join(subject, subject.c.key == key)
        .where(
            col(HonourRoundRow.status) == RoundStatus.DECIDED.value,
            col(NominationRow.status) == NominationStatus.AWARDED.value,
            within_any(col(HonourRoundRow.decided_on), periods),
        )
        .order_by(col(HonourRoundRow.decided_on), col(NominationRow.id))
    )
    return list(await session.execute(statement))
