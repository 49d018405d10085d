"""Conditions of the gate: expired passes and late overrides, opened by the scan, cleared with their cause."""

from collections.abc import Sequence
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import GateOverrideMadeGoodV1
from libs.common.local_time import today_of
from services.projects.conditions.domain.condition import Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.conditions.tables import ConditionRow
from services.projects.gate.domain.gate import GateFacts
from services.projects.gate.domain.overrides import Override, OverrideStatus, make_good
from services.projects.gate.domain.watching import (
    KINDS,
    GateState,
    clearing_reason,
    findings_of,
    is_made_good,
)
from services.projects.gate.repository import reviews as repository
from services.projects.gate.repository import rules
from services.projects.gate.service.recording import override_told, store_override
from services.projects.ledger.domain.project import Project
from services.projects.ledger.repository import find_project, load_project


async def state_of(ctx: Context, project: Project) -> GateState:
    """All that the gate knows of a project now."""
    return GateState(
        facts=GateFacts.of(project),
        stage=project.stage,
        rules=await rules.all_rules(ctx.session),
        standards=await rules.all_standards(ctx.session),
        reviews=await repository.reviews_of_project(ctx.session, project.id),
        overrides=[repository.override_of(row) for row in await repository.override_rows(ctx.session, project.id)],
    )


async def watch_project(ctx: Context, project: Project) -> None:
    """A watcher of the ledger: clear what a change of the project has ended; the scan opens."""
    await watch_projects(ctx, [project])


async def watch_projects(ctx: Context, projects: Sequence[Project]) -> None:
    """:func:`watch_project` for many: those without an open condition cost two queries together."""
    subjects = await repository.gate_subjects(ctx.session, [project.id for project in projects])
    if not subjects:
        return
    known = await open_conditions(ctx.session, KINDS, subjects)
    touched = {subjects[subject_id] for subject_id in known}
    for project in projects:
        if project.id in touched:
            await settle_gate(ctx, project, may_open=False)


async def settle_gate(ctx: Context, project: Project, *, may_open: bool) -> Outcome:
    """Bring overrides and conditions of a project in line with its reviews; the caller holds its lock."""
    state, today = await _make_good(ctx, project, await state_of(ctx, project)), today_of(ctx)
    findings = findings_of(state, today)
    subjects = _subjects(project, state)
    known = await open_conditions(ctx.session, KINDS, subjects)
    outcome = Outcome(1)
    for subject_id in sorted({*findings, *known}):
        finding = findings.get(subject_id)

        def reason(_row: ConditionRow, told: UUID = subject_id) -> str:
            return clearing_reason(state, told, today)

        settled = await settle(
            ctx,
            subjects[subject_id],
            [] if finding is None else [finding],
            judged=KINDS,
            reason=reason,
            may_open=may_open,
        )
        outcome += Outcome(0, settled.opened, settled.amended, settled.cleared)
    return outcome


async def _make_good(ctx: Context, project: Project, state: GateState) -> GateState:
    today, overrides = today_of(ctx), list[Override]()
    rows = {row.id: row for row in await repository.override_rows(ctx.session, project.id)}
    for override in state.overrides:
        after = override
        if override.status is OverrideStatus.USED and is_made_good(override, state.reviews, today):
            after = make_good(override, today)
            payload = GateOverrideMadeGoodV1(**override_told(after, project), on=today)
            await store_override(ctx, project, rows[override.id], override, after, payload, action="made_good")
        overrides.append(after)
    return GateState(
        facts=state.facts,
        stage=state.stage,
        rules=state.rules,
        standards=state.standards,
        reviews=state.reviews,
        overrides=overrides,
    )


def _subjects(project: Project, state: GateState) -> dict[UUID, Subject]:
    named = [("gate_review", review.id, review.code) for review in state.reviews]
    named += [("gate_override", override.id, override.code) for override in state.overrides]
    return {
        subject_id: Subject(
            type=kind,
            id=subject_id,
            code=code,
            name=project.name,
            region_code=project.region_code,
            project_id=project.id,
            project_code=project.code,
            project_name=project.name,
            enterprise_id=project.enterprise_id,
            responsible_person_id=project.responsible_person_id,
            responsible_unit_id=project.responsible_unit_id,
        )
        for kind, subject_id, code in named
    }


async def scan_gates(ctx: Context) -> Outcome:
    """Judge all projects whose gate may have closed behind them; safe to run twice and beside other writes."""
    outcome = Outcome()
    for project_id in await repository.projects_to_judge(ctx.session, today_of(ctx)):
        row = await find_project(ctx.session, project_id, lock=True)
        assert row is not None, "projects are never deleted"
        outcome += await settle_gate(ctx, await load_project(ctx.session, row), may_open=True)
    return outcome
