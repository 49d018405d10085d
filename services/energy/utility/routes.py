"""Lists of utilities: ``/v1/planned-outages/imports`` and ``/v1/meter-aliases/imports``."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from libs.common.security.principal import Role, Scope
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.outages.schemas import System
from services.energy.utility.errors import ListUnreadable
from services.energy.utility.schemas import ListRejection, ListReport
from services.energy.utility.service import Outcome, import_mapping, import_outages

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["utility"])

IMPORT_PATHS = ("/v1/planned-outages/imports", "/v1/meter-aliases/imports")
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
_KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]


@router.post(
    "/planned-outages/imports",
    response_model=ListReport,
    responses=problems(ListUnreadable),
    openapi_extra=_BODY,
    dependencies=_KEEPERS,
)
async def post_outage_list(
    request: Request,
    ctx: ContextDep,
    system: Annotated[System, Query(description="The system the list comes from.")] = "utility",
    zone: Annotated[str, Query(pattern=r"^[+-]\d{2}:\d{2}$", description="Of times without a zone.")] = "+08:00",
) -> ListReport:
    """Announce outages by a CSV or XLSX list with columns for what is cut off, start, end and reason.

    The narrowest of meter (or 户号), transformer, feeder and region counts. The same list again changes nothing.
    """
    return _report(request, await import_outages(ctx, await request.body(), system, zone))


@router.post(
    "/meter-aliases/imports",
    response_model=ListReport,
    responses=problems(ListUnreadable),
    openapi_extra=_BODY,
    dependencies=_KEEPERS,
)
async def post_alias_list(request: Request, ctx: ContextDep) -> ListReport:
    """Tell which 户号, metering point or asset number is which meter, by a CSV or XLSX list."""
    return _report(request, await import_mapping(ctx, await request.body()))


def _report(request: Request, outcome: Outcome) -> ListReport:
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    return ListReport(
        rows=outcome.rows,
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
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
