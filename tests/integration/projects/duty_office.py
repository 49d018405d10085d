"""People and units of a county for the tests of leadership, problems, meetings and instructions."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from libs.common.scheduler.runner import SchedulerRunner
from services.projects.schedule import JOBS

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

COUNTY, TOWN = "421224", "421224101"


async def unit(office: Office, code: str, name: str = "", region_code: str = COUNTY) -> str:
    """A unit's id."""
    body = {"name": name or f"unit {code}", "region_code": region_code}
    return str((await office.done("PUT", f"/v1/units/{code}", body))["unit_id"])


async def person(
    office: Office, code: str, post: str = "officer", *, name: str = "", unit_code: str = "GJ"
) -> str:
    """A person's id, in a unit of the county's."""
    unit_id = await unit(office, unit_code)
    body = {"name": name or f"person {code}", "unit_id": unit_id, "region_code": COUNTY, "post": post}
    return str((await office.done("PUT", f"/v1/persons/{code}", body))["person_id"])


async def told(office: Office, kind: str) -> Counter[str]:
    """How often a kind of condition was opened and cleared, by its events."""
    found: Counter[str] = Counter()
    for event in await office.events("projects.condition.v1"):
        body = json.loads(event.payload or b"")
        if body["kind"] == kind:
            found[event.type.split(".")[2]] += 1
    return found


async def conditions(office: Office, kind: str, *, open_only: bool = True) -> list[dict[str, Any]]:
    params = {"filter[kind][eq]": kind, "sort": "opened_at"}
    if open_only:
        params["filter[open][eq]"] = "true"
    return list((await office.done("GET", "/v1/conditions", params=params))["items"])


async def types_of(office: Office, topic: str, subject: str) -> list[str]:
    """The past tenses told of an aggregate, whose versions must rise by one."""
    events = await office.events(topic, subject)
    assert [event.aggregate_version for event in events] == list(range(1, len(events) + 1))
    return [event.type.split(".")[2] for event in events]


async def check(office: Office, name: str, *, days: int = 1) -> None:
    """The daily scan of a name, so many days on."""
    runner = SchedulerRunner(office.database, office.clock, [job for job in JOBS if job.name == name])
    await runner.run_due()
    office.clock.advance(timedelta(days=days))
    await runner.run_due()
