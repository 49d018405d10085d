"""SQL of leads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.project import Channel
from services.projects.promotion.domain.leads import OPEN, LeadStage, LeadState
from services.projects.promotion.domain.watching import LeadConditionKind, LeadFacts, LeadRule
from services.projects.promotion.tables import FollowUpRow, LeadChangeRow, LeadRow, LeadRuleRow
from services.projects.registry.repository import region_filter

LEADS = Listing(
    fields={
        "id": FilterField(col(LeadRow.id), UUID),
        "code": FilterField(col(LeadRow.code)),
        "name": FilterField(col(LeadRow.name)),
        "region_code": region_filter(col(LeadRow.region_code)),
        "channel": FilterField(col(LeadRow.channel), Channel),
        "stage": FilterField(col(LeadRow.stage), LeadStage),
        "investor_id": FilterField(col(LeadRow.investor_id), UUID),
        "owner_person_id": FilterField(col(LeadRow.owner_person_id), UUID),
        "owner_unit_id": FilterField(col(LeadRow.owner_unit_id), UUID),
        "sector_code": FilterField(col(LeadRow.sector_code)),
        "park_code": FilterField(col(LeadRow.park_code)),
        "project_id": FilterField(col(LeadRow.project_id), UUID),
        "intended_investment_yuan": FilterField(col(LeadRow.intended_investment_yuan), int),
        "contacted_on": FilterField(col(LeadRow.contacted_on), date),
        "stage_on": FilterField(col(LeadRow.stage_on), date),
        "next_on": FilterField(col(LeadRow.next_on), date),
    },
    sortable=("code", "name", "stage_on", "next_on", "intended_investment_yuan", "contacted_on"),
    default_sort="code",
)
FOLLOW_UPS = Listing(
    fields={"id": FilterField(col(FollowUpRow.id), UUID), "on": FilterField(col(FollowUpRow.on), date)},
    sortable=("on",),
    default_sort="on",
)
LEAD_CHANGES = Listing(
    fields={
        "version": FilterField(col(LeadChangeRow.version), int),
        "action": FilterField(col(LeadChangeRow.action)),
    },
    key="version",
)
LEAD_RULES = Listing(
    fields={
        "id": FilterField(col(LeadRuleRow.id), UUID),
        "kind": FilterField(col(LeadRuleRow.kind), LeadConditionKind),
        "region_code": FilterField(col(LeadRuleRow.region_code)),
        "valid_from": FilterField(col(LeadRuleRow.valid_from), date),
    },
    sortable=("kind", "valid_from"),
    default_sort="kind,valid_from",
)


def state_of(row: LeadRow) -> LeadState:
    lost = None if row.lost_stage is None else LeadStage(row.lost_stage)
    return LeadState(LeadStage(row.stage), row.stage_on, lost, row.lost_reason)


def facts_of(row: LeadRow) -> LeadFacts:
    return LeadFacts(row.id, row.region_code, LeadStage(row.stage), row.last_on, row.next_step, row.next_on)


def rule_of(row: LeadRuleRow) -> LeadRule:
    return LeadRule(
        kind=LeadConditionKind(row.kind),
        threshold_days=row.threshold_days,
        level2_days=row.level2_days,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


async def find_lead(session: AsyncSession, lead_id: UUID, *, lock: bool = False) -> LeadRow | None:
    statement = select(LeadRow).where(col(LeadRow.id) == lead_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def code_is_taken(session: AsyncSession, code: str) -> bool:
    return bool(await session.scalar(select(select(LeadRow).where(col(LeadRow.code) == code).exists())))


async def list_leads(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[LeadRow]:
    statement = select(LeadRow).where(region_scope(col(LeadRow.region_code), principal))
    return await query.page(session, statement)


async def list_follow_ups(session: AsyncSession, lead_id: UUID, query: ListQuery) -> Page[FollowUpRow]:
    statement = select(FollowUpRow).where(col(FollowUpRow.lead_id) == lead_id)
    return await query.page(session, statement)


async def list_changes(session: AsyncSession, lead_id: UUID, query: ListQuery) -> Page[LeadChangeRow]:
    statement = select(LeadChangeRow).where(col(LeadChangeRow.lead_id) == lead_id)
    return await query.page(session, statement)


async def open_leads(session: AsyncSession, also: Iterable[UUID]) -> list[LeadRow]:
    """Leads that are not closed, and those of the ids ``also``; by id."""
    statement = (
        select(LeadRow)
        .where(col(LeadRow.stage).in_([stage.value for stage in OPEN]) | col(LeadRow.id).in_(list(also)))
        .order_by(col(LeadRow.id))
    )
    return list((await session.scalars(statement)).all())


async def all_rules(session: AsyncSession) -> tuple[LeadRule, ...]:
    return tuple(rule_of(row) for row in await session.scalars(select(LeadRuleRow)))


async def rules_of(session: AsyncSession, kind: LeadConditionKind, region_code: str | None) -> list[LeadRuleRow]:
    """The rules of one kind and exactly this region, in order of time."""
    statement = (
        select(LeadRuleRow)
        .where(col(LeadRuleRow.kind) == kind.value, col(LeadRuleRow.region_code).is_not_distinct_from(region_code))
        .order_by(col(LeadRuleRow.valid_from))
    )
    return list((await session.scalars(statement)).all())


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[LeadRuleRow]:
    statement = select(LeadRuleRow).where(dated_scope(col(LeadRuleRow.region_code), principal))
    return await query.page(session, statement)
