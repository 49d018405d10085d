"""SQL of the ledger: following the seals, lists, sums by person and unit, editions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import Database
from libs.common.registry.tables import PersonReplicaRow, UnitReplicaRow
from libs.common.security.principal import Principal, Role
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.accountability.domain.misses import MissKind
from services.alerts.accountability.domain.target_misses import NOT_COUNTED
from services.alerts.accountability.tables import (
    CorrectionRow,
    EditionMissRow,
    EditionRow,
    LedgerPlaceRow,
    MissColumns,
    MissRow,
    StepRow,
)
from services.alerts.seals.tables import SealLeafRow, SealRow
from services.alerts.trail.tables import AlertRow, TrailRow

# Arbitrary but fixed; see the locks of libs.common.
_LEDGER_LOCK = 7_310_500_042
COLUMNS = tuple(MissColumns.model_fields)
_EXPORT_PAGE = 2_000

MISSES = Listing(
    fields={
        "id": FilterField(col(MissRow.id), UUID),
        "year": FilterField(col(MissRow.year), int),
        "kind": FilterField(col(MissRow.kind), MissKind),
        "status": FilterField(col(MissRow.status)),
        "person_id": FilterField(col(MissRow.person_id), UUID),
        "unit_id": FilterField(col(MissRow.unit_id), UUID),
        "region_code": FilterField(col(MissRow.region_code)),
        "alert_id": FilterField(col(MissRow.alert_id), UUID),
        "alert_number": FilterField(col(MissRow.alert_number), int),
        "severity": FilterField(col(MissRow.severity)),
        "at": FilterField(col(MissRow.at), datetime),
    },
    sortable=("at",),
    default_sort="-at",
)


async def try_lock(session: AsyncSession) -> bool:
    """Whether this transaction alone writes the ledger."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(_LEDGER_LOCK))))


async def lock(session: AsyncSession) -> None:
    """Wait until this transaction alone writes the ledger."""
    await session.execute(select(func.pg_advisory_xact_lock(_LEDGER_LOCK)))


async def place(session: AsyncSession) -> int:
    """The last seal that was followed."""
    return await session.scalar(select(col(LedgerPlaceRow.seal))) or 0


async def move_place(session: AsyncSession, seal: int) -> None:
    statement = upsert(LedgerPlaceRow).values(id=1, seal=seal)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"seal": seal}))


async def next_seal(session: AsyncSession, after: int) -> int | None:
    statement = select(func.min(col(SealRow.sequence))).where(col(SealRow.sequence) > after)
    return await session.scalar(statement)


async def leaves_of(session: AsyncSession, seal: int) -> list[tuple[UUID, int]]:
    """(alert, sealed length) of a seal."""
    statement = select(col(SealLeafRow.alert_id), col(SealLeafRow.length)).where(col(SealLeafRow.sequence) == seal)
    return [(alert_id, length) for alert_id, length in await session.execute(statement)]


async def alerts_with_entries(
    session: AsyncSession, lengths: dict[UUID, int]
) -> list[tuple[AlertRow, list[TrailRow]]]:
    """The alerts with their trails, each up to its sealed length."""
    alerts = {
        alert.id: alert
        for alert in await session.scalars(select(AlertRow).where(col(AlertRow.id).in_(list(lengths))))
    }
    rows = await session.scalars(
        select(TrailRow)
        .where(col(TrailRow.alert_id).in_(list(alerts)))
        .order_by(col(TrailRow.alert_id), col(TrailRow.seq))
    )
    found: dict[UUID, list[TrailRow]] = {alert_id: [] for alert_id in alerts}
    for row in rows:
        if row.seq <= lengths[row.alert_id]:
            found[row.alert_id].append(row)
    return [(alerts[alert_id], entries) for alert_id, entries in found.items()]


async def people(session: AsyncSession, person_ids: Sequence[UUID]) -> dict[UUID, PersonReplicaRow]:
    """Persons of the registry, also those who have left."""
    statement = select(PersonReplicaRow).where(col(PersonReplicaRow.person_id).in_(person_ids))
    return {row.person_id: row for row in await session.scalars(statement)}


async def unit_names(session: AsyncSession, unit_ids: Sequence[UUID]) -> dict[UUID, str]:
    statement = select(col(UnitReplicaRow.unit_id), col(UnitReplicaRow.name)).where(
        col(UnitReplicaRow.unit_id).in_(unit_ids)
    )
    return dict((await session.execute(statement)).all())


async def add_misses(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> int:
    """Insert those that are not in the ledger yet; returns how many those were."""
    if not rows:
        return 0
    added = await session.scalars(
        upsert(MissRow)
        .on_conflict_do_nothing(index_elements=["alert_id", "trail_seq", "kind", "found_key"])
        .returning(col(MissRow.id)),
        rows,
    )
    return len(added.all())


def miss_scope(principal: Principal) -> ColumnElement[bool]:
    """The caller's region; an officer sees what counts for that officer, and nobody else's."""
    return _scope(MissRow, principal)


def _scope(table: type[MissColumns], principal: Principal) -> ColumnElement[bool]:
    region = region_scope(col(table.region_code), principal)
    if principal.role is not Role.OFFICER:
        return region
    own = principal.person_id
    return and_(
        region, col(table.person_id) == own if own is not None else col(table.person_id) != col(table.person_id)
    )


async def page_misses(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(MissRow).where(miss_scope(principal)))


async def find_miss(
    session: AsyncSession, principal: Principal, miss_id: UUID, *, locked: bool = False
) -> MissRow | None:
    statement = select(MissRow).where(col(MissRow.id) == miss_id, miss_scope(principal))
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def find_target_miss(session: AsyncSession, source_id: UUID) -> MissRow | None:
    """The entry of a missed target, locked."""
    statement = select(MissRow).where(col(MissRow.source_id) == source_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def list_steps(session: AsyncSession, miss_id: UUID) -> Sequence[StepRow]:
    statement = select(StepRow).where(col(StepRow.miss_id) == miss_id)
    return (await session.scalars(statement.order_by(col(StepRow.version)))).all()


async def list_corrections(session: AsyncSession, miss_id: UUID) -> Sequence[CorrectionRow]:
    statement = select(CorrectionRow).where(col(CorrectionRow.miss_id) == miss_id)
    return (await session.scalars(statement.order_by(col(CorrectionRow.id)))).all()


async def list_entries(session: AsyncSession, alert_id: UUID, numbers: Sequence[int]) -> Sequence[TrailRow]:
    """The entries behind a miss."""
    statement = select(TrailRow).where(col(TrailRow.alert_id) == alert_id, col(TrailRow.seq).in_(numbers))
    return (await session.scalars(statement.order_by(col(TrailRow.seq)))).all()


async def list_editions(session: AsyncSession, year: int | None = None) -> Sequence[EditionRow]:
    """Editions, newest first."""
    statement = select(EditionRow).order_by(col(EditionRow.year).desc(), col(EditionRow.edition).desc())
    if year is not None:
        statement = statement.where(col(EditionRow.year) == year)
    return (await session.scalars(statement)).all()


async def sums(
    session: AsyncSession, principal: Principal, year: int, edition: int | None, by: Sequence[str]
) -> list[dict[str, Any]]:
    """Counts of a year by the columns and by kind, the most first; of what counts for nobody none."""
    table: type[MissColumns] = MissRow if edition is None else EditionMissRow
    columns = [getattr(table, name) for name in by]
    counts = [func.count().filter(col(table.kind) == kind.value).label(kind.value) for kind in MissKind]
    statement = (
        select(*columns, *counts, func.count().label("total"))
        .where(_scope(table, principal), col(table.year) == year, col(table.status).not_in(NOT_COUNTED))
        .group_by(*columns)
        .order_by(func.count().desc(), *columns)
    )
    if edition is not None:
        statement = statement.where(col(EditionMissRow.edition) == edition)
    return [dict(row._mapping) for row in await session.execute(statement)]


async def freeze(session: AsyncSession, edition: EditionRow) -> None:
    """Write the edition and copy the year's misses as they stand into it."""
    session.add(edition)
    await session.flush()
    names = ", ".join(COLUMNS)
    await session.execute(
        text(
            f"INSERT INTO accountability_edition_miss (edition, id, {names}) "  # noqa: S608 - our own columns
            f"SELECT :edition, id, {names} FROM accountability_miss WHERE year = :year"
        ),
        {"edition": edition.edition, "year": edition.year},
    )


async def misses_of_year(session: AsyncSession, year: int) -> Sequence[MissRow]:
    statement = select(MissRow).where(col(MissRow.year) == year).order_by(col(MissRow.id))
    return (await session.scalars(statement)).all()


async def add_correction(session: AsyncSession, values: dict[str, Any]) -> None:
    await session.execute(insert(CorrectionRow).values(**values))


async def pages_of(
    database: Database, principal: Principal, year: int, edition: int | None
) -> AsyncIterator[Sequence[MissColumns]]:
    """The misses of a year in pages, in short transactions; of what is excluded too."""
    table: Any = MissRow if edition is None else EditionMissRow
    last: UUID | None = None
    while True:
        statement = select(table).where(_scope(table, principal), table.year == year)
        if edition is not None:
            statement = statement.where(table.edition == edition)
        if last is not None:
            statement = statement.where(table.id > last)
        async with database.session() as session:
            rows = (await session.scalars(statement.order_by(table.id).limit(_EXPORT_PAGE))).all()
        if not rows:
            return
        last = rows[-1].id
        yield rows
