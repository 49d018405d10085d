"""Planned courses of the works and planned investment by year."""

from collections.abc import Sequence

from libs.common.context import Context
from libs.common.contracts.projects import (
    CurvePointV1,
    ProjectAnnualPlanRecordedV1,
    ProjectPlanCurveRecordedV1,
)
from libs.common.web.problems import FieldError
from services.projects.ledger import repository
from services.projects.ledger.domain.amounts import Amount, AmountKind
from services.projects.ledger.domain.annual_plans import demand_reason
from services.projects.ledger.domain.curve import CurvePoint, plan_curve
from services.projects.ledger.domain.history import FieldChange
from services.projects.ledger.errors import CurveNeedsReason
from services.projects.ledger.service.amounts import basis_of, demand_plausible
from services.projects.ledger.service.ledger import Ledger, Opened, demand_alive
from services.projects.ledger.tables import AnnualPlanRow, PlanCurveRow


async def put_curve(
    ledger: Ledger, ctx: Context, opened: Opened, points: Sequence[CurvePoint], reason: str
) -> tuple[Opened, PlanCurveRow]:
    """Plan the course of the works, or with a reason plan it anew; earlier revisions stay.

    Raises ProjectTerminated, CurveNotOrdered, CurveNeedsReason.
    """
    demand_alive(opened.project)
    curve = plan_curve(points)
    latest = await ledger.latest_curve(ctx, opened.project.id)
    if latest is not None:
        if repository.curve_of(latest) == curve:
            return opened, latest
        if not reason.strip():
            raise CurveNeedsReason(revision=latest.revision, errors=[FieldError("fact.required", "/reason")])
    row = PlanCurveRow(
        project_id=opened.project.id,
        revision=1 if latest is None else latest.revision + 1,
        points=repository.points_to_json(curve),
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    await ledger.keep_curve(ctx, row)
    payload = ProjectPlanCurveRecordedV1(
        project_id=opened.project.id,
        code=opened.project.code,
        revision=row.revision,
        points=tuple(CurvePointV1(month=point.month, percent=float(point.percent)) for point in curve.points),
        reason=reason,
    )
    told = FieldChange("plan_curve", None if latest is None else list(latest.points), list(row.points))
    stored = await ledger.store(
        ctx, opened, opened.project, payload, action="plan_curve_recorded", reason=reason, also=[told]
    )
    return stored, row


async def put_annual_plan(
    ledger: Ledger,
    ctx: Context,
    opened: Opened,
    year: int,
    amount_yuan: int,
    reason: str,
    *,
    confirmed: bool = False,
) -> tuple[Opened, AnnualPlanRow]:
    """Plan a year's investment, or with a reason change the plan; the first one stays beside it.

    Raises ProjectTerminated, PlanNeedsReason, AmountNeedsConfirmation.
    """
    demand_alive(opened.project)
    row = await ledger.annual_plan_of(ctx, opened.project.id, year)
    before = None if row is None else row.amount_yuan
    if row is not None and before == amount_yuan:
        return opened, row
    demand_reason(before, amount_yuan, year, reason)
    asked = [Amount(AmountKind.PLANNED_INVESTMENT, "/amount_yuan", amount_yuan, basis_of(opened.project))]
    meant = await demand_plausible(ctx, opened.project.region_code, asked, confirmed=confirmed)
    if row is None:
        row = AnnualPlanRow(
            project_id=opened.project.id,
            year=year,
            original_yuan=amount_yuan,
            amount_yuan=amount_yuan,
            reason="",
            recorded_at=ctx.now,
            recorded_by="",
        )
    row.amount_yuan, row.reason = amount_yuan, reason
    row.recorded_at, row.recorded_by = ctx.now, ctx.principal.subject
    await ledger.keep_annual_plan(ctx, row)
    payload = ProjectAnnualPlanRecordedV1(
        project_id=opened.project.id,
        code=opened.project.code,
        year=year,
        amount_yuan=amount_yuan,
        previous_yuan=before,
        reason=reason,
    )
    told = [FieldChange(f"annual_plan.{year}", before, amount_yuan), *meant]
    stored = await ledger.store(
        ctx, opened, opened.project, payload, action="annual_plan_recorded", reason=reason, also=told
    )
    return stored, row
