"""An enterprise's months as they were reported and metered (能源统计台帐)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from services.energy.efficiency.domain.months import shifted

OUTPUT_VALUE: Final = "output_value"
# A carrier used within so many months before and not since reported as zero is expected to be reported.
LOOK_BACK_MONTHS: Final = 12
_THOUSAND: Final = Decimal(1000)
_HUNDRED: Final = Decimal(100)


class FigureKind(StrEnum):
    """能源消费 energy use, 产品产量 output, 产值 value."""

    USE = "use"
    OUTPUT = "output"
    VALUE = "value"


class Origin(StrEnum):
    """Who stated a figure: the enterprise itself (企业自报) or an office (主管部门录入)."""

    ENTERPRISE = "enterprise"
    OFFICE = "office"


class Flow(StrEnum):
    """消费 consumed, 外供 supplied to others, 原料用能 feedstock.

    What is supplied to others is taken off (综合能耗); feedstock is shown and counts in no total.
    """

    CONSUMED = "consumed"
    SUPPLIED = "supplied"
    FEEDSTOCK = "feedstock"

    @property
    def sign(self) -> int:
        if self is Flow.CONSUMED:
            return 1
        return -1 if self is Flow.SUPPLIED else 0


class ReasonCode(StrEnum):
    """Why a figure is null."""

    NOTHING_REPORTED = "nothing_reported"
    CARRIER_MISSING = "carrier_missing"
    METERS_INCOMPLETE = "meters_incomplete"
    FACTOR_MISSING = "factor_missing"
    OUTPUT_MISSING = "output_missing"
    OUTPUT_ZERO = "output_zero"
    ENERGY_NOT_POSITIVE = "energy_not_positive"
    BOUNDARY_UNCLEAR = "boundary_unclear"
    MEMBER_MISSING = "member_missing"
    NO_MEMBERS = "no_members"
    NO_BENCHMARK = "no_benchmark"
    MONTH_AHEAD = "month_ahead"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason with what it is about; absent parts are None."""

    code: ReasonCode
    month: date | None = None
    subject: str | None = None


class Key(NamedTuple):
    """What a figure is of; ``code``: a carrier, a product or ``output_value``; no process: the enterprise."""

    kind: FigureKind
    month: date
    process_id: UUID | None
    code: str
    flow: Flow | None = None


class Metered(NamedTuple):
    """Energy of the assigned meters in a month, kWh, and how many of the expected values there are.

    None where no meter has a value.
    """

    kwh: Decimal | None
    present: int
    expected: int

    @property
    def completeness(self) -> Decimal | None:
        if self.expected <= 0:
            return None
        return min(Decimal(1), Decimal(self.present) / self.expected).quantize(Decimal("0.0001"))


@dataclass(frozen=True, slots=True)
class Process:
    """A process (工序) of an enterprise; ``product_code`` is what it makes, None for one that serves others."""

    process_id: UUID
    code: str
    name: str
    product_code: str | None


@dataclass(frozen=True, slots=True)
class MeterTrust:
    """From which completeness on meters go before reports, and what difference is flagged, in percent."""

    min_completeness: Decimal = Decimal("0.95")
    tolerance_percent: Decimal = Decimal(5)


Uses = dict[tuple[str, Flow], Decimal]
# By month, whether the figure is one other than zero.
History = list[tuple[date, bool]]


def _month_of(entry: tuple[date, bool]) -> date:
    return entry[0]


class _Index:
    """Figures by what is asked of them."""

    def __init__(self, figures: dict[Key, Decimal]) -> None:
        self.uses: dict[UUID | None, dict[date, Uses]] = {}
        self.outputs: dict[str, dict[date, list[tuple[UUID | None, Decimal]]]] = {}
        self.histories: dict[UUID | None, dict[tuple[str, Flow], History]] = {}
        for key, quantity in figures.items():
            if key.kind is FigureKind.OUTPUT:
                self.outputs.setdefault(key.code, {}).setdefault(key.month, []).append((key.process_id, quantity))
            elif key.flow is not None:
                used = (key.code, key.flow)
                self.uses.setdefault(key.process_id, {}).setdefault(key.month, {})[used] = quantity
                history = self.histories.setdefault(key.process_id, {}).setdefault(used, [])
                history.append((key.month, bool(quantity)))
        for histories in self.histories.values():
            for history in histories.values():
                history.sort()


@dataclass(slots=True)
class Book:
    """What is known of one enterprise. ``figures`` hold what stands; ``restated``: those that were corrected."""

    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    is_closed: bool = False
    is_key_user: bool = False
    processes: dict[UUID, Process] = field(default_factory=dict)
    figures: dict[Key, Decimal] = field(default_factory=dict)
    restated: set[Key] = field(default_factory=set)
    metered: dict[tuple[date, UUID | None], Metered] = field(default_factory=dict)
    # When each month was reported first.
    reported_on: dict[date, date] = field(default_factory=dict)
    _index: _Index | None = None

    @property
    def _indexed(self) -> _Index:
        # A book is read once it is filled.
        if self._index is None:
            self._index = _Index(self.figures)
        return self._index

    def uses(self, process_id: UUID | None, month: date) -> Uses:
        """Reported uses of a month by carrier and flow."""
        return self._indexed.uses.get(process_id, {}).get(month, {})

    def expected(self, process_id: UUID | None, month: date) -> set[tuple[str, Flow]]:
        """Carriers whose last figure of the twelve months before is one other than zero."""
        found = set()
        earliest = shifted(month, -LOOK_BACK_MONTHS)
        for key, history in self._indexed.histories.get(process_id, {}).items():
            place = bisect_left(history, month, key=_month_of) - 1
            if place >= 0 and history[place][0] >= earliest and history[place][1]:
                found.add(key)
        return found

    def first_month(self) -> date | None:
        """The first month of which anything is known."""
        return min((*(key.month for key in self.figures), *(month for month, _ in self.metered)), default=None)

    def last_month(self) -> date | None:
        return max((*(key.month for key in self.figures), *(month for month, _ in self.metered)), default=None)

    def outputs(self, month: date, product_code: str) -> list[tuple[UUID | None, Decimal]]:
        return self._indexed.outputs.get(product_code, {}).get(month, [])

    def product_codes(self, months: Iterable[date]) -> tuple[str, ...]:
        """Products with an output in any of the months."""
        wanted = set(months)
        return tuple(sorted(code for code, found in self._indexed.outputs.items() if not wanted.isdisjoint(found)))
