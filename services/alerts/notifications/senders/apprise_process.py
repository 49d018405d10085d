"""``python -m …apprise_process``: one message by apprise; the task on stdin, the result on stdout.

The hook is set before apprise is loaded and cannot be taken away: names that are not listed are not resolved,
addresses that no listed name may lead to are not connected to, datagrams are not sent, programs are not started.
"""

from __future__ import annotations

import json
import logging
import resource
import socket
import sys
from typing import Any

from libs.common.webhooks.hosts import AllowedHosts

_LONGEST_TASK = 256 * 1024
_MEMORY = 1024 * 1024 * 1024
_KINDS = {"red": "failure", "orange": "warning", "yellow": "warning", "blue": "info"}
_PROGRAMS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork"})
_OUTWARD = frozenset({"socket.sendto", "socket.sendmsg", "socket.gethostbyname", "socket.gethostbyaddr"})


class Refused(Exception):
    """The hook's answer to what is not allowed."""


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    task = json.loads(sys.stdin.buffer.read(_LONGEST_TASK))
    allowed = AllowedHosts.of(task["allowed_hosts"], require_https=task["require_https"])
    refused: list[str] = []
    sys.addaudithook(_hook(allowed, refused))
    sys.stdout.write(json.dumps(_sent(task, refused)))
    return 0


def _hook(allowed: AllowedHosts, refused: list[str]) -> Any:
    def look(event: str, arguments: tuple[Any, ...]) -> None:
        reason = _reason(allowed, event, arguments)
        if reason is not None:
            refused.append(reason)
            raise Refused(reason)

    return look


def _reason(allowed: AllowedHosts, event: str, arguments: tuple[Any, ...]) -> str | None:
    """Why an event of the interpreter is refused, None when it is let through."""
    if event in _PROGRAMS:
        return "program"
    if event in _OUTWARD:
        return "datagram"
    if event == "socket.getaddrinfo":
        host = arguments[0]
        name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
        # What urllib3 asks of the machine itself, whether it speaks IPv6, goes nowhere.
        return None if allowed.lists(name) or name == "" else "host_not_allowed"
    if event == "socket.connect":
        address = arguments[1]
        if not isinstance(address, tuple):
            return "inner_address"
        if arguments[0].type & socket.SOCK_STREAM != socket.SOCK_STREAM:
            return "datagram"
        return None if allowed.may_connect(str(address[0])) else "inner_address"
    return None


def _sent(task: dict[str, Any], refused: list[str]) -> dict[str, Any]:
    # Loaded under the hook, and only here: the service itself never imports it.
    import apprise  # noqa: PLC0415

    logging.disable(logging.CRITICAL)
    service = apprise.Apprise()
    if not service.add(task["url"]):
        return {"delivered": False, "is_final": True, "error": "apprise does not know the address",
                "error_code": "apprise.address"}  # fmt: skip
    delivered = service.notify(
        body=task["body"], title=task["title"], notify_type=_KINDS.get(task["severity"], "info")
    )
    if refused:
        return {"delivered": False, "is_final": True, "error": f"refused: {refused[0]}",
                "error_code": f"refused.{refused[0]}"}  # fmt: skip
    return {"delivered": bool(delivered), "error": None if delivered else "the service refused"}


if __name__ == "__main__":
    sys.exit(main())
