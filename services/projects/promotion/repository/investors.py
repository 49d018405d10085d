"""SQL of investors, their ties and referrals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.tables import ProjectRow
from services.projects.promotion.domain.investors import InvestorKind
from services.projects.promotion.domain.referrals import Edge, ReferralGraph
from services.projects.promotion.tables import (
    IntroductionRow,
    InvestorRow,
    InvestorTieRow,
    LeadRow,
    ProjectPromotionRow,
    ReferralRow,
)
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import PersonRow

INVESTORS = Listing(
    fields={
        "id": FilterField(col(InvestorRow.id), UUID),
        "kind": FilterField(col(InvestorRow.kind), InvestorKind),
        "name": FilterField(col(InvestorRow.name)),
        "credit_code": FilterField(col(InvestorRow.credit_code)),
        "person_id": FilterField(col(InvestorRow.person_id), UUID),
        "enterprise_id": FilterField(col(InvestorRow.enterprise_id), UUID),
        "origin_country": FilterField(col(InvestorRow.origin_country)),
        "origin_region_code": region_filter(col(InvestorRow.origin_region_code)),
        "region_code": region_filter(col(InvestorRow.region_code)),
    },
    sortable=("name",),
    default_sort="name",
)
REFERRALS = Listing(
    fields={
        "id": FilterField(col(ReferralRow.id), UUID),
        "introducer_id": FilterField(col(ReferralRow.introducer_id), UUID),
        "introduced_id": FilterField(col(ReferralRow.introduced_id), UUID),
        "registered_on": FilterField(col(ReferralRow.registered_on), date),
        "standing": FilterField(col(ReferralRow.withdrawn_at).is_(None), bool, frozenset({"eq"})),
    },
    sortable=("registered_on",),
    default_sort="registered_on",
)


async def find_investor(session: AsyncSession, investor_id: UUID, *, lock: bool = False) -> InvestorRow | None:
    statement = select(InvestorRow).where(col(InvestorRow.id) == investor_id)
    if lock:
        # Others may go on referring to the row while it is changed: its key stays.
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def find_by_credit_code(session: AsyncSession, credit_code: str) -> InvestorRow | None:
    statement = select(InvestorRow).where(col(InvestorRow.credit_code) == credit_code)
    return (await session.scalars(statement)).first()


async def investors_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, InvestorRow]:
    wanted = list(ids)
    if not wanted:
        return {}
    statement = select(InvestorRow).where(col(InvestorRow.id).in_(wanted))
    return {row.id: row for row in await session.scalars(statement)}


async def person_names(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = list(ids)
    if not wanted:
        return {}
    statement = select(col(PersonRow.person_id), col(PersonRow.name)).where(col(PersonRow.person_id).in_(wanted))
    return dict((await session.execute(statement)).all())


async def list_investors(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[InvestorRow]:
    statement = select(InvestorRow).where(region_scope(col(InvestorRow.region_code), principal))
    return await query.page(session, statement)


async def find_tie(session: AsyncSession, one: UUID, other: UUID) -> InvestorTieRow | None:
    return await session.get(InvestorTieRow, (min(one, other), max(one, other)))


async def ties_of(session: AsyncSession, investor_id: UUID) -> list[InvestorTieRow]:
    statement = select(InvestorTieRow).where(
        (col(InvestorTieRow.low_id) == investor_id) | (col(InvestorTieRow.high_id) == investor_id)
    )
    return list((await session.scalars(statement)).all())


async def find_referral(session: AsyncSession, referral_id: UUID, *, lock: bool = False) -> ReferralRow | None:
    statement = select(ReferralRow).where(col(ReferralRow.id) == referral_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def standing_referral(session: AsyncSession, introducer_id: UUID, introduced_id: UUID) -> ReferralRow | None:
    statement = select(ReferralRow).where(
        col(ReferralRow.introducer_id) == introducer_id,
        col(ReferralRow.introduced_id) == introduced_id,
        col(ReferralRow.withdrawn_at).is_(None),
    )
    return (await session.scalars(statement)).first()


async def list_referrals(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ReferralRow]:
    """Referrals by or of an investor whom the caller may see."""
    by, of = aliased(InvestorRow), aliased(InvestorRow)
    statement = (
        select(ReferralRow)
        .join(by, col(by.id) == col(ReferralRow.introducer_id))
        .join(of, col(of.id) == col(ReferralRow.introduced_id))
        .where(or_(region_scope(by.region_code, principal), region_scope(of.region_code, principal)))
    )
    return await query.page(session, statement)


async def referral_edges(session: AsyncSession) -> set[Edge]:
    """Who is registered to have introduced whom, investor by investor."""
    statement = select(col(ReferralRow.introducer_id), col(ReferralRow.introduced_id)).where(
        col(ReferralRow.withdrawn_at).is_(None)
    )
    return {(by, of) for by, of in await session.execute(statement)}


async def introduction_edges(
    session: AsyncSession, *, but_project: UUID | None = None, but_lead: UUID | None = None
) -> set[Edge]:
    """Who introduced a lead or project of whom: that counts as an introduction too."""
    party: Any = IntroductionRow.investor_id
    current = col(IntroductionRow.ended_at).is_(None)
    of_projects = (
        select(party, col(ProjectPromotionRow.investor_id))
        .join(ProjectPromotionRow, col(ProjectPromotionRow.project_id) == col(IntroductionRow.project_id))
        .where(
            current,
            party.is_not(None),
            col(ProjectPromotionRow.investor_id).is_not(None),
            col(ProjectPromotionRow.project_id).is_distinct_from(but_project),
        )
    )
    of_leads = (
        select(party, col(LeadRow.investor_id))
        .join(LeadRow, col(LeadRow.id) == col(IntroductionRow.lead_id))
        .where(
            current,
            party.is_not(None),
            col(IntroductionRow.project_id).is_(None),
            col(LeadRow.investor_id).is_not(None),
            col(LeadRow.id).is_distinct_from(but_lead),
        )
    )
    return {(by, of) for by, of in await session.execute(union(of_projects, of_leads))}


async def all_ties(session: AsyncSession) -> set[Edge]:
    """Ties between investors, and of investors to the persons of the registry they are."""
    ties = select(col(InvestorTieRow.low_id), col(InvestorTieRow.high_id))
    person: Any = InvestorRow.person_id
    persons = select(col(InvestorRow.id), person).where(person.is_not(None))
    found = {(one, other) for one, other in await session.execute(ties)}
    return found | {(one, other) for one, other in await session.execute(persons)}


async def load_graph(
    session: AsyncSession, *, but_project: UUID | None = None, but_lead: UUID | None = None
) -> ReferralGraph:
    """The whole graph, whose lock the caller holds; without the introductions that are about to be replaced."""
    edges = await referral_edges(session)
    edges |= await introduction_edges(session, but_project=but_project, but_lead=but_lead)
    return ReferralGraph(edges, await all_ties(session))


async def self_credited(session: AsyncSession, graph: ReferralGraph) -> list[str]:
    """Codes of projects and leads whose investor would be one party with an introducer in the graph."""
    party: Any = IntroductionRow.investor_id
    person: Any = IntroductionRow.person_id
    projects = (
        select(party, person, col(ProjectPromotionRow.investor_id), col(ProjectRow.code))
        .join(ProjectPromotionRow, col(ProjectPromotionRow.project_id) == col(IntroductionRow.project_id))
        .join(ProjectRow, col(ProjectRow.id) == col(IntroductionRow.project_id))
        .where(col(IntroductionRow.ended_at).is_(None), col(ProjectPromotionRow.investor_id).is_not(None))
    )
    leads = (
        select(party, person, col(LeadRow.investor_id), col(LeadRow.code))
        .join(LeadRow, col(LeadRow.id) == col(IntroductionRow.lead_id))
        .where(
            col(IntroductionRow.ended_at).is_(None),
            col(IntroductionRow.project_id).is_(None),
            col(LeadRow.investor_id).is_not(None),
        )
    )
    found: list[str] = []
    for statement in (projects, leads):
        for by_investor, by_person, investor_id, code in await session.execute(statement):
            if graph.is_same(by_investor or by_person, investor_id):
                found.append(code)
    return sorted(set(found))
