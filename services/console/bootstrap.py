"""The only place where the console is put together."""

import sys
from collections.abc import Sequence

from libs.common.clock import clock_from
from libs.common.logs import configure_logging
from libs.common.process import run_roles
from libs.common.settings import LogFormat
from libs.common.web.serving import serve
from services.console.api import SERVICE, build_api
from services.console.files import Site
from services.console.passing import open_client
from services.console.settings import ConsoleSettings

ROLES = ("api",)


async def run_process(settings: ConsoleSettings, roles: Sequence[str]) -> int:
    """Serve until told to end; returns the exit code. ``migrate`` has nothing to do: the console owns nothing."""
    if list(roles) == ["migrate"]:
        return 0
    configure_logging(
        service=SERVICE,
        role=",".join(roles),
        level=settings.log_level,
        console=settings.log_format is LogFormat.CONSOLE,
    )
    try:
        site = Site(settings.console_files)
    except FileNotFoundError:
        sys.stderr.write(f"{settings.console_files} holds no built page: make console\n")
        return 2
    client = open_client(settings.service_silence_seconds)
    app = build_api(
        site,
        client,
        settings.services,
        clock_from(settings.clock_file),
        trusted_proxies=settings.trusted_proxies,
    )
    return await run_roles({"api": lambda: serve(app, settings.http_host, settings.http_port)})
