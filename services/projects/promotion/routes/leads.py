"""``/v1/leads``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import LEAD
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger.errors import (
    DuplicateProjectCode,
    MilestoneNotApplicable,
    PlanOutOfOrder,
    UnknownReference,
)
from services.projects.ledger.routes.answers import LedgerDep
from services.projects.promotion.domain.leads import LeadStage, allowed_stages
from services.projects.promotion.errors import (
    BackdatingForbidden,
    BackdatingNeedsEvidence,
    CreditSharesNotWhole,
    IllegalLeadStep,
    IntroducersMalformed,
    IntroducerUnknown,
    InvestorUnknown,
    LeadClosed,
    LeadCodeTaken,
    LeadDateInFuture,
    LeadDatesOutOfOrder,
    LeadNeedsInvestor,
    LeadNeedsReason,
    LeadReferenceUnknown,
    NextStepAhead,
    ReferralCycle,
    RegisteredAhead,
    SelfCredit,
)
from services.projects.promotion.repository import leads as repository
from services.projects.promotion.repository import rewards as reward_rows
from services.projects.promotion.repository.investors import find_investor
from services.projects.promotion.routes.answers import OFFICES, WRITERS
from services.projects.promotion.schemas.leads import (
    FollowUpCreate,
    FollowUpRead,
    IntroducerList,
    IntroducerRead,
    IntroducersRead,
    LeadChangeRead,
    LeadConversion,
    LeadCreate,
    LeadRead,
    LeadStep,
    LeadUpdate,
)
from services.projects.promotion.service import leads
from services.projects.promotion.service.credits import names_of
from services.projects.promotion.service.promotions import convert_lead
from services.projects.promotion.tables import LeadRow
from services.projects.registry.errors import UnknownRegion

LeadsQuery = Annotated[ListQuery, Depends(repository.LEADS.selecting(LeadRead))]
FollowUpsQuery = Annotated[ListQuery, Depends(repository.FOLLOW_UPS.selecting(FollowUpRead))]
HistoryQuery = Annotated[ListQuery, Depends(repository.LEAD_CHANGES.selecting(LeadChangeRead))]

router = APIRouter(
    prefix="/v1/leads", route_class=TransactionalRoute, tags=["promotion"], dependencies=[require(*OFFICES)]
)


def _shown(response: Response, row: LeadRow) -> LeadRead:
    response.headers["ETag"] = etag_of(row.version)
    return LeadRead.of(row)


@router.get("", response_model=PageOf[LeadRead])
async def list_leads(request: Request, ctx: ContextDep, query: LeadsQuery) -> Response:
    """Leads of the caller's subtree."""
    page = await repository.list_leads(ctx.session, ctx.principal, query)
    return page_response(request, page, query, LeadRead, LeadRead.of)


@router.get("/changes", response_model=ChangePage)
async def list_lead_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to leads since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [LEAD], after=after, limit=limit)


@router.post(
    "",
    status_code=201,
    response_model=LeadRead,
    responses=problems(LeadCodeTaken, LeadReferenceUnknown, InvestorUnknown, LeadDateInFuture, UnknownRegion),
    dependencies=[require(*WRITERS)],
)
async def create_lead(body: LeadCreate, ctx: ContextDep, response: Response) -> Any:
    """Register a lead at its first contact."""
    row = await leads.create_lead(ctx, body.draft())
    response.headers["Location"] = f"/v1/leads/{row.id}"
    return _shown(response, row)


@router.get("/{lead_id}", response_model=LeadRead)
async def read_lead(lead_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One lead."""
    row = await leads.get_lead(ctx, lead_id)
    return not_modified(request, etag_of(row.version)) or _shown(response, row)


@router.patch(
    "/{lead_id}",
    response_model=LeadRead,
    responses=problems(LeadClosed, LeadReferenceUnknown, InvestorUnknown, SelfCredit, ReferralCycle),
    dependencies=[require(*WRITERS)],
)
async def patch_lead(
    lead_id: UUID, body: LeadUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change some facts of the lead that ``If-Match`` names."""
    row = await leads.get_lead(ctx, lead_id, lock=True)
    check_if_match(request, row.version)
    return _shown(response, await leads.amend_lead(ctx, row, body.facts()))


@router.post(
    "/{lead_id}/stage-changes",
    status_code=201,
    response_model=LeadRead,
    responses=problems(
        IllegalLeadStep, LeadDateInFuture, LeadDatesOutOfOrder, LeadNeedsReason, PreconditionFailed
    ),
    dependencies=[require(*WRITERS)],
)
async def enter_stage(lead_id: UUID, body: LeadStep, ctx: ContextDep, request: Request, response: Response) -> Any:
    """Take the lead one stage on, lose it, or take a lost one up again; a project it becomes by conversion."""
    row = await leads.get_lead(ctx, lead_id, lock=True)
    honour_if_match(request, row.version)
    if body.stage is LeadStage.CONVERTED:
        allowed = [stage for stage in allowed_stages(repository.state_of(row)) if stage is not LeadStage.CONVERTED]
        raise IllegalLeadStep(from_stage=LeadStage(row.stage), to_stage=body.stage, allowed=allowed)
    return _shown(response, await leads.enter_stage(ctx, row, body.stage, body.on, body.reason))


@router.get("/{lead_id}/follow-ups", response_model=PageOf[FollowUpRead])
async def list_follow_ups(lead_id: UUID, request: Request, ctx: ContextDep, query: FollowUpsQuery) -> Response:
    """What was done about the lead."""
    row = await leads.get_lead(ctx, lead_id)
    page = await repository.list_follow_ups(ctx.session, row.id, query)
    return page_response(request, page, query, FollowUpRead)


@router.post(
    "/{lead_id}/follow-ups",
    status_code=201,
    response_model=FollowUpRead,
    responses=problems(LeadClosed, LeadDateInFuture, LeadDatesOutOfOrder, NextStepAhead, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def create_follow_up(
    lead_id: UUID, body: FollowUpCreate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Record what was done, and what is to be done next and when. The ETag is the lead's."""
    row = await leads.get_lead(ctx, lead_id, lock=True)
    honour_if_match(request, row.version)
    entry = await leads.follow_up(ctx, row, body.on, body.content, body.next_step, body.next_on)
    response.headers["ETag"] = etag_of(row.version)
    return entry


@router.get("/{lead_id}/introducers", response_model=IntroducersRead)
async def list_introducers(lead_id: UUID, ctx: ContextDep) -> Any:
    """Who introduced the lead, with their shares of the credit."""
    row = await leads.get_lead(ctx, lead_id)
    return await _introducers(ctx, row)


@router.put(
    "/{lead_id}/introducers",
    response_model=IntroducersRead,
    responses=problems(
        LeadClosed,
        IntroducersMalformed,
        IntroducerUnknown,
        CreditSharesNotWhole,
        SelfCredit,
        ReferralCycle,
        RegisteredAhead,
        BackdatingForbidden,
        BackdatingNeedsEvidence,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def put_introducers(
    lead_id: UUID, body: IntroducerList, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """State all who introduced the lead; with the conversion they share the project's credit."""
    row = await leads.get_lead(ctx, lead_id, lock=True)
    honour_if_match(request, row.version)
    await leads.set_lead_introducers(ctx, row, body.drafts(), body.reason)
    response.headers["ETag"] = etag_of(row.version)
    return await _introducers(ctx, row)


async def _introducers(ctx: ContextDep, row: LeadRow) -> IntroducersRead:
    rows = await reward_rows.current_introductions(ctx.session, lead_id=row.id)
    names = await names_of(ctx, [reward_rows.introduction_of(one).introducer.party for one in rows])
    return IntroducersRead(items=[IntroducerRead.of(one, names) for one in rows])


@router.post(
    "/{lead_id}/conversion",
    status_code=201,
    response_model=LeadRead,
    responses=problems(
        LeadNeedsInvestor,
        IllegalLeadStep,
        LeadDateInFuture,
        LeadDatesOutOfOrder,
        SelfCredit,
        ReferralCycle,
        UnknownRegion,
        UnknownReference,
        DuplicateProjectCode,
        MilestoneNotApplicable,
        PlanOutOfOrder,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def convert(
    lead_id: UUID,
    body: LeadConversion,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """The lead becomes a project of the ledger, with its investor, channel and all who introduced it."""
    row = await leads.get_lead(ctx, lead_id, lock=True)
    honour_if_match(request, row.version)
    investor = None if row.investor_id is None else await find_investor(ctx.session, row.investor_id)
    draft = body.draft(ctx.new_id(), row, None if investor is None else investor.name)
    opened = await convert_lead(ledger, ctx, row, draft, body.planned(), body.on, confirmed=body.confirm_amount)
    response.headers["Location"] = f"/v1/projects/{opened.project.id}"
    return _shown(response, row)


@router.get("/{lead_id}/history", response_model=PageOf[LeadChangeRead])
async def list_history(lead_id: UUID, request: Request, ctx: ContextDep, query: HistoryQuery) -> Response:
    """Every write of the lead, field by field."""
    row = await leads.get_lead(ctx, lead_id)
    page = await repository.list_changes(ctx.session, row.id, query)
    return page_response(request, page, query, LeadChangeRead)
