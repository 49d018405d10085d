"""The only place where the projects service is put together."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.applications import Starlette

from libs.common.clock import Clock, clock_from
from libs.common.context import Context
from libs.common.contracts.catalogue import topics_of
from libs.common.contracts.projects import OWNER
from libs.common.database import Database, is_migrated, migrate
from libs.common.dead_letters.replaying import Replaying, replaying
from libs.common.ids import new_id
from libs.common.kafka.deadletter import DeadLetters, dead_letter_topic
from libs.common.kafka.letters import LetterKeeper
from libs.common.kafka.producer import running_publisher
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.relay import Relay
from libs.common.process import Role
from libs.common.scheduler.runner import SchedulerRunner
from libs.common.security.authenticator import build_authenticator
from libs.common.security.envelope import Envelope
from libs.common.security.issuer import Issuer, issuer_client
from libs.common.security.key_use import KeyUses
from libs.common.security.logout_tokens import LogoutTokens
from libs.common.security.passwords import WeakPassword, refuse_leaked, set_cost
from libs.common.security.principal import SYSTEM
from libs.common.security.principal import Role as Duty
from libs.common.security.tokens import EmbeddedIssuer
from libs.common.service import run_service
from libs.common.web.probes import ReadinessCheck, create_probe_app
from libs.common.web.refusals import Refusals
from libs.common.web.serving import serve
from libs.common.webhooks.delivery import WebhookClient, outgoing_client
from libs.common.webhooks.outgoing import GuardedClient
from services.projects.assembly import SERVICE, webhook_guard
from services.projects.exchange.jobs import ImportDispatcher
from services.projects.identity.credentials import OwnCredentialStore
from services.projects.identity.refusal_repository import KeptRefusals
from services.projects.identity.service.accounts import FIRST_OF_SECURITY, open_first_administrator
from services.projects.identity.service.signing import TokenIssuer, ensure_signing_key
from services.projects.identity.tables import AccountRow
from services.projects.logouts.credentials import IssuerCredentialStore
from services.projects.platforms.service.vendors import Vendors
from services.projects.registry.contacts import mask_for_all
from services.projects.schedule import JOBS
from services.projects.search.service.indexing import fill_empty_index
from services.projects.settings import ProjectsSettings
from services.projects.subscriptions import CONSUMER, SUBSCRIPTIONS
from services.projects.webhooks.jobs import DeliveryPlanner, WebhookWorker

MIGRATIONS = Path(__file__).parent / "migrations"

log = structlog.get_logger(__name__)


async def migrate_service(settings: ProjectsSettings) -> None:
    """The ``migrate`` role: tables, topics, the first signing key and the first administrator. Repeatable."""
    await migrate(settings.dsn, MIGRATIONS)
    dead = [dead_letter_topic(subscription.topic, CONSUMER) for subscription in SUBSCRIPTIONS]
    created = await ensure_topics(
        settings.kafka_address,
        [*topics_of(OWNER), *dead],
        prefix=settings.topic_prefix,
        partitions=settings.topic_partitions,
        replication=settings.topic_replication,
    )
    database = Database(settings.dsn, pool_size=1)
    try:
        made = await make_first_credentials(settings, database)
        indexed = await _fill_search(settings, database)
    finally:
        await database.close()
    log.info("migrated", topics_created=len(created), entries_indexed=indexed, **made)


async def make_first_credentials(settings: ProjectsSettings, database: Database) -> dict[str, bool]:
    """The first signing key and the first administrator; what is there already stays. Answers what was made."""
    set_cost(settings.hash_cost())
    refuse_leaked(settings.known_leaked())
    async with database.transaction() as session:
        ctx = Context(session, clock_from(settings.clock_file).now(), new_id, SYSTEM)
        key = settings.oidc_issuer is None and await ensure_signing_key(ctx, _envelope(settings))
        admin = await _open_first(ctx, "DUBAN_ADMIN_PASSWORD", settings.admin_password)
        keeper = None
        if settings.separate_administrators and settings.security_password is not None:
            security = {"role": Duty.SECURITY, "username": FIRST_OF_SECURITY}
            keeper = await _open_first(ctx, "DUBAN_SECURITY_PASSWORD", settings.security_password, **security)
        return {
            "signing_key_made": key,
            "administrator_made": admin is not None,
            "security_administrator_made": keeper is not None,
        }


async def _open_first(ctx: Context, setting: str, password: SecretStr, **who: Any) -> AccountRow | None:
    """Raises ValueError for a password that leaked; the setting it names is to be changed."""
    try:
        return await open_first_administrator(ctx, password.get_secret_value(), **who)
    except WeakPassword:
        raise ValueError(f"{setting} is on the list of leaked passwords: choose another one") from None


async def _fill_search(settings: ProjectsSettings, database: Database) -> int:
    async with database.transaction() as session:
        ctx = Context(session, clock_from(settings.clock_file).now(), new_id, SYSTEM)
        return (await fill_empty_index(ctx)).written


def build_app(settings: ProjectsSettings, database: Database, clock: Clock) -> FastAPI:
    """The API, with the authenticator the settings ask for; its lifespan closes that."""
    # Four hundred operations take seconds to import, which a process without an API has no use for.
    from services.projects.api import build_api  # noqa: PLC0415

    set_cost(settings.hash_cost())
    refuse_leaked(settings.known_leaked())
    mask_for_all(settings.mask_contacts)
    has_own_issuer = settings.oidc_issuer is not None
    store = IssuerCredentialStore(database) if has_own_issuer else OwnCredentialStore(database)
    authenticator = build_authenticator(settings, store, service=SERVICE, key_log=KeyUses(database))
    tokens = logout_tokens = asking = None
    if settings.oidc_issuer is None:
        tokens = TokenIssuer(EmbeddedIssuer(settings.projects_url, settings.oidc_audience), _envelope(settings))
    else:
        asking = issuer_client(settings.oidc_ca_file)
        logout_tokens = LogoutTokens(Issuer(settings.oidc_issuer, asking), settings.oidc_logout_clients)

    http = outgoing_client(settings.webhook_timeout_seconds)
    client = GuardedClient(http, settings.allowed_hosts(), deadline_seconds=settings.webhook_timeout_seconds)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with http, asking or nullcontext():
            yield
        await authenticator.close()

    app = build_api(
        settings=settings,
        database=database,
        clock=clock,
        authenticator=authenticator,
        tokens=tokens,
        vendors=Vendors(client, _envelope(settings)),
        logout_tokens=logout_tokens,
        readiness=(_migrations_check(database),),
        lifespan=lifespan,
    )
    app.state.replaying = replaying({CONSUMER: SUBSCRIPTIONS})
    app.state.refusals = Refusals(KeptRefusals(database))
    return app


@asynccontextmanager
async def letter_means(settings: ProjectsSettings) -> AsyncIterator[Replaying]:
    """How dead letters are handled at the machine."""
    yield replaying({CONSUMER: SUBSCRIPTIONS})


async def run_process(settings: ProjectsSettings, roles: Sequence[str]) -> int:
    """Run the roles in this process until it is told to end; returns the exit code."""
    return await run_service(SERVICE, settings, roles, migrate=migrate_service, build_roles=_roles)


def _roles(settings: ProjectsSettings, database: Database, clock: Clock, names: Sequence[str]) -> dict[str, Role]:
    async def relay() -> None:
        async with running_publisher(settings.kafka_address, f"{SERVICE}-relay") as publisher:
            await Relay(database, publisher, topic_prefix=settings.topic_prefix).run()

    async def scheduler() -> None:
        await _run_scheduler(settings, database, clock)

    async def consumer() -> None:
        async with (
            running_publisher(settings.kafka_address, f"{SERVICE}-dead-letters") as publisher,
            asyncio.TaskGroup() as group,
        ):
            runner = ConsumerRunner(
                bootstrap=settings.kafka_address,
                consumer=CONSUMER,
                subscriptions=SUBSCRIPTIONS,
                database=database,
                clock=clock,
                new_id=new_id,
                dead_letters=DeadLetters(publisher, consumer=CONSUMER),
                topic_prefix=settings.topic_prefix,
            )
            keeper = LetterKeeper(
                bootstrap=settings.kafka_address,
                database=database,
                clock=clock,
                consumers={CONSUMER: [subscription.topic for subscription in SUBSCRIPTIONS]},
                topic_prefix=settings.topic_prefix,
            )
            group.create_task(runner.run(), name="consumer")
            group.create_task(keeper.run(), name="letters")

    working: dict[str, Role] = {"relay": relay, "scheduler": scheduler, "consumer": consumer}
    chosen = {name: role for name, role in working.items() if name in names}
    is_api = "api" in names
    app: Starlette = build_app(settings, database, clock) if is_api else create_probe_app(_checks(database))

    async def http() -> None:
        await serve(app, settings.http_host, settings.http_port)

    return {"api" if is_api else "probes": http, **chosen}


async def _run_scheduler(settings: ProjectsSettings, database: Database, clock: Clock) -> None:
    """Jobs, imports, and the webhooks of other systems; none waits for another."""
    async with (
        outgoing_client(settings.webhook_timeout_seconds) as client,
        asyncio.TaskGroup() as group,
    ):
        worker = WebhookWorker(
            database,
            clock,
            new_id,
            WebhookClient(client, settings.allowed_hosts()),
            webhook_guard(settings),
            schedule=settings.retry_schedule(),
            pausing=settings.pause_rule(),
            lease_seconds=settings.delivery_lease_seconds,
        )
        group.create_task(SchedulerRunner(database, clock, JOBS).run(), name="jobs")
        group.create_task(ImportDispatcher(database).run(), name="imports")
        group.create_task(DeliveryPlanner(database, clock, new_id).run(), name="webhook-planner")
        group.create_task(worker.run(), name="webhooks")


def _checks(database: Database) -> tuple[ReadinessCheck, ...]:
    return (ReadinessCheck("database", database.ping), _migrations_check(database))


def _migrations_check(database: Database) -> ReadinessCheck:
    return ReadinessCheck("migrations", lambda: is_migrated(database, MIGRATIONS))


def _envelope(settings: ProjectsSettings) -> Envelope:
    return settings.envelope()
