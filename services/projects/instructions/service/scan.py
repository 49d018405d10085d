"""The daily scan: which instructions are near their deadline or late."""

from datetime import timedelta

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.conditions.domain.condition import Outcome
from services.projects.conditions.repository import open_conditions
from services.projects.duties.service import load_terms
from services.projects.instructions import repository
from services.projects.instructions.service.instructions import (
    JUDGED,
    SOON,
    opened_of,
    settle_instruction,
)


async def scan_instructions(ctx: Context) -> Outcome:
    """Open, amend and clear; safe to run twice and beside writes."""
    terms = await load_terms(ctx)
    known = await open_conditions(ctx.session, JUDGED)
    # The longest that "near" can be, in calendar days; each instruction's own rule decides.
    ahead = max((rule.threshold_days for rule in terms.rules if rule.kind is SOON), default=0)
    until = today_of(ctx) + timedelta(days=2 * ahead + 14)
    outcome = Outcome()
    for instruction_id in await repository.due_instructions(ctx.session, until, list(known)):
        row = await repository.find_instruction(ctx.session, instruction_id, lock=True)
        assert row is not None, "instructions are never deleted"
        outcome += await settle_instruction(ctx, await opened_of(ctx, row), terms, may_open=True)
    return outcome
