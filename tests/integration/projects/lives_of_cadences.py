"""A week of reports: owed, put off, handed in, given back, excused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def live_in_a_cadence(office: Office, project: str, unit_id: str) -> None:
    """Every event of a check, in the week after; the clock stays there."""
    level = {"code": "week", "name": "周监测", "period": "week", "due_days": 1}
    regime = {"code": "town", "name": "weekly", "region_code": "421224", "levels": [level]}
    await office.done("PUT", "/v1/cadence-regimes", regime)
    office.clock.advance(timedelta(days=6))
    await office.done("POST", "/v1/check-scans")
    await office.done("PUT", "/v1/calendar-days/2026-09-21", {"working": False})
    await office.done("POST", "/v1/check-scans")
    params = {"filter[project_id][eq]": project.rsplit("/", 1)[1]}
    (owed,) = (await office.done("GET", "/v1/checks", params=params))["items"]
    address = f"/v1/checks/{owed['id']}"
    await office.done("PATCH", address, {"owner_unit_id": unit_id}, headers={"If-Match": "*"})
    await office.done("POST", f"{address}/submissions", {"progress": {"percent": 60}})
    await office.done("POST", f"{address}/return", {"reason": "figures differ"})
    await office.done("POST", f"{address}/excuse", {"reason": "flood"})
