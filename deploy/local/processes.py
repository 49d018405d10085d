"""Which processes make the system, with what command and what environment.

The local run and the containers both start from these tables; a test compares docker-compose.yml with them.
"""

import os
import sys
from dataclasses import dataclass, replace

from deploy.local import layout
from deploy.local.authority import Authority
from deploy.local.console import built_console
from deploy.local.layout import CHECKOUT, Layout, Settings
from deploy.local.programs import STACK_MARKER, Program
from deploy.local.readiness import http_ready
from deploy.local.secrets import Secrets

DATABASES = ("projects", "energy", "alerts")
CONSOLE = "console"


@dataclass(frozen=True)
class ServiceProcess:
    """One process of a service: `python -m services.<service> <roles>`, its HTTP port as a distance."""

    name: str
    service: str
    roles: str
    port_offset: int

    @property
    def command(self) -> tuple[str, ...]:
        return ("-m", f"services.{self.service}", self.roles)


SERVICE_PROCESSES = (
    ServiceProcess("projects", "projects", "api,consumer,relay,scheduler", layout.PROJECTS),
    ServiceProcess("energy-api", "energy", "api", layout.ENERGY),
    ServiceProcess("alerts-api", "alerts", "api,watch", layout.ALERTS),
    ServiceProcess("energy-worker", "energy", "consumer", 10),
    ServiceProcess("energy-relay", "energy", "relay,gateway", 11),
    ServiceProcess("alerts-worker", "alerts", "consumer,relay,scheduler,mirror", 12),
    # Alone, so that its long jobs give way to readings and alerts.
    ServiceProcess("energy-scheduler", "energy", "scheduler", 13),
    ServiceProcess("console", CONSOLE, "api", layout.CONSOLE),
)
# Of these a stack may run several: the option that says how many, and where the ports of the further ones begin.
WORKERS = {
    "energy-worker": ("energy_workers", layout.MORE_ENERGY_WORKERS),
    "alerts-worker": ("alerts_workers", layout.MORE_ALERTS_WORKERS),
}
MIGRATIONS = tuple(
    ServiceProcess(f"migrate-{service}", service, "migrate", offset)
    for offset, service in enumerate(DATABASES, start=15)
)
NAMES = ("postgres", "kafka", "mailbox", *(process.name for process in SERVICE_PROCESSES))


def service_processes(settings: Settings) -> tuple[ServiceProcess, ...]:
    """What a stack of these settings runs: the table, with as many of each worker as were asked for.

    The first keeps the name of the table, the others are numbered from 2.
    """
    return tuple(each for process in SERVICE_PROCESSES for each in _instances(process, settings))


def _instances(process: ServiceProcess, settings: Settings) -> tuple[ServiceProcess, ...]:
    if process.name not in WORKERS:
        return (process,)
    option, first_port = WORKERS[process.name]
    count: int = getattr(settings, option)
    more = (
        replace(process, name=f"{process.name}-{number}", port_offset=first_port + number - 2)
        for number in range(2, count + 1)
    )
    return (process, *more)[:count]


def is_base(name: str) -> bool:
    """Whether the services stand on it: it is stopped after them."""
    return name in {"postgres", "kafka", "mailbox"} or name.startswith("kafka-")


def url(settings: Settings, offset: int) -> str:
    return f"http://127.0.0.1:{settings.port(offset)}"


def environment(process: ServiceProcess, place: Layout, settings: Settings, secrets: Secrets) -> dict[str, str]:
    """The variables a process of a service gets, besides those of the caller's own environment."""
    if process.service == CONSOLE:
        return _console_environment(process, place, settings)
    password = secrets.databases[process.service]
    dsn = f"postgresql://{process.service}:{password}@127.0.0.1:{settings.port(layout.POSTGRES)}/{process.service}"
    variables = {
        "DUBAN_ENVIRONMENT": "local",
        "DUBAN_DATABASE_DSN": dsn,
        "DUBAN_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "DUBAN_HTTP_HOST": "127.0.0.1",
        "DUBAN_HTTP_PORT": str(settings.port(process.port_offset)),
        "DUBAN_CLOCK_FILE": str(place.clock_file),
        # The console's address: who comes through it is told apart by what it forwards.
        "DUBAN_TRUSTED_PROXIES": "127.0.0.1",
        "DUBAN_SECRET_KEY": secrets.secret_key,
        "DUBAN_PROJECTS_URL": url(settings, layout.PROJECTS),
        "DUBAN_ENERGY_URL": url(settings, layout.ENERGY),
        "DUBAN_ALERTS_URL": url(settings, layout.ALERTS),
        STACK_MARKER: str(place.directory),
    }
    if settings.inside_tls:
        own = Authority(place.tls).of(process.service)
        variables |= {
            "DUBAN_KAFKA_SECURITY": "SSL",
            "DUBAN_KAFKA_CA_FILE": str(Authority(place.tls).ca),
            "DUBAN_KAFKA_CERTIFICATE_FILE": str(own.certificate),
            "DUBAN_KAFKA_KEY_FILE": str(own.key),
        }
    if settings.brokers > 1:
        variables["DUBAN_TOPIC_REPLICATION"] = str(settings.brokers)
    if secrets.previous_secret_keys:
        variables["DUBAN_PREVIOUS_SECRET_KEYS"] = ",".join(secrets.previous_secret_keys)
    if process.service == "projects":
        variables |= {
            "DUBAN_ADMIN_PASSWORD": secrets.admin_password,
            "DUBAN_CONSOLE_URL": url(settings, layout.CONSOLE),
            "DUBAN_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1,localhost",
        }
    if process.service == "energy":
        # Utilities' brokers beside the local run may be fetched from.
        variables |= {
            "DUBAN_FEED_FOLDER_ROOT": str(place.directory / "feeds"),
            "DUBAN_FEED_ALLOWED_HOSTS": "127.0.0.1,localhost",
        }
    if process.service == "alerts":
        variables |= {
            "DUBAN_SMTP_HOST": "127.0.0.1",
            "DUBAN_SMTP_PORT": str(settings.port(layout.SMTP)),
            "DUBAN_CONSOLE_URL": url(settings, layout.CONSOLE),
            "DUBAN_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1,localhost",
        }
    return variables


def _console_environment(process: ServiceProcess, place: Layout, settings: Settings) -> dict[str, str]:
    """It owns nothing, so it is given neither a database nor a secret."""
    return {
        "DUBAN_HTTP_HOST": "127.0.0.1",
        "DUBAN_HTTP_PORT": str(settings.port(process.port_offset)),
        "DUBAN_CLOCK_FILE": str(place.clock_file),
        "DUBAN_CONSOLE_FILES": str(built_console()),
        "DUBAN_PROJECTS_URL": url(settings, layout.PROJECTS),
        "DUBAN_ENERGY_URL": url(settings, layout.ENERGY),
        "DUBAN_ALERTS_URL": url(settings, layout.ALERTS),
        STACK_MARKER: str(place.directory),
    }


def service_program(process: ServiceProcess, place: Layout, settings: Settings, secrets: Secrets) -> Program:
    port = settings.port(process.port_offset)
    return Program(
        name=process.name,
        argv=(sys.executable, *process.command),
        env=_inherited() | environment(process, place, settings, secrets),
        cwd=CHECKOUT,
        ready=http_ready(port, "/readyz"),
        ports=() if process.roles == "migrate" else (port,),
    )


def mailbox_program(place: Layout, settings: Settings) -> Program:
    smtp, webhook = settings.port(layout.SMTP), settings.port(layout.WEBHOOK)
    options = ("--directory", str(place.mailbox), "--smtp-port", str(smtp), "--http-port", str(webhook))
    return Program(
        name="mailbox",
        argv=(sys.executable, "-m", "deploy.local.mailbox", *options),
        env=_inherited() | {STACK_MARKER: str(place.directory), "DUBAN_CLOCK_FILE": str(place.clock_file)},
        cwd=CHECKOUT,
        ready=http_ready(webhook, "/healthz"),
        ports=(smtp, webhook),
    )


def _inherited() -> dict[str, str]:
    # DUBAN_LOG_LEVEL and the like of the caller pass through; what the stack decides overrides them.
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
