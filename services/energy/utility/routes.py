"""Lists of utilities: ``imports`` of ``/v1/planned-outages``, ``/v1/meter-aliases`` and ``/v1/supply-quotas``."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime

from libs.common.security.principal import Role, Scope
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.files import file_body, takes_file
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.outages.schemas import System
from services.energy.quotas import repository
from services.energy.quotas.errors import QuotaNotFound
from services.energy.quotas.tables import QuotaImportRow
from services.energy.utility.domain.lists import ListFault
from services.energy.utility.errors import ListUnreadable
from services.energy.utility.quota_import import Origin, import_quotas
from services.energy.utility.schemas import ListRejection, ListReport, QuotaReceipt
from services.energy.utility.service import Outcome, import_mapping, import_outages

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["utility"])

IMPORT_PATHS = ("/v1/planned-outages/imports", "/v1/meter-aliases/imports", "/v1/supply-quotas/imports")
ZONE = r"^[+-]\d{2}:\d{2}$"
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
@takes_file
async def post_outage_list(
    request: Request,
    ctx: ContextDep,
    system: Annotated[System, Query(description="The system the list comes from.")] = "utility",
    zone: Annotated[str, Query(pattern=ZONE, description="Of times without a zone.")] = "+08:00",
) -> ListReport:
    """Announce outages by a CSV or XLSX list with columns for what is cut off, start, end and reason.

    The narrowest of meter (or 户号), transformer, feeder and region counts. The same list again changes nothing.
    """
    return _report(request, await import_outages(ctx, await file_body(request), system, zone))


@router.post(
    "/meter-aliases/imports",
    response_model=ListReport,
    responses=problems(ListUnreadable),
    openapi_extra=_BODY,
    dependencies=_KEEPERS,
)
@takes_file
async def post_alias_list(request: Request, ctx: ContextDep) -> ListReport:
    """Tell which 户号, metering point or asset number is which meter, by a CSV or XLSX list."""
    return _report(request, await import_mapping(ctx, await file_body(request)))


@router.post(
    "/supply-quotas/imports",
    response_model=QuotaReceipt,
    responses=problems(ListUnreadable),
    openapi_extra=_BODY,
    dependencies=_KEEPERS,
)
@takes_file
async def post_quota_list(
    request: Request,
    ctx: ContextDep,
    system: Annotated[System, Query(description="The system the list comes from.")] = "utility",
    zone: Annotated[str, Query(pattern=ZONE, description="Of times without a zone.")] = "+08:00",
    region_code: Annotated[
        str | None, Query(description="Of substations, feeders and transformers, where the list does not say.")
    ] = None,
    issued_at: Annotated[
        AwareDatetime | None, Query(description="When it was handed out; else by the file, else now.")
    ] = None,
    name: Annotated[str | None, Query(max_length=255, description="The file's.")] = None,
) -> QuotaReceipt:
    """Hand in supply quotas in MW by region, part of the grid or user, by the hour or quarter of an hour.

    CSV or XLSX, wide (P1…P96, 24 hours) or long, spans with start and end, or an E file of a dispatch centre. A
    later list replaces the slots it speaks of; what stood before stays known. The answer is the list's receipt.
    """
    body = await file_body(request)
    receipt, faults = await import_quotas(ctx, body, Origin(system, zone, name, region_code, issued_at))
    return _receipt_read(request, receipt, faults)


@router.get("/supply-quotas/imports", response_model=PageOf[QuotaReceipt])
async def list_quota_imports(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.IMPORTS)]
) -> Any:
    """Lists of supply quotas that were handed in, the newest first."""
    page = await repository.list_imports(ctx.session, ctx.principal, query)
    return page_response(request, page, query, QuotaReceipt, partial(_kept, request))


@router.get("/supply-quotas/imports/{import_id}", response_model=QuotaReceipt, responses=problems(QuotaNotFound))
async def get_quota_import(import_id: UUID, request: Request, ctx: ContextDep) -> QuotaReceipt:
    """What became of one of them."""
    return _kept(request, await repository.get_import(ctx.session, ctx.principal, import_id))


def _kept(request: Request, row: QuotaImportRow) -> QuotaReceipt:
    return _receipt_read(request, row, [ListFault(**fault) for fault in row.rejections])


def _receipt_read(request: Request, row: QuotaImportRow, faults: Sequence[ListFault]) -> QuotaReceipt:
    facts = {name: getattr(row, name) for name in QuotaReceipt.model_fields if hasattr(row, name)}
    facts |= {"receipt_id": row.id, "sha256": row.digest.hex(), "rejections": _rejections(request, faults)}
    return QuotaReceipt(**facts)


def _report(request: Request, outcome: Outcome) -> ListReport:
    return ListReport(
        rows=outcome.rows,
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        rejected=len(outcome.faults),
        rejections=_rejections(request, outcome.faults),
    )


def _rejections(request: Request, faults: Sequence[ListFault]) -> list[ListRejection]:
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    return [
        ListRejection(
            line=fault.line,
            column=fault.column,
            code=fault.code,
            message=catalogue.title(fault.code, language, fault.params),
        )
        for fault in faults[:_MAX_REJECTIONS]
    ]
