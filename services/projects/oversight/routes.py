"""``/v1/project-rules`` and ``/v1/condition-scans``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.oversight import repository
from services.projects.oversight.errors import RuleForbidden, RuleNotOrdered, RuleOverlap
from services.projects.oversight.schemas import RuleRead, RuleWrite, ScanRead
from services.projects.oversight.service import put_rule, scan_projects
from services.projects.registry.errors import UnknownRegion

RulesQuery = Annotated[ListQuery, Depends(repository.RULES.selecting(RuleRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["oversight"])


@router.get("/project-rules", response_model=PageOf[RuleRead])
async def list_rules(request: Request, ctx: ContextDep, query: RulesQuery) -> Response:
    """The rules of the scan, past and coming ones included."""
    page = await repository.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RuleRead)


@router.put(
    "/project-rules",
    response_model=RuleRead,
    responses=problems(RuleNotOrdered, RuleOverlap, RuleForbidden, UnknownRegion),
    dependencies=[require(Role.ADMIN, Role.SUPERVISOR)],
)
async def put_project_rule(body: RuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; the one before it ends there. The next scan goes by it."""
    return await put_rule(ctx, body.rule(today_of(ctx)))


@router.post(
    "/condition-scans",
    response_model=ScanRead,
    responses=problems(Forbidden),
    dependencies=[require(Role.ADMIN)],
)
async def scan_now(ctx: ContextDep) -> Any:
    """Compare all projects with the rules now, as the daily scan does at 07:30."""
    return await scan_projects(ctx)
