"""A small energy site for integration tests: real PostgreSQL and Kafka, the real application, keys of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from libs.common.clock import ManualClock
from libs.common.contracts.energy import READINGS
from libs.common.database import Database
from libs.common.kafka.fenced import FencedConsumer
from libs.common.kafka.producer import KafkaPublisher
from libs.common.registry.tables import ApiKeyReplicaRow
from libs.common.security.keys import new_api_key
from libs.common.settings import Environment
from services.energy.bootstrap import build_app, build_ingest
from services.energy.bootstrap_door import build_door
from services.energy.bootstrap_gateway import build_gateway
from services.energy.settings import EnergySettings
from services.energy.sources.gateway import Gateway

# A Tuesday at half past eight in the morning, Chinese time.
NOW = datetime(2026, 9, 15, 0, 30, tzinfo=UTC)
TODAY = date(2026, 9, 15)
COUNTY = "421224"
NEIGHBOUR = "421221"
SCOPES = ("energy:read", "energy:write", "energy:ingest")


@dataclass
class Site:
    """One energy service: its API, its workers by need, its clock."""

    settings: EnergySettings
    database: Database
    clock: ManualClock
    app: FastAPI
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        return self.settings.topic_prefix + READINGS.name

    async def add_key(self, name: str, role: str, region: str | None, **facts: Any) -> None:
        key = new_api_key()
        values: dict[str, Any] = {
            "subject": name,
            "version": 1,
            "key_id": uuid4(),
            "name": name,
            "key_hash": key.key_hash,
            "role": role,
            "scopes": list(SCOPES),
            "region_code": region,
        }
        async with self.database.transaction() as session:
            session.add(ApiKeyReplicaRow(**values | facts))
        self.keys[name] = key.key

    def client(self, caller: str = "officer") -> httpx.AsyncClient:
        headers = {"X-API-Key": self.keys[caller], "Accept-Language": "en"}
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://energy", headers=headers, timeout=60)

    async def get(self, path: str, caller: str = "officer", **parameters: Any) -> Any:
        async with self.client(caller) as client:
            answer = await client.get(path, params=parameters)
        assert answer.is_success, answer.text
        return answer.json()

    async def register(self, *meter_nos: str, **facts: Any) -> None:
        body = {"name": "Furnace", "region_code": COUNTY, "capacity_kw": 5000, "valid_from": "2025-01-01", **facts}
        async with self.client("admin") as client:
            for meter_no in meter_nos:
                answer = await client.put(f"/v1/meters/{meter_no}", json=body)
                assert answer.status_code in {200, 201}, answer.text

    async def post(
        self, path: str, body: Any, media_type: str = "application/json", caller: str = "feed", **parameters: Any
    ) -> httpx.Response:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        async with self.client(caller) as client:
            return await client.post(
                path, content=content, params=parameters or None, headers={"Content-Type": media_type}
            )

    async def post_curves(self, curves: Sequence[dict[str, Any]], **facts: Any) -> dict[str, Any]:
        body = {"unit": "kW", "interval_minutes": 15, "source": "test", "curves": list(curves)} | facts
        answer = await self._taken("/v1/curves", body)
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    async def post_readings(self, readings: Sequence[dict[str, Any]], **facts: Any) -> dict[str, Any]:
        answer = await self._taken("/v1/readings", {"unit": "kW", "readings": list(readings)} | facts)
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    async def _taken(self, path: str, body: dict[str, Any], seconds: float = 120) -> httpx.Response:
        """As callers do: what is not taken now, as when nobody knows how far the worker is, is sent again."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (answer := await self.post(path, body)).status_code in {429, 503}:
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(0.1)
        return answer

    async def merged(
        self, *receipts: dict[str, Any], seconds: float = 120, caller: str = "feed"
    ) -> list[dict[str, Any]]:
        """The receipts once the worker has merged them."""
        found = []
        deadline = asyncio.get_running_loop().time() + seconds
        for receipt in receipts:
            while True:
                body = await self.get(f"/v1/receipts/{receipt['receipt_id']}", caller)
                if body["status"] == "merged":
                    found.append(body)
                    break
                assert asyncio.get_running_loop().time() < deadline, body
                await asyncio.sleep(0.05)
        return found

    async def values(self, meter_no: str, day: date = TODAY) -> list[float | None]:
        page = await self.get(f"/v1/meters/{meter_no}/curves", **{"from": day.isoformat(), "to": day.isoformat()})
        values: list[float | None] = page["items"][0]["values"] if page["items"] else []
        return values

    async def rows(self, statement: str, **parameters: Any) -> list[Any]:
        async with self.database.session() as session:
            return list((await session.execute(text(statement), parameters)).all())

    async def append(self, value: bytes, headers: Sequence[tuple[str, bytes]] = (), partition: int = 0) -> None:
        """Write a record of one's own making into the readings' log."""
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.kafka_bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(self.topic, value, headers=list(headers), partition=partition)
        finally:
            await producer.stop()

    @asynccontextmanager
    async def worker(self, *, is_killed: bool = False) -> AsyncIterator[FencedConsumer]:
        """A worker that runs meanwhile; one that is killed at the end hands nothing over."""
        publisher = KafkaPublisher(self.settings.kafka_bootstrap, client_id="test-dead-letters")
        await publisher.start()
        consumer = build_ingest(self.settings, self.database, self.clock, publisher)
        running = asyncio.create_task(consumer.run())
        try:
            yield consumer
        finally:
            failed = running.done()
            if is_killed:
                consumer._handler._checkpointed_at.clear()  # type: ignore[attr-defined]
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await publisher.stop()
            assert not failed, "the worker ended by itself"

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[Gateway]:
        """What fetches feeds, running meanwhile."""
        running = build_door(self.settings, self.database, "test-gateway")
        async with running.running():
            gateway = build_gateway(self.settings, self.database, self.clock, running.door, running.publisher)
            task = asyncio.create_task(gateway.run())
            try:
                yield gateway
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def receipts(self, caller: str = "officer", **parameters: Any) -> list[dict[str, Any]]:
        """Receipts as the API lists them, the newest first."""
        filters = {f"filter[{name}][eq]": value for name, value in parameters.items()}
        page = await self.get("/v1/receipts", caller, limit=1000, **filters)
        items: list[dict[str, Any]] = page["items"]
        return items

    async def until(self, is_so: Callable[[], Awaitable[Any]], seconds: float = 120) -> Any:
        """What ``is_so`` answers once it is true."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not (found := await is_so()):
            assert asyncio.get_running_loop().time() < deadline, "it never came about"
            await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def running_site(dsn: str, bootstrap: str, prefix: str, **facts: Any) -> AsyncIterator[Site]:
    """The application started, four callers known, the door's lag watched."""
    settings = EnergySettings(
        environment=Environment.LOCAL,
        database_dsn=SecretStr(dsn),
        kafka_bootstrap=bootstrap,
        topic_prefix=prefix,
        **facts,
    )
    database = Database(dsn)
    clock = ManualClock(NOW)
    app = build_app(settings, database, clock, ())
    site = Site(settings, database, clock, app)
    try:
        await site.add_key("admin", "admin", None)
        await site.add_key("officer", "officer", COUNTY)
        await site.add_key("feed", "feed", COUNTY)
        await site.add_key("stranger", "feed", NEIGHBOUR)
        async with app.router.lifespan_context(app):
            while not app.state.door.lag.is_known:
                await asyncio.sleep(0.02)
            yield site
    finally:
        await database.close()


def usual_curve(meter_no: str, day: date, level: float = 1000.0) -> dict[str, Any]:
    """A day of a meter that does as always, the same at every call."""
    random = np.random.default_rng([day.toordinal(), sum(meter_no.encode())])
    values = np.round(random.normal(level, 5, 96), 2).tolist()
    return {"meter_no": meter_no, "date": day.isoformat(), "values": values}


def slot_at(slot: int, day: date = TODAY) -> str:
    """ISO stamp of the start of a 15-minute slot, Chinese standard time."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    return (midnight + timedelta(minutes=15 * slot)).isoformat()


def receipt_header(receipt_id: UUID, part: str = "0/1") -> list[tuple[str, bytes]]:
    return [("receipt", str(receipt_id).encode()), ("part", part.encode())]
