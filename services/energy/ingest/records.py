"""Records of the readings' topic: who sent them, what they hold, and which of them can never be merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.energy.feeds.domain.block import MalformedBlock, RegisterRows, Section, decode
from services.energy.feeds.domain.meter_bits import meter_bits
from services.energy.feeds.repository import PartCounts
from services.energy.metering.domain.columns import MeterColumns


class LogRecord(Protocol):
    """What the worker reads of a Kafka record."""

    @property
    def offset(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class UnmergeableRecord(Exception):
    """A record that no release of ours has written: poison."""


@dataclass(frozen=True, slots=True)
class Part:
    """A decoded record: part ``number`` of the receipt's body; ``offset``: its place in the log."""

    receipt_id: UUID
    number: int
    sections: tuple[Section, ...]
    offset: int


def counts_of(parts: Sequence[Part], fates: Sequence[Sequence[int]]) -> list[PartCounts]:
    """What is noted of merged parts; ``fates``: stored, unchanged, revised, superseded of each."""
    counts = []
    for part, (stored, unchanged, revised, superseded) in zip(parts, fates, strict=True):
        shard, meters = meter_bits(part.sections)
        counts.append(
            PartCounts(part.receipt_id, part.number, stored, unchanged, revised, superseded, shard, meters)
        )
    return counts


def read_part(record: LogRecord, meters: MeterColumns) -> Part:
    """Raises UnmergeableRecord; a meter that is not in ``meters`` is named as :class:`UnknownMeterIndex`."""
    headers = dict(record.headers)
    try:
        receipt_id = UUID(headers["receipt"].decode("ascii"))
        number = int(headers["part"].decode("ascii").partition("/")[0])
    except (KeyError, ValueError) as error:
        raise UnmergeableRecord(f"no valid receipt or part header: {error!r}") from error
    if record.value is None or not 0 <= number < 1 << 15:
        raise UnmergeableRecord("no block, or a part out of range")
    try:
        sections = decode(record.value)
    except MalformedBlock as error:
        raise UnmergeableRecord(str(error)) from error
    for section in sections:
        known = meters.knows(section.meter_index)
        if not known.all():
            raise UnknownMeterIndex(int(section.meter_index[~known][0]))
        fits = meters.slots[section.meter_index] == section.slots
        fits &= meters.quantity[section.meter_index] == section.quantity
        fits &= meters.is_cumulative[section.meter_index] == isinstance(section, RegisterRows)
        if not fits.all():
            index = int(section.meter_index[~fits][0])
            raise UnmergeableRecord(
                f"meter {index} has no {type(section).__name__} of {section.slots} slots and "
                f"quantity {section.quantity}"
            )
    return Part(receipt_id, number, sections, record.offset)


class UnknownMeterIndex(UnmergeableRecord):
    """The meter may have been registered a moment ago: look again before the record is called poison."""

    def __init__(self, index: int) -> None:
        super().__init__(f"meter index {index} was never given")
        self.index = index
