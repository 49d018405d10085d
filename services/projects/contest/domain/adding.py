"""Figures out of facts: sums, shares, means and counts, each with its growth and what it lacks.

Figures are rounded once, to six decimals: what was frozen and what is computed again are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.projects.contest.domain.measuring import (
    EXACT,
    FIGURE_PLACES,
    UNMEASURED,
    Ask,
    Measured,
    Measurement,
    SourceRow,
    Unknown,
)
from services.projects.contest.domain.rules import ContestRule
from services.projects.economy.domain.arithmetic import growth, ratio, shown

_HUNDRED: Final = Decimal(100)
_NOUGHT: Final = Decimal(0)


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
