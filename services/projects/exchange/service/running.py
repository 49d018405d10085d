"""Carrying out one import, in the transaction that also keeps its result.

A trial run does all that an application does, then takes it back: what it promises is what will happen. The same
way an import with faults is taken back as a whole; its faults stay.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from pydantic import ValidationError

from libs.common.context import Context
from libs.common.security.audit import audit
from libs.common.sheets.model import FileFault, Limits
from libs.common.sheets.reading import read_book
from libs.common.web.problems import DomainError
from services.projects.exchange import repository
from services.projects.exchange.domain.faults import Fault, Notice
from services.projects.exchange.domain.modes import Mode, Phase, State
from services.projects.exchange.entities.base import ImportEntity, Job, OnExisting, Outcome, Row
from services.projects.exchange.parsing import Parser
from services.projects.exchange.service.imports import entity_of
from services.projects.exchange.tables import ImportRow
from services.projects.exchange.wording import Words
from services.projects.ledger.service.ledger import Ledger

MAX_FAULTS = 10_000
_TELL_SECONDS = 0.5


@dataclass(slots=True)
class Tally:
    """How far an import is: rows seen and written, what they did, and the faults found."""

    rows: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    errors: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(self.outcomes.values())

    def add(self, fault: Fault) -> None:
        """Count a fault, and keep it unless there are too many to be read."""
        self.errors += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)


class _TakenBack(Exception):
    """Ends the savepoint of what must not stay."""


Tell = Callable[[Phase, Tally], Awaitable[None]]


class _Report:
    """The entity's reporter: outcomes and faults of rows go into the tally."""

    def __init__(self, tally: Tally, parser: Parser, words: Words) -> None:
        self._tally = tally
        self._parser = parser
        self._words = words

    def done(self, row: Row, outcome: Outcome) -> None:
        self._tally.outcomes[outcome] += 1

    def refused(self, row: Row, error: DomainError | ValidationError) -> None:
        for name, code, texts in self._words.faults(error):
            self._tally.add(self._parser.of_field(row, name, code, texts))


async def run_import(
    ctx: Context, ledger: Ledger, words: Words, limits: Limits, row: ImportRow, tell: Tell
) -> Tally:
    """Carry out a locked import for its caller, who is ``ctx``'s; ``tell`` is called now and then.

    Raises what the database raises; then nothing has happened, and it may be tried again.
    """
    entity = entity_of(row.entity)
    tally = Tally()
    parser = Parser(entity, words, limits)
    job = Job(ctx, ledger, OnExisting(row.on_existing), _Report(tally, parser, words))
    with suppress(_TakenBack):
        async with import_file(ctx, row) as path, ctx.session.begin_nested():
            try:
                await _work(entity, job, parser, path, limits, tally, _seldom(tell))
            except FileFault as fault:
                tally.add(parser.of_file(fault))
            if tally.errors or Mode(row.mode) is Mode.DRY_RUN:
                raise _TakenBack
    await _keep(ctx, row, tally, parser.notices)
    return tally


async def _work(
    entity: ImportEntity, job: Job, parser: Parser, path: Path, limits: Limits, tally: Tally, tell: Tell
) -> None:
    batch: list[Row] = []

    async def write() -> None:
        await entity.apply(job, batch)
        batch.clear()
        await tell(Phase.WRITING, tally)

    for item in parser.read(read_book(path, limits)):
        if isinstance(item, Fault):
            tally.add(item)
            continue
        tally.rows += 1
        batch.append(item)
        if len(batch) >= entity.batch_size:
            await write()
    if batch:
        await write()


def _seldom(tell: Tell) -> Tell:
    last = 0.0

    async def tell_seldom(phase: Phase, tally: Tally) -> None:
        nonlocal last
        # Real time: how often readers are told has nothing to do with the stack's clock.
        if time.monotonic() - last >= _TELL_SECONDS:
            await tell(phase, tally)
            last = time.monotonic()

    return tell_seldom


@asynccontextmanager
async def import_file(ctx: Context, row: ImportRow) -> AsyncIterator[Path]:
    """The import's file on disk, while it is read."""
    with NamedTemporaryFile(prefix="duban-import-", suffix=f".{row.format}") as file:
        async for data in repository.read_content(ctx.session, row.content_id):
            file.write(data)
        file.flush()
        yield Path(file.name)


async def _keep(ctx: Context, row: ImportRow, tally: Tally, notices: list[Notice]) -> None:
    if tally.errors:
        row.state = State.REJECTED.value
    else:
        row.state = (State.APPLIED if Mode(row.mode) is Mode.APPLY else State.CHECKED).value
    row.finished_at = ctx.now
    row.rows, row.errors = tally.rows, tally.errors
    row.inserted = tally.outcomes[Outcome.INSERTED]
    row.updated = tally.outcomes[Outcome.UPDATED]
    row.unchanged = tally.outcomes[Outcome.UNCHANGED]
    row.notices = [{"code": notice.code, "params": dict(notice.params)} for notice in notices]
    ctx.session.add(row)
    await ctx.session.flush()
    await repository.insert_faults(ctx.session, row.id, tally.faults)
    detail: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("entity", "mode", "sha256", "rows", "inserted", "updated", "unchanged", "errors")
    }
    await audit(ctx, "import.run", "imports", str(row.id), detail, result=row.state)
