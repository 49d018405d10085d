"""Progress, investment and output by month, and funds that arrived: by the rules of REST."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

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
from services.projects.exchange.entities.recording import PROJECT_CODE, RECORDED, record_each, said
from services.projects.ledger.domain.funds import ArrivalState, FundsSource
from services.projects.ledger.routes.answers import REPORTERS
from services.projects.ledger.schemas import FundsArrivalCreate, InvestmentCreate, OutputCreate, ProgressCreate
from services.projects.ledger.service.batch import BatchLedger
from services.projects.ledger.service.entries import record_investment, record_progress
from services.projects.ledger.service.funds import FundsDraft, record_funds
from services.projects.ledger.service.ledger import Opened
from services.projects.ledger.service.outputs import record_output

_FIGURES = ("output_value_yuan", "tax_yuan", "physical_output")


async def _progress(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    demand_present(row, ("on", "percent"))
    body = validated(ProgressCreate, said(row, "on", "percent", "note"))
    same_day = [entry for entry in await batch.progress_of(job.ctx, opened.project.id) if entry.on == body.on]
    if same_day:
        refuse_existing(job, "on")
        if same_day[-1].percent == body.percent:
            return Outcome.UNCHANGED
    await record_progress(batch, job.ctx, opened, body.on, body.percent, body.note)
    return Outcome.UPDATED if same_day else Outcome.INSERTED


async def _investment(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    demand_present(row, ("month", "amount_yuan"))
    body = validated(InvestmentCreate, said(row, "month", "amount_yuan", "note", "confirm_amount"))
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
    body = validated(FundsArrivalCreate, said(row, *names, "note", "confirm_amount"))
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


async def _output(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    """A month's figures; what the row leaves empty stays as it is known."""
    demand_present(row, ("month",))
    month: date = row.values["month"].replace(day=1)
    known = (await batch.outputs_of(job.ctx, opened.project.id)).get(month)
    figures = {} if known is None else {name: getattr(known, name) for name in _FIGURES}
    figures |= {name: value for name, value in row.facts.items() if name in _FIGURES}
    if figures.get("output_value_yuan") is None:
        raise fault("fact.required", "output_value_yuan")
    body = validated(OutputCreate, {"month": month, **figures, **said(row, "note", "confirm_amount")})
    if known is not None:
        refuse_existing(job, "month")
        if known == body.output():
            return Outcome.UNCHANGED
    await record_output(batch, job.ctx, opened, body.output(), body.note, confirmed=body.confirm_amount)
    return Outcome.INSERTED if known is None else Outcome.UPDATED


async def _apply_progress(job: Job, rows: Sequence[Row]) -> None:
    await record_each(job, rows, _progress)


async def _apply_investments(job: Job, rows: Sequence[Row]) -> None:
    await record_each(job, rows, _investment)


async def _apply_arrivals(job: Job, rows: Sequence[Row]) -> None:
    await record_each(job, rows, _arrival)


async def _apply_outputs(job: Job, rows: Sequence[Row]) -> None:
    await record_each(job, rows, _output)


PROGRESS = ImportEntity(
    "progress-entries",
    (
        PROJECT_CODE,
        Column("on", Kind.DATE, required=True, example="2026-09-09"),
        Column("percent", Kind.PERCENT, required=True, example="52"),
        Column("note", example="塔筒吊装"),
        *RECORDED,
        Column("id", Kind.ID, read_only=True),
    ),
    key=("project_code", "on"),
    roles=REPORTERS,
    apply=_apply_progress,
)
INVESTMENTS = ImportEntity(
    "investment-entries",
    (
        PROJECT_CODE,
        Column("month", Kind.MONTH, required=True, example="2026-08"),
        Column("amount_yuan", Kind.MONEY, required=True, example="320"),
        Column("note"),
        Column("confirm_amount", Kind.BOOLEAN),
        *RECORDED,
    ),
    key=("project_code", "month"),
    roles=REPORTERS,
    apply=_apply_investments,
)
ARRIVALS = ImportEntity(
    "funds-arrivals",
    (
        PROJECT_CODE,
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
        *RECORDED,
        Column("id", Kind.ID, read_only=True),
    ),
    key=("project_code", "on", "amount_yuan", "payer", "evidence"),
    roles=REPORTERS,
    apply=_apply_arrivals,
)
OUTPUTS = ImportEntity(
    "output-entries",
    (
        PROJECT_CODE,
        Column("month", Kind.MONTH, required=True, example="2026-08"),
        Column("output_value_yuan", Kind.MONEY, on_new=True, example="560"),
        Column("tax_yuan", Kind.MONEY, example="42"),
        Column("physical_output", Kind.DECIMAL, example="12.5"),
        Column("note"),
        Column("confirm_amount", Kind.BOOLEAN),
        *RECORDED,
    ),
    key=("project_code", "month"),
    roles=REPORTERS,
    apply=_apply_outputs,
)
