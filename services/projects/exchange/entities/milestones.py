"""Formalities before the start, milestones of a project's own, and key projects: recorded as over REST.

A formality is known by its name, a milestone of the project's own by its title. What a row leaves empty stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
from services.projects.ledger.domain.formalities import Formality
from services.projects.ledger.domain.project import KeyLevel
from services.projects.ledger.repository import formality_rows, own_milestones
from services.projects.ledger.routes.answers import DESIGNATORS, WRITERS
from services.projects.ledger.schemas import FormalityWrite, KeyDesignation, MilestoneCreate, MilestoneUpdate
from services.projects.ledger.service import milestones
from services.projects.ledger.service.batch import BatchLedger
from services.projects.ledger.service.ledger import Opened
from services.projects.ledger.service.phases import designate_key

_PAPER = ("planned_on", "actual_on", "number", "file_reference", "note")
_COLUMNS = (
    Column("planned_on", Kind.DATE, example="2026-11-30"),
    Column("actual_on", Kind.DATE),
    Column("number"),
    Column("file_reference"),
    Column("note"),
    Column("reason"),
    Column("original_on", Kind.DATE, read_only=True),
    *RECORDED,
)


def _paper(row: Row) -> dict[str, Any]:
    facts = {name: value for name, value in row.facts.items() if name in _PAPER}
    if "note" in row.cleared:
        # The one text that is empty rather than absent.
        facts["note"] = ""
    return facts


def _outcome(opened: Opened, after: Opened, *, is_new: bool) -> Outcome:
    if after.version == opened.version:
        return Outcome.UNCHANGED
    return Outcome.INSERTED if is_new else Outcome.UPDATED


async def _milestone(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    title = str(row.values["title"])
    known = await own_milestones(job.ctx.session, opened.project.id, title)
    if len(known) > 1:
        raise fault("import.ambiguous", "title", count=len(known))
    if not known:
        new = validated(MilestoneCreate, {"title": title, **_paper(row)})
        after, _ = await milestones.add_milestone(batch, job.ctx, opened, new.facts())
        return Outcome.INSERTED
    refuse_existing(job, "title")
    body = validated(MilestoneUpdate, {**_paper(row), **said(row, "reason")})
    after, _ = await milestones.change_milestone(batch, job.ctx, opened, known[0].id, body.facts(), body.reason)
    return _outcome(opened, after, is_new=False)


async def _formality(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    formality = Formality(row.values["formality"])
    is_new = formality not in await formality_rows(job.ctx.session, opened.project.id)
    if not is_new:
        refuse_existing(job, "formality")
    body = validated(FormalityWrite, {**_paper(row), **said(row, "reason")})
    after, _ = await milestones.put_formality(batch, job.ctx, opened, formality, body.facts(), body.reason)
    return _outcome(opened, after, is_new=is_new)


async def _designation(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    """Of a level, or, where the level is cleared, no key project any more."""
    if "level" not in row.facts:
        raise fault("fact.required", "level")
    said_level = row.facts["level"]
    level, known = None if said_level is None else KeyLevel(said_level), opened.project.key_level
    if known is not None:
        refuse_existing(job, "level")
    if level is known:
        return Outcome.UNCHANGED
    demand_present(row, ("reason",))
    body = validated(KeyDesignation, {"level": level, **said(row, "reason")})
    await designate_key(batch, job.ctx, opened, body.level, body.reason)
    return Outcome.INSERTED if known is None else Outcome.UPDATED


async def _apply_milestones(job: Job, rows: Sequence[Row]) -> None:
    await record_each(job, rows, _milestone, remembers=False)


async def _apply_formalities(job: Job, rows: Sequence[Row]) -> None:
    await record_each(job, rows, _formality, remembers=False)


async def _apply_designations(job: Job, rows: Sequence[Row]) -> None:
    await record_each(job, rows, _designation)


MILESTONES = ImportEntity(
    "milestones",
    (PROJECT_CODE, Column("title", required=True, example="升压站送电"), *_COLUMNS),
    key=("project_code", "title"),
    roles=WRITERS,
    apply=_apply_milestones,
)
FORMALITIES = ImportEntity(
    "formalities",
    (PROJECT_CODE, Column("formality", Kind.TERM, Formality, required=True), *_COLUMNS),
    key=("project_code", "formality"),
    roles=WRITERS,
    apply=_apply_formalities,
)
DESIGNATIONS = ImportEntity(
    "key-designations",
    (
        PROJECT_CODE,
        Column("level", Kind.TERM, KeyLevel),
        Column("reason", example="县重点项目名单 2026"),
        Column("key_since", Kind.DATE, read_only=True),
        Column("key_by", read_only=True),
        Column("project_name", read_only=True),
    ),
    key=("project_code",),
    roles=DESIGNATORS,
    apply=_apply_designations,
)
