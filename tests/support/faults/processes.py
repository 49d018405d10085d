"""Faults of processes: killed, frozen, asked to end."""

from __future__ import annotations

import os
import signal
import time

import psutil

from tests.support.stack import Stack


def strike(stack: Stack, name: str, sent: signal.Signals) -> None:
    """Send a signal that ends the process; returns when another has taken its place."""
    pid = stack.pid(name)
    os.kill(pid, sent)
    stack.wait_restarted(name, pid, 150)


def freeze(stack: Stack, name: str, seconds: float) -> None:
    """SIGSTOP and, after so long, SIGCONT: as a machine that swaps, or a hypervisor that pauses it."""
    frozen = psutil.Process(stack.pid(name))
    frozen.send_signal(signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        if frozen.is_running():
            frozen.send_signal(signal.SIGCONT)
