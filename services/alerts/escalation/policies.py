"""Keeping the policies: a change is a new revision; running chases keep the one they began with."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.alerts.escalation import repository
from services.alerts.escalation.domain.ladder import Policy
from services.alerts.escalation.errors import PolicyNotFound
from services.alerts.escalation.tables import PolicyRow
from services.alerts.trail.service import actor_of


async def in_force(ctx: Context, code: str) -> Policy:
    """The policy as it is now. Raises PolicyNotFound."""
    row = await repository.find_policy(ctx.session, code, ctx.now)
    if row is None:
        raise PolicyNotFound(policy_code=code)
    return Policy.model_validate(row.definition)


async def exists(ctx: Context, code: str, at: datetime) -> bool:
    return await repository.find_policy(ctx.session, code, at) is not None


async def save_policy(ctx: Context, code: str, policy: Policy, *, valid_from: datetime | None) -> PolicyRow:
    """Add the next revision of a policy, or its first; in force from `valid_from` (default: now)."""
    revisions = await repository.list_revisions(ctx.session, code)
    row = PolicyRow(
        code=code,
        revision=revisions[0].revision + 1 if revisions else 1,
        valid_from=valid_from or ctx.now,
        definition=policy.model_dump(mode="json"),
        changed_by=actor_of(ctx.principal),
        changed_at=ctx.now,
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
