"""The life of a check that a regime asks for: every type of event of theirs once. It ends sixteen days later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def live_in_a_rhythm(office: Office, project_code: str, person_id: str) -> None:
    """The month's report of a project: owed by another, put off by the calendar, handed in, returned, excused."""
    level = {"code": "month", "name": "month", "period": "month", "due_days": 3, "requires": []}
    regime = {"code": "own", "name": "rhythm", "region_code": "421224", "levels": [level]}
    await office.done("PUT", "/v1/cadence-regimes", regime)
    office.clock.advance(timedelta(days=16))
    await office.done("POST", "/v1/check-scans")
    params = {"filter[project_code][eq]": project_code}
    (check,) = (await office.done("GET", "/v1/checks", params=params))["items"]
    path = f"/v1/checks/{check['id']}"
    await office.done("PATCH", path, {"owner_person_id": person_id}, headers={"If-Match": "*"})
    await office.done("PUT", "/v1/calendar-days/2026-10-10", {"working": False, "note": "flood"})
    await office.done("POST", "/v1/check-scans")
    await office.done("POST", f"{path}/submissions", {"narrative": "four towers stand"})
    await office.done("POST", f"{path}/return", {"reason": "which ones"})
    await office.done("POST", f"{path}/excuse", {"reason": "flood"})
