"""Sums of support and financing that open to their rows, also as a workbook."""

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import StreamingResponse

from libs.common.context import Context
from libs.common.security.audit import audit
from libs.common.sheets.writing import Row
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.workbooks import WORKBOOK
from services.projects.lists.routes.answers import OFFICES, language_of, new_router, workbook
from services.projects.registry.service.recording import demand_region_form
from services.projects.support.domain.wording import SUMMARY
from services.projects.support.repository import summaries as repository
from services.projects.support.repository.summaries import SupportGrouping
from services.projects.support.schemas.applications import SupportSum, SupportSummary
from services.projects.support.schemas.financing import FinancingSum, FinancingSummary

By = Annotated[SupportGrouping, Query()]
YearParam = Annotated[int | None, Query(ge=1990, le=2200)]
Region = Annotated[str | None, Query(max_length=9, description="The region and its subtree.")]
_FILTER = {
    SupportGrouping.REGION: "region_code",
    SupportGrouping.YEAR: "year",
    SupportGrouping.POLICY: "policy_id",
    SupportGrouping.KIND: "kind",
}

router = new_router("support")


@router.get("/support-summaries", response_model=SupportSummary)
async def read_summary(
    ctx: ContextDep, by: By = SupportGrouping.POLICY, year: YearParam = None, region_code: Region = None
) -> Any:
    """Applications and money by region, year, policy or kind."""
    return await _summary(ctx, by, year, region_code)


@router.get("/support-summaries/export", responses=WORKBOOK, dependencies=[require(*OFFICES)])
async def export_summary(
    request: Request,
    ctx: ContextDep,
    by: By = SupportGrouping.POLICY,
    year: YearParam = None,
    region_code: Region = None,
) -> StreamingResponse:
    """The same as a workbook."""
    summary = await _summary(ctx, by, year, region_code)
    await audit(ctx, "export", "support-summaries", by.value, {"rows": len(summary.items)})
    rows: list[Row] = [
        [
            *(one.key, one.name, one.applications, one.granted, int(one.requested_yuan), int(one.approved_yuan)),
            *(int(one.paid_yuan), int(one.clawed_back_yuan)),
        ]
        for one in summary.items
    ]
    return workbook(f"support-by-{by.value}", SUMMARY[language_of(request)], rows)


@router.get("/financing-summaries", response_model=FinancingSummary)
async def read_financing(ctx: ContextDep, region_code: Region = None) -> Any:
    """Needs, grants, guarantees and gaps by region."""
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
    items = [
        FinancingSum(
            region_code=region,
            needs=needs,
            open=still_open,
            amount_yuan=amount,
            granted_yuan=granted,
            guaranteed_yuan=guaranteed,
            gap_yuan=gap,
            rows_path=f"/v1/financing-needs?filter[region_code]={region}",
        )
        for region, needs, still_open, amount, granted, guaranteed, gap in await repository.financing_sums(
            ctx.session, ctx.principal, region_code
        )
    ]
    return FinancingSummary(region_code=region_code, items=items)


async def _summary(ctx: Context, by: SupportGrouping, year: int | None, region_code: str | None) -> SupportSummary:
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
    kept = "" if year is None or by is SupportGrouping.YEAR else f"&filter[year]={year}"
    kept += "" if region_code is None else f"&filter[region_code][within]={region_code}"
    found = await repository.support_sums(ctx.session, ctx.principal, by, year, region_code)
    items = [
        SupportSum(
            key=str(key),
            name=str(name),
            applications=applications,
            granted=granted,
            requested_yuan=requested,
            approved_yuan=approved,
            paid_yuan=paid,
            clawed_back_yuan=clawed_back,
            rows_path=f"/v1/support-applications?filter[{_FILTER[by]}]={key}{kept}&filter[status][ne]=draft",
        )
        for key, name, applications, granted, requested, approved, paid, clawed_back in found
    ]
    return SupportSummary(by=by, year=year, region_code=region_code, items=items)
