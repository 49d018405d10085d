"""Mixed feeds under load: curves and readings by HTTP, MQTT, a folder, a Kafka topic; and what must stand.

Each sender goes on with its next body only when the last was acknowledged, so that the last value it sent for a
slot is the one that must stand, whoever was killed in between. Days come again, so most of it is corrections, and
much of it is late. Nothing here uses a line of the product.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import numpy as np
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.support.energy import COUNTY, NOW, TODAY, Site, slot_at
from tests.support.stored import Cell, Stored

# Ended before NOW.
SLOTS_TODAY = 34
_LATE_DAYS = 6
_KINDS = ("C", "R", "Q", "F", "K")


@dataclass
class MixedFeeds:
    """``expected``: what must stand; ``acknowledged``: receipts answered by 202, and how many readings each.

    ``pace`` lengthens the pauses between bodies; ``refused_at`` are the answers by which a caller waits.
    """

    url: str
    key: str
    bootstrap: str
    folder: Path
    broker: int
    topic: str
    seed: int
    pace: float = 1.0
    refused_at: frozenset[int] = frozenset({429, 500, 503})
    expected: dict[Cell, float] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_KINDS, 0))
    repeats: int = 0
    duplicates: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def meters(self, kind: str) -> list[str]:
        return [f"{kind}{number}" for number in range(6)]

    def all_meters(self) -> list[str]:
        return [meter for kind in _KINDS for meter in self.meters(kind)]

    def feeds(self) -> list[dict[str, Any]]:
        """Bodies of the feeds that are fetched; the folder's have precedence."""
        local = {"host": "127.0.0.1", "port": self.broker, "topic": "meters/#"}
        kafka = {"bootstrap": self.bootstrap, "topic": self.topic}
        fetched: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
            ("mq", "mqtt", local, {}),
            ("yx", "folder", {"directory": "yx", "stable_seconds": 0}, {"priority": 90}),
            ("kf", "kafka", kafka, {"format": "ndjson"}),
        )
        return [
            {"code": code, "name": code, "region_code": COUNTY, "transport": transport, "unit": "kW"}
            | {"connection": connection}
            | facts
            for code, transport, connection, facts in fetched
        ]

    async def run(self) -> None:
        """Send until told to stop."""
        async with asyncio.TaskGroup() as group:
            for kind, send in (
                ("C", self._curves),
                ("R", self._readings),
                ("Q", self._messages),
                ("F", self._files),
                ("K", self._records),
            ):
                group.create_task(send(), name=kind)

    def _random(self, kind: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *kind.encode(), self.sent[kind]])

    def _day(self, kind: str) -> date:
        return TODAY - timedelta(days=1 + self.sent[kind] % _LATE_DAYS)

    def _expect(self, meter_no: str, day: date, slot: int, value: float) -> None:
        self.expected[meter_no, day, slot] = float(np.float32(value))

    async def _steps(self, kind: str, step: Callable[[], Awaitable[None]], pause: float) -> None:
        while not self.stopping.is_set():
            await step()
            self.sent[kind] += 1
            await asyncio.sleep(pause * self.pace)

    async def _curves(self) -> None:
        async with self._client() as client:

            async def step() -> None:
                number, day = self.sent["C"], self._day("C")
                values = np.round(self._random("C").gamma(4, 60, (6, 96)), 2)
                body = self._curves_of("C", day, values)
                for _ in range(2 if number % 3 == 0 else 1):
                    await self._post(client, "/v1/curves", body, 6 * 96)
                for meter, row in zip(self.meters("C"), values.tolist(), strict=True):
                    for slot, value in enumerate(row):
                        self._expect(meter, day, slot, value)
                if number % 5 == 4:
                    # What comes late and was made earlier changes nothing any more.
                    old = self._curves_of("C", day, values * 3) | {
                        "created_at": (NOW - timedelta(hours=2)).isoformat()
                    }
                    await self._post(client, "/v1/curves", old, 6 * 96)
                if number % 5 == 3 and self.sent["F"] > 1:
                    # Nor does what comes from a source of less precedence.
                    rival = np.round(self._random("C").gamma(4, 60, (6, 96)), 2)
                    last = TODAY - timedelta(days=1 + (self.sent["F"] - 1) % _LATE_DAYS)
                    await self._post(client, "/v1/curves", self._curves_of("F", last, rival), 6 * 96)

            await self._steps("C", step, 0.02)

    def _curves_of(self, kind: str, day: date, values: Any) -> dict[str, Any]:
        rows = [
            {"meter_no": meter, "date": day.isoformat(), "values": np.round(row, 2).tolist()}
            for meter, row in zip(self.meters(kind), values, strict=True)
        ]
        return {"unit": "kW", "source": "scada", "curves": rows}

    async def _readings(self) -> None:
        async with self._client() as client:

            async def step() -> None:
                slot = self.sent["R"] % SLOTS_TODAY
                values = np.round(self._random("R").gamma(4, 60, 6), 2).tolist()
                readings = [
                    {"meter_no": meter, "at": slot_at(slot), "value": value}
                    for meter, value in zip(self.meters("R"), values, strict=True)
                ]
                await self._post(client, "/v1/readings", {"unit": "kW", "readings": readings}, 6)
                for meter, value in zip(self.meters("R"), values, strict=True):
                    self._expect(meter, TODAY, slot, value)

            await self._steps("R", step, 0.02)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers={"X-API-Key": self.key}, timeout=20)

    async def _post(self, client: httpx.AsyncClient, path: str, body: dict[str, Any], readings: int) -> None:
        """Send until it is acknowledged: a caller who heard nothing, or "not now", sends the same again."""
        content = json.dumps(body)
        while True:
            try:
                answer = await client.post(path, content=content, headers={"Content-Type": "application/json"})
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code == 202:
                break
            assert answer is None or answer.status_code in self.refused_at, answer.text
            self.repeats += 1
            await asyncio.sleep(0.1)
        receipt = answer.json()
        assert (receipt["accepted"], receipt["rejected"], receipt["quarantined"]) == (readings, 0, 0), receipt
        self.duplicates += receipt["receipt_id"] in self.acknowledged
        self.acknowledged[receipt["receipt_id"]] = readings

    def _reading(self, kind: str) -> tuple[dict[str, Any], Callable[[], None]]:
        number = self.sent[kind]
        meter, slot = self.meters(kind)[number % 6], number // 6 % SLOTS_TODAY
        value = round(float(self._random(kind).gamma(4, 60)), 2)
        reading = {"meter_no": meter, "at": slot_at(slot), "value": value}
        return reading, lambda: self._expect(meter, TODAY, slot, value)

    async def _messages(self) -> None:
        async with aiomqtt.Client("127.0.0.1", self.broker) as sender:

            async def step() -> None:
                reading, expect = self._reading("Q")
                for _ in range(2 if self.sent["Q"] % 7 == 0 else 1):
                    await sender.publish(f"meters/{reading['meter_no']}", json.dumps(reading), qos=1)
                expect()

            await self._steps("Q", step, 0.005)

    async def _records(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True)
        await producer.start()
        try:

            async def step() -> None:
                reading, expect = self._reading("K")
                for _ in range(2 if self.sent["K"] % 7 == 0 else 1):
                    await self._send(producer, json.dumps(reading).encode())
                expect()

            await self._steps("K", step, 0.005)
        finally:
            await producer.stop()

    async def _send(self, producer: AIOKafkaProducer, record: bytes) -> None:
        """Send until the broker has it."""
        while True:
            try:
                await producer.send_and_wait(self.topic, record, partition=0)
            except KafkaError:
                self.repeats += 1
                await asyncio.sleep(0.2)
            else:
                return

    async def _files(self) -> None:
        async def step() -> None:
            number, day = self.sent["F"], self._day("F")
            values = np.round(self._random("F").gamma(4, 60, (6, 96)), 2)
            head = "表号,日期," + ",".join(f"P{slot}" for slot in range(1, 97))
            rows = [
                f"{meter},{day}," + ",".join(map(str, row))
                for meter, row in zip(self.meters("F"), values.tolist(), strict=True)
            ]
            content = "\n".join([head, *rows, ""]).encode("gb18030")
            for copy in range(2 if number % 4 == 0 else 1):
                name = f"{number:06}-{copy}.csv"
                await asyncio.to_thread(_drop, self.folder / name, content)
                self.dropped.append(name)
            for meter, row in zip(self.meters("F"), values.tolist(), strict=True):
                for slot, value in enumerate(row):
                    self._expect(meter, day, slot, value)

        await self._steps("F", step, 0.1)

    def difference(self, stored: Stored) -> list[tuple[Cell, float | None, float | None]]:
        """Cells that are not as they must be: what is expected, what stands."""
        cells = self.expected.keys() | stored.values.keys()
        return [
            (cell, self.expected.get(cell), stored.values.get(cell))
            for cell in sorted(cells)
            if self.expected.get(cell) != stored.values.get(cell)
        ]


@dataclass
class MixedLoad(MixedFeeds):
    """The same for a site whose application runs in the test's own process."""

    site: Site = field(kw_only=True)

    async def prepare(self) -> None:
        """Meters, and feeds that are fetched."""
        await self.site.register(*self.all_meters(), capacity_kw=None)
        for body in self.feeds():
            answer = await self.site.post("/v1/feeds", body, caller="officer")
            assert answer.status_code == 201, answer.text


def _drop(path: Path, content: bytes) -> None:
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_bytes(content)
    unfinished.rename(path)
