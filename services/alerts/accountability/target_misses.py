"""Taking missed targets of the projects service into the ledger, and following what becomes of them."""

from __future__ import annotations

from typing import Any

from libs.common.context import Context
from libs.common.contracts.base import Event
from services.alerts.accountability import repository
from services.alerts.accountability.domain.misses import MissKind
from services.alerts.accountability.domain.target_misses import (
    Payload,
    facts_of,
    found_key_of,
    standing_of,
    step_of,
    titles_of,
)
from services.alerts.accountability.tables import MissRow, StepRow


async def take(ctx: Context, event: Event[Payload]) -> None:
    """Enter a missed target once, or bring its entry up to date; what is older than the entry changes nothing.

    Whom it counts for stays as it was found or decided; a lifted one counts for nobody until it is missed again.
    """
    # One that came while a year is being frozen would belong to no edition.
    await repository.lock(ctx.session)
    payload = event.payload
    row = await repository.find_target_miss(ctx.session, payload.miss_id)
    if row is None:
        row = await _entered(ctx, event)
    elif row.source_version is not None and event.aggregate_version <= row.source_version:
        return
    else:
        corrections = await repository.list_corrections(ctx.session, row.id)
        row.status = standing_of(payload, corrections[-1].act if corrections else None)
        row.version += 1
    row.source_version = event.aggregate_version
    row.target = facts_of(payload)
    row.title_zh, row.title_en = titles_of(payload)
    ctx.session.add(row)
    await ctx.session.flush()
    step, text = step_of(payload)
    ctx.session.add(
        StepRow(
            miss_id=row.id,
            version=event.aggregate_version,
            step=step,
            text=text,
            target=facts_of(payload),
            at=event.time,
        )
    )


async def _entered(ctx: Context, event: Event[Any]) -> MissRow:
    payload: Payload = event.payload
    assert event.region_code is not None, "a target belongs to a region"
    persons = [] if payload.person_id is None else [payload.person_id]
    person = next(iter((await repository.people(ctx.session, persons)).values()), None)
    unit_id = payload.unit_id or (None if person is None else person.unit_id)
    names = {} if unit_id is None else await repository.unit_names(ctx.session, [unit_id])
    return MissRow(
        id=ctx.new_id(),
        found_key=found_key_of(payload),
        source_id=payload.miss_id,
        recorded_at=ctx.now,
        year=payload.year,
        kind=MissKind.TARGET.value,
        status=standing_of(payload, None),
        person_id=payload.person_id,
        person_name=payload.person_name or None,
        unit_id=unit_id,
        unit_name=payload.unit_name or (None if unit_id is None else names.get(unit_id)),
        region_code=event.region_code,
        title_zh="",
        title_en="",
        at=event.time,
    )
