"""Figures of participants and the facts that make them.

Figures are rounded once, to six decimals: what was frozen and what is computed again are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.projects.contest.domain.participants import Participant, ParticipantKind, Quarter
from services.projects.contest.domain.rules import ContestRule
from services.projects.economy.domain.arithmetic import growth, ratio, shown

EXACT: Final = Context(prec=40, rounding=ROUND_HALF_UP)
FIGURE_PLACES: Final = 6
_HUNDRED: Final = Decimal(100)
_NOUGHT: Final = Decimal(0)


class GrowthBasis(StrEnum):
    """How a measure grows: ``rate`` percent, ``difference`` in its own unit, ``none`` not compared with a year
    before."""

    RATE = "rate"
    DIFFERENCE = "difference"
    NONE = "none"


class Unknown(StrEnum):
    """Why a figure is not there."""

    NO_FACTS = "no_facts"
    NOT_COMPLETE = "not_complete"
    MONTH_NOT_OVER = "month_not_over"
    NOT_COMPARED = "not_compared"
    BASE_MISSING = "base_missing"
    NO_BENCHMARK = "no_benchmark"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureInfo:
    """A measure of a source: its unit, how it grows, and whose it can be."""

    code: str
    unit: str
    growth: GrowthBasis
    kinds: frozenset[ParticipantKind]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One fact behind a figure: of an enterprise, a project, an appeal …

    ``value`` is what it adds, of a share its part above the line and ``whole`` that below; ``base`` and
    ``base_whole`` the same a year before. None is not known. ``known_at`` None where the source does not say.
    """

    kind: str
    id: str
    code: str
    name: str
    value: Decimal | None
    whole: Decimal | None = None
    base: Decimal | None = None
    base_whole: Decimal | None = None
    known_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A component's figure of a participant; ``value`` and ``growth`` None always with their reasons.

    ``growth`` is ``compared`` against ``base``: of sums those of whoever has both, so that who came or left moves
    no growth. ``complete`` of ``expected`` facts were there; ``rows`` facts make the figure.
    """

    value: Decimal | None
    reason: str | None
    base: Decimal | None = None
    compared: Decimal | None = None
    growth: Decimal | None = None
    growth_reason: str | None = None
    rows: int = 0
    complete: int | None = None
    expected: int | None = None


UNMEASURED: Final = Measured(None, Unknown.NO_FACTS.value, growth_reason=Unknown.NO_FACTS.value)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure with its facts."""

    figure: Measured
    rows: tuple[SourceRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What sources are asked: whose figures, of which days.

    ``keys`` are (what a fact refers to, participant): codes of regions with those below, or ids. ``months`` are
    those of the quarter that are over by ``through_on``. ``with_base`` asks for the year before as well,
    ``with_facts`` for the facts behind the figures and since when they were known; a source may leave them where
    they are if nobody asks.
    """

    region_code: str
    kind: ParticipantKind
    participants: tuple[Participant, ...]
    keys: tuple[tuple[str | UUID, UUID], ...]
    quarter: Quarter
    through_on: date
    months: tuple[date, ...]
    rule: ContestRule
    with_base: bool = False
    with_facts: bool = True

    @property
    def first_on(self) -> date:
        return self.quarter.first_on

    @property
    def periods(self) -> list[tuple[date, date]]:
        """The days asked about, and those a year before where they are asked about too."""
        now = (self.first_on, self.through_on)
        return [now, (self.base_first_on, self.base_through_on)] if self.with_base else [now]

    @property
    def base_first_on(self) -> date:
        return year_before(self.first_on)

    @property
    def base_through_on(self) -> date:
        return year_before(self.through_on)


def year_before(day: date) -> date:
    """The same day a year before; of 29 February the 28th."""
    return date(day.year - 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Facts added up: how many are expected and known, the sum of the known, and of the ``pairs`` that are known
    in both years the sums of either. Sums are None where nothing is added."""

    expected: int
    known: int
    value: Decimal | None
    pairs: int
    compared: Decimal | None
    base: Decimal | None


def added_up(rows: Sequence[SourceRow]) -> Amounts:
    known = [row.value for row in rows if row.value is not None]
    pairs = [(row.value, row.base) for row in rows if row.value is not None and row.base is not None]
    return Amounts(
        len(rows),
        len(known),
        sum(known, _NOUGHT) if known else None,
        len(pairs),
        sum((now for now, _ in pairs), _NOUGHT) if pairs else None,
        sum((then for _, then in pairs), _NOUGHT) if pairs else None,
    )


def of_amounts(found: Amounts, rule: ContestRule) -> Measured:
    """A sum, where enough of the expected facts are there; its growth from those with both years."""
    reason = _lacking(found.known, found.expected, rule)
    if reason is not None or found.value is None:
        return Measured(
            None,
            reason,
            growth_reason=reason,
            rows=found.expected,
            complete=found.known,
            expected=found.expected,
        )
    compared = None if found.compared is None else _rounded(found.compared)
    base = None if found.base is None else _rounded(found.base)
    rate = growth(compared, base)
    return Measured(
        _rounded(found.value),
        None,
        base,
        compared,
        None if rate.value is None else _rounded(rate.value),
        Unknown.BASE_MISSING.value if not found.pairs else rate.reason,
        found.expected,
        found.known,
        found.expected,
    )


def of_sums(rows: Sequence[SourceRow]) -> Measured:
    """A sum of whatever there is, against that of a year before: other facts every year, so none is expected."""
    known = [row.value for row in rows if row.value is not None]
    then = [row.base for row in rows if row.base is not None]
    if not known:
        return UNMEASURED
    value = _rounded(sum(known, _NOUGHT))
    base = _rounded(sum(then, _NOUGHT)) if then else None
    rate = growth(value, base)
    return Measured(
        value,
        None,
        base,
        None if base is None else value,
        None if rate.value is None else _rounded(rate.value),
        Unknown.BASE_MISSING.value if base is None else rate.reason,
        len(rows),
    )


def of_shares(rows: Sequence[SourceRow], rule: ContestRule) -> Measured:
    """Percent: what is above the line of what is below it, over the facts where both are known."""
    now = [(row.value, row.whole) for row in rows if row.whole is not None]
    then = [(row.base, row.base_whole) for row in rows if row.base is not None and row.base_whole is not None]
    known = [(above, below) for above, below in now if above is not None]
    reason = _lacking(len(known), len(now), rule)
    value = _percent(known) if reason is None else None
    if value is None:
        reason = reason or Unknown.NO_FACTS.value
        return Measured(None, reason, growth_reason=reason, rows=len(rows), complete=len(known), expected=len(now))
    base = _percent(then)
    return Measured(
        value,
        None,
        base,
        None if base is None else value,
        None if base is None else value - base,
        Unknown.BASE_MISSING.value if base is None else None,
        len(rows),
        len(known),
        len(now),
    )


def of_means(rows: Sequence[SourceRow], rule: ContestRule) -> Measured:
    """The mean of values weighed by ``whole``, where enough of the facts are known; not compared with before."""
    known = [(row.value, row.whole) for row in rows if row.value is not None and row.whole is not None]
    reason = _lacking(len(known), len(rows), rule)
    value = None
    if reason is None:
        weighed = sum((EXACT.multiply(one, weight) for one, weight in known), _NOUGHT)
        value = _rounded(EXACT.divide(weighed, sum((weight for _, weight in known), _NOUGHT)))
    return Measured(
        value,
        reason,
        growth_reason=Unknown.NOT_COMPARED.value,
        rows=len(rows),
        complete=len(known),
        expected=len(rows),
    )


def mean_of_parts(parts: Sequence[Measured], rows: int) -> Measured:
    """The mean of the figures that are known; its growth over those that were known both years."""
    known = [part.value for part in parts if part.value is not None]
    if not known:
        return replace(UNMEASURED, rows=rows)
    both = [(part.value, part.base) for part in parts if part.value is not None and part.base is not None]
    if not both:
        reason = Unknown.BASE_MISSING.value
        return Measured(_mean(known), None, growth_reason=reason, rows=rows)
    compared, base = _mean([now for now, _ in both]), _mean([then for _, then in both])
    return Measured(_mean(known), None, base, compared, compared - base, None, rows)


def of_counts(rows: Sequence[SourceRow]) -> Measured:
    """What stands in the books: a count of nothing is nought, a year before too."""
    value = _rounded(sum((row.value for row in rows if row.value is not None), _NOUGHT))
    base = _rounded(sum((row.base for row in rows if row.base is not None), _NOUGHT))
    return Measured(value, None, base, value, value - base, None, len(rows))


def for_everybody(
    ask: Ask, found: Iterable[tuple[UUID, SourceRow]], figure: Callable[[Sequence[SourceRow]], Measured]
) -> dict[UUID, Measurement]:
    """Facts by participant and the figure of each, also of those without a fact."""
    by_participant: dict[UUID, list[SourceRow]] = {one.id: [] for one in ask.participants}
    for participant_id, row in found:
        by_participant[participant_id].append(row)
    return {key: Measurement(figure(rows), tuple(rows)) for key, rows in by_participant.items()}


def without_growth(measured: Measured) -> Measured:
    """The figure of a measure that is not compared with a year before."""
    return Measured(
        measured.value,
        measured.reason,
        growth_reason=Unknown.NOT_COMPARED.value,
        rows=measured.rows,
        complete=measured.complete,
        expected=measured.expected,
    )


def _lacking(known: int, expected: int, rule: ContestRule) -> str | None:
    if not expected or not known:
        return Unknown.NO_FACTS.value if not expected else Unknown.NOT_COMPLETE.value
    enough = _HUNDRED * known >= rule.min_complete_percent * expected
    return None if enough else Unknown.NOT_COMPLETE.value


def _percent(parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    found = ratio(sum((above for above, _ in parts), _NOUGHT), sum((below for _, below in parts), _NOUGHT))
    return None if found.value is None else _rounded(found.value)


def _mean(values: Sequence[Decimal]) -> Decimal:
    return _rounded(EXACT.divide(sum(values, _NOUGHT), Decimal(len(values))))


def _rounded(value: Decimal) -> Decimal:
    return shown(value, FIGURE_PLACES)
