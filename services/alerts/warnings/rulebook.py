"""Keeping the rules: a change is a new revision with its period, checked before it is saved."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.alerts.escalation import policies
from services.alerts.trail.service import actor_of
from services.alerts.warnings import repository
from services.alerts.warnings.domain.conditions import OPENING
from services.alerts.warnings.domain.rules import Rule, faults
from services.alerts.warnings.errors import InvalidRule, RuleNotFound, UnknownPolicy
from services.alerts.warnings.tables import RuleRow


async def save_rule(
    ctx: Context, code: str, rule: Rule, *, valid_from: datetime | None, valid_until: datetime | None
) -> RuleRow:
    """Add the next revision of a rule, or its first; in force from `valid_from` (default: now).

    A rule without a region is everybody's and changed by callers without one only. Raises InvalidRule,
    UnknownPolicy, and NotFound for a region that is not the caller's.
    """
    found = faults(rule, OPENING)
    start = valid_from or ctx.now
    errors = [FieldError("rule.fault", f"/{fault.field}", {"reason": fault.reason}) for fault in found]
    if valid_until is not None and valid_until <= start:
        errors.append(FieldError("rule.fault", "/valid_until", {"reason": "ends before it begins"}))
    if errors:
        raise InvalidRule(errors=errors, code=code)
    ensure_region(ctx.principal, rule.region_code)
    revisions = await repository.list_rule_revisions(ctx.session, code)
    if revisions:
        ensure_region(ctx.principal, Rule.model_validate(revisions[0].definition).region_code)
    if not await policies.exists(ctx, rule.policy_code, start):
        raise UnknownPolicy(policy_code=rule.policy_code)
    row = RuleRow(
        code=code,
        revision=revisions[0].revision + 1 if revisions else 1,
        opened_type=rule.opened_type,
        valid_from=start,
        valid_until=valid_until,
        definition=rule.model_dump(mode="json"),
        changed_by=actor_of(ctx.principal),
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    # Two who save at once: the second meets the primary key and is told to look again.
    await ctx.session.flush()
    return row


async def get_rule(ctx: Context, code: str) -> list[RuleRow]:
    """All revisions of a rule, newest first. Raises RuleNotFound."""
    rows = list(await repository.list_rule_revisions(ctx.session, code))
    if not rows:
        raise RuleNotFound
    return rows
