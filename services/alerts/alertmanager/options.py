"""How the interface is offered by this process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import Gauge

REVISION = "duban"

BUILD_INFO = Gauge(
    "alertmanager_build_info",
    "The version of the Alertmanager whose interface this is.",
    ["version", "revision", "branch", "goversion"],
)


def show_version(version: str) -> None:
    BUILD_INFO.clear()
    BUILD_INFO.labels(version, REVISION, "", "").set(1)


async def _nothing_to_reload() -> str | None:
    """Everything is in the database and read with every question."""
    return None


def _nobody_waits() -> None:
    """Whoever makes the alerts ours looks by itself often enough."""


@dataclass(frozen=True, slots=True)
class InterfaceOptions:
    """`classic` allows no label names beyond letters, digits and underscores; `reload` answers a fault or None.

    `posted` is called when alerts have been committed. Clients choose their dialect by the `version`.
    """

    started_at: datetime
    region_code: str
    version: str
    name: str = "duban"
    address: str = ""
    classic: bool = False
    reload: Callable[[], Awaitable[str | None]] = field(default=_nothing_to_reload)
    posted: Callable[[], None] = field(default=_nobody_waits)
