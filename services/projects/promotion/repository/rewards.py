"""SQL of projects' promotion, reward rules and awards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import owners_among, remembered_of
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.people import Actor
from services.projects.ledger.domain.project import Channel
from services.projects.ledger.tables import ProjectRow
from services.projects.promotion.domain.investors import Origin
from services.projects.promotion.domain.rewards import AwardState, Band, Introducer, Introduction, RewardRule
from services.projects.promotion.tables import (
    AwardRow,
    IntroductionRow,
    InvestorRow,
    ProjectPromotionRow,
    RewardRuleRow,
)
from services.projects.registry.repository import region_filter

REWARD_RULES = Listing(
    fields={
        "id": FilterField(col(RewardRuleRow.id), UUID),
        "channel": FilterField(col(RewardRuleRow.channel), Channel),
        "origin": FilterField(col(RewardRuleRow.origin), Origin),
        "region_code": FilterField(col(RewardRuleRow.region_code)),
        "valid_from": FilterField(col(RewardRuleRow.valid_from), date),
    },
    sortable=("channel", "origin", "valid_from"),
    default_sort="valid_from",
)
AWARDS = Listing(
    fields={
        "id": FilterField(col(AwardRow.id), UUID),
        "project_id": FilterField(col(AwardRow.project_id), UUID),
        "region_code": region_filter(col(AwardRow.region_code)),
        "investor_id": FilterField(col(AwardRow.investor_id), UUID),
        "person_id": FilterField(col(AwardRow.person_id), UUID),
        "state": FilterField(col(AwardRow.state), AwardState),
        "amount_yuan": FilterField(col(AwardRow.amount_yuan), int),
        "as_of": FilterField(col(AwardRow.as_of), date),
        "paid_on": FilterField(col(AwardRow.paid_on), date),
    },
    sortable=("as_of", "amount_yuan", "paid_on"),
    default_sort="as_of",
)


def introduction_of(row: IntroductionRow) -> Introduction:
    return Introduction(Introducer(row.investor_id, row.person_id), row.basis_points, row.registered_on)


def reward_rule_of(row: RewardRuleRow) -> RewardRule:
    return RewardRule(
        bands=tuple(Band(band["from_yuan"], band["per_million"]) for band in row.bands),
        channel=None if row.channel is None else Channel(row.channel),
        origin=None if row.origin is None else Origin(row.origin),
        progressive=row.progressive,
        cap_yuan=row.cap_yuan,
        basis=row.basis,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def proposer_of(row: AwardRow) -> Actor:
    return Actor(row.proposed_by, row.proposed_person_id)


async def find_promotion(session: AsyncSession, project_id: UUID) -> ProjectPromotionRow | None:
    return await session.get(ProjectPromotionRow, project_id, populate_existing=True)


async def current_introductions(
    session: AsyncSession, *, project_ids: Iterable[UUID] = (), lead_id: UUID | None = None
) -> list[IntroductionRow]:
    """Who is credited now with the projects, or with a lead that has not become one."""
    of: ColumnElement[bool] = (
        col(IntroductionRow.project_id).in_(list(project_ids))
        if lead_id is None
        else col(IntroductionRow.lead_id) == lead_id
    )
    statement = (
        select(IntroductionRow)
        .where(of, col(IntroductionRow.ended_at).is_(None))
        .order_by(col(IntroductionRow.registered_on), col(IntroductionRow.id))
    )
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


@remembered_of(owners_among(col(IntroductionRow.project_id)), list)
async def introductions_of(session: AsyncSession, project_id: UUID) -> list[IntroductionRow]:
    """:func:`current_introductions` of one project."""
    return await current_introductions(session, project_ids=[project_id])


async def promoted_projects(
    session: AsyncSession, principal: Principal, where: ColumnElement[bool]
) -> list[tuple[ProjectPromotionRow, ProjectRow, InvestorRow | None]]:
    """Projects with a promotion record that the caller may see, by id."""
    statement = (
        select(ProjectPromotionRow, ProjectRow, InvestorRow)
        .join(ProjectRow, col(ProjectRow.id) == col(ProjectPromotionRow.project_id))
        .outerjoin(InvestorRow, col(InvestorRow.id) == col(ProjectPromotionRow.investor_id))
        .where(region_scope(col(ProjectRow.region_code), principal), where)
        .order_by(col(ProjectRow.id))
    )
    found = await session.execute(statement.execution_options(populate_existing=True))
    return [(promotion, project, investor) for promotion, project, investor in found]


async def all_reward_rules(session: AsyncSession) -> list[tuple[UUID, RewardRule]]:
    rows = await session.scalars(select(RewardRuleRow).order_by(col(RewardRuleRow.valid_from)))
    return [(row.id, reward_rule_of(row)) for row in rows]


async def reward_rules_of(session: AsyncSession, rule: RewardRule) -> list[RewardRuleRow]:
    """The rules of the same channel, origin and region, in order of time."""
    statement = (
        select(RewardRuleRow)
        .where(
            col(RewardRuleRow.channel).is_not_distinct_from(None if rule.channel is None else rule.channel.value),
            col(RewardRuleRow.origin).is_not_distinct_from(None if rule.origin is None else rule.origin.value),
            col(RewardRuleRow.region_code).is_not_distinct_from(rule.region_code),
        )
        .order_by(col(RewardRuleRow.valid_from))
    )
    return list((await session.scalars(statement)).all())


async def list_reward_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[RewardRuleRow]:
    statement = select(RewardRuleRow).where(dated_scope(col(RewardRuleRow.region_code), principal))
    return await query.page(session, statement)


async def awarded(session: AsyncSession, project_ids: Iterable[UUID]) -> dict[UUID, dict[Introducer, int]]:
    """What stands awarded by project and introducer: all awards but the rejected ones."""
    statement = (
        select(
            col(AwardRow.project_id),
            col(AwardRow.investor_id),
            col(AwardRow.person_id),
            func.sum(col(AwardRow.amount_yuan)),
        )
        .where(col(AwardRow.project_id).in_(list(project_ids)), col(AwardRow.state) != AwardState.REJECTED.value)
        .group_by(col(AwardRow.project_id), col(AwardRow.investor_id), col(AwardRow.person_id))
    )
    found: dict[UUID, dict[Introducer, int]] = {}
    for project_id, investor_id, person_id, total in await session.execute(statement):
        found.setdefault(project_id, {})[Introducer(investor_id, person_id)] = int(total)
    return found


async def last_granted_on(session: AsyncSession, project_id: UUID) -> date | None:
    """The day of the latest approval of an award of the project."""
    statement = select(func.max(col(AwardRow.decided_on))).where(
        col(AwardRow.project_id) == project_id,
        col(AwardRow.state).in_([AwardState.APPROVED.value, AwardState.PAID.value]),
    )
    day: date | None = await session.scalar(statement)
    return day


async def granted(session: AsyncSession, project_id: UUID) -> int:
    """What has been approved or paid for a project, less what is to be paid back whatever its state."""
    statement = select(func.coalesce(func.sum(col(AwardRow.amount_yuan)), 0)).where(
        col(AwardRow.project_id) == project_id,
        (col(AwardRow.state).in_([AwardState.APPROVED.value, AwardState.PAID.value]))
        | ((col(AwardRow.amount_yuan) < 0) & (col(AwardRow.state) == AwardState.PROPOSED.value)),
    )
    return int(await session.scalar(statement) or 0)


async def granted_project_ids(session: AsyncSession) -> list[UUID]:
    statement = (
        select(col(AwardRow.project_id))
        .where(col(AwardRow.state).in_([AwardState.APPROVED.value, AwardState.PAID.value]))
        .distinct()
        .order_by(col(AwardRow.project_id))
    )
    return list((await session.scalars(statement)).all())


async def find_award(session: AsyncSession, award_id: UUID, *, lock: bool = False) -> AwardRow | None:
    statement = select(AwardRow).where(col(AwardRow.id) == award_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_awards(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement = select(AwardRow).where(region_scope(col(AwardRow.region_code), principal))
    return await query.page(session, statement)
