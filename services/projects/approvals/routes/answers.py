"""How the routes of approvals find their cases and answer."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep
from services.projects.approvals.schemas.cases import CaseRead
from services.projects.approvals.service.cases import Approvals, OpenedCase
from services.projects.approvals.service.reading import used_until

WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
# Enterprises file their own applications, hand in papers and withdraw.
APPLICANTS = (*WRITERS, Role.ENTERPRISE)
KEEPERS = (Role.ADMIN, Role.SUPERVISOR)


async def get_approvals(request: Request) -> Approvals:
    return cast(Approvals, request.app.state.approvals)


ApprovalsDep = Annotated[Approvals, Depends(get_approvals)]


async def open_to_change(case_id: UUID, request: Request, ctx: ContextDep, approvals: ApprovalsDep) -> OpenedCase:
    """The path's case, locked; If-Match is honoured. Raises NotFound, PreconditionFailed."""
    opened = await approvals.open(ctx, case_id)
    honour_if_match(request, opened.version)
    return opened


ToChange = Annotated[OpenedCase, Depends(open_to_change)]


def read_of(ctx: Context, opened: OpenedCase) -> CaseRead:
    """The case with its days as of today."""
    return CaseRead.of(opened.row, opened.case, used_until(opened.case, opened.calendar, today_of(ctx)))


def shown(response: Response, ctx: Context, opened: OpenedCase) -> CaseRead:
    """The case, with its ETag on the response."""
    response.headers["ETag"] = etag_of(opened.version)
    return read_of(ctx, opened)
