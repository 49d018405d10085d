"""Who is chosen among 2,000 users for an evening's gap and for a day with two: the solver beside the quick answer.

``python -m tests.benchmarks --only selection``. The quick answer takes users by the order of the criteria until
the gap is covered and lets off those that are not needed; it is also what the solver begins with. Printed beside
the times: what each costs by each criterion, and how far the solver's answer lies above the best possible.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

import numpy as np

from services.energy.curtailment.domain.choosing import choose
from services.energy.curtailment.domain.greedy import greedy
from services.energy.curtailment.domain.options import options_of
from services.energy.curtailment.domain.problem import Problem, build_problem
from services.energy.curtailment.domain.rules import Objective
from services.energy.curtailment.domain.selection import SLOTS, Burden, Candidate, Slots
from services.energy.curtailment.domain.users import Category, Measure
from tests.benchmarks.results import Case, paired

USERS: Final = 2000
_MEASURES: Final = tuple(Measure)


def users(count: int = USERS) -> list[Candidate]:
    """A county's users: a fifth restricted first, two in five called before, one in ten of unknown output."""
    random = np.random.default_rng(8)
    found = []
    for number in range(count):
        load = float(random.integers(100, 5000))
        was_called = number % 5 < 2
        burden = (
            Burden(float(random.integers(1, 9)) * load, int(random.integers(1, 4))) if was_called else Burden()
        )
        found.append(
            Candidate(
                user_id=UUID(int=number),
                enterprise_id=UUID(int=number),
                code=f"{number:018}",
                name=f"企业{number}",
                category=Category.OVER_QUOTA if number % 5 == 0 else Category.ORDINARY,
                tier=number % 4 + 1,
                measure=_MEASURES[number % 4],
                load_kw=load,
                max_load_kw=load * 2.5,
                meter_nos=(f"M{number}",),
                free=np.ones(SLOTS, np.bool_),
                shortest=4,
                longest=32,
                recovery=8,
                burden=burden,
                output_yuan_per_kwh=None if number % 10 == 0 else float(random.uniform(1, 30)),
            )
        )
    return found


def gap(people: list[Candidate], *, is_double: bool) -> Slots:
    """An evening's peak of a third of what all can give; ``is_double``: and a lower one before noon."""
    kw = np.zeros(SLOTS)
    kw[72:84] = 0.35 * (0.3 + 0.7 * np.sin(np.linspace(0.0, np.pi, 12)))
    if is_double:
        kw[40:48] = 0.2
    return kw * sum(one.load_kw for one in people)


def measure_selection(rounds: int) -> list[Case]:
    """Two questions, each asked ``rounds`` times in turn with its reference."""
    people = users()
    cases = []
    for name, is_double in (("evening", False), ("two_peaks", True)):
        cases += _measure(f"selection.{name}", people, gap(people, is_double=is_double), rounds)
    return cases


def _measure(name: str, people: list[Candidate], kw: Slots, rounds: int) -> list[Case]:
    objective = Objective()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = choose(people, kw, objective, level=4, elapsed=_since(began))
        whole = time.perf_counter() - began
        began = time.perf_counter()
        problem = build_problem(people, options_of(people, kw)[0], kw, objective)
        quick = greedy(problem)
        times.append((whole, time.perf_counter() - began))
    reference = _costs(problem, quick)
    cases = [paired(f"{name}.time", "s", "the quick answer, s", times)]
    for stage in found.stages:
        cost = reference.get(stage.criterion, float(problem.uncovered(quick).sum()) / 4)
        if cost > 0:
            far = f"quick answer; {stage.proof_gap:.2%} above the best possible at most"
            cases.append(paired(f"{name}.{stage.criterion}", "kWh, weighed", far, [(stage.value, cost)]))
    return cases


def _since(began: float) -> Callable[[], float]:
    return lambda: time.perf_counter() - began


def _costs(problem: Problem, taken: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> dict[str, float]:
    return {cost.name: float(cost.values[taken].sum()) for cost in problem.costs}
