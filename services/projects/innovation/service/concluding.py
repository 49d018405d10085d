"""Concluding a round: decided after the notice, its result frozen, an honour taken back."""

from typing import Any

from pydantic_core import to_jsonable_python

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.innovation.domain.honours import NominationStatus, RoundStatus, demand_round
from services.projects.innovation.errors import NoticeRunning, ObjectionsOpen
from services.projects.innovation.repository import honours as repository
from services.projects.innovation.service.reviewing import told_vetoes, vetoes_in_year
from services.projects.innovation.service.rounds import store_round
from services.projects.innovation.tables import HonourRoundRow, NominationRow

_FROZEN = (
    *("id", "enterprise_id", "nominee_name", "status", "verdict", "judgement", "points", "place", "parts"),
    *("vetoes", "admission_reason", "ended_reason"),
)


async def decide_round(ctx: Context, row: HonourRoundRow) -> HonourRoundRow:
    """After the notice, with no objection open: who is still in it is honoured, and the result is frozen.

    A veto that was set meanwhile still disqualifies. Raises RoundStepRefused, NoticeRunning, ObjectionsOpen.
    """
    demand_round(RoundStatus(row.status), RoundStatus.IN_NOTICE)
    today = today_of(ctx)
    assert row.notice_until is not None, "in notice until a day"
    if today <= row.notice_until:
        raise NoticeRunning(notice_until=row.notice_until, today=today)
    waiting = await repository.open_objections(ctx.session, row.id)
    if waiting:
        raise ObjectionsOpen(objections=waiting)
    found = await repository.nominations_of(ctx.session, row.id)
    vetoes = await vetoes_in_year(ctx, row, {nomination.enterprise_id for nomination, _ in found})
    for nomination, _ in found:
        standing = vetoes.get(nomination.enterprise_id, [])
        if nomination.status == NominationStatus.IN_NOTICE.value:
            status = NominationStatus.VETOED if standing else NominationStatus.AWARDED
            nomination.vetoes = told_vetoes(standing)
        elif nomination.status == NominationStatus.ELIGIBLE.value:
            status = NominationStatus.NOT_AWARDED
        else:
            continue
        nomination.status = status.value
        nomination.advance(ctx.now)
    row.decided_on, row.decided_by, row.edition = today, ctx.principal.subject, 1
    await ctx.session.flush()
    # At once: the database knows no decided round without its result.
    row.result = await frozen_result(ctx, row)
    row.status = RoundStatus.DECIDED.value
    return await store_round(ctx, row, "decided")


async def frozen_result(ctx: Context, row: HonourRoundRow) -> dict[str, Any]:
    """All nominations with figures, points, vetoes and objections as they stand: what the decision rests on."""
    found = await repository.nominations_of(ctx.session, row.id)
    objections = await repository.objections_of(ctx.session, row.id)
    nominations = [
        {name: getattr(nomination, name) for name in _FROZEN}
        | {"enterprise_name": enterprise.name, "credit_code": enterprise.credit_code}
        | {"objections": [one.model_dump() for one in objections if one.nomination_id == nomination.id]}
        for nomination, enterprise in found
    ]
    frozen: dict[str, Any] = to_jsonable_python(
        {
            "edition": row.edition,
            "decided_on": row.decided_on,
            "condition": row.condition,
            "criteria": row.criteria,
            "figures_month": row.figures_month,
            "nominations": nominations,
        }
    )
    return frozen


async def revoke(ctx: Context, row: HonourRoundRow, nomination: NominationRow, reason: str) -> HonourRoundRow:
    """Take an honour back: the result has a new edition. Raises RoundStepRefused, NominationStepRefused."""
    demand_round(RoundStatus(row.status), RoundStatus.DECIDED)
    nomination.status, nomination.ended_reason = NominationStatus.REVOKED.value, reason
    nomination.advance(ctx.now)
    row.edition += 1
    await ctx.session.flush()
    row.result = await frozen_result(ctx, row)
    return await store_round(ctx, row, "revoked", reason)
