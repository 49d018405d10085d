"""Seals of an old secret key are made anew with the present one, so that the old one may be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from libs.common.security.envelope import Envelope, SealBroken


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that holds seals; ``purposes`` of a row are those for which it may have been sealed."""

    row: type[SQLModel]
    column: str
    purposes: Callable[[Any], Sequence[str]]

    @property
    def name(self) -> str:
        return f"{self.row.__tablename__}.{self.column}"


async def reseal(session: AsyncSession, envelope: Envelope, places: Sequence[Sealed]) -> dict[str, int]:
    """Seal everything anew in one transaction; answers how many seals there were, by table and column.

    Raises SealBroken naming the place when no known key opens a seal: then nothing is changed.
    """
    counts = {}
    for place in places:
        column = getattr(place.row, place.column)
        statement = select(place.row).where(column.is_not(None)).with_for_update()
        rows = list((await session.scalars(statement)).all())
        for row in rows:
            setattr(row, place.column, _anew(envelope, place, row))
        await session.flush()
        counts[place.name] = len(rows)
    return counts


def _anew(envelope: Envelope, place: Sealed, row: Any) -> str:
    for purpose in place.purposes(row):
        try:
            return envelope.seal(envelope.open(getattr(row, place.column), purpose), purpose)
        except SealBroken:
            continue
    raise SealBroken(f"no known key opens a seal of {place.name}")
