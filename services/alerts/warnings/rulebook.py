"""Keeping the rules: a change is a new revision with its period, who and why, checked before it is saved."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.alerts.escalation import policies
from services.alerts.trail.service import actor_of
from services.alerts.warnings import repository
from services.alerts.warnings.domain.conditions import OPENING
from services.alerts.warnings.domain.differences import Difference, differences
from services.alerts.warnings.domain.rules import Fault, Rule, faults
from services.alerts.warnings.errors import (
    InvalidRule,
    RuleExists,
    RuleNotFound,
    RuleUnchanged,
    RuleUntested,
    UnknownPolicy,
)
from services.alerts.warnings.tables import RuleRow


async def create_rule(
    ctx: Context,
    code: str,
    rule: Rule,
    *,
    valid_from: datetime | None,
    valid_until: datetime | None,
    reason: str | None,
) -> RuleRow:
    """The first revision of a rule. Raises RuleExists, and what :func:`save_rule` raises."""
    if await repository.list_rule_revisions(ctx.session, code):
        raise RuleExists(code=code)
    return await save_rule(ctx, code, rule, valid_from=valid_from, valid_until=valid_until, reason=reason)


async def save_rule(
    ctx: Context,
    code: str,
    rule: Rule,
    *,
    valid_from: datetime | None,
    valid_until: datetime | None,
    reason: str | None = None,
) -> RuleRow:
    """Add the next revision of a rule, or its first; in force from `valid_from` (default: now).

    A rule without a region is everybody's and changed by callers without one only. Raises InvalidRule,
    UnknownPolicy, RuleUntested, and NotFound for a region that is not the caller's.
    """
    start = valid_from or ctx.now
    errors = faults_of(rule)
    if valid_until is not None and valid_until <= start:
        errors.append(FieldError("rule.fault.period", "/valid_until"))
    if errors:
        raise InvalidRule(errors=errors, code=code)
    ensure_region(ctx.principal, rule.region_code)
    revisions = await repository.list_rule_revisions(ctx.session, code)
    previous = Rule.model_validate(revisions[0].definition) if revisions else None
    if previous is not None:
        ensure_region(ctx.principal, previous.region_code)
    if not await policies.exists(ctx, rule.policy_code, start):
        raise UnknownPolicy(policy_code=rule.policy_code)
    await _ensure_tested(ctx, code, rule, previous)
    row = RuleRow(
        code=code,
        revision=revisions[0].revision + 1 if revisions else 1,
        opened_type=rule.opened_type,
        valid_from=start,
        valid_until=valid_until,
        definition=rule.model_dump(mode="json"),
        changed_by=actor_of(ctx.principal),
        changed_at=ctx.now,
        reason=reason,
    )
    ctx.session.add(row)
    # Two who save at once: the second meets the primary key and is told to look again.
    await ctx.session.flush()
    return row


async def switch_rule(ctx: Context, code: str, *, enabled: bool, reason: str) -> RuleRow:
    """Switch a rule on or off by a revision that changes nothing else; its period stays as it was.

    Raises RuleNotFound, RuleUnchanged, RuleUntested.
    """
    newest = (await get_rule(ctx, code))[0]
    rule = Rule.model_validate(newest.definition)
    ensure_region(ctx.principal, rule.region_code)
    if rule.enabled is enabled:
        raise RuleUnchanged(code=code, enabled=enabled)
    switched = rule.model_copy(update={"enabled": enabled})
    return await save_rule(
        ctx, code, switched, valid_from=None, valid_until=_standing(newest, ctx.now), reason=reason
    )


async def get_rule(ctx: Context, code: str) -> list[RuleRow]:
    """All revisions of a rule, newest first. Raises RuleNotFound."""
    rows = list(await repository.list_rule_revisions(ctx.session, code))
    if not rows:
        raise RuleNotFound
    return rows


async def get_revision(ctx: Context, code: str, revision: int) -> RuleRow:
    """Raises RuleNotFound."""
    row = await repository.find_revision(ctx.session, code, revision)
    if row is None:
        raise RuleNotFound
    return row


async def compare_revisions(
    ctx: Context, code: str, earlier: int | None, later: int | None
) -> tuple[RuleRow, RuleRow, list[Difference]]:
    """What changed between two revisions, by default the newest and the one before. Raises RuleNotFound."""
    newest = (await get_rule(ctx, code))[0].revision
    after = await get_revision(ctx, code, later or newest)
    before = await get_revision(ctx, code, earlier or max(after.revision - 1, 1))
    return before, after, differences(before.definition, after.definition)


def faults_of(rule: Rule) -> list[FieldError]:
    """What is wrong with a rule, each with its field and the place in it."""
    return [_as_error(fault) for fault in faults(rule, OPENING)]


def _as_error(fault: Fault) -> FieldError:
    params = dict(fault.params)
    if fault.position is not None:
        # People count from one.
        params["position"] = fault.position + 1
    return FieldError(f"rule.fault.{fault.code}", f"/{fault.field}", params)


async def _ensure_tested(ctx: Context, code: str, rule: Rule, previous: Rule | None) -> None:
    """To drop the demand for a test is a change that wants one as well."""
    asked = rule.requires_test or (previous is not None and previous.requires_test)
    if rule.enabled and asked and not await repository.was_tested(ctx.session, rule.digest()):
        raise RuleUntested(code=code)


def _standing(row: RuleRow, now: datetime) -> datetime | None:
    return row.valid_until if row.valid_until is not None and row.valid_until > now else None
