"""Which meters of a shard a part holds values for: a bit each, so that a receipt is found by meter."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from services.energy.feeds.domain.block import SHARD_METERS, Section


def meter_bits(sections: Iterable[Section]) -> tuple[int, bytes]:
    """The shard, and 125 bytes; PostgreSQL's ``get_bit`` counts from the lowest bit of the first byte."""
    present = np.zeros(SHARD_METERS, np.bool_)
    shard = 0
    for section in sections:
        if len(section.meter_index):
            shard = int(section.meter_index[0]) // SHARD_METERS
            present[section.meter_index % SHARD_METERS] = True
    return shard, np.packbits(present, bitorder="little").tobytes()
