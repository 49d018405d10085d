"""The only place where the alerts service is put together."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from socket import gethostname

import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from libs.common.clock import Clock, clock_from
from libs.common.context import Context
from libs.common.contracts.alerts import OWNER
from libs.common.contracts.catalogue import topics_of
from libs.common.contracts.energy import REGION_MONTH
from libs.common.contracts.key_uses import AlertsApiKeyUsedV1
from libs.common.contracts.refusals import AlertsRefusalsCountedV1
from libs.common.contracts.trail import TRAIL, TrailSealedV1
from libs.common.database import Database, is_migrated, migrate
from libs.common.dead_letters.replaying import Replaying, replaying
from libs.common.ids import new_id
from libs.common.inbox.subscription import Subscription
from libs.common.kafka.deadletter import DeadLetters, dead_letter_topic
from libs.common.kafka.letters import LetterKeeper
from libs.common.kafka.log import read_stretch
from libs.common.kafka.mirror import Mirror
from libs.common.kafka.offsets import end_offsets
from libs.common.kafka.producer import KafkaPublisher, running_publisher
from libs.common.kafka.replica import replica_readiness
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.envelope import decode
from libs.common.outbox.relay import Relay
from libs.common.process import Role
from libs.common.registry.credentials import ReplicaCredentialStore
from libs.common.registry.readiness import ReplicaReadiness
from libs.common.security.audit import audit
from libs.common.security.authenticator import build_authenticator
from libs.common.security.key_use import KeyUses
from libs.common.security.principal import SYSTEM
from libs.common.service import ROLES as COMMON_ROLES
from libs.common.service import run_service
from libs.common.web.probes import ReadinessCheck, create_probe_app
from libs.common.web.refusals import Refusals, ToldRefusals
from libs.common.web.serving import serve
from services.alerts.alertmanager.jobs import Membership
from services.alerts.api import SERVICE, build_api
from services.alerts.seals.exporting import TrailQuestion, lines
from services.alerts.seals.reading import Period
from services.alerts.seals.verification import Question, Report, verify
from services.alerts.settings import AlertsSettings
from services.alerts.streams.hub import AlertHub
from services.alerts.subscriptions import (
    CONDITIONS,
    CONSUMER,
    PAPERS_CONSUMER,
    REGISTRY,
    REGISTRY_CONSUMER,
    WORK,
    of_consumers,
    papers,
)
from services.alerts.workers import run_scheduler, run_watch

MIGRATIONS = Path(__file__).parent / "migrations"
# The watch looks after the worker: it runs in another process than the scheduler's, beside the API.
ROLES = (*COMMON_ROLES, "watch", "mirror")
_REPLICA_POLL_SECONDS = 0.2

log = structlog.get_logger(__name__)


async def migrate_service(settings: AlertsSettings) -> None:
    """The ``migrate`` role: tables, shipped rules and policies, topics. Repeatable."""
    await migrate(settings.dsn, MIGRATIONS)
    dead = [
        dead_letter_topic(subscription.topic, consumer)
        for consumer, subscriptions in of_consumers(settings.notice_links()).items()
        for subscription in subscriptions
    ]
    created = await ensure_topics(
        settings.kafka_address,
        [*topics_of(OWNER), *dead],
        prefix=settings.topic_prefix,
        partitions=settings.topic_partitions,
        replication=settings.topic_replication,
    )
    log.info("migrated", topics_created=len(created))


@asynccontextmanager
async def letter_means(settings: AlertsSettings) -> AsyncIterator[Replaying]:
    """How dead letters are handled at the machine."""
    yield replaying(of_consumers(settings.notice_links()))


async def run_process(settings: AlertsSettings, roles: Sequence[str]) -> int:
    """Run the roles in this process until it is told to end; returns the exit code."""
    return await run_service(SERVICE, settings, roles, migrate=migrate_service, build_roles=_roles)


async def verify_trail(
    settings: AlertsSettings, period: Period, trusted: frozenset[str], *, kafka: bool
) -> Report:
    """Check the whole record; with `kafka` against what was published. Raises OSError, KafkaError."""
    published = await published_seals(settings) if kafka else None
    database = Database(settings.dsn, pool_size=2)
    try:
        async with database.direct() as connection:
            return await verify(connection, Question(period, trusted, published))
    finally:
        await database.close()


async def published_seals(settings: AlertsSettings) -> list[TrailSealedV1]:
    """Every seal on Kafka, in the order in which they were published. Raises KafkaError."""
    topic = settings.topic_prefix + TRAIL.name
    found: list[TrailSealedV1] = []
    for (name, partition), end in (await end_offsets(settings.kafka_address, [topic])).items():
        async for records in read_stretch(settings.kafka_address, name, partition, 0, end):
            for record in records:
                headers = {key: value.decode() for key, value in record.headers}
                event = decode(headers, record.value, {TrailSealedV1.event_type: TrailSealedV1})
                if event is not None and isinstance(event.payload, TrailSealedV1):
                    found.append(event.payload)
    return found


async def export_trail(settings: AlertsSettings, period: Period) -> AsyncGenerator[bytes, None]:
    """The trails of all alerts as JSON Lines with their proofs."""
    database = Database(settings.dsn, pool_size=2)
    now = clock_from(settings.clock_file).now()
    header: dict[str, object] = {"made_at": now.isoformat(), "made_by": SYSTEM.subject, "query": {}}
    try:
        async with database.transaction() as session:
            ctx = Context(session, now, new_id, SYSTEM)
            await audit(ctx, "export", "trail", "jsonl", {"from": period.start, "to": period.end})
        async for line in lines(database, TrailQuestion(SYSTEM, period), header):
            yield line
    finally:
        await database.close()


def build_app(
    settings: AlertsSettings, database: Database, clock: Clock, readiness: tuple[ReadinessCheck, ...]
) -> FastAPI:
    """The API with the authenticator the settings ask for; its lifespan runs the stream's poller."""
    authenticator = build_authenticator(
        settings, ReplicaCredentialStore(database), service=SERVICE, key_log=KeyUses(database, AlertsApiKeyUsedV1)
    )
    hub = AlertHub(database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        polling = asyncio.create_task(hub.run(), name="alert-hub")
        try:
            yield
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await authenticator.close()

    app = build_api(
        settings=settings,
        database=database,
        clock=clock,
        authenticator=authenticator,
        hub=hub,
        readiness=readiness,
        lifespan=lifespan,
    )
    app.state.replaying = replaying(of_consumers(settings.notice_links()))
    app.state.refusals = Refusals(ToldRefusals(database, AlertsRefusalsCountedV1))
    return app


def _roles(settings: AlertsSettings, database: Database, clock: Clock, names: Sequence[str]) -> dict[str, Role]:
    holding: list[Callable[[], str | None]] = []
    replica = replica_readiness(settings, database, REGISTRY_CONSUMER)

    async def relay() -> None:
        async with running_publisher(settings.kafka_address, f"{SERVICE}-relay") as publisher:
            await Relay(database, publisher, topic_prefix=settings.topic_prefix).run()

    def runner(
        name: str, subscriptions: Sequence[Subscription], publisher: KafkaPublisher, *, gathers: bool = False
    ) -> ConsumerRunner:
        made = ConsumerRunner(
            bootstrap=settings.kafka_address,
            consumer=name,
            subscriptions=subscriptions,
            database=database,
            clock=clock,
            new_id=new_id,
            dead_letters=DeadLetters(publisher, consumer=name),
            topic_prefix=settings.topic_prefix,
            gathers=gathers,
        )
        holding.append(lambda: made.holding)
        return made

    async def consumer() -> None:
        async with (
            running_publisher(settings.kafka_address, f"{SERVICE}-dead-letters") as publisher,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(runner(REGISTRY_CONSUMER, REGISTRY, publisher).run(), name="registry")
            await _until_complete(replica)
            # None of it changes a rule, roster, address or person: what is asked of these is read once a batch.
            work = runner(CONSUMER, WORK, publisher, gathers=True)
            group.create_task(work.run(), name="work")
            sending = runner(PAPERS_CONSUMER, papers(settings.notice_links()), publisher)
            group.create_task(sending.run(), name="papers")
            keeper = LetterKeeper(
                bootstrap=settings.kafka_address,
                database=database,
                clock=clock,
                consumers={
                    name: [subscription.topic for subscription in subscriptions]
                    for name, subscriptions in of_consumers(settings.notice_links()).items()
                },
                topic_prefix=settings.topic_prefix,
            )
            group.create_task(keeper.run(), name="letters")

    async def scheduler() -> None:
        await run_scheduler(settings, database, clock)

    async def mirror() -> None:
        await run_mirrors(settings)

    async def watch() -> None:
        await run_watch(settings, database, clock)

    async def is_consuming() -> bool:
        return all(reason() is None for reason in holding)

    working: dict[str, Role] = {"relay": relay, "consumer": consumer, "scheduler": scheduler, "watch": watch}
    working["mirror"] = mirror
    chosen = {name: role for name, role in working.items() if name in names}
    checks: tuple[ReadinessCheck, ...] = (
        ReadinessCheck("migrations", lambda: is_migrated(database, MIGRATIONS)),
        ReadinessCheck("registry", replica, timeout_seconds=5.0),
    )
    if "consumer" in names:
        checks = (*checks, ReadinessCheck("consumer", is_consuming))
    app: Starlette
    if "api" in names:
        app = build_app(settings, database, clock, checks)
    else:
        database_check = ReadinessCheck("database", database.ping)
        app = create_probe_app((database_check, *checks))

    async def http() -> None:
        await serve(app, settings.http_host, settings.http_port)

    if "api" in names:
        address = f"{settings.http_host}:{settings.http_port}"
        member = Membership(database, clock, name=f"{gethostname()}-{settings.http_port}", address=address)
        chosen["member"] = member.run
    return {"api" if "api" in names else "probes": http, **chosen}


async def _until_complete(replica: ReplicaReadiness) -> None:
    """Wait for the registry's copy; a broker or database that is away is waited for as well."""
    while True:
        with suppress(KafkaError, OSError, SQLAlchemyError):
            if await replica():
                return
        await asyncio.sleep(_REPLICA_POLL_SECONDS)


async def run_mirrors(settings: AlertsSettings) -> None:
    """Take up the conditions of other cells and their regions' months; without cells there is nothing to do."""
    if not settings.cells:
        await asyncio.Event().wait()
    async with running_publisher(settings.kafka_address, "alerts-mirror") as publisher:
        mirrors = [
            Mirror(
                cell,
                topic,
                publisher,
                group=f"mirror.{settings.cell_name}",
                access=settings.cell_access(),
                prefix=settings.topic_prefix,
            )
            for cell in settings.cells
            for topic in (*(subscription.topic for subscription in CONDITIONS), REGION_MONTH)
        ]
        await asyncio.gather(*(mirror.run() for mirror in mirrors))
