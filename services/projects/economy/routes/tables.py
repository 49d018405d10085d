"""``/v1/economy-report-templates``, ``-imports`` and ``-exports``: reports of a month as tables."""

from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import Query, Request
from fastapi.responses import StreamingResponse

from libs.common.security.audit import audit
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.files import file_body, takes_file
from libs.common.web.problems import problems
from libs.common.workdays import UnknownCalendarYear
from services.projects.economy.domain.reports import Edition
from services.projects.economy.errors import EditionNotOwed, ImportRefused, ImportUnreadable, MonthNotOver
from services.projects.economy.routes.answers import REVIEWERS, language_of, new_router, text_of
from services.projects.economy.schemas.reports import EconomyImportRead, ImportFaultRead
from services.projects.economy.schemas.types import MonthText, month_of
from services.projects.economy.service import exporting, importing
from services.projects.registry.service.recording import demand_region_form

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CONTENT: Final[dict[str, Any]] = {
    _XLSX: {"schema": {"type": "string", "format": "binary"}},
    "text/csv": {"schema": {"type": "string"}},
}
_BODY: Final = {"requestBody": {"required": True, "content": _CONTENT}}
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": _CONTENT}}

router = new_router()


class EconomyTableFormat(StrEnum):
    """How a table is written."""

    XLSX = "xlsx"
    CSV = "csv"


FormatParam = Annotated[EconomyTableFormat, Query(alias="format")]


def _table(format_: EconomyTableFormat, name: str, titles: list[str], rows: list[Any]) -> StreamingResponse:
    is_workbook = format_ is EconomyTableFormat.XLSX
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format_}"'}
    media = _XLSX if is_workbook else "text/csv; charset=utf-8"
    return StreamingResponse(exporting.written(is_workbook, name, titles, rows), media_type=media, headers=headers)


@router.get("/economy-report-templates", responses=_ANSWER)
async def get_template(
    request: Request, ctx: ContextDep, format_: FormatParam = EconomyTableFormat.XLSX
) -> StreamingResponse:
    """The empty table that an import takes, in the caller's language; columns may be left out."""
    return _table(format_, "economy-reports", await exporting.template(ctx, language_of(request)), [])


@router.post(
    "/economy-report-imports",
    response_model=EconomyImportRead,
    responses=problems(ImportUnreadable, ImportRefused, MonthNotOver, EditionNotOwed, UnknownCalendarYear),
    openapi_extra=_BODY,
    dependencies=[require(*REVIEWERS)],
)
@takes_file
async def import_reports(
    request: Request,
    ctx: ContextDep,
    month: Annotated[MonthText, Query()],
    edition: Edition = Edition.FINAL,
    submit: Annotated[
        bool, Query(description="Hand them in at once; doubts need the column confirmation.")
    ] = False,
    dry_run: Annotated[bool, Query(description="Only tell what would be done, and every fault.")] = False,
) -> Any:
    """Drafts of a month from an XLSX or CSV table, all or nothing; faults are named by row and column."""
    outcome = await importing.import_reports(
        ctx, await file_body(request), month_of(month), edition, submit=submit, dry_run=dry_run
    )
    faults = sorted(outcome.faults, key=lambda fault: (fault.row, fault.column))[: importing.MAX_FAULTS]
    return EconomyImportRead(
        dry_run=dry_run,
        rows=outcome.rows,
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        submitted=outcome.submitted,
        faults=[
            ImportFaultRead(
                row=fault.row,
                column=fault.column,
                code=fault.code,
                message=text_of(request, fault.code, fault.params),
            )
            for fault in faults
        ],
    )


@router.get("/economy-report-exports", responses=_ANSWER)
async def export_reports(
    request: Request,
    ctx: ContextDep,
    month: Annotated[MonthText, Query()],
    edition: Edition = Edition.FINAL,
    region_code: Annotated[str | None, Query(max_length=9)] = None,
    format_: FormatParam = EconomyTableFormat.XLSX,
) -> StreamingResponse:
    """Reports of a month as a table that can be imported again; what is not said is empty."""
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
    titles, rows = await exporting.report_table(ctx, month_of(month), edition, region_code, language_of(request))
    facts = {"format": format_.value, "rows": len(rows), "month": month, "edition": edition.value}
    await audit(ctx, "export", "economy-reports", month, facts)
    return _table(format_, f"economy-{edition}-{month}", titles, rows)
