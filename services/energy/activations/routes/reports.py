"""``/v1/activation-reports``: the report of the day as data, as a Word document and as a workbook."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from libs.common.security.audit import audit
from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import NotFound, problems
from libs.common.web.routes import TransactionalRoute
from services.energy.activations.documents.table import render_table
from services.energy.activations.documents.word import render_word
from services.energy.activations.domain.report import DayReport
from services.energy.activations.response_schemas import DayReportRead, report_read
from services.energy.activations.routes.common import READERS
from services.energy.activations.service.reporting import report_day

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["orderly use"])

RegionCode = Annotated[str, Query(pattern=r"^[1-9][0-9]{5}(?:[0-9]{3})?$", description="With its subtree.")]
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _file(media_type: str) -> dict[int | str, Any]:
    return {200: {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}}


@router.get(
    "/activation-reports/{day}",
    response_model=DayReportRead,
    responses=problems(NotFound),
    dependencies=READERS,
)
async def get_report(day: date, region_code: RegionCode, ctx: ContextDep) -> DayReportRead:
    """What was ordered for the day and became of it: totals, a line an order, who did not respond."""
    return report_read(await report_day(ctx, region_code, day))


@router.get(
    "/activation-reports/{day}/document",
    response_class=Response,
    responses={**_file(WORD), **problems(NotFound)},
    dependencies=READERS,
)
async def get_document(day: date, region_code: RegionCode, ctx: ContextDep) -> Response:
    """The report as a Word document, in Chinese as it is filed."""
    report = await report_day(ctx, region_code, day)
    return await _sent(ctx, report, await run_in_threadpool(render_word, report), WORD, "docx")


@router.get(
    "/activation-reports/{day}/table",
    response_class=Response,
    responses={**_file(WORKBOOK), **problems(NotFound)},
    dependencies=READERS,
)
async def get_table(day: date, region_code: RegionCode, ctx: ContextDep) -> Response:
    """The report as a workbook, in Chinese as it is filed."""
    report = await report_day(ctx, region_code, day)
    return await _sent(ctx, report, await run_in_threadpool(render_table, report), WORKBOOK, "xlsx")


async def _sent(ctx: ContextDep, report: DayReport, body: bytes, media_type: str, ending: str) -> Response:
    name = f"orderly-use-{report.region_code}-{report.day.isoformat()}"
    await audit(ctx, "export", "activation_reports", name, {"format": ending, "rows": len(report.lines)})
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(body, media_type=media_type, headers=headers)
