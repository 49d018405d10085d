"""SQL of rules, findings, estimates and edits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, meter_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.metering.indexes import is_among
from services.energy.metering.repository import meter_of
from services.energy.metering.tables import CurveArchiveRow, CurveDayRow, MeterRow
from services.energy.vee.domain.cube import Estimate
from services.energy.vee.domain.kinds import THRESHOLDS, RuleKind
from services.energy.vee.domain.rules import Rule
from services.energy.vee.errors import FindingNotFound
from services.energy.vee.tables import CurveEditRow, CurveEstimateRow, VeeFindingRow, VeeRuleRow

RULES: Final = Listing(
    fields={
        "id": FilterField(VeeRuleRow.id, UUID),
        "kind": FilterField(VeeRuleRow.kind, str),
        "region_code": FilterField(VeeRuleRow.region_code, str),
        "meter_no": FilterField(VeeRuleRow.meter_no, str),
        "valid_from": FilterField(VeeRuleRow.valid_from, date),
    },
    sortable=("kind", "valid_from"),
    default_sort="kind",
)

FINDINGS: Final = Listing(
    fields={
        "id": FilterField(VeeFindingRow.id, UUID),
        "kind": FilterField(VeeFindingRow.kind, str),
        "status": FilterField(VeeFindingRow.status, str),
        "meter_no": FilterField(VeeFindingRow.meter_no, str),
        "region_code": FilterField(VeeFindingRow.region_code, str),
        "enterprise_id": FilterField(VeeFindingRow.enterprise_id, UUID),
        "day": FilterField(VeeFindingRow.day, date),
        "opened_at": FilterField(VeeFindingRow.opened_at, datetime),
    },
    sortable=("opened_at", "day", "meter_no"),
    default_sort="-opened_at",
)


async def load_rules(session: AsyncSession) -> list[Rule]:
    """All rules as the checks take them."""
    rows = await session.scalars(select(VeeRuleRow).order_by(col(VeeRuleRow.id)))
    return [
        Rule(
            rule_id=row.id,
            kind=RuleKind(row.kind),
            thresholds=THRESHOLDS[RuleKind(row.kind)].model_validate(row.parameters),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            region_prefix=None if row.region_code is None else regions.prefix(row.region_code),
            meter_no=row.meter_no,
        )
        for row in rows
    ]


async def list_rules(session: AsyncSession, query: ListQuery) -> Page[VeeRuleRow]:
    page: Page[VeeRuleRow] = await query.page(session, select(VeeRuleRow))
    return page


async def find_rule(
    session: AsyncSession, kind: str, region_code: str | None, meter_no: str | None, valid_from: date
) -> VeeRuleRow | None:
    """The rule of exactly this scope and beginning, locked."""
    statement = (
        select(VeeRuleRow)
        .where(
            col(VeeRuleRow.kind) == kind,
            col(VeeRuleRow.region_code).is_not_distinct_from(region_code),
            col(VeeRuleRow.meter_no).is_not_distinct_from(meter_no),
            col(VeeRuleRow.valid_from) == valid_from,
        )
        .with_for_update()
    )
    return (await session.scalars(statement)).first()


async def list_meters(session: AsyncSession, indexes: Iterable[int]) -> list[Meter]:
    """The meters of these indexes, by index."""
    statement = select(MeterRow).where(is_among(MeterRow.meter_index, indexes)).order_by(col(MeterRow.meter_index))
    return [meter_of(row) for row in await session.scalars(statement)]


async def indexes_of(session: AsyncSession, meter_nos: Iterable[str]) -> dict[str, int]:
    statement = select(col(MeterRow.meter_no), col(MeterRow.meter_index)).where(
        col(MeterRow.meter_no).in_(sorted(set(meter_nos)))
    )
    return dict((await session.execute(statement)).all())


async def incomplete_days(session: AsyncSession, first: date, last: date) -> list[tuple[int, str, date]]:
    """(meter_index, quantity, day) of meters whose day lacks values; days are those of the calendar."""
    found: list[tuple[int, str, date]] = []
    for number in range(day_number(first), day_number(last) + 1):
        day = date_of(number)
        statement = (
            select(col(MeterRow.meter_index), col(MeterRow.quantity))
            .outerjoin(
                CurveDayRow,
                (col(CurveDayRow.meter_index) == col(MeterRow.meter_index)) & (col(CurveDayRow.day) == day),
            )
            .where(
                col(MeterRow.valid_from) <= day,
                col(CurveDayRow.present).is_(None) | (col(CurveDayRow.present) < col(CurveDayRow.slots)),
            )
        )
        found += [(index, quantity, day) for index, quantity in await session.execute(statement)]
    return found


async def days_with_values(session: AsyncSession, day: date) -> list[tuple[int, int]]:
    """(meter_index, quantity) of all curves of a day."""
    statement = select(col(CurveDayRow.meter_index), col(CurveDayRow.quantity)).where(
        col(CurveDayRow.day) == day, col(CurveDayRow.present) > 0
    )
    return [(index, quantity) for index, quantity in await session.execute(statement)]


async def archived_months(session: AsyncSession) -> set[date]:
    """First days of the months that rest in files."""
    statement = select(col(CurveArchiveRow.month)).where(col(CurveArchiveRow.state) == "archived")
    return set(await session.scalars(statement))


async def standing_estimates(
    session: AsyncSession, quantity: int, indexes: Sequence[int], first: date, last: date
) -> list[CurveEstimateRow]:
    """Estimates that were not replaced, oldest first."""
    statement = (
        select(CurveEstimateRow)
        .where(
            is_among(CurveEstimateRow.meter_index, indexes),
            col(CurveEstimateRow.quantity) == quantity,
            col(CurveEstimateRow.day).between(first, last),
            col(CurveEstimateRow.replaced_at).is_(None),
        )
        .order_by(col(CurveEstimateRow.made_at), col(CurveEstimateRow.id))
    )
    return list(await session.scalars(statement))


def estimate_of(row: CurveEstimateRow) -> Estimate:
    """As the cube takes it."""
    originals = {int(slot): value for slot, value in row.inputs.get("originals", {}).items()}
    return Estimate(row.meter_index, day_number(row.day), row.slots, row.values_kw, originals)


async def list_estimates(
    session: AsyncSession, meter_index: int, quantity: int, first: date, last: date
) -> list[CurveEstimateRow]:
    """All estimates of a meter's days, oldest first."""
    statement = (
        select(CurveEstimateRow)
        .where(
            col(CurveEstimateRow.meter_index) == meter_index,
            col(CurveEstimateRow.quantity) == quantity,
            col(CurveEstimateRow.day).between(first, last),
        )
        .order_by(col(CurveEstimateRow.day), col(CurveEstimateRow.made_at), col(CurveEstimateRow.id))
    )
    return list(await session.scalars(statement))


async def replace_estimates(session: AsyncSession, ids: Sequence[UUID], at: datetime) -> None:
    """None of their slots shows the estimate any more."""
    if ids:
        await session.execute(
            update(CurveEstimateRow).where(col(CurveEstimateRow.id).in_(ids)).values(replaced_at=at)
        )


async def list_edits(
    session: AsyncSession, meter_index: int, quantity: int, first: date, last: date
) -> list[CurveEditRow]:
    """All edits of a meter's days, oldest first."""
    statement = (
        select(CurveEditRow)
        .where(
            col(CurveEditRow.meter_index) == meter_index,
            col(CurveEditRow.quantity) == quantity,
            col(CurveEditRow.day).between(first, last),
        )
        .order_by(col(CurveEditRow.day), col(CurveEditRow.edited_at), col(CurveEditRow.id))
    )
    return list(await session.scalars(statement))


async def current_findings(
    session: AsyncSession, quantity: int, indexes: Sequence[int], first: date, last: date
) -> list[VeeFindingRow]:
    """Open and accepted findings of the meters' days, locked."""
    statement = (
        select(VeeFindingRow)
        .where(
            is_among(VeeFindingRow.meter_index, indexes),
            col(VeeFindingRow.quantity) == quantity,
            col(VeeFindingRow.day).between(first, last),
            col(VeeFindingRow.status) != "cleared",
        )
        .order_by(col(VeeFindingRow.id))
        .with_for_update()
    )
    return list(await session.scalars(statement))


def _visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(VeeFindingRow.region_code), principal),
        enterprise_scope(col(VeeFindingRow.enterprise_id), principal),
        meter_scope(col(VeeFindingRow.meter_no), principal),
    )


async def list_findings(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[VeeFindingRow]:
    page: Page[VeeFindingRow] = await query.page(session, select(VeeFindingRow).where(*_visible(principal)))
    return page


async def get_finding(
    session: AsyncSession, principal: Principal, finding_id: UUID, *, locked: bool = False
) -> VeeFindingRow:
    """Raises FindingNotFound."""
    statement = select(VeeFindingRow).where(col(VeeFindingRow.id) == finding_id, *_visible(principal))
    row = (await session.scalars(statement.with_for_update() if locked else statement)).first()
    if row is None:
        raise FindingNotFound(finding_id=finding_id)
    return row
