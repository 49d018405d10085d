"""One edit of many projects: looked at first, then applied to exactly the versions that were looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.remember import remembering
from libs.common.web.problems import DomainError, FieldError, NotFound
from services.projects.exchange import repository
from services.projects.exchange.domain.edits import Edited, EditOutcome, OnError, PlanChange
from services.projects.exchange.errors import (
    BulkEditNothingToDo,
    BulkEditRefused,
    BulkEditStale,
    BulkEditTooLarge,
)
from services.projects.exchange.tables import BulkEditRow
from services.projects.ledger.domain.history import changes_between
from services.projects.ledger.domain.planning import next_move
from services.projects.ledger.schemas import StageChange
from services.projects.ledger.service import lifecycle
from services.projects.ledger.service.batch import BatchLedger
from services.projects.ledger.service.ledger import Ledger, Opened
from services.projects.registry.repository import by_keys
from services.projects.registry.tables import EnterpriseRow, PersonRow, UnitRow

# Between two turns of the event loop: some ten milliseconds of other people's waiting.
_AT_ONCE = 25
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Edit:
    """What is done to each project, by the use cases of the ledger."""

    facts: Mapping[str, Any]
    plan: PlanChange
    stage: StageChange | None
    reason: str
    confirmed: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.facts and not self.plan.planned and not self.plan.shifts and self.stage is None


@dataclass(frozen=True, slots=True)
class Applied:
    """The results in the order of the projects' ids; ``edit_id`` names a preview."""

    results: Sequence[Edited]
    edit_id: UUID | None = None

    def count(self, outcome: EditOutcome) -> int:
        return sum(result.outcome is outcome for result in self.results)


async def select_projects(ctx: Context, conditions: Sequence[Any], limit: int) -> list[UUID]:
    """The projects a filter selects for the caller. Raises BulkEditTooLarge, BulkEditNothingToDo."""
    found = await repository.selected_projects(ctx.session, ctx.principal, conditions, limit + 1)
    if len(found) > limit:
        raise BulkEditTooLarge(limit=limit)
    if not found:
        raise BulkEditNothingToDo
    return found


async def preview(ctx: Context, ledger: Ledger, ids: Sequence[UUID], edit: Edit, asked: dict[str, Any]) -> Applied:
    """What the edit would do; kept for a day under an id, with the versions it was shown for.

    Raises BulkEditNothingToDo, NotFound for a project the caller may not see.
    """
    # What a guard takes note of on the way, such as an override that is used up, is taken back.
    async with ctx.session.begin_nested() as tried:
        with remembering(ctx.session):
            _, results = await _carry_out(ctx, ledger, ids, edit, {})
        await tried.rollback()
    row = BulkEditRow(
        id=ctx.new_id(),
        state="preview",
        reason=edit.reason,
        changes=asked,
        versions={str(result.project_id): result.version for result in results},
        created_by=ctx.principal.subject,
        created_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return Applied(results, row.id)


async def get_preview(ctx: Context, edit_id: UUID) -> BulkEditRow:
    """The caller's own preview, locked, that nobody has applied yet. Raises NotFound."""
    row = await repository.find_bulk_edit(ctx.session, edit_id)
    if row is None or row.created_by != ctx.principal.subject or row.state != "preview":
        raise NotFound
    return row


async def apply_edit(
    ctx: Context, ledger: Ledger, edit: Edit, versions: Mapping[UUID, int], on_error: OnError
) -> Applied:
    """Change the projects that stand at the versions the caller saw.

    Raises BulkEditStale naming those that do not, BulkEditRefused when a project refuses and none is to be
    skipped, BulkEditNothingToDo, NotFound.
    """
    with remembering(ctx.session):
        batch, results = await _carry_out(ctx, ledger, list(versions), edit, versions)
        refused = [result for result in results if result.outcome is EditOutcome.REFUSED]
        if refused and on_error is OnError.REFUSE:
            raise BulkEditRefused(refused=len(refused), errors=[_fault(result) for result in refused[:100]])
        await batch.flush(ctx)
    return Applied(results)


async def _carry_out(
    ctx: Context, ledger: Ledger, ids: Sequence[UUID], edit: Edit, versions: Mapping[UUID, int]
) -> tuple[BatchLedger, list[Edited]]:
    if edit.is_empty or not ids:
        raise BulkEditNothingToDo
    batch = BatchLedger(ledger)
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _CHUNK):
        await batch.load(ctx, ids=wanted[start : start + _CHUNK])
    opened = [await batch.open(ctx, project_id) for project_id in wanted]
    _demand_versions(opened, versions)
    kept = await _keep_references(ctx, edit)
    results: list[Edited] = []
    for number, one in enumerate(opened):
        results.append(await _edit_one(ctx, batch, one, edit))
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    del kept
    return batch, results


def _demand_versions(opened: Sequence[Opened], versions: Mapping[UUID, int]) -> None:
    changed = [one for one in opened if versions and versions[one.project.id] != one.version]
    if changed:
        errors = [
            FieldError("project.changed", f"/versions/{one.project.id}", {"code": one.project.code})
            for one in changed[:100]
        ]
        raise BulkEditStale(changed=len(changed), errors=errors)


async def _keep_references(ctx: Context, edit: Edit) -> list[Any]:
    """The registry's rows that the facts name, so that each project's check finds them in the session."""
    kept: list[Any] = []
    for name, table, key in (
        ("responsible_person_id", PersonRow, "person_id"),
        ("responsible_unit_id", UnitRow, "unit_id"),
        ("enterprise_id", EnterpriseRow, "enterprise_id"),
    ):
        if edit.facts.get(name) is not None:
            kept += await by_keys(ctx.session, table, key, [edit.facts[name]])
    return kept


async def _edit_one(ctx: Context, batch: BatchLedger, opened: Opened, edit: Edit) -> Edited:
    project = opened.project
    mark = batch.mark(project.code)
    try:
        after = await _steps(ctx, batch, opened, edit)
    except DomainError as error:
        batch.undo(project.code, mark)
        return Edited(project.id, project.code, project.name, opened.version, EditOutcome.REFUSED, (), error)
    changes = changes_between(project, after.project)
    outcome = EditOutcome.CHANGED if changes else EditOutcome.UNCHANGED
    return Edited(project.id, project.code, project.name, opened.version, outcome, changes)


async def _steps(ctx: Context, batch: BatchLedger, opened: Opened, edit: Edit) -> Opened:
    after = opened
    if edit.facts:
        after = await lifecycle.amend_project(batch, ctx, after, edit.facts, edit.reason, confirmed=edit.confirmed)
    days = edit.plan.of(after.project)
    while days:
        milestone = next_move(after.project, days)
        on = days.pop(milestone)
        after = await lifecycle.replan_milestone(batch, ctx, after, milestone, on, edit.reason)
    if edit.stage is not None and after.project.stage is not edit.stage.stage:
        after = await lifecycle.enter_stage(
            batch,
            ctx,
            after,
            edit.stage.stage,
            edit.stage.on,
            edit.stage.stage_facts(),
            confirmed=edit.confirmed,
        )
    return after


def _fault(result: Edited) -> FieldError:
    return FieldError("project.refuses", f"/versions/{result.project_id}", {"code": result.code})
