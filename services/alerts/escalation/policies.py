"""Keeping the policies: a change is a new revision; running chases keep the one they began with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.remember import remembered
from services.alerts.escalation import repository
from services.alerts.escalation.domain.ladder import Policy
from services.alerts.escalation.errors import (
    PolicyKnown,
    PolicyNotFound,
    PolicyStartsInPast,
    RevisionNotFound,
)
from services.alerts.escalation.tables import PolicyRow
from services.alerts.trail.service import actor_of


async def in_force(ctx: Context, code: str) -> Policy:
    """The policy as it is now. Raises PolicyNotFound."""
    policy = await _find(ctx.session, code, ctx.now)
    if policy is None:
        raise PolicyNotFound(policy_code=code)
    return policy


async def exists(ctx: Context, code: str, at: datetime) -> bool:
    return await _find(ctx.session, code, at) is not None


@remembered
async def _find(session: AsyncSession, code: str, at: datetime) -> Policy | None:
    row = await repository.find_policy(session, code, at)
    return None if row is None else Policy.model_validate(row.definition)


async def create_policy(
    ctx: Context, code: str, policy: Policy, *, valid_from: datetime | None, reason: str | None
) -> PolicyRow:
    """The first revision of a policy. Raises PolicyKnown, PolicyStartsInPast."""
    if await repository.list_revisions(ctx.session, code):
        raise PolicyKnown(policy_code=code)
    return await save_policy(ctx, code, policy, valid_from=valid_from, reason=reason)


async def save_policy(
    ctx: Context, code: str, policy: Policy, *, valid_from: datetime | None, reason: str | None = None
) -> PolicyRow:
    """Add the next revision of a policy, or its first; in force from `valid_from` (default: now).

    Raises PolicyStartsInPast. Of two who save at once the second meets the primary key and is told to look again.
    """
    if valid_from is not None and valid_from < ctx.now:
        raise PolicyStartsInPast(valid_from=valid_from)
    revisions = await repository.list_revisions(ctx.session, code)
    row = PolicyRow(
        code=code,
        revision=revisions[0].revision + 1 if revisions else 1,
        valid_from=valid_from or ctx.now,
        definition=policy.model_dump(mode="json"),
        changed_by=actor_of(ctx.principal),
        changed_at=ctx.now,
        reason=reason,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def get_policy(ctx: Context, code: str) -> list[PolicyRow]:
    """All revisions of a policy, newest first. Raises PolicyNotFound."""
    rows = list(await repository.list_revisions(ctx.session, code))
    if not rows:
        raise PolicyNotFound(policy_code=code)
    return rows


async def get_revision(ctx: Context, code: str, revision: int) -> PolicyRow:
    """One revision of a policy. Raises PolicyNotFound, RevisionNotFound."""
    row = next((row for row in await get_policy(ctx, code) if row.revision == revision), None)
    if row is None:
        raise RevisionNotFound(policy_code=code, revision=revision)
    return row
