"""What routes ask for in their signatures: the open transaction, the caller, the service's means."""

from typing import Annotated, cast

from fastapi import Depends, Request

from libs.common.context import Context
from libs.common.database import Database
from libs.common.security.principal import Principal
from libs.common.security.scope import require, require_scope
from libs.common.web.runtime import Runtime, runtime_of

__all__ = [
    "ContextDep",
    "DatabaseDep",
    "PrincipalDep",
    "RuntimeDep",
    "get_context",
    "get_principal",
    "require",
    "require_scope",
]


async def get_context(request: Request) -> Context:
    """The request's transaction; only routes of a TransactionalRoute have one."""
    context = getattr(request.state, "context", None)
    if context is None:
        raise RuntimeError(f"{request.url.path} needs APIRouter(route_class=TransactionalRoute)")
    return cast(Context, context)


async def get_principal(request: Request) -> Principal:
    """The authenticated caller, on any kind of route. Raises Unauthenticated."""
    principal = getattr(request.state, "principal", None)
    if principal is None:
        principal = await runtime_of(request).authenticator.authenticate(request.headers)
        request.state.principal = principal
    return cast(Principal, principal)


async def get_runtime(request: Request) -> Runtime:
    return runtime_of(request)


async def get_database(request: Request) -> Database:
    """For routes that stream: they open short transactions of their own while they run."""
    return runtime_of(request).database


ContextDep = Annotated[Context, Depends(get_context)]
PrincipalDep = Annotated[Principal, Depends(get_principal)]
RuntimeDep = Annotated[Runtime, Depends(get_runtime)]
DatabaseDep = Annotated[Database, Depends(get_database)]
