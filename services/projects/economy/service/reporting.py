"""A draft is entered, submitted with its doubts confirmed, and corrected when it counts or its month is closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import EconomyReportEnteredV1, EconomyReportSubmittedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import EventRow, record_events
from libs.common.security.scope import ensure_enterprise, ensure_region
from services.projects.economy.domain import months
from services.projects.economy.domain import reports as rules
from services.projects.economy.domain.deriving import Derived, derive
from services.projects.economy.domain.plausibility import Warned, confirmed, doubts
from services.projects.economy.domain.reports import EconomyStatus, Edition, Lines
from services.projects.economy.errors import FlashAfterFinal, NotInRegister
from services.projects.economy.repository import catalogue
from services.projects.economy.repository import counted as counted_rows
from services.projects.economy.repository import reports as repository
from services.projects.economy.service.duties import settle_duty
from services.projects.economy.service.recording import OpenedReport, new_report, say, step
from services.projects.economy.service.terms import Terms, load_closings, load_terms
from services.projects.economy.tables.reports import ReportRow
from services.projects.registry.repository import find_enterprise
from services.projects.registry.service.recording import alive

Reasons = Mapping[tuple[str, str], str]

_WRITABLE = (EconomyStatus.DUE, EconomyStatus.DRAFT, EconomyStatus.RETURNED)


async def find_or_begin(ctx: Context, credit_code: str, month: date, edition: Edition) -> OpenedReport:
    """The enterprise's report of the month, locked; a new one if there is none.

    Raises NotFound, NotInRegister, MonthNotOver, EditionNotOwed, UnknownCalendarYear.
    """
    enterprise = alive(await find_enterprise(ctx.session, credit_code))
    ensure_enterprise(ctx.principal, enterprise.enterprise_id)
    await repository.lock_register(ctx.session, [enterprise.enterprise_id])
    standing = await catalogue.find_standing(ctx.session, enterprise.enterprise_id, month)
    if standing is None:
        ensure_region(ctx.principal, enterprise.region_code)
        raise NotInRegister(credit_code=credit_code, month=f"{month:%Y-%m}")
    ensure_region(ctx.principal, standing.region_code)
    known = await repository.reports_of(ctx.session, [enterprise.enterprise_id], month, edition)
    row = known.get(enterprise.enterprise_id)
    if row is not None:
        return OpenedReport(row, enterprise, await repository.lines_at(ctx.session, row.id, row.revision))
    rules.demand_over(month, today_of(ctx))
    terms = await load_terms(ctx)
    due_on = terms.due_on(edition, month, standing.region_code)
    place = (standing.region_code, standing.sector_code)
    row = new_report(ctx, enterprise.enterprise_id, month, edition.value, due_on, place)
    ctx.session.add(row)
    await ctx.session.flush()
    return OpenedReport(row, enterprise, {})


async def enter_lines(ctx: Context, opened: OpenedReport, lines: Lines, *, whole: bool) -> OpenedReport:
    """Say the lines in a draft: all of them, or in place of those that it has.

    Raises ReportStepRefused, MonthClosed, FlashAfterFinal, ReportUnsound.
    """
    row, terms = opened.row, await load_terms(ctx)
    rules.demand_status(opened.status, _WRITABLE)
    await demand_open(ctx, row)
    rules.demand_sound(lines, terms.catalogue)
    after = rules.merged({} if whole else opened.lines, lines)
    if after == opened.lines and row.revision:
        return opened
    say(ctx, row, after)
    if opened.status is EconomyStatus.DUE:
        row.status = EconomyStatus.DRAFT.value
    event = step(ctx, row, opened.enterprise, "entered", lambda facts: EconomyReportEnteredV1(**facts))
    await store(ctx, [event])
    return OpenedReport(row, opened.enterprise, after)


async def submit_report(ctx: Context, opened: OpenedReport, reasons: Reasons) -> OpenedReport:
    """Hand the draft in; every doubt about it is confirmed with a reason.

    Raises ReportStepRefused, MonthClosed, FlashAfterFinal, ReportIncomplete, ReportUnsound, WarningsUnconfirmed.
    """
    rules.demand_status(opened.status, (EconomyStatus.DRAFT, EconomyStatus.RETURNED))
    await demand_open(ctx, opened.row)
    terms = await load_terms(ctx)
    before = await figures_before(ctx, opened.row)
    event = hand_in(ctx, opened, terms, before, reasons, "submitted")
    await store(ctx, [event])
    await settle_duty(ctx, opened.row, opened.enterprise, terms, may_open=False)
    return opened


async def correct_report(
    ctx: Context, opened: OpenedReport, changes: Lines, reason: str, reasons: Reasons
) -> OpenedReport:
    """Say otherwise what counts already, or anything of a closed month, with a reason; it waits for review.

    What counted before goes on counting until the correction is accepted. Raises ReportStepRefused,
    NothingCorrected and as :func:`submit_report`.
    """
    row, terms = opened.row, await load_terms(ctx)
    closed = (await load_closings(ctx, row.month)).hold_in(row.region_code)
    if not closed:
        rules.demand_status(opened.status, (EconomyStatus.ACCEPTED,))
    after = rules.merged(opened.lines, changes)
    rules.demand_change(opened.lines, after)
    say(ctx, row, after, correction=reason)
    corrected = OpenedReport(row, opened.enterprise, after)
    event = hand_in(ctx, corrected, terms, await figures_before(ctx, row), reasons, "corrected", reason)
    await store(ctx, [event])
    await settle_duty(ctx, row, opened.enterprise, terms, may_open=False)
    return corrected


async def demand_open(ctx: Context, row: ReportRow) -> None:
    """Raises MonthClosed, FlashAfterFinal."""
    (await load_closings(ctx, row.month)).demand_open(row.month, row.region_code)
    if row.edition == Edition.FLASH and await repository.has_accepted_final(
        ctx.session, row.enterprise_id, row.month
    ):
        raise FlashAfterFinal(month=f"{row.month:%Y-%m}")


def hand_in(
    ctx: Context,
    opened: OpenedReport,
    terms: Terms,
    before: Mapping[str, Derived],
    reasons: Reasons,
    action: str,
    reason: str = "",
) -> EventRow:
    """The step from draft, or from what counts, to review; the month is open or this is a correction.

    Raises ReportUnsound, ReportIncomplete, WarningsUnconfirmed.
    """
    row = opened.row
    rules.demand_sound(opened.lines, terms.catalogue)
    rules.demand_complete(opened.lines, terms.catalogue, Edition(row.edition))
    found = confirmed(doubts_of(opened, terms, before), reasons)
    row.status, row.reason = EconomyStatus.SUBMITTED.value, reason
    row.warnings = [stored_warning(one, ctx.principal.subject) for one in found]
    if row.submitted_on is None:
        row.submitted_on = today_of(ctx)
        row.late = row.submitted_on > row.due_on

    def tell(facts: dict[str, Any]) -> EventPayload:
        return EconomyReportSubmittedV1(
            **facts,
            submitted_on=row.submitted_on,
            late=row.late,
            is_correction=bool(reason),
            reason=reason,
            warnings=len(found),
        )

    return step(ctx, row, opened.enterprise, action, tell, reason)


def doubts_of(opened: OpenedReport, terms: Terms, before: Mapping[str, Derived]) -> list[Warned]:
    """What looks wrong in the report as it stands."""
    row = opened.row
    now = derived_lines(opened.lines, terms, row.month, before)
    return doubts(terms.catalogue, now, before, terms.rules, row.region_code, row.month)


def derived_lines(lines: Lines, terms: Terms, month: date, before: Mapping[str, Derived]) -> dict[str, Derived]:
    """Month and year of each line, the one that was not said by the months before."""
    return {
        code: derive(terms.catalogue[code], month, line, before[code].cumulative if code in before else None)
        for code, line in lines.items()
        if code in terms.catalogue
    }


async def figures_before(ctx: Context, row: ReportRow) -> Mapping[str, Derived]:
    """What counts of the month before."""
    earlier = months.plus(row.month, -1)
    return (await counted_rows.figures_at(ctx.session, [row.enterprise_id], earlier)).get(row.enterprise_id, {})


def stored_warning(one: Warned, subject: str) -> dict[str, Any]:
    return {
        "doubt": one.doubt.value,
        "indicator": one.indicator,
        "params": dict(one.params),
        "reason": one.reason,
        "confirmed_by": subject if one.reason else None,
    }


async def store(ctx: Context, events: list[EventRow]) -> None:
    """Write what the steps changed, then their events."""
    await ctx.session.flush()
    await record_events(ctx, events)
