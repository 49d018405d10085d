"""Enterprises of a county with products and months, for tests of efficiency."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from libs.common.ids import new_id
from libs.common.registry.tables import EnterpriseReplicaRow, RegionReplicaRow
from tests.support.energy import COUNTY, NEIGHBOUR, Site

CLINKER: dict[str, Any] = {
    "sector_code": "C3011",
    "basis": "product",
    "product_code": "clinker",
    "limit_value": 0.117,
    "entry_value": 0.107,
    "advanced_value": 0.1,
    "source": "GB 16780-2021",
    "valid_from": "2025-01-01",
}


@dataclass
class County:
    """The site with its enterprises by name; requests by callers as the office makes them."""

    site: Site
    ids: dict[str, UUID] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    async def enterprise(
        self, name: str, *, region: str = COUNTY, sector: str = "C3011", key_user: bool = True
    ) -> UUID:
        enterprise_id = new_id()
        code = f"91421224MA{len(self.ids):08}"
        async with self.site.database.transaction() as session:
            session.add(
                EnterpriseReplicaRow(
                    subject=str(enterprise_id),
                    version=1,
                    enterprise_id=enterprise_id,
                    credit_code=code,
                    name=name,
                    region_code=region,
                    sector_code=sector,
                    key_energy_user=key_user,
                )
            )
        self.ids[name], self.codes[name] = enterprise_id, code
        return enterprise_id

    async def call(
        self, method: str, path: str, body: Any = None, by: str = "officer", **more: Any
    ) -> httpx.Response:
        async with self.site.client(by) as client:
            return await client.request(method, f"/v1/{path}", json=body, **more)

    async def done(self, method: str, path: str, body: Any = None, by: str = "officer", **more: Any) -> Any:
        answer = await self.call(method, path, body, by, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def refused(
        self, method: str, path: str, body: Any = None, *, status: int, by: str = "officer", **more: Any
    ) -> Any:
        """The problem's code, and pointers of its errors."""
        answer = await self.call(method, path, body, by, **more)
        assert answer.status_code == status, answer.text
        problem = answer.json()
        return problem["code"], [(error["pointer"], error["code"]) for error in problem.get("errors", [])]

    def month_path(self, name: str, month: str) -> str:
        return f"enterprises/{self.ids[name]}/energy-months/{month}"

    async def month(self, name: str, month: str, *, reason: str = "", **figures: Any) -> Any:
        """Report a month: ``coal`` in t, ``power`` in 万kWh, ``clinker`` in t, ``value`` in yuan."""
        uses = [
            {"carrier": carrier, "quantity": figures[name_], "unit": unit}
            for name_, carrier, unit in (("coal", "raw_coal", "t"), ("power", "electricity", "万kWh"))
            if name_ in figures
        ]
        body: dict[str, Any] = {"uses": uses, "reason": reason}
        if "clinker" in figures:
            body["outputs"] = [{"product": "clinker", "quantity": figures["clinker"]}]
        if "value" in figures:
            body["output_value_yuan"] = figures["value"]
        return await self.done("PUT", self.month_path(name, month), body)

    async def table(self, *rows: tuple[str, str, float, float | None, float | None], reason: str = "") -> None:
        """Many months at once: enterprise, month, coal in t, power in 万kWh, clinker in t."""
        head = "统一社会信用代码,月份,原煤(吨),电力(万千瓦时),水泥熟料(t)\n"
        lines = [
            ",".join([self.codes[name], *("" if value is None else str(value) for value in values)])
            for name, *values in rows
        ]
        body, query = head + "\n".join(lines), {"reason": reason}
        answer = await self.site.post("/v1/energy-figures/imports", body, "text/csv", "officer", **query)
        assert answer.is_success, answer.text

    async def events(self, topic: str) -> list[tuple[str, int, Any]]:
        """What was recorded on a topic: act, version and payload, in order."""
        rows = await self.site.rows(
            "SELECT type, aggregate_version, payload FROM outbox WHERE topic = :topic ORDER BY sequence",
            topic=topic,
        )
        return [
            (row[0].rpartition(".v")[0].rpartition(".")[2], row[1], None if row[2] is None else json.loads(row[2]))
            for row in rows
        ]


async def open_county(site: Site) -> County:
    """A county with its product; the neighbour has an officer, and a leader decides."""
    async with site.database.transaction() as session:
        for code, name in ((COUNTY, "通山县"), (NEIGHBOUR, "嘉鱼县"), ("421200", "咸宁市")):
            session.add(RegionReplicaRow(subject=code, version=1, code=code, name=name, default_post="officer"))
    await site.add_key("neighbour", "officer", NEIGHBOUR)
    await site.add_key("leader", "leader", COUNTY)
    county = County(site)
    product = {"name": "水泥熟料", "unit": "t", "sector_code": "C3011"}
    await county.done("PUT", "energy-products/clinker", product)
    return county
