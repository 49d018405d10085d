"""The choice solved: criterion after criterion, each kept while the next is made small (HiGHS, by scipy).

A stage first solves the problem with parts of calls allowed: no answer can be better than that. Then whole calls
are sought among the few columns that this leaves undecided, more of them until the answer is near enough to the
bound. Small problems are solved with all columns to the end. A stage that runs out of time keeps what it has, and
the distance to its bound is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from services.energy.curtailment.domain.greedy import greedy
from services.energy.curtailment.domain.problem import Problem, Values
from services.energy.curtailment.domain.rules import Objective
from services.energy.curtailment.domain.selection import SLOT_HOURS, Stage

Mask = NDArray[np.bool_]
Seconds = Callable[[], float]

# Up to so many columns every stage is proved to the end.
EXACT_COLUMNS: Final = 250
# So many columns that nearly came in or out, and whether those in which the last answer differs are added.
_CORES: Final = ((60, False), (30, True), (200, True), (600, True))
# Of a search in a core and in a small problem: nodes rather than time, so that the answer is always the same.
_NODES: Final = 100
_EXACT_NODES: Final = 2_000
# kW and kWh that are nothing.
_SMALL: Final = 1e-6
UNCOVERED: Final = "uncovered"


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """(options,) those taken, and what became of each criterion."""

    taken: Mask
    stages: tuple[Stage, ...]

    @property
    def is_exact(self) -> bool:
        return all(stage.is_proved for stage in self.stages)


@dataclass(slots=True, eq=False)
class _Model:
    """Rows ``matrix @ v <= limit`` over the columns: options, and behind them the uncovered kW of each slot."""

    matrix: Any
    limit: Values
    upper: Values
    whole: Mask
    answer: Values

    def keep(self, values: Values, most: float) -> None:
        """From now on the criterion stays within ``most``."""
        scale = max(float(np.abs(values).max(initial=0.0)), _SMALL)
        self.matrix = sparse.vstack([self.matrix, sparse.csr_matrix(values[None, :] / scale)]).tocsr()
        self.limit = np.append(self.limit, most / scale)


def solve(problem: Problem, objective: Objective, elapsed: Seconds) -> Solved:
    """The answer by ``objective``. ``elapsed`` tells the seconds since the work began."""
    count = len(problem.options)
    if not count or not len(problem.gap_kw):
        return Solved(np.zeros(count, np.bool_), ())
    model = _covering(problem, greedy(problem))
    stages = [_uncover(model, problem, objective, elapsed)]
    for place, cost in enumerate(problem.costs):
        values = np.concatenate([cost.values, np.zeros(len(model.upper) - count)])
        values[model.upper <= 0] = 0.0
        left = len(problem.costs) - place
        stages.append(_minimise(model, cost.name, values, objective, elapsed, left))
    return Solved(np.asarray(model.answer[:count] > 0.5), tuple(stages))


def _covering(problem: Problem, start: Mask) -> _Model:
    count, rows = len(problem.options), len(problem.gap_kw)
    scale = float(problem.kw.max(initial=1.0))
    cover = sparse.hstack([sparse.csr_matrix(-problem.kw / scale), -sparse.eye(rows) / scale])
    where = [(row, number) for row, clique in enumerate(problem.cliques) for number in clique]
    shape = (len(problem.cliques), count + rows)
    lines = ([row for row, _ in where], [number for _, number in where])
    single = sparse.csr_matrix((np.ones(len(where)), lines), shape=shape)
    return _Model(
        matrix=sparse.vstack([cover, single]).tocsr(),
        limit=np.concatenate([-problem.gap_kw / scale, np.ones(len(problem.cliques))]),
        upper=np.concatenate([np.ones(count), problem.gap_kw]),
        whole=np.concatenate([np.ones(count, np.bool_), np.zeros(rows, np.bool_)]),
        answer=np.concatenate([start.astype(np.float64), problem.uncovered(start)]),
    )


def _uncover(model: _Model, problem: Problem, objective: Objective, elapsed: Seconds) -> Stage:
    """Leave as little of the gap open as can be (kWh); where none is left, its columns go."""
    count = len(problem.options)
    values = np.where(model.whole, 0.0, SLOT_HOURS)
    stage = _minimise(model, UNCOVERED, values, objective, elapsed, len(problem.costs) + 1, slack_percent=0.0)
    if stage.value <= _SMALL:
        _drop_uncovered(model, problem, count)
    return stage


def _drop_uncovered(model: _Model, problem: Problem, count: int) -> None:
    """All can be covered: no slack columns, and of slots that the same calls reach only the largest gap."""
    largest: dict[bytes, int] = {}
    reached = problem.kw > 0
    for row in range(len(problem.gap_kw)):
        key = reached[row].tobytes()
        if key not in largest or problem.gap_kw[row] > problem.gap_kw[largest[key]]:
            largest[key] = row
    rows = [*sorted(largest.values()), *range(len(problem.gap_kw), len(problem.gap_kw) + len(problem.cliques))]
    model.matrix = model.matrix[rows][:, :count].tocsr()
    model.limit = model.limit[rows]
    model.upper, model.whole, model.answer = model.upper[:count], model.whole[:count], model.answer[:count]


def _minimise(
    model: _Model,
    name: str,
    values: Values,
    objective: Objective,
    elapsed: Seconds,
    left: int,
    slack_percent: float | None = None,
) -> Stage:
    """One stage; afterwards the model keeps what was reached, within the tolerance."""
    found = float(values @ model.answer)
    bound = 0.0
    if found > _SMALL:
        found, bound = _search(model, values, objective, elapsed, left)
    slack = objective.tolerance_percent if slack_percent is None else slack_percent
    if found <= _SMALL:
        # Nothing of it is used: whatever it charges for is out of the question from now on.
        model.upper = np.where(values > 0, 0.0, model.upper)
    elif (values > 0).any():
        model.keep(values, found * (1 + slack / 100) + _SMALL * max(1.0, found))
    return Stage(name, found, min(bound, found), _gap(found, bound), found - bound <= _exact(found))


def _search(
    model: _Model, values: Values, objective: Objective, elapsed: Seconds, left: int
) -> tuple[float, float]:
    """The best value found and the bound below it; the better answer is put into the model."""
    deadline = elapsed() + max(objective.time_limit_seconds - elapsed(), 0.0) / max(left, 1)
    is_small = int(model.whole.sum()) <= EXACT_COLUMNS
    scale = max(float(values.max(initial=0.0)), _SMALL)
    costs = values / scale
    found = float(values @ model.answer)
    relaxed = _relaxed(model, costs, deadline - elapsed())
    if relaxed is None:
        return found, 0.0
    bound = max(float(relaxed.fun) * scale, 0.0)
    near = 0.0 if is_small else objective.proof_percent / 100
    for size, is_around in ((len(values), False),) if is_small else _CORES:
        if found - bound <= max(near * found, _exact(found)) or elapsed() >= deadline:
            break
        columns = _undecided(model, relaxed, size, is_around=is_around)
        nodes = _EXACT_NODES if is_small else _NODES
        limits = {"time_limit": deadline - elapsed(), "mip_rel_gap": near, "node_limit": nodes}
        better, proved = _whole(model, costs, relaxed.x, columns, limits)
        if better is not None and float(values @ better) < found:
            model.answer, found = better, float(values @ better)
        if len(columns) == len(values) and proved is not None:
            bound = max(bound, min(proved * scale, found))
            break
    return found, bound


def _relaxed(model: _Model, costs: Values, seconds: float) -> Any:
    """The problem with parts of calls; None where there is no time for it."""
    if seconds <= 0:
        return None
    bounds = np.stack([np.zeros(len(costs)), model.upper], axis=1)
    options = {"time_limit": seconds}
    answer = linprog(costs, A_ub=model.matrix, b_ub=model.limit, bounds=bounds, method="highs", options=options)
    return answer if answer.status == 0 else None


def _undecided(model: _Model, relaxed: Any, size: int, *, is_around: bool) -> NDArray[np.int64]:
    """The columns that whole calls are sought among: those taken in part, then those that nearly came in or out.

    ``is_around``: and those in which it differs from the answer so far, which then is one of the possible ones.
    """
    if size >= len(relaxed.x):
        return np.arange(len(relaxed.x))
    margin = np.abs(relaxed.lower.marginals + relaxed.upper.marginals)
    is_sure = ~model.whole | ((relaxed.x > _SMALL) & (relaxed.x < model.upper - _SMALL))
    if is_around:
        is_sure |= np.abs(relaxed.x - model.answer) > _SMALL
    order = np.lexsort((np.arange(len(margin)), np.where(is_sure, -1.0, margin)))
    return np.sort(order[: size + int(is_sure.sum())])


def _whole(
    model: _Model, costs: Values, parts: Values, columns: NDArray[np.int64], limits: Mapping[str, float]
) -> tuple[Values | None, float | None]:
    """Whole calls in ``columns``, the others as in ``parts``: the answer, and the bound in these columns."""
    if limits["time_limit"] <= 0:
        return None, None
    answer = np.where(model.whole, np.round(parts), parts)
    answer[columns] = 0.0
    limit = model.limit - model.matrix @ answer
    found = milp(
        costs[columns],
        integrality=model.whole[columns].astype(np.int64),
        bounds=Bounds(0.0, model.upper[columns]),
        constraints=[LinearConstraint(model.matrix[:, columns], -np.inf, limit)],
        options=dict(limits),
    )
    if found.x is None:
        return None, None
    answer[columns] = found.x
    answer = np.where(model.whole, np.round(answer), answer)
    return answer, None if found.mip_dual_bound is None else float(found.mip_dual_bound)


def _gap(found: float, bound: float) -> float:
    return 0.0 if found - bound <= _exact(found) else (found - bound) / found


def _exact(found: float) -> float:
    return _SMALL * max(1.0, abs(found))


def worst_gap(stages: Sequence[Stage]) -> float:
    """The largest distance of a criterion to its bound, as a share."""
    return max((stage.proof_gap for stage in stages), default=0.0)
