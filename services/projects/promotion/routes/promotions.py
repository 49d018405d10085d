"""``/v1/projects/{id}/promotion`` and ``/v1/promotion-credits``."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlmodel import col

from libs.common.local_time import today_of
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger.routes.answers import LedgerDep
from services.projects.ledger.tables import ProjectRow
from services.projects.promotion.errors import (
    AsOfAhead,
    BackdatingForbidden,
    BackdatingNeedsEvidence,
    CreditChangeNeedsReason,
    CreditSharesNotWhole,
    IntroducersMalformed,
    IntroducerUnknown,
    InvestorUnknown,
    ReferralCycle,
    RegisteredAfterSigning,
    RegisteredAhead,
    SelfCredit,
)
from services.projects.promotion.repository import rewards as repository
from services.projects.promotion.routes.answers import OFFICES, WRITERS, AsOf, RegionParam
from services.projects.promotion.schemas.rewards import CreditStatementRead, PromotionRead, PromotionWrite
from services.projects.promotion.service import promotions
from services.projects.promotion.service.credits import demand_as_of, names_of, state_credit
from services.projects.promotion.service.promotions import Promotion
from services.projects.promotion.service.rewarding import state_rewards

router = APIRouter(
    prefix="/v1", route_class=TransactionalRoute, tags=["promotion"], dependencies=[require(*OFFICES)]
)


async def _shown(ctx: ContextDep, response: Response, promotion: Promotion, as_of: AsOf) -> PromotionRead:
    where = col(ProjectRow.id) == promotion.project.id
    found = await repository.promoted_projects(ctx.session, ctx.principal, where)
    statements = await state_rewards(ctx, found, as_of or today_of(ctx))
    statement = statements[0] if statements else None
    parties = [repository.introduction_of(one).introducer.party for one in promotion.introductions]
    if promotion.row is not None and promotion.row.investor_id is not None:
        parties.append(promotion.row.investor_id)
    if statement is not None:
        parties += [one.party for one in statement.awarded]
    answer = PromotionRead.of(promotion, await names_of(ctx, parties), statement)
    response.headers["ETag"] = etag_of(answer.version)
    return answer


@router.get("/projects/{project_id}/promotion", response_model=PromotionRead, responses=problems(AsOfAhead))
async def read_promotion(
    project_id: UUID, ctx: ContextDep, ledger: LedgerDep, response: Response, as_of: AsOf = None
) -> Any:
    """Where the project came from, who shares the credit, and what they are due, were awarded and still get."""
    opened = await ledger.read(ctx, project_id)
    day = demand_as_of(ctx, as_of)
    return await _shown(ctx, response, await promotions.read_promotion(ctx, opened), day)


@router.put(
    "/projects/{project_id}/promotion",
    response_model=PromotionRead,
    responses=problems(
        InvestorUnknown,
        IntroducersMalformed,
        IntroducerUnknown,
        CreditSharesNotWhole,
        CreditChangeNeedsReason,
        RegisteredAfterSigning,
        SelfCredit,
        ReferralCycle,
        RegisteredAhead,
        BackdatingForbidden,
        BackdatingNeedsEvidence,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def put_promotion(
    project_id: UUID,
    body: PromotionWrite,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """State the project's investor and who shares the credit. The ETag is the promotion's, not the project's."""
    opened = await ledger.open(ctx, project_id)
    known = await promotions.read_promotion(ctx, opened)
    honour_if_match(request, 0 if known.row is None else known.row.version)
    promotion = await promotions.set_promotion(ctx, opened, body.investor_id, body.drafts(), body.reason)
    return await _shown(ctx, response, promotion, None)


@router.get("/promotion-credits", response_model=CreditStatementRead, responses=problems(AsOfAhead))
async def read_credits(ctx: ContextDep, as_of: AsOf = None, region_code: RegionParam = None) -> Any:
    """Introducers ranked by verified funds of what they brought, with the projects behind each figure."""
    return CreditStatementRead.of(await state_credit(ctx, as_of, region_code))
