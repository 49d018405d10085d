"""Beats: begun, waited for until they came round, then told outside. What does not come round is not told.

The receiver (`duban heartbeat-watch`, or any of a site's own) alarms when it hears nothing: a dead host, database,
broker, relay or consumer all look the same to it, which is the point.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from libs.common.clock import Clock, SystemClock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import SYSTEM
from libs.common.tasks import heed_cancellation
from libs.common.webhooks.hosts import RefusedAddress
from libs.common.webhooks.outgoing import GuardedClient
from libs.common.webhooks.signing import signed_headers
from services.alerts.heartbeat import service
from services.alerts.watch.tables import FindingRow

log = structlog.get_logger(__name__)

TOLD_AT = Gauge("duban_heartbeat_told_timestamp_seconds", "Real time of the last beat that was confirmed outside")
LOST = Counter("duban_heartbeat_lost_total", "Beats not told, by reason: not_round, refused", ["reason"])

_LOOK_SECONDS = 0.25
# Of readings where nobody asked for probes: no more is known than that.
NOT_PROBED = "not probed"
# Who receives a beat lives in real time, whatever the stack's clock tells.
_REAL = SystemClock()

# The state of another service in a word, e.g. "ready"; asked of each that is named.
Asked = Mapping[str, Callable[[], Awaitable[str]]]


@dataclass(frozen=True, slots=True)
class Receiver:
    """``url`` outside, the secrets that sign (`whsec_…`), and every how many real seconds.

    ``patience_seconds`` is how long a beat may take to come round; until the next is due if it is not given.
    """

    url: str
    secrets: Sequence[str]
    every_seconds: float
    patience_seconds: float | None = None


class Heartbeat:
    """Beats until it is cancelled; whatever fails, it tries the next beat."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        client: GuardedClient,
        receiver: Receiver,
        asked: Asked,
        *,
        real: Clock = _REAL,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._client = client
        self._receiver = receiver
        self._asked = asked
        self._real = real

    async def run(self) -> None:
        while True:
            heed_cancellation()
            begun = time.monotonic()
            try:
                await self.beat()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                LOST.labels("not_round").inc()
                log.warning("heartbeat.interrupted", error=repr(error)[:200])
            await asyncio.sleep(max(0.0, self._receiver.every_seconds - (time.monotonic() - begun)))

    async def beat(self) -> bool:
        """One beat; whether the receiver confirmed it."""
        async with self._database.transaction() as session:
            sequence = await service.begin_beat(self._context(session))
        if not await self._comes_round(sequence):
            LOST.labels("not_round").inc()
            log.error("heartbeat.not_round", sequence=sequence)
            return False
        body = json.dumps(await self._message(sequence), ensure_ascii=False)
        real_at = self._real.now()
        headers = {"content-type": "application/json"}
        if self._receiver.secrets:
            headers |= signed_headers(self._receiver.secrets, f"heartbeat-{sequence}", real_at, body)
        error = await self._told(body, headers)
        async with self._database.transaction() as session:
            ctx = self._context(session)
            if error is None:
                await service.note_told(ctx, sequence, real_at)
            else:
                await service.note_error(ctx, error)
        if error is None:
            TOLD_AT.set(real_at.timestamp())
            return True
        LOST.labels("refused").inc()
        log.error("heartbeat.not_told", sequence=sequence, error=error[:200])
        return False

    async def _told(self, body: str, headers: Mapping[str, str]) -> str | None:
        """None when it was confirmed, else why not."""
        try:
            answer = await self._client.send("POST", self._receiver.url, headers=headers, content=body.encode())
        except RefusedAddress as error:
            return f"the address is refused: {error.reason}"
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            return f"{type(error).__name__}: {error}"
        return None if answer.is_success else f"status {answer.status}"

    async def _comes_round(self, sequence: int) -> bool:
        patience = self._receiver.patience_seconds
        until = time.monotonic() + (self._receiver.every_seconds if patience is None else patience)
        while time.monotonic() < until:
            heed_cancellation()
            async with self._database.session() as session:
                if await service.came_round(self._context(session)) >= sequence:
                    return True
            await asyncio.sleep(_LOOK_SECONDS)
        return False

    async def _message(self, sequence: int) -> dict[str, Any]:
        async with self._database.session() as session:
            statement = select(func.count()).select_from(FindingRow).where(col(FindingRow.cleared_at).is_(None))
            findings = await session.scalar(statement) or 0
        states = await asyncio.gather(*(ask() for ask in self._asked.values()))
        services = dict(zip(self._asked, states, strict=True))
        is_well = findings == 0 and all(state in {"ready", NOT_PROBED} for state in states)
        return {
            "sequence": sequence,
            "stack_time": self._clock.now().isoformat(),
            "state": "ok" if is_well else "degraded",
            "findings": findings,
            "services": services,
        }

    def _context(self, session: Any) -> Context:
        return Context(session=session, now=self._clock.now(), new_id=self._new_id, principal=SYSTEM)


def readiness_of(client: httpx.AsyncClient, base_url: str) -> Callable[[], Awaitable[str]]:
    """What a service of ours says of itself at ``/readyz``: ready, not ready, or no answer."""

    async def ask() -> str:
        try:
            answer = await client.get(f"{base_url.rstrip('/')}/readyz", timeout=5)
        except httpx.HTTPError:
            return "no answer"
        return "ready" if answer.status_code == 200 else "not ready"

    return ask


def readings_of(client: httpx.AsyncClient, energy_url: str) -> Callable[[], Awaitable[str]]:
    """Whether readings put in there are stored and judged: ready, not round, not probed, or no answer."""

    async def ask() -> str:
        try:
            answer = await client.get(f"{energy_url.rstrip('/')}/readyz", timeout=5)
            told = answer.json()["checks"].get("readings")
        except (httpx.HTTPError, ValueError, KeyError):
            return "no answer"
        if told is None:
            return NOT_PROBED if answer.status_code == 200 else "no answer"
        return "ready" if told == "ok" else "not round"

    return ask
