"""Who lives in the tests of the business environment: units, people and enterprises of a county."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.environment.jobs import check_environment
from tests.integration.projects.conftest import ADMIN_PASSWORD, Office, fill_county, opened

CREDIT_CODES = ("91350100M000100Y43", "91421224MA49ABC12H")


@dataclass
class World:
    """Ids by name; staff ``market`` and ``fire`` belong to those units, ``plant`` is the enterprise's account."""

    office: Office
    units: dict[str, str]
    plant: str
    other: str

    def party(self, unit: str, inspectors: int = 2) -> dict[str, Any]:
        names = [{"name": f"{unit} {n}", "certificate_no": f"{unit}-{n}"} for n in range(inspectors)]
        return {"unit_id": self.units[unit], "inspectors": names}

    async def inspection(
        self, unit: str = "market", *, by: str | None = None, planned: str = "2026-09-28", **more: Any
    ) -> dict[str, Any]:
        body = {
            "enterprise_id": self.plant,
            "kind": "routine",
            "subject": "pressure vessels",
            "basis": "Special Equipment Safety Law, article 57",
            "planned_from": planned,
            "planned_to": planned,
            "parties": [self.party(unit)],
            **more,
        }
        filed: dict[str, Any] = await self.office.done("POST", "/v1/inspections", body, by=by or unit)
        return filed

    async def appeal(self, *, by: str = "plant", **more: Any) -> dict[str, Any]:
        body = {
            "kind": "complaint",
            "category": "fees",
            "title": "charged twice",
            "content": "the park charged its fee twice",
            **more,
        }
        lodged: dict[str, Any] = await self.office.done("POST", "/v1/appeals", body, by=by)
        return lodged

    async def scan(self, at: datetime | None = None) -> None:
        async with self.office.database.transaction() as session:
            now = self.office.clock.now()
            await check_environment(Context(session, now, new_id, SYSTEM), at or now)

    async def conditions(self, kind: str, *, by: str = "admin") -> list[dict[str, Any]]:
        """All of the kind, oldest first."""
        params = {"filter[kind]": kind, "sort": "opened_at"}
        found: list[dict[str, Any]] = (await self.office.done("GET", "/v1/conditions", params=params, by=by))[
            "items"
        ]
        return found


# What the template database holds, by worker: passwords are hashed once for all tests of the environment.
_SETTLED: dict[str, Any] = {}


async def prepare_world(dsn: str) -> None:
    """Units with an officer each, a supervisor, a leader, and two enterprises with their accounts."""
    # Not the template of other tests, whose tokens another key has signed.
    await fill_county(dsn)
    async with opened(dsn) as office:
        office.tokens["admin"] = (await office.sign_in("admin", ADMIN_PASSWORD)).json()["access_token"]
        units = {}
        for code in ("market", "fire", "centre"):
            body = {"name": f"{code} bureau", "region_code": "421224"}
            units[code] = (await office.done("PUT", f"/v1/units/{code}", body))["unit_id"]
            person = {"name": f"{code} (demo)", "unit_id": units[code], "region_code": "421224", "post": "officer"}
            held = await office.done("PUT", f"/v1/persons/{code}", person)
            role = "supervisor" if code == "centre" else "officer"
            await office.staff(code, role, "421224", person_id=held["person_id"])
        ids = []
        for code, name in zip(CREDIT_CODES, ("plant", "other"), strict=True):
            body = {"name": f"{name} (demo)", "region_code": "421224101", "sector_code": "3140"}
            ids.append((await office.done("PUT", f"/v1/enterprises/{code}", body))["enterprise_id"])
            await office.staff(name, "enterprise", "421224", enterprise_id=ids[-1])
        await office.staff("jiayu", "officer", "421221")
        # A township's office: it reaches no more than its township, and what its unit has in hand.
        body = {"name": "town office", "region_code": "421224101"}
        units["town"] = (await office.done("PUT", "/v1/units/town", body))["unit_id"]
        person = {"name": "town (demo)", "unit_id": units["town"], "region_code": "421224101", "post": "officer"}
        held = await office.done("PUT", "/v1/persons/town", person)
        await office.staff("town", "officer", "421224101", person_id=held["person_id"])
        await office.staff("leader", "leader", "421224")
        _SETTLED.update(units=units, plant=ids[0], other=ids[1], tokens=office.tokens)


@asynccontextmanager
async def settled(template_database: Callable[..., str]) -> AsyncIterator[World]:
    """A copy of that world of the test's own; everybody is signed in."""
    async with opened(template_database("environment", prepare_world)) as office:
        office.tokens.update(_SETTLED["tokens"])
        yield World(office, _SETTLED["units"], _SETTLED["plant"], _SETTLED["other"])
