"""Who keeps accounts, keys and the rules of signing in."""

from typing import Annotated

from fastapi import Depends, Request

from libs.common.security.principal import Role
from libs.common.security.scope import principal_of
from libs.common.web.dependencies import require
from libs.common.web.problems import Forbidden


async def administrators_are_apart(request: Request) -> bool:
    """Whether the site separates who runs the system, who keeps accounts and who audits."""
    return bool(request.app.state.administrators_apart)


ApartDep = Annotated[bool, Depends(administrators_are_apart)]


async def _keep_apart(request: Request, apart: ApartDep) -> None:
    if apart and principal_of(request).role is not Role.SECURITY:
        raise Forbidden


# The security administrator; the administrator too where the site does not separate them.
KEEPERS = [require(Role.ADMIN, Role.SECURITY), Depends(_keep_apart)]
