"""Small file systems of their own for the data of PostgreSQL and of Kafka, filled to the last byte and freed."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from tests.support.stack import Stack

_MB = 1024 * 1024
# What a run writes and some room; in memory, so that a full one fills nobody else's disk.
_SIZES_MB = {"postgres": 1800, "kafka": 1200}


def mount(directory: Path) -> None:
    """Lay them where a stack in ``directory`` will keep its data; they go with the namespace of the run."""
    for name, size in _SIZES_MB.items():
        place = directory / name
        place.mkdir(parents=True)
        options = f"size={size}m,mode=0755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(place)], check=True)


def fill(stack: Stack, name: str, seconds: float) -> None:
    """No byte is free for so long."""
    filler = stack.directory / name / "filler"
    until = time.monotonic() + seconds
    try:
        with filler.open("wb", buffering=0) as file:
            while time.monotonic() < until:
                # Whatever its owner frees meanwhile is taken as well.
                try:
                    file.write(bytes(_MB))
                except OSError:
                    _trickle(file.fileno())
                    time.sleep(0.1)
    finally:
        filler.unlink()


def _trickle(descriptor: int) -> None:
    """The last bytes, page by page."""
    try:
        while True:
            os.write(descriptor, bytes(4096))
    except OSError:
        return
