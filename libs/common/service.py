"""What the processes of all services do alike: the command line, logs, traces, database and clock around roles."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings
from pydantic_settings.exceptions import SettingsError

from libs.common.clock import Clock, clock_from
from libs.common.database import Database
from libs.common.logs import configure_logging
from libs.common.process import Role, give_way, run, run_roles
from libs.common.settings import CommonSettings, LogFormat
from libs.common.telemetry import configure_telemetry

SCHEDULER: Final = "scheduler"
ROLES = ("api", "consumer", "relay", SCHEDULER)

AnySettingsT = TypeVar("AnySettingsT", bound=BaseSettings)
SettingsT = TypeVar("SettingsT", bound=CommonSettings)


def main(
    service: str,
    settings_type: type[AnySettingsT],
    run_process: Callable[[AnySettingsT, Sequence[str]], Awaitable[int]],
    arguments: Sequence[str],
    known: Sequence[str] = ROLES,
) -> int:
    """``python -m services.X ROLE[,ROLE…]``: the exit code, 2 for a call or settings that make no sense."""
    roles = parse_roles(arguments, known)
    if roles is None:
        choices = f"migrate | all | {','.join(known)} (any of these, by comma)"
        sys.stderr.write(f"usage: python -m services.{service} {choices}\n")
        return 2
    try:
        settings = settings_type()
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}" for fault in error.errors())
        sys.stderr.write("the settings do not fit:\n  " + "\n  ".join(faults) + "\n")
        return 2
    except (SettingsError, OSError) as error:
        # A list that is no JSON, a directory of secrets that is not there, a file in it that may not be read.
        sys.stderr.write(f"the settings do not fit:\n  {error}\n")
        return 2

    async def process() -> int:
        return await run_process(settings, roles)

    return run(process)


def parse_roles(arguments: Sequence[str], known: Sequence[str] = ROLES) -> list[str] | None:
    """The roles a call names, or None when it names none or others."""
    if len(arguments) != 1:
        return None
    named = arguments[0].split(",")
    if named == ["all"]:
        return list(known)
    makes_sense = named == ["migrate"] or set(named) <= set(known)
    return named if makes_sense else None


async def run_service(
    service: str,
    settings: SettingsT,
    roles: Sequence[str],
    *,
    migrate: Callable[[SettingsT], Awaitable[None]],
    build_roles: Callable[[SettingsT, Database, Clock, Sequence[str]], Mapping[str, Role]],
) -> int:
    """Run the roles in this process until it is told to end; returns the exit code. ``migrate`` runs alone."""
    role = ",".join(roles)
    configure_logging(
        service=service,
        role=role,
        level=settings.log_level,
        console=settings.log_format is LogFormat.CONSOLE,
    )
    tracing = configure_telemetry(service=service, role=role, otlp_endpoint=settings.otlp_endpoint)
    if list(roles) == ["migrate"]:
        await migrate(settings)
        return 0
    if list(roles) == [SCHEDULER]:
        # What is done by the minute or the night gives way to what somebody waits for.
        give_way(settings.scheduler_niceness)
    database = Database(settings.dsn, pool_size=settings.database_pool_size)
    clock = clock_from(settings.clock_file)
    try:
        return await run_roles(build_roles(settings, database, clock, roles))
    finally:
        await database.close()
        tracing.shutdown()
