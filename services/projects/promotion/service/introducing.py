"""Who shares the credit of a lead or a project: the set is stated whole, and sums to 100 %."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.projects.promotion.domain.referrals import ReferralGraph
from services.projects.promotion.domain.rewards import Introducer, Introduction, demand_introductions
from services.projects.promotion.errors import IntroducerUnknown, SelfCredit
from services.projects.promotion.repository import investors as investor_rows
from services.projects.promotion.repository import rewards as repository
from services.projects.promotion.service.registering import lock_graph, registered_on
from services.projects.promotion.tables import IntroductionRow
from services.projects.registry.repository import has_person


@dataclass(frozen=True, slots=True)
class IntroductionDraft:
    """``registered_on`` None is today, or what was said of this introducer before."""

    introducer: Introducer
    basis_points: int
    registered_on: date | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What is introduced: a lead, or a project that may have been one."""

    investor_id: UUID | None
    lead_id: UUID | None = None
    project_id: UUID | None = None
    signed_on: date | None = None


async def set_introductions(
    ctx: Context, target: Target, drafts: Sequence[IntroductionDraft], reason: str
) -> bool:
    """Bring the current introductions in line; whether anything changed. The caller has locked the target's row.

    What stays is not judged again but for the investor. Raises IntroducersMalformed, CreditSharesNotWhole,
    RegisteredAfterSigning, IntroducerUnknown, SelfCredit, SelfReferral, ReferralCycle, RegisteredAhead,
    BackdatingForbidden, BackdatingNeedsEvidence.
    """
    rows = await _current(ctx, target)
    known = {repository.introduction_of(row).introducer: row for row in rows}
    wanted = [_placed(ctx, draft, known.get(draft.introducer), number) for number, draft in enumerate(drafts)]
    demand_introductions([one for one, _ in wanted], target.signed_on)
    await _demand_known(ctx, [one.introducer for one, _ in wanted if one.introducer not in known])
    await lock_graph(ctx)
    await demand_unrelated(ctx, target, [one.introducer for one, _ in wanted])
    kept = {one.introducer for one, _ in wanted if _stays(known.get(one.introducer), one)}
    changed = False
    for introducer, row in known.items():
        if introducer not in kept:
            row.ended_at, row.ended_by, row.ended_reason = ctx.now, ctx.principal.subject, reason
            changed = True
    await ctx.session.flush()
    for one, evidence in wanted:
        if one.introducer not in kept:
            ctx.session.add(_row(ctx, target, one, evidence))
            changed = True
    await ctx.session.flush()
    return changed


async def demand_unrelated(ctx: Context, target: Target, introducers: Sequence[Introducer]) -> None:
    """The investor is not among those credited, neither himself nor through ties, and no circle closes.

    The caller holds the graph's lock. Raises SelfCredit naming each introducer, ReferralCycle.
    """
    if target.investor_id is None:
        return
    graph = await investor_rows.load_graph(ctx.session, but_project=target.project_id, but_lead=target.lead_id)
    own = [
        FieldError("introducer.is_investor", f"/introducers/{number}")
        for number, one in enumerate(introducers)
        if graph.is_same(one.party, target.investor_id)
    ]
    if own:
        raise SelfCredit(codes=[], errors=own)
    _demand_edges(graph, target.investor_id, introducers)


def _demand_edges(graph: ReferralGraph, investor_id: UUID, introducers: Sequence[Introducer]) -> None:
    for one in introducers:
        # Persons of the registry introduce, but nobody introduces them.
        if one.investor_id is not None:
            graph.demand_edge(one.investor_id, investor_id)


async def _current(ctx: Context, target: Target) -> list[IntroductionRow]:
    if target.project_id is not None:
        return await repository.current_introductions(ctx.session, project_ids=[target.project_id])
    return await repository.current_introductions(ctx.session, lead_id=target.lead_id)


def _placed(
    ctx: Context, draft: IntroductionDraft, known: IntroductionRow | None, number: int
) -> tuple[Introduction, str]:
    if known is not None and draft.registered_on in (None, known.registered_on):
        evidence = draft.evidence or known.evidence
        return Introduction(draft.introducer, draft.basis_points, known.registered_on), evidence
    day = registered_on(ctx, draft.registered_on, draft.evidence, f"/introducers/{number}")
    return Introduction(draft.introducer, draft.basis_points, day), draft.evidence


def _stays(row: IntroductionRow | None, wanted: Introduction) -> bool:
    return row is not None and repository.introduction_of(row) == wanted


async def _demand_known(ctx: Context, introducers: Sequence[Introducer]) -> None:
    ids = [one.investor_id for one in introducers if one.investor_id is not None]
    investors = await investor_rows.investors_by_id(ctx.session, ids)
    unknown = []
    for one in introducers:
        if one.investor_id is not None:
            investor = investors.get(one.investor_id)
            is_known = investor is not None and reaches_region(ctx.principal, investor.region_code)
        else:
            assert one.person_id is not None
            is_known = await has_person(ctx.session, one.person_id)
        if not is_known:
            unknown.append(FieldError("reference.unknown", "/introducers", {"id": one.party}))
    if unknown:
        raise IntroducerUnknown(errors=unknown)


def _row(ctx: Context, target: Target, one: Introduction, evidence: str) -> IntroductionRow:
    return IntroductionRow(
        id=ctx.new_id(),
        lead_id=target.lead_id,
        project_id=target.project_id,
        investor_id=one.introducer.investor_id,
        person_id=one.introducer.person_id,
        basis_points=one.basis_points,
        registered_on=one.registered_on,
        evidence=evidence,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
