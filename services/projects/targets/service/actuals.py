"""Where figures of targets come from: each source answers for a month, with the rows that make the figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.targets.domain.indicators import Indicator
from services.projects.targets.domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class ActualRow:
    """One fact behind a figure: of a project, an enterprise. ``known_at`` None where the source does not say."""

    type: str
    id: str
    code: str
    name: str
    amount: Decimal | None
    known_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Actual:
    """``value`` None always with a ``reason``; ``complete`` of ``expected`` facts were there, where counted."""

    value: Decimal | None
    reason: str | None
    rows: tuple[ActualRow, ...] = ()
    complete: int | None = None
    expected: int | None = None


class ActualSource(Protocol):
    """A source of figures. Scopes come with the members of their cluster; the caller's reach is not looked at."""

    @property
    def code(self) -> str: ...

    async def knows(self, session: AsyncSession, measure: str) -> bool:
        """Whether the source has figures of this measure."""
        ...

    async def actual(self, session: AsyncSession, indicator: Indicator, scope: Scope, month: date) -> Actual:
        """Of a flow what the month brought, of a stock its end, of a rate the year through it."""
        ...


class Sources:
    """All sources by code, put together in the assembly."""

    def __init__(self, sources: Iterable[ActualSource]) -> None:
        self._sources: Mapping[str, ActualSource] = {source.code: source for source in sources}

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted(self._sources))

    def find(self, code: str) -> ActualSource | None:
        return self._sources.get(code)
