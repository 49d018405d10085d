"""The only place where the energy service is put together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path

import structlog
from fastapi import FastAPI
from starlette.applications import Starlette

from libs.common.clock import Clock, SystemClock, clock_from
from libs.common.context import Context
from libs.common.contracts.catalogue import topics_of
from libs.common.contracts.energy import OWNER, READINGS
from libs.common.contracts.key_uses import EnergyApiKeyUsedV1
from libs.common.contracts.refusals import EnergyRefusalsCountedV1
from libs.common.database import Database, is_migrated, migrate
from libs.common.ids import new_id
from libs.common.kafka.deadletter import DeadLetters, dead_letter_topic
from libs.common.kafka.fenced import FencedConsumer
from libs.common.kafka.log import read_stretch
from libs.common.kafka.producer import KafkaPublisher, running_publisher
from libs.common.kafka.replica import replica_readiness
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.relay import Relay
from libs.common.process import Role
from libs.common.registry.credentials import ReplicaCredentialStore
from libs.common.scheduler.runner import SchedulerRunner
from libs.common.security.authenticator import build_authenticator
from libs.common.security.key_use import KeyUses
from libs.common.security.principal import SYSTEM
from libs.common.service import ROLES as COMMON_ROLES
from libs.common.service import run_service
from libs.common.web.probes import ReadinessCheck, create_probe_app
from libs.common.web.problems import DomainError
from libs.common.web.refusals import Refusals, ToldRefusals
from libs.common.web.serving import serve
from services.energy.api import SERVICE, build_api
from services.energy.archive.service import archive_month, restore_month
from services.energy.bootstrap_door import build_door
from services.energy.bootstrap_gateway import GATEWAY, build_gateway
from services.energy.bootstrap_letters import gateway_keeper, letter_keeper, means_of_replay
from services.energy.feeds.delivery import Means
from services.energy.ingest.tools import Tools
from services.energy.ingest.worker import IngestWorker
from services.energy.kernels import compile_kernels
from services.energy.probes.jobs import Prober
from services.energy.schedule import jobs
from services.energy.settings import EnergySettings
from services.energy.sources.certificates import CertificateAuthenticator
from services.energy.subscriptions import CONSUMER, SUBSCRIPTIONS, WORKER

MIGRATIONS = Path(__file__).parent / "migrations"
ROLES = (*COMMON_ROLES, GATEWAY)

log = structlog.get_logger(__name__)


async def migrate_service(settings: EnergySettings) -> None:
    """The ``migrate`` role: tables, shipped rules, topics. Repeatable."""
    await migrate(settings.dsn, MIGRATIONS)
    # Once here rather than in each of the processes that start together afterwards.
    await asyncio.to_thread(compile_kernels)
    dead = [dead_letter_topic(subscription.topic, CONSUMER) for subscription in SUBSCRIPTIONS]
    created = await ensure_topics(
        settings.kafka_address,
        [*topics_of(OWNER), dead_letter_topic(READINGS, WORKER), *dead],
        prefix=settings.topic_prefix,
        partitions=settings.topic_partitions,
        replication=settings.topic_replication,
    )
    log.info("migrated", topics_created=len(created))


async def run_process(settings: EnergySettings, roles: Sequence[str]) -> int:
    """Run the roles in this process until it is told to end; returns the exit code."""
    return await run_service(SERVICE, settings, roles, migrate=migrate_service, build_roles=_roles)


async def move_month(settings: EnergySettings, action: str, month: date) -> int:
    """``archive`` or ``restore`` a month; returns the exit code, 1 for a refusal that is told."""
    database = Database(settings.dsn, pool_size=2)
    try:
        async with database.transaction() as session:
            ctx = Context(session, clock_from(settings.clock_file).now(), new_id, SYSTEM)
            if action == "restore":
                await restore_month(ctx, month, "command", settings.archive_directory)
            elif settings.archive_directory is None:
                log.error("archive.directory_unset", setting="DUBAN_ARCHIVE_DIRECTORY")
                return 1
            else:
                await archive_month(ctx, settings.archive_directory, month)
    except DomainError as error:
        log.error("archive.refused", reason=str(error))
        return 1
    finally:
        await database.close()
    return 0


def build_app(
    settings: EnergySettings, database: Database, clock: Clock, readiness: tuple[ReadinessCheck, ...]
) -> FastAPI:
    """The API with the authenticator the settings ask for; its lifespan runs producer and lag watch."""
    authenticator = build_authenticator(
        settings, ReplicaCredentialStore(database), service=SERVICE, key_log=KeyUses(database, EnergyApiKeyUsedV1)
    )
    door = build_door(settings, database, "door")

    prober = Prober(database, door.door.log, door.ends.read, settings.reading_probe_seconds, SystemClock())
    probed = (ReadinessCheck("readings", prober.is_round, gates=False),) if settings.reading_probe_seconds else ()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(compile_kernels)
        async with door.running():
            probing = asyncio.create_task(prober.run(), name="probes") if probed else None
            try:
                yield
            finally:
                if probing is not None:
                    probing.cancel()
                    await asyncio.gather(probing, return_exceptions=True)
                await authenticator.close()

    async def is_watched() -> bool:
        return door.door.lag.is_known

    app = build_api(
        settings=settings,
        database=database,
        clock=clock,
        authenticator=CertificateAuthenticator(authenticator, database),
        door=door.door,
        readiness=(*readiness, ReadinessCheck("lag", is_watched), *probed),
        lifespan=lifespan,
    )
    app.state.refusals = Refusals(ToldRefusals(database, EnergyRefusalsCountedV1))
    app.state.replaying = means_of_replay(settings, door.publisher, Means(database, clock, new_id, door.door))
    return app


def _roles(settings: EnergySettings, database: Database, clock: Clock, names: Sequence[str]) -> dict[str, Role]:
    holding: list[Callable[[], str | None]] = []

    async def relay() -> None:
        async with running_publisher(settings.kafka_address, f"{SERVICE}-relay") as publisher:
            await Relay(database, publisher, topic_prefix=settings.topic_prefix).run()

    async def scheduler() -> None:
        await SchedulerRunner(database, clock, jobs(settings)).run()

    async def consumer() -> None:
        async with (
            running_publisher(settings.kafka_address, f"{SERVICE}-dead-letters") as publisher,
            asyncio.TaskGroup() as group,
        ):
            await asyncio.to_thread(compile_kernels)
            registry = _registry_runner(settings, database, clock, publisher)
            holding.append(lambda: registry.holding)
            group.create_task(registry.run(), name="registry")
            # While one waits for the database, another computes.
            number_of_lanes = settings.ingest_lanes or (2 if settings.detection else 1)
            lanes = [build_ingest(settings, database, clock, publisher) for _ in range(number_of_lanes)]
            for number, lane in enumerate(lanes):
                group.create_task(lane.run(), name=f"ingest-{number}")
            holding.append(lambda: next((lane.holding for lane in lanes if lane.holding), None))
            group.create_task(letter_keeper(settings, database, clock).run(), name="letters")

    async def gateway() -> None:
        running = build_door(settings, database, GATEWAY)
        async with running.running(), asyncio.TaskGroup() as group:
            feeds = build_gateway(settings, database, clock, running.door, running.publisher)
            group.create_task(feeds.run(), name="feeds")
            group.create_task(gateway_keeper(settings, database, clock).run(), name="letters")

    async def is_consuming() -> bool:
        return all(reason() is None for reason in holding)

    working: dict[str, Role] = {"relay": relay, "consumer": consumer, "scheduler": scheduler}
    working[GATEWAY] = gateway
    chosen = {name: role for name, role in working.items() if name in names}
    checks = (
        ReadinessCheck("migrations", lambda: is_migrated(database, MIGRATIONS)),
        ReadinessCheck("registry", replica_readiness(settings, database, CONSUMER), timeout_seconds=5.0),
    )
    app: Starlette
    if "api" in names:
        app = build_app(settings, database, clock, checks)
    else:
        database_check = ReadinessCheck("database", database.ping)
        app = create_probe_app((database_check, *checks, ReadinessCheck("consumer", is_consuming)))

    async def http() -> None:
        await serve(app, settings.http_host, settings.http_port)

    return {"api" if "api" in names else "probes": http, **chosen}


def build_ingest(
    settings: EnergySettings, database: Database, clock: Clock, publisher: KafkaPublisher
) -> FencedConsumer:
    """The fenced consumer of the readings with the worker as its handler."""
    dead_letters = DeadLetters(publisher, consumer=WORKER)
    worker = IngestWorker(
        Tools(
            database=database,
            clock=clock,
            new_id=new_id,
            set_aside=dead_letters.set_aside,
            succeeded=dead_letters.succeeded,
            read_stretch=partial(read_stretch, settings.kafka_address),
            checkpoint_seconds=settings.checkpoint_seconds,
            detects=settings.detection,
        )
    )
    return FencedConsumer(
        bootstrap=settings.kafka_address,
        topic=settings.topic_prefix + READINGS.name,
        group=f"{settings.topic_prefix}{SERVICE}-{WORKER}",
        database=database,
        handler=worker,
        new_id=new_id,
        max_records=settings.ingest_batch_records,
        max_bytes=settings.ingest_batch_bytes,
        pace_seconds=settings.ingest_pace_seconds,
        before_fetch=worker.refresh,
    )


def _registry_runner(
    settings: EnergySettings, database: Database, clock: Clock, publisher: KafkaPublisher
) -> ConsumerRunner:
    return ConsumerRunner(
        bootstrap=settings.kafka_address,
        consumer=CONSUMER,
        subscriptions=SUBSCRIPTIONS,
        database=database,
        clock=clock,
        new_id=new_id,
        dead_letters=DeadLetters(publisher, consumer=CONSUMER),
        topic_prefix=settings.topic_prefix,
    )
