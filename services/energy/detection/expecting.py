"""From planned outages and expected events to the detector's journal, and what that means for open conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.context import Context
from libs.common.contracts.energy import ConditionKind
from services.energy.detection import journal
from services.energy.detection.domain.expected import WITHOUT_SUPPLY
from services.energy.detection.journal import Subject, minute_of, newest_mark
from services.energy.detection.repository import list_open_between
from services.energy.detection.service import clear_expected
from services.energy.expected import repository as expected
from services.energy.expected.tables import ExpectedEventRow
from services.energy.metering.domain.slots import instant_of
from services.energy.metering.tables import MeterRow
from services.energy.outages import repository as outages
from services.energy.outages.tables import PlannedOutageRow

# What ended longer ago is not told the detector any more.
_PAST: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Seen:
    """How the sources stood when they were looked at."""

    outages: tuple[int, datetime | None]
    events: tuple[int, datetime | None]
    meters: int | None


async def look(session: AsyncSession) -> Seen:
    """Cheap signs by which a change of outages, events or meters shows."""
    return Seen(
        await _signs(session, PlannedOutageRow),
        await _signs(session, ExpectedEventRow),
        await session.scalar(select(func.max(col(MeterRow.change_mark)))),
    )


async def _signs(
    session: AsyncSession, table: type[PlannedOutageRow] | type[ExpectedEventRow]
) -> tuple[int, datetime | None]:
    statement = select(func.count(), func.max(col(table.changed_at)), func.coalesce(func.sum(table.version), 0))
    count, changed_at, versions = (await session.execute(statement)).one()
    # Versions only rise, so equal counts and sums mean that nothing was changed, whatever the clock says.
    return int(count) + int(versions) * (1 << 20), changed_at


async def follow_expectations(ctx: Context) -> None:
    """Write down what is expected now where it is not what was; clear open conditions that it explains."""
    await journal.lock_journal(ctx.session)
    wanted = await _wanted(ctx)
    mark = await newest_mark(ctx.session)
    known = {row.key: row.payload or {} for row in await journal.facts_at(ctx.session, mark, Subject.EXPECTED)}
    for key, payload in wanted.items():
        if known.get(key) != payload:
            await journal.append(ctx.session, Subject.EXPECTED, key, payload, ctx.now, ctx.principal.subject)
            await _explain(ctx, payload)
    still = minute_of(ctx.now - _PAST)
    for key, payload in known.items():
        # What is over stays, so that late readings find it; what was withdrawn goes.
        if key not in wanted and payload["end"] > still:
            await journal.append(ctx.session, Subject.EXPECTED, key, None, ctx.now, ctx.principal.subject)


async def _wanted(ctx: Context) -> dict[str, dict[str, Any]]:
    since = ctx.now - _PAST
    found: dict[str, dict[str, Any]] = {}
    for outage_id, (start, end, meters) in (await outages.standing_since(ctx.session, since)).items():
        kinds = [kind.value for kind in WITHOUT_SUPPLY]
        found[f"outage:{outage_id}"] = {"meters": meters, "start": start, "end": end, "kinds": kinds}
    events = await expected.standing_since(ctx.session, since)
    meters_of = await expected.meters_of(ctx.session, events)
    for row in events:
        found[f"event:{row.id}"] = {
            "meters": meters_of.get(row.id, []),
            "start": minute_of(row.starts_at),
            # A part of a minute counts whole.
            "end": -(-int(row.ends_at.timestamp()) // 60),
            "kinds": list(row.kinds),
        }
    return {key: payload for key, payload in found.items() if payload["meters"]}


async def _explain(ctx: Context, payload: Mapping[str, Any]) -> None:
    kinds = [ConditionKind(kind) for kind in payload["kinds"]]
    first, last = instant_of(payload["start"], 0), instant_of(payload["end"], 0)
    for row in await list_open_between(ctx.session, payload["meters"], kinds, first, last):
        await clear_expected(ctx, row)
