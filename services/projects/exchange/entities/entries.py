"""Progress, investment by month and funds that arrived: of projects that exist, by the rules of REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from libs.common.remember import remembering
from libs.common.web.problems import DomainError
from services.projects.exchange.domain.columns import Column, Kind
from services.projects.exchange.entities.base import (
    ImportEntity,
    Job,
    Outcome,
    Row,
    demand_present,
    fault,
    refuse_existing,
    validated,
)
from services.projects.ledger.domain.funds import ArrivalState, FundsSource
from services.projects.ledger.routes.answers import REPORTERS
from services.projects.ledger.schemas import FundsArrivalCreate, InvestmentCreate, ProgressCreate
from services.projects.ledger.service.batch import BatchLedger
from services.projects.ledger.service.entries import record_investment, record_progress
from services.projects.ledger.service.funds import FundsDraft, record_funds
from services.projects.ledger.service.ledger import Opened

Record = Callable[[Job, BatchLedger, Row, Opened], Awaitable[Outcome]]


async def _apply(job: Job, rows: Sequence[Row], record: Record) -> None:
    with remembering(job.ctx.session):
        await _record_all(job, rows, record)


async def _record_all(job: Job, rows: Sequence[Row], record: Record) -> None:
    batch = BatchLedger(job.ledger)
    await batch.load(job.ctx, codes={str(row.values["project_code"]) for row in rows})
    await batch.load_entries(job.ctx)
    for row in rows:
        code = str(row.values["project_code"])
        mark = batch.mark(code)
        try:
            known = batch.find(code)
            if known is None:
                raise fault("reference.unknown", "project_code")
            # Asked for by its id, so that the caller's region and enterprise are looked at.
            outcome = await record(job, batch, row, await batch.open(job.ctx, known.project.id))
        except (DomainError, ValidationError) as error:
            batch.undo(code, mark)
            job.report.refused(row, error)
        else:
            job.report.done(row, outcome)
    await batch.flush(job.ctx)


async def _progress(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    demand_present(row, ("on", "percent"))
    body = validated(ProgressCreate, _said(row, "on", "percent", "note"))
    same_day = [entry for entry in await batch.progress_of(job.ctx, opened.project.id) if entry.on == body.on]
    if same_day:
        refuse_existing(job, "on")
        if same_day[-1].percent == body.percent:
            return Outcome.UNCHANGED
    await record_progress(batch, job.ctx, opened, body.on, body.percent, body.note)
    return Outcome.UPDATED if same_day else Outcome.INSERTED


async def _investment(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    demand_present(row, ("month", "amount_yuan"))
    body = validated(InvestmentCreate, _said(row, "month", "amount_yuan", "note", "confirm_amount"))
    month: date = body.month.replace(day=1)
    known = {entry.month: entry.amount_yuan for entry in await batch.investments_of(job.ctx, opened.project.id)}
    if month in known:
        refuse_existing(job, "month")
        if known[month] == int(body.amount_yuan):
            return Outcome.UNCHANGED
    await record_investment(
        batch, job.ctx, opened, month, int(body.amount_yuan), body.note, confirmed=body.confirm_amount
    )
    return Outcome.UPDATED if month in known else Outcome.INSERTED


async def _arrival(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    """A slip enters once; what became of it since is decided over REST, by other people."""
    names = ("on", "amount_yuan", "source", "payer", "evidence")
    demand_present(row, names)
    body = validated(FundsArrivalCreate, _said(row, *names, "note", "confirm_amount"))
    draft = FundsDraft(body.on, int(body.amount_yuan), body.source, body.payer, body.evidence, body.note)
    slip = (draft.on, draft.amount_yuan, draft.payer, draft.evidence)
    for known in await batch.arrivals_of(job.ctx, opened.project.id):
        if (known.on, known.amount_yuan, known.payer, known.evidence) == slip:
            refuse_existing(job, "evidence")
            if known.source is not draft.source:
                raise fault("import.fixed", "source", known=known.source)
            return Outcome.UNCHANGED
    await record_funds(batch, job.ctx, opened, draft, confirmed=body.confirm_amount)
    return Outcome.INSERTED


def _said(row: Row, *names: str) -> dict[str, Any]:
    return {name: row.values[name] for name in names if row.values.get(name) is not None}


async def _apply_progress(job: Job, rows: Sequence[Row]) -> None:
    await _apply(job, rows, _progress)


async def _apply_investments(job: Job, rows: Sequence[Row]) -> None:
    await _apply(job, rows, _investment)


async def _apply_arrivals(job: Job, rows: Sequence[Row]) -> None:
    await _apply(job, rows, _arrival)


PROGRESS = ImportEntity(
    "progress-entries",
    (
        Column("project_code", required=True, example="2025-421224-44-03-000001"),
        Column("on", Kind.DATE, required=True, example="2026-09-09"),
        Column("percent", Kind.PERCENT, required=True, example="52"),
        Column("note", example="塔筒吊装"),
        Column("project_name", read_only=True),
        Column("recorded_at", Kind.INSTANT, read_only=True),
        Column("recorded_by", read_only=True),
        Column("id", Kind.ID, read_only=True),
    ),
    key=("project_code", "on"),
    roles=REPORTERS,
    apply=_apply_progress,
)
INVESTMENTS = ImportEntity(
    "investment-entries",
    (
        Column("project_code", required=True, example="2025-421224-44-03-000001"),
        Column("month", Kind.MONTH, required=True, example="2026-08"),
        Column("amount_yuan", Kind.MONEY, required=True, example="320"),
        Column("note"),
        Column("confirm_amount", Kind.BOOLEAN),
        Column("project_name", read_only=True),
        Column("recorded_at", Kind.INSTANT, read_only=True),
        Column("recorded_by", read_only=True),
    ),
    key=("project_code", "month"),
    roles=REPORTERS,
    apply=_apply_investments,
)
ARRIVALS = ImportEntity(
    "funds-arrivals",
    (
        Column("project_code", required=True, example="2025-421224-44-03-000001"),
        Column("on", Kind.DATE, required=True, example="2026-08-20"),
        Column("amount_yuan", Kind.MONEY, required=True, example="2000"),
        Column("source", Kind.TERM, FundsSource, on_new=True),
        Column("payer", required=True, example="风电投资方（演示）"),
        Column("evidence", required=True, example="银行进账单 2026-0820-17"),
        Column("note"),
        Column("confirm_amount", Kind.BOOLEAN),
        Column("state", Kind.TERM, ArrivalState, read_only=True),
        Column("verified_on", Kind.DATE, read_only=True),
        Column("decision_note", read_only=True),
        Column("withdrawal_reason", read_only=True),
        Column("project_name", read_only=True),
        Column("recorded_at", Kind.INSTANT, read_only=True),
        Column("recorded_by", read_only=True),
        Column("id", Kind.ID, read_only=True),
    ),
    key=("project_code", "on", "amount_yuan", "payer", "evidence"),
    roles=REPORTERS,
    apply=_apply_arrivals,
)
