"""Taking back what a person entered (撤销编辑): to what was measured, or to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.rank import COMPUTED_RANK

# Of an edit that was recorded without ranks: whatever a source sends takes the value's place.
_UNKNOWN_RANK: Final = COMPUTED_RANK


class BackTo(StrEnum):
    """``MEASURED``: what stood before people edited the slot, if that was measured; ``MISSING``: nothing."""

    MEASURED = "measured"
    MISSING = "missing"


class PastEdit(Protocol):
    """An edit as it is recorded: what stood in its slots before."""

    slots: list[int]
    before_kw: list[float]
    before_quality: list[int]
    before_rank: list[int] | None


@dataclass(frozen=True, slots=True)
class Origin:
    """A measured value with its rank."""

    value_kw: float
    rank: int


def origins(edits: Iterable[PastEdit], slots: Sequence[int]) -> dict[int, Origin | None]:
    """By edited slot what was measured before, None for nothing. ``edits``: of the day, oldest first.

    What people entered over each other's values does not count, nor what was estimated: it is estimated anew.
    """
    wanted = set(slots)
    found: dict[int, Origin | None] = {}
    for edit in edits:
        ranks = edit.before_rank or [_UNKNOWN_RANK] * len(edit.slots)
        for slot, value, quality, rank in zip(edit.slots, edit.before_kw, edit.before_quality, ranks, strict=True):
            if slot in wanted and quality != Quality.EDITED:
                found[slot] = Origin(value, rank) if quality == Quality.MEASURED else None
    return found
