"""What months of a book come to in standard coal (综合能耗).

Missing is never zero: a carrier that was used before and is not reported makes the month unknown, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.energy.efficiency.domain.books import (
    Book,
    Flow,
    Metered,
    MeterTrust,
    Reason,
    ReasonCode,
)
from services.energy.efficiency.domain.carriers import ELECTRICITY, FactorBook, FactorKind

_THOUSAND: Final = Decimal(1000)
_HUNDRED: Final = Decimal(100)


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
    _kept: dict[tuple[UUID, UUID | None, date], MonthEnergy] = field(default_factory=dict, repr=False)

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
        wanted = set(said) | book.expected(process_id, month)
        if metered is not None:
            wanted.add((ELECTRICITY, Flow.CONSUMED))
        for code, flow in sorted(wanted):
            is_metered = metered is not None and (code, flow) == (ELECTRICITY, Flow.CONSUMED)
            chosen = self._chosen(code, said.get((code, flow)), metered if is_metered else None, month)
            yield self._converted(book, month, process_id, code, flow, chosen)

    def _chosen(self, code: str, reported: Decimal | None, metered: Metered | None, month: date) -> dict[str, Any]:
        """Metered where the meters are complete enough, else reported, else nothing with the reason."""
        facts: dict[str, Any] = {"reported": reported}
        share = None if metered is None else metered.completeness
        if metered is not None:
            facts |= {"metered": metered.kwh, "completeness": share}
        if metered is not None and share is not None and share >= self.trust.min_completeness:
            facts |= {"quantity": metered.kwh, "source": "metered"}
        elif reported is not None:
            facts |= {"quantity": reported, "source": "reported"}
        else:
            why = ReasonCode.CARRIER_MISSING if metered is None else ReasonCode.METERS_INCOMPLETE
            facts["reason"] = Reason(why, month, code)
        return facts

    def _converted(
        self,
        book: Book,
        month: date,
        process_id: UUID | None,
        code: str,
        flow: Flow,
        facts: dict[str, Any],
    ) -> Line:
        found = self.factors.convert(code, self.kind, book.enterprise_id, book.region_code, month)
        if found is None:
            facts.setdefault("reason", Reason(ReasonCode.FACTOR_MISSING, month, code))
            return Line(process_id, code, flow, **facts)
        quantity = facts.get("quantity")
        tce = None if quantity is None else flow.sign * quantity * found.kgce_per_unit / _THOUSAND
        return Line(
            process_id,
            code,
            flow,
            **facts,
            kgce_per_unit=found.kgce_per_unit,
            factor_source=found.source,
            factor_measured=found.is_measured,
            tce=tce,
        )


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
