"""Reading once what many steps of one transaction ask for, and writing together what none of them reads.

Within :func:`remembering` a read marked :func:`remembered` is done once for the same arguments; one marked
:func:`remembered_of` is not done at all for owners that are known to have nothing. For work on thousands of things
in one transaction, none of which writes what is remembered. Elsewhere the marks change nothing.

:func:`gathering` remembers as well, and rows that are handed to :func:`later` are written at its end, together.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession

Read = TypeVar("Read", bound=Callable[..., Awaitable[Any]])
# Which of many owners have anything.
Holders = Callable[[AsyncSession, Collection[UUID]], Awaitable[Collection[UUID]]]

# Writes rows of one kind.
Write = Callable[[AsyncSession, list[Any]], Awaitable[None]]

_KEY = "libs.common.remember"


class Memory:
    """What one transaction remembers. ``new`` owners were made in it; of ``loaded`` ones it holds the locks."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}
        self.new: set[UUID] = set()
        self.loaded: set[UUID] = set()
        self.holders: dict[Any, Collection[UUID]] = {}
        # Rows by what writes them; None: nothing is gathered.
        self.later: dict[Write, list[Any]] | None = None
        # Whose some of them are, or were.
        self.owners: set[UUID] = set()

    def mark(self) -> dict[Write, list[Any]]:
        """What has been gathered so far."""
        return {write: list(rows) for write, rows in (self.later or {}).items()}

    def forget(self, mark: dict[Write, list[Any]]) -> None:
        """What came since the mark was rolled back, and with it what was written of before: that is still to be.

        What was read may be of it as well, and is read anew.
        """
        self.kept.clear()
        self.holders.clear()
        if self.later is not None:
            self.later = mark

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


@contextmanager
def remembering(session: AsyncSession) -> Iterator[Memory]:
    """Remember until the block ends."""
    memory = session.info[_KEY] = Memory()
    try:
        yield memory
    finally:
        session.info.pop(_KEY, None)


@asynccontextmanager
async def gathering(session: AsyncSession) -> AsyncIterator[Memory]:
    """Remember until the block ends, then write what was left for later; not when the block raises."""
    with remembering(session) as memory:
        memory.later = {}
        yield memory
        await write_gathered(session)


async def write_gathered(session: AsyncSession) -> None:
    """Write what was left for later: to be called before anything is read that may be among it."""
    memory = memory_of(session)
    if memory is None or not memory.later:
        return
    gathered, memory.later = memory.later, {}
    # What the session holds goes first: the rows may refer to it.
    await session.flush()
    for write, rows in gathered.items():
        if rows:
            await write(session, rows)


async def write_gathered_of(session: AsyncSession, owner_id: UUID) -> None:
    """The same if anything of this owner may be among it: for whoever has locked the owner."""
    memory = memory_of(session)
    if memory is not None and owner_id in memory.owners:
        await write_gathered(session)


@asynccontextmanager
async def savepoint(session: AsyncSession) -> AsyncIterator[None]:
    """A savepoint; with it everything is taken back that was remembered or left for later since."""
    memory = memory_of(session)
    mark: dict[Write, list[Any]] = {} if memory is None else memory.mark()
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        if memory is not None:
            memory.forget(mark)
        raise


def later(session: AsyncSession, write: Write, row: Any, owner_id: UUID | None = None) -> bool:
    """Leave a row to be written at the end of the block; False when nothing is gathered: it is still the caller's.

    For rows that nobody reads within the transaction before :func:`write_gathered`. Those of one kind keep their
    order, and kinds are written in the order in which they first came.
    """
    memory = memory_of(session)
    if memory is None or memory.later is None:
        return False
    memory.later.setdefault(write, []).append(row)
    if owner_id is not None:
        memory.owners.add(owner_id)
    return True


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
