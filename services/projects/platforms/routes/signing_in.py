"""A platform's code becomes a ticket, a ticket a sign-in of ours."""

import hashlib
import hmac
from typing import Any, cast

from fastapi import APIRouter, Request, Response

from libs.common.web.dependencies import RuntimeDep
from libs.common.web.problems import DomainError, NotFound, TooManyRequests, Unavailable, problems
from libs.common.web.runtime import Runtime
from services.projects.identity.errors import (
    SecondFactorNeeded,
    SecondFactorRefused,
    SecondFactorToSetUp,
    SignInLocked,
    SignInRefused,
)
from services.projects.identity.routes.tokens import anonymous, house_of
from services.projects.identity.schemas import TokenRead
from services.projects.platforms.errors import (
    NotAMember,
    NotLinked,
    PlatformCodeRefused,
    PlatformSilent,
    TicketRefused,
)
from services.projects.platforms.schemas import CodeBrought, TicketRead, TicketSignIn
from services.projects.platforms.service import tickets
from services.projects.platforms.service.vendors import Vendors

# Not a TransactionalRoute: what was refused has to be kept, and no transaction waits for a platform.
router = APIRouter(tags=["identity"])
_OPEN: dict[str, Any] = {"security": []}


@router.post(
    "/v1/platform-tickets",
    status_code=201,
    response_model=TicketRead,
    responses=problems(NotFound, PlatformCodeRefused, NotAMember, PlatformSilent, TooManyRequests),
    openapi_extra=_OPEN,
)
async def create_platform_ticket(
    body: CodeBrought, request: Request, response: Response, runtime: RuntimeDep
) -> Any:
    """Ask a platform whom it gave this code to; the ticket stands for that person for ten minutes."""
    response.headers["Cache-Control"] = "no-store"
    sender = _sender_of(request, runtime)
    async with runtime.database.transaction() as session:
        platform, wait = await tickets.admit(anonymous(session, runtime), body.platform_id, sender)
    if wait is not None:
        raise TooManyRequests(retry_after_seconds=wait)
    try:
        user_id = await cast(Vendors, request.app.state.vendors).user_of(platform, body.code.get_secret_value())
    except DomainError as error:
        async with runtime.database.transaction() as session:
            await tickets.record_refusal(anonymous(session, runtime), platform.id, error.code)
        raise
    async with runtime.database.transaction() as session:
        given = await tickets.give_ticket(anonymous(session, runtime), platform.id, user_id, sender)
    return TicketRead.of(given)


@router.post(
    "/v1/tokens/platform",
    response_model=TokenRead,
    responses=problems(
        TicketRefused,
        NotLinked,
        SignInRefused,
        SignInLocked,
        SecondFactorNeeded,
        SecondFactorToSetUp,
        SecondFactorRefused,
        Unavailable,
    ),
    openapi_extra=_OPEN,
)
async def create_token_by_ticket(
    body: TicketSignIn, request: Request, response: Response, runtime: RuntimeDep
) -> Any:
    """Sign in by a ticket, in place of name and password; who has a second factor sends its ``code`` as well.

    A ticket is used up by the sign-in, not by a code that is missing or wrong.
    """
    response.headers["Cache-Control"] = "no-store"
    ticket, client = body.ticket.get_secret_value(), request.headers.get("user-agent", "")
    address = "" if request.client is None else request.client.host
    if body.code is not None:
        async with runtime.database.transaction() as session:
            wait = await tickets.count_code(anonymous(session, runtime), ticket, address)
        if wait is not None:
            await _refuse(runtime, "locked")
            raise SignInLocked(retry_after_seconds=wait)
    try:
        async with runtime.database.transaction() as session:
            ctx = anonymous(session, runtime)
            house = house_of(request, runtime)
            signed_in = await tickets.sign_in(ctx, house, ticket, body.code, client=client, address=address)
    except (TicketRefused, NotLinked, SignInRefused, SecondFactorRefused) as error:
        await _refuse(runtime, error.code)
        raise
    return TokenRead.of(signed_in.tokens, signed_in.recovery_codes)


async def _refuse(runtime: Runtime, reason: str) -> None:
    async with runtime.database.transaction() as session:
        await tickets.record_refusal(anonymous(session, runtime), None, reason)


def _sender_of(request: Request, runtime: Runtime) -> str:
    """A keyed hash of the caller's address, in a form that no user name has."""
    host = "" if request.client is None else request.client.host
    key = runtime.settings.secret_key.get_secret_value().encode()
    return "@" + hmac.new(key, f"platform-codes:{host}".encode(), hashlib.sha256).hexdigest()
