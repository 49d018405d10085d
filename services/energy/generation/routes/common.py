"""What the routes of generation share."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from libs.common.context import Context
from libs.common.security.principal import Role, Scope
from libs.common.security.scope import reaches_region
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import require, require_scope
from libs.common.web.routes import TransactionalRoute
from services.energy.generation import repository
from services.energy.generation.errors import PlantRegionInvalid
from services.energy.generation.schemas import CODE_PATTERN
from services.energy.generation.tables import PlantRow

REGION_PATTERN = r"^[1-9][0-9]{5}([0-9]{3})?$"
PlantCode = Annotated[str, Path(pattern=CODE_PATTERN)]
UnitCode = Annotated[str, Path(pattern=CODE_PATTERN)]
KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]
# Series come from machines too.
FEEDERS: list[Any] = [require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.FEED)]


def new_router() -> APIRouter:
    return APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["generation"])


async def locked(ctx: Context, request: Request, code: str, *, demanded: bool = False) -> PlantRow:
    """The plant, locked, its version checked against If-Match. Raises PlantNotFound."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
    if demanded:
        check_if_match(request, plant.version)
    else:
        honour_if_match(request, plant.version)
    return plant


def tag(response: Response, plant: PlantRow) -> None:
    response.headers["ETag"] = etag_of(plant.version)


def checked_region(ctx: Context, region_code: str | None) -> str:
    """The region asked for, or the caller's own. Raises PlantRegionInvalid for none, and out of reach."""
    place = region_code or ctx.principal.region_code
    if place is None or not reaches_region(ctx.principal, place):
        raise PlantRegionInvalid(region_code=place)
    return place
