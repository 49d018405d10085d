"""The registry over REST, and what it publishes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

CREDIT_CODE = "91350100M000100Y43"
ENTERPRISE = {"name": "冶金辅料（演示）", "region_code": "421224101", "sector_code": "3140"}


async def a_unit(office: Office, code: str = "GJ", region_code: str = "421224") -> str:
    unit = await office.done("PUT", f"/v1/units/{code}", {"name": "office", "region_code": region_code})
    return str(unit["unit_id"])


def person_of(unit_id: str, **facts: object) -> dict[str, object]:
    return {"name": "陈（演示）", "unit_id": unit_id, "region_code": "421224", "post": "officer", **facts}


async def test_each_change_publishes_the_whole_state_with_a_rising_version(office: Office) -> None:
    created = await office.call("PUT", f"/v1/enterprises/{CREDIT_CODE}", ENTERPRISE)
    assert (created.status_code, created.headers["etag"]) == (201, '"1"')
    changed = await office.call("PUT", f"/v1/enterprises/{CREDIT_CODE}", ENTERPRISE | {"key_energy_user": True})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    subject = created.json()["enterprise_id"]
    await office.done("DELETE", f"/v1/enterprises/{CREDIT_CODE}")
    again = await office.call("PUT", f"/v1/enterprises/{CREDIT_CODE}", ENTERPRISE)
    assert (again.status_code, again.json()["enterprise_id"]) == (201, subject)

    events = await office.events("projects.enterprise.v1")
    assert [(event.subject, event.aggregate_version) for event in events] == [(subject, n) for n in (1, 2, 3, 4)]
    bodies = [None if event.payload is None else json.loads(event.payload) for event in events]
    assert bodies[2] is None
    assert bodies[1] == {
        "enterprise_id": subject,
        "credit_code": CREDIT_CODE,
        **ENTERPRISE,
        "key_energy_user": True,
    }
    assert {event.region_code for event in events} == {"421224101"}


async def test_nothing_is_published_when_nothing_changes(office: Office) -> None:
    for _ in range(2):
        await office.done("PUT", f"/v1/enterprises/{CREDIT_CODE}", ENTERPRISE)
    assert len(await office.events("projects.enterprise.v1")) == 1


async def test_simultaneous_puts_of_a_new_code_make_one_entry(office: Office) -> None:
    bodies = [ENTERPRISE | {"name": f"name {n}"} for n in range(5)]
    answers = await asyncio.gather(
        *(office.call("PUT", f"/v1/enterprises/{CREDIT_CODE}", body) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    versions = [event.aggregate_version for event in await office.events("projects.enterprise.v1")]
    assert versions == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91350100M000100Y4", "credit_code.length"),
        ("9135010OM000100Y43", "credit_code.character"),
        ("91350100M000100Y44", "credit_code.check"),
    ],
)
async def test_wrong_credit_code_is_refused_and_says_why(office: Office, code: str, fault: str) -> None:
    path = f"/v1/enterprises/{code}"
    problem = await office.refused("PUT", path, ENTERPRISE, status=422, code="registry.invalid_credit_code")
    assert [(error["code"], error["parameter"]) for error in problem["errors"]] == [(fault, "credit_code")]


async def test_patch_needs_the_etag_of_what_was_seen(office: Office) -> None:
    path = f"/v1/enterprises/{CREDIT_CODE}"
    await office.done("PUT", path, ENTERPRISE)
    change = {"key_energy_user": True}
    await office.refused("PATCH", path, change, status=428, code="precondition.required")
    stale = {"If-Match": '"7"'}
    await office.refused("PATCH", path, change, status=412, code="precondition.failed", headers=stale)
    changed = await office.call("PATCH", path, change, headers={"If-Match": '"1"'})
    assert (changed.json()["key_energy_user"], changed.json()["name"]) == (True, ENTERPRISE["name"])
    assert changed.headers["etag"] == '"2"'
    unchanged = await office.call("GET", path, headers={"If-None-Match": '"2"'})
    assert unchanged.status_code == 304
    await office.refused(
        "PATCH", path, {"name": None}, status=422, code="request.malformed", headers={"If-Match": '"2"'}
    )


async def test_post_creates_once(office: Office) -> None:
    unit = await office.done("POST", "/v1/units", {"code": "GJ", "name": "office", "region_code": "421224"})
    assert unit["id"] == unit["unit_id"]
    body = {"code": "GJ", "name": "other", "region_code": "421224"}
    problem = await office.refused("POST", "/v1/units", body, status=409, code="registry.entry_exists")
    assert problem["errors"][0]["pointer"] == "/code"
    person = await office.done("POST", "/v1/persons", person_of(unit["id"]))
    assert person["code"].startswith("P-")


async def test_unknown_and_malformed_references_are_named(office: Office) -> None:
    for region, status, code in (
        ("421299", 409, "registry.unknown_region"),
        ("4212", 422, "request.malformed"),
        ("420024", 422, "request.malformed"),
    ):
        body = {"name": "office", "region_code": region}
        problem = await office.refused("PUT", "/v1/units/GJ", body, status=status, code=code)
        assert problem["errors"][0]["pointer"] == "/region_code"
    await office.refused("PUT", "/v1/regions/4212", {"name": "x"}, status=422, code="request.malformed")
    ghost = "01926f4e-7f00-7000-8000-000000000001"
    await office.refused("PUT", "/v1/persons/p", person_of(ghost), status=409, code="registry.unknown_unit")


async def test_entry_that_others_refer_to_is_not_deleted(office: Office) -> None:
    unit_id = await a_unit(office)
    await office.done("PUT", "/v1/persons/chen", person_of(unit_id))
    for path in ("/v1/units/GJ", "/v1/regions/421224", "/v1/regions/421200"):
        await office.refused("DELETE", path, status=409, code="registry.entry_in_use")
    for path in ("/v1/persons/chen", "/v1/units/GJ"):
        await office.done("DELETE", path)
        assert (await office.call("GET", path)).status_code == 404
    (tombstone,) = [event for event in await office.events("projects.unit.v1") if event.payload is None]
    assert (tombstone.subject, tombstone.aggregate_version) == (unit_id, 2)


async def test_another_county_does_not_exist_for_its_neighbour(office: Office) -> None:
    await office.staff("jiayu", "supervisor", "421221")
    await office.staff("tongshan", "supervisor", "421224")
    unit_id = await a_unit(office)
    await office.done("PUT", "/v1/persons/chen", person_of(unit_id))
    await office.done("PUT", f"/v1/enterprises/{CREDIT_CODE}", ENTERPRISE)
    paths = ("/v1/units/GJ", "/v1/persons/chen", f"/v1/enterprises/{CREDIT_CODE}", "/v1/regions/421224")
    for path in paths:
        assert (await office.call("GET", path, by="tongshan")).status_code == 200
        await office.refused("GET", path, status=404, code="not_found", by="jiayu")
    mine = {"name": "mine now", "region_code": "421221"}
    await office.refused("PUT", "/v1/units/GJ", mine, status=404, code="not_found", by="jiayu")
    for path in ("/v1/units", "/v1/persons", "/v1/enterprises"):
        assert (await office.done("GET", path, by="jiayu"))["items"] == []
        assert len((await office.done("GET", path, by="tongshan"))["items"]) == 1


async def test_enterprise_sees_itself_only(office: Office) -> None:
    own = await office.done("PUT", f"/v1/enterprises/{CREDIT_CODE}", ENTERPRISE)
    await office.done("PUT", "/v1/enterprises/914403001922038216", ENTERPRISE)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    seen = await office.done("GET", "/v1/enterprises", by="plant")
    assert [row["credit_code"] for row in seen["items"]] == [CREDIT_CODE]
    await office.refused("GET", "/v1/enterprises/914403001922038216", status=404, code="not_found", by="plant")
    await office.refused("GET", "/v1/persons", status=403, code="forbidden", by="plant")


async def test_only_keepers_write_and_only_offices_see_numbers(office: Office) -> None:
    await office.staff("watcher", "viewer", "421224")
    unit_id = await a_unit(office)
    await office.done("PUT", "/v1/persons/chen", person_of(unit_id, phone="13800001234"))
    assert (await office.done("GET", "/v1/persons/chen"))["phone"] == "13800001234"
    assert (await office.done("GET", "/v1/persons/chen", by="watcher"))["phone"] == "*******1234"
    await office.refused("PUT", "/v1/persons/chen", person_of(unit_id), status=403, code="forbidden", by="watcher")


async def test_lists_are_filtered_and_paged(office: Office) -> None:
    for number in range(5):
        region = "421224101" if number % 2 else "421221"
        await a_unit(office, f"U{number}", region)
    first = await office.call("GET", "/v1/units", params={"limit": 2})
    assert 'rel="next"' in first.headers["link"]
    codes = [row["code"] for row in first.json()["items"]]
    cursor = first.json()["next_cursor"]
    while cursor:
        page = await office.done("GET", "/v1/units", params={"limit": 2, "cursor": cursor})
        codes += [row["code"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert codes == [f"U{number}" for number in range(5)]
    within = await office.done("GET", "/v1/units", params={"filter[region_code][within]": "421224"})
    assert [row["code"] for row in within["items"]] == ["U1", "U3"]


async def test_calendar_day_is_put_and_taken_back(office: Office) -> None:
    path = "/v1/calendar-days/2026-10-10"
    await office.done("PUT", path, {"working": True, "note": "调休"})
    assert [day["on"] for day in (await office.done("GET", "/v1/calendar-days"))["items"]] == ["2026-10-10"]
    await office.done("DELETE", path)
    assert (await office.done("GET", "/v1/calendar-days"))["items"] == []
    events = await office.events("projects.calendar.v1")
    assert [(event.subject, event.payload is None) for event in events] == [
        ("2026-10-10", False),
        ("2026-10-10", True),
    ]
