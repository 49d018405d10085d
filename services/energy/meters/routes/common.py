"""What the routes of the meter register share."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.common.context import Context
from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import check_version, etag_of
from libs.common.web.dependencies import require, require_scope
from libs.common.web.routes import TransactionalRoute
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.schemas import MeterRead, meter_read
from services.energy.metering.tables import MeterRow
from services.energy.meters.service.recording import locked_row

MeterNo = Annotated[str, Path(pattern=METER_NO_PATTERN)]


async def tell_the_door(request: Request) -> AsyncIterator[None]:
    """Deliveries to this process are judged by what a write changed, not by what was known half a second ago."""
    yield
    request.app.state.meters_changed()


KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
    Depends(tell_the_door),
]


def new_router() -> APIRouter:
    return APIRouter(prefix="/v1/meters", route_class=TransactionalRoute, tags=["meters"])


async def row_as_seen(ctx: Context, request: Request, meter_no: str) -> MeterRow:
    """The locked row; a version that the caller names must be the present one."""
    row = await locked_row(ctx, meter_no)
    if_match = request.headers.get("if-match")
    if if_match is not None:
        check_version(if_match, row.version)
    return row


def answer(row: MeterRow, response: Response) -> MeterRead:
    response.headers["ETag"] = etag_of(row.version)
    return meter_read(row)
