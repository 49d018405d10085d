"""Who is credited with how much (招商功臣榜): verified funds of the projects each one introduced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.projects.promotion.domain.rewards import Introducer, Introduction, share_out


@dataclass(frozen=True, slots=True)
class CreditedProject:
    """``funds_yuan`` None: nothing verified has arrived, which is not zero."""

    project_id: UUID
    funds_yuan: int | None
    introductions: tuple[Introduction, ...]


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One project behind somebody's credit."""

    project_id: UUID
    basis_points: int
    funds_yuan: int | None
    credit_yuan: int | None


@dataclass(frozen=True, slots=True)
class Credit:
    """``place`` and ``credit_yuan`` are None while no verified funds stand behind it."""

    introducer: Introducer
    place: int | None
    credit_yuan: int | None
    rows: tuple[CreditRow, ...]


def credit(projects: Iterable[CreditedProject]) -> tuple[Credit, ...]:
    """Introducers by credited funds, most first; equals share a place, those without funds stand last."""
    rows: dict[Introducer, list[CreditRow]] = {}
    for project in projects:
        parts = {} if project.funds_yuan is None else share_out(project.funds_yuan, project.introductions)
        for one in project.introductions:
            rows.setdefault(one.introducer, []).append(
                CreditRow(project.project_id, one.basis_points, project.funds_yuan, parts.get(one.introducer))
            )
    totals = {introducer: _total(found) for introducer, found in rows.items()}
    places = _places(totals)
    ordered = sorted(rows, key=lambda one: (places.get(one) or len(rows) + 1, str(one.party)))
    return tuple(Credit(one, places.get(one), totals[one], tuple(rows[one])) for one in ordered)


def _total(rows: Sequence[CreditRow]) -> int | None:
    known = [row.credit_yuan for row in rows if row.credit_yuan is not None]
    return sum(known) if known else None


def _places(totals: Mapping[Introducer, int | None]) -> dict[Introducer, int]:
    funded = {introducer: total for introducer, total in totals.items() if total is not None}
    return {
        introducer: 1 + sum(other > total for other in funded.values()) for introducer, total in funded.items()
    }
