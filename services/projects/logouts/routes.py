"""``/v1/oidc/backchannel-logout``: where the site's own issuer tells that it has ended a sign-in.

The specification says how refusals look (2.8, RFC 6749 5.2); what comes before them is a problem as elsewhere.
"""

from typing import Any, cast
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from libs.common.security.issuer import IssuerUnavailable
from libs.common.security.logout_tokens import LogoutTokenRefused, LogoutTokens
from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import NotFound, Unavailable
from libs.common.web.routes import TransactionalRoute, public, unaudited
from services.projects.identity.real_time import real_now
from services.projects.logouts import service

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1/oidc", route_class=TransactionalRoute, tags=["identity"])

# Of a token that is as long as any that is read, and values beside it that mean nothing to us.
MAX_BODY = 16 * 1024
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20
_NO_STORE = {"Cache-Control": "no-store"}
_BODY = {
    "type": "object",
    "required": ["logout_token"],
    "properties": {"logout_token": {"type": "string", "description": "A JWT signed by the issuer."}},
}
_REFUSAL = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {"error": {"const": "invalid_request"}, "error_description": {"type": "string"}},
}


@router.post(
    "/backchannel-logout",
    response_class=Response,
    responses={
        200: {"description": "The sign-ins that the token names are over, known here or not."},
        400: {
            "description": "The token does not hold; nothing was changed.",
            "content": {"application/json": {"schema": _REFUSAL}},
        },
    },
    openapi_extra={"requestBody": {"required": True, "content": {_FORM: {"schema": _BODY}}}},
)
@public
@unaudited
async def take_logout_token(request: Request, ctx: ContextDep) -> Any:
    """Take a logout token of the site's own issuer (OpenID Connect Back-Channel Logout 1.0).

    With ``sid`` this one sign-in is over, and the subject's tokens that name none; with ``sub`` alone all that the
    subject has so far. All services refuse their tokens within two seconds. 404 where no such issuer is set.
    """
    reader = cast(LogoutTokens | None, request.app.state.logout_tokens)
    if reader is None:
        raise NotFound
    try:
        token = _token_of(request.headers.get("content-type", ""), await request.body())
        # Read before anything is asked of the database: no transaction waits for the issuer's keys.
        told = await reader.read(token, now=real_now().timestamp())
        await service.end(ctx, told)
    except LogoutTokenRefused as error:
        log.info("logout.refused", reason=str(error))
        refusal = {"error": "invalid_request", "error_description": str(error)}
        return JSONResponse(refusal, status_code=400, headers=_NO_STORE)
    except IssuerUnavailable as error:
        raise Unavailable(headers=_NO_STORE) from error
    return Response(status_code=200, headers=_NO_STORE)


def _token_of(media_type: str, body: bytes) -> str:
    """The one token of a form. Raises LogoutTokenRefused."""
    if media_type.partition(";")[0].strip().lower() != _FORM:
        raise LogoutTokenRefused(f"a form is expected: {_FORM}")
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise LogoutTokenRefused("the form cannot be read") from error
    tokens = [value for name, value in fields if name == "logout_token"]
    if len(tokens) != 1 or not tokens[0]:
        raise LogoutTokenRefused("logout_token: exactly one is needed")
    return tokens[0]
