"""A small cache with an age limit, for what is asked thousands of times a second and changes rarely."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """Values loaded on demand and believed for ``ttl`` seconds of real time; at most ``size`` of them.

    Callers who miss the same key at once share one load, so an expiring entry never becomes a stampede. A load
    that raises is not remembered: the next caller tries again. ``None`` is remembered only if ``keep_none``.
    """

    def __init__(
        self,
        ttl: float,
        size: int = 10_000,
        *,
        keep_none: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl = ttl
        self._size = size
        self._keep_none = keep_none
        self._monotonic = monotonic
        self._entries: dict[K, tuple[float, V]] = {}
        self._loading: dict[K, asyncio.Future[V]] = {}

    def peek(self, key: K) -> V | None:
        """The value if it is known and young enough."""
        entry = self._entries.get(key)
        if entry is None or entry[0] <= self._monotonic():
            return None
        return entry[1]

    async def get(self, key: K, load: Callable[[], Awaitable[V]]) -> V:
        """The value of ``key``, from memory or through ``load``; raises what ``load`` raises."""
        entry = self._entries.get(key)
        if entry is not None and entry[0] > self._monotonic():
            return entry[1]
        running = self._loading.get(key)
        if running is not None:
            # Shielded: one impatient caller must not cancel the load that the others wait for.
            return await asyncio.shield(running)
        task = asyncio.ensure_future(self._load(key, load))
        self._loading[key] = task
        task.add_done_callback(lambda done: self._loaded(key, done))
        return await asyncio.shield(task)

    def put(self, key: K, value: V) -> None:
        if len(self._entries) >= self._size:
            self._make_room()
        self._entries[key] = (self._monotonic() + self._ttl, value)

    def drop(self, key: K) -> None:
        self._entries.pop(key, None)

    async def _load(self, key: K, load: Callable[[], Awaitable[V]]) -> V:
        # The age counts from before the load: what was read then may have changed while we waited for it.
        asked_at = self._monotonic()
        value = await load()
        if value is not None or self._keep_none:
            self.put(key, value)
            self._entries[key] = (asked_at + self._ttl, value)
        return value

    def _loaded(self, key: K, done: asyncio.Future[V]) -> None:
        self._loading.pop(key, None)
        if not done.cancelled():
            # Reading it marks it as seen, also when every caller has gone away in the meantime.
            done.exception()

    def _make_room(self) -> None:
        now = self._monotonic()
        self._entries = {key: entry for key, entry in self._entries.items() if entry[0] > now}
        while len(self._entries) >= self._size:
            # Dictionaries keep the order of insertion: the first is the oldest.
            del self._entries[next(iter(self._entries))]
