"""The only place where the console is put together."""

import sys
from collections.abc import Sequence

import httpx

from libs.common.clock import clock_from
from libs.common.logs import configure_logging
from libs.common.process import run_roles
from libs.common.security.issuer import Issuer, issuer_client
from libs.common.security.relying_party import RelyingParty
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
    async with issuer_client(settings.oidc_ca_file) as http:
        app = build_api(
            site,
            client,
            settings.services,
            clock_from(settings.clock_file),
            trusted_proxies=settings.trusted_proxies,
            party=relying_party(settings, http),
            oidc_scope=settings.oidc_scope,
        )
        return await run_roles({"api": lambda: serve(app, settings.http_host, settings.http_port)})


def relying_party(settings: ConsoleSettings, http: httpx.AsyncClient) -> RelyingParty | None:
    """Our side of the site's own issuer; None where people sign in with name and password."""
    if settings.oidc_issuer is None:
        return None
    secret = settings.oidc_client_secret
    return RelyingParty(
        Issuer(settings.oidc_issuer, http),
        http,
        client_id=settings.oidc_client_id,
        client_secret=None if secret is None else secret.get_secret_value(),
        bearer=settings.oidc_bearer,
    )
