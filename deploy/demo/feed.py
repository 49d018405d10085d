"""The live feed: every simulated quarter of an hour the readings of all meters, until it is told to stop.

What is not acknowledged is sent again, byte for byte: bodies are made from the slot and the script's start alone,
both of which are noted in a file, so this holds across restarts of the feed, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from deploy.demo.script import SLOT, Batch, LiveScript, slot_of
from deploy.demo.stack import DemoError, Stack, read_json, write_private
from deploy.demo.transport import ApiError, Unreachable
from libs.common.clock import Clock, change_rate, read_clock, sleep_until

# A feed that was away for longer does not catch up: it goes on at the present and leaves a gap, as real ones do.
LONGEST_CATCH_UP = 96
# A refused body is not sent again; these refusals mean that no body will ever be taken.
_HOPELESS = frozenset({401, 403, 404, 405})


@dataclass(frozen=True, slots=True)
class Position:
    """Where the feed stands: the first slot not acknowledged, and the script's first slot (None: not begun)."""

    next_slot: datetime
    script_from: datetime | None = None


class PositionFile:
    """The position on disk; loader and feed both write it."""

    def __init__(self, stack: Stack) -> None:
        self._path: Path = stack.notes / "feed.json"

    def read(self) -> Position | None:
        body = read_json(self._path)
        if body is None:
            return None
        begun = body.get("script_from")
        return Position(
            next_slot=datetime.fromisoformat(body["next_slot"]),
            script_from=datetime.fromisoformat(begun) if begun else None,
        )

    def write(self, position: Position) -> None:
        begun = position.script_from.isoformat() if position.script_from else None
        write_private(self._path, {"next_slot": position.next_slot.isoformat(), "script_from": begun})


class Sender(Protocol):
    """Delivers one body; returns when it is acknowledged. Raises ApiError or Unreachable."""

    async def __call__(self, batch: Batch, /) -> object: ...


def begin(kept: Position | None, now: datetime) -> tuple[Position, int]:
    """Where to go on at the stack's time `now`, and how many slots are given up.

    A feed that goes on at the present begins its script anew there: its events are meant to be seen.
    """
    present = slot_of(now)
    if kept is None:
        return Position(next_slot=present, script_from=present), 0
    behind = int((present - kept.next_slot) / SLOT)
    if behind > LONGEST_CATCH_UP:
        return Position(next_slot=present, script_from=present), behind
    return replace(kept, script_from=kept.script_from or max(present, kept.next_slot)), 0


class Feed:
    """Sends slot after slot as the clock reaches their ends."""

    def __init__(
        self,
        clock: Clock,
        script: LiveScript,
        send: Sender,
        *,
        position: Position,
        keep: Callable[[Position], None],
        say: Callable[[str], None],
    ) -> None:
        self._clock, self._script, self._send = clock, script, send
        self._position, self._keep, self._say = position, keep, say

    @property
    def position(self) -> Position:
        return self._position

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; the body under way is finished or, when nobody answers, given up unacknowledged."""
        while not stop.is_set():
            slot = self._position.next_slot
            if not await sleep_until(self._clock, slot + SLOT, max_real_seconds=0.5):
                continue
            for event in self._script.begins(slot):
                self._say(f"event: {event}")
            for batch in self._script.batches(slot):
                if not await self._deliver(batch, stop):
                    return
            self._position = replace(self._position, next_slot=slot + SLOT)
            self._keep(self._position)

    async def _deliver(self, batch: Batch, stop: asyncio.Event) -> bool:
        while True:
            try:
                await self._send(batch)
            except Unreachable as error:
                self._say(f"{batch.name}: not acknowledged yet, sending it again ({error})")
                if stop.is_set():
                    return False
                continue
            except ApiError as error:
                if error.status in _HOPELESS:
                    raise DemoError(f"The feed is not let in: {error}") from error
                self._say(f"{batch.name}: refused, left out: {error}")
                return True
            self._say(f"{batch.name}: {len(batch.values)} readings acknowledged")
            return True


class FastClock:
    """Runs the stack's clock at `speed` while the feed runs, and at real speed again after it."""

    def __init__(self, stack: Stack, speed: float) -> None:
        self._path, self._speed = stack.clock_file, speed

    def __enter__(self) -> None:
        if read_clock(self._path).rate == 0:
            raise DemoError("The stack's clock stands still, so the stack is stopped; start it with: duban up")
        change_rate(self._path, self._speed)

    def __exit__(self, *_: object) -> None:
        # Whoever changed the rate meanwhile (a stop of the stack sets 0) knows better.
        if read_clock(self._path).rate == self._speed:
            change_rate(self._path, 1.0)
