"""``/.well-known``: what verifiers of the embedded issuer's tokens need to know."""

from typing import Any, cast

from fastapi import APIRouter, Request, Response

from libs.common.security.tokens import discovery_document, jwks_document
from libs.common.web.dependencies import RuntimeDep
from services.projects.identity.real_time import real_now
from services.projects.identity.repository import living_signing_keys
from services.projects.identity.service.signing import TokenIssuer

router = APIRouter(prefix="/.well-known", tags=["identity"])


@router.get("/openid-configuration", openapi_extra={"security": []})
async def read_discovery(request: Request) -> dict[str, Any]:
    """OpenID Connect discovery of the embedded issuer."""
    return discovery_document(cast(TokenIssuer, request.app.state.token_issuer).issuer.issuer)


@router.get("/jwks.json", openapi_extra={"security": []})
async def read_jwks(response: Response, runtime: RuntimeDep) -> dict[str, Any]:
    """Public halves of the keys whose tokens are believed."""
    async with runtime.database.session() as session:
        rows = await living_signing_keys(session, real_now())
    response.headers["Cache-Control"] = "public, max-age=300"
    return jwks_document(row.public_jwk for row in rows)
