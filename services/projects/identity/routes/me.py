"""``/v1/me``: who the caller is."""

from typing import Any

from fastapi import APIRouter

from libs.common.web.dependencies import ContextDep
from libs.common.web.routes import TransactionalRoute, own_affair
from services.projects.identity.schemas import PrincipalRead

router = APIRouter(prefix="/v1/me", route_class=TransactionalRoute, tags=["identity"])


@router.get("", response_model=PrincipalRead)
@own_affair
async def read_me(ctx: ContextDep) -> Any:
    """The caller as this service sees it."""
    return PrincipalRead.of(ctx.principal)
