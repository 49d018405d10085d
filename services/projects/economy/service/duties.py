"""Reports as duties: made when a month has ended, reminded of, told when late, cleared when they come in."""

from __future__ import annotations

from datetime import date, timedelta

import structlog

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.workdays import UnknownCalendarYear
from services.projects.conditions.domain.condition import Finding, Outcome, Subject, is_news
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle, told_of
from services.projects.economy.domain import months
from services.projects.economy.domain.duty import DUE_SOON, LATE, Owed, due_day, findings
from services.projects.economy.domain.reports import EconomyStatus, Edition
from services.projects.economy.repository import reports as repository
from services.projects.economy.service.recording import new_report
from services.projects.economy.service.terms import Terms, load_closings, load_terms
from services.projects.economy.tables.reports import ReportRow
from services.projects.registry.tables import EnterpriseRow

log = structlog.get_logger(__name__)

JUDGED = frozenset({DUE_SOON, LATE})
# Months back for which a report is still asked for; one for older months is entered by whoever has it.
_ASKED_FOR = 3
# No due day is further ahead of its reminder than a holiday and so many working days may lie between.
_AHEAD = timedelta(days=45)


async def make_reports(ctx: Context) -> int:
    """Ask everybody in the register for the months that have ended; a report that is there is not made again.

    Closed months are not asked for, nor those whose due day lies in a year that nobody knows yet.
    """
    terms, this_month, made = await load_terms(ctx), months.first_of(today_of(ctx)), 0
    for month in (months.plus(this_month, -back) for back in range(_ASKED_FOR, 0, -1)):
        closings = await load_closings(ctx, month)
        for edition in Edition:
            days: dict[str, date | None] = {}
            for enterprise_id, region_code, sector_code in await repository.missing_reports(
                ctx.session, month, edition
            ):
                if region_code not in days:
                    is_closed = closings.hold_in(region_code)
                    days[region_code] = None if is_closed else _due_day(terms, edition, month, region_code)
                due_on = days[region_code]
                if due_on is not None:
                    place = (region_code, sector_code)
                    ctx.session.add(new_report(ctx, enterprise_id, month, edition.value, due_on, place))
                    made += 1
            await ctx.session.flush()
    return made


def _due_day(terms: Terms, edition: Edition, month: date, region_code: str) -> date | None:
    try:
        return due_day(terms.rules, terms.calendar, edition, month, region_code)
    except UnknownCalendarYear as error:
        log.error("economy.calendar_unknown", month=f"{month:%Y-%m}", edition=edition, **error.params)
        return None


async def scan_duties(ctx: Context) -> Outcome:
    """Remind of what is due soon and tell what is late; safe to run twice and beside other scans and writes."""
    terms, today = await load_terms(ctx), today_of(ctx)
    known = await open_conditions(ctx.session, JUDGED)
    changing, outcome = [], Outcome()
    for row, enterprise in await repository.owed_reports(ctx.session, list(known), today + _AHEAD):
        found = _found(row, terms, today)
        if is_news(found, told_of(known.get(row.id, {})), JUDGED):
            changing.append((row.id, enterprise))
        else:
            outcome += Outcome(1)
    # Only reports with news are locked, in one order, and judged again once nobody else can change them.
    for report_id, enterprise in changing:
        locked = await repository.find_report(ctx.session, report_id, lock=True)
        if locked is None:
            # Its enterprise left the register before it said anything.
            continue
        outcome += await settle_duty(ctx, locked, enterprise, terms, may_open=True)
    return outcome


async def settle_duty(
    ctx: Context, row: ReportRow, enterprise: EnterpriseRow, terms: Terms, *, may_open: bool
) -> Outcome:
    """Bring the conditions of a locked report in line with it. Steps only clear, the scan opens."""
    if not may_open and not await open_conditions(ctx.session, JUDGED, [row.id]):
        return Outcome(1)
    found = _found(row, terms, today_of(ctx))
    return await settle(
        ctx,
        subject_of(row, enterprise),
        found,
        judged=JUDGED,
        reason=lambda condition: _reason(row, condition.kind),
        may_open=may_open,
    )


def subject_of(row: ReportRow, enterprise: EnterpriseRow) -> Subject:
    return Subject(
        type="economy_report",
        id=row.id,
        code=f"{enterprise.credit_code}/{row.month:%Y-%m}/{row.edition}",
        name=enterprise.name,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )


def _found(row: ReportRow, terms: Terms, today: date) -> list[Finding]:
    owed = Owed(
        month=row.month,
        edition=Edition(row.edition),
        region_code=row.region_code,
        status=EconomyStatus(row.status),
        due_on=row.due_on,
        submitted_on=row.submitted_on,
    )
    try:
        return findings(owed, terms.rules, terms.calendar, today)
    except UnknownCalendarYear as error:
        log.error("economy.calendar_unknown", report=str(row.id), **error.params)
        return []


def _reason(row: ReportRow, kind: str) -> str:
    if row.submitted_on is not None:
        return "submitted"
    # What was due soon and has not come in is late now.
    return "late" if kind == DUE_SOON else "rule_changed"


async def drop_duties(ctx: Context, enterprise: EnterpriseRow) -> None:
    """Reports of months in which the enterprise is in no place of the register are owed no more.

    What was said stays; only those that say nothing go, and with them what was told of them.
    """
    for row in await repository.orphaned_reports(ctx.session, enterprise.enterprise_id):
        await settle(
            ctx, subject_of(row, enterprise), [], judged=JUDGED, reason=lambda _: "left_register", may_open=False
        )
        await ctx.session.delete(row)
    await ctx.session.flush()
