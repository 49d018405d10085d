"""``/v1/bulletin-templates`` and ``/v1/bulletin-list-rules``."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.projects.bulletins.errors import ListRuleMalformed, TemplateMalformed
from services.projects.bulletins.repository import catalogue as repository
from services.projects.bulletins.routes.answers import KEEPERS, READERS, new_router
from services.projects.bulletins.schemas.catalogue import (
    ListRuleRead,
    ListRuleWrite,
    TemplateRead,
    TemplateWrite,
)
from services.projects.bulletins.service import catalogue as service
from services.projects.registry.errors import (
    EntryUnknown,
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

TemplatesQuery = Annotated[ListQuery, Depends(repository.TEMPLATES.selecting(TemplateRead))]
RulesQuery = Annotated[ListQuery, Depends(repository.LIST_RULES.selecting(ListRuleRead))]
_DATED = (EverywhereForbidden, UnknownRegion, ValidityNotOrdered, ValidityOverlap)

router = new_router()


@router.get("/bulletin-templates", response_model=PageOf[TemplateRead], dependencies=READERS)
async def list_templates(request: Request, ctx: ContextDep, query: TemplatesQuery) -> Response:
    """What bulletins look like and who gets them, past and coming templates included."""
    page = await repository.list_templates(ctx.session, ctx.principal, query)
    return page_response(request, page, query, TemplateRead)


@router.put(
    "/bulletin-templates",
    response_model=TemplateRead,
    responses=problems(TemplateMalformed, EntryUnknown, *_DATED),
    dependencies=[require(*KEEPERS)],
)
async def put_template(body: TemplateWrite, ctx: ContextDep) -> Any:
    """Put a template in force from its first day on; bulletins of periods that end then or later go by it."""
    return await service.put_template(ctx, body.template(today_of(ctx)))


@router.get("/bulletin-list-rules", response_model=PageOf[ListRuleRead], dependencies=READERS)
async def list_rules(request: Request, ctx: ContextDep, query: RulesQuery) -> Response:
    """By what somebody stands on the red or the black list, past and coming rules included."""
    page = await repository.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ListRuleRead)


@router.put(
    "/bulletin-list-rules",
    response_model=ListRuleRead,
    responses=problems(ListRuleMalformed, *_DATED),
    dependencies=[require(*KEEPERS)],
)
async def put_rule(body: ListRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; lists go by the rules of their period's end."""
    return await service.put_list_rule(ctx, body.rule(today_of(ctx)))
