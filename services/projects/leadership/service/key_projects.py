"""Designating key projects and withdrawing the designation."""

from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import KeyProjectDesignatedV1, KeyProjectWithdrawnV1
from libs.common.web.problems import FieldError, NotFound
from services.projects.leadership import repository
from services.projects.leadership.errors import AlreadyKey, HandoverTooEarly, NotKey
from services.projects.leadership.service.leadership import Opened, open_leadership, store
from services.projects.leadership.tables import KeyProjectRow


async def designate(ctx: Context, project_id: UUID, on: date, reason: str) -> tuple[KeyProjectRow, Opened]:
    """Make a project a key project. Raises NotFound, AlreadyKey."""
    opened = await open_leadership(ctx, project_id)
    if await repository.current_key(ctx.session, project_id) is not None:
        raise AlreadyKey(
            project_code=opened.project.code, errors=[FieldError("key_project.already", "/project_id")]
        )
    row = KeyProjectRow(
        id=ctx.new_id(),
        project_id=project_id,
        valid_from=on,
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    payload = KeyProjectDesignatedV1(
        project_id=project_id,
        project_code=opened.project.code,
        project_name=opened.project.name,
        valid_from=on,
        reason=reason,
    )
    await store(ctx, opened, payload)
    return row, opened


async def withdraw(ctx: Context, key_project_id: UUID, on: date, reason: str) -> tuple[KeyProjectRow, Opened]:
    """End a designation; it stays on record. Raises NotFound, NotKey, HandoverTooEarly."""
    row = await ctx.session.get(KeyProjectRow, key_project_id)
    if row is None:
        raise NotFound
    opened = await open_leadership(ctx, row.project_id)
    await ctx.session.refresh(row)
    if row.valid_to is not None:
        raise NotKey(project_code=opened.project.code, valid_to=row.valid_to)
    if on < row.valid_from:
        raise HandoverTooEarly(
            on=on, since=row.valid_from, errors=[FieldError("leadership.handover_too_early", "/on")]
        )
    row.valid_to, row.end_reason, row.ended_at, row.ended_by = on, reason, ctx.now, ctx.principal.subject
    payload = KeyProjectWithdrawnV1(
        project_id=row.project_id,
        project_code=opened.project.code,
        project_name=opened.project.name,
        valid_to=on,
        reason=reason,
    )
    await store(ctx, opened, payload)
    return row, opened
