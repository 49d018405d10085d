"""SQL of conditions, rules and checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import col

from libs.common.contracts.energy import ConditionKind
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, meter_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.detection.errors import ConditionNotFound
from services.energy.detection.journal import forget_adoptions
from services.energy.detection.tables import (
    ConditionRow,
    DetectionRuleRow,
    DetectorCheckpointRow,
    DetectorStateRow,
)
from services.energy.metering.indexes import is_among

CONDITIONS: Final = Listing(
    fields={
        "id": FilterField(ConditionRow.condition_id, UUID),
        "kind": FilterField(ConditionRow.kind, str),
        "status": FilterField(ConditionRow.status, str),
        "level": FilterField(ConditionRow.level, int),
        "meter_no": FilterField(ConditionRow.meter_no, str),
        "region_code": FilterField(ConditionRow.region_code, str),
        "enterprise_id": FilterField(ConditionRow.enterprise_id, UUID),
        "opened_at": FilterField(ConditionRow.opened_at, datetime),
        "cleared_at": FilterField(ConditionRow.cleared_at, datetime),
        "verdict": FilterField(ConditionRow.verdict, bool),
    },
    sortable=("opened_at", "level", "meter_no"),
    default_sort="-opened_at",
)

RULES: Final = Listing(
    fields={
        "id": FilterField(DetectionRuleRow.id, UUID),
        "kind": FilterField(DetectionRuleRow.kind, str),
        "region_code": FilterField(DetectionRuleRow.region_code, str),
        "meter_no": FilterField(DetectionRuleRow.meter_no, str),
        "valid_from": FilterField(DetectionRuleRow.valid_from, date),
    },
    sortable=("valid_from",),
    default_sort="-valid_from",
)


async def list_recent(session: AsyncSession, meters: Sequence[int], since: datetime) -> list[ConditionRow]:
    """Open conditions of the meters, and those that opened since; oldest first."""
    statement = (
        select(ConditionRow)
        .where(
            is_among(ConditionRow.meter_index, meters),
            or_(col(ConditionRow.status) == "open", col(ConditionRow.opened_at) >= since),
        )
        .order_by(col(ConditionRow.opened_at), col(ConditionRow.revision))
        # A person may mark or explain one at the same moment.
        .with_for_update()
    )
    return list(await session.scalars(statement))


async def list_open_between(
    session: AsyncSession, meters: Sequence[int], kinds: Sequence[ConditionKind], first: datetime, before: datetime
) -> list[ConditionRow]:
    """Open conditions of the meters and kinds that opened from ``first`` until before ``before``, locked."""
    statement = (
        select(ConditionRow)
        .where(
            is_among(ConditionRow.meter_index, meters),
            col(ConditionRow.kind).in_(kinds),
            col(ConditionRow.status) == "open",
            col(ConditionRow.opened_at) >= first,
            col(ConditionRow.opened_at) < before,
        )
        .order_by(col(ConditionRow.opened_at), col(ConditionRow.revision))
        .with_for_update()
    )
    return list(await session.scalars(statement))


async def meters_with_conditions(session: AsyncSession, meters: Sequence[int], since: datetime) -> frozenset[int]:
    """Those of the meters whose conditions a correction can concern: open ones, and those that opened since."""
    statement = select(col(ConditionRow.meter_index)).where(
        is_among(ConditionRow.meter_index, meters),
        or_(col(ConditionRow.status) == "open", col(ConditionRow.opened_at) >= since),
    )
    return frozenset(await session.scalars(statement.distinct()))


async def add_condition(session: AsyncSession, row: ConditionRow) -> bool:
    """False when a condition of this id is there already: the same facts were met before."""
    statement = insert(ConditionRow).values(row.model_dump()).on_conflict_do_nothing()
    if await session.scalar(statement.returning(col(ConditionRow.condition_id))) is None:
        return False
    # The row is as it was written: the session need not read it again.
    make_transient_to_detached(row)
    session.add(row)
    return True


def _visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(ConditionRow.region_code), principal),
        enterprise_scope(col(ConditionRow.enterprise_id), principal),
        meter_scope(col(ConditionRow.meter_no), principal),
    )


async def list_conditions(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ConditionRow]:
    page: Page[ConditionRow] = await query.page(session, select(ConditionRow).where(*_visible(principal)))
    return page


async def get_condition(
    session: AsyncSession, principal: Principal, condition_id: UUID, *, lock: bool = False
) -> ConditionRow:
    """Raises ConditionNotFound."""
    statement = select(ConditionRow).where(col(ConditionRow.condition_id) == condition_id, *_visible(principal))
    if lock:
        statement = statement.with_for_update()
    row = (await session.scalars(statement)).first()
    if row is None:
        raise ConditionNotFound(condition_id=condition_id)
    return row


async def list_rules(session: AsyncSession, query: ListQuery) -> Page[DetectionRuleRow]:
    page: Page[DetectionRuleRow] = await query.page(session, select(DetectionRuleRow))
    return page


async def find_rule(
    session: AsyncSession, kind: str, region_code: str | None, meter_no: str | None, valid_from: date
) -> DetectionRuleRow | None:
    """The rule of exactly this scope and beginning, locked."""
    statement = (
        select(DetectionRuleRow)
        .where(
            col(DetectionRuleRow.kind) == kind,
            col(DetectionRuleRow.region_code).is_not_distinct_from(region_code),
            col(DetectionRuleRow.meter_no).is_not_distinct_from(meter_no),
            col(DetectionRuleRow.valid_from) == valid_from,
        )
        .with_for_update()
    )
    return (await session.scalars(statement)).first()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``clock``: minutes UTC since 1970 of the newest creation stamp met; ``dumps``: (slots, state)."""

    next_offset: int
    clock: int
    dumps: list[tuple[int, bytes]]


async def load_checkpoint(session: AsyncSession, topic: str, partition: int) -> Checkpoint | None:
    """The offset and the clock a partition's states reach, and the states."""
    checkpoint = await session.get(DetectorCheckpointRow, (topic, partition))
    if checkpoint is None:
        return None
    states = await session.execute(
        select(col(DetectorStateRow.slots), col(DetectorStateRow.state)).where(
            col(DetectorStateRow.topic) == topic, col(DetectorStateRow.partition) == partition
        )
    )
    return Checkpoint(checkpoint.next_offset, checkpoint.clock, [(slots, state) for slots, state in states])


_STILL_OURS: Final = text(
    "SELECT 1 FROM ingest_offset WHERE topic = :topic AND partition = :partition "
    "AND next_offset = :next_offset AND epoch = :epoch FOR UPDATE"
)


async def save_checkpoint(
    session: AsyncSession,
    place: tuple[str, int],
    epoch: int,
    reached: Checkpoint,
    states: Mapping[tuple[int, int], bytes],
    taken_at: datetime,
) -> bool:
    """Keep the states, by (shard, slots), of a partition at an offset; False when the partition is not ours."""
    topic, partition = place
    key = {"topic": topic, "partition": partition}
    if await session.scalar(_STILL_OURS, {**key, "next_offset": reached.next_offset, "epoch": epoch}) is None:
        return False
    for (shard, slots), state in states.items():
        statement = insert(DetectorStateRow).values(**key, shard=shard, slots=slots, state=state)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["topic", "partition", "shard", "slots"], set_={"state": state}
            )
        )
    facts = {"next_offset": reached.next_offset, "clock": reached.clock, "taken_at": taken_at}
    statement = insert(DetectorCheckpointRow).values(**key, **facts)
    await session.execute(statement.on_conflict_do_update(index_elements=["topic", "partition"], set_=facts))
    await forget_adoptions(session, topic, partition, reached.next_offset)
    return True


def by_meter(rows: Iterable[ConditionRow]) -> dict[tuple[int, ConditionKind], list[ConditionRow]]:
    """Conditions by meter and kind in their order."""
    found: dict[tuple[int, ConditionKind], list[ConditionRow]] = {}
    for row in rows:
        found.setdefault((row.meter_index, ConditionKind(row.kind)), []).append(row)
    return found
