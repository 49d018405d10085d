"""Signing in at the site's own issuer: the page finds where to go and has its code turned into tokens.

The door asks the issuer for the page: the page's policy stays shut to foreign addresses, the issuer needs to allow
no foreign page, and a client's secret never reaches a browser. Nothing is kept here.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from libs.common.security.issuer import IssuerUnavailable
from libs.common.security.relying_party import GrantRefused, IdTokenRefused, IssuedTokens, Redemption, RelyingParty
from libs.common.web.problems import NotFound
from services.console.errors import CodeRefused, IssuerSilent, SignInMixedUp, SignInOver

_NO_STORE = {"Cache-Control": "no-store"}
_Secret = Annotated[SecretStr, Field(min_length=1, max_length=8192)]


class CodeBrought(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[SecretStr, Field(min_length=1, max_length=4096)]
    # RFC 7636, 4.1.
    code_verifier: Annotated[SecretStr, Field(min_length=43, max_length=128)]
    redirect_uri: Annotated[str, Field(min_length=8, max_length=500)]
    nonce: Annotated[str, Field(min_length=16, max_length=200)]


class Renewal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    refresh_token: _Secret


def routes(party: RelyingParty | None, *, scope: str) -> APIRouter:
    """``/sign-in.json`` and ``/sign-in/…``; without an issuer the first says so and the others are not there."""
    router = APIRouter()

    @router.get("/sign-in.json")
    async def find_issuer() -> dict[str, Any]:
        """Where people sign in; null means at the embedded issuer, with name and password."""
        if party is None:
            return {"issuer": None}
        try:
            endpoints = await party.endpoints()
        except IssuerUnavailable as error:
            raise IssuerSilent from error
        return {
            "issuer": {
                "name": party.issuer_name,
                "client_id": party.client_id,
                "scope": scope,
                "authorization_endpoint": endpoints.authorization,
                "end_session_endpoint": endpoints.end_session,
            }
        }

    @router.post("/sign-in/tokens")
    async def redeem_code(body: CodeBrought, response: Response) -> dict[str, Any]:
        """The tokens of a code that the issuer gave to this browser."""
        brought = Redemption(
            body.code.get_secret_value(), body.code_verifier.get_secret_value(), body.redirect_uri, body.nonce
        )
        try:
            issued = await _demand(party).redeem(brought)
        except GrantRefused as error:
            raise CodeRefused from error
        except IdTokenRefused as error:
            raise SignInMixedUp from error
        except IssuerUnavailable as error:
            raise IssuerSilent from error
        return _shown(issued, response)

    @router.post("/sign-in/renewals")
    async def renew(body: Renewal, response: Response) -> dict[str, Any]:
        """New tokens for a sign-in that goes on."""
        try:
            issued = await _demand(party).renew(body.refresh_token.get_secret_value())
        except (GrantRefused, IdTokenRefused) as error:
            raise SignInOver from error
        except IssuerUnavailable as error:
            raise IssuerSilent from error
        return _shown(issued, response)

    return router


def _demand(party: RelyingParty | None) -> RelyingParty:
    if party is None:
        raise NotFound
    return party


def _shown(issued: IssuedTokens, response: Response) -> dict[str, Any]:
    response.headers.update(_NO_STORE)
    return {
        "access_token": issued.bearer,
        "expires_in": issued.expires_in,
        "refresh_token": issued.refresh_token,
        "id_token": issued.id_token,
        "name": issued.name,
    }
