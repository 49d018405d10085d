"""How the ledger's routes find their ledger and answer."""

from typing import Annotated, cast

from fastapi import Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import check_version, etag_of
from services.projects.ledger.schemas import ProjectRead
from services.projects.ledger.service.ledger import Ledger, Opened

WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
# Who says what a key project is.
DESIGNATORS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
# Enterprises report on their own projects.
REPORTERS = (*WRITERS, Role.ENTERPRISE)


async def get_ledger(request: Request) -> Ledger:
    return cast(Ledger, request.app.state.ledger)


LedgerDep = Annotated[Ledger, Depends(get_ledger)]


def honour_if_match(request: Request, opened: Opened) -> None:
    """On a POST If-Match is welcome but not demanded. Raises PreconditionFailed when it names another version."""
    header = request.headers.get("if-match")
    if header is not None:
        check_version(header, opened.version)


def shown(response: Response, opened: Opened) -> ProjectRead:
    """The project, with its ETag on the response."""
    response.headers["ETag"] = etag_of(opened.version)
    return ProjectRead.of(opened.row, opened.project)
