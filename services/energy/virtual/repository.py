"""SQL of formulas and of what is yet to be computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.metering.indexes import is_among
from services.energy.metering.repository import meter_of, visible_to
from services.energy.metering.tables import MeterRow
from services.energy.virtual.domain.formula import Formula, Member, Missing
from services.energy.virtual.tables import VirtualDueRow, VirtualFormulaRow, VirtualMemberRow

_FORMULAS: Final = 0x7669727475616C


async def lock_formulas(session: AsyncSession) -> None:
    """One formula is changed at a time: two that are right by themselves could be a cycle together."""
    await session.execute(select(func.pg_advisory_xact_lock(_FORMULAS)))


async def find_formula(session: AsyncSession, meter_index: int) -> VirtualFormulaRow | None:
    statement = select(VirtualFormulaRow).where(col(VirtualFormulaRow.meter_index) == meter_index)
    return (await session.scalars(statement)).first()


async def member_rows(session: AsyncSession, meter_index: int) -> list[VirtualMemberRow]:
    """Members of a virtual meter, by meter and time."""
    statement = (
        select(VirtualMemberRow)
        .where(col(VirtualMemberRow.virtual_index) == meter_index)
        .order_by(col(VirtualMemberRow.member_index), col(VirtualMemberRow.valid_from))
    )
    return list(await session.scalars(statement))


async def save_formula(
    session: AsyncSession, formula: VirtualFormulaRow, members: Sequence[VirtualMemberRow]
) -> None:
    """Write a formula in place of the one before."""
    await session.execute(
        delete(VirtualMemberRow).where(col(VirtualMemberRow.virtual_index) == formula.meter_index)
    )
    values = formula.model_dump()
    await session.execute(
        insert(VirtualFormulaRow).values(values).on_conflict_do_update(index_elements=["meter_id"], set_=values)
    )
    session.add_all(members)
    await session.flush()


@dataclass(frozen=True, slots=True)
class Network:
    """All formulas with the meters in them, by index; members are cut to their meters' lives."""

    formulas: dict[int, Formula]
    meters: dict[int, Meter]

    def parents(self) -> dict[int, set[int]]:
        """Virtual meters by each of their members."""
        found: dict[int, set[int]] = {}
        for formula in self.formulas.values():
            for member in formula.members:
                found.setdefault(member.meter_index, set()).add(formula.meter_index)
        return found


async def member_graph(session: AsyncSession) -> dict[int, list[int]]:
    """Members by virtual meter."""
    graph: dict[int, list[int]] = {}
    statement = select(col(VirtualMemberRow.virtual_index), col(VirtualMemberRow.member_index))
    for virtual_index, member_index in await session.execute(statement):
        graph.setdefault(virtual_index, []).append(member_index)
    return graph


async def load_network(session: AsyncSession) -> Network:
    formulas = {
        row.meter_index: row
        for row in await session.scalars(select(VirtualFormulaRow).execution_options(populate_existing=True))
    }
    rows = list(await session.scalars(select(VirtualMemberRow).order_by(col(VirtualMemberRow.member_index))))
    meters = await load_meters(session, {*formulas, *(row.member_index for row in rows)})
    members: dict[int, list[Member]] = {}
    for row in rows:
        members.setdefault(row.virtual_index, []).append(_in_its_life(row, meters[row.member_index]))
    return Network(
        {
            index: Formula(index, Missing(row.missing), tuple(members.get(index, ())))
            for index, row in formulas.items()
        },
        meters,
    )


def _in_its_life(row: VirtualMemberRow, meter: Meter) -> Member:
    """A meter that does not exist yet, or no more, is not missing."""
    member = member_of(row)
    ends = [
        day for day in (member.end_day, None if meter.valid_to is None else meter.last_day + 1) if day is not None
    ]
    return Member(
        member.meter_index,
        member.coefficient,
        max(member.first_day, meter.first_day),
        min(ends, default=None),
    )


def member_of(row: VirtualMemberRow) -> Member:
    end = None if row.valid_to is None else day_number(row.valid_to)
    return Member(row.member_index, row.coefficient, day_number(row.valid_from), end)


async def load_meters(session: AsyncSession, indexes: Iterable[int]) -> dict[int, Meter]:
    statement = select(MeterRow).where(is_among(MeterRow.meter_index, indexes))
    return {row.meter_index: meter_of(row) for row in await session.scalars(statement)}


async def visible_members(
    session: AsyncSession, principal: Principal, meter_nos: Sequence[str]
) -> dict[str, Meter]:
    """Meters of these numbers that the caller may see."""
    statement = select(MeterRow).where(*visible_to(principal), col(MeterRow.meter_no).in_(meter_nos))
    return {row.meter_no: meter_of(row) for row in await session.scalars(statement)}


async def visible_numbers(session: AsyncSession, principal: Principal, indexes: Iterable[int]) -> dict[int, str]:
    """Numbers by index, of meters that the caller may see."""
    statement = select(col(MeterRow.meter_index), col(MeterRow.meter_no)).where(
        *visible_to(principal), is_among(MeterRow.meter_index, indexes)
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def add_due(session: AsyncSession, row: VirtualDueRow) -> None:
    session.add(row)
    await session.flush()


async def take_due(session: AsyncSession, limit: int) -> list[VirtualDueRow]:
    """The oldest that are due, locked."""
    statement = (
        select(VirtualDueRow)
        .order_by(col(VirtualDueRow.requested_at), col(VirtualDueRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(statement))


async def shorten_due(session: AsyncSession, row: VirtualDueRow, done_until: int) -> None:
    """What is left of it; nothing when its last day is done."""
    if done_until >= day_number(row.last_day):
        await session.delete(row)
    else:
        row.first_day = date_of(done_until + 1)
    await session.flush()


async def due_days(session: AsyncSession, meter_index: int) -> list[tuple[date, date]]:
    """Spans of a virtual meter that wait to be computed."""
    statement = (
        select(col(VirtualDueRow.first_day), col(VirtualDueRow.last_day))
        .where(col(VirtualDueRow.virtual_index) == meter_index)
        .order_by(col(VirtualDueRow.first_day))
    )
    return [(first, last) for first, last in await session.execute(statement)]
