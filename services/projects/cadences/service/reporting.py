"""Handing a report in: what it tells goes into the ledger and to the problems in the same transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import CheckSubmittedV1
from libs.common.local_time import today_of
from libs.common.web.problems import DomainError
from services.projects.cadences.domain import check as steps
from services.projects.cadences.domain.reports import Answer, Report, check_report, progress_day
from services.projects.cadences.service.checks import OpenedCheck, open_check, read_check, store
from services.projects.cadences.tables import CheckSubmissionRow
from services.projects.ledger.repository import investments_of
from services.projects.ledger.service.entries import record_investment, record_progress
from services.projects.ledger.service.ledger import Ledger, Opened
from services.projects.problems.service.problems import Draft, raise_problem


@dataclass(frozen=True, slots=True)
class Submission:
    """A report with the problems it raises; ``confirmed``: doubtful amounts are meant as they are."""

    report: Report
    problems: tuple[Draft, ...] = ()
    confirmed: bool = False


async def open_for_report(ledger: Ledger, ctx: Context, check_id: UUID) -> tuple[Opened, OpenedCheck]:
    """The project and the check, both locked: first the project, as everybody does. Raises NotFound."""
    seen = await read_check(ctx, check_id)
    project = await ledger.open(ctx, seen.row.project_id)
    return project, await open_check(ctx, check_id)


async def submit_report(
    ledger: Ledger, ctx: Context, project: Opened, opened: OpenedCheck, submission: Submission
) -> tuple[OpenedCheck, CheckSubmissionRow]:
    """Hand a report in.

    Raises CheckStepRefused, CheckOfInterruptedProject, CheckIncomplete, CheckOutsidePeriod, and what the ledger
    and the problems raise, pointing into the report.
    """
    report, check, today = submission.report, opened.check, today_of(ctx)
    after = steps.submit(check, opened.stage, today)
    check_report(report, check.level, check.period, opened.stage, today)
    project, progress = await _enter_progress(ledger, ctx, project, opened, report)
    project, investments = await _enter_investments(ledger, ctx, project, opened, submission)
    problem_ids = await _raise_problems(ctx, opened, submission.problems)
    row = CheckSubmissionRow(
        check_id=check.id,
        number=after.submissions,
        at=ctx.now,
        actor=ctx.principal.subject,
        actor_role=ctx.principal.role.value,
        actor_person_id=ctx.principal.person_id,
        late=today > check.due_on,
        narrative=report.narrative,
        progress=progress,
        investments=investments,
        problem_ids=[str(one) for one in problem_ids],
        answers={code: _json(answer) for code, answer in (report.answers or {}).items()},
    )
    ctx.session.add(row)

    def tell(facts: dict[str, Any]) -> CheckSubmittedV1:
        return CheckSubmittedV1(
            **facts,
            number=row.number,
            submitted_on=today,
            late=row.late,
            percent=None if report.progress is None else float(report.progress.percent),
            investment_yuan=sum(one.amount_yuan for one in report.investments) if report.investments else None,
            problem_ids=tuple(problem_ids),
        )

    return await store(ctx, opened, after, tell, "submitted", report.narrative), row


async def _enter_progress(
    ledger: Ledger, ctx: Context, project: Opened, opened: OpenedCheck, report: Report
) -> tuple[Opened, dict[str, Any] | None]:
    entry = report.progress
    if entry is None:
        return project, None
    on = progress_day(entry, opened.check.period, today_of(ctx))
    with _below("/progress"):
        project, row = await record_progress(ledger, ctx, project, on, entry.percent, entry.note)
    return project, {"entry_id": str(row.id), "on": str(on), "percent": str(entry.percent), "note": entry.note}


async def _enter_investments(
    ledger: Ledger, ctx: Context, project: Opened, opened: OpenedCheck, submission: Submission
) -> tuple[Opened, list[dict[str, Any]]]:
    entries = submission.report.investments
    if not entries:
        return project, []
    known = {one.month: one.amount_yuan for one in await investments_of(ctx.session, project.project.id)}
    told = []
    for place, entry in enumerate(entries):
        month = entry.month.replace(day=1)
        note = entry.note
        if not note and entry.amount_yuan > known.get(month, entry.amount_yuan):
            # A month that goes on grows from report to report: which report said so is reason enough.
            note = f"{opened.row.level_name} {opened.row.period}"
        with _below(f"/investments/{place}"):
            project, _ = await record_investment(
                ledger, ctx, project, month, entry.amount_yuan, note, confirmed=submission.confirmed
            )
        told.append({"month": str(month), "amount_yuan": entry.amount_yuan, "note": note})
    return project, told


async def _raise_problems(ctx: Context, opened: OpenedCheck, drafts: Sequence[Draft]) -> list[UUID]:
    found = []
    for place, draft in enumerate(drafts):
        with _below(f"/problems/{place}"):
            found.append((await raise_problem(ctx, opened.row.project_id, draft)).row.id)
    return found


@contextmanager
def _below(prefix: str) -> Iterator[None]:
    """Faults found by another slice's use case point to where its facts stand in the report."""
    try:
        yield
    except DomainError as error:
        error.errors = tuple(
            replace(fault, pointer=prefix + fault.pointer) if fault.parameter is None else fault
            for fault in error.errors
        )
        raise


def _json(answer: Answer) -> Any:
    return str(answer) if isinstance(answer, Decimal) else answer
