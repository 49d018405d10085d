"""``/v1/tokens``: signing in at the embedded issuer."""

from typing import Any, cast

from fastapi import APIRouter, Request, Response

from libs.common.context import Context
from libs.common.security.passwords import verify_password
from libs.common.web.dependencies import RuntimeDep
from libs.common.web.problems import Unavailable, problems
from libs.common.web.runtime import ANONYMOUS, Runtime
from services.projects.identity.errors import SignInLocked, SignInRefused
from services.projects.identity.schemas import TokenRead, TokenRequest
from services.projects.identity.service.sign_in import Admission, IssuedToken, admit, conclude, record_refusal
from services.projects.identity.service.signing import TokenIssuer

# Not a TransactionalRoute: a failed attempt has to be kept, and a hash takes long enough to hold no transaction.
router = APIRouter(prefix="/v1/tokens", tags=["identity"])


@router.post(
    "",
    response_model=TokenRead,
    responses=problems(SignInRefused, SignInLocked, Unavailable),
    openapi_extra={"security": []},
)
async def create_token(body: TokenRequest, request: Request, response: Response, runtime: RuntimeDep) -> Any:
    """Sign in. Five failures within a quarter of an hour (both are data) lock the name for another."""
    password = body.password.get_secret_value()
    async with runtime.database.transaction() as session:
        admission = await admit(session, body.username)
    if not admission.admitted:
        await _refuse(runtime, admission, "locked")
        raise SignInLocked(retry_after_seconds=admission.retry_after_seconds)
    if not await verify_password(admission.password_hash, password):
        await _refuse(runtime, admission, "wrong")
        raise SignInRefused
    tokens = cast(TokenIssuer, request.app.state.token_issuer)
    issued = await _conclude(runtime, tokens, admission, password)
    response.headers["Cache-Control"] = "no-store"
    return TokenRead(access_token=issued.access_token, expires_in=issued.expires_in)


async def _conclude(runtime: Runtime, tokens: TokenIssuer, admission: Admission, password: str) -> IssuedToken:
    async with runtime.database.transaction() as session:
        ctx = Context(session, runtime.clock.now(), runtime.new_id, ANONYMOUS)
        return await conclude(ctx, tokens, admission, password)


async def _refuse(runtime: Runtime, admission: Admission, reason: str) -> None:
    async with runtime.database.transaction() as session:
        ctx = Context(session, runtime.clock.now(), runtime.new_id, ANONYMOUS)
        await record_refusal(ctx, admission, reason)
