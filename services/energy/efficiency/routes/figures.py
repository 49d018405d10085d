"""``/v1/energy-processes``, ``/v1/energy-meter-shares``, months of enterprises, ``/v1/energy-figures``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import AwareDatetime

from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep
from libs.common.web.files import file_body, takes_file
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.months import months_between
from services.energy.efficiency.domain.sheet import SheetFault
from services.energy.efficiency.errors import (
    EfficiencyNotFound,
    EnterpriseUnknown,
    FigureUnfit,
    MeterAssigned,
    MeterUnfit,
    MonthAhead,
    PeriodUnfit,
    ProcessExists,
    ProcessUnknown,
    ProductUnknown,
    TableRefused,
    TableUnreadable,
)
from services.energy.efficiency.repository import figures as repository
from services.energy.efficiency.routes.answers import (
    KEEPERS,
    REPORTERS,
    FirstMonth,
    LastMonth,
    MonthPath,
    check_months,
    month_of,
    new_router,
    tagged,
)
from services.energy.efficiency.schemas.figures import (
    FigureRead,
    MonthWrite,
    ProcessChange,
    ProcessRead,
    ProcessWrite,
    ShareChange,
    ShareRead,
    ShareWrite,
    TableFault,
    TableReport,
)
from services.energy.efficiency.schemas.months import MonthRead, MonthSums, month_read, month_sums
from services.energy.efficiency.service import importing, judging, processes, statements
from services.energy.efficiency.tables import MeterShareRow, ProcessRow
from services.energy.metering.errors import MeterNotFound

router = new_router()

IMPORT_PATH = "/v1/energy-figures/imports"
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
Kind = Annotated[FactorKind, Query(description="Equivalent, or equal value: what electricity took to make.")]
AsOf = Annotated[AwareDatetime | None, Query(description="As it was known then; now if absent.")]


@router.get("/energy-processes", response_model=PageOf[ProcessRead])
async def list_processes(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.PROCESSES)]
) -> Any:
    """Processes of enterprises."""
    page = await repository.list_owned(ctx.session, ctx.principal, query, ProcessRow)
    return page_response(request, page, query, ProcessRead)


@router.post(
    "/energy-processes",
    status_code=201,
    response_model=ProcessRead,
    responses=problems(EnterpriseUnknown, ProductUnknown, ProcessExists),
    dependencies=KEEPERS,
)
async def post_process(body: ProcessWrite, ctx: ContextDep, response: Response) -> ProcessRead:
    """Add a process, with the product it makes."""
    row = await processes.add_process(ctx, body.enterprise_id, body.code, body.name, body.product_code)
    return tagged(response, row, ProcessRead)


@router.patch(
    "/energy-processes/{process_id}",
    response_model=ProcessRead,
    responses=problems(EfficiencyNotFound, ProductUnknown),
    dependencies=KEEPERS,
)
async def patch_process(
    process_id: UUID, body: ProcessChange, request: Request, ctx: ContextDep, response: Response
) -> ProcessRead:
    """Rename a process, or say what it makes."""
    row = await repository.get_owned(ctx.session, ctx.principal, ProcessRow, process_id, lock=True)
    check_if_match(request, row.version)
    product = body.product_code if "product_code" in body.model_fields_set else row.product_code
    return tagged(response, await processes.change_process(ctx, row, body.name or row.name, product), ProcessRead)


@router.get("/energy-meter-shares", response_model=PageOf[ShareRead])
async def list_meter_shares(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.SHARES)]
) -> Any:
    """Which meters count as whose electricity."""
    page = await repository.list_owned(ctx.session, ctx.principal, query, MeterShareRow)
    return page_response(request, page, query, ShareRead)


@router.post(
    "/energy-meter-shares",
    status_code=201,
    response_model=ShareRead,
    responses=problems(EnterpriseUnknown, ProcessUnknown, MeterNotFound, MeterUnfit, MeterAssigned, PeriodUnfit),
    dependencies=KEEPERS,
)
async def post_meter_share(body: ShareWrite, ctx: ContextDep, response: Response) -> ShareRead:
    """Let a meter of the enterprise count for it, or for one of its processes."""
    row = await processes.assign_meter(ctx, body.assignment())
    return tagged(response, row, ShareRead)


@router.patch(
    "/energy-meter-shares/{share_id}",
    response_model=ShareRead,
    responses=problems(EfficiencyNotFound, MeterAssigned, PeriodUnfit),
    dependencies=KEEPERS,
)
async def patch_meter_share(
    share_id: UUID, body: ShareChange, request: Request, ctx: ContextDep, response: Response
) -> ShareRead:
    """Let a meter count until a month, or on."""
    row = await repository.get_owned(ctx.session, ctx.principal, MeterShareRow, share_id, lock=True)
    check_if_match(request, row.version)
    return tagged(response, await processes.end_assignment(ctx, row, body.last_month), ShareRead)


@router.get(
    "/enterprises/{enterprise_id}/energy-months",
    response_model=MonthSums,
    responses=problems(EnterpriseUnknown, PeriodUnfit),
)
async def list_energy_months(
    enterprise_id: UUID,
    ctx: ContextDep,
    first: FirstMonth,
    last: LastMonth,
    kind: Kind = FactorKind.EQUIVALENT,
) -> MonthSums:
    """Months of the whole enterprise in standard coal, for three years at most."""
    check_months(first, last)
    await repository.get_enterprise(ctx.session, ctx.principal, enterprise_id)
    return month_sums(*await statements.read_months(ctx, enterprise_id, months_between(first, last), kind))


@router.get(
    "/enterprises/{enterprise_id}/energy-months/{month}",
    response_model=MonthRead,
    responses=problems(EnterpriseUnknown),
)
async def get_energy_month(
    enterprise_id: UUID,
    month: MonthPath,
    ctx: ContextDep,
    response: Response,
    kind: Kind = FactorKind.EQUIVALENT,
    as_of: AsOf = None,
) -> MonthRead:
    """A month by carrier and process: reported and metered, what counts, and what it is in standard coal."""
    await repository.get_enterprise(ctx.session, ctx.principal, enterprise_id)
    row = await repository.find_month(ctx.session, enterprise_id, month_of(month))
    if row is not None:
        response.headers["ETag"] = etag_of(row.version)
    return month_read(await statements.read_month(ctx, enterprise_id, month_of(month), kind, as_of))


@router.put(
    "/enterprises/{enterprise_id}/energy-months/{month}",
    response_model=MonthRead,
    responses=problems(EnterpriseUnknown, MonthAhead, FigureUnfit),
    dependencies=REPORTERS,
)
async def put_energy_month(
    enterprise_id: UUID, month: MonthPath, body: MonthWrite, request: Request, ctx: ContextDep, response: Response
) -> MonthRead:
    """Report figures of a month that is over, or correct them with a reason; others stay as they stand.

    An enterprise reports and corrects its own; what the office entered or corrected, the office corrects.
    """
    enterprise = await repository.get_enterprise(ctx.session, ctx.principal, enterprise_id)
    first = month_of(month)
    row = await statements.open_month(ctx, enterprise_id, first)
    if row is not None:
        honour_if_match(request, row.version)
    row = await statements.report_month(ctx, enterprise, row, first, body.stated(), body.reason)
    await judging.judge_after(ctx, {enterprise_id}, {first.year})
    response.headers["ETag"] = etag_of(row.version)
    return month_read(await statements.read_month(ctx, enterprise_id, first, FactorKind.EQUIVALENT, None))


@router.get("/energy-figures", response_model=PageOf[FigureRead])
async def list_energy_figures(
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(repository.FIGURES)],
    as_of: AsOf = None,
    history: Annotated[bool, Query(description="With those that were replaced.")] = False,
) -> Any:
    """Reported figures as they stand, as they were known at an instant, or with all corrections."""
    page = await repository.list_figures(ctx.session, ctx.principal, query, as_of, history=history)
    return page_response(request, page, query, FigureRead)


@router.post(
    "/energy-figures/imports",
    response_model=TableReport,
    responses=problems(TableUnreadable, TableRefused),
    openapi_extra=_BODY,
    dependencies=REPORTERS,
)
@takes_file
async def post_energy_figures(
    request: Request,
    ctx: ContextDep,
    dry_run: Annotated[bool, Query(description="Only tell what would happen.")] = False,
    reason: Annotated[str, Query(max_length=1000, description="Demanded where figures are corrected.")] = "",
) -> TableReport:
    """Take uses, outputs and output values from a CSV or XLSX table: an item a row, or a column for each.

    Columns: 统一社会信用代码, 月份, optionally 工序; then 项目 and 数量 (with 流向 and 单位), or columns headed
    by carriers, products and 产值 with their unit in brackets. All rows are taken or none. An enterprise sends
    rows of its own alone.
    """
    outcome = await importing.import_figures(ctx, await file_body(request), reason, dry_run=dry_run)
    return TableReport(
        dry_run=dry_run,
        rows=outcome.rows,
        figures=outcome.figures,
        months=outcome.months,
        faults=[_told(request, fault) for fault in outcome.faults[: importing.MAX_FAULTS]],
    )


def _told(request: Request, fault: SheetFault) -> TableFault:
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    message = catalogue.title(fault.code, language, fault.params)
    return TableFault(line=fault.line, column=fault.column, code=fault.code, message=message)
