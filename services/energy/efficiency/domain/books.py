"""An enterprise's months as reported and metered (能源统计台帐), and what they come to in standard coal.

Missing is never zero: a carrier that was used before and is not reported makes the month unknown, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.energy.efficiency.domain.carriers import ELECTRICITY, FactorBook, FactorKind
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


class Flow(StrEnum):
    """消费 consumed, 外供 supplied to others, 原料用能 feedstock.

    What is supplied to others is taken off (综合能耗); feedstock is shown and counts in no total.
    """

    CONSUMED = "consumed"
    SUPPLIED = "supplied"
    FEEDSTOCK = "feedstock"

    @property
    def sign(self) -> int:
        return {Flow.CONSUMED: 1, Flow.SUPPLIED: -1, Flow.FEEDSTOCK: 0}[self]


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
    _uses: dict[UUID | None, dict[date, dict[tuple[str, Flow], Decimal]]] | None = None

    def uses(self, process_id: UUID | None, month: date) -> dict[tuple[str, Flow], Decimal]:
        """Reported uses of a month by carrier and flow."""
        if self._uses is None:
            self._uses = {}
            for key, quantity in self.figures.items():
                if key.kind is FigureKind.USE and key.flow is not None:
                    months = self._uses.setdefault(key.process_id, {})
                    months.setdefault(key.month, {})[key.code, key.flow] = quantity
        return self._uses.get(process_id, {}).get(month, {})

    def first_month(self) -> date | None:
        """The first month of which anything is known."""
        return min((*(key.month for key in self.figures), *(month for month, _ in self.metered)), default=None)

    def last_month(self) -> date | None:
        return max((*(key.month for key in self.figures), *(month for month, _ in self.metered)), default=None)

    def outputs(self, month: date, product_code: str) -> list[tuple[UUID | None, Decimal]]:
        return [
            (key.process_id, quantity)
            for key, quantity in self.figures.items()
            if key.kind is FigureKind.OUTPUT and key.month == month and key.code == product_code
        ]

    def product_codes(self, months: Iterable[date]) -> tuple[str, ...]:
        """Products with an output in any of the months."""
        wanted = set(months)
        found = {key.code for key in self.figures if key.kind is FigureKind.OUTPUT and key.month in wanted}
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Line:
    """A carrier's use in a month. ``quantity`` is what counts, by ``source``: metered or reported.

    ``difference`` is metered less reported, ``is_flagged`` beyond the tolerance. ``tce`` has the flow's sign.
    """

    process_id: UUID | None
    carrier_code: str
    flow: Flow
    reported: Decimal | None
    metered: Decimal | None = None
    completeness: Decimal | None = None
    quantity: Decimal | None = None
    source: str | None = None
    kgce_per_unit: Decimal | None = None
    factor_source: str | None = None
    factor_measured: bool = False
    tce: Decimal | None = None
    reason: Reason | None = None

    @property
    def difference(self) -> Decimal | None:
        return None if self.metered is None or self.reported is None else self.metered - self.reported

    @property
    def difference_percent(self) -> Decimal | None:
        difference = self.difference
        if difference is None or not self.metered:
            return None
        return (difference / self.metered * _HUNDRED).quantize(Decimal("0.01"))

    def is_flagged(self, trust: MeterTrust) -> bool:
        percent = self.difference_percent
        if percent is None:
            return self.difference not in {None, Decimal(0)}
        return abs(percent) > trust.tolerance_percent


@dataclass(frozen=True, slots=True)
class MonthEnergy:
    """A boundary's month; ``tce`` and ``kwh`` null as long as there is a reason."""

    month: date
    lines: tuple[Line, ...]
    tce: Decimal | None
    reasons: tuple[Reason, ...] = ()

    @property
    def kwh(self) -> Decimal | None:
        """Electricity that counts: consumed less supplied to others."""
        wanted = [line for line in self.lines if line.carrier_code == ELECTRICITY]
        if not wanted or any(line.quantity is None and line.flow.sign for line in wanted):
            return None
        return sum((line.flow.sign * line.quantity for line in wanted if line.quantity is not None), Decimal(0))


@dataclass(frozen=True, slots=True)
class Converter:
    """Reads books into standard coal by factors of one kind. Months of a book are computed once."""

    factors: FactorBook
    kind: FactorKind
    trust: MeterTrust
    _kept: dict[tuple[UUID, UUID | None, date], MonthEnergy] = field(default_factory=dict)

    def month(self, book: Book, process_id: UUID | None, month: date) -> MonthEnergy:
        """Energy of a process; of the whole enterprise where none is named."""
        key = (book.enterprise_id, process_id, month)
        if key not in self._kept:
            lines = tuple(self._lines(book, process_id, month))
            if process_id is None:
                lines = self._with_processes(book, month, lines)
            self._kept[key] = _total(month, lines)
        return self._kept[key]

    def _with_processes(self, book: Book, month: date, own: tuple[Line, ...]) -> tuple[Line, ...]:
        """The enterprise's own lines, and of carriers it has no line of the sum of its processes."""
        said = {
            (line.carrier_code, line.flow) for line in own if not (line.reported is None and line.metered is None)
        }
        parts: dict[tuple[str, Flow], list[Line]] = {}
        for process_id in book.processes:
            for line in self.month(book, process_id, month).lines:
                if (line.carrier_code, line.flow) not in said:
                    parts.setdefault((line.carrier_code, line.flow), []).append(line)
        kept = [line for line in own if (line.carrier_code, line.flow) not in parts]
        return (*kept, *(_summed(lines) for _, lines in sorted(parts.items())))

    def _lines(self, book: Book, process_id: UUID | None, month: date) -> Iterator[Line]:
        said = book.uses(process_id, month)
        metered = book.metered.get((month, process_id))
        wanted = set(said) | _expected(book, process_id, month)
        if metered is not None:
            wanted.add((ELECTRICITY, Flow.CONSUMED))
        for code, flow in sorted(wanted):
            is_metered = metered is not None and (code, flow) == (ELECTRICITY, Flow.CONSUMED)
            line = Line(process_id, code, flow, said.get((code, flow)))
            yield self._converted(book, month, self._chosen(line, metered if is_metered else None, month))

    def _chosen(self, line: Line, metered: Metered | None, month: date) -> Line:
        """Metered where the meters are complete enough, else reported, else nothing with the reason."""
        facts: dict[str, Any] = {}
        share = None if metered is None else metered.completeness
        if metered is not None:
            facts = {"metered": metered.kwh, "completeness": share}
        if metered is not None and share is not None and share >= self.trust.min_completeness:
            facts |= {"quantity": metered.kwh, "source": "metered"}
        elif line.reported is not None:
            facts |= {"quantity": line.reported, "source": "reported"}
        else:
            code = ReasonCode.CARRIER_MISSING if metered is None else ReasonCode.METERS_INCOMPLETE
            facts["reason"] = Reason(code, month, line.carrier_code)
        return replace(line, **facts)

    def _converted(self, book: Book, month: date, line: Line) -> Line:
        found = self.factors.convert(line.carrier_code, self.kind, book.enterprise_id, book.region_code, month)
        if found is None:
            return replace(line, reason=line.reason or Reason(ReasonCode.FACTOR_MISSING, month, line.carrier_code))
        tce = None
        if line.quantity is not None:
            tce = line.flow.sign * line.quantity * found.kgce_per_unit / _THOUSAND
        return replace(
            line,
            kgce_per_unit=found.kgce_per_unit,
            factor_source=found.source,
            factor_measured=found.is_measured,
            tce=tce,
        )


def _expected(book: Book, process_id: UUID | None, month: date) -> set[tuple[str, Flow]]:
    """Carriers whose last figure of the months before is one other than zero."""
    last: dict[tuple[str, Flow], Decimal] = {}
    for back in range(LOOK_BACK_MONTHS, 0, -1):
        last |= book.uses(process_id, shifted(month, -back))
    return {key for key, quantity in last.items() if quantity != 0}


def _summed(lines: list[Line]) -> Line:
    """One line of several processes' lines: unknown where one is."""

    def total(name: str) -> Decimal | None:
        values = [getattr(line, name) for line in lines]
        return None if any(value is None for value in values) else sum(values, Decimal(0))

    first = lines[0]
    factors = {line.kgce_per_unit for line in lines}
    sources = {line.source for line in lines}
    quantity = total("quantity")
    return Line(
        None,
        first.carrier_code,
        first.flow,
        total("reported"),
        metered=total("metered"),
        completeness=min((line.completeness for line in lines if line.completeness is not None), default=None),
        quantity=quantity,
        source=None if quantity is None else sources.pop() if len(sources) == 1 else "mixed",
        kgce_per_unit=factors.pop() if len(factors) == 1 else None,
        factor_source=first.factor_source,
        factor_measured=any(line.factor_measured for line in lines),
        tce=total("tce"),
        reason=next((line.reason for line in lines if line.reason is not None), None),
    )


def _total(month: date, lines: tuple[Line, ...]) -> MonthEnergy:
    if not lines:
        return MonthEnergy(month, (), None, (Reason(ReasonCode.NOTHING_REPORTED, month),))
    reasons = tuple(line.reason for line in lines if line.reason is not None and line.flow.sign)
    if reasons:
        return MonthEnergy(month, lines, None, reasons)
    tce = sum((line.tce for line in lines if line.tce is not None), Decimal(0))
    return MonthEnergy(month, lines, tce)
