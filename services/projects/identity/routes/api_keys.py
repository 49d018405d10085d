"""``/v1/api-keys``; administrators only."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.identity import repository
from services.projects.identity.errors import DutiesApart, GrantsDoNotFit
from services.projects.identity.routes.keepers import KEEPERS, ApartDep
from services.projects.identity.schemas import ApiKeyCreate, ApiKeyIssued, ApiKeyRead, facts_of
from services.projects.identity.service import api_keys
from services.projects.identity.service.separation import demand_no_machine
from services.projects.registry.errors import EntryUnknown, UnknownRegion

ApiKeysQuery = Annotated[ListQuery, Depends(repository.API_KEYS.selecting(ApiKeyRead))]

router = APIRouter(
    prefix="/v1/api-keys",
    route_class=TransactionalRoute,
    tags=["identity"],
    dependencies=KEEPERS,
)


@router.get("", response_model=PageOf[ApiKeyRead])
async def list_api_keys(
    request: Request,
    ctx: ContextDep,
    query: ApiKeysQuery,
) -> Response:
    """Keys of the caller's subtree; never the keys themselves."""
    page = await repository.list_api_keys(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ApiKeyRead, lambda found: ApiKeyRead.of(*found))


@router.post(
    "",
    status_code=201,
    response_model=ApiKeyIssued,
    responses=problems(GrantsDoNotFit, UnknownRegion, EntryUnknown, DutiesApart),
)
async def create_api_key(body: ApiKeyCreate, ctx: ContextDep, apart: ApartDep, response: Response) -> Any:
    """Issue a key. It is shown in this answer and never again, not even to a repeated request."""
    if apart:
        demand_no_machine(body.role)
    row, key = await api_keys.issue_api_key(ctx, body.grants())
    # Keeps the key out of the stored answers of Idempotency-Key.
    response.headers["Cache-Control"] = "no-store"
    return ApiKeyIssued.model_validate(facts_of(row) | {"key": key})


@router.get("/{key_id}", response_model=ApiKeyRead)
async def read_api_key(key_id: UUID, ctx: ContextDep) -> Any:
    """One key's grants."""
    row = await api_keys.get_api_key(ctx, key_id)
    return ApiKeyRead.of(row, await repository.last_use(ctx.session, key_id))


@router.delete("/{key_id}", response_model=ApiKeyRead)
async def revoke_api_key(key_id: UUID, ctx: ContextDep) -> Any:
    """Void the key from now on."""
    row = await api_keys.revoke_api_key(ctx, key_id)
    return ApiKeyRead.of(row, await repository.last_use(ctx.session, key_id))
