"""Reading once what many steps of one transaction ask for.

Within :func:`remembering` a read marked :func:`remembered` is done once for the same arguments; one marked
:func:`remembered_of` is not done at all for owners that are known to have nothing. For work on thousands of things
in one transaction, none of which writes what is remembered. Elsewhere the marks change nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession

Read = TypeVar("Read", bound=Callable[..., Awaitable[Any]])
# Which of many owners have anything.
Holders = Callable[[AsyncSession, Collection[UUID]], Awaitable[Collection[UUID]]]

_KEY = "libs.common.remember"


class Memory:
    """What one transaction remembers. ``new`` owners were made in it; of ``loaded`` ones it holds the locks."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}
        self.new: set[UUID] = set()
        self.loaded: set[UUID] = set()
        self.holders: dict[Any, Collection[UUID]] = {}

    def load(self, owners: Iterable[UUID]) -> None:
        """From now on these owners are locked."""
        self.loaded |= set(owners)
        self.holders.clear()

    async def knows_nothing_of(self, session: AsyncSession, owner_id: UUID, holders: Holders) -> bool:
        """Whether the owner is known to be none of the holders."""
        if owner_id in self.new:
            return True
        if owner_id not in self.loaded:
            return False
        if holders not in self.holders:
            self.holders[holders] = await holders(session, self.loaded)
        return owner_id not in self.holders[holders]


def is_new(session: AsyncSession, owner_id: UUID) -> bool:
    """Whether the owner is known to have nothing yet, as it was made within the block."""
    memory = memory_of(session)
    return memory is not None and owner_id in memory.new


def note_new(session: AsyncSession, owner_id: UUID) -> None:
    """The owner was made just now."""
    memory = memory_of(session)
    if memory is not None:
        memory.new.add(owner_id)


def note_holder(session: AsyncSession, owner_id: UUID) -> None:
    """The owner has something from now on, whatever it was made with."""
    memory = memory_of(session)
    if memory is not None:
        memory.new.discard(owner_id)


def forget(session: AsyncSession) -> None:
    """A part of the transaction was rolled back: what was remembered may be of that part, and is read anew."""
    memory = memory_of(session)
    if memory is not None:
        session.info[_KEY] = Memory()


@contextmanager
def remembering(session: AsyncSession) -> Iterator[Memory]:
    """Remember until the block ends."""
    memory = session.info[_KEY] = Memory()
    try:
        yield memory
    finally:
        session.info.pop(_KEY, None)


def memory_of(session: AsyncSession) -> Memory | None:
    """What the session remembers now; None outside of :func:`remembering`."""
    memory: Memory | None = session.info.get(_KEY)
    return memory


def remembered(read: Read) -> Read:
    """Mark a read whose answer stays the same throughout the block, as that of rules and limits."""

    @wraps(read)
    async def read_once(session: AsyncSession, *args: Any) -> Any:
        memory = memory_of(session)
        if memory is None:
            return await read(session, *args)
        key = (read, args)
        if key not in memory.kept:
            memory.kept[key] = await read(session, *args)
        return memory.kept[key]

    return cast(Read, read_once)


def remembered_of(holders: Holders, nothing: Callable[[], Any]) -> Callable[[Read], Read]:
    """Mark a read of what an owner has, by ``holders`` which of many have any; others get ``nothing()``."""

    def mark(read: Read) -> Read:
        @wraps(read)
        async def read_of(session: AsyncSession, owner_id: UUID) -> Any:
            memory = memory_of(session)
            if memory is not None and await memory.knows_nothing_of(session, owner_id, holders):
                return nothing()
            return await read(session, owner_id)

        return cast(Read, read_of)

    return mark


def owners_among(column: Any) -> Holders:
    """For :func:`remembered_of`: the owners that a column of a table names."""

    async def found(session: AsyncSession, ids: Collection[UUID]) -> Collection[UUID]:
        # One array rather than a parameter for each id: there may be more of them than a statement takes.
        wanted = sql_cast(list(ids), ARRAY(Uuid))
        return set(await session.scalars(select(column).where(column == func.any(wanted)).distinct()))

    return found
