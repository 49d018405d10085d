"""How the routes of the business environment answer, and who may do what."""

from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import check_version, etag_of
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


def honour_if_match(request: Request, row: VersionedTable) -> None:
    """On a POST If-Match is welcome but not demanded. Raises PreconditionFailed when it names another version."""
    header = request.headers.get("if-match")
    if header is not None:
        check_version(header, row.version)


def tag(response: Response, row: VersionedTable) -> None:
    response.headers["ETag"] = etag_of(row.version)
