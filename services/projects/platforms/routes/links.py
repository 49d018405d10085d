"""``/v1/linked-identities`` and one's own below ``/v1/me``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute, own_affair
from services.projects.platforms import repository
from services.projects.platforms.errors import AlreadyLinked, TicketRefused
from services.projects.platforms.schemas import LinkCreate, LinkRead, OwnLink
from services.projects.platforms.service import links

LinksQuery = Annotated[ListQuery, Depends(repository.LINKS.selecting(LinkRead))]
_ADMIN = [require(Role.ADMIN)]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["identity"])


@router.get("/me/linked-identities", response_model=PageOf[LinkRead])
async def list_own_links(request: Request, ctx: ContextDep, query: LinksQuery) -> Response:
    """By whom the caller's account is signed in on platforms."""
    page = await repository.list_links(ctx.session, query, account_id=links.own_account(ctx))
    return page_response(request, page, query, LinkRead)


@router.post(
    "/me/linked-identities",
    status_code=201,
    response_model=LinkRead,
    responses=problems(TicketRefused, AlreadyLinked),
)
@own_affair
async def link_own_identity(body: OwnLink, ctx: ContextDep) -> Any:
    """Link one's account to the identity a ticket stands for; from then on it signs in by the platform."""
    return await links.link_own(ctx, body.ticket.get_secret_value())


@router.delete("/me/linked-identities/{link_id}", status_code=204)
@own_affair
async def unlink_own_identity(link_id: UUID, ctx: ContextDep) -> None:
    """Take a link of one's own account away; sign-ins that were begun by it go on until they end."""
    await links.unlink_own(ctx, link_id)


@router.get("/linked-identities", response_model=PageOf[LinkRead], dependencies=_ADMIN)
async def list_links(request: Request, ctx: ContextDep, query: LinksQuery) -> Response:
    """Links of the accounts of the caller's subtree."""
    page = await repository.list_links(ctx.session, query, within=ctx.principal)
    return page_response(request, page, query, LinkRead)


@router.post(
    "/linked-identities",
    status_code=201,
    response_model=LinkRead,
    dependencies=_ADMIN,
    responses=problems(AlreadyLinked),
)
async def link_account(body: LinkCreate, ctx: ContextDep) -> Any:
    """Link an account of the caller's subtree to a user of a platform."""
    return await links.link_account(ctx, body.platform_id, body.user_id, body.account_id)


@router.delete("/linked-identities/{link_id}", status_code=204, dependencies=_ADMIN)
async def unlink_account(link_id: UUID, ctx: ContextDep) -> None:
    """Take the link of an account of the caller's subtree away; all sign-ins of the account end."""
    await links.unlink_account(ctx, link_id)
