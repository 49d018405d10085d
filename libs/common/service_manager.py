"""What a process tells the service manager that started it: started, alive, ending (systemd's sd_notify(3)).

Nothing is said, and nothing fails, where no manager asked to be told.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """``address``: the manager's datagram socket; ``watchdog_seconds``: the silence after which it ends us."""

    address: str | None = None
    watchdog_seconds: float | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ, pid: int | None = None) -> ServiceManager:
        """The manager named in the environment; a watchdog that is meant for another process is none of ours."""
        address = environment.get("NOTIFY_SOCKET") or None
        microseconds = environment.get("WATCHDOG_USEC", "")
        meant_for = environment.get("WATCHDOG_PID", "")
        mine = not meant_for or meant_for == str(os.getpid() if pid is None else pid)
        watched = address is not None and mine and microseconds.isascii() and microseconds.isdigit()
        seconds = int(microseconds) / 1e6 if watched else 0.0
        return cls(address, seconds or None)

    def tell(self, state: str) -> None:
        """Send ``READY=1`` and the like; a manager that is gone is no reason to fail."""
        if self.address is None:
            return
        # An abstract socket's name begins with a zero byte, which the variable cannot hold.
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            # Called from the event loop, which a full queue must not stop.
            line.setblocking(False)
            line.sendto(state.encode(), address)

    async def keep_alive(self) -> None:
        """Say that the event loop turns, at half the time after which silence counts; forever."""
        if self.watchdog_seconds is None:
            return
        _log.info("watchdog_kept", seconds=self.watchdog_seconds)
        while True:
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self.watchdog_seconds / 2)
