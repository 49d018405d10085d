"""Records of the readings' topic: who sent them, what they hold, and which of them can never be merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import numpy as np

from services.energy.feeds.domain.block import MalformedBlock, RegisterRows, Section, decode
from services.energy.feeds.domain.meter_bits import meter_bits
from services.energy.feeds.repository import PartCounts
from services.energy.metering.domain.meter import Meter


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


def part_counts(part: Part, fates: Sequence[int]) -> PartCounts:
    """What is noted of a merged part; ``fates``: stored, unchanged, revised, superseded."""
    stored, unchanged, revised, superseded = fates
    shard, meters = meter_bits(part.sections)
    return PartCounts(part.receipt_id, part.number, stored, unchanged, revised, superseded, shard, meters)


def read_part(record: LogRecord, meters: Mapping[int, Meter]) -> Part:
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
        for index in np.unique(section.meter_index).tolist():
            meter = meters.get(index)
            if meter is None:
                raise UnknownMeterIndex(index)
            if (meter.slots, meter.quantity.number) != (section.slots, section.quantity):
                raise UnmergeableRecord(f"meter {index} has {meter.slots} slots of {meter.quantity}")
            if meter.kind.is_cumulative != isinstance(section, RegisterRows):
                raise UnmergeableRecord(f"meter {index} is of kind {meter.kind}")
    return Part(receipt_id, number, sections, record.offset)


class UnknownMeterIndex(UnmergeableRecord):
    """The meter may have been registered a moment ago: look again before the record is called poison."""

    def __init__(self, index: int) -> None:
        super().__init__(f"meter index {index} was never given")
        self.index = index
