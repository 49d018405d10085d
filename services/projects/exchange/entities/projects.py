"""Projects: a row is registered, amended, re-planned and taken through its stages by the use cases of REST.

Each step leaves the version, history and event that the same step leaves over REST (S1, S2): a row that says 开工
with its days is a registration, a signing and a start. An empty cell says nothing; a stage behind the present
one, another kind or region, and a day that differs from a recorded one are faults, for what has happened is taken
back by a recorded reversal only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from libs.common.contracts.projects import Stage
from libs.common.remember import remembering
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import DomainError, NotFound
from services.projects.exchange.domain.path import Path, path_of
from services.projects.exchange.entities.base import (
    ImportEntity,
    Job,
    Outcome,
    Row,
    demand_present,
    fault,
    pointing,
    refuse_existing,
    validated,
)
from services.projects.exchange.entities.project_table import COLUMNS, PLACES, parts_of
from services.projects.exchange.entities.references import References, column, load_references
from services.projects.ledger.domain.facts import StageFacts
from services.projects.ledger.domain.lifecycle import INTERRUPTED
from services.projects.ledger.domain.planning import next_move
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import PLAN_FIELDS, Milestone
from services.projects.ledger.routes.answers import WRITERS
from services.projects.ledger.schemas import (
    Interruption,
    ProjectCreate,
    ProjectUpdate,
    Replan,
    Resumption,
    StageChange,
)
from services.projects.ledger.service import lifecycle
from services.projects.ledger.service.batch import BatchLedger
from services.projects.ledger.service.ledger import Opened
from services.projects.ledger.service.references import code_taken

_NEEDED = ("code", "name", "kind", "region_code")
_IDENTITY = ("kind", "region_code")
_REFERENCES = {
    "enterprise_code": ("enterprise_id", "enterprises"),
    "responsible_person_code": ("responsible_person_id", "people"),
    "responsible_unit_code": ("responsible_unit_id", "units"),
    "parent_code": ("parent_id", "projects"),
}
# What is told when a stage is entered, and by which one; later it changes with that stage only.
_STAGE_FACTS = {
    "evidence": Stage.STARTED,
    "first_output": Stage.IN_PRODUCTION,
    "actual_output": Stage.AT_CAPACITY,
}


async def apply(job: Job, rows: Sequence[Row]) -> None:
    """One batch. Projects that exist are locked first, all in one order."""
    with remembering(job.ctx.session):
        await _apply(job, rows)


async def _apply(job: Job, rows: Sequence[Row]) -> None:
    batch = BatchLedger(job.ledger)
    await batch.load(job.ctx, codes=[str(row.values["code"]) for row in rows])
    references = await load_references(
        job.ctx.session,
        regions=column(rows, "region_code"),
        units=column(rows, "responsible_unit_code"),
        people=column(rows, "responsible_person_code"),
        enterprises=column(rows, "enterprise_code"),
        projects=column(rows, "parent_code"),
    )
    for row in rows:
        code = str(row.values["code"])
        parent_id = references.projects.get(str(row.values.get("parent_code")))
        if parent_id is not None and batch.hides_family(parent_id):
            await batch.flush(job.ctx)
        mark = batch.mark(code)
        try:
            outcome = await _Steps(job, batch, references, row).take()
        except (DomainError, ValidationError) as error:
            batch.undo(code, mark)
            job.report.refused(row, error)
        else:
            written = batch.find(code)
            if written is not None:
                # Phases may follow their project in the same table.
                references.projects[code] = written.project.id
            job.report.done(row, outcome)
    await batch.flush(job.ctx)


class _Steps:
    """The steps of one row."""

    def __init__(self, job: Job, batch: BatchLedger, references: References, row: Row) -> None:
        self._job = job
        self._batch = batch
        self._row = row
        self._references = references

    async def take(self) -> Outcome:
        """Do what the row says. Raises DomainError, ValidationError."""
        opened = self._batch.find(str(self._row.values["code"]))
        if opened is None:
            await self._advance(await self._register())
            return Outcome.INSERTED
        refuse_existing(self._job, "code")
        self._demand_reach(opened)
        self._demand_same(opened)
        after = await self._amend(opened)
        if after.project.stage is not Stage.TERMINATED:
            after = await self._replan(after)
        after = await self._advance(after)
        return Outcome.UNCHANGED if after.version == opened.version else Outcome.UPDATED

    def _demand_reach(self, opened: Opened) -> None:
        # Over REST the code of somebody else's project is taken, and no more is told of it.
        try:
            ensure_region(self._job.ctx.principal, opened.project.region_code)
            ensure_enterprise(self._job.ctx.principal, opened.project.enterprise_id)
        except NotFound as error:
            raise code_taken(opened.project.code) from error

    async def _register(self) -> Opened:
        demand_present(self._row, _NEEDED)
        facts = {name: value for name, value in self._facts(ProjectCreate, None).items() if value is not None}
        body = validated(ProjectCreate, facts)
        job = self._job
        draft = body.draft(job.ctx.new_id())
        return await lifecycle.register_project(
            self._batch, job.ctx, draft, body.planned(), confirmed=body.confirm_amount
        )

    def _facts(self, model: Any, known: Project | None) -> dict[str, Any]:
        """The row's fields of a model, with ids for codes, and parts that the row adds to as a whole."""
        facts = self._row.facts
        if "summary" in self._row.cleared:
            # The one text that is empty rather than absent.
            facts["summary"] = ""
        for name, (field, kind) in _REFERENCES.items():
            if name in facts:
                facts[field] = self._references.resolve(self._row, name, getattr(self._references, kind))
        facts |= parts_of(facts, known)
        return {name: facts[name] for name in model.model_fields if name in facts}

    def _demand_same(self, opened: Opened) -> None:
        """Raises RowFault for what cannot be changed by a table, when it differs."""
        values, project = self._row.values, opened.project
        for name in _IDENTITY:
            if values.get(name) is not None and str(values[name]) != str(getattr(project, name)):
                raise fault("import.fixed", name, known=str(getattr(project, name)))
        for name, stage in _STAGE_FACTS.items():
            known = getattr(project, name)
            if known is not None and values.get(name) not in (None, known):
                raise fault("import.fixed_with_stage", name, known=str(known), stage=stage)
        if project.interrupted_on not in (None, values.get("interrupted_on", project.interrupted_on)):
            raise fault("import.day_differs", "interrupted_on", known=project.interrupted_on)
        for stage, on in path_of(project.kind).days(values).items():
            recorded = project.entered_on(stage)
            if recorded is not None and recorded != on:
                raise fault("import.day_differs", path_of(project.kind).field_of(stage), known=recorded)

    async def _amend(self, opened: Opened) -> Opened:
        facts = self._facts(ProjectUpdate, opened.project)
        if not facts.keys() - {"confirm_amount"}:
            return opened
        body = validated(ProjectUpdate, facts)
        reason = str(self._row.values.get("reason") or "")
        return await lifecycle.amend_project(
            self._batch, self._job.ctx, opened, body.facts(), reason, confirmed=body.confirm_amount
        )

    async def _replan(self, opened: Opened) -> Opened:
        """Move planned days; the first plan of a milestone may wait for the stage that is entered with it."""
        project = opened.project
        moves = {
            milestone: on
            for milestone, on in self._planned().items()
            if project.planned(milestone).current_on not in (None, on)
        }
        reason = str(self._row.values.get("reason") or "")
        if moves and not reason:
            raise fault("import.reason_missing", "reason", fields=[PLAN_FIELDS[milestone] for milestone in moves])
        after = opened
        while moves:
            milestone = next_move(after.project, moves)
            body = validated(
                Replan, {"milestone": milestone, "planned_on": moves.pop(milestone), "reason": reason}
            )
            after = await lifecycle.replan_milestone(
                self._batch, self._job.ctx, after, body.milestone, body.planned_on, body.reason
            )
        return after

    def _planned(self) -> dict[Milestone, date]:
        values = self._row.values
        return {milestone: values[name] for milestone, name in PLAN_FIELDS.items() if values.get(name) is not None}

    async def _advance(self, opened: Opened) -> Opened:
        """Enter the stages up to the one the row names, suspend, resume or terminate."""
        path = path_of(opened.project.kind)
        target = self._target(opened, path)
        after = opened
        if after.project.stage is Stage.SUSPENDED and target is not Stage.SUSPENDED:
            after = await self._resume(after)
        reached = path.furthest(self._row.values) if target in INTERRUPTED else target
        steps = path.between(after.project.path_stage, reached)
        if after.project.stage in INTERRUPTED and steps:
            raise fault("import.interrupted", "stage", stage=after.project.stage)
        for stage in steps:
            after = await self._enter(after, stage, path, is_first=stage is steps[0])
        after = await self._plan_rest(after)
        if target in INTERRUPTED and after.project.stage is not target:
            after = await self._interrupt(after, target)
        return after

    def _target(self, opened: Opened, path: Path) -> Stage:
        said = self._row.values.get("stage")
        present = opened.project.stage
        if said is None:
            furthest = path.furthest(self._row.values)
            return furthest if path.is_beyond(furthest, opened.project.path_stage) else present
        target = Stage(said)
        if target not in INTERRUPTED and not path.has(target):
            raise fault("import.stage_not_of_kind", "stage", stage=target, kind=opened.project.kind)
        if path.is_beyond(opened.project.path_stage, target):
            raise fault("import.stage_behind", "stage", stage=target, present=present)
        if present is Stage.TERMINATED and target is not Stage.TERMINATED:
            raise fault("import.interrupted", "stage", stage=present)
        return target

    async def _enter(self, opened: Opened, stage: Stage, path: Path, *, is_first: bool) -> Opened:
        on = self._row.values.get(path.field_of(stage))
        if on is None:
            raise fault("fact.required", path.field_of(stage))
        facts = {
            name: self._row.values.get(name)
            for name, entered in _STAGE_FACTS.items()
            if entered is stage and self._row.values.get(name) is not None
        }
        planned = self._unplanned(opened) if is_first else {}
        named = {PLAN_FIELDS[milestone]: day for milestone, day in planned.items()}
        body = validated(StageChange, {"stage": stage, "on": on, **facts, **named})
        given: StageFacts = body.stage_facts()
        with pointing(on=path.field_of(stage)):
            return await lifecycle.enter_stage(self._batch, self._job.ctx, opened, body.stage, body.on, given)

    def _unplanned(self, opened: Opened) -> Mapping[Milestone, date]:
        """What the row plans and nobody has planned yet; what has been reached needs no plan any more."""
        plan = {milestone: opened.project.planned(milestone) for milestone in Milestone}
        return {
            milestone: on
            for milestone, on in self._planned().items()
            if plan[milestone].current_on is None and plan[milestone].actual_on is None
        }

    async def _plan_rest(self, opened: Opened) -> Opened:
        # No stage took the first plan with it; the reason is optional, for nothing is moved.
        after = opened
        if after.project.stage is Stage.TERMINATED:
            return after
        for milestone, on in self._unplanned(after).items():
            reason = str(self._row.values.get("reason") or "")
            after = await lifecycle.replan_milestone(self._batch, self._job.ctx, after, milestone, on, reason)
        return after

    async def _interrupt(self, opened: Opened, target: Stage) -> Opened:
        demand_present(self._row, ("interrupted_on", "interruption_reason"))
        values = self._row.values
        body = validated(Interruption, {"on": values["interrupted_on"], "reason": values["interruption_reason"]})
        interrupt = lifecycle.suspend_project if target is Stage.SUSPENDED else lifecycle.terminate_project
        with pointing(on="interrupted_on", reason="interruption_reason"):
            return await interrupt(self._batch, self._job.ctx, opened, body.on, body.reason)

    async def _resume(self, opened: Opened) -> Opened:
        if self._row.values.get("stage") == Stage.TERMINATED:
            return opened
        demand_present(self._row, ("resumed_on",))
        values = self._row.values
        body = validated(Resumption, {"on": values["resumed_on"], "note": values.get("reason") or ""})
        with pointing(on="resumed_on"):
            return await lifecycle.resume_project(self._batch, self._job.ctx, opened, body.on, body.note)


PROJECTS = ImportEntity("projects", COLUMNS, key=("code",), roles=WRITERS, apply=apply, places=PLACES)
