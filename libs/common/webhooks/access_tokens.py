"""Access tokens of applications: fetched once, kept until shortly before they end, fetched anew when refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID

# A token is let go of so long before its end, as a call may be under way for a while.
_MARGIN_SECONDS = 300.0

ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    expires_in_seconds: float


class Used(Protocol[ResultT_co]):
    """What came of a call with a token, and whether a fresh token is worth another call."""

    @property
    def outcome(self) -> ResultT_co: ...

    @property
    def is_stale(self) -> bool: ...


class AccessTokens(Generic[ResultT]):
    """Tokens by whose they are, in this process: vendors answer with the same one while it holds, so several
    processes agree.

    An owner that was changed (its version) has no use for the token of before.
    """

    def __init__(self, real_now: Callable[[], datetime]) -> None:
        self._real_now = real_now
        self._kept: dict[tuple[UUID, int], tuple[str, datetime]] = {}
        self._locks: dict[UUID, asyncio.Lock] = {}

    async def call(
        self,
        owner: UUID,
        version: int,
        fetch: Callable[[], Awaitable[Token | ResultT]],
        use: Callable[[str], Awaitable[Used[ResultT]]],
    ) -> ResultT:
        """Use the owner's token, and once more with a fresh one if the vendor finds it stale.

        ``fetch`` answers a token, or why there is none, which is the result then.
        """
        token = await self._token(owner, version, fetch)
        if not isinstance(token, str):
            return token.reason
        found = await use(token)
        if not found.is_stale:
            return found.outcome
        token = await self._token(owner, version, fetch, refused=token)
        if not isinstance(token, str):
            return token.reason
        return (await use(token)).outcome

    async def _token(
        self,
        owner: UUID,
        version: int,
        fetch: Callable[[], Awaitable[Token | ResultT]],
        *,
        refused: str | None = None,
    ) -> str | _NoToken[ResultT]:
        # One at a time: fetching is limited, and the second finds what the first has fetched.
        async with self._locks.setdefault(owner, asyncio.Lock()):
            kept = self._kept.get((owner, version))
            if kept is not None and kept[0] != refused and self._real_now() < kept[1]:
                return kept[0]
            fetched = await fetch()
            if not isinstance(fetched, Token):
                return _NoToken(fetched)
            lasts = max(fetched.expires_in_seconds - _MARGIN_SECONDS, fetched.expires_in_seconds / 2)
            self._kept = {known: value for known, value in self._kept.items() if known[0] != owner}
            self._kept[owner, version] = (fetched.text, self._real_now() + timedelta(seconds=lasts))
            return fetched.text


@dataclass(frozen=True, slots=True)
class _NoToken(Generic[ResultT]):
    """There is no token; ``reason`` may be a text itself, so that it stands apart from one."""

    reason: ResultT
