"""``/v1/duty-rules``, and how the routes of all duties answer."""

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.database import VersionedTable
from services.projects.duties import repository
from services.projects.duties.errors import DutyRuleNotOrdered
from services.projects.duties.schemas import DutyRuleRead, DutyRuleWrite
from services.projects.duties.service import put_rule
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

RowT = TypeVar("RowT", bound=VersionedTable)

WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
# Enterprises speak up about their own projects.
REPORTERS = (*WRITERS, Role.ENTERPRISE)
LEADERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
OFFICES = (*WRITERS, Role.AUDITOR, Role.VIEWER)

RulesQuery = Annotated[ListQuery, Depends(repository.RULES.selecting(DutyRuleRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["duties"])


def tagged(response: Response, row: RowT) -> RowT:
    """The row, with its ETag on the response."""
    response.headers["ETag"] = etag_of(row.version)
    return row


@router.get("/duty-rules", response_model=PageOf[DutyRuleRead])
async def list_rules(request: Request, ctx: ContextDep, query: RulesQuery) -> Response:
    """How long duties may take and from when on they are late, past and coming rules included."""
    page = await repository.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, DutyRuleRead)


@router.put(
    "/duty-rules",
    response_model=DutyRuleRead,
    responses=problems(
        DutyRuleNotOrdered, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion
    ),
    dependencies=[require(Role.ADMIN, Role.SUPERVISOR)],
)
async def put_duty_rule(body: DutyRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; the one before it ends there."""
    return await put_rule(ctx, body.rule(today_of(ctx)))
