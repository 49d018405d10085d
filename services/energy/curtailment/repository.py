"""SQL of users, rules and burdens, and what a selection has to know; that of plans is in ``plan_repository``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, false, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.registry.tables import EnterpriseReplicaRow
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.curtailment.domain.rules import CurtailmentRuleKind, RuleEntry
from services.energy.curtailment.domain.users import Category, Measure, Offer, UserFacts
from services.energy.curtailment.errors import (
    CurtailmentRuleNotFound,
    CurtailmentUserNotFound,
)
from services.energy.curtailment.tables import (
    CurtailmentMeasureRow,
    CurtailmentRuleRow,
    CurtailmentUserMeterRow,
    CurtailmentUserRow,
)
from services.energy.metering.tables import MeterRow

USERS: Final = Listing(
    fields={
        "id": FilterField(CurtailmentUserRow.id, UUID),
        "enterprise_id": FilterField(CurtailmentUserRow.enterprise_id, UUID),
        "code": FilterField(CurtailmentUserRow.code, str),
        "name": FilterField(CurtailmentUserRow.name, str),
        "region_code": FilterField(CurtailmentUserRow.region_code, str),
        "category": FilterField(CurtailmentUserRow.category, Category),
        "max_load_kw": FilterField(CurtailmentUserRow.max_load_kw, float),
        "active": FilterField(CurtailmentUserRow.active, bool),
    },
    sortable=("code", "name", "max_load_kw", "region_code"),
    default_sort="code",
)
RULES: Final = Listing(
    fields={
        "id": FilterField(CurtailmentRuleRow.id, UUID),
        "kind": FilterField(CurtailmentRuleRow.kind, CurtailmentRuleKind),
        "region_code": FilterField(CurtailmentRuleRow.region_code, str),
        "valid_from": FilterField(CurtailmentRuleRow.valid_from, date),
    },
    sortable=("kind", "valid_from"),
    default_sort="kind",
)


def visible_users(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """A key of single meters sees none: what an enterprise draws and gives is not its meters' business."""
    return (
        region_scope(col(CurtailmentUserRow.region_code), principal),
        enterprise_scope(col(CurtailmentUserRow.enterprise_id), principal),
        true() if principal.meter_nos is None else false(),
    )


async def list_users(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[CurtailmentUserRow]:
    page: Page[CurtailmentUserRow] = await query.page(
        session, select(CurtailmentUserRow).where(*visible_users(principal))
    )
    return page


async def find_user(
    session: AsyncSession, enterprise_id: UUID, *, lock: bool = False
) -> CurtailmentUserRow | None:
    """The user whoever may see it."""
    statement = select(CurtailmentUserRow).where(col(CurtailmentUserRow.enterprise_id) == enterprise_id)
    return (await session.scalars(statement.with_for_update() if lock else statement)).first()


async def get_user(
    session: AsyncSession, principal: Principal, enterprise_id: UUID, *, lock: bool = False
) -> CurtailmentUserRow:
    """Raises CurtailmentUserNotFound."""
    statement = select(CurtailmentUserRow).where(
        col(CurtailmentUserRow.enterprise_id) == enterprise_id, *visible_users(principal)
    )
    row = (await session.scalars(statement.with_for_update() if lock else statement)).first()
    if row is None:
        raise CurtailmentUserNotFound(enterprise_id=enterprise_id)
    return row


async def users_in(session: AsyncSession, region_code: str) -> list[CurtailmentUserRow]:
    """All users of a region's subtree, by code."""
    prefix = regions.prefix(region_code)
    statement = (
        select(CurtailmentUserRow)
        .where(col(CurtailmentUserRow.region_code).startswith(prefix, autoescape=True))
        .order_by(col(CurtailmentUserRow.code))
    )
    return list(await session.scalars(statement))


async def users_by_id(session: AsyncSession, ids: Collection[UUID]) -> list[CurtailmentUserRow]:
    statement = select(CurtailmentUserRow).where(col(CurtailmentUserRow.id).in_(ids))
    return list(await session.scalars(statement.order_by(col(CurtailmentUserRow.code))))


async def users_by_enterprise(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, CurtailmentUserRow]:
    statement = select(CurtailmentUserRow).where(col(CurtailmentUserRow.enterprise_id).in_(ids))
    return {row.enterprise_id: row for row in await session.scalars(statement)}


async def offers_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[Offer]]:
    """What each user can give, the mildest measure first."""
    statement = select(CurtailmentMeasureRow).where(col(CurtailmentMeasureRow.user_id).in_(ids))
    found: dict[UUID, list[Offer]] = {}
    rows = list(await session.scalars(statement.execution_options(populate_existing=True)))
    for row in sorted(rows, key=lambda one: Measure(one.measure).rank):
        offer = Offer(
            Measure(row.measure),
            row.load_kw,
            row.notice_minutes,
            row.min_minutes,
            row.max_minutes,
            row.recovery_minutes,
        )
        found.setdefault(row.user_id, []).append(offer)
    return found


async def meters_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[tuple[str, MeterRow | None]]]:
    """Numbers of each user's meters in order, each with its record where there is one."""
    statement = (
        select(col(CurtailmentUserMeterRow.user_id), col(CurtailmentUserMeterRow.meter_no), MeterRow)
        .outerjoin(MeterRow, col(MeterRow.meter_no) == col(CurtailmentUserMeterRow.meter_no))
        .where(col(CurtailmentUserMeterRow.user_id).in_(ids))
        .order_by(col(CurtailmentUserMeterRow.meter_no))
    )
    found: dict[UUID, list[tuple[str, MeterRow | None]]] = {}
    for user_id, meter_no, meter in await session.execute(statement):
        found.setdefault(user_id, []).append((meter_no, meter))
    return found


async def put_terms(
    session: AsyncSession, user_id: UUID, offers: Iterable[Offer], meter_nos: Iterable[str]
) -> None:
    """Replace what a user can give, and its meters."""
    await session.execute(delete(CurtailmentMeasureRow).where(col(CurtailmentMeasureRow.user_id) == user_id))
    await session.execute(delete(CurtailmentUserMeterRow).where(col(CurtailmentUserMeterRow.user_id) == user_id))
    measures = [
        {
            "user_id": user_id,
            "measure": offer.measure.value,
            "load_kw": offer.load_kw,
            "notice_minutes": offer.notice_minutes,
            "min_minutes": offer.min_minutes,
            "max_minutes": offer.max_minutes,
            "recovery_minutes": offer.recovery_minutes,
        }
        for offer in offers
    ]
    if measures:
        await session.execute(insert(CurtailmentMeasureRow), measures)
    meters = [{"user_id": user_id, "meter_no": meter_no} for meter_no in meter_nos]
    if meters:
        await session.execute(insert(CurtailmentUserMeterRow), meters)


async def measured_by(session: AsyncSession, meter_nos: Collection[str]) -> dict[str, UUID]:
    """The user that each of the meters measures already."""
    statement = select(col(CurtailmentUserMeterRow.meter_no), col(CurtailmentUserMeterRow.user_id)).where(
        col(CurtailmentUserMeterRow.meter_no).in_(meter_nos)
    )
    return dict((await session.execute(statement)).all())


async def meters_by_no(session: AsyncSession, meter_nos: Collection[str]) -> dict[str, MeterRow]:
    statement = select(MeterRow).where(col(MeterRow.meter_no).in_(meter_nos))
    return {row.meter_no: row for row in await session.scalars(statement)}


async def registered(session: AsyncSession, ids: Collection[UUID]) -> frozenset[UUID]:
    """Enterprises among these that the registry still has."""
    statement = select(col(EnterpriseReplicaRow.enterprise_id)).where(
        col(EnterpriseReplicaRow.enterprise_id).in_(ids), col(EnterpriseReplicaRow.deleted).is_(False)
    )
    return frozenset(await session.scalars(statement))


def facts_of(
    row: CurtailmentUserRow, offers: Sequence[Offer], meters: Sequence[tuple[str, MeterRow | None]]
) -> UserFacts:
    capacities = [None if meter is None else meter.capacity_kw for _, meter in meters]
    known = [capacity for capacity in capacities if capacity is not None]
    return UserFacts(
        user_id=row.id,
        enterprise_id=row.enterprise_id,
        code=row.code,
        name=row.name,
        region_code=row.region_code,
        category=Category(row.category),
        max_load_kw=row.max_load_kw,
        security_load_kw=row.security_load_kw,
        offers=tuple(offers),
        meter_nos=tuple(meter_no for meter_no, _ in meters),
        rest_weekdays=frozenset(row.rest_weekdays),
        output_yuan_per_kwh=row.output_yuan_per_kwh,
        capacity_kw=sum(known) if known and len(known) == len(capacities) else None,
    )


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[CurtailmentRuleRow]:
    """Rules of the caller's regions, of those above and of everywhere."""
    visible = select(CurtailmentRuleRow).where(dated_scope(col(CurtailmentRuleRow.region_code), principal))
    page: Page[CurtailmentRuleRow] = await query.page(session, visible)
    return page


async def get_rule(session: AsyncSession, principal: Principal, rule_id: UUID) -> CurtailmentRuleRow:
    """Raises CurtailmentRuleNotFound."""
    visible = dated_scope(col(CurtailmentRuleRow.region_code), principal)
    row = await session.scalar(select(CurtailmentRuleRow).where(col(CurtailmentRuleRow.id) == rule_id, visible))
    if row is None:
        raise CurtailmentRuleNotFound(rule_id=rule_id)
    return row


async def find_rule(
    session: AsyncSession, kind: str, region_code: str | None, valid_from: date
) -> CurtailmentRuleRow | None:
    """The rule of this scope and beginning, locked."""
    statement = select(CurtailmentRuleRow).where(
        col(CurtailmentRuleRow.kind) == kind,
        col(CurtailmentRuleRow.region_code).is_not_distinct_from(region_code),
        col(CurtailmentRuleRow.valid_from) == valid_from,
    )
    return (await session.scalars(statement.with_for_update())).first()


async def rules_of(session: AsyncSession, kind: CurtailmentRuleKind) -> list[RuleEntry]:
    statement = select(CurtailmentRuleRow).where(col(CurtailmentRuleRow.kind) == kind.value)
    return [
        RuleEntry(row.region_code, row.valid_from, row.valid_to, row.parameters)
        for row in await session.scalars(statement)
    ]


_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext(:what), hashtext(:which))")


async def lock(session: AsyncSession, what: str, which: str) -> None:
    """Take turns with others who change the same thing, until the end of the transaction."""
    await session.execute(_LOCK, {"what": what, "which": which})
