"""A county under orderly use in a test: two enterprises with meters, a week of usual days, a morning short."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from libs.common.registry.tables import EnterpriseReplicaRow
from services.energy.activations.jobs import follow_activations, follow_touched, verify_activations
from services.energy.rollups.jobs import settle_touched
from tests.support.energy import COUNTY, TODAY, Site
from tests.support.energy_context import run_job

# The working days before TODAY, a Tuesday.
USUAL_DAYS = tuple(date(2026, 9, day) for day in (8, 9, 10, 11, 14))
SMELTER = UUID("01994c3e-1000-7a11-8000-00000000aa01")
MILL = UUID("01994c3e-1000-7a11-8000-00000000aa02")
NAMES = {SMELTER: "某冶金有限公司", MILL: "某石材有限公司"}
CODES = {SMELTER: "91421224MA00000A1X", MILL: "91421224MA00000A2U"}
METERS = {SMELTER: "S1", MILL: "K1"}
USUAL_KW = 1000.0


def at(hour: int, minute: int = 0, day: date = TODAY) -> datetime:
    """A time of day in the office."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def curve(meter_no: str, day: date, parts: dict[tuple[int, int], float]) -> dict[str, Any]:
    """A day at the usual load but for the slots named."""
    values: list[float | None] = [USUAL_KW] * 96
    for (first, end), kw in parts.items():
        values[first:end] = [kw] * (end - first)
    return {"meter_no": meter_no, "date": day.isoformat(), "values": values}


@dataclass
class County:
    """The site with its enterprises; call it within ``site.worker()``."""

    site: Site
    activation: dict[str, Any] = field(default_factory=dict)

    async def prepare(self) -> None:
        async with self.site.database.transaction() as session:
            for enterprise_id, name in NAMES.items():
                session.add(
                    EnterpriseReplicaRow(
                        subject=str(enterprise_id),
                        version=1,
                        enterprise_id=enterprise_id,
                        credit_code=CODES[enterprise_id],
                        name=name,
                        region_code=COUNTY,
                        sector_code="3110",
                        key_energy_user=True,
                    )
                )
        for enterprise_id, meter_no in METERS.items():
            await self.site.register(meter_no, enterprise_id=str(enterprise_id))
            await self.site.add_key(NAMES[enterprise_id], "enterprise", COUNTY, enterprise_id=enterprise_id)

    async def usual_week(self) -> None:
        await self.send(*(curve(meter_no, day, {}) for meter_no in METERS.values() for day in USUAL_DAYS))

    async def send(self, *curves: dict[str, Any], now: datetime | None = None) -> None:
        """Curves as far as their day has gone; each body is later than the one before, so that it counts."""
        self.site.clock.set(now or self.site.clock.now() + timedelta(seconds=1))
        for one in curves:
            gone = self.site.clock.now() - at(0, day=date.fromisoformat(one["date"]))
            over = max(0, gone // timedelta(minutes=15))
            one["values"][over:] = [None] * len(one["values"][over:])
        await self.site.merged(await self.site.post_curves(curves))

    async def settle(self) -> None:
        """What hangs on touched days."""
        await run_job(self.site, settle_touched(follow_touched))

    async def follow(self, now: datetime | None = None) -> None:
        if now is not None:
            self.site.clock.set(now)
        await run_job(self.site, follow_activations)

    async def verify(self, now: datetime | None = None) -> None:
        if now is not None:
            self.site.clock.set(now)
        await run_job(self.site, verify_activations)

    async def order(self, client: httpx.AsyncClient, **facts: Any) -> dict[str, Any]:
        """200 kW of each from 10 to 12 today."""
        answer = await client.post("/v1/activations", json=wanted(**facts))
        assert answer.status_code == 201, answer.text
        self.activation = answer.json()
        return self.activation

    async def post(self, client: httpx.AsyncClient, part: str, **body: Any) -> dict[str, Any]:
        answer = await client.post(f"/v1/activations/{self.activation['id']}/{part}", json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def orders(self, caller: str = "officer") -> dict[UUID, dict[str, Any]]:
        page = await self.site.get("/v1/activation-orders", caller)
        return {UUID(item["enterprise_id"]): item for item in page["items"]}

    async def verification(self, enterprise_id: UUID) -> dict[str, Any]:
        page = await self.site.get("/v1/activation-orders", **{"filter[activation_id][eq]": self.activation["id"]})
        order = next(item for item in page["items"] if item["enterprise_id"] == str(enterprise_id))
        items = (await self.site.get(f"/v1/activation-orders/{order['id']}/verifications"))["items"]
        newest: dict[str, Any] = items[0]
        return newest

    async def situations(self) -> list[tuple[str, str, bool, int, float | None, float | None, str | None]]:
        rows = await self.site.rows(
            "SELECT subject_type, subject_name, cleared_at IS NULL, level, planned, actual, cleared_reason "
            "FROM situation ORDER BY opened_at, subject_type, subject_name"
        )
        return [tuple(row) for row in rows]


def wanted(**facts: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "region_code": COUNTY,
        "starts_at": at(10).isoformat(),
        "ends_at": at(12).isoformat(),
        "reason": "供电缺口",
        "level": 3,
        "orders": [
            {"enterprise_id": str(SMELTER), "ordered_kw": 200, "measure": "avoid"},
            {"enterprise_id": str(MILL), "ordered_kw": 200, "measure": "avoid"},
        ],
    }
    return body | facts
