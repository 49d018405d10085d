"""Taking what waits in quarantine once its meters are registered."""

from __future__ import annotations

from dataclasses import dataclass, replace

from libs.common.context import Context
from libs.common.database import raw_connection
from services.energy.feeds import repository
from services.energy.feeds.domain.block import Section, split
from services.energy.feeds.domain.body import Fault
from services.energy.feeds.domain.checks import check
from services.energy.feeds.domain.rows import Terms
from services.energy.feeds.domain.settling import settle
from services.energy.feeds.quarantine import body_of, principal_of
from services.energy.feeds.reach import finder, situation_of
from services.energy.feeds.receipt_repository import acknowledge_receipt
from services.energy.feeds.rejections import chunks, tell
from services.energy.feeds.service import Door, Taken, build_receipt, newest_at
from services.energy.feeds.tables import QuarantineRow

# One replay is one receipt; what is left waits for the next.
MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay takes. ``rows`` are marked as replayed when the log has acknowledged."""

    taken: Taken
    rows: tuple[QuarantineRow, ...]
    replayed: int
    waiting: int


async def gather(ctx: Context, door: Door, meter_no: str | None) -> Replay:
    """Check the rows that wait again, each under the rank, unit and reach with which it came.

    A row whose meter is not there, not the first caller's or not this caller's goes on waiting, and so does one
    that does not fit its meter at all.
    """
    waiting_rows = await repository.list_kept(ctx.session, ctx.principal, meter_no, MAX_ROWS)
    await door.refresh(ctx.session, now=True)
    reachable = finder(door.directory, ctx.principal)
    sections: list[Section] = []
    faults: list[Fault] = []
    rows: list[QuarantineRow] = []
    waiting = 0
    for row in waiting_rows:
        principal = principal_of(row)
        if reachable(row.meter_no) is None:
            waiting += 1
            continue
        body = body_of(row)
        header = body.header
        terms = Terms(
            row.unit, row.interval_minutes, row.rank, ctx.now, door.earliest_on, header.quantity, header.kind
        )
        situation = situation_of(door.directory, principal, terms)
        checked = check(settle(body, header.zone, situation.find), situation)
        if checked.unknown:
            waiting += 1
            continue
        faults += [replace(fault, pointer=f"/{row.id}{fault.pointer}") for fault in checked.faults]
        if checked.sections:
            sections += checked.sections
            rows.append(row)
    told = tell(faults)
    receipt = build_receipt(ctx, "replay", f"{ctx.principal.subject}/quarantine", told)
    receipt.transport = "quarantine"
    receipt.newest_at = newest_at(door.directory, sections)
    parts = split(sections)
    receipt.accepted = sum(part.readings for part in parts)
    receipt.parts = len(parts)
    taken = Taken(receipt, parts, (), chunks(receipt.id, told), b"replay:" + receipt.id.bytes, ctx.now)
    return Replay(taken, tuple(rows), receipt.accepted, waiting)


async def mark_replayed(ctx: Context, replay: Replay) -> None:
    """The log has them: they wait no longer. Should this be lost, they are taken again and change nothing."""
    for row in replay.rows:
        row.status = "replayed"
        row.replayed_at = ctx.now
        row.replay_receipt_id = replay.taken.receipt.id
    await ctx.session.flush()
    await acknowledge_receipt(await raw_connection(ctx.session), replay.taken.receipt.id)
