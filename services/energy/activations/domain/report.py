"""The report of the day (有序用电执行日报, S21): what was ordered, told, achieved, and who did not respond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.energy.activations.domain.verification import Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """An order that began on the day. Figures are null where nothing is known; of a running order so far."""

    order_id: UUID
    activation_code: str
    state: str
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    region_code: str
    tier: int | None
    measure: str | None
    starts_at: datetime
    ends_at: datetime
    ordered_kw: float
    ordered_kwh: float
    notices: int
    acknowledged_at: datetime | None
    is_acknowledged_late: bool
    course: str | None
    verdict: str | None
    unknown: str | None
    mean_kw: float | None
    peak_kw: float | None
    energy_kwh: float | None
    shortfall_kwh: float | None
    rate: float | None
    covered: float | None

    @property
    def has_answered(self) -> bool:
        return self.acknowledged_at is not None


@dataclass(frozen=True, slots=True)
class Totals:
    """``ordered_kw`` and ``achieved_kw`` sum the orders' peaks and means; achieved figures as far as known.

    ``rate``: achieved energy against what was ordered of the orders whose energy is known.
    """

    activations: int
    orders: int
    acknowledged: int
    unacknowledged: int
    met: int
    not_met: int
    cannot_tell: int
    unverified: int
    ordered_kw: float
    ordered_kwh: float
    achieved_kw: float | None
    energy_kwh: float | None
    shortfall_kwh: float | None
    rate: float | None


@dataclass(frozen=True, slots=True)
class DayReport:
    region_code: str
    region_name: str | None
    day: date
    made_at: datetime
    totals: Totals
    lines: tuple[Line, ...]

    @property
    def silent(self) -> tuple[Line, ...]:
        """Who has not acknowledged."""
        return tuple(line for line in self.lines if not line.has_answered)

    @property
    def short(self) -> tuple[Line, ...]:
        """Who has not met its order."""
        return tuple(line for line in self.lines if line.verdict == Verdict.NOT_MET)


def totals(lines: Sequence[Line]) -> Totals:
    """Sums over the lines; None where nothing is known."""
    known = [line for line in lines if line.energy_kwh is not None]
    asked = sum(line.ordered_kwh for line in known)
    energy = sum(line.energy_kwh or 0.0 for line in known)
    counts = {verdict: sum(line.verdict == verdict for line in lines) for verdict in Verdict}
    return Totals(
        activations=len({line.activation_code for line in lines}),
        orders=len(lines),
        acknowledged=sum(line.has_answered for line in lines),
        unacknowledged=sum(not line.has_answered for line in lines),
        met=counts[Verdict.MET],
        not_met=counts[Verdict.NOT_MET],
        cannot_tell=counts[Verdict.CANNOT_TELL],
        unverified=sum(line.verdict is None for line in lines),
        ordered_kw=sum(line.ordered_kw for line in lines),
        ordered_kwh=sum(line.ordered_kwh for line in lines),
        achieved_kw=sum(line.mean_kw or 0.0 for line in known) if known else None,
        energy_kwh=energy if known else None,
        shortfall_kwh=sum(line.shortfall_kwh or 0.0 for line in known) if known else None,
        rate=energy / asked if asked > 0 else None,
    )
