"""``/v1/appeals`` for offices and enterprises."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import APPEAL
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.environment import errors
from services.projects.environment.repository import appeals as repository
from services.projects.environment.repository.rules import TRAIL, list_trail
from services.projects.environment.routes.answers import (
    DECIDERS,
    KEEPERS,
    REPORTERS,
    WRITERS,
    IdentitiesDep,
    tag,
)
from services.projects.environment.schemas.appeals import (
    Answer,
    AppealBrief,
    AppealCreate,
    AppealLodged,
    AppealRead,
    AppealWithdrawal,
    Closing,
    DisclosureRead,
    DisclosureRequest,
    Dispatch,
    Extension,
    Rating,
)
from services.projects.environment.schemas.rules import TrailRead
from services.projects.environment.service import appeals, handling
from services.projects.environment.service.appeals import Identities, OpenedAppeal
from services.projects.registry.errors import UnknownRegion

AppealsQuery = Annotated[ListQuery, Depends(repository.APPEALS.selecting(AppealBrief))]
TrailQuery = Annotated[ListQuery, Depends(TRAIL.selecting(TrailRead))]

router = APIRouter(prefix="/v1/appeals", route_class=TransactionalRoute, tags=["environment"])


def _shown(ctx: ContextDep, identities: Identities, response: Response, opened: OpenedAppeal) -> AppealRead:
    tag(response, opened.row)
    return AppealRead.shown(opened, appeals.contact_for(ctx, identities, opened.row))


async def open_to_change(appeal_id: UUID, request: Request, ctx: ContextDep) -> OpenedAppeal:
    """The path's appeal, locked; If-Match is honoured. Raises NotFound, PreconditionFailed."""
    opened = await appeals.open_appeal(ctx, appeal_id, lock=True)
    honour_if_match(request, opened.row.version)
    return opened


ToChange = Annotated[OpenedAppeal, Depends(open_to_change)]


@router.get("", response_model=PageOf[AppealBrief])
async def list_appeals(request: Request, ctx: ContextDep, query: AppealsQuery) -> Response:
    """Appeals of the caller's subtree; an enterprise sees those it made openly."""
    page = await repository.list_appeals(ctx.session, ctx.principal, query)
    return page_response(request, page, query, AppealBrief, AppealBrief.of)


@router.get("/changes", response_model=ChangePage)
async def list_appeal_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to appeals since a cursor; never who made them."""
    return await read_changes(ctx.session, ctx.principal, [APPEAL], after=after, limit=limit)


@router.post(
    "",
    status_code=201,
    response_model=AppealLodged,
    responses=problems(
        errors.CategoryNotOfKind,
        errors.UnknownReference,
        UnknownRegion,
        errors.EnvironmentRuleMissing,
        UnknownCalendarYear,
    ),
    dependencies=[require(*REPORTERS)],
)
async def create_appeal(body: AppealCreate, ctx: ContextDep, identities: IdentitiesDep, response: Response) -> Any:
    """Lodge a complaint or request. The tracking code is shown in this answer and never again."""
    opened, code = await appeals.lodge(
        ctx, identities, body.draft(), body.contact.identity(), anonymous=body.anonymous
    )
    # Keeps the code out of the stored answers of Idempotency-Key.
    response.headers["Cache-Control"] = "no-store"
    return AppealLodged(appeal=_shown(ctx, identities, response, opened), tracking_code=code)


@router.get("/{appeal_id}", response_model=AppealRead)
async def read_appeal(appeal_id: UUID, ctx: ContextDep, identities: IdentitiesDep, response: Response) -> Any:
    """One appeal with its rounds."""
    return _shown(ctx, identities, response, await appeals.open_appeal(ctx, appeal_id, lock=False))


@router.get("/{appeal_id}/trail", response_model=PageOf[TrailRead])
async def list_appeal_trail(appeal_id: UUID, request: Request, ctx: ContextDep, query: TrailQuery) -> Response:
    """Every step of an appeal."""
    await appeals.open_appeal(ctx, appeal_id, lock=False)
    return page_response(request, await list_trail(ctx.session, appeal_id, query), query, TrailRead)


@router.post(
    "/{appeal_id}/dispatches",
    status_code=201,
    response_model=AppealRead,
    responses=problems(
        errors.UnknownReference,
        errors.OwnCause,
        errors.AppealStatusWrong,
        errors.UnitComplainedOf,
        errors.SameUnit,
        errors.TransferNeedsReason,
        errors.EnvironmentRuleMissing,
        UnknownCalendarYear,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def dispatch_appeal(
    body: Dispatch,
    ctx: ContextDep,
    identities: IdentitiesDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Give the appeal to a unit, never to the one it complains of: its clock starts, this day not counted."""
    await handling.dispatch(ctx, opened, body.unit_id, body.note)
    return _shown(ctx, identities, response, opened)


@router.post(
    "/{appeal_id}/extensions",
    status_code=201,
    response_model=AppealRead,
    responses=problems(errors.AppealStatusWrong, errors.OwnCause, UnknownCalendarYear, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def extend_appeal(
    body: Extension,
    ctx: ContextDep,
    identities: IdentitiesDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Give the unit more working days; somebody else than the unit does."""
    await handling.extend(ctx, opened, body.working_days, body.reason)
    return _shown(ctx, identities, response, opened)


@router.post(
    "/{appeal_id}/answers",
    status_code=201,
    response_model=AppealRead,
    responses=problems(
        errors.AppealStatusWrong,
        errors.OtherUnit,
        errors.EnvironmentRuleMissing,
        UnknownCalendarYear,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def answer_appeal(
    body: Answer,
    ctx: ContextDep,
    identities: IdentitiesDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Answer for the unit that has the appeal."""
    await handling.answer(ctx, opened, body.answer)
    return _shown(ctx, identities, response, opened)


@router.post(
    "/{appeal_id}/ratings",
    status_code=201,
    response_model=AppealRead,
    responses=problems(errors.AppealStatusWrong, UnknownCalendarYear, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def rate_appeal(
    body: Rating,
    ctx: ContextDep,
    identities: IdentitiesDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Rate the answer, as the enterprise that appealed; all others rate by their tracking code."""
    appeals.ensure_complainant(ctx, opened.row)
    await handling.rate(ctx, opened, body.score, body.comment, satisfied=body.satisfied)
    return _shown(ctx, identities, response, opened)


@router.post(
    "/{appeal_id}/withdrawal",
    status_code=201,
    response_model=AppealRead,
    responses=problems(errors.AppealStatusWrong, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def withdraw_appeal(
    body: AppealWithdrawal,
    ctx: ContextDep,
    identities: IdentitiesDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Take an appeal back, as the enterprise that made it."""
    appeals.ensure_complainant(ctx, opened.row)
    await handling.withdraw(ctx, opened, body.reason)
    return _shown(ctx, identities, response, opened)


@router.post(
    "/{appeal_id}/closures",
    status_code=201,
    response_model=AppealRead,
    responses=problems(errors.AppealStatusWrong, errors.OwnCause, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def close_appeal(
    body: Closing,
    ctx: ContextDep,
    identities: IdentitiesDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """End an appeal without a rated answer: rejected, withdrawn by word, a duplicate; not by a unit concerned."""
    await handling.close(ctx, opened, body.closed_as, body.reason)
    return _shown(ctx, identities, response, opened)


@router.post(
    "/{appeal_id}/disclosures",
    status_code=201,
    response_model=DisclosureRead,
    responses=problems(errors.NoIdentity, errors.OwnCause),
    dependencies=[require(*KEEPERS)],
)
async def disclose_identity(
    appeal_id: UUID, body: DisclosureRequest, ctx: ContextDep, identities: IdentitiesDep, response: Response
) -> Any:
    """Open a sealed identity with a reason that the trail and the audit keep; never for a unit concerned."""
    opened = await appeals.open_appeal(ctx, appeal_id, lock=True)
    response.headers["Cache-Control"] = "no-store"
    identity = await appeals.disclose(ctx, identities, opened, body.reason)
    return DisclosureRead(
        name=identity.name,
        phone=identity.phone,
        email=identity.email,
        enterprise_id=identity.enterprise_id,
        account=identity.account,
    )
