"""The alerts service as an Alertmanager of its own: its flags, its file, its signals, on PostgreSQL.

``python -m services.alerts.standalone``; ``duban alertmanager`` starts it with a database of its own. It serves
the
Alertmanager's interface to whoever can reach its port, as that program does, and nothing else: no broker, no
accounts.
Where webhooks may go is what the configuration file says. SIGHUP and ``/-/reload`` read the file again.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI

import libs.common.starting  # noqa: F401
from libs.common.clock import Clock, SystemClock
from libs.common.context import Context
from libs.common.database import Database, migrate
from libs.common.ids import new_id
from libs.common.logs import configure_logging
from libs.common.process import Role, run, run_roles
from libs.common.security.principal import SYSTEM
from libs.common.settings import Environment
from libs.common.web.app import create_app
from libs.common.web.serving import bind, serve
from libs.common.webhooks.delivery import WebhookClient
from libs.common.webhooks.hosts import AllowedHosts
from libs.common.webhooks.outgoing import outgoing_client
from services.alerts.alertmanager import intake, upkeep, views
from services.alerts.alertmanager.domain.configuration import BadConfiguration, read
from services.alerts.alertmanager.flags import EverybodyInside, Flags, Prefixed, parse_flags
from services.alerts.alertmanager.inbox import Inbox
from services.alerts.alertmanager.jobs import ExternalIntake, Membership
from services.alerts.alertmanager.options import InterfaceOptions, show_version
from services.alerts.alertmanager.routes import router
from services.alerts.alertmanager.service import keep_alerts
from services.alerts.api import BODY_LIMITS, MESSAGES
from services.alerts.bootstrap import MIGRATIONS
from services.alerts.escalation.jobs import TimerRunner
from services.alerts.grouping import service as grouping
from services.alerts.grouping.jobs import GroupRunner
from services.alerts.notifications.jobs import DeliveryWorker
from services.alerts.notifications.senders.alertmanager import AlertmanagerSender
from services.alerts.notifications.senders.base import Sender
from services.alerts.notifications.tables import ALERTMANAGER
from services.alerts.settings import AlertsSettings

log = structlog.get_logger(__name__)

# A receiver that does not answer is tried again soon, and no longer than its next news are due.
_WAITS = (0.2, 0.4, 0.8, 1.6, 3.0, 6.0, 12.0, 25.0, 50.0, 100.0)
_SERVICE = "alertmanager"
_LONG_AGO = "2000-01-01T00:00:00Z"


class Standalone:
    """The process: its roles, and the configuration that they share."""

    def __init__(self, flags: Flags, settings: AlertsSettings, database: Database, clock: Clock) -> None:
        self._flags = flags
        self._settings = settings
        self._database = database
        self._clock = clock
        self._hosts = AllowedHosts.of((), require_https=False)
        self._reloaded, self._posted = asyncio.Event(), asyncio.Event()
        self._taken, self._told = asyncio.Event(), asyncio.Event()
        host, port = _address(flags.listen_address)
        self._external_url = flags.external_url or f"http://{host}:{port}"

    async def load(self) -> None:
        """Read the file and put it in force. Raises BadConfiguration, OSError."""
        text = await asyncio.to_thread(self._flags.config_file.read_text, encoding="utf-8")
        configuration = read(text, classic=self._flags.classic)
        async with self._database.transaction() as session:
            ctx = Context(session=session, now=self._clock.now(), new_id=new_id, principal=SYSTEM)
            await upkeep.put_in_force(ctx, configuration)
        self._taken.set()
        self._hosts = _hosts_of(
            [webhook.url for receiver in configuration.tree.receivers for webhook in receiver.webhooks]
        )
        self._reloaded.set()
        log.info("configuration_loaded", file=str(self._flags.config_file))

    async def rehearse(self) -> None:
        """Go through what the first alert will go through, and take it all back.

        The real one shall not wait for it.
        """
        async with self._database.session() as session:
            ctx = Context(session=session, now=self._clock.now(), new_id=new_id, principal=SYSTEM)
            await keep_alerts(
                ctx, self._options(ctx.now), [{"labels": {"alertname": "rehearsal"}, "startsAt": _LONG_AGO}]
            )
            await intake.take(ctx)
            await grouping.flush_due(ctx, external_url=self._external_url)
            await views.alerts(ctx, views.AlertQuery())
            await session.rollback()

    async def reload(self) -> str | None:
        try:
            await self.load()
        except (BadConfiguration, OSError) as error:
            log.error("configuration_refused", error=str(error))
            return str(error)
        return None

    def _options(self, started_at: datetime, name: str = _SERVICE) -> InterfaceOptions:
        return InterfaceOptions(
            started_at=started_at,
            region_code=self._settings.alertmanager_region,
            version=self._settings.alertmanager_version,
            name=name,
            address=self._flags.cluster_address,
            classic=self._flags.classic,
            reload=self.reload,
            posted=self._posted.set,
        )

    def build_app(self, name: str) -> FastAPI:
        app = create_app(
            title="Duban as Alertmanager",
            settings=self._settings,
            database=self._database,
            clock=self._clock,
            authenticator=EverybodyInside(),
            routers=[router],
            messages=MESSAGES,
            body_limits=BODY_LIMITS,
        )
        app.state.alertmanager = self._options(self._clock.now(), name)
        show_version(self._settings.alertmanager_version)
        app.state.alertmanager_inbox = Inbox(self._database)
        return app

    def roles(self, listener: socket.socket) -> dict[str, Role]:
        name = f"{socket.gethostname()}-{listener.getsockname()[1]}"
        app = self.build_app(name)
        prefixed = app if self._flags.route_prefix == "/" else Prefixed(app, self._flags.route_prefix)
        member = Membership(self._database, self._clock, name=name, address=self._flags.cluster_address)

        async def http() -> None:
            await serve(prefixed, "", 0, listener=listener)  # type: ignore[arg-type]

        async def groups() -> None:
            # Receivers of a cold start are spared until the senders have told us what still holds.
            await asyncio.sleep(self._flags.start_delay)
            runner = GroupRunner(
                self._database,
                self._clock,
                new_id,
                external_url=self._external_url,
                wanted=self._taken,
                told=self._told,
            )
            await runner.run()

        async def external() -> None:
            made = ExternalIntake(self._database, self._clock, new_id, wanted=self._posted, taken=self._taken)
            await made.run()

        async def timers() -> None:
            await TimerRunner(self._database, self._clock, new_id).run()

        return {
            "api": http,
            "groups": groups,
            "external": external,
            "timers": timers,
            "deliveries": self._deliver,
            "member": member.run,
            "reload": self._reload_on_signal,
        }

    async def _deliver(self) -> None:
        """Deliver to the hosts of the file; when it has changed the worker begins again with the new ones."""
        while True:
            self._reloaded.clear()
            async with outgoing_client(self._settings.webhook_timeout_seconds) as client:
                senders: dict[str, Sender] = {ALERTMANAGER: AlertmanagerSender(WebhookClient(client, self._hosts))}
                worker = DeliveryWorker(
                    self._database,
                    self._clock,
                    new_id,
                    senders,
                    schedule=self._settings.retry_schedule(),
                    # One receiver is what such a process mostly has: it gets what there is.
                    concurrency=64,
                    per_channel=32,
                    lease_seconds=self._settings.delivery_lease_seconds,
                    wanted=self._told,
                )
                await _until(worker.run, self._reloaded)

    async def _reload_on_signal(self) -> None:
        wanted = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, wanted.set)
        try:
            while True:
                await wanted.wait()
                wanted.clear()
                await self.reload()
        finally:
            loop.remove_signal_handler(signal.SIGHUP)


async def _until(work: Callable[[], Awaitable[None]], over: asyncio.Event) -> None:
    working = asyncio.ensure_future(work())
    waiting = asyncio.ensure_future(over.wait())
    try:
        done, _ = await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if working in done:
            await working
    finally:
        for task in (working, waiting):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


def _hosts_of(urls: Sequence[str]) -> AllowedHosts:
    """The hosts that the operator's own file names, wherever they are."""
    hosts = {urlsplit(url).hostname or "" for url in urls}
    # A name of the file may lead inside: whoever wrote the file could have written the address.
    return AllowedHosts.of([*sorted(hosts), "0.0.0.0/0", "::/0"] if hosts else (), require_https=False)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


async def run_standalone(flags: Flags, settings: AlertsSettings) -> int:
    configure_logging(service=_SERVICE, role="all", level=settings.log_level, console=False)
    listener = (
        bind(*_address(flags.listen_address)) if flags.listen_fd is None else socket.socket(fileno=flags.listen_fd)
    )
    listener.setblocking(False)
    await migrate(settings.dsn, MIGRATIONS)
    database = Database(settings.dsn, pool_size=settings.database_pool_size)
    try:
        process = Standalone(flags, settings, database, SystemClock())
        await process.load()
        await process.rehearse()
        return await run_roles(process.roles(listener))
    except BadConfiguration as error:
        sys.stderr.write(f"the configuration does not work: {error}\n")
        return 1
    finally:
        await database.close()


def main(arguments: Sequence[str]) -> int:
    try:
        flags = parse_flags(arguments)
    except BadConfiguration as error:
        sys.stderr.write(f"{error}\n")
        return 2
    # The database's address comes from the environment (DUBAN_DATABASE_DSN), as everywhere.
    settings = AlertsSettings(
        environment=Environment.LOCAL,
        kafka_bootstrap="none",
        delivery_waits_seconds=_WAITS,
    )

    async def process() -> int:
        return await run_standalone(flags, settings)

    return run(process)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
