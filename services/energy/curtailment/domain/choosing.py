"""The least harmful set of users that covers a gap, and why it is these (S21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from services.energy.curtailment.domain import reasons
from services.energy.curtailment.domain.options import Menu, Option, options_of
from services.energy.curtailment.domain.problem import Problem, build_problem
from services.energy.curtailment.domain.rules import Objective
from services.energy.curtailment.domain.selection import SLOTS, Candidate, Chosen, Passed, Selection, Slots
from services.energy.curtailment.domain.users import TIERS

if TYPE_CHECKING:
    from services.energy.curtailment.domain.solver import Mask, Seconds

# kW that are nothing beside what meters measure.
_NOTHING = 0.05


def choose(
    candidates: Sequence[Candidate],
    gap_kw: Slots,
    objective: Objective,
    *,
    level: int | None,
    elapsed: Seconds,
    passed: Sequence[Passed] = (),
    menu: Menu | None = None,
) -> Selection:
    """Choose among ``candidates`` for the gap (96,), NaN where it is not known.

    ``level``: 1 blue to 4 red: tiers up to it are called. None: as few tiers as are enough. ``passed``: rows that
    cannot be called on the day. The same question has the same answer, in whatever order the rows come.
    """
    unknown = np.isnan(gap_kw)
    wanted = np.where(unknown, 0.0, np.maximum(gap_kw, 0.0))
    ordered = sorted(candidates, key=lambda one: (one.code, one.tier, one.measure.rank))
    levels = _levels(ordered, wanted) if level is None else (level,)
    for tried in levels:
        found = _at_level(ordered, wanted, objective, tried, elapsed, passed, menu)
        if float(found.uncovered_kw.max(initial=0.0)) <= _NOTHING:
            break
    return reasons.summed_up(replace(found, unknown=unknown))


def _levels(candidates: Sequence[Candidate], gap_kw: Slots) -> Sequence[int]:
    """The levels from the first whose tiers could cover the gap were all of them called all the time."""
    for level in TIERS[:-1]:
        most = np.zeros(SLOTS)
        for one in candidates:
            if one.tier <= level:
                most += one.load_kw * one.free
        if (most >= gap_kw - _NOTHING).all():
            return TIERS[level - 1 :]
    return TIERS[-1:]


def _at_level(
    candidates: Sequence[Candidate],
    gap_kw: Slots,
    objective: Objective,
    level: int,
    elapsed: Seconds,
    passed: Sequence[Passed],
    menu: Menu | None,
) -> Selection:
    # SciPy takes half a second to load: every process of the service would start so much later.
    from services.energy.curtailment.domain.solver import solve  # noqa: PLC0415 - as said

    called = [one for one in candidates if one.tier <= level]
    options, taken_menu = options_of(called, gap_kw, menu, objective.calls_weighed)
    problem = build_problem(called, options, gap_kw, objective)
    solved = solve(problem, objective, elapsed)
    taken = by_code(problem, solved.taken)
    chosen = _chosen(problem, taken)
    given = np.zeros(SLOTS)
    for one in chosen:
        given[one.first : one.end] += one.kw
    return Selection(
        users=chosen,
        gap_kw=gap_kw,
        covered_kw=np.minimum(given, gap_kw),
        uncovered_kw=np.maximum(gap_kw - given, 0.0),
        surplus_kw=np.maximum(given - gap_kw, 0.0),
        unknown=np.zeros(SLOTS, np.bool_),
        stages=solved.stages,
        reasons=_reasons(candidates, problem, taken, level, passed, objective, gap_kw),
        level=level,
        grid_minutes=taken_menu.grid_minutes,
        is_exact=solved.is_exact and taken_menu.step == 1 and taken_menu.lengths == "all",
    )


def _chosen(problem: Problem, taken: Mask) -> tuple[Chosen, ...]:
    calls = []
    for number in np.flatnonzero(taken):
        option = problem.options[int(number)]
        one = problem.candidates[option.place]
        zh, en = reasons.for_chosen(one, option)
        calls.append(
            Chosen(
                user_id=one.user_id,
                enterprise_id=one.enterprise_id,
                code=one.code,
                name=one.name,
                meter_nos=one.meter_nos,
                kw=one.load_kw,
                tier=one.tier,
                measure=one.measure,
                category=one.category,
                first=option.first,
                end=option.end,
                notice_minutes=one.notice_minutes,
                reason_zh=zh,
                reason_en=en,
            )
        )
    return tuple(sorted(calls, key=lambda call: (call.measure.rank, call.tier, call.code, call.first)))


def _reasons(
    candidates: Sequence[Candidate],
    problem: Problem,
    taken: Mask,
    level: int,
    passed: Sequence[Passed],
    objective: Objective,
    gap_kw: Slots,
) -> tuple[Passed, ...]:
    taken_places = {problem.options[int(number)].place for number in np.flatnonzero(taken)}
    possible = {option.place for option in problem.options}
    chosen = [problem.candidates[place] for place in sorted(taken_places)]
    comparison = reasons.Comparison(chosen, objective, gap_kw)
    found = [*passed, *(reasons.for_tier(one, level) for one in candidates if one.tier > level)]
    for place, one in enumerate(problem.candidates):
        if place not in taken_places:
            found.append(comparison.why_not(one, is_possible=place in possible))
    return tuple(sorted(found, key=lambda one: (one.code, one.tier, one.measure.rank)))


def by_code(problem: Problem, taken: Mask) -> Mask:
    """Of users that are alike in everything the choice looks at, those with the lower codes are called."""
    alike: dict[object, list[list[int]]] = {}
    for numbers in _columns_by_user(problem).values():
        alike.setdefault(_likeness(problem, numbers), []).append(numbers)
    result = taken.copy()
    for users in alike.values():
        if len(users) > 1:
            patterns = sorted(([bool(taken[number]) for number in numbers] for numbers in users), reverse=True)
            for numbers, pattern in zip(users, patterns, strict=True):
                result[numbers] = pattern
    return result


def _columns_by_user(problem: Problem) -> dict[object, list[int]]:
    """Options of each user; users in the order of their codes, as the candidates stand."""
    found: dict[object, list[int]] = {}
    for number, option in enumerate(problem.options):
        found.setdefault(problem.candidates[option.place].user_id, []).append(number)
    return found


def _likeness(problem: Problem, numbers: Sequence[int]) -> object:
    def of(number: int) -> object:
        option: Option = problem.options[number]
        one = problem.candidates[option.place]
        costs = tuple(float(cost.values[number]) for cost in problem.costs)
        return option.first, option.end, one.measure, one.tier, one.load_kw, one.recovery, costs

    return tuple(of(number) for number in numbers)
