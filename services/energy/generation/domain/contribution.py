"""What plants add to the supply of a region or a part of the grid by slot (供给侧), for the balance of S17."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.energy.generation.domain.output import SlotFigures
from services.energy.generation.domain.plant import SLOTS, Floats, PlantKind


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """A day of several plants by slot, kW.

    ``available_kw``: what those can deliver of which it is known, NaN where it is known of none;
    ``generated_kw``: what those made of which it is known. Completeness: the share of the capacity in service
    that is behind each, NaN without any capacity.
    """

    day: int
    available_kw: Floats
    generated_kw: Floats
    capacity_kw: Floats
    available_completeness: Floats
    generated_completeness: Floats
    plants: tuple[str, ...] = ()


def deliverable(kind: PlantKind, figures: SlotFigures) -> Floats:
    """What a plant can deliver, kW; NaN where nobody can tell.

    By its resource where that is known, else by what it is making. What burns fuel can make what its units can;
    a storage can deliver what it is planned to, and a plant of weather without any figure is not promised.
    """
    known = figures.allowed_kw
    if kind is PlantKind.THERMAL:
        known = np.where(np.isnan(known), figures.unit_available_kw, known)
    found: Floats = np.where(np.isnan(known), figures.actual_kw, np.fmax(known, figures.actual_kw))
    # A storage that charges takes power; what it can deliver is not less than nothing.
    return np.maximum(found, 0.0)


def contribution_of(day: int, plants: Sequence[tuple[str, PlantKind, SlotFigures]]) -> Contribution:
    """The plants together; each with its code."""
    available, generated, capacity = (np.zeros((max(len(plants), 1), SLOTS)) for _ in range(3))
    available[:], generated[:] = np.nan, np.nan
    for place, (_, kind, figures) in enumerate(plants):
        available[place] = deliverable(kind, figures)
        generated[place] = figures.actual_kw
        capacity[place] = figures.capacity_kw
    return Contribution(
        day,
        sum_known(available),
        sum_known(generated),
        capacity.sum(axis=0),
        _share_known(available, capacity),
        _share_known(generated, capacity),
        tuple(code for code, _, _ in plants),
    )


def sum_known(values: Floats) -> Floats:
    """(plants, slots): the sum of what is known, NaN where nothing is."""
    found: Floats = np.where(np.isnan(values).all(axis=0), np.nan, np.nansum(values, axis=0))
    return found


def _share_known(values: Floats, capacity: Floats) -> Floats:
    total = capacity.sum(axis=0)
    known = np.where(np.isnan(values), 0.0, capacity).sum(axis=0)
    found: Floats = np.divide(known, total, out=np.full(SLOTS, np.nan), where=total > 0)
    return found
