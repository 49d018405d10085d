"""Everything that must survive the death of servers, at work at once, and the count of its effects.

Events go through outbox, relay and inbox; readings through the fence; a job comes due each second. What runs stays
the same objects in the same process throughout: nothing may need a restart of its own.
"""

import asyncio
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import ConsumerRecord
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.local.programs import Program, start
from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.energy import READINGS
from libs.common.contracts.projects import ProjectProgressRecordedV1
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.inbox.subscription import Subscription
from libs.common.kafka.deadletter import DeadLetters
from libs.common.kafka.fenced import FencedConsumer
from libs.common.kafka.fenced_offsets import Assignment
from libs.common.kafka.producer import BrokerUnavailable, KafkaPublisher
from libs.common.kafka.runner import ConsumerRunner
from libs.common.outbox.relay import Relay
from libs.common.scheduler import Job, SchedulerRunner, every
from tests.support.messaging import NOON, TOPIC, edge, record_progress

CONSUMER = "survivor"
PARTITIONS = 2
TABLES = (
    "CREATE TABLE promised (event_id uuid PRIMARY KEY)",
    "CREATE TABLE effect (number bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, subject text, version int)",
    "CREATE TABLE merged (part int, at_offset bigint, body text)",
    "CREATE TABLE ran (due timestamptz)",
)


class FastClock:
    """A stack clock at sixty times real time: a job of every minute comes due each second."""

    def __init__(self) -> None:
        self._began = time.time()

    def now(self) -> datetime:
        return NOON + timedelta(seconds=60 * (time.time() - self._began))


@dataclass
class Server:
    """A program that this module may kill."""

    program: Program
    directory: Path
    process: subprocess.Popen[bytes] | None = None

    async def up(self) -> None:
        """Start it and wait until it serves; PostgreSQL needs a second try while its orphans are still there."""
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            log, pid_file = (
                self.directory / f"{self.program.name}.log",
                self.directory / f"{self.program.name}.pid",
            )
            self.process = await asyncio.to_thread(start, self.program, log, pid_file)
            while self.process.poll() is None and time.monotonic() < deadline:
                if await self.program.ready():
                    return
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.2)
        raise AssertionError(f"{self.program.name} did not come up: {log.read_text()[-2000:]}")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


@dataclass
class Work:
    """Everything at once: events through outbox, relay and inbox; readings through the fence; a job a second."""

    database: Database
    bootstrap: str
    publisher: KafkaPublisher
    readings: KafkaPublisher
    impatient: KafkaPublisher
    acknowledged: set[str] = field(default_factory=set)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    roles: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self) -> None:
        roles: dict[str, Coroutine[Any, Any, None]] = {
            "relay": Relay(self.database, self.publisher).run(),
            "runner": self._runner().run(),
            "fenced": self._fenced().run(),
            "scheduler": SchedulerRunner(
                self.database, FastClock(), [Job("survivor.tick", every(minutes=1), self._tick)]
            ).run(),
            "writer": self._write(),
            "feed": self._feed(),
        }
        self.roles = {name: asyncio.create_task(role, name=name) for name, role in roles.items()}

    async def end(self) -> None:
        for task in self.roles.values():
            task.cancel()
        await asyncio.gather(*self.roles.values(), return_exceptions=True)

    def check_alive(self) -> None:
        """Roles end only when they die; the two that make work end when told to."""
        for name, task in self.roles.items():
            if task.done() and not (name in {"writer", "feed"} and self.stopping.is_set()):
                raise AssertionError(f"{name} ended") from task.exception()

    def _runner(self) -> ConsumerRunner:
        return ConsumerRunner(
            bootstrap=self.bootstrap,
            consumer=CONSUMER,
            subscriptions=[Subscription(TOPIC, {ProjectProgressRecordedV1: on_progress})],
            database=self.database,
            clock=FastClock(),
            new_id=new_id,
            dead_letters=DeadLetters(self.publisher, consumer=CONSUMER),
        )

    def _fenced(self) -> FencedConsumer:
        return FencedConsumer(
            bootstrap=self.bootstrap,
            topic=READINGS.name,
            group="survivor-worker",
            database=self.database,
            handler=Merging(),
            new_id=new_id,
        )

    async def _tick(self, ctx: Context, due: datetime) -> None:
        await ctx.session.execute(text("INSERT INTO ran VALUES (:due)"), {"due": due})

    async def _write(self) -> None:
        """Events of a few aggregates; what `promised` holds was committed, whatever the client was told."""
        subjects = [new_id() for _ in range(5)]
        versions: Counter[UUID] = Counter()
        while not self.stopping.is_set():
            for subject in subjects:
                version = versions[subject] + 1
                try:
                    async with edge(self.database) as ctx:
                        event_id = await record_progress(ctx, subject, version)
                        await ctx.session.execute(text("INSERT INTO promised VALUES (:id)"), {"id": event_id})
                except (OSError, SQLAlchemyError, asyncpg.PostgresError):
                    # The outcome of a commit may be unknown: a version is used once, so a gap is no fault.
                    await asyncio.sleep(0.1)
                versions[subject] = version
            await asyncio.sleep(0.2)

    async def _feed(self) -> None:
        """Readings as a client sends them: again and again until they are acknowledged."""
        number = 0
        while not self.stopping.is_set():
            body = f"r{number}"
            try:
                await self.readings.publish(READINGS.name, None, body.encode(), [], partition=number % PARTITIONS)
            except BrokerUnavailable:
                await asyncio.sleep(0.1)
                continue
            self.acknowledged.add(body)
            number += 1
            await asyncio.sleep(0.02)

    async def rows(self, statement: str) -> Sequence[Any]:
        async with self.database.session() as session:
            return (await session.execute(text(statement))).all()

    async def counts(self) -> tuple[int, int, int, int]:
        query = "SELECT (SELECT count(*) FROM {}), (SELECT count(*) FROM {}), (SELECT count(*) FROM {})"
        (row,) = await self.rows(query.format("effect", "merged", "ran"))
        return row[0], row[1], row[2], len(self.acknowledged)

    async def is_enough(self) -> bool:
        """Whether a count of effects and acknowledged readings says something."""
        effects, _, _, acknowledged = await self.counts()
        return min(effects, acknowledged) > 100

    async def advances(self, *, seconds: float = 240) -> float:
        """Wait until all four ways have made progress; returns how long that took."""
        began = time.monotonic()
        before: tuple[int, ...] | None = None
        while True:
            self.check_alive()
            try:
                now = await self.counts()
            except (OSError, SQLAlchemyError, asyncpg.PostgresError):
                now = None
            before = before or now
            if now is not None and before is not None and all(a > b for a, b in zip(now, before, strict=True)):
                return time.monotonic() - began
            if time.monotonic() - began > seconds:
                raise AssertionError(f"no progress on every way within {seconds} s: {before} -> {now}")
            await asyncio.sleep(0.1)


async def on_progress(ctx: Context, event: Event[ProjectProgressRecordedV1]) -> None:
    await ctx.session.execute(
        text("INSERT INTO effect (event_id, subject, version) VALUES (:id, :subject, :version)"),
        {"id": event.id, "subject": event.subject, "version": event.aggregate_version},
    )


class Merging:
    """The smallest worker: each record is a row."""

    async def assigned(self, assignment: Assignment) -> None:
        return None

    async def handing_over(self, assignment: Assignment) -> None:
        return None

    async def revoked(self, partition: int) -> None:
        return None

    async def handle(self, session: AsyncSession, batch: Mapping[Assignment, Sequence[ConsumerRecord]]) -> None:
        for assignment, records in batch.items():
            for record in records:
                await session.execute(
                    text("INSERT INTO merged VALUES (:part, :at_offset, :body)"),
                    {"part": assignment.partition, "at_offset": record.offset, "body": record.value.decode()},
                )

    async def committed(self, batch: Mapping[Assignment, Sequence[ConsumerRecord]]) -> None:
        return None


@asynccontextmanager
async def running_work(database: Database, bootstrap: str) -> AsyncIterator[Work]:
    publisher = KafkaPublisher(bootstrap, client_id="survivor-relay")
    readings = KafkaPublisher(bootstrap, client_id="survivor-feed")
    impatient = KafkaPublisher(bootstrap, client_id="survivor-api", delivery_timeout_seconds=1)
    await asyncio.gather(publisher.start(), readings.start(), impatient.start())
    work = Work(database, bootstrap, publisher, readings, impatient)
    work.begin()
    try:
        yield work
    finally:
        await work.end()
        await asyncio.gather(publisher.stop(), readings.stop(), impatient.stop())


async def everything_arrives(work: Work, *, seconds: float = 300) -> None:
    """Wait until every promised event and every acknowledged reading is there; else say how many are not."""
    deadline = time.monotonic() + seconds
    while True:
        work.check_alive()
        ((missing,),) = await work.rows(
            "SELECT count(*) FROM promised WHERE event_id NOT IN (SELECT event_id FROM effect)"
        )
        merged = {row.body for row in await work.rows("SELECT body FROM merged")}
        lost = len(work.acknowledged - merged)
        if missing == 0 and lost == 0:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"{missing} events without effect, {lost} acknowledged readings not merged")
        await asyncio.sleep(0.2)


async def effects_are_single(work: Work) -> None:
    effects = await work.rows("SELECT event_id, subject, version FROM effect ORDER BY number")
    promised = {row.event_id for row in await work.rows("SELECT event_id FROM promised")}
    assert {row.event_id for row in effects} == promised
    assert len(effects) == len(promised)
    orders: dict[str, list[int]] = {}
    for row in effects:
        orders.setdefault(row.subject, []).append(row.version)
    assert all(versions == sorted(versions) for versions in orders.values())

    merged = await work.rows("SELECT part, at_offset, body FROM merged ORDER BY part, at_offset")
    for partition in range(PARTITIONS):
        offsets = [row.at_offset for row in merged if row.part == partition]
        assert offsets == list(range(len(offsets)))
    assert await work.is_enough()

    dues = [row.due for row in await work.rows("SELECT due FROM ran ORDER BY due")]
    steps = {later - earlier for earlier, later in pairwise(dues)}
    assert steps == {timedelta(minutes=1)}
    ((dead,),) = await work.rows("SELECT count(*) FROM job_occurrence WHERE status = 'failed'")
    assert dead == 0
