"""The demo's records as requests of the three services: the one place that knows their paths and fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from deploy.demo.dataset.places import place_of
from deploy.demo.dataset.records import (
    Account,
    Channel,
    Enterprise,
    Meter,
    Park,
    Person,
    Project,
    Region,
    Replan,
    StageChange,
    Unit,
)
from deploy.demo.script import SLOT, ZONE, Batch
from deploy.demo.stack import DemoError
from deploy.demo.synth.generator import GENERATION
from deploy.demo.synth.noise import FloatArray
from deploy.demo.transport import ApiError, Transport, encode, rows_of

Json = dict[str, Any]
Known = Mapping[str, Json]


class DemoClient:
    """One method a request; answers only what the demo needs of the reply."""

    def __init__(self, transport: Transport) -> None:
        self._http = transport

    # Registry, accounts and keys (projects).

    async def known(self, service: str, path: str, key: str) -> Known:
        """What a list holds already, by its key: what is so already is not written again."""
        return {str(row[key]): row async for row in self._http.pages(service, path)}

    async def put_region(self, region: Region, known: Known) -> None:
        await self._upsert("projects", "/v1/regions", region.code, {"name": region.name}, known)

    async def put_unit(self, unit: Unit, known: Known) -> str:
        body = {"name": unit.name, "region_code": unit.region_code}
        return str((await self._upsert("projects", "/v1/units", unit.code, body, known))["unit_id"])

    async def put_person(self, person: Person, unit_id: str, known: Known) -> str:
        body = {
            "name": person.name,
            "unit_id": unit_id,
            "region_code": person.region_code,
            "post": person.post,
            "email": person.email,
        }
        return str((await self._upsert("projects", "/v1/persons", person.key, body, known))["person_id"])

    async def put_enterprise(self, enterprise: Enterprise, known: Known) -> str:
        body = {
            "name": enterprise.name,
            "region_code": enterprise.region_code,
            "sector_code": enterprise.sector_code,
            "key_energy_user": enterprise.key_energy_user,
        }
        answer = await self._upsert("projects", "/v1/enterprises", enterprise.credit_code, body, known)
        return str(answer["enterprise_id"])

    async def _upsert(self, service: str, path: str, key: str, body: Json, known: Known) -> Json:
        row = known.get(key)
        if row is not None and all(row.get(name) == value for name, value in body.items()):
            return row
        answer: Json = await self._http.put(service, f"{path}/{key}", body)
        return answer

    async def account_ids(self) -> dict[str, str]:
        """Ids of accounts by their names."""
        return {row["username"]: str(row["id"]) async for row in self._http.pages("projects", "/v1/accounts")}

    async def reset_password(self, account_id: str, password: str) -> None:
        await self._http.post("projects", f"/v1/accounts/{account_id}/password", {"password": password})

    async def create_account(
        self, account: Account, password: str, person_id: str | None, enterprise_id: str | None
    ) -> None:
        body = {
            "username": account.username,
            "password": password,
            "role": account.role,
            "region_code": account.region_code,
            "person_id": person_id,
            "enterprise_id": enterprise_id,
        }
        await self._http.post("projects", "/v1/accounts", body)

    async def create_feed_key(self, name: str, region_code: str) -> str:
        """A key that may deliver readings of the region's meters; shown this once."""
        body = {
            "name": name,
            "role": "feed",
            "scopes": ["energy:ingest", "energy:read"],
            "region_code": region_code,
        }
        answer = await self._http.post("projects", "/v1/api-keys", body)
        return str(answer["key"])

    # Parks and promotion (projects).

    async def put_park(self, park: Park, unit_id: str, known: Known) -> None:
        body = {
            "name": park.name,
            "region_code": park.region_code,
            "level": park.level,
            "planned_capacity": f"{park.planned_capacity}.000",
            "capacity_unit": park.capacity_unit,
            "industries": list(park.industries),
            "unit_id": unit_id,
        }
        await self._upsert("projects", "/v1/parks", park.code, body, known)

    async def move_in(self, park_code: str, enterprise_id: str, first: date) -> None:
        body = {"park_code": park_code, "enterprise_id": enterprise_id, "from_on": first.isoformat()}
        await self._http.post("projects", "/v1/tenants", body)

    async def create_investor(self, name: str, origin: str, region_code: str) -> str:
        body = {"kind": "person", "name": name, "origin_region_code": origin, "region_code": region_code}
        return str((await self._http.post("projects", "/v1/investors", body))["id"])

    async def introduce(self, introducer_id: str, introduced_id: str, on: date, evidence: str) -> None:
        """Register a referral; one that is registered already stays."""
        body = {
            "introducer_id": introducer_id,
            "introduced_id": introduced_id,
            "registered_on": on.isoformat(),
            "evidence": evidence,
        }
        await self._enter("/v1/referrals", body, again=True)

    async def put_promotion(
        self, project_id: str, investor_id: str, introducer_id: str | None, on: date, evidence: str
    ) -> None:
        """Who brought the project; nothing happens when that is so already."""
        all_of_it = {"basis_points": 10_000, "registered_on": on.isoformat(), "evidence": evidence}
        introducers = [] if introducer_id is None else [{"investor_id": introducer_id, **all_of_it}]
        body = {"investor_id": investor_id, "introducers": introducers}
        await self._http.put("projects", f"/v1/projects/{project_id}/promotion", body)

    # Ledger (projects).

    async def project_ids(self) -> dict[str, str]:
        """Ids of the projects in the ledger by their codes."""
        rows = self._http.pages("projects", "/v1/projects", fields="id,code")
        return {row["code"]: str(row["id"]) async for row in rows}

    async def create_project(self, project: Project, officer_id: str, unit_id: str) -> str:
        body = {
            "code": project.code,
            "name": project.name,
            "kind": project.kind,
            "region_code": project.region_code,
            "sector_code": project.sector_code,
            "summary": f"来源 source: {project.source}",
            "total_investment_yuan": project.total_investment_yuan,
            "responsible_person_id": officer_id,
            "responsible_unit_id": unit_id,
            "park_code": project.park_code,
            "grid": None if project.grid is None else dict(project.grid),
            "location": place_of(project),
        }
        answer = await self._http.post("projects", "/v1/projects", body)
        return str(answer["id"])

    async def write_history(self, project_id: str, project: Project, *, again: bool) -> None:
        """Everything that was entered about the project, in order.

        `again` is for a project whose loading was cut short: what the ledger refuses as done stays as it is.
        """
        base = f"/v1/projects/{project_id}"
        for change in project.changes:
            path, body = _change_request(change)
            await self._enter(base + path, body, again=again)
        for progress in project.progress:
            entry = {"on": progress.on.isoformat(), "percent": progress.percent, "note": progress.note}
            await self._enter(f"{base}/progress-entries", entry, again=again)
        for investment in project.investments:
            paid = {"month": investment.month.isoformat(), "amount_yuan": investment.amount_yuan}
            await self._enter(f"{base}/investment-entries", paid, again=again)

    async def _enter(self, path: str, body: Json, *, again: bool) -> None:
        try:
            await self._http.post("projects", path, body)
        except ApiError as error:
            if not (again and error.status == 409):
                raise

    async def scan_projects(self) -> None:
        """Let the daily scan run now, so that what is overdue already is known at once."""
        await self._http.post("projects", "/v1/condition-scans", {})

    # Meters, readings and conditions (energy).

    async def put_meter(self, meter: Meter, enterprise_id: str, valid_from: date, known: Known) -> None:
        body = {
            "name": meter.name,
            "region_code": meter.region_code,
            "enterprise_id": enterprise_id,
            "interval_minutes": 15,
            "capacity_kw": meter.capacity_kw,
            "quantity": "active_export_kw" if meter.kind in GENERATION else "active_import_kw",
            "profile": meter.kind.value if meter.kind in GENERATION else "consumption",
            "valid_from": valid_from.isoformat(),
        }
        await self._upsert("energy", "/v1/meters", meter.meter_no, body, known)

    async def post_curves(
        self, meters: Sequence[Meter], first: date, values: FloatArray, source: str, created_at: datetime
    ) -> str:
        """Curves of all meters for some days, [meters, days, 96] kW; the receipt's id."""
        days = [(first + timedelta(n)).isoformat() for n in range(values.shape[1])]
        curves = [
            {"meter_no": meter.meter_no, "date": day, "values": np.ascontiguousarray(values[row, number])}
            for number, day in enumerate(days)
            for row, meter in enumerate(meters)
        ]
        body = {
            "unit": "kW",
            "interval_minutes": 15,
            "source": source,
            "created_at": created_at.isoformat(),
            "curves": curves,
        }
        return _receipt(await self._http.post("energy", "/v1/curves", encode(body)), len(curves))

    async def post_readings(self, meters: Sequence[Meter], batch: Batch, source: str) -> str:
        """Single readings of a batch; the receipt's id."""
        quality = {"quality": "edited"} if batch.edited else {}
        readings = [
            {"meter_no": meters[row].meter_no, "at": start.isoformat(), "value": value, **quality}
            for row, start, value in zip(batch.meters, batch.starts, batch.values, strict=True)
        ]
        body = {
            "unit": "kW",
            "interval_minutes": 15,
            "source": source,
            "created_at": batch.created_at.isoformat(),
            "readings": readings,
        }
        return _receipt(await self._http.post("energy", "/v1/readings", encode(body)), len(readings))

    async def stored_days(self, meter_no: str, first: date, end: date) -> set[date]:
        """Days from `first` on, before `end`, of which a curve of the meter is stored."""
        last = end - timedelta(1)
        rows = await self._curves(meter_no, first, last)
        return {date.fromisoformat(row["date"]) for row in rows}

    async def stored_value(self, meter_no: str, slot: datetime) -> float | None:
        """What is stored for the meter in a slot of 15 minutes, kW."""
        day = slot.astimezone(ZONE).date()
        place = int((slot - datetime.combine(day, datetime.min.time(), ZONE)) / SLOT)
        rows = await self._curves(meter_no, day, day)
        values = [row["values"][place] for row in rows if row["date"] == day.isoformat()]
        return values[0] if values else None

    async def latest_at(self, meter_no: str) -> datetime | None:
        """Start of the newest slot that has a value; None while there is none."""
        try:
            answer = await self._http.get("energy", f"/v1/meters/{meter_no}/latest")
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return datetime.fromisoformat(answer["at"]) if answer and answer.get("at") else None

    async def receipt(self, receipt_id: str) -> Json:
        answer: Json = await self._http.get("energy", f"/v1/receipts/{receipt_id}")
        return answer

    async def energy_condition(self, condition_id: str) -> Json | None:
        """The condition as the energy service keeps it; None when it does not know it."""
        try:
            answer: Json = await self._http.get("energy", f"/v1/conditions/{condition_id}")
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return answer

    async def _curves(self, meter_no: str, first: date, last: date) -> list[Json]:
        span = {"from": first.isoformat(), "to": last.isoformat()}
        return rows_of(await self._http.get("energy", f"/v1/meters/{meter_no}/curves", **span))

    # Alerts.

    async def spike_alerts(self, since: datetime) -> list[Json]:
        """Alerts of spikes that began at `since` or later."""
        wanted = {"filter[condition_kind][eq]": "spike", "filter[occurred_at][gte]": since.isoformat()}
        return [row async for row in self._http.pages("alerts", "/v1/alerts", **wanted)]

    async def live_alerts(self) -> list[Json]:
        """Alerts that are not resolved."""
        return [
            row async for row in self._http.pages("alerts", "/v1/alerts", **{"filter[status][ne]": "resolved"})
        ]

    async def alert(self, alert_id: str) -> Json:
        answer: Json = await self._http.get("alerts", f"/v1/alerts/{alert_id}")
        return answer

    async def trail(self, alert_id: str) -> list[Json]:
        answer = await self._http.get("alerts", f"/v1/alerts/{alert_id}/trail")
        return rows_of(answer)

    async def notifications(self, alert_id: str) -> list[Json]:
        return rows_of(await self._http.get("alerts", f"/v1/alerts/{alert_id}/notifications"))

    async def channel_names(self) -> set[str]:
        return {row["name"] async for row in self._http.pages("alerts", "/v1/channels")}

    async def create_channel(self, channel: Channel) -> str | None:
        """The secret that signs its webhooks, shown this once; None for mail."""
        body = {
            "name": channel.name,
            "kind": channel.kind,
            "target": channel.address,
            "post": channel.post,
            "region_code": channel.region_code,
            "language": channel.language,
        }
        answer = await self._http.post("alerts", "/v1/channels", body)
        secret: str | None = answer.get("secret")
        return secret

    async def rotation_count(self, roster_code: str) -> int:
        """How many rotations a duty roster has. Raises ApiError: 404 when there is no such roster."""
        return len(rows_of(await self._http.get("alerts", f"/v1/duty-rosters/{roster_code}/rotations")))

    async def create_roster(self, code: str, body: Json) -> None:
        await self._http.post("alerts", "/v1/duty-rosters", {"code": code, **body})

    async def add_rotation(self, roster_code: str, body: Json) -> None:
        await self._http.post("alerts", f"/v1/duty-rosters/{roster_code}/rotations", body)

    async def policy(self, code: str) -> Json | None:
        return await self._definition(f"/v1/escalation-policies/{code}")

    async def put_policy(self, code: str, definition: Json) -> None:
        await self._http.put("alerts", f"/v1/escalation-policies/{code}", {"definition": definition})

    async def _definition(self, path: str) -> Json | None:
        try:
            answer = await self._http.get("alerts", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        definition: Json = answer["definition"]
        return definition


def _change_request(change: StageChange | Replan) -> tuple[str, Json]:
    """Path below the project and body of one step of its life."""
    if isinstance(change, Replan):
        body = {
            "milestone": change.milestone,
            "planned_on": change.planned_on.isoformat(),
            "reason": change.reason,
        }
        return "/replans", body
    facts: Mapping[str, object] = {
        name: value.isoformat() if isinstance(value, date) else value for name, value in change.facts.items()
    }
    on = change.on.isoformat()
    match change.stage:
        case "suspended":
            return "/suspensions", {"on": on, **facts}
        case "terminated":
            return "/termination", {"on": on, **facts}
        case _:
            return "/stage-changes", {"stage": change.stage, "on": on, **facts}


def _receipt(answer: Json, sent: int) -> str:
    """The receipt of a body that was taken whole. Raises DemoError: the demo sends nothing that may be refused."""
    if answer.get("rejected") or answer.get("quarantined"):
        first = (answer.get("rejections") or [{}])[0]
        raise DemoError(
            f"Of {sent} rows {answer['rejected']} were rejected, {answer['quarantined']} set aside: {first}"
        )
    return str(answer["receipt_id"])
