"""Cells: other installations whose events are taken up here, and how a setting and an event name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# What may stand in the source of an event.
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cell:
    """Another installation, by the name it has here, and its brokers as ``host:port,host:port``."""

    name: str
    bootstrap: str


@dataclass(frozen=True, slots=True)
class Access:
    """As whom the cells' brokers are read: ``security`` and ``mechanism`` by Kafka's names."""

    security: str = "PLAINTEXT"
    mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = None


def source_in(cell: str, source: str) -> str:
    """The source of an event of ``cell`` as it is called here: what two cells number alike stays apart."""
    return f"//{cell}{source}"


def cell_of(source: str) -> str | None:
    """The cell that an event's source names; None for our own."""
    return source[2:].partition("/")[0] if source.startswith("//") else None


def cells_of(text: str) -> tuple[Cell, ...]:
    """``name=host:port,host:port;name=…`` as cells. Raises ValueError naming the part that is none."""
    cells = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, _, bootstrap = (piece.strip() for piece in part.partition("="))
        hosts = [host.strip() for host in bootstrap.split(",")]
        if not _NAME.fullmatch(name) or not all(_is_address(host) for host in hosts):
            raise ValueError(f"{part!r} is not name=host:port,host:port")
        cells.append(Cell(name, ",".join(hosts)))
    names = [cell.name for cell in cells]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))} is named twice")
    return tuple(cells)


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdigit() and 0 < int(port) < 65_536
