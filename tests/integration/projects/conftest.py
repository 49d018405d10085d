"""The projects service on a migrated database of its own, driven over REST as its callers do."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import col

from libs.common.clock import ManualClock
from libs.common.database import Database, migrate
from libs.common.outbox.tables import OutboxRow
from libs.common.settings import Environment
from services.projects.bootstrap import MIGRATIONS, build_app, make_first_credentials
from services.projects.settings import ProjectsSettings

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 9, 15, 8, 30, tzinfo=SHANGHAI)
TODAY = MORNING.date()
PASSWORD = "Chai-Mountain-73"
ADMIN_PASSWORD = "Tong-Mountain-73"
REGIONS = {"420000": "湖北省", "421200": "咸宁市", "421224": "通山县", "421224101": "南林桥镇", "421221": "嘉鱼县"}


def settings_for(dsn: str, **facts: Any) -> ProjectsSettings:
    known: dict[str, Any] = {
        "environment": Environment.LOCAL,
        "database_dsn": SecretStr(dsn),
        "kafka_bootstrap": "127.0.0.1:9",
        "admin_password": SecretStr(ADMIN_PASSWORD),
        # Hundreds of tests open accounts and sign in; what a hash costs is not among what they ask.
        "password_memory_kib": 1024,
        "password_rounds": 1,
    }
    return ProjectsSettings(**(known | facts))


async def prepare(dsn: str) -> None:
    await migrate(dsn, MIGRATIONS)
    database = Database(dsn, pool_size=1)
    await make_first_credentials(settings_for(dsn), database)
    await database.close()


@dataclass
class Office:
    """The running service: its clock may be moved, its outbox read, and everybody signed in."""

    database: Database
    clock: ManualClock
    http: httpx.AsyncClient
    settings: ProjectsSettings
    app: FastAPI
    tokens: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, username: str, password: str) -> httpx.Response:
        return await self.http.post("/v1/tokens", json={"username": username, "password": password})

    async def call(
        self, method: str, path: str, body: Any = None, *, by: str = "admin", **more: Any
    ) -> httpx.Response:
        headers = {"Accept-Language": "en", **more.pop("headers", {})}
        if by:
            headers["Authorization"] = f"Bearer {self.tokens[by]}"
        return await self.http.request(method, path, json=body, headers=headers, **more)

    async def done(self, method: str, path: str, body: Any = None, *, by: str = "admin", **more: Any) -> Any:
        """The body of a call that must succeed."""
        answer = await self.call(method, path, body, by=by, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def refused(
        self, method: str, path: str, body: Any = None, *, status: int, code: str, by: str = "admin", **more: Any
    ) -> dict[str, Any]:
        """The problem document of a call that must be refused so."""
        answer = await self.call(method, path, body, by=by, **more)
        problem: dict[str, Any] = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code), answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        return problem

    async def staff(
        self, username: str, role: str, region_code: str | None = None, **grants: Any
    ) -> dict[str, Any]:
        """Open an account and sign in with it."""
        body = {"username": username, "password": PASSWORD, "role": role, "region_code": region_code, **grants}
        account: dict[str, Any] = await self.done("POST", "/v1/accounts", body)
        self.tokens[username] = (await self.sign_in(username, PASSWORD)).json()["access_token"]
        return account

    async def register(self, code: str = "P-1", *, by: str = "admin", **facts: Any) -> str:
        """Register a project; answers its address."""
        body = {"code": code, "name": f"project {code}", "kind": "new_build", "region_code": "421224101", **facts}
        created = await self.done("POST", "/v1/projects", body, by=by)
        return f"/v1/projects/{created['id']}"

    async def signed(self, code: str = "P-1", *, start_in: int = 30, **facts: Any) -> str:
        """A project signed 200 days ago, to start in so many days."""
        path = await self.register(code, **facts)
        body = {
            "stage": "signed",
            "on": str(TODAY - timedelta(days=200)),
            "contract_amount_yuan": 140_000_000,
            "investor": "investor (demo)",
            "channel": "return_home",
            "planned_start_on": str(TODAY + timedelta(days=start_in)),
        }
        await self.done("POST", f"{path}/stage-changes", body)
        return path

    async def started(self, code: str = "P-1", *, days_ago: int = 100, due_in: int = 200, **facts: Any) -> str:
        """A project started so many days ago, to be at capacity in so many."""
        path = await self.signed(code, start_in=-days_ago, **facts)
        body = {
            "stage": "started",
            "on": str(TODAY - timedelta(days=days_ago)),
            "evidence": "permit 7",
            "planned_capacity_on": str(TODAY + timedelta(days=due_in)),
        }
        await self.done("POST", f"{path}/stage-changes", body)
        return path

    async def events(self, topic: str, subject: str | None = None) -> list[OutboxRow]:
        statement = select(OutboxRow).where(col(OutboxRow.topic) == topic).order_by(col(OutboxRow.sequence))
        if subject is not None:
            statement = statement.where(col(OutboxRow.subject) == subject)
        async with self.database.session() as session:
            return list((await session.scalars(statement)).all())


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Settings of the service under test beside the usual ones; a module may say others."""
    return {}


@asynccontextmanager
async def opened(dsn: str, **facts: Any) -> AsyncIterator[Office]:
    """The service on the database; nobody is signed in."""
    settings = settings_for(dsn, **facts)
    database, clock = Database(settings.dsn), ManualClock(MORNING)
    app = build_app(settings, database, clock)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://projects.test") as http:
        yield Office(database, clock, http, settings, app)
    await database.close()


# The administrator's token is valid in every copy of the template, which holds the key that signed it.
_SIGNED_IN: dict[str, str] = {}


async def fill_county(dsn: str) -> dict[str, str]:
    """The regions, and an administrator who is signed in; answers the tokens."""
    await prepare(dsn)
    async with opened(dsn) as office:
        office.tokens["admin"] = (await office.sign_in("admin", ADMIN_PASSWORD)).json()["access_token"]
        for code, name in REGIONS.items():
            await office.done("PUT", f"/v1/regions/{code}", {"name": name})
        return office.tokens


async def prepare_county(dsn: str) -> None:
    """The template of ``office``."""
    _SIGNED_IN.update(await fill_county(dsn))


@pytest.fixture
async def office(template_database: Callable[..., str], more_settings: dict[str, Any]) -> AsyncIterator[Office]:
    """The service with its regions and an administrator who is signed in."""
    async with opened(template_database("county", prepare_county), **more_settings) as office:
        office.tokens.update(_SIGNED_IN)
        yield office
