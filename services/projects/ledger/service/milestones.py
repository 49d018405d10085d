"""Formalities before the start, a project's own milestones, and the rules of what a start requires."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import ProjectMilestoneRecordedV1, Stage
from libs.common.local_time import today_of
from libs.common.web.problems import NotFound
from services.projects.ledger import repository
from services.projects.ledger.domain import formalities
from services.projects.ledger.domain.facts import StageFacts
from services.projects.ledger.domain.formalities import Formality, FormalityRule, Paper
from services.projects.ledger.domain.history import FieldChange, to_json
from services.projects.ledger.domain.project import Project
from services.projects.ledger.errors import FormalityNotOfKind
from services.projects.ledger.service.ledger import Ledger, Opened, demand_alive
from services.projects.ledger.tables import FormalityRuleRow, MilestoneRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import demand_reach, place


@dataclass(frozen=True, slots=True)
class FormalityState:
    """A formality as the project has it; ``row`` None: nothing is recorded of it."""

    formality: Formality
    required_for_start: bool
    row: MilestoneRow | None


async def formalities_of(ctx: Context, project: Project) -> list[FormalityState]:
    """The formalities of the project's kind in their order, and any others it has papers of."""
    rule = await repository.formality_rule_for(ctx.session, project.kind, project.region_code, today_of(ctx))
    rows = await repository.formality_rows(ctx.session, project.id)
    listed = tuple(Formality) if rule is None else rule.formalities
    required = () if rule is None else rule.required
    order = [*listed, *(name for name in rows if name not in listed)]
    return [FormalityState(name, name in required, rows.get(name)) for name in order]


async def put_formality(
    ledger: Ledger, ctx: Context, opened: Opened, formality: Formality, facts: dict[str, Any], reason: str
) -> tuple[Opened, MilestoneRow]:
    """Record or change a formality: ``planned_on``, ``actual_on``, ``number``, ``file_reference``, ``note``.

    Raises ProjectTerminated, FormalityNotOfKind, DateInFuture, MilestoneNeedsReason.
    """
    demand_alive(opened.project)
    row = (await repository.formality_rows(ctx.session, opened.project.id)).get(formality)
    if row is None:
        await _demand_listed(ctx, opened.project, formality)
        blank = Paper(id=ctx.new_id(), formality=formality, title="")
        return await _store(ledger, ctx, opened, None, None, replace(blank, **facts), reason)
    before = repository.paper_of(row)
    return await _store(ledger, ctx, opened, row, before, replace(before, **facts), reason)


async def add_milestone(
    ledger: Ledger, ctx: Context, opened: Opened, facts: dict[str, Any]
) -> tuple[Opened, MilestoneRow]:
    """Add a milestone of the project's own. Raises ProjectTerminated, DateInFuture."""
    demand_alive(opened.project)
    paper = replace(Paper(id=ctx.new_id(), formality=None, title=""), **facts)
    return await _store(ledger, ctx, opened, None, None, paper, "")


async def change_milestone(
    ledger: Ledger, ctx: Context, opened: Opened, milestone_id: UUID, facts: dict[str, Any], reason: str
) -> tuple[Opened, MilestoneRow]:
    """Change a milestone of the project's own.

    Raises NotFound, ProjectTerminated, DateInFuture, MilestoneNeedsReason.
    """
    demand_alive(opened.project)
    row = await _find_own(ctx, opened, milestone_id)
    before = repository.paper_of(row)
    return await _store(ledger, ctx, opened, row, before, replace(before, **facts), reason)


async def remove_milestone(
    ledger: Ledger, ctx: Context, opened: Opened, milestone_id: UUID, reason: str
) -> Opened:
    """Take a milestone of the project's own away; the history keeps it. Raises NotFound, ProjectTerminated."""
    demand_alive(opened.project)
    row = await _find_own(ctx, opened, milestone_id)
    before = repository.paper_of(row)
    await ctx.session.delete(row)
    told = FieldChange(_name(before), to_json(before), None)
    payload = _payload(opened.project, before, removed=True)
    return await ledger.store(
        ctx, opened, opened.project, payload, action="milestone_removed", reason=reason, also=[told]
    )


async def with_permit(ctx: Context, project: Project, stage: Stage, on: date, facts: StageFacts) -> StageFacts:
    """The facts of a start, with the construction permit as its evidence where no other is given."""
    if stage is not Stage.STARTED or facts.evidence or project.evidence:
        return facts
    papers = await repository.papers_of(ctx.session, project.id)
    number = formalities.permit_number(papers.values(), on)
    return facts if number is None else replace(facts, evidence=number)


async def demand_formalities(ctx: Context, project: Project, stage: Stage, on: date) -> None:
    """Raises FormalitiesMissing when the start requires more than was done by its day."""
    if stage is not Stage.STARTED:
        return
    rule = await repository.formality_rule_for(ctx.session, project.kind, project.region_code, on)
    if rule is not None and rule.required:
        formalities.demand_formalities(rule, await repository.papers_of(ctx.session, project.id), on)


async def put_formality_rule(ctx: Context, rule: FormalityRule) -> FormalityRuleRow:
    """Put a rule in force from its first day on; starts on and after that day go by it.

    Raises FormalityRuleIncomplete, EverywhereForbidden, ValidityNotOrdered, ValidityOverlap, UnknownRegion.
    """
    formalities.demand_rule_in_order(rule)
    await demand_reach(ctx, rule.region_code)
    await lock_key(ctx.session, "formality_rule", f"{rule.kind}:{rule.region_code}")
    rows = await repository.formality_rules_of(ctx.session, rule.kind, rule.region_code)
    row = place(ctx, FormalityRuleRow, rows, rule, value_of=repository.formality_rule_of)
    await ctx.session.flush()
    return row


async def _demand_listed(ctx: Context, project: Project, formality: Formality) -> None:
    rule = await repository.formality_rule_for(ctx.session, project.kind, project.region_code, today_of(ctx))
    if rule is not None and formality not in rule.formalities:
        raise FormalityNotOfKind(formality=formality, kind=project.kind)


async def _find_own(ctx: Context, opened: Opened, milestone_id: UUID) -> MilestoneRow:
    row = await ctx.session.get(MilestoneRow, milestone_id, populate_existing=True)
    if row is None or row.project_id != opened.project.id or row.formality is not None:
        raise NotFound
    return row


async def _store(
    ledger: Ledger,
    ctx: Context,
    opened: Opened,
    row: MilestoneRow | None,
    before: Paper | None,
    after: Paper,
    reason: str,
) -> tuple[Opened, MilestoneRow]:
    if before is not None and row is not None and before == after:
        return opened, row
    formalities.demand_change(before, after, reason, today_of(ctx))
    after = replace(after, original_on=after.original_on or after.planned_on)
    if row is None:
        row = MilestoneRow(
            id=after.id,
            project_id=opened.project.id,
            formality=None if after.formality is None else after.formality.value,
            title=after.title,
            note="",
            recorded_at=ctx.now,
            recorded_by="",
        )
        ctx.session.add(row)
    for name in ("title", "original_on", "planned_on", "actual_on", "number", "file_reference", "note"):
        setattr(row, name, getattr(after, name))
    row.recorded_at, row.recorded_by = ctx.now, ctx.principal.subject
    told = FieldChange(_name(after), to_json(before), to_json(after))
    stored = await ledger.store(
        ctx,
        opened,
        opened.project,
        _payload(opened.project, after),
        action="milestone_recorded",
        reason=reason,
        also=[told],
    )
    return stored, row


def _name(paper: Paper) -> str:
    return f"milestone.{paper.id}" if paper.formality is None else f"formality.{paper.formality.value}"


def _payload(project: Project, paper: Paper, *, removed: bool = False) -> ProjectMilestoneRecordedV1:
    return ProjectMilestoneRecordedV1(
        project_id=project.id,
        code=project.code,
        milestone_id=paper.id,
        formality=None if paper.formality is None else paper.formality.value,
        title=paper.title,
        planned_on=paper.planned_on,
        actual_on=paper.actual_on,
        number=paper.number,
        removed=removed,
    )
