"""A network of the run's own, in which the way to a server can be cut.

The whole run, stack and all, lives in a namespace of its own: its loopback is nobody else's, and what is cut there
is cut for the stack alone. A cut is a rule of the routing policy: what goes to the server's port is unreachable,
so that connections fail and what was sent on open ones is lost and sent again by the kernel.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from deploy.local import layout
from tests.support.stack import Stack

_INSIDE = "DUBAN_FAULTS_NAMESPACE"
_PORTS = {
    "projects": layout.PROJECTS,
    "energy": layout.ENERGY,
    "alerts": layout.ALERTS,
    "postgres": layout.POSTGRES,
    "kafka": layout.KAFKA,
}


def enter(command: Sequence[str]) -> None:
    """Begin again inside a namespace of network and mounts; returns inside, or where none can be had."""
    if os.environ.get(_INSIDE) or os.geteuid() != 0:
        return
    possible = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False)
    if possible.returncode:
        return
    variables = {**os.environ, _INSIDE: "1"}
    arguments = ["unshare", "--net", "--mount", sys.executable, *command]
    os.execvpe(arguments[0], arguments, variables)


def is_own() -> bool:
    return bool(os.environ.get(_INSIDE))


def prepare() -> None:
    """Bring up the loopback, and let rules stand before the one that says what is local."""
    for step in ("link set lo up", "rule add pref 100 lookup local", "rule del pref 0"):
        _ip(step)


def cut(stack: Stack, server: str, seconds: float) -> None:
    """Nobody reaches the server for so long."""
    rule = f"pref 10 ipproto tcp dport {stack.port_base + _PORTS[server]} unreachable"
    _ip(f"rule add {rule}")
    try:
        time.sleep(seconds)
    finally:
        _ip(f"rule del {rule}")


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True, capture_output=True)
