"""The calls that may be made of a candidate on the day: from which slot until before which (S21).

A menu says which are looked at. The richest lets a call begin and end at any slot of a stretch of the gap; the
plainest has one call for each stretch, as long as it may be. The richest that stays small enough is taken, and the
answer tells which it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from services.energy.curtailment.domain.selection import SLOT_MINUTES, Candidate, Slots

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Menu:
    """Calls on a grid of ``step`` slots. ``lengths``: "all", "peaks" (a stretch and its upper half) or "whole"."""

    step: int
    lengths: str

    @property
    def grid_minutes(self) -> int:
        return self.step * SLOT_MINUTES


MENUS: Final = (
    Menu(1, "all"),
    Menu(2, "all"),
    Menu(4, "all"),
    Menu(1, "peaks"),
    Menu(2, "whole"),
    Menu(4, "whole"),
)


@dataclass(frozen=True, slots=True)
class Option:
    """A call of the candidate at ``place``: slots ``first`` until before ``end``."""

    place: int
    first: int
    end: int


def stretches(gap_kw: Slots) -> list[Window]:
    """Unbroken runs of slots with a gap, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], gap_kw > 0, [False]]).astype(np.int8)))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def options_of(
    candidates: Sequence[Candidate], gap_kw: Slots, menu: Menu | None = None, most: int = 5000
) -> tuple[list[Option], Menu]:
    """The calls of all candidates in their order, by ``menu`` or else by the richest that is small enough.

    That is ``most`` calls; a tenth where calls of any length make users interchangeable, which is harder to solve.
    """
    for tried in MENUS[:-1] if menu is None else ():
        found = _by(candidates, gap_kw, tried, most // 10 if tried.lengths == "all" else most)
        if found is not None:
            return found, tried
    last = menu or MENUS[-1]
    return _by(candidates, gap_kw, last, None) or [], last


def _by(candidates: Sequence[Candidate], gap_kw: Slots, menu: Menu, most: int | None) -> list[Option] | None:
    """All calls of a menu; None as soon as there are more than ``most``."""
    wanted = _wanted(gap_kw, menu)
    found: list[Option] = []
    for place, candidate in enumerate(candidates):
        found += [Option(place, first, end) for first, end in windows(candidate, wanted, menu.step)]
        if most is not None and len(found) > most:
            return None
    return found


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A stretch to be covered. ``is_free``: calls may be shorter. ``valley``: slots without a gap in it."""

    first: int
    end: int
    is_free: bool = False
    valley: int = 0


def _wanted(gap_kw: Slots, menu: Menu) -> list[_Wanted]:
    runs = stretches(gap_kw)
    found = [_Wanted(first, end, menu.lengths == "all") for first, end in runs]
    if menu.lengths == "peaks":
        for first, end in runs:
            high = gap_kw[first:end].max() / 2
            inner = stretches(np.where(gap_kw[first:end] > high, gap_kw[first:end], 0.0))
            found += [_Wanted(first + low, first + top) for low, top in inner if (low, top) != (0, end - first)]
    # For who cannot recover in a valley: a call through it.
    found += [_Wanted(before[0], after[1], valley=after[0] - before[1]) for before, after in pairwise(runs)]
    return found


def windows(candidate: Candidate, wanted: Iterable[_Wanted], step: int) -> list[Window]:
    """The calls of one candidate, in order; none where notice, duration and freedom leave no room."""
    free = candidate.free.copy()
    free[: candidate.earliest] = False
    found: set[Window] = set()
    for run_first, run_end in stretches(free.astype(np.float64)):
        for stretch in wanted:
            first, end = max(stretch.first, run_first), min(stretch.end, run_end)
            if first < end and (not stretch.valley or candidate.recovery > stretch.valley):
                found.update(_within(candidate, first, end, (run_first, run_end), step, is_free=stretch.is_free))
    return sorted(found)


def _within(
    candidate: Candidate, first: int, end: int, run: Window, step: int, *, is_free: bool
) -> Iterable[Window]:
    """Calls for the slots ``first`` until ``end``; a call that has to last longer goes on, or begins before."""
    shortest, longest = candidate.shortest, min(candidate.longest, run[1] - run[0])
    if longest < shortest:
        return
    if is_free:
        marks = [*range(first, end, step), end]
        for start in marks[:-1]:
            for stop in marks:
                if stop > start and stop - start <= longest:
                    yield _stretched(start, stop, shortest, run)
    if end - first <= longest:
        yield _stretched(first, end, shortest, run)
        return
    for start in (*range(first, end - longest, step), end - longest):
        yield start, start + longest


def _stretched(first: int, end: int, shortest: int, run: Window) -> Window:
    if end - first >= shortest:
        return first, end
    start = min(first, run[1] - shortest)
    return max(start, run[0]), max(start, run[0]) + shortest


def conflicts(candidates: Sequence[Candidate], options: Sequence[Option]) -> list[tuple[int, ...]]:
    """Sets of options of which one at most is taken: calls of one user that overlap or leave it no recovery."""
    of_user: dict[object, list[int]] = {}
    for number, option in enumerate(options):
        of_user.setdefault(candidates[option.place].user_id, []).append(number)
    found: list[tuple[int, ...]] = []
    for numbers in of_user.values():
        if len(numbers) > 1:
            found += _cliques(numbers, candidates, options)
    return found


def _cliques(
    numbers: Sequence[int], candidates: Sequence[Candidate], options: Sequence[Option]
) -> list[tuple[int, ...]]:
    """Those that hold at the beginning of each call, without those that are part of another."""
    cliques: list[frozenset[int]] = []
    for start in sorted({options[number].first for number in numbers}):
        clique = frozenset(
            number
            for number in numbers
            if options[number].first <= start < options[number].end + candidates[options[number].place].recovery
        )
        if len(clique) > 1 and not any(clique <= other for other in cliques):
            cliques = [other for other in cliques if not other < clique] + [clique]
    return [tuple(sorted(clique)) for clique in cliques]
