"""Access tokens of applications: fetched once, kept until shortly before they end, fetched anew when refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.common.webhooks.delivery import Outcome
from services.alerts.notifications.outgoing import GatewayAccess
from services.alerts.notifications.senders.base import RealNow, Verdict

# A token is let go of so long before its end, as a message may be under way for a while.
_MARGIN_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    expires_in_seconds: float


# The token, or why there is none.
Fetch = Callable[[], Awaitable[Token | Outcome]]


class AccessTokens:
    """Tokens by gateway, in this process: vendors answer with the same one while it holds, so several processes
    agree.

    A changed gateway (its version) has no use for the token of before.
    """

    def __init__(self, real_now: RealNow) -> None:
        self._real_now = real_now
        self._kept: dict[tuple[UUID, int], tuple[str, datetime]] = {}
        self._locks: dict[UUID, asyncio.Lock] = {}

    async def call(
        self, gateway: GatewayAccess, fetch: Fetch, use: Callable[[str], Awaitable[Verdict]]
    ) -> Outcome:
        """Use the gateway's token, and once more with a fresh one if the vendor finds it stale."""
        token = await self._token(gateway, fetch)
        if isinstance(token, Outcome):
            return token
        found = await use(token)
        if not found.is_stale:
            return found.outcome
        token = await self._token(gateway, fetch, refused=token)
        if isinstance(token, Outcome):
            return token
        return (await use(token)).outcome

    async def _token(self, gateway: GatewayAccess, fetch: Fetch, *, refused: str | None = None) -> str | Outcome:
        key = (gateway.id, gateway.version)
        # One at a time: fetching is limited, and the second finds what the first has fetched.
        async with self._locks.setdefault(gateway.id, asyncio.Lock()):
            kept = self._kept.get(key)
            if kept is not None and kept[0] != refused and self._real_now() < kept[1]:
                return kept[0]
            fetched = await fetch()
            if isinstance(fetched, Outcome):
                return fetched
            lasts = max(fetched.expires_in_seconds - _MARGIN_SECONDS, fetched.expires_in_seconds / 2)
            self._kept = {known: value for known, value in self._kept.items() if known[0] != gateway.id}
            self._kept[key] = (fetched.text, self._real_now() + timedelta(seconds=lasts))
            return fetched.text
