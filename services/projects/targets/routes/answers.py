"""How the routes of targets answer, and who may do what."""

from typing import Annotated, Any, TypeVar, cast

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.catalogue import negotiate
from libs.common.web.conditional import etag_of
from libs.common.web.dependencies import require
from libs.common.web.routes import TransactionalRoute
from services.projects.database import VersionedTable
from services.projects.targets.service.actuals import Sources

RowT = TypeVar("RowT", bound=VersionedTable)

# Who sets targets, freezes and decides; who keeps the rules; who reports and explains.
DECIDERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
KEEPERS = (Role.ADMIN, Role.SUPERVISOR)
WRITERS = (*DECIDERS, Role.OFFICER)
OFFICES = (*WRITERS, Role.AUDITOR, Role.VIEWER)

READERS: list[Any] = [require(*OFFICES)]


def new_router() -> APIRouter:
    return APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["targets"])


def language_of(request: Request) -> str:
    return negotiate(request.headers.get("accept-language"))


async def get_sources(request: Request) -> Sources:
    return cast(Sources, request.app.state.target_sources)


SourcesDep = Annotated[Sources, Depends(get_sources)]


def tagged(response: Response, row: RowT) -> RowT:
    """The row, with its ETag on the response."""
    response.headers["ETag"] = etag_of(row.version)
    return row
