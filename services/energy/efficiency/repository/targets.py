"""SQL of targets, vetoes and rewards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.efficiency.domain.targets import Light, Measure
from services.energy.efficiency.errors import EfficiencyNotFound
from services.energy.efficiency.repository.scopes import owned_scope, region_filter
from services.energy.efficiency.tables import PaymentRow, RewardRow, TargetDueRow, TargetRow, VetoRow

TARGETS: Final = Listing(
    fields={
        "id": FilterField(col(TargetRow.id), UUID),
        "region_code": region_filter(col(TargetRow.region_code)),
        "enterprise_id": FilterField(col(TargetRow.enterprise_id), UUID),
        "year": FilterField(col(TargetRow.year), int),
        "measure": FilterField(col(TargetRow.measure), Measure),
        "light": FilterField(col(TargetRow.light), Light),
        "withdrawn": FilterField(col(TargetRow.withdrawn_at).is_not(None), bool, frozenset({"eq"})),
    },
    sortable=("year", "region_code", "light"),
    default_sort="-year",
)
VETOES: Final = Listing(
    fields={
        "id": FilterField(col(VetoRow.id), UUID),
        "region_code": region_filter(col(VetoRow.region_code)),
        "enterprise_id": FilterField(col(VetoRow.enterprise_id), UUID),
        "ground": FilterField(col(VetoRow.ground)),
        "standing": FilterField(col(VetoRow.lifted_at).is_(None), bool, frozenset({"eq"})),
        "period_from": FilterField(col(VetoRow.period_from), date),
        "set_at": FilterField(col(VetoRow.set_at), datetime),
    },
    sortable=("set_at", "period_from"),
    default_sort="-set_at",
)
REWARDS: Final = Listing(
    fields={
        "id": FilterField(col(RewardRow.id), UUID),
        "code": FilterField(col(RewardRow.code)),
        "region_code": region_filter(col(RewardRow.region_code)),
        "enterprise_id": FilterField(col(RewardRow.enterprise_id), UUID),
        "year": FilterField(col(RewardRow.year), int),
        "status": FilterField(col(RewardRow.status)),
        "amount_yuan": FilterField(col(RewardRow.amount_yuan), int),
    },
    sortable=("year", "code", "amount_yuan"),
    default_sort="-year",
)


def _visible(table: Any, principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return owned_scope(col(table.region_code), col(table.enterprise_id), principal)


async def list_visible(session: AsyncSession, principal: Principal, query: ListQuery, table: Any) -> Page[Any]:
    return await query.page(session, select(table).where(*_visible(table, principal)))


async def get_visible(session: AsyncSession, principal: Principal, table: Any, row_id: UUID, *, lock: bool) -> Any:
    """Raises EfficiencyNotFound."""
    statement = select(table).where(col(table.id) == row_id, *_visible(table, principal))
    if lock:
        statement = statement.with_for_update()
    row = (await session.scalars(statement)).first()
    if row is None:
        raise EfficiencyNotFound(id=row_id)
    return row


async def same_target(session: AsyncSession, wanted: TargetRow) -> TargetRow | None:
    """The target of the same subject, year and measure that stands."""
    statement = select(TargetRow).where(
        col(TargetRow.region_code) == wanted.region_code,
        col(TargetRow.enterprise_id).is_not_distinct_from(wanted.enterprise_id),
        col(TargetRow.year) == wanted.year,
        col(TargetRow.measure) == wanted.measure,
        col(TargetRow.product_code) == wanted.product_code,
        col(TargetRow.withdrawn_at).is_(None),
    )
    return (await session.scalars(statement)).first()


async def lock_targets(
    session: AsyncSession,
    years: Collection[int],
    *,
    enterprise_ids: Collection[UUID] | None = None,
    region_codes: Collection[str] = (),
) -> list[TargetRow]:
    """Standing targets of the years, locked in one order: all, or those of enterprises and of regions."""
    statement = select(TargetRow).where(
        col(TargetRow.year).in_(sorted(years)), col(TargetRow.withdrawn_at).is_(None)
    )
    if enterprise_ids is not None:
        of_regions = col(TargetRow.enterprise_id).is_(None) & col(TargetRow.region_code).in_(sorted(region_codes))
        statement = statement.where(or_(col(TargetRow.enterprise_id).in_(enterprise_ids), of_regions))
    found = await session.scalars(statement.order_by(col(TargetRow.id)).with_for_update())
    return list(found)


async def note_due(session: AsyncSession, new_id: Callable[[], UUID], dues: Iterable[tuple[str, int]]) -> None:
    """Let the targets of these regions and years be judged soon."""
    session.add_all(TargetDueRow(id=new_id(), region_code=code, year=year) for code, year in dues)
    await session.flush()


async def take_due(session: AsyncSession) -> set[tuple[str, int]]:
    """Regions and years that are due, taken from the list."""
    taken = delete(TargetDueRow).returning(col(TargetDueRow.region_code), col(TargetDueRow.year))
    return {(code, year) for code, year in await session.execute(taken)}


async def vetoes_of_targets(session: AsyncSession, target_ids: Sequence[UUID]) -> dict[UUID, list[VetoRow]]:
    """All vetoes there ever were of these targets, oldest first, locked."""
    statement = select(VetoRow).where(col(VetoRow.target_id).in_(target_ids)).order_by(col(VetoRow.set_at))
    found: dict[UUID, list[VetoRow]] = {}
    for row in await session.scalars(statement.with_for_update()):
        if row.target_id is not None:
            found.setdefault(row.target_id, []).append(row)
    return found


async def standing_vetoes(session: AsyncSession, first: date, last: date) -> list[VetoRow]:
    """Vetoes whose period touches these days and that were not lifted."""
    statement = select(VetoRow).where(
        col(VetoRow.lifted_at).is_(None), col(VetoRow.period_from) <= last, col(VetoRow.period_to) > first
    )
    return list(await session.scalars(statement))


async def find_reward(session: AsyncSession, code: str) -> RewardRow | None:
    return (await session.scalars(select(RewardRow).where(col(RewardRow.code) == code))).first()


async def payments_of(session: AsyncSession, reward_id: UUID) -> list[PaymentRow]:
    statement = select(PaymentRow).where(col(PaymentRow.reward_id) == reward_id)
    return list(await session.scalars(statement.order_by(col(PaymentRow.paid_on), col(PaymentRow.id))))
