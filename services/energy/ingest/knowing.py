"""What the worker's detectors go by besides readings: taken up from the journal, and found again for a replay."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.database import Database
from services.energy.detection.domain.knowledge import Knowledge
from services.energy.detection.expecting import Seen, follow_expectations, look
from services.energy.detection.journal import (
    Adoptions,
    adopt,
    adoptions_of,
    load_knowledge,
    newest_mark,
)
from services.energy.ingest.detectors import Detectors


class KnowledgeKeeper:
    """Rules, factors and expectations of the detectors; ``context``: of the system, for a session."""

    def __init__(
        self, database: Database, detectors: Detectors, context: Callable[[AsyncSession], Context]
    ) -> None:
        self._database = database
        self._detectors = detectors
        self._context = context
        self._seen: Seen | None = None
        # Partitions of which nothing is written down yet: an earlier release had them, or nobody.
        self._unwritten: set[int] = set()

    async def refresh(self) -> None:
        """Bring outages and expected events into the journal, and what is new in it into memory."""
        async with self._database.session() as session:
            seen, mark = await look(session), await newest_mark(session)
        if seen != self._seen:
            async with self._database.transaction() as session:
                await follow_expectations(self._context(session))
                mark = await newest_mark(session)
            self._seen = seen
        if mark != self._detectors.knowledge.mark:
            async with self._database.session() as session:
                self._detectors.knowledge = await load_knowledge(session, mark)

    async def adoptions(self, topic: str, partition: int) -> Adoptions:
        async with self._database.session() as session:
            found = await adoptions_of(session, topic, partition)
        (self._unwritten.discard if found.marks else self._unwritten.add)(partition)
        return found

    async def put(self, partition: int, mark: int | None) -> None:
        """Let the partition be judged by what was known at the mark; None: by the newest."""
        memory, newest = self._detectors.memory(partition), self._detectors.knowledge
        if mark is None or mark == newest.mark:
            memory.knowledge = newest
        elif mark != memory.knowledge.mark:
            memory.knowledge = await self._at(mark)

    async def _at(self, mark: int) -> Knowledge:
        async with self._database.session() as session:
            return await load_knowledge(session, mark)

    async def adopt(self, session: AsyncSession, place: tuple[str, int], from_offset: int) -> None:
        """Judge what comes by the newest knowledge, and write down from where on."""
        if self._detectors.adopt(place[1]) or place[1] in self._unwritten:
            await adopt(session, place, from_offset, self._detectors.knowledge.mark)
            # Rolled back, the partition is assigned anew and looked up again.
            self._unwritten.discard(place[1])
