"""How the routes of the business environment answer, and who may do what."""

from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of
from services.projects.database import VersionedTable
from services.projects.environment.service.appeals import Identities

RowT = TypeVar("RowT", bound=VersionedTable)

KEEPERS = (Role.ADMIN, Role.SUPERVISOR)
DECIDERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
WRITERS = (*DECIDERS, Role.OFFICER)
# Enterprises speak for themselves.
REPORTERS = (*WRITERS, Role.ENTERPRISE)
OFFICES = (*WRITERS, Role.AUDITOR, Role.VIEWER)


async def get_identities(request: Request) -> Identities:
    return cast(Identities, request.app.state.appeal_identities)


IdentitiesDep = Annotated[Identities, Depends(get_identities)]


def tag(response: Response, row: VersionedTable) -> None:
    response.headers["ETag"] = etag_of(row.version)
