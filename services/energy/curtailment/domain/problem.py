"""The choice as columns: an option a column, a slot with a gap a row; what each criterion costs (S21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.curtailment.domain.options import Option, conflicts
from services.energy.curtailment.domain.rules import Criterion, Objective
from services.energy.curtailment.domain.selection import SLOT_HOURS, Burden, Candidate, Slots
from services.energy.curtailment.domain.users import TIERS, Measure

Values = NDArray[np.float64]

# What a call costs beside its energy, in kWh: of two equal answers that with fewer calls.
_A_CALL: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """What a criterion, or a part of it, charges for each option."""

    name: str
    values: Values


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """``gap_kw`` (rows,): the slots with a gap; ``kw`` (rows, options): what each gives there.

    ``cliques``: options of which one at most. ``costs`` in the order of the objective.
    """

    candidates: Sequence[Candidate]
    options: Sequence[Option]
    gap_kw: Values
    kw: Values
    cliques: Sequence[tuple[int, ...]]
    costs: Sequence[Cost]

    def uncovered(self, taken: NDArray[np.bool_]) -> Values:
        """(rows,) kW that the taken options leave open."""
        left: Values = np.maximum(self.gap_kw - self.kw[:, taken].sum(axis=1), 0.0)
        return left


def weight_of(burden: Burden, max_load_kw: float, objective: Objective) -> float:
    """What a user has borne this year, against its size."""
    return objective.hours_weight * burden.kwh / max_load_kw + objective.times_weight * burden.times


def assumed_output(candidates: Sequence[Candidate]) -> float | None:
    """For users whose output a kWh is not known: the median of the known ones. None where none is known."""
    known = [one.output_yuan_per_kwh for one in candidates if one.output_yuan_per_kwh is not None]
    return median(known) if known else None


def build_problem(
    candidates: Sequence[Candidate], options: Sequence[Option], gap_kw: Slots, objective: Objective
) -> Problem:
    rows = np.flatnonzero(gap_kw > 0)
    place = np.array([option.place for option in options], np.int64)
    first = np.array([option.first for option in options], np.int64)
    end = np.array([option.end for option in options], np.int64)
    load = np.array([one.load_kw for one in candidates], np.float64)
    given = load[place] if len(options) else np.zeros(0)
    is_on = (first[None, :] <= rows[:, None]) & (rows[:, None] < end[None, :])
    kwh = given * (end - first) * SLOT_HOURS
    return Problem(
        candidates,
        options,
        gap_kw[rows],
        np.where(is_on, given[None, :], 0.0),
        conflicts(candidates, options),
        _costs(candidates, place, kwh, objective),
    )


def _costs(
    candidates: Sequence[Candidate], place: NDArray[np.int64], kwh: Values, objective: Objective
) -> list[Cost]:
    def of(values: Sequence[float | bool]) -> Values:
        each = np.array(values, np.float64)
        return kwh * each[place] if len(place) else np.zeros(0)

    found: list[Cost] = []
    for criterion in objective.order:
        match criterion:
            case Criterion.MEASURES:
                found += [
                    Cost(f"measures.{measure}", of([one.measure is measure for one in candidates]))
                    for measure in (Measure.CUT, Measure.LIMIT, Measure.AVOID)
                ]
            case Criterion.TIERS:
                found += [
                    Cost(f"tiers.{tier}", of([one.tier == tier for one in candidates]))
                    for tier in reversed(TIERS[1:])
                ]
            case Criterion.RESTRICTED:
                found.append(Cost("restricted", of([not one.is_restricted for one in candidates])))
            case Criterion.FAIRNESS:
                weights = [weight_of(one.burden, one.max_load_kw, objective) for one in candidates]
                found.append(Cost("fairness", of(weights)))
            case Criterion.HARM:
                assumed = assumed_output(candidates)
                if assumed is not None:
                    harms = [one.output_yuan_per_kwh or assumed for one in candidates]
                    found.append(Cost("harm", of(harms)))
            case Criterion.SURPLUS:
                found.append(Cost("surplus", kwh + _A_CALL))
    return found
