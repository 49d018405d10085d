"""``/v1/tokens``: signing in at the embedded issuer, going on, signing out."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from fastapi import APIRouter, Request, Response

from libs.common.context import Context
from libs.common.security.passwords import WeakPassword, verify_password
from libs.common.settings import Environment
from libs.common.web.dependencies import RuntimeDep
from libs.common.web.problems import Unavailable, problems
from libs.common.web.runtime import ANONYMOUS, Runtime
from services.projects.identity.errors import (
    PasswordToChange,
    PasswordUsedBefore,
    SecondFactorNeeded,
    SecondFactorRefused,
    SecondFactorToSetUp,
    SessionRefused,
    SignInLocked,
    SignInRefused,
)
from services.projects.identity.schemas import RefreshRequest, SecondFactorSetUp, SignInRequest, TokenRead
from services.projects.identity.service import sessions
from services.projects.identity.service.sign_in import (
    Admission,
    House,
    Proof,
    admit,
    conclude,
    record_refusal,
    set_up_second_factor,
)
from services.projects.identity.service.signing import TokenIssuer

# Not a TransactionalRoute: a failed attempt has to be kept, and a hash takes long enough to hold no transaction.
router = APIRouter(tags=["identity"])
_OPEN: dict[str, Any] = {"security": []}
T = TypeVar("T")


@router.post(
    "/v1/tokens",
    response_model=TokenRead,
    responses=problems(
        SignInRefused,
        SignInLocked,
        SecondFactorNeeded,
        SecondFactorToSetUp,
        SecondFactorRefused,
        PasswordToChange,
        WeakPassword,
        PasswordUsedBefore,
        Unavailable,
    ),
    openapi_extra=_OPEN,
)
async def create_token(body: SignInRequest, request: Request, response: Response, runtime: RuntimeDep) -> Any:
    """Sign in. Five failures within a quarter of an hour (both are data) lock the name for another.

    Whose account has a second factor sends its ``code`` as well. The first code that is right confirms a factor
    that was set up, and the answer holds the codes that replace a lost device. A password that has run out, or
    that somebody else set, is replaced by sending ``new_password`` with it.
    """
    house, client = house_of(request, runtime), request.headers.get("user-agent", "")

    async def finish(ctx: Context, admission: Admission, proof: Proof) -> TokenRead:
        signed_in = await conclude(ctx, house, admission, proof, client)
        return TokenRead.of(signed_in.tokens, signed_in.recovery_codes)

    return await _proved(body, request, response, runtime, finish)


@router.post(
    "/v1/second-factors",
    status_code=201,
    response_model=SecondFactorSetUp,
    responses=problems(SignInRefused, SignInLocked, SecondFactorNeeded, SecondFactorRefused),
    openapi_extra=_OPEN,
)
async def create_second_factor(
    body: SignInRequest, request: Request, response: Response, runtime: RuntimeDep
) -> Any:
    """Set up a second factor: the secret for an authenticator application (TOTP, RFC 6238).

    The password is given again, and with a factor in use its ``code``; the new one is in use once the next sign-in
    gives a code of it.
    """
    house = house_of(request, runtime)

    async def finish(ctx: Context, admission: Admission, proof: Proof) -> SecondFactorSetUp:
        made = await set_up_second_factor(ctx, house, admission, proof)
        return SecondFactorSetUp(secret=made.secret, otpauth_uri=made.address)

    return await _proved(body, request, response, runtime, finish)


@router.post(
    "/v1/tokens/refresh",
    response_model=TokenRead,
    responses=problems(SessionRefused, Unavailable),
    openapi_extra=_OPEN,
)
async def refresh_token(body: RefreshRequest, request: Request, response: Response, runtime: RuntimeDep) -> Any:
    """Go on without the password. Each renewal gives another ``refresh_token``; the one before is good for 30 more
    seconds, in which an answer that was lost can be asked for again. Shown later, it ends the sign-in.
    """
    response.headers["Cache-Control"] = "no-store"
    tokens = house_of(request, runtime).tokens
    refused: SessionRefused | None = None
    async with runtime.database.transaction() as session:
        ctx = anonymous(session, runtime)
        try:
            issued = await sessions.renew(ctx, tokens, body.refresh_token.get_secret_value())
        except SessionRefused as error:
            # What the refusal brought about stays: a stolen token has ended the sign-in.
            refused = error
    if refused is not None:
        raise refused
    return TokenRead.of(issued, ())


@router.post("/v1/tokens/revoke", status_code=204, openapi_extra=_OPEN)
async def revoke_token(body: RefreshRequest, runtime: RuntimeDep) -> None:
    """Sign out (RFC 7009): the sign-in's tokens are void in all services within two seconds."""
    async with runtime.database.transaction() as session:
        await sessions.end_by_token(anonymous(session, runtime), body.refresh_token.get_secret_value())


async def _proved(
    body: SignInRequest,
    request: Request,
    response: Response,
    runtime: Runtime,
    finish: Callable[[Context, Admission, Proof], Awaitable[T]],
) -> T:
    """Count the attempt, look at the password, and finish; each in a transaction of its own."""
    response.headers["Cache-Control"] = "no-store"
    proof = body.proof()
    async with runtime.database.transaction() as session:
        admission = await admit(session, body.username, "" if request.client is None else request.client.host)
    if admission.retry_after_seconds is not None:
        await _refuse(runtime, admission, "locked")
        raise SignInLocked(retry_after_seconds=admission.retry_after_seconds)
    if not await verify_password(admission.password_hash, proof.password):
        await _refuse(runtime, admission, "wrong")
        raise SignInRefused
    try:
        async with runtime.database.transaction() as session:
            return await finish(anonymous(session, runtime), admission, proof)
    except SecondFactorRefused:
        await _refuse(runtime, admission, "wrong_code")
        raise


def house_of(request: Request, runtime: Runtime) -> House:
    tokens = cast(TokenIssuer, request.app.state.token_issuer)
    envelope = runtime.settings.envelope()
    return House(tokens, envelope, is_local=runtime.settings.environment is Environment.LOCAL)


def anonymous(session: Any, runtime: Runtime) -> Context:
    return Context(session, runtime.clock.now(), runtime.new_id, ANONYMOUS)


async def _refuse(runtime: Runtime, admission: Admission, reason: str) -> None:
    async with runtime.database.transaction() as session:
        await record_refusal(anonymous(session, runtime), admission, reason)
