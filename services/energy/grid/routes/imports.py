"""Importing the grid from tables."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel, Field, ValidationError

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.dependencies import ContextDep
from libs.common.web.files import file_body, takes_file
from libs.common.web.problems import problems
from services.energy.grid.domain.sheet import NODES, PLACEMENTS, GridCellFault, GridSheetRow
from services.energy.grid.errors import GridTableRefused, GridTableUnreadable
from services.energy.grid.record_schemas import PlacementWrite
from services.energy.grid.routes.common import KEEPERS, new_router
from services.energy.grid.schemas import Day, NodeCreate
from services.energy.grid.service import importing
from services.energy.grid.service.importing import Outcome, ParsedNode, ParsedPlacement

router = new_router()
BodyT = TypeVar("BodyT", bound=BaseModel)
_CAPACITY = ("rated_mva", "units", "overload_factor", "power_factor", "reason")


class GridImportFault(BaseModel):
    """``row`` and ``column`` as the file shows them."""

    row: int
    column: str | None
    code: str
    message: str


class GridImportReport(BaseModel):
    """What an import did, or in a dry run would do. All rows or none are taken."""

    dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    faults: list[GridImportFault] = Field(
        description="The first 1000; in a dry run only, else the import is refused."
    )


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
_DryRun = Annotated[bool, Query(description="Only tell what would happen.")]


@router.post(
    "/grid-nodes/imports",
    response_model=GridImportReport,
    responses=problems(GridTableUnreadable, GridTableRefused),
    openapi_extra=_BODY,
    dependencies=KEEPERS,
)
@takes_file
async def import_nodes(
    request: Request,
    ctx: ContextDep,
    dry_run: _DryRun = False,
    effective_from: Annotated[
        Day | None,
        Query(description="Day from which parents and capacities of known nodes hold; today if absent."),
    ] = None,
) -> GridImportReport:
    """Register and change nodes by an XLSX or CSV table with a column for each fact, in English or Chinese.

    ``编码 code``, ``类型 kind`` and ``名称 name`` must be there; ``上级编码 parent_code`` may name a node of the
    same table. All rows are taken or none; faults are named by row and column.
    """
    rows = importing.read_table(await file_body(request), NODES, ("code", "kind", "name"))
    faults = [fault for row in rows for fault in row.faults]
    parsed = []
    for row in _once(rows, ("code",), faults):
        facts = {name: value for name, value in row.facts.items() if name not in _CAPACITY}
        if "rated_mva" in row.facts:
            facts["capacity"] = {name: row.facts[name] for name in _CAPACITY if name in row.facts}
        body = _body(NodeCreate, row, {"valid_from": today_of(ctx).isoformat()} | facts, faults)
        if body is not None:
            parsed.append(ParsedNode(row, body.facts()))

    async def act(inner: Context, outcome: Outcome, found: list[GridCellFault]) -> None:
        await importing.put_nodes(inner, parsed, effective_from or today_of(inner), outcome, found)

    outcome, found = await importing.apply_table(ctx, faults, act, dry_run=dry_run)
    return _report(request, len(rows), outcome, found, dry_run=dry_run)


@router.post(
    "/grid-placements/imports",
    response_model=GridImportReport,
    responses=problems(GridTableUnreadable, GridTableRefused),
    openapi_extra=_BODY,
    dependencies=KEEPERS,
)
@takes_file
async def import_placements(request: Request, ctx: ContextDep, dry_run: _DryRun = False) -> GridImportReport:
    """Say where meters hang by an XLSX or CSV table: ``表号 meter_no``, ``节点编码 node_code``.

    ``启用日期 valid_from`` is today if left out. All rows are taken or none; faults are named by row and column.
    """
    rows = importing.read_table(await file_body(request), PLACEMENTS, ("meter_no", "node_code"))
    faults = [fault for row in rows for fault in row.faults]
    parsed = []
    for row in _once(rows, ("meter_no", "role", "valid_from"), faults):
        body = _body(PlacementWrite, row, {"valid_from": today_of(ctx).isoformat()} | row.facts, faults)
        if body is not None:
            parsed.append(ParsedPlacement(row, body.facts()))

    async def act(inner: Context, outcome: Outcome, found: list[GridCellFault]) -> None:
        await importing.put_placements(inner, parsed, outcome, found)

    outcome, found = await importing.apply_table(ctx, faults, act, dry_run=dry_run)
    return _report(request, len(rows), outcome, found, dry_run=dry_run)


def _once(rows: Sequence[GridSheetRow], keys: Sequence[str], faults: list[GridCellFault]) -> list[GridSheetRow]:
    """Rows without a fault, each key once."""
    seen: dict[tuple[Any, ...], int] = {}
    kept = []
    for row in rows:
        key = tuple(row.facts.get(name) for name in keys)
        if row.faults:
            continue
        if key in seen:
            faults.append(row.fault(keys[0], "grid.import_row_repeated", row=seen[key]))
        else:
            seen[key] = row.row
            kept.append(row)
    return kept


def _body(
    model: type[BodyT], row: GridSheetRow, facts: dict[str, Any], faults: list[GridCellFault]
) -> BodyT | None:
    try:
        return model.model_validate(facts)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            name = str(item["loc"][-1]) if item["loc"] else ""
            faults.append(row.fault(name, "meter.import_fact_invalid", name=name, reason=item["msg"]))
        return None


def _report(
    request: Request, rows: int, outcome: Outcome, found: Sequence[GridCellFault], *, dry_run: bool
) -> GridImportReport:
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    return GridImportReport(
        dry_run=dry_run,
        rows=rows,
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        faults=[
            GridImportFault(
                row=fault.row,
                column=fault.column,
                code=fault.code,
                message=catalogue.title(fault.code, language, dict(fault.params)),
            )
            for fault in found[: importing.MAX_FAULTS]
        ],
    )
