"""What routes ask for in their signatures: the open transaction, the caller, a role, a scope."""

from typing import Annotated, cast

from fastapi import Depends, Request, params

from libs.common.context import Context
from libs.common.database import Database
from libs.common.security.principal import Principal, Role
from libs.common.web.problems import Forbidden
from libs.common.web.runtime import Runtime, runtime_of


async def get_context(request: Request) -> Context:
    """The request's transaction; only routes of a TransactionalRoute have one."""
    context = getattr(request.state, "context", None)
    if context is None:
        raise RuntimeError(f"{request.url.path} needs APIRouter(route_class=TransactionalRoute)")
    return cast(Context, context)


async def get_principal(request: Request) -> Principal:
    """The authenticated caller, on any kind of route. Raises Unauthenticated."""
    context = getattr(request.state, "context", None)
    if context is not None:
        return cast(Context, context).principal
    return await runtime_of(request).authenticator.authenticate(request.headers)


async def get_runtime(request: Request) -> Runtime:
    return runtime_of(request)


async def get_database(request: Request) -> Database:
    """For routes that stream: they open short transactions of their own while they run."""
    return runtime_of(request).database


ContextDep = Annotated[Context, Depends(get_context)]
PrincipalDep = Annotated[Principal, Depends(get_principal)]
RuntimeDep = Annotated[Runtime, Depends(get_runtime)]
DatabaseDep = Annotated[Database, Depends(get_database)]


def require(*roles: Role) -> params.Depends:
    """``dependencies=[require(Role.ADMIN, Role.SUPERVISOR)]``: Forbidden for every role not named."""
    allowed = frozenset(roles)

    async def check_role(principal: PrincipalDep) -> None:
        if principal.role not in allowed:
            raise Forbidden

    return cast(params.Depends, Depends(check_role))


def require_scope(scope: str) -> params.Depends:
    """``dependencies=[require_scope("energy:ingest")]``: Forbidden for a caller whose scopes lack it."""

    async def check_scope(principal: PrincipalDep) -> None:
        if scope not in principal.scopes:
            raise Forbidden

    return cast(params.Depends, Depends(check_scope))
