"""The long tail of services by ``apprise``, each message in a process of its own.

apprise calls out by itself, through libraries of its own, and reports success where a service refuses; so it
serves only what no adapter of ours does. The process of its own has a deadline that a hanging service cannot
outlive, a bound on memory that an endless answer cannot pass, none of our secrets in its environment, and a
hook under the interpreter that lets it connect to allowed hosts only, whatever redirect it follows
(``senders/apprise_process.py``).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Sequence

from libs.common.webhooks.delivery import KEPT_OF_ERRORS, Outcome
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import Unusable, Vault, content_of, unusable

_MODULE = "services.alerts.notifications.senders.apprise_process"
_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR")
_AT_ONCE = 4


class AppriseSender:
    """`schemes` are the services that may be used; `allowed_hosts` the entries of the installation's list."""

    def __init__(
        self,
        vault: Vault,
        *,
        schemes: Sequence[str],
        allowed_hosts: Sequence[str],
        require_https: bool,
        deadline_seconds: float = 20.0,
    ) -> None:
        self._vault = vault
        self._schemes = frozenset(schemes)
        self._rules = {"allowed_hosts": list(allowed_hosts), "require_https": require_https}
        self._deadline_seconds = deadline_seconds
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            url = str(self._vault.of_channel(outgoing)["url"])
        except Unusable as error:
            return unusable(error)
        if url.partition("://")[0].lower() not in self._schemes:
            return Outcome(False, error="the service is not allowed", is_final=True, error_code="refused.scheme")
        content = content_of(outgoing)
        body = "\n".join([*content["lines"], content["url"]])
        task = {
            **self._rules,
            "url": url,
            "title": content["title"],
            "body": body,
            "severity": content["severity"],
        }
        async with self._places:
            return await self._run(json.dumps(task).encode())

    async def _run(self, task: bytes) -> Outcome:
        environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )
        try:
            async with asyncio.timeout(self._deadline_seconds):
                said, _ = await process.communicate(task)
        except TimeoutError:
            return Outcome(False, error="timed out", error_code="timeout")
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return _judged(said, process.returncode)


def _judged(said: bytes, code: int | None) -> Outcome:
    try:
        result = json.loads(said)
    except ValueError:
        return Outcome(False, error=f"apprise ended with {code}", error_code="apprise.ended")
    if result.get("delivered") is True:
        return Outcome(True)
    error, is_final = str(result.get("error") or "refused")[:KEPT_OF_ERRORS], bool(result.get("is_final"))
    return Outcome(
        False, error=error, is_final=is_final, error_code=str(result.get("error_code") or "apprise.refused")
    )
