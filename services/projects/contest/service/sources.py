"""Where figures of contests come from: each source answers for all participants at once, with the facts behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.projects.contest.domain.measuring import Ask, MeasureInfo, Measurement


class ComponentSource(Protocol):
    """A source of figures. The caller's reach is not looked at: a standing is the same for everybody."""

    @property
    def code(self) -> str: ...

    async def measures(self, session: AsyncSession) -> tuple[MeasureInfo, ...]:
        """What the source can measure."""
        ...

    async def measure(self, ctx: Context, ask: Ask, measure: str) -> Mapping[UUID, Measurement]:
        """The figure of every participant, known or not, in a fixed number of statements."""
        ...


class Sources:
    """All sources by code."""

    def __init__(self, sources: Iterable[ComponentSource]) -> None:
        self._sources: Mapping[str, ComponentSource] = {source.code: source for source in sources}

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted(self._sources))

    def find(self, code: str) -> ComponentSource | None:
        return self._sources.get(code)

    async def catalogue(self, session: AsyncSession) -> dict[tuple[str, str], MeasureInfo]:
        """Every measure by source and code."""
        return {
            (source.code, info.code): info
            for source in self._sources.values()
            for info in await source.measures(session)
        }
