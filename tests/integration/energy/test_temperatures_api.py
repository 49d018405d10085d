"""Temperatures: told by day and by list, with when they were known, and what a forecast makes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.energy.forecast.temperatures import load_weather
from services.energy.metering.domain.slots import day_number
from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site

DAY = "2026-09-16"


def told(**facts: Any) -> dict[str, Any]:
    body = {"region_code": COUNTY, "kind": "forecast", "day": DAY, "celsius": [20.0] * 24, "source": "met"}
    return body | facts


async def test_later_telling_replaces_its_slots_and_what_was_known_stays(site: Site) -> None:
    async with site.client() as client:
        first = await client.post("/v1/temperatures", json=told(issued_at="2026-09-15T00:00:00Z"))
        assert first.status_code == 201, first.text
        assert (
            await client.post("/v1/temperatures", json=told(issued_at="2026-09-15T00:10:00Z"))
        ).status_code == 200
        site.clock.set(datetime(2026, 9, 15, 1, 0, tzinfo=UTC))
        noon = [None] * 12 + [33.0] * 4 + [None] * 8
        second = await client.post("/v1/temperatures", json=told(celsius=noon))
        assert second.status_code == 201
        assert second.json()["celsius"][11:17] == [20.0, 33.0, 33.0, 33.0, 33.0, 20.0]
        # An older forecast that comes late changes nothing.
        late = await client.post(
            "/v1/temperatures", json=told(celsius=[5.0] * 24, issued_at="2026-09-14T00:00:00Z")
        )
        assert (late.status_code, late.json()["id"]) == (200, second.json()["id"])
        now = (await client.get("/v1/temperatures")).json()["items"]
        then = (await client.get("/v1/temperatures", params={"as_of": "2026-09-15T00:45:00Z"})).json()["items"]
        assert [item["id"] for item in now] == [second.json()["id"]]
        assert [item["id"] for item in then] == [first.json()["id"]]
        kept = (await client.get(f"/v1/temperatures/{first.json()['id']}")).json()
        assert kept["replaced_at"] == "2026-09-15T01:00:00Z"


async def test_bad_temperatures_are_refused(site: Site) -> None:
    async with site.client() as client:

        async def code_of(**facts: Any) -> tuple[int, str]:
            answer = await client.post("/v1/temperatures", json=told(**facts))
            return answer.status_code, answer.json().get("code", "")

        assert await code_of(celsius=[20.0] * 25) == (422, "temperature.slots_unfit")
        assert await code_of(celsius=[99.0] * 24) == (422, "temperature.out_of_range")
        assert await code_of(kind="measured") == (409, "temperature.not_measured_yet")
        assert await code_of(region_code="Nowhere") == (409, "temperature.region_unknown")
        assert await code_of(region_code=NEIGHBOUR) == (404, "not_found")
        assert await code_of(kind="guess") == (422, "request.malformed")
        absent = "01994c3e-1000-7a11-8000-0000000000aa"
        assert (await client.get(f"/v1/temperatures/{absent}")).status_code == 404
    await site.add_key("works", "enterprise", COUNTY)
    async with site.client("works") as client:
        assert (await client.post("/v1/temperatures", json=told())).status_code == 403


async def test_list_is_taken_row_by_row_and_again_without_effect(site: Site) -> None:
    hours = ",".join(f"{hour}:00" for hour in range(24))
    body = f"""气温实况
行政区划代码,日期,{hours}
{COUNTY},2026-09-13,{",".join(["18"] * 24)}
{COUNTY},2026-09-14,{",".join(["19"] * 23 + ["-"])}
{NEIGHBOUR},2026-09-14,{",".join(["19"] * 24)}
{COUNTY},2026-09-16,{",".join(["19"] * 24)}
"""
    async with site.client("feed") as client:

        async def take() -> dict[str, Any]:
            answer = await client.post(
                "/v1/temperatures/imports",
                content=body.encode("gb18030"),
                params={"source": "met"},
                headers={"Content-Type": "text/csv"},
            )
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

        report = await take()
        assert {name: report[name] for name in ("rows", "created", "unchanged", "rejected")} == {
            "rows": 4,
            "created": 2,
            "unchanged": 0,
            "rejected": 2,
        }
        assert [(item["line"], item["code"]) for item in report["rejections"]] == [
            (5, "not_found"),
            (6, "temperature.not_measured_yet"),
        ]
        assert (await take())["unchanged"] == 2
        unreadable = await client.post("/v1/temperatures/imports", content=b"a,b\n1,2\n", params={"source": "met"})
        assert (unreadable.status_code, unreadable.json()["code"]) == (422, "utility.list_unreadable")


async def test_forecast_is_made_with_what_was_foreseen_before_the_day_began(site: Site) -> None:
    async with site.client("admin") as client:
        for issued, value in (("2026-09-14T10:00:00Z", 21.0), ("2026-09-15T01:00:00Z", 25.0)):
            body = told(day=TODAY.isoformat(), celsius=[value] * 24, issued_at=issued)
            assert (await client.post("/v1/temperatures", json=body)).status_code == 201
        measured = told(kind="measured", day=TODAY.isoformat(), celsius=[19.0] * 8 + [None] * 16)
        assert (await client.post("/v1/temperatures", json=measured)).status_code == 201
        # The city's weather serves where the county has none.
        city = told(region_code="421200", celsius=[30.0] * 96)
        assert (await client.post("/v1/temperatures", json=city)).status_code == 201
    first = day_number(date(2026, 9, 14))
    async with site.database.session() as session:
        weather = (await load_weather(session, [COUNTY], first, first + 2))[COUNTY]
    # Of today what was told yesterday; the morning's forecast came after the day had begun.
    assert weather.foreseen[:, 0].tolist()[1:] == [21.0, 30.0]
    assert weather.measured[1, 31] == 19.0
    assert weather.measured[1, 32] != weather.measured[1, 32]
