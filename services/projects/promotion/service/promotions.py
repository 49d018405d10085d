"""Where a project came from: its investor, its lead, and who shares the credit; conversion of a lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import PromotionIntroducer, PromotionRecordedV1, Stage
from libs.common.outbox.record import record_event
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.service.ledger import Ledger, Opened
from services.projects.ledger.service.lifecycle import register_project
from services.projects.promotion.domain.leads import LeadStage
from services.projects.promotion.errors import (
    CreditChangeNeedsReason,
    LeadNeedsInvestor,
    RegisteredAfterSigning,
)
from services.projects.promotion.repository import rewards as repository
from services.projects.promotion.service import leads
from services.projects.promotion.service.introducing import (
    IntroductionDraft,
    Target,
    demand_unrelated,
    set_introductions,
)
from services.projects.promotion.service.investors import demand_investor
from services.projects.promotion.service.registering import lock_graph
from services.projects.promotion.tables import IntroductionRow, LeadRow, ProjectPromotionRow


@dataclass(frozen=True, slots=True)
class Promotion:
    """A project's promotion as it stands; ``row`` None: nothing is recorded of it yet."""

    project: Project
    row: ProjectPromotionRow | None
    introductions: tuple[IntroductionRow, ...]


async def read_promotion(ctx: Context, opened: Opened) -> Promotion:
    row = await repository.find_promotion(ctx.session, opened.project.id)
    introductions = await repository.current_introductions(ctx.session, project_ids=[opened.project.id])
    return Promotion(opened.project, row, tuple(introductions))


async def set_promotion(
    ctx: Context,
    opened: Opened,
    investor_id: UUID | None,
    drafts: Sequence[IntroductionDraft],
    reason: str,
) -> Promotion:
    """State investor and introducers of a project whose row is locked.

    Once the project is signed a change of who shares the credit says why; what was awarded is recomputed with its
    difference. Raises InvestorUnknown, CreditChangeNeedsReason and as :func:`set_introductions`.
    """
    project = opened.project
    row = await repository.find_promotion(ctx.session, project.id)
    if investor_id is not None and (row is None or row.investor_id != investor_id):
        await demand_investor(ctx, investor_id, "/investor_id")
    changed = row is None or row.investor_id != investor_id
    if row is None:
        row = ProjectPromotionRow(project_id=project.id, investor_id=investor_id, version=0, updated_at=ctx.now)
        ctx.session.add(row)
    row.investor_id = investor_id
    await ctx.session.flush()
    had_some = bool(await repository.current_introductions(ctx.session, project_ids=[project.id]))
    target = Target(investor_id, row.lead_id, project.id, project.signed_on)
    redistributed = await set_introductions(ctx, target, drafts, reason)
    if redistributed and had_some and project.signed_on is not None and not reason.strip():
        raise CreditChangeNeedsReason(errors=[FieldError("fact.required", "/reason")])
    if changed or redistributed:
        await _store(ctx, project, row)
    return await read_promotion(ctx, opened)


async def convert_lead(
    ledger: Ledger,
    ctx: Context,
    lead: LeadRow,
    draft: Project,
    planned: Mapping[Milestone, date],
    on: date,
    *,
    confirmed: bool,
) -> Opened:
    """The locked lead becomes a project of the ledger, with its investor and all who introduced it.

    Raises LeadNeedsInvestor, IllegalLeadStep, LeadDateInFuture, LeadDatesOutOfOrder, SelfCredit, ReferralCycle,
    and as :func:`services.projects.ledger.service.lifecycle.register_project`.
    """
    if lead.investor_id is None:
        raise LeadNeedsInvestor(errors=[FieldError("fact.required", "/investor_id")])
    opened = await register_project(ledger, ctx, draft, planned, confirmed=confirmed)
    await leads.step(ctx, lead, LeadStage.CONVERTED, on, "", opened.project.id)
    introductions = await repository.current_introductions(ctx.session, lead_id=lead.id)
    await lock_graph(ctx)
    target = Target(lead.investor_id, lead.id, opened.project.id)
    parties = [repository.introduction_of(one).introducer for one in introductions]
    await demand_unrelated(ctx, target, parties)
    row = ProjectPromotionRow(
        project_id=opened.project.id,
        investor_id=lead.investor_id,
        lead_id=lead.id,
        version=0,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    for one in introductions:
        one.project_id = opened.project.id
    await ctx.session.flush()
    await _store(ctx, opened.project, row)
    return opened


async def guard_signing(ctx: Context, project: Project, stage: Stage, on: date) -> None:
    """For the ledger: a project is not signed on a day before one of its introducers was registered.

    Raises RegisteredAfterSigning.
    """
    if stage is not Stage.SIGNED:
        return
    introductions = await repository.introductions_of(ctx.session, project.id)
    late = [
        FieldError("introducer.late", "/on", {"registered_on": one.registered_on})
        for one in introductions
        if one.registered_on > on
    ]
    if late:
        raise RegisteredAfterSigning(signed_on=on, errors=late)


async def _store(ctx: Context, project: Project, row: ProjectPromotionRow) -> None:
    row.advance(ctx.now)
    await ctx.session.flush()
    introductions = await repository.current_introductions(ctx.session, project_ids=[project.id])
    payload = PromotionRecordedV1(
        project_id=project.id,
        investor_id=row.investor_id,
        lead_id=row.lead_id,
        introducers=tuple(
            PromotionIntroducer(
                investor_id=one.investor_id,
                person_id=one.person_id,
                basis_points=one.basis_points,
                registered_on=one.registered_on,
            )
            for one in introductions
        ),
    )
    await record_event(
        ctx,
        payload,
        subject=str(project.id),
        aggregate_version=row.version,
        region_code=project.region_code,
        enterprise_id=project.enterprise_id,
    )
