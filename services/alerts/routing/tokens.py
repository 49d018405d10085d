"""Keeping in memory what is asked of every alert: read anew only when the token in the database has changed.

A token is random and never comes again, so a copy belongs to one state of one database, also where several live in
one process, and a transaction sees what it changed itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.alerts.routing.tables import ReadTokenRow

ReadT = TypeVar("ReadT")

_KEPT = 16
_ASKED = "alerts.read_tokens"


class ReadMostly(Generic[ReadT]):
    """The state of `name`, by its token; `load` reads it from the database."""

    def __init__(self, name: str, load: Callable[[AsyncSession], Awaitable[ReadT]]) -> None:
        self._name = name
        self._load = load
        self._kept: OrderedDict[UUID, ReadT] = OrderedDict()

    async def get(self, session: AsyncSession) -> ReadT:
        return (await self.get_with_token(session))[1]

    async def get_with_token(self, session: AsyncSession) -> tuple[UUID | None, ReadT]:
        """The state with its token, for those who keep it and ask the database whether it still holds."""
        token = (await _tokens(session)).get(self._name)
        return token, await self._of(token, session)

    async def _of(self, token: UUID | None, session: AsyncSession) -> ReadT:
        if token is not None and token in self._kept:
            return self._kept[token]
        found = await self._load(session)
        if token is not None:
            self._kept[token] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    async def changed(self, session: AsyncSession) -> None:
        """Tell every reader.

        Also waits for others who change the same at this moment, so that none is overlooked.
        """
        statement = insert(ReadTokenRow).values(name=self._name, token=uuid4())
        await session.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"token": statement.excluded.token})
        )
        session.info.pop(_ASKED, None)


async def _tokens(session: AsyncSession) -> dict[str, UUID]:
    """All tokens, asked once a session: a session is one transaction, and one transaction has one view of them."""
    known: dict[str, UUID] | None = session.info.get(_ASKED)
    if known is None:
        rows = await session.execute(select(col(ReadTokenRow.name), col(ReadTokenRow.token)))
        known = session.info[_ASKED] = dict(rows.all())
    return known
