"""Tables of plants and of their series."""

from typing import Annotated, Any

from fastapi import Query, Request

from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.dependencies import ContextDep
from libs.common.web.files import file_body, takes_file
from libs.common.web.problems import problems
from services.energy.generation.routes.common import FEEDERS, KEEPERS, new_router
from services.energy.generation.service.importing import import_plants
from services.energy.generation.service.series import import_series
from services.energy.generation.target_schemas import PlantsImported, SeriesImported, SeriesTaken
from services.energy.sheet_table import TableRefused, TableUnreadable, told_faults

router = new_router()

IMPORT_PATHS = ("POST /v1/plants/imports", "POST /v1/plant-series/imports")
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


@router.post(
    "/plants/imports",
    response_model=PlantsImported,
    responses=problems(TableUnreadable, TableRefused),
    openapi_extra=_BODY,
    dependencies=KEEPERS,
)
@takes_file
async def post_plants(
    request: Request,
    ctx: ContextDep,
    dry_run: Annotated[bool, Query(description="Only tell what would happen.")] = False,
) -> PlantsImported:
    """Register plants with their units by an XLSX or CSV table, a row a unit; all of it or none."""
    found = await import_plants(ctx, await file_body(request), dry_run=dry_run)
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    return PlantsImported(
        dry_run=dry_run,
        plants=found.plants,
        units=found.units,
        unchanged=found.unchanged,
        faults=told_faults(found.faults, catalogue, language),
    )


@router.post(
    "/plant-series/imports",
    response_model=SeriesImported,
    responses=problems(TableUnreadable, TableRefused),
    openapi_extra=_BODY,
    dependencies=FEEDERS,
)
@takes_file
async def post_series_table(
    request: Request,
    ctx: ContextDep,
    source: Annotated[str, Query(min_length=1, max_length=100, description="Where it is from.")] = "table",
) -> SeriesImported:
    """Given series by an XLSX or CSV table: a row a plant, quantity and day, P1 to P96 (or 24, 48, 288)."""
    taken = await import_series(ctx, await file_body(request), source)
    return SeriesImported(
        plants={
            code: SeriesTaken(created=one.created, changed=one.changed, unchanged=one.unchanged)
            for code, one in taken.items()
        }
    )
