"""From the codes people write into a table to the ids of the registry, for a whole batch at once.

The registry's rows stay in the session while the batch runs, so the use cases' own checks find them there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.exchange.entities.base import Row, fault
from services.projects.ledger.bulk import ids_by_code
from services.projects.registry import repository
from services.projects.registry.tables import EnterpriseRow, PersonRow, RegionRow, UnitRow


@dataclass(frozen=True, slots=True)
class References:
    """Living entries of the registry by code. ``kept`` holds the regions, which are found by their code alone."""

    units: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    enterprises: dict[str, UUID] = field(default_factory=dict)
    projects: dict[str, UUID] = field(default_factory=dict)
    kept: Sequence[Any] = ()

    def resolve(self, row: Row, name: str, known: dict[str, UUID]) -> UUID | None:
        """The id of what the field names; None when it names nothing. Raises RowFault."""
        code = row.values.get(name)
        if code is None:
            return None
        found = known.get(str(code))
        if found is None:
            raise fault("reference.unknown", name)
        return found


async def load_references(
    session: AsyncSession,
    *,
    regions: Iterable[str | None] = (),
    units: Iterable[str | None] = (),
    people: Iterable[str | None] = (),
    enterprises: Iterable[str | None] = (),
    projects: Iterable[str | None] = (),
) -> References:
    """Look up what a batch refers to; five queries however many rows there are."""
    kept_regions = await repository.by_keys(session, RegionRow, "code", regions)
    kept_units = await repository.by_keys(session, UnitRow, "code", units)
    kept_people = await repository.by_keys(session, PersonRow, "code", people)
    kept_enterprises = await repository.by_keys(session, EnterpriseRow, "credit_code", enterprises)
    return References(
        units={row.code: row.unit_id for row in kept_units if row.deleted_at is None},
        people={row.code: row.person_id for row in kept_people if row.deleted_at is None},
        enterprises={row.credit_code: row.enterprise_id for row in kept_enterprises if row.deleted_at is None},
        projects=await ids_by_code(session, [code for code in projects if code is not None]),
        kept=(*kept_regions, *kept_units, *kept_people, *kept_enterprises),
    )


def column(rows: Sequence[Row], name: str) -> set[str | None]:
    """The texts of a column, for :func:`load_references`."""
    return {None if (value := row.values.get(name)) is None else str(value) for row in rows}
