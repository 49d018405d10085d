"""The statement of credit, and the chain of referrals with what it brought."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, true
from sqlmodel import col

from libs.common import regions
from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region, reaches_region
from libs.common.web.problems import FieldError
from services.projects.ledger.repository import verified_funds
from services.projects.ledger.tables import ProjectRow
from services.projects.promotion.domain.credit import Credit, CreditedProject, credit
from services.projects.promotion.errors import AsOfAhead
from services.projects.promotion.repository import investors as investor_rows
from services.projects.promotion.repository import rewards as repository
from services.projects.promotion.service.investors import get_investor
from services.projects.promotion.tables import InvestorRow, ProjectPromotionRow
from services.projects.registry.service.recording import demand_region_form

MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class CreditStatement:
    as_of: date
    credits: tuple[Credit, ...]
    projects: dict[UUID, ProjectRow]
    names: dict[UUID, str]


async def state_credit(ctx: Context, as_of: date | None, region_code: str | None) -> CreditStatement:
    """Credit by funds that had arrived by the day and are verified. Raises AsOfAhead, NotFound (the region)."""
    day = demand_as_of(ctx, as_of)
    projects = await repository.promoted_projects(ctx.session, ctx.principal, in_region(ctx, region_code))
    ids = [project.id for _, project, _ in projects]
    funds = await verified_funds(ctx.session, ids, day)
    introductions: dict[UUID, list[Any]] = {}
    for row in await repository.current_introductions(ctx.session, project_ids=ids):
        assert row.project_id is not None
        if row.registered_on <= day:
            introductions.setdefault(row.project_id, []).append(repository.introduction_of(row))
    found = credit(
        CreditedProject(project_id, funds.get(project_id), tuple(introductions[project_id]))
        for project_id in ids
        if project_id in introductions
    )
    names = await names_of(ctx, [one.introducer.party for one in found])
    return CreditStatement(day, found, {project.id: project for _, project, _ in projects}, names)


async def names_of(ctx: Context, parties: list[UUID]) -> dict[UUID, str]:
    """Names of investors and persons by their ids."""
    investors = await investor_rows.investors_by_id(ctx.session, parties)
    persons = await investor_rows.person_names(ctx.session, parties)
    return persons | {key: row.name for key, row in investors.items()}


def demand_as_of(ctx: Context, as_of: date | None) -> date:
    """The day asked for, today if none. Raises AsOfAhead."""
    today = today_of(ctx)
    if as_of is not None and as_of > today:
        fault = FieldError("date.in_future", "", {}, "as_of")
        raise AsOfAhead(as_of=as_of, today=today, errors=[fault])
    return as_of or today


def in_region(ctx: Context, region_code: str | None) -> Any:
    """The condition on projects of a region's subtree. Raises MalformedRequest, NotFound."""
    if region_code is None:
        return true()
    demand_region_form(region_code, None, "region_code")
    ensure_region(ctx.principal, region_code)
    return col(ProjectRow.region_code).startswith(regions.prefix(region_code))


@dataclass(frozen=True, slots=True)
class ChainProject:
    """A project of an investor; ``verified_funds_yuan`` None: nothing verified has arrived."""

    row: ProjectRow
    verified_funds_yuan: int | None


@dataclass(frozen=True, slots=True)
class ChainNode:
    """An investor in the chain. One met before on the way is shown once more, without what follows (``again``).

    ``chain_*`` sum over the distinct projects of the node and all below it.
    """

    investor: InvestorRow
    projects: tuple[ChainProject, ...]
    children: tuple["ChainNode", ...]
    again: bool
    chain_projects: int
    chain_funds_yuan: int | None


async def referral_tree(ctx: Context, investor_id: UUID, as_of: date | None) -> tuple[date, ChainNode]:
    """Whom the investor brought, whom those brought, and what arrived along it. Raises NotFound, AsOfAhead.

    Whoever introduced a project of somebody brought him too. What lies outside of the caller's region is left out.
    """
    day = demand_as_of(ctx, as_of)
    root = await get_investor(ctx, investor_id)
    edges = await investor_rows.referral_edges(ctx.session) | await investor_rows.introduction_edges(ctx.session)
    following: dict[UUID, list[UUID]] = {}
    for introducer, introduced in edges:
        following.setdefault(introducer, []).append(introduced)
    reached = _reachable(investor_id, following)
    investors = {
        key: row
        for key, row in (await investor_rows.investors_by_id(ctx.session, reached)).items()
        if reaches_region(ctx.principal, row.region_code)
    }
    projects = await repository.promoted_projects(
        ctx.session, ctx.principal, and_(col(ProjectPromotionRow.investor_id).in_(list(investors)))
    )
    funds = await verified_funds(ctx.session, [project.id for _, project, _ in projects], day)
    of_investor: dict[UUID, list[ChainProject]] = {}
    for promotion, project, _ in projects:
        assert promotion.investor_id is not None
        of_investor.setdefault(promotion.investor_id, []).append(ChainProject(project, funds.get(project.id)))
    seen: set[UUID] = set()

    def build(row: InvestorRow, depth: int) -> ChainNode:
        if row.id in seen or depth > MAX_DEPTH:
            return ChainNode(row, (), (), True, 0, None)
        seen.add(row.id)
        below = [investors[key] for key in following.get(row.id, ()) if key in investors]
        children = tuple(build(one, depth + 1) for one in sorted(below, key=lambda one: (one.name, str(one.id))))
        own = tuple(of_investor.get(row.id, ()))
        # A node is expanded once, so its projects are summed once.
        known = [one.verified_funds_yuan for one in own] + [child.chain_funds_yuan for child in children]
        sums = [yuan for yuan in known if yuan is not None]
        count = len(own) + sum(child.chain_projects for child in children)
        return ChainNode(row, own, children, False, count, sum(sums) if sums else None)

    return day, build(root, 0)


def _reachable(start: UUID, following: dict[UUID, list[UUID]]) -> set[UUID]:
    reached, waiting = {start}, [start]
    while waiting:
        for key in following.get(waiting.pop(), ()):
            if key not in reached:
                reached.add(key)
                waiting.append(key)
    return reached
