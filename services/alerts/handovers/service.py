"""Giving a shift and taking it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.handovers import HandoverGivenV1, HandoverTakenV1
from libs.common.outbox.record import record_event
from libs.common.registry.queries import person_by_id
from services.alerts.handovers import repository
from services.alerts.handovers.domain.statement import digest_of
from services.alerts.handovers.errors import (
    HandoverNeedsPerson,
    HandoverNotYours,
    HandoverOtherStatement,
    HandoverTaken,
    HandoverTakerUnknown,
    HandoverToSelf,
)
from services.alerts.handovers.tables import HandoverRow, TakeoverRow
from services.alerts.rosters.planning import get_roster
from services.alerts.rosters.tables import RosterRow
from services.alerts.trail.service import actor_of
from services.alerts.trail.tables import AlertRow

# As many as two people can go through; how many there are in all is said beside.
_SHOWN = 500


async def preview(ctx: Context, roster_code: str) -> dict[str, Any]:
    """What a handover of the roster would say now. Raises RosterNotFound."""
    return await _facts(ctx, await get_roster(ctx, roster_code))


async def give(
    ctx: Context, roster_code: str, *, taker_id: UUID, note: str, doctor: Sequence[Mapping[str, Any]]
) -> HandoverRow:
    """Sign what is open now, for ``taker_id`` to sign as well.

    ``doctor`` are findings of `duban doctor`, which looks at what no service can see. Raises RosterNotFound,
    HandoverNeedsPerson, HandoverToSelf, HandoverTakerUnknown.
    """
    roster, giver = await get_roster(ctx, roster_code), ctx.principal.person_id
    if giver is None:
        raise HandoverNeedsPerson
    if giver == taker_id:
        raise HandoverToSelf
    if await person_by_id(ctx.session, taker_id) is None:
        raise HandoverTakerUnknown(person_id=taker_id)
    facts = await _facts(ctx, roster)
    row_id = ctx.new_id()
    statement = {
        "handover_id": str(row_id),
        "giver_id": str(giver),
        "taker_id": str(taker_id),
        "note": note,
        "doctor": [dict(each) for each in doctor],
        **facts,
    }
    row = HandoverRow(
        id=row_id,
        roster_code=roster.code,
        region_code=roster.region_code,
        giver_id=giver,
        taker_id=taker_id,
        statement=statement,
        digest=digest_of(statement),
        given_by=actor_of(ctx.principal),
        given_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    payload = HandoverGivenV1(
        handover_id=row.id,
        roster_code=row.roster_code,
        giver_id=giver,
        taker_id=taker_id,
        digest=row.digest,
        open_alerts=facts["open_alerts_total"],
        given_at=ctx.now,
    )
    await record_event(ctx, payload, subject=str(row.id), aggregate_version=1, region_code=row.region_code)
    return row


async def take(ctx: Context, handover_id: UUID, *, digest: str, note: str) -> tuple[HandoverRow, TakeoverRow]:
    """The second signature, over the digest that was read.

    Raises HandoverNotFound, HandoverNeedsPerson, HandoverNotYours, HandoverTaken, HandoverOtherStatement.
    """
    row, taken = await repository.get_handover(ctx.session, ctx.principal, handover_id, lock=True)
    if ctx.principal.person_id is None:
        raise HandoverNeedsPerson
    if ctx.principal.person_id != row.taker_id:
        raise HandoverNotYours
    if taken is not None:
        raise HandoverTaken(at=taken.taken_at)
    if digest != row.digest:
        raise HandoverOtherStatement(digest=row.digest)
    signed = TakeoverRow(
        handover_id=row.id, digest=row.digest, note=note, taken_by=actor_of(ctx.principal), taken_at=ctx.now
    )
    ctx.session.add(signed)
    await ctx.session.flush()
    payload = HandoverTakenV1(
        handover_id=row.id, roster_code=row.roster_code, taker_id=row.taker_id, digest=row.digest, taken_at=ctx.now
    )
    await record_event(ctx, payload, subject=str(row.id), aggregate_version=2, region_code=row.region_code)
    return row, signed


async def _facts(ctx: Context, roster: RosterRow) -> dict[str, Any]:
    total, alerts = await repository.open_alerts(ctx.session, roster.region_code, _SHOWN)
    mutes = await repository.standing_mutes(ctx.session, roster.region_code, ctx.now)
    findings = await repository.own_findings(ctx.session, _SHOWN)
    return {
        "roster_code": roster.code,
        "region_code": roster.region_code,
        "at": ctx.now.isoformat(),
        "open_alerts_total": total,
        "open_alerts": [_alert(alert, mute) for alert, mute in alerts],
        "mutes": [
            {
                "id": str(mute.id),
                "kind": mute.__tablename__,
                "reason": mute.reason,
                "author": mute.author,
                "ends_at": _instant(mute.ends_at),
            }
            for mute in mutes
        ],
        "failed_deliveries": await repository.failed_deliveries(ctx.session, roster.region_code),
        "findings": [
            {"kind": each.kind, "object_id": each.object_id, "found_at": each.found_at.isoformat()}
            for each in findings
        ],
    }


def _alert(alert: AlertRow, mute: Any) -> dict[str, Any]:
    return {
        "id": str(alert.id),
        "number": alert.number,
        "severity": alert.severity,
        "stage": alert.stage.value,
        "title_zh": alert.title_zh,
        "title_en": alert.title_en,
        "occurred_at": alert.occurred_at.isoformat(),
        "responsible_person_id": None if alert.responsible_person_id is None else str(alert.responsible_person_id),
        "escalation_level": alert.escalation_level,
        "promised_at": _instant(alert.promised_at),
        "promises_broken": alert.promises_broken,
        "muted_by": None if mute is None else mute.kind,
        "muted_until": None if mute is None else _instant(mute.until),
    }


def _instant(at: Any) -> str | None:
    return None if at is None else at.isoformat()
