"""The register: who reports from which month on and where, and months that are closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.projects import EconomyMonthClosedV1, EconomyTotal
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.projects.economy.domain import reports as report_rules
from services.projects.economy.domain.question import Question
from services.projects.economy.domain.register import Standing, demand_months
from services.projects.economy.domain.reports import EconomyStatus, Edition
from services.projects.economy.errors import MonthAlreadyClosed, ReportsOutstanding
from services.projects.economy.repository import catalogue, closings
from services.projects.economy.repository import figures as figure_rows
from services.projects.economy.repository import reports as report_rows
from services.projects.economy.repository.members import World
from services.projects.economy.service.duties import drop_duties
from services.projects.economy.tables.rules import ClosedMonthRow, StandingRow
from services.projects.registry.repository import find_enterprise, lock_key
from services.projects.registry.service.placing import demand_reach, place
from services.projects.registry.service.recording import alive, demand_region
from services.projects.registry.tables import EnterpriseRow


async def put_standing(ctx: Context, credit_code: str, standing: Standing) -> tuple[StandingRow, EnterpriseRow]:
    """Where an enterprise stands from a month on; its reports, figures and duties follow.

    A region may not take an enterprise out of another one that the caller does not reach. Raises NotFound,
    StandingMonth, UnknownRegion, ValidityNotOrdered, ValidityOverlap.
    """
    demand_months(standing)
    assert standing.region_code is not None
    await demand_region(ctx, standing.region_code)
    enterprise = alive(await find_enterprise(ctx.session, credit_code))
    ensure_region(ctx.principal, enterprise.region_code)
    await lock_key(ctx.session, "economy_standing", str(enterprise.enterprise_id))
    await report_rows.lock_register(ctx.session, [enterprise.enterprise_id])
    rows = (await catalogue.standings_of(ctx.session, [enterprise.enterprise_id])).get(
        enterprise.enterprise_id, []
    )
    for row in rows:
        if row.valid_to is None or row.valid_to > standing.valid_from:
            ensure_region(ctx.principal, row.region_code)
    row = place(
        ctx,
        StandingRow,
        rows,
        standing,
        value_of=catalogue.standing_of,
        more={"enterprise_id": enterprise.enterprise_id, "decided_by": ctx.principal.subject},
    )
    await ctx.session.flush()
    await catalogue.place_reports(ctx.session, enterprise.enterprise_id)
    await drop_duties(ctx, enterprise)
    return row, enterprise


async def enrol_region(ctx: Context, region_code: str, from_month: date, reason: str) -> int:
    """Take everybody of the region's registry that is in no place of the register into it; answers how many.

    Raises UnknownRegion, NotFound, StandingMonth.
    """
    demand_months(Standing(region_code=region_code, sector_code="", valid_from=from_month))
    await demand_region(ctx, region_code)
    await lock_key(ctx.session, "economy_enrolment", region_code)
    found = await catalogue.not_in_register(ctx.session, regions.prefix(region_code))
    for enterprise in found:
        ctx.session.add(
            StandingRow(
                id=ctx.new_id(),
                enterprise_id=enterprise.enterprise_id,
                region_code=enterprise.region_code,
                sector_code=enterprise.sector_code,
                valid_from=from_month,
                reason=reason,
                decided_by=ctx.principal.subject,
                version=1,
                updated_at=ctx.now,
            )
        )
    await ctx.session.flush()
    return len(found)


async def close_month(
    ctx: Context, month: date, region_code: str | None, note: str, *, over_outstanding: bool
) -> ClosedMonthRow:
    """From now on reports of the month change by correction only; tells what the month adds up to.

    Raises MonthNotOver, MonthAlreadyClosed, ReportsOutstanding, EverywhereForbidden, UnknownRegion, NotFound.
    """
    report_rules.demand_over(month, today_of(ctx))
    await demand_reach(ctx, region_code)
    await lock_key(ctx.session, "economy_closing", f"{month}:{region_code}")
    closed = [row.region_code for row in await closings.closings_of(ctx.session, month)]
    if any(code is None or (region_code is not None and regions.contains(code, region_code)) for code in closed):
        raise MonthAlreadyClosed(month=f"{month:%Y-%m}")
    prefix = None if region_code is None else regions.prefix(region_code)
    counts = await report_rows.status_counts(ctx.session, month, Edition.FINAL, prefix)
    outstanding = {status: count for status, count in counts.items() if status != EconomyStatus.ACCEPTED}
    if outstanding and not over_outstanding:
        fault = FieldError(
            "economy.reports_outstanding", "/over_outstanding", {"count": sum(outstanding.values())}
        )
        raise ReportsOutstanding(count=sum(outstanding.values()), errors=[fault])
    row = ClosedMonthRow(
        id=ctx.new_id(),
        month=month,
        region_code=region_code,
        note=note,
        closed_at=ctx.now,
        closed_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    payload = EconomyMonthClosedV1(
        closing_id=row.id, month=month, region_code=region_code, note=note, totals=await _totals(ctx, row)
    )
    await record_event(ctx, payload, subject=str(row.id), aggregate_version=1, region_code=region_code)
    return row


async def _totals(ctx: Context, row: ClosedMonthRow) -> tuple[EconomyTotal, ...]:
    question = Question(month=row.month, region_code=row.region_code)
    totals = []
    for indicator in (await catalogue.all_indicators(ctx.session)).values():
        world = World(ctx.principal, indicator)
        month, year = [
            (await figure_rows.sums_of(ctx.session, one, world, row.month)).whole
            for one in (question, replace(question, cumulative=True))
        ]
        totals.append(
            EconomyTotal(
                indicator=indicator.code,
                unit=indicator.unit,
                month_value=month.value,
                cumulative_value=year.value,
                complete=month.complete,
                expected=month.expected,
            )
        )
    return tuple(totals)
