"""Findings: opened once while something is there, cleared once when it is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from libs.common.context import Context
from services.energy.metering.domain.incoming import Int, day_keys
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.vee import repository
from services.energy.vee.domain.kinds import RuleKind
from services.energy.vee.errors import FindingNotOpen
from services.energy.vee.tables import VeeFindingRow

# Meter, day since 1970, kind.
Place = tuple[int, int, RuleKind]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule found at a place."""

    rule_id: UUID | None
    slots: tuple[int, ...]
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Days of meters (entry by entry) that rules of some kinds have looked at.

    A night's corrections touch a hundred thousand of them, and findings stand at few: whether a finding's place is
    among them is asked, they are never gone through.
    """

    kinds: frozenset[RuleKind]
    meter_index: Int
    day: Int

    def keys(self) -> frozenset[int]:
        return frozenset(day_keys(self.meter_index, self.day).tolist())


async def settle_findings(
    ctx: Context, quantity: int, meters: Iterable[Meter], judged: Sequence[Judged], seen: Mapping[Place, Seen]
) -> None:
    """Bring the findings of the judged places to what was seen there; what was seen elsewhere is not told."""
    looked_at = [item for item in judged if len(item.day)]
    if not looked_at:
        return
    by_index = {meter.meter_index: meter for meter in meters}
    first, last = min(int(item.day.min()) for item in looked_at), max(int(item.day.max()) for item in looked_at)
    rows = await repository.current_findings(
        ctx.session, quantity, sorted(by_index), date_of(first), date_of(last)
    )
    current = {(row.meter_index, day_number(row.day), RuleKind(row.kind)): row for row in rows}
    for place in _among(looked_at, {*current, *seen}):
        row, found = current.get(place), seen.get(place)
        if row is None and found is not None:
            ctx.session.add(_opened(ctx, quantity, by_index[place[0]], place, found))
        elif row is not None and found is not None:
            _amend(row, found)
        elif row is not None:
            row.status, row.cleared_at = "cleared", ctx.now
            row.version += 1
    await ctx.session.flush()


def _among(judged: Sequence[Judged], places: Iterable[Place]) -> list[Place]:
    """Those of the places that were judged, in one order."""
    chosen = sorted(places, key=lambda place: (place[0], place[1], place[2].value))
    if not chosen:
        return []
    days = [(item.kinds, item.keys()) for item in judged]
    index, day = (np.array([place[at] for place in chosen], np.int64) for at in (0, 1))
    return [
        place
        for place, key in zip(chosen, day_keys(index, day).tolist(), strict=True)
        if any(place[2] in kinds and key in keys for kinds, keys in days)
    ]


def _opened(ctx: Context, quantity: int, meter: Meter, place: Place, found: Seen) -> VeeFindingRow:
    return VeeFindingRow(
        id=ctx.new_id(),
        meter_index=meter.meter_index,
        meter_no=meter.meter_no,
        region_code=meter.region_code,
        enterprise_id=meter.enterprise_id,
        quantity=quantity,
        day=date_of(place[1]),
        kind=place[2].value,
        rule_id=found.rule_id,
        status="open",
        slots=list(found.slots),
        figures=dict(found.figures),
        opened_at=ctx.now,
        version=1,
    )


def _amend(row: VeeFindingRow, found: Seen) -> None:
    if row.status == "accepted" and set(found.slots) <= set(row.slots):
        return
    if (row.slots, row.figures) == (list(found.slots), dict(found.figures)):
        return
    if row.status == "accepted":
        # More than what the person looked at.
        row.status, row.accepted_by, row.accepted_because = "open", None, None
    row.slots, row.figures, row.rule_id = list(found.slots), dict(found.figures), found.rule_id
    row.version += 1


async def accept_finding(ctx: Context, finding_id: UUID, reason: str) -> VeeFindingRow:
    """A person says the values are right. Raises FindingNotFound, FindingNotOpen."""
    row = await repository.get_finding(ctx.session, ctx.principal, finding_id, locked=True)
    if row.status != "open":
        raise FindingNotOpen(status=row.status)
    row.status, row.accepted_by, row.accepted_because = "accepted", ctx.principal.subject, reason
    row.version += 1
    await ctx.session.flush()
    return row
