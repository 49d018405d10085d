"""What the worker uses of the outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from libs.common.clock import Clock
from libs.common.database import Database
from libs.common.ids import IdFactory
from services.energy.ingest.records import LogRecord


class Owned(Protocol):
    """A partition this worker owns: the fenced consumer's assignment."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def next_offset(self) -> int: ...
    @property
    def epoch(self) -> int: ...


SetAside = Callable[[LogRecord, BaseException], Awaitable[None]]
ReadStretch = Callable[[str, int, int, int], AsyncIterator[Sequence[LogRecord]]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the worker uses of the outside: dead letters, the log itself, clock and ids."""

    database: Database
    clock: Clock
    new_id: IdFactory
    set_aside: SetAside
    succeeded: Callable[[], None]
    read_stretch: ReadStretch
    checkpoint_seconds: float
    detects: bool = True
