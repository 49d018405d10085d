"""The Alertmanager's own webhooks, for receivers that were made for it."""

from __future__ import annotations

import asyncio

from libs.common.webhooks.delivery import Outcome, WebhookClient
from services.alerts.notifications.outgoing import Outgoing

_TIMEOUT = "#timeout="


class AlertmanagerSender:
    """Unsigned, as its receivers expect; a target may carry its own patience."""

    def __init__(self, webhooks: WebhookClient) -> None:
        self._webhooks = webhooks

    async def send(self, outgoing: Outgoing) -> Outcome:
        target, timeout_seconds = without_timeout(outgoing.target)
        async with asyncio.timeout(timeout_seconds):
            return await self._webhooks.post(target, [], str(outgoing.id), outgoing.body)


def with_timeout(url: str, seconds: float | None) -> str:
    """The address with the patience for it, where the fragment would be: that part is never sent to anybody."""
    plain = url.partition("#")[0]
    return plain if seconds is None else f"{plain}{_TIMEOUT}{seconds:g}"


def without_timeout(target: str) -> tuple[str, float | None]:
    url, found, seconds = target.partition(_TIMEOUT)
    return url, float(seconds) if found else None
