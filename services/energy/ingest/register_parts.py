"""Register states of a batch: taken record by record, so that what they mean depends on no batch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.energy.feeds.domain.block import PointRows, RegisterRows, decode, encode
from services.energy.ingest.domain.assembly import assemble
from services.energy.ingest.records import Part
from services.energy.metering.domain.incoming import Incoming, Int
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.quality import Quality
from services.energy.registers import derivation_repository
from services.energy.registers.clearing import clear_slots
from services.energy.registers.deriving import incoming_of, take_states
from services.energy.registers.domain.folding import StateColumns
from services.energy.registers.domain.windows import Derived
from services.energy.registers.state_repository import lock_registers

# As in assembly: room for the rows of one record in the numbers that order a batch.
_ROWS_A_RECORD: Final = 1 << 32


@dataclass(slots=True, eq=False)
class RegisterOutcome:
    """What the states of one partition's records lead to.

    ``counts``: (parts, 4) states stored, unchanged, revised, superseded. ``incoming``: powers for the curves, in
    the order of the log. ``derived``: (receipt, what follows), for the slots to be cleared.
    """

    counts: NDArray[np.int64]
    incoming: list[Incoming] = field(default_factory=list)
    derived: list[tuple[UUID, Derived]] = field(default_factory=list)

    def bare_days(self) -> list[tuple[Int, Int]]:
        return [(item.bare_meter, item.bare_day) for _, item in self.derived if len(item.bare_day)]

    def for_detection(self, first: int) -> list[Incoming]:
        """The powers as the detector meets them among the batch's, where the partition's parts begin at ``first``.

        Their stamps move no clock: a replay does not know them.
        """
        shift = first * _ROWS_A_RECORD
        return [
            replace(item, points=replace(item.points, order=item.points.order + shift, rank=item.points.rank * 0))
            for item in self.incoming
        ]

    async def clear(self, session: AsyncSession, at: datetime) -> None:
        """Take powers out of the curves that no longer follow from their registers."""
        for receipt_id, item in self.derived:
            await clear_slots(session, item, receipt_id, at)


def has_registers(parts: Sequence[Part]) -> bool:
    return any(isinstance(section, RegisterRows) for part in parts for section in part.sections)


class Assigned(Protocol):
    """A partition of the readings' log."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...


async def take_batch(
    ctx: Context,
    meters: Mapping[int, Meter],
    refresh_meters: Callable[[AsyncSession], Awaitable[None]],
    batch: Iterable[Assigned],
    decoded: Mapping[int, Sequence[Part]],
) -> dict[int, RegisterOutcome]:
    """Outcomes by partition, of those whose records hold states of registers; ``meters`` is kept current."""
    found = [part for own in decoded.values() for part in own if has_registers([part])]
    if not found:
        return {}
    await _lock_meters(ctx.session, found)
    # Under the lock: a multiplier or a device that was changed meanwhile is known from here on.
    await refresh_meters(ctx.session)
    return {
        owned.partition: await take_registers(
            ctx.session, meters, (owned.topic, owned.partition), decoded[owned.partition], ctx.now
        )
        for owned in batch
        if has_registers(decoded[owned.partition])
    }


async def _lock_meters(session: AsyncSession, parts: Sequence[Part]) -> None:
    """Hold the registers of all records of a batch."""
    indexes = [
        section.meter_index for part in parts for section in part.sections if isinstance(section, RegisterRows)
    ]
    await lock_registers(session, np.concatenate(indexes).astype(np.int64))


async def take_registers(
    session: AsyncSession,
    meters: Mapping[int, Meter],
    place: tuple[str, int],
    parts: Sequence[Part],
    at: datetime,
) -> RegisterOutcome:
    """Store the states of a partition's records and say what follows; ``place``: topic and partition."""
    outcome = RegisterOutcome(np.zeros((len(parts), 4), np.int64))
    for number, part in enumerate(parts):
        sections = [section for section in part.sections if isinstance(section, RegisterRows)]
        if not sections:
            continue
        taken = await take_states(session, meters, _columns(sections), part.receipt_id, at)
        outcome.counts[number] = taken.counts
        order = number * _ROWS_A_RECORD
        for derived in taken.derived:
            outcome.incoming.append(incoming_of(derived, part=number, parts=len(parts), order=order))
            outcome.derived.append((part.receipt_id, derived))
            order += len(derived.values)
        await derivation_repository.save(session, place, part.offset, _block(taken.derived), at)
    return outcome


async def replay_registers(session: AsyncSession, place: tuple[str, int], parts: Sequence[Part]) -> list[Incoming]:
    """What the states of these records led to when they were merged, for the detector to learn again."""
    offsets = [part.offset for part in parts if has_registers([part])]
    if not offsets:
        return []
    blocks = await derivation_repository.load(session, place, offsets)
    # Every record keeps its place, so that the powers stand among the other readings as they did then.
    return assemble([decode(blocks[part.offset]) if part.offset in blocks else () for part in parts])


def _columns(sections: Sequence[RegisterRows]) -> StateColumns:
    """The states of a record in order of time; states of one minute keep the body's order."""
    minute = np.concatenate([section.minute for section in sections]).astype(np.int64)
    quality = [
        np.full(len(section.values), Quality.MEASURED, np.uint8) if section.quality is None else section.quality
        for section in sections
    ]
    states = StateColumns(
        meter_index=np.concatenate([section.meter_index for section in sections]).astype(np.int64),
        minute=minute,
        value=np.concatenate([section.values for section in sections]),
        quality=np.concatenate(quality),
        rank=np.concatenate([np.full(len(section.values), section.rank, np.int64) for section in sections]),
    )
    return states.take(np.argsort(minute, kind="stable"))


def _block(derived: Sequence[Derived]) -> bytes:
    return encode(
        [
            PointRows(
                quantity=item.quantity,
                slots=item.slots,
                rank=0,
                meter_index=item.meter_index.astype(np.int32),
                day=item.day.astype(np.int32),
                slot=item.slot.astype(np.uint16),
                values=item.values,
                quality=item.quality,
            )
            for item in derived
        ]
    )
