"""Importing a register of meters from a table."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, Field, ValidationError

from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.dependencies import ContextDep
from libs.common.web.files import file_body, takes_file
from libs.common.web.problems import problems
from services.energy.metering.errors import ImportRefused, ImportUnreadable
from services.energy.meters.domain.sheet import CellFault, SheetMeter
from services.energy.meters.routes.common import KEEPERS, new_router
from services.energy.meters.schemas import MeterWrite
from services.energy.meters.service import importing

router = new_router()


class ImportFault(BaseModel):
    """``row`` and ``column`` as the file shows them."""

    row: int
    column: str | None
    code: str
    message: str


class ImportReport(BaseModel):
    """What an import did, or in a dry run would do. All rows or none are taken."""

    dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    faults: list[ImportFault] = Field(description="The first 1000; in a dry run only, else the import is refused.")


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            _XLSX: {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


@router.post(
    "/imports",
    response_model=ImportReport,
    responses=problems(ImportUnreadable, ImportRefused),
    openapi_extra=_BODY,
    dependencies=KEEPERS,
)
@takes_file
async def import_meters(
    request: Request,
    ctx: ContextDep,
    dry_run: Annotated[bool, Query(description="Only tell what would happen.")] = False,
    effective_from: Annotated[
        date | None, Query(description="Day from which changed facts hold; today if absent.")
    ] = None,
) -> ImportReport:
    """Register and change meters by an XLSX or CSV table with a column for each fact, in English or Chinese.

    A row is a whole record, as in ``PUT /v1/meters/{meter_no}``; columns ``户号`` or ``alias.<system>`` are
    codes of other systems. All rows are taken or none; faults are named by row and column.
    """
    rows = importing.read_table(await file_body(request))
    faults = [fault for row in rows for fault in row.faults] + importing.repeated(rows)
    bad = {fault.row for fault in faults}
    meters = []
    for row in rows:
        if row.row in bad:
            continue
        parsed = _parsed(row, faults)
        if parsed is not None:
            meters.append(parsed)
    outcome, found = await importing.import_table(ctx, meters, faults, effective_from, dry_run=dry_run)
    return ImportReport(
        dry_run=dry_run,
        rows=len(rows),
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        faults=[_told(request, fault) for fault in found[: importing.MAX_FAULTS]],
    )


def _parsed(row: SheetMeter, faults: list[CellFault]) -> importing.ParsedMeter | None:
    facts: dict[str, Any] = {name: value for name, value in row.facts.items() if name != "meter_no"}
    try:
        body = MeterWrite.model_validate(facts)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            name = str(item["loc"][0]) if item["loc"] else ""
            params = {"name": name, "reason": item["msg"]}
            faults.append(CellFault(row.row, row.columns.get(name), "meter.import_fact_invalid", params))
        return None
    return importing.ParsedMeter(row, str(row.facts["meter_no"]), body.record())


def _told(request: Request, fault: CellFault) -> ImportFault:
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    message = catalogue.title(fault.code, language, dict(fault.params))
    return ImportFault(row=fault.row, column=fault.column, code=fault.code, message=message)
