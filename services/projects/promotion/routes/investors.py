"""``/v1/investors`` and ``/v1/referrals``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import INVESTOR
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.promotion.errors import (
    AsOfAhead,
    BackdatingForbidden,
    BackdatingNeedsEvidence,
    InvestorExists,
    InvestorUnknown,
    OriginMismatch,
    ReferralCycle,
    ReferralExists,
    ReferralWithdrawn,
    RegisteredAhead,
    SelfCredit,
    SelfReferral,
)
from services.projects.promotion.repository import investors as repository
from services.projects.promotion.routes.answers import OFFICES, WRITERS, AsOf
from services.projects.promotion.schemas.investors import (
    ChainNodeRead,
    InvestorCreate,
    InvestorRead,
    InvestorUpdate,
    ReferralCreate,
    ReferralRead,
    ReferralTreeRead,
    TieList,
    TieRead,
    TieWrite,
    Withdrawal,
)
from services.projects.promotion.service import investors
from services.projects.promotion.service.credits import referral_tree
from services.projects.promotion.tables import InvestorRow, ReferralRow
from services.projects.registry.errors import InvalidCreditCode, UnknownRegion

InvestorsQuery = Annotated[ListQuery, Depends(repository.INVESTORS.selecting(InvestorRead))]
ReferralsQuery = Annotated[ListQuery, Depends(repository.REFERRALS.selecting(ReferralRead))]

router = APIRouter(
    prefix="/v1", route_class=TransactionalRoute, tags=["promotion"], dependencies=[require(*OFFICES)]
)


def _shown(ctx: ContextDep, response: Response, row: InvestorRow) -> InvestorRead:
    response.headers["ETag"] = etag_of(row.version)
    return InvestorRead.of(row, ctx.principal)


def _referral(response: Response, row: ReferralRow) -> ReferralRow:
    response.headers["ETag"] = etag_of(row.version)
    return row


@router.get("/investors", response_model=PageOf[InvestorRead])
async def list_investors(request: Request, ctx: ContextDep, query: InvestorsQuery) -> Response:
    """Investors that offices of the caller's subtree keep."""
    page = await repository.list_investors(ctx.session, ctx.principal, query)
    return page_response(request, page, query, InvestorRead, lambda row: InvestorRead.of(row, ctx.principal))


@router.get("/investors/changes", response_model=ChangePage)
async def list_investor_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to investors since a cursor."""
    return await read_changes(ctx.session, ctx.principal, [INVESTOR], after=after, limit=limit)


@router.post(
    "/investors",
    status_code=201,
    response_model=InvestorRead,
    responses=problems(InvestorExists, InvestorUnknown, OriginMismatch, InvalidCreditCode, UnknownRegion),
    dependencies=[require(*WRITERS)],
)
async def create_investor(body: InvestorCreate, ctx: ContextDep, response: Response) -> Any:
    """Register an investor: a person, a company or a chamber."""
    row = await investors.create_investor(ctx, body.draft())
    response.headers["Location"] = f"/v1/investors/{row.id}"
    return _shown(ctx, response, row)


@router.get("/investors/{investor_id}", response_model=InvestorRead)
async def read_investor(investor_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One investor."""
    row = await investors.get_investor(ctx, investor_id)
    return not_modified(request, etag_of(row.version)) or _shown(ctx, response, row)


@router.patch(
    "/investors/{investor_id}",
    response_model=InvestorRead,
    responses=problems(
        InvestorExists,
        InvestorUnknown,
        OriginMismatch,
        InvalidCreditCode,
        UnknownRegion,
        SelfCredit,
        ReferralCycle,
    ),
    dependencies=[require(*WRITERS)],
)
async def patch_investor(
    investor_id: UUID, body: InvestorUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change some fields of the investor that ``If-Match`` names."""
    row = await investors.get_investor(ctx, investor_id, lock=True)
    check_if_match(request, row.version)
    return _shown(ctx, response, await investors.amend_investor(ctx, row, body.facts()))


@router.get("/investors/{investor_id}/ties", response_model=TieList)
async def list_ties(investor_id: UUID, ctx: ContextDep) -> Any:
    """Who is one party with the investor: his companies, whoever stands behind it."""
    await investors.get_investor(ctx, investor_id)
    ties = await repository.ties_of(ctx.session, investor_id)
    others = {tie.high_id if tie.low_id == investor_id else tie.low_id: tie for tie in ties}
    names = await repository.investors_by_id(ctx.session, others)
    items = [
        TieRead(
            investor_id=key,
            name=names[key].name,
            kind=tie.kind,
            recorded_at=tie.recorded_at,
            recorded_by=tie.recorded_by,
        )
        for key, tie in others.items()
    ]
    return TieList(items=sorted(items, key=lambda item: item.name))


@router.put(
    "/investors/{investor_id}/ties/{other_id}",
    response_model=TieRead,
    responses=problems(InvestorUnknown, SelfReferral, SelfCredit, ReferralCycle),
    dependencies=[require(*WRITERS)],
)
async def put_tie(investor_id: UUID, other_id: UUID, body: TieWrite, ctx: ContextDep) -> Any:
    """Say that two investors are one party; neither can then be credited with the other's projects."""
    await investors.get_investor(ctx, investor_id)
    tie = await investors.tie_investors(ctx, investor_id, other_id, body.kind)
    other = await investors.get_investor(ctx, other_id)
    return TieRead(
        investor_id=other_id,
        name=other.name,
        kind=body.kind,
        recorded_at=tie.recorded_at,
        recorded_by=tie.recorded_by,
    )


@router.delete("/investors/{investor_id}/ties/{other_id}", status_code=204, dependencies=[require(*WRITERS)])
async def delete_tie(investor_id: UUID, other_id: UUID, ctx: ContextDep) -> None:
    """Take back a tie that was recorded by mistake."""
    await investors.untie_investors(ctx, investor_id, other_id)


@router.get(
    "/investors/{investor_id}/referral-tree", response_model=ReferralTreeRead, responses=problems(AsOfAhead)
)
async def read_referral_tree(investor_id: UUID, ctx: ContextDep, as_of: AsOf = None) -> Any:
    """Whom the investor brought, whom those brought, with projects and verified funds along the chain."""
    day, root = await referral_tree(ctx, investor_id, as_of)
    return ReferralTreeRead(as_of=day, root=ChainNodeRead.of(root))


@router.get("/referrals", response_model=PageOf[ReferralRead])
async def list_referrals(request: Request, ctx: ContextDep, query: ReferralsQuery) -> Response:
    """Who introduced whom; ``filter[standing][eq]=true`` leaves out what was withdrawn."""
    page = await repository.list_referrals(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ReferralRead)


@router.post(
    "/referrals",
    status_code=201,
    response_model=ReferralRead,
    responses=problems(
        InvestorUnknown,
        SelfReferral,
        ReferralCycle,
        ReferralExists,
        RegisteredAhead,
        BackdatingForbidden,
        BackdatingNeedsEvidence,
    ),
    dependencies=[require(*WRITERS)],
)
async def create_referral(body: ReferralCreate, ctx: ContextDep, response: Response) -> Any:
    """One investor introduced another; no circles, and nobody introduces himself."""
    row = await investors.register_referral(
        ctx, body.introducer_id, body.introduced_id, body.registered_on, body.evidence, body.note
    )
    response.headers["Location"] = f"/v1/referrals/{row.id}"
    return _referral(response, row)


@router.get("/referrals/{referral_id}", response_model=ReferralRead)
async def read_referral(referral_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One referral."""
    row = await investors.get_referral(ctx, referral_id)
    return not_modified(request, etag_of(row.version)) or _referral(response, row)


@router.post(
    "/referrals/{referral_id}/withdrawal",
    status_code=201,
    response_model=ReferralRead,
    responses=problems(ReferralWithdrawn, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def withdraw_referral(
    referral_id: UUID, body: Withdrawal, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Take a referral back; it stays with the reason."""
    row = await investors.get_referral(ctx, referral_id, lock=True)
    honour_if_match(request, row.version)
    return _referral(response, await investors.withdraw_referral(ctx, row, body.reason))
