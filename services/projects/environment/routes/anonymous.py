"""Appeals without an account: lodged, followed and rated by a tracking code.

These routes keep no audit record of the address they were called from; the appeal's own trail holds the steps.
The code is sent in the body where something is written, so that no log of addresses keeps it.
"""

import hashlib
import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from libs.common.web.dependencies import ContextDep, RuntimeDep
from libs.common.web.problems import NotFound, TooManyRequests, problems
from libs.common.web.routes import TransactionalRoute, public, unaudited
from libs.common.web.runtime import Runtime
from libs.common.workdays import UnknownCalendarYear
from services.projects.environment import errors
from services.projects.environment.routes.answers import IdentitiesDep
from services.projects.environment.schemas.appeals import (
    AnonymousAppealCreate,
    AnonymousAppealLodged,
    RatingByCode,
    TrackedAppeal,
    WithdrawalByCode,
)
from services.projects.environment.service import appeals, handling
from services.projects.registry.errors import UnknownRegion

router = APIRouter(prefix="/v1/appeals", route_class=TransactionalRoute, tags=["environment"])


def _sender_of(request: Request, runtime: Runtime) -> str:
    """A keyed hash of the caller's address: enough to count, useless to trace."""
    host = "" if request.client is None else request.client.host
    key = runtime.settings.secret_key.get_secret_value().encode()
    return hmac.new(key, f"anonymous-intake:{host}".encode(), hashlib.sha256).hexdigest()


@router.post(
    "/anonymous",
    status_code=201,
    response_model=AnonymousAppealLodged,
    responses=problems(
        errors.CategoryNotOfKind,
        errors.UnknownReference,
        UnknownRegion,
        TooManyRequests,
        errors.EnvironmentRuleMissing,
        UnknownCalendarYear,
    ),
)
@public
@unaudited
async def create_anonymous_appeal(
    body: AnonymousAppealCreate,
    ctx: ContextDep,
    identities: IdentitiesDep,
    runtime: RuntimeDep,
    request: Request,
    response: Response,
) -> Any:
    """Lodge an appeal without an account. The tracking code is shown in this answer and never again."""
    opened, code = await appeals.lodge_unseen(
        ctx, identities, body.draft(), body.contact.identity(), _sender_of(request, runtime)
    )
    response.headers["Cache-Control"] = "no-store"
    return AnonymousAppealLodged(appeal=TrackedAppeal.of(opened), tracking_code=code)


@router.get("/by-code/{code}", response_model=TrackedAppeal, responses=problems(NotFound))
@public
async def track_appeal(code: Annotated[str, Path(max_length=64)], ctx: ContextDep, response: Response) -> Any:
    """Follow an appeal by its tracking code."""
    response.headers["Cache-Control"] = "no-store"
    return TrackedAppeal.of(await appeals.open_by_code(ctx, code, lock=False))


@router.post(
    "/anonymous-ratings",
    status_code=201,
    response_model=TrackedAppeal,
    responses=problems(errors.AppealStatusWrong, errors.EnvironmentRuleMissing, UnknownCalendarYear),
)
@public
@unaudited
async def rate_by_code(body: RatingByCode, ctx: ContextDep, response: Response) -> Any:
    """Rate the answer; who is not satisfied gets the unit to try again."""
    opened = await appeals.open_by_code(ctx, body.code, lock=True)
    response.headers["Cache-Control"] = "no-store"
    await handling.rate(ctx, opened, body.score, body.comment, satisfied=body.satisfied)
    return TrackedAppeal.of(opened)


@router.post(
    "/anonymous-withdrawals",
    status_code=201,
    response_model=TrackedAppeal,
    responses=problems(errors.AppealStatusWrong),
)
@public
@unaudited
async def withdraw_by_code(body: WithdrawalByCode, ctx: ContextDep, response: Response) -> Any:
    """Take an appeal back."""
    opened = await appeals.open_by_code(ctx, body.code, lock=True)
    response.headers["Cache-Control"] = "no-store"
    await handling.withdraw(ctx, opened, body.reason)
    return TrackedAppeal.of(opened)
