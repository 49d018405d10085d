"""How the ledger's routes find their ledger and answer."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep
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


async def open_to_change(project_id: UUID, request: Request, ctx: ContextDep, ledger: LedgerDep) -> Opened:
    """The path's project, locked; If-Match is honoured. Raises NotFound, PreconditionFailed."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    return opened


ToChange = Annotated[Opened, Depends(open_to_change)]


def shown(response: Response, opened: Opened) -> ProjectRead:
    """The project, with its ETag on the response."""
    response.headers["ETag"] = etag_of(opened.version)
    return ProjectRead.of(opened.row, opened.project)
