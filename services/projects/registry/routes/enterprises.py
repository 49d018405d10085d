"""``/v1/enterprises``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.registry import repository
from services.projects.registry.errors import EntryExists, InvalidCreditCode, UnknownRegion
from services.projects.registry.routes.answers import ENTERPRISE_KEEPERS, recorded, tagged
from services.projects.registry.schemas import (
    EnterpriseCreate,
    EnterpriseRead,
    EnterpriseUpdate,
    EnterpriseWrite,
    enterprise_draft,
)
from services.projects.registry.service import enterprises

EnterprisesQuery = Annotated[ListQuery, Depends(repository.ENTERPRISES.selecting(EnterpriseRead))]

router = APIRouter(prefix="/v1/enterprises", route_class=TransactionalRoute, tags=["registry"])


@router.get("", response_model=PageOf[EnterpriseRead])
async def list_enterprises(
    request: Request,
    ctx: ContextDep,
    query: EnterprisesQuery,
) -> Response:
    """Enterprises of the caller's subtree; an enterprise sees itself only."""
    page = await repository.list_enterprises(ctx.session, ctx.principal, query)
    return page_response(request, page, query, EnterpriseRead)


@router.post(
    "",
    status_code=201,
    response_model=EnterpriseRead,
    responses=problems(EntryExists, InvalidCreditCode, UnknownRegion),
    dependencies=[require(*ENTERPRISE_KEEPERS)],
)
async def create_enterprise(body: EnterpriseCreate, ctx: ContextDep, response: Response) -> Any:
    """Record an enterprise whose credit code is not in use."""
    return tagged(response, await enterprises.create_enterprise(ctx, body.credit_code, body.draft()))


@router.get("/{credit_code}", response_model=EnterpriseRead)
async def read_enterprise(credit_code: str, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One enterprise."""
    row = await enterprises.get_enterprise(ctx, credit_code)
    return not_modified(request, etag_of(row.version)) or tagged(response, row)


@router.put(
    "/{credit_code}",
    response_model=EnterpriseRead,
    responses={201: {"model": EnterpriseRead}, **problems(InvalidCreditCode, UnknownRegion)},
    dependencies=[require(*ENTERPRISE_KEEPERS)],
)
async def put_enterprise(credit_code: str, body: EnterpriseWrite, ctx: ContextDep, response: Response) -> Any:
    """Record an enterprise by its unified social credit code (GB 32100), whose check character is tested."""
    return recorded(response, await enterprises.put_enterprise(ctx, credit_code, body.draft()))


@router.patch(
    "/{credit_code}",
    response_model=EnterpriseRead,
    responses=problems(UnknownRegion),
    dependencies=[require(*ENTERPRISE_KEEPERS)],
)
async def patch_enterprise(
    credit_code: str, body: EnterpriseUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change some fields of the enterprise that ``If-Match`` names."""
    await repository.lock_key(ctx.session, "enterprise", credit_code)
    row = await enterprises.get_enterprise(ctx, credit_code)
    check_if_match(request, row.version)
    return tagged(response, (await enterprises.put_enterprise(ctx, credit_code, enterprise_draft(row, body))).row)


@router.delete(
    "/{credit_code}",
    status_code=204,
    dependencies=[require(*ENTERPRISE_KEEPERS)],
)
async def delete_enterprise(credit_code: str, ctx: ContextDep) -> None:
    """Delete an enterprise."""
    await enterprises.delete_enterprise(ctx, credit_code)
