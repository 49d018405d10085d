"""The Alertmanager's flags, its open door and its path, for a process that stands in its place."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.common.security.principal import ROLE_SCOPES, Principal
from libs.common.security.principal import Role as CallerRole
from services.alerts.alertmanager.domain.configuration import seconds


class EverybodyInside:
    """Callers need no credential: who reaches the port may do what the port is for."""

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        return Principal(
            subject="alertmanager", role=CallerRole.ADMIN, scopes=ROLE_SCOPES[CallerRole.ADMIN], kind="key"
        )


class Prefixed:
    """The application below a path, as ``--web.route-prefix`` asks; nothing beside it."""

    def __init__(self, app: FastAPI, prefix: str) -> None:
        self.app: ASGIApp = app
        self.state = app.state
        self.prefix = prefix.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(self.prefix + "/"):
            scope = {**scope, "path": path.removeprefix(self.prefix), "raw_path": None}
        await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Flags:
    """What of the flags is of use here; others are taken and have no meaning."""

    config_file: Path
    listen_address: str
    listen_fd: int | None
    cluster_address: str
    external_url: str
    route_prefix: str
    start_delay: float
    classic: bool


def parse_flags(arguments: Sequence[str]) -> Flags:
    parser = argparse.ArgumentParser(prog="duban alertmanager", allow_abbrev=False)
    parser.add_argument("--config.file", dest="config_file", type=Path, required=True)
    parser.add_argument("--web.listen-address", dest="listen_address", default="127.0.0.1:9093")
    parser.add_argument("--web.listen-fd", dest="listen_fd", type=int)
    parser.add_argument("--cluster.address", dest="cluster_address", default="127.0.0.1:0")
    parser.add_argument("--web.external-url", dest="external_url", default="")
    parser.add_argument("--web.route-prefix", dest="route_prefix", default="/")
    parser.add_argument("--dispatch.start-delay", dest="start_delay", default="0s")
    parser.add_argument("--enable-feature", dest="features", default="")
    known, _ = parser.parse_known_args(arguments)
    return Flags(
        known.config_file,
        known.listen_address,
        known.listen_fd,
        known.cluster_address,
        known.external_url,
        known.route_prefix,
        seconds(known.start_delay),
        "classic-mode" in known.features.split(","),
    )
