"""``/v1/sessions``: where somebody is signed in; and the rules of signing in, which are data."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.passwords import WeakPassword
from libs.common.web.conditional import check_if_match, etag_of
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, problems
from libs.common.web.routes import TransactionalRoute, own_affair
from services.projects.identity import repository, session_repository
from services.projects.identity.errors import PasswordUsedBefore, SignInLocked, WrongPassword
from services.projects.identity.routes.keepers import KEEPERS
from services.projects.identity.schemas import PasswordChange, SessionRead, SignInPolicyRead, SignInPolicyUpdate
from services.projects.identity.service import accounts, second_factors, sessions
from services.projects.identity.tables import SignInPolicyRow

SessionsQuery = Annotated[ListQuery, Depends(session_repository.SESSIONS.selecting(SessionRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["identity"])


@router.get("/me/sessions", response_model=PageOf[SessionRead])
@own_affair
async def list_own_sessions(request: Request, ctx: ContextDep, query: SessionsQuery) -> Response:
    """The caller's own sign-ins, the newest first."""
    if ctx.principal.account_id is None:
        raise NotFound
    page = await session_repository.list_of_account(ctx.session, ctx.principal.account_id, query)
    return page_response(request, page, query, SessionRead)


@router.post(
    "/me/password",
    status_code=204,
    responses=problems(WrongPassword, WeakPassword, PasswordUsedBefore, SignInLocked),
)
@own_affair
async def change_own_password(body: PasswordChange, request: Request, ctx: ContextDep) -> None:
    """Change one's own password; all sign-ins of the account end, this one too."""
    if ctx.principal.account_id is None:
        raise NotFound
    await accounts.change_own_password(
        ctx,
        ctx.principal.account_id,
        body.password.get_secret_value(),
        body.new_password.get_secret_value(),
        address="" if request.client is None else request.client.host,
    )


@router.get("/sessions", response_model=PageOf[SessionRead], dependencies=KEEPERS)
async def list_sessions(request: Request, ctx: ContextDep, query: SessionsQuery) -> Response:
    """Sign-ins of the accounts of the caller's subtree; administrators only."""
    page = await session_repository.list_within(ctx.session, ctx.principal, query)
    return page_response(request, page, query, SessionRead)


@router.delete("/sessions/{session_id}", status_code=204)
@own_affair
async def end_session(session_id: UUID, ctx: ContextDep) -> None:
    """End a sign-in of one's own, or, as an administrator, of an account of one's subtree.

    Its tokens are void in all services within two seconds.
    """
    await sessions.end(ctx, session_id)


@router.delete("/accounts/{account_id}/second-factor", status_code=204, dependencies=KEEPERS)
async def remove_second_factor(account_id: UUID, ctx: ContextDep) -> None:
    """Take the second factor away from an account whose device is lost; its sign-ins end."""
    row = await accounts.get_account(ctx, account_id, lock=True)
    await second_factors.remove(ctx, row)
    await accounts.revoke_tokens(ctx, row)


@router.get("/sign-in-policy", response_model=SignInPolicyRead, dependencies=KEEPERS)
async def read_sign_in_policy(ctx: ContextDep, response: Response) -> Any:
    """How signing in is guarded."""
    return _tagged(response, await repository.policy_row(ctx.session))


@router.patch("/sign-in-policy", response_model=SignInPolicyRead, dependencies=KEEPERS)
async def patch_sign_in_policy(
    body: SignInPolicyUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change how signing in is guarded; for those only whom no region bounds. A ``profile`` sets what belongs to
    it, and what is given beside it goes before.
    """
    accounts.demand_unbound(ctx)
    row = await repository.policy_row(ctx.session, lock=True)
    check_if_match(request, row.version)
    body.put_into(row)
    row.advance(ctx.now)
    return _tagged(response, row)


def _tagged(response: Response, row: SignInPolicyRow) -> SignInPolicyRow:
    response.headers["ETag"] = etag_of(row.version)
    return row
