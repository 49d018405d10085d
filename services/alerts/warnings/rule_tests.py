"""Testing a rule, a draft or a saved one, against the events of the last days."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.context import Context
from libs.common.registry import queries
from libs.common.security.scope import ensure_region
from services.alerts.trail.service import actor_of
from services.alerts.warnings import kept, repository
from services.alerts.warnings.domain.conditions import OPENING
from services.alerts.warnings.domain.rules import Rule, RuleInForce
from services.alerts.warnings.domain.trial import Came, Outcome, try_rule
from services.alerts.warnings.errors import InvalidRule, TooManyEvents
from services.alerts.warnings.rulebook import faults_of, get_rule
from services.alerts.warnings.tables import RuleEventRow, RuleTestRow
from services.alerts.warnings.wording import words

MAX_EVENTS = 20_000
DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Tested:
    """A test that was made and recorded."""

    row: RuleTestRow
    outcome: Outcome


async def run_test(
    ctx: Context, code: str | None, draft: Rule | None, *, days: float, region_code: str | None
) -> Tested:
    """Run the rule over what came in the last `days`, and remember that it was tested.

    A draft takes the place of the saved rule of its code. Raises RuleNotFound, InvalidRule, TooManyEvents, and
    NotFound for a region that is not the caller's.
    """
    if region_code is not None:
        ensure_region(ctx.principal, region_code)
    rule = draft if draft is not None else Rule.model_validate((await get_rule(ctx, code or ""))[0].definition)
    name = code or DRAFT
    if errors := faults_of(rule):
        raise InvalidRule(errors=errors, code=name)
    since = ctx.now - timedelta(days=days)
    rows = await repository.list_events_for_test(
        ctx.session,
        ctx.principal,
        [rule.opened_type, OPENING[rule.opened_type][1]],
        since,
        region_code,
        MAX_EVENTS + 1,
    )
    if len(rows) > MAX_EVENTS:
        raise TooManyEvents(most=MAX_EVENTS, days=days)
    # Switched off it would open nothing: what is asked is what it would do.
    tried = RuleInForce(name, 0, rule.model_copy(update={"enabled": True}))
    others = await repository.list_rules_in_force(ctx.session, rule.opened_type, ctx.now)
    regions, names = await _places(ctx, rows)

    def trial() -> Outcome:
        came = _as_they_came(rows, regions, names)
        return try_rule(tried, others, came, ctx.now, words("zh-CN"), words("en"))

    # Seconds of work on a month of events: not on the loop that answers everybody.
    outcome = await asyncio.to_thread(trial)
    return Tested(await _record(ctx, rule, code, since, region_code, outcome), outcome)


async def _record(
    ctx: Context, rule: Rule, code: str | None, since: datetime, region_code: str | None, outcome: Outcome
) -> RuleTestRow:
    row = RuleTestRow(
        id=ctx.new_id(),
        digest=rule.digest(),
        code=code,
        run_by=actor_of(ctx.principal),
        run_at=ctx.now,
        since=since,
        until=ctx.now,
        region_code=region_code,
        summary={
            "events": outcome.events,
            "alerts": len(outcome.alerts),
            "unanswered": len(outcome.unanswered),
            "effects": dict(outcome.effects),
            "decided_by_others": dict(outcome.decided_by_others),
        },
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def _places(ctx: Context, rows: Sequence[RuleEventRow]) -> tuple[dict[UUID, str], dict[str, str]]:
    """The region of each enterprise whose events name none, and the names of all regions."""
    regions: dict[UUID, str] = {}
    for identity in {row.enterprise_id for row in rows if row.region_code is None and row.enterprise_id}:
        known = await queries.enterprise_by_id(ctx.session, identity)
        if known is not None:
            regions[identity] = known.region_code
    codes = {row.region_code for row in rows if row.region_code is not None} | set(regions.values())
    return regions, await queries.region_names(ctx.session, list(codes))


def _as_they_came(
    rows: Sequence[RuleEventRow], regions: Mapping[UUID, str], names: Mapping[str, str]
) -> Iterator[Came]:
    """What cannot be placed is left out, as it is when it comes."""
    for row in rows:
        own = None if row.enterprise_id is None else regions.get(row.enterprise_id)
        code = row.region_code or own
        if code is not None:
            yield Came(kept.event_of(row), row.received_at, row.condition_id, code, names.get(code, code))
