"""What the routes of the economy share."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from libs.common.security.principal import Role
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.conditional import etag_of
from libs.common.web.routes import TransactionalRoute
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

KEEPERS = (Role.ADMIN, Role.SUPERVISOR)
REVIEWERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
REPORTERS = (*REVIEWERS, Role.ENTERPRISE)
PUTTING = (ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion)


def new_router() -> APIRouter:
    return APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["economy"])


def language_of(request: Request) -> str:
    return negotiate(request.headers.get("accept-language"))


def text_of(request: Request, code: str, params: Mapping[str, object]) -> str:
    """A text of the catalogues in the caller's language."""
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue.title(code, language_of(request), dict(params))


def tagged(response: Response, version: int) -> None:
    response.headers["ETag"] = etag_of(version)
