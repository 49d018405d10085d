"""Storing a review or an override: version, trail and event, one way for every use case."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import NotFound
from services.projects.approvals.domain.history import changes_between
from services.projects.gate.domain.overrides import Override
from services.projects.gate.domain.reviews import Review
from services.projects.gate.repository import reviews as repository
from services.projects.gate.tables import GateChangeRow, GateOverrideRow, GateReviewRow
from services.projects.ledger.domain.project import Project
from services.projects.ledger.repository import find_project, load_project
from services.projects.registry.service.placing import columns_of


async def project_at_gate(ctx: Context, project_id: UUID, *, lock: bool) -> Project:
    """The project; with ``lock`` nobody else changes it, its reviews or its overrides until the end.

    Raises NotFound, also for a project that the caller may not see.
    """
    row = await find_project(ctx.session, project_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return await load_project(ctx.session, row)


def review_told(review: Review, project: Project) -> dict[str, Any]:
    """What every event of a review says."""
    return {
        "review_id": review.id,
        "code": review.code,
        "review": review.review.value,
        "project_id": project.id,
        "project_code": project.code,
        "project_name": project.name,
    }


def override_told(override: Override, project: Project) -> dict[str, Any]:
    """What every event of an override says."""
    return {
        "override_id": override.id,
        "code": override.code,
        "project_id": project.id,
        "project_code": project.code,
        "project_name": project.name,
        "point": override.point.value,
        "reviews": tuple(kind.value for kind in override.reviews),
    }


async def store_review(
    ctx: Context,
    project: Project,
    row: GateReviewRow | None,
    before: Review | None,
    after: Review,
    payload: EventPayload,
    *,
    action: str,
    reason: str = "",
) -> GateReviewRow:
    """Store a new review, or a step of one under its next version."""
    columns = repository.review_columns(after)
    if row is None:
        row = GateReviewRow(version=0, updated_at=ctx.now, created_at=ctx.now, **columns)
        ctx.session.add(row)
    await _advance(ctx, row, columns)
    await repository.store_panel(ctx.session, before, after)
    await _record(ctx, project, row, before, after, payload, action, reason)
    return row


async def store_override(
    ctx: Context,
    project: Project,
    row: GateOverrideRow | None,
    before: Override | None,
    after: Override,
    payload: EventPayload,
    *,
    action: str,
    reason: str = "",
) -> GateOverrideRow:
    """Store a new override, or a step of one under its next version."""
    columns = columns_of(after)
    if row is None:
        row = GateOverrideRow(version=0, updated_at=ctx.now, created_at=ctx.now, **columns)
        ctx.session.add(row)
    await _advance(ctx, row, columns)
    await _record(ctx, project, row, before, after, payload, action, reason)
    return row


async def _advance(ctx: Context, row: GateReviewRow | GateOverrideRow, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.advance(ctx.now)
    await ctx.session.flush()


async def _record(
    ctx: Context,
    project: Project,
    row: GateReviewRow | GateOverrideRow,
    before: object | None,
    after: object,
    payload: EventPayload,
    action: str,
    reason: str,
) -> None:
    ctx.session.add(
        GateChangeRow(
            subject_id=row.id,
            version=row.version,
            at=ctx.now,
            actor=ctx.principal.subject,
            actor_role=ctx.principal.role.value,
            action=action,
            reason=reason,
            changes=[asdict(change) for change in changes_between(before, after)],
        )
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=project.region_code,
        enterprise_id=project.enterprise_id,
    )
