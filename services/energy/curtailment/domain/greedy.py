"""A quick answer: by the order of the criteria one call after the other, then without those that are not needed.

The solver begins with it and is never worse; it is what is left when the solver has no time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.energy.curtailment.domain.problem import Problem, Values

_SMALL = 1e-6

Mask = NDArray[np.bool_]


def greedy(problem: Problem) -> Mask:
    """(options,) those taken. Deterministic: equals stand in the order of the candidates."""
    count = len(problem.options)
    taken = np.zeros(count, np.bool_)
    order = _order(problem)
    cliques = _cliques_of(problem)
    open_kw = problem.gap_kw.copy()
    used: set[int] = set()
    for number in order:
        given = problem.kw[:, number]
        is_useful = bool(((given > 0) & (open_kw > _SMALL)).any())
        if is_useful and not used & cliques[number]:
            taken[number] = True
            used |= cliques[number]
            open_kw = np.maximum(open_kw - given, 0.0)
            if not (open_kw > _SMALL).any():
                break
    return _pruned(problem, taken, order)


def _order(problem: Problem) -> list[int]:
    """Cheapest per useful kWh first, by each criterion in turn."""
    useful = np.minimum(problem.kw, problem.gap_kw[:, None]).sum(axis=0)
    keys: list[Values] = [np.arange(len(problem.options), dtype=np.float64)]
    with np.errstate(divide="ignore", invalid="ignore"):
        keys += [np.where(useful > 0, cost.values / useful, np.inf) for cost in reversed(problem.costs)]
    return [int(number) for number in np.lexsort(keys)]


def _cliques_of(problem: Problem) -> list[frozenset[int]]:
    member: list[set[int]] = [set() for _ in problem.options]
    for clique, numbers in enumerate(problem.cliques):
        for number in numbers:
            member[number].add(clique)
    return [frozenset(one) for one in member]


def _pruned(problem: Problem, taken: Mask, order: list[int]) -> Mask:
    """Without the calls that cover nothing the others leave open, the dearest taken off first."""
    given = problem.kw[:, taken].sum(axis=1)
    for number in reversed(order):
        if taken[number]:
            without = given - problem.kw[:, number]
            lost = np.maximum(problem.gap_kw - without, 0.0) - np.maximum(problem.gap_kw - given, 0.0)
            if not (lost > _SMALL).any():
                taken[number] = False
                given = without
    return taken
