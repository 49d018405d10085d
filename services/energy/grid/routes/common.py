"""What the routes of the grid share."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from libs.common.context import Context
from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import require, require_scope
from libs.common.web.routes import TransactionalRoute
from services.energy.grid.service.recording import open_node
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.domain.meter import METER_NO_PATTERN

NodeCode = Annotated[str, Path(pattern=METER_NO_PATTERN)]
KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]


def new_router() -> APIRouter:
    return APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["grid"])


async def opened(ctx: Context, request: Request, code: str) -> GridNodeRow:
    """The locked node; a version that the caller names must be the present one."""
    row = await open_node(ctx, code)
    honour_if_match(request, row.version)
    return row


async def opened_as_seen(ctx: Context, request: Request, code: str) -> GridNodeRow:
    """The same for PATCH: the caller must name the version."""
    row = await open_node(ctx, code)
    check_if_match(request, row.version)
    return row


def tag(response: Response, row: GridNodeRow) -> None:
    response.headers["ETag"] = etag_of(row.version)
