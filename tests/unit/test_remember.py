"""What is read once and written together within one transaction; no database."""

from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.remember import gathering, later, memory_of, remembered, savepoint, write_gathered_of


class Session:
    """As much of a session as is asked here: what it is told, in order."""

    def __init__(self) -> None:
        self.info: dict[Any, Any] = {}
        self.done: list[Any] = []

    async def flush(self) -> None:
        self.done.append("flush")

    @asynccontextmanager
    async def begin_nested(self) -> Any:
        yield


def session() -> tuple[Session, AsyncSession]:
    made = Session()
    return made, cast(AsyncSession, made)


async def write(session: AsyncSession, rows: list[Any]) -> None:
    cast(Session, session).done.append(list(rows))


async def test_rows_left_for_later_are_written_together_after_what_the_session_holds() -> None:
    made, given = session()
    assert not later(given, write, "alone")
    async with gathering(given):
        for row in "abc":
            assert later(given, write, row)
        assert made.done == []
    assert made.done == ["flush", ["a", "b", "c"]]
    assert memory_of(given) is None


async def test_what_is_rolled_back_is_not_written_and_what_was_read_is_read_anew() -> None:
    made, given = session()
    reads = 0

    @remembered
    async def read(_session: AsyncSession) -> int:
        nonlocal reads
        reads += 1
        return reads

    async with gathering(given):
        async with savepoint(given):
            later(given, write, "a")
            assert (await read(given), await read(given)) == (1, 1)

        async def poison() -> None:
            async with savepoint(given):
                later(given, write, "b")
                raise ValueError("poison")

        with pytest.raises(ValueError, match="poison"):
            await poison()
        assert await read(given) == 2
        later(given, write, "c")
    assert made.done == ["flush", ["a", "c"]]


async def test_rows_of_an_owner_are_written_before_they_are_read() -> None:
    made, given = session()
    owner, other = uuid4(), uuid4()
    async with gathering(given):
        later(given, write, "a", owner)
        await write_gathered_of(given, other)
        assert made.done == []
        await write_gathered_of(given, owner)
        assert made.done == ["flush", ["a"]]
        later(given, write, "b", other)
    assert made.done[2:] == ["flush", ["b"]]


async def test_what_was_written_within_a_savepoint_of_before_it_is_written_again_when_that_fails() -> None:
    made, given = session()
    owner = uuid4()

    async def poison() -> None:
        async with savepoint(given):
            await write_gathered_of(given, owner)
            later(given, write, "b")
            raise ValueError("poison")

    async with gathering(given):
        later(given, write, "a", owner)
        with pytest.raises(ValueError, match="poison"):
            await poison()
    # The first of the two was rolled back.
    assert made.done == ["flush", ["a"], "flush", ["a"]]


async def test_nothing_is_written_when_the_whole_block_fails() -> None:
    made, given = session()

    async def lost() -> None:
        async with gathering(given):
            later(given, write, "a")
            raise ValueError("lost")

    with pytest.raises(ValueError, match="lost"):
        await lost()
    assert made.done == []
    assert memory_of(given) is None
