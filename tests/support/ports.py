"""Ports for servers under test that no other test, worker or checkout on this machine gets at the same time.

That a port is free says nothing about the next moment: two workers that look at once see the same ones free.
So a block of ports is locked before it is looked at, and stays locked as long as the process lives.
"""

import fcntl
import os
import tempfile
from pathlib import Path
from typing import TextIO

from deploy.local.layout import PORTS_USED, WIDE_PORTS_USED
from deploy.local.ports import is_free

# Below the range from which systems take ports for outgoing connections.
_BLOCKS = range(18_000, 32_000, PORTS_USED)
_DIRECTORY = Path(tempfile.gettempdir()) / f"duban-test-ports-{os.getuid()}"
_held: dict[int, TextIO] = {}


def reserve_ports(count: int = PORTS_USED) -> int:
    """The first of `count` free ports in a row, nobody else's until this process ends.

    At most WIDE_PORTS_USED; more than PORTS_USED are several blocks in a row. Raises LookupError when there are
    none left.
    """
    if not 1 <= count <= WIDE_PORTS_USED:
        raise ValueError(f"a stack has {WIDE_PORTS_USED} ports at most, not {count}")
    _DIRECTORY.mkdir(exist_ok=True)
    for first in _BLOCKS:
        blocks = range(first, first + count, PORTS_USED)
        if any(block in _held for block in blocks):
            continue
        if all(_lock(block) for block in blocks) and all(is_free(port) for port in range(first, first + count)):
            return first
    raise LookupError(f"no {count} free ports in a row")


def _lock(first: int) -> bool:
    file = (_DIRECTORY / str(first)).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _held[first] = file
    return True
