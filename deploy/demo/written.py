"""The demo's note of what it has entered, in written.json beside its other notes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from deploy.demo.stack import Stack, read_json, write_private


class Written:
    """What has been entered whole: entries have no key of their own to tell it by."""

    def __init__(self, stack: Stack) -> None:
        self._path = stack.notes / "written.json"
        self._done: list[str] = (read_json(self._path) or {}).get("codes", [])

    def has(self, name: str) -> bool:
        return name in self._done

    def add(self, name: str) -> None:
        self._done.append(name)
        write_private(self._path, {"codes": self._done})

    async def once(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Do what is not done yet, and note it."""
        if not self.has(name):
            await work()
            self.add(name)
