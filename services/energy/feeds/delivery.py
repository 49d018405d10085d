"""The one entry of all deliveries, whatever they came by: a request, a message, a file that was dropped.

A delivery is an edge of its own kind: what is noted must be committed before the broker is asked, and whoever
delivers hears only after the broker's acknowledgement. So it opens its transactions itself; its receipt is its
audit record. Why in this order: docs/decisions/0006-ingest-receipts.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import Principal, Scope
from libs.common.web.problems import DomainError, Forbidden
from services.energy.feeds import replay, repository, service
from services.energy.feeds.receipt_repository import acknowledge_receipt, find_seen, note_receipt
from services.energy.feeds.refusals import build_refusal
from services.energy.feeds.service import Delivery, Door, Taken
from services.energy.feeds.tables import ReceiptRow

# Real time; the producer itself gives up earlier.
ACKNOWLEDGE_SECONDS: Final = 15.0
# From here on the readings are worth the work of a delivery, and only their number limits a caller.
_WORTH_READINGS: Final = 500
# What the body itself is to blame for; everything else passes when it is sent again.
_BODY_AT_FAULT: Final = frozenset({415, 422})


@dataclass(frozen=True, slots=True)
class Means:
    """What a delivery uses of its process."""

    database: Database
    clock: Clock
    new_id: IdFactory
    door: Door


def admit(door: Door, principal: Principal) -> None:
    """Before a body is even read. Raises Forbidden, FeedsOverloaded, FeedsTooFrequent."""
    if Scope.ENERGY_INGEST not in principal.scopes:
        raise Forbidden
    door.lag.admit()
    door.rate.admit(principal.subject)


async def deliver(means: Means, principal: Principal, delivery: Delivery) -> ReceiptRow:
    """Take one body of a caller who was admitted; returns its receipt, or that of the same body sent before.

    The receipt stands, and the log has acknowledged every part. Raises UnsupportedMediaType, FormatUnknown,
    BodyUnreadable, FileUnreadable, UnitUnknown, HeaderInvalid (all noted as a refused receipt), NotAcknowledged.
    """
    now = means.clock.now()
    try:
        receipt, taken = await _take(means, principal, delivery, now)
    except DomainError as error:
        if error.status in _BODY_AT_FAULT:
            await note_refusal(means, principal, delivery, error)
        raise
    if taken is None:
        return receipt
    if taken.parts:
        await service.append(means.door, receipt.id, taken.parts, ACKNOWLEDGE_SECONDS)
        async with means.database.direct() as connection:
            await acknowledge_receipt(connection, receipt.id)
    service.count_outcome(taken)
    if receipt.accepted + receipt.quarantined >= _WORTH_READINGS:
        means.door.rate.give_back(principal.subject)
    return receipt


async def _take(
    means: Means, principal: Principal, delivery: Delivery, now: datetime
) -> tuple[ReceiptRow, Taken | None]:
    """The receipt, and what is still to be handed to the log."""
    digest = delivery.digest(principal.subject)
    database = means.database
    # The session stays unconnected unless something out of the ordinary is to be read.
    async with database.session() as session:
        ctx = Context(session, now, means.new_id, principal)
        async with database.direct() as connection:
            seen = await find_seen(connection, digest, now - service.SAME_BODY)
        if seen is not None and seen.is_answered:
            return await repository.get_receipt(session, principal, seen.receipt_id), None
        taken = await service.take(ctx, means.door, delivery, digest, now if seen is None else seen.first_at)
    await _note(means, principal, now, taken)
    return taken.receipt, taken


async def _note(means: Means, principal: Principal, now: datetime, taken: Taken) -> None:
    """The receipt must stand before the log is asked."""
    if not taken.kept and not taken.rejected:
        async with means.database.direct() as connection:
            await note_receipt(connection, taken.receipt, taken.digest, taken.first_at)
        return
    async with means.database.transaction() as session:
        await service.note(Context(session, now, means.new_id, principal), taken)


async def note_refusal(means: Means, principal: Principal, delivery: Delivery, error: DomainError) -> None:
    """Put a body that will never do among the receipts, as refused."""
    now = means.clock.now()
    async with means.database.transaction() as session:
        session.add(build_refusal(Context(session, now, means.new_id, principal), delivery, error))


async def replay_waiting(ctx: Context, means: Means, meter_no: str | None) -> replay.Replay:
    """Take the quarantined rows whose meters are registered by now; ``ctx`` keeps them locked meanwhile.

    Raises FeedsOverloaded, NotAcknowledged.
    """
    means.door.lag.admit()
    found = await replay.gather(ctx, means.door, meter_no)
    if found.taken.parts:
        # The receipt must stand before the worker can speak of it.
        await _note(means, ctx.principal, ctx.now, found.taken)
        await service.append(means.door, found.taken.receipt.id, found.taken.parts, ACKNOWLEDGE_SECONDS)
        await replay.mark_replayed(ctx, found)
    return found
