"""Rows that each write one thing beside a project that exists, by the use cases of REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from typing import Any

from pydantic import ValidationError

from libs.common.remember import remembering
from libs.common.web.problems import DomainError
from services.projects.exchange.domain.columns import Column, Kind
from services.projects.exchange.entities.base import Job, Outcome, Row, fault
from services.projects.ledger.service.batch import BatchLedger
from services.projects.ledger.service.ledger import Opened

Record = Callable[[Job, BatchLedger, Row, Opened], Awaitable[Outcome]]

PROJECT_CODE = Column("project_code", required=True, example="2025-421224-44-03-000001")
RECORDED = (
    Column("project_name", read_only=True),
    Column("recorded_at", Kind.INSTANT, read_only=True),
    Column("recorded_by", read_only=True),
)


async def load_batch(job: Job, rows: Sequence[Row]) -> BatchLedger:
    """The projects that the rows name, locked, with what is recorded of them."""
    batch = BatchLedger(job.ledger)
    await batch.load(job.ctx, codes={str(row.values["project_code"]) for row in rows})
    await batch.load_entries(job.ctx)
    return batch


async def open_named(job: Job, batch: BatchLedger, code: str) -> Opened:
    """The project of a code, within the caller's reach. Raises RowFault, NotFound."""
    known = batch.find(code)
    if known is None:
        raise fault("reference.unknown", "project_code")
    # Asked for by its id, so that the caller's region and enterprise are looked at.
    return await batch.open(job.ctx, known.project.id)


async def record_each(job: Job, rows: Sequence[Row], record: Record, *, remembers: bool = True) -> None:
    """Record row by row. Without ``remembers`` every row reads anew what an earlier one may have written."""
    with remembering(job.ctx.session) if remembers else nullcontext():
        batch = await load_batch(job, rows)
        for row in rows:
            code = str(row.values["project_code"])
            mark = batch.mark(code)
            try:
                outcome = await record(job, batch, row, await open_named(job, batch, code))
            except (DomainError, ValidationError) as error:
                batch.undo(code, mark)
                job.report.refused(row, error)
            else:
                job.report.done(row, outcome)
        await batch.flush(job.ctx)


def said(row: Row, *names: str) -> dict[str, Any]:
    """The fields of a row that it fills."""
    return {name: row.values[name] for name in names if row.values.get(name) is not None}
