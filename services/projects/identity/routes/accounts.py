"""``/v1/accounts``; for who keeps accounts only."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.passwords import WeakPassword
from libs.common.web.conditional import check_if_match, etag_of
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.identity import repository
from services.projects.identity.errors import (
    DutiesApart,
    GrantsDoNotFit,
    LastAdministrator,
    OwnGrants,
    UsernameTaken,
)
from services.projects.identity.routes.keepers import KEEPERS, ApartDep
from services.projects.identity.schemas import AccountCreate, AccountRead, AccountUpdate, PasswordReset
from services.projects.identity.service import accounts
from services.projects.identity.service.separation import demand_apart
from services.projects.identity.tables import AccountRow
from services.projects.registry.errors import EntryUnknown, UnknownRegion

AccountsQuery = Annotated[ListQuery, Depends(repository.ACCOUNTS.selecting(AccountRead))]

router = APIRouter(
    prefix="/v1/accounts",
    route_class=TransactionalRoute,
    tags=["identity"],
    dependencies=KEEPERS,
)


@router.get("", response_model=PageOf[AccountRead])
async def list_accounts(
    request: Request,
    ctx: ContextDep,
    query: AccountsQuery,
) -> Response:
    """Accounts of the caller's subtree."""
    page = await repository.list_accounts(ctx.session, ctx.principal, query)
    return page_response(request, page, query, AccountRead)


@router.post(
    "",
    status_code=201,
    response_model=AccountRead,
    responses=problems(
        UsernameTaken, WeakPassword, GrantsDoNotFit, UnknownRegion, EntryUnknown, OwnGrants, DutiesApart
    ),
)
async def create_account(body: AccountCreate, ctx: ContextDep, apart: ApartDep, response: Response) -> Any:
    """Open an account. Outside of a local run its person chooses another password at the first sign-in."""
    password = body.password.get_secret_value()
    if apart:
        await demand_apart(ctx, body.role, body.person_id)
    row = await accounts.open_account(ctx, body.username, password, body.grants())
    response.headers["Location"] = f"/v1/accounts/{row.id}"
    return _tagged(response, row)


@router.get("/{account_id}", response_model=AccountRead)
async def read_account(account_id: UUID, ctx: ContextDep, response: Response) -> Any:
    """One account."""
    return _tagged(response, await accounts.get_account(ctx, account_id))


@router.patch(
    "/{account_id}",
    response_model=AccountRead,
    responses=problems(LastAdministrator, GrantsDoNotFit, UnknownRegion, EntryUnknown, OwnGrants, DutiesApart),
)
async def patch_account(
    account_id: UUID, body: AccountUpdate, ctx: ContextDep, apart: ApartDep, request: Request, response: Response
) -> Any:
    """Change what an account may be and see, or close it; its tokens are void at once."""
    row = await accounts.get_account(ctx, account_id, lock=True)
    check_if_match(request, row.version)
    grants = body.grants(row)
    if apart:
        await demand_apart(ctx, grants.role, grants.person_id, account_id=row.id, active=grants.active)
    return _tagged(response, await accounts.change_grants(ctx, row, grants))


@router.post("/{account_id}/password", response_model=AccountRead, responses=problems(WeakPassword))
async def reset_password(account_id: UUID, body: PasswordReset, ctx: ContextDep, response: Response) -> Any:
    """Give the account another password; its tokens are void, a lock on its name is lifted."""
    row = await accounts.get_account(ctx, account_id, lock=True)
    return _tagged(response, await accounts.reset_password(ctx, row, body.password.get_secret_value()))


@router.post("/{account_id}/revocations", response_model=AccountRead)
async def revoke_tokens(account_id: UUID, ctx: ContextDep, response: Response) -> Any:
    """Void all tokens of the account that were issued until now."""
    row = await accounts.get_account(ctx, account_id, lock=True)
    await accounts.revoke_tokens(ctx, row)
    return _tagged(response, row)


def _tagged(response: Response, row: AccountRow) -> AccountRow:
    response.headers["ETag"] = etag_of(row.version)
    return row
