"""``/v1/temperatures``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from libs.common.security.principal import Role
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.files import file_body, takes_file
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, problems
from libs.common.web.routes import TransactionalRoute
from services.energy.forecast import temperature_repository as repository
from services.energy.forecast.domain.temperature import TemperatureKind
from services.energy.forecast.errors import (
    TemperatureNotFound,
    TemperatureNotMeasuredYet,
    TemperatureOutOfRange,
    TemperatureRegionUnknown,
    TemperatureSlotsUnfit,
)
from services.energy.forecast.temperature_schemas import (
    RegionText,
    Source,
    TemperatureRead,
    TemperatureReport,
    TemperatureWrite,
    temperature_read,
)
from services.energy.forecast.temperatures import Effect, Outcome, Telling, import_list, put_day
from services.energy.utility.errors import ListUnreadable
from services.energy.utility.routes import ZONE
from services.energy.utility.schemas import ListRejection

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["temperatures"])

IMPORT_PATH = "/v1/temperatures/imports"
_MAX_REJECTIONS = 1000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            _XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
# A weather service delivers by a machine's key.
_TELLERS: list[Any] = [require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.FEED)]


@router.get("/temperatures", response_model=PageOf[TemperatureRead])
async def list_temperatures(
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(repository.TEMPERATURES)],
    as_of: Annotated[AwareDatetime | None, Query(description="As they were known then; now if absent.")] = None,
) -> Any:
    """Temperatures of the caller's regions and those around them, a row a region, kind and day."""
    page = await repository.list_temperatures(ctx.session, ctx.principal, query, as_of)
    return page_response(request, page, query, TemperatureRead, temperature_read)


@router.post(
    "/temperatures",
    status_code=201,
    response_model=TemperatureRead,
    responses={
        200: {"model": TemperatureRead, "description": "It was known already, or told later than this."},
        **problems(
            NotFound,
            TemperatureRegionUnknown,
            TemperatureSlotsUnfit,
            TemperatureOutOfRange,
            TemperatureNotMeasuredYet,
        ),
    },
    dependencies=_TELLERS,
)
async def post_temperature(body: TemperatureWrite, ctx: ContextDep, response: Response) -> TemperatureRead:
    """Tell a day of a region, measured or forecast; slots without a value stay as they were known."""
    row, effect = await put_day(ctx, body.region_code, body.day, body.celsius, body.telling())
    response.status_code = 201 if effect in {Effect.CREATED, Effect.CHANGED} else 200
    return temperature_read(row)


@router.post(
    "/temperatures/imports",
    response_model=TemperatureReport,
    responses=problems(ListUnreadable),
    openapi_extra=_BODY,
    dependencies=_TELLERS,
)
@takes_file
async def post_temperature_list(
    request: Request,
    ctx: ContextDep,
    source: Annotated[Source, Query(description="Who says so.")],
    kind: Annotated[
        TemperatureKind, Query(description="Where the list has no column of it.")
    ] = TemperatureKind.MEASURED,
    region_code: Annotated[RegionText | None, Query(description="Where the list has no column of it.")] = None,
    issued_at: Annotated[AwareDatetime | None, Query(description="When it was told; now if absent.")] = None,
    zone: Annotated[str, Query(pattern=ZONE, description="Of times without a zone.")] = "+08:00",
) -> TemperatureReport:
    """Hand in temperatures by region and day (P1…P96, 24 hours) or by region and time, CSV or XLSX, °C.

    A later list replaces the slots it speaks of; what stood before stays known. The same list again changes
    nothing.
    """
    telling = Telling(source, kind, issued_at, region_code, zone)
    return _report(request, await import_list(ctx, await file_body(request), telling))


@router.get(
    "/temperatures/{temperature_id}", response_model=TemperatureRead, responses=problems(TemperatureNotFound)
)
async def get_temperature(temperature_id: UUID, ctx: ContextDep) -> TemperatureRead:
    """One of them, also one that was replaced."""
    return temperature_read(await repository.get_temperature(ctx.session, ctx.principal, temperature_id))


def _report(request: Request, outcome: Outcome) -> TemperatureReport:
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    return TemperatureReport(
        rows=outcome.rows,
        created=outcome.days[Effect.CREATED],
        changed=outcome.days[Effect.CHANGED],
        unchanged=outcome.days[Effect.UNCHANGED],
        superseded=outcome.days[Effect.SUPERSEDED],
        rejected=len(outcome.faults),
        rejections=[
            ListRejection(
                line=fault.line,
                column=fault.column,
                code=fault.code,
                message=catalogue.title(fault.code, language, fault.params),
            )
            for fault in outcome.faults[:_MAX_REJECTIONS]
        ],
    )
