"""Which ports are free, and who holds those that are not."""

import socket
from collections.abc import Iterable

import psutil


def is_free(port: int) -> bool:
    """Whether a server could listen there now (a connection in TIME_WAIT does not hinder one)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def owner_of(port: int) -> str:
    """The process that listens there, as 'name (pid N)'; another user's process may not be visible."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "another process"
    for connection in connections:
        address = connection.laddr
        if connection.status != psutil.CONN_LISTEN or not address or not connection.pid:
            continue
        if address[1] == port:
            try:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
            except psutil.Error:
                break
    return "another process"


def free_port_range(count: int, candidates: Iterable[int] = range(18_000, 32_000, 20)) -> int:
    """The first candidate from which `count` ports in a row are free. Raises LookupError when there is none.

    The candidates lie below the range from which systems take ports for outgoing connections.
    """
    for first in candidates:
        if all(is_free(port) for port in range(first, first + count)):
            return first
    raise LookupError(f"no {count} free ports in a row")
