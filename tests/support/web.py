"""An application of the common web parts, with callers chosen by a header."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from libs.common.clock import ManualClock
from libs.common.database import Database
from libs.common.security.principal import ROLE_SCOPES, Principal, Role
from libs.common.settings import CommonSettings, Environment
from libs.common.web.app import create_app
from libs.common.web.problems import Unauthenticated

NOW = datetime(2026, 9, 15, 0, 30, tzinfo=UTC)
# Nobody listens there: an application that touches its database in a unit test fails.
NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"

CALLERS = {
    "officer": Principal("officer-1", Role.OFFICER, "421224", scopes=ROLE_SCOPES[Role.OFFICER]),
    "other": Principal("officer-2", Role.OFFICER, "421221", scopes=ROLE_SCOPES[Role.OFFICER]),
    "admin": Principal("admin-1", Role.ADMIN, scopes=ROLE_SCOPES[Role.ADMIN]),
    "county-admin": Principal("admin-2", Role.ADMIN, "421224", scopes=ROLE_SCOPES[Role.ADMIN]),
    "viewer": Principal("viewer-1", Role.VIEWER, "421224", scopes=ROLE_SCOPES[Role.VIEWER]),
}


class NamedCallers:
    """``Authorization: Bearer officer`` is the officer."""

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        name = headers.get("authorization", "").removeprefix("Bearer ")
        if name not in CALLERS:
            raise Unauthenticated
        return CALLERS[name]


def settings(**more: Any) -> CommonSettings:
    local = {"environment": Environment.LOCAL, "database_dsn": NO_DATABASE, "kafka_bootstrap": "127.0.0.1:1"}
    return CommonSettings.model_validate(local | more)


def build_app(
    routers: Sequence[APIRouter],
    database: Database | None = None,
    more_settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> FastAPI:
    return create_app(
        title="Test",
        settings=settings(**(more_settings or {})),
        database=database or Database(NO_DATABASE),
        clock=ManualClock(NOW),
        authenticator=NamedCallers(),
        routers=routers,
        **options,
    )


@asynccontextmanager
async def client(
    app: Any, caller: str | None = "officer", address: str = "127.0.0.1", **headers: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client inside the process; what the application fails to catch is raised in the test."""
    given = {"Accept-Language": "en", **headers}
    if caller is not None:
        given["Authorization"] = f"Bearer {caller}"
    transport = httpx.ASGITransport(app=app, client=(address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=given) as opened:
        yield opened
