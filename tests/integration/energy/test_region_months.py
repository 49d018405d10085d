"""Electricity of regions by month: told when it changes, taken over from cells, added up for who may see it."""

from datetime import date, timedelta
from typing import Any

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.energy import REGION_MONTH, EnergyRegionMonthRecordedV1
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.region_months.handlers import on_region_month
from services.energy.region_months.service import follow_touched
from services.energy.rollups.jobs import settle_touched
from tests.support.energy import COUNTY, NEIGHBOUR, NOW, TODAY, Site
from tests.support.energy_context import run_job

MILL = "0199512a-7c00-7a11-8000-00000000e001"
DAY = TODAY - timedelta(days=1)
MONTH = date(DAY.year, DAY.month, 1)
AUGUST = date(2026, 8, 3)


def flat(meter_no: str, day: date, kilowatts: float) -> dict[str, Any]:
    return {"meter_no": meter_no, "date": day.isoformat(), "values": [kilowatts] * 96}


async def send(site: Site, *curves: dict[str, Any]) -> None:
    await site.merged(await site.post_curves(curves))
    await run_job(site, settle_touched(follow_touched))


async def told(site: Site) -> list[tuple[str, int, float | None]]:
    """Subject, version and energy of what was published, in order."""
    rows = await site.rows(
        "SELECT subject, aggregate_version, payload FROM outbox WHERE topic = :topic ORDER BY sequence",
        topic=REGION_MONTH.name,
    )
    bodies = [EnergyRegionMonthRecordedV1.model_validate_json(bytes(row.payload)) for row in rows]
    return [(row.subject, row.aggregate_version, body.energy_kwh) for row, body in zip(rows, bodies, strict=True)]


async def test_month_of_a_region_is_told_when_it_changes_and_counts_enterprises_alone(site: Site) -> None:
    await site.register("A", "B", enterprise_id=MILL)
    await site.register("FEEDER")
    async with site.worker():
        await send(site, flat("A", DAY, 100), flat("B", DAY, 50), flat("FEEDER", DAY, 9000))
        assert await told(site) == [(f"{COUNTY}.2026-09", 1, 24 * 150.0)]
        # The same again changes nothing; a correction tells anew; another month is another.
        await send(site, flat("FEEDER", DAY, 8000))
        assert len(await told(site)) == 1
        await send(site, flat("A", DAY, 110), flat("B", AUGUST, 10))
        assert (await told(site))[1:] == [(f"{COUNTY}.2026-08", 1, 240.0), (f"{COUNTY}.2026-09", 2, 24 * 160.0)]
    found = await site.get("/v1/region-months", month="2026-09", region_code=COUNTY)
    assert (found["energy_kwh"], found["meters"], found["present"], found["estimated"]) == (3840.0, 2, 192, 0)
    assert [(item["region_code"], item["cell"]) for item in found["items"]] == [(COUNTY, None)]


def event(source: str, region: str, energy: float | None, version: int) -> Event[EnergyRegionMonthRecordedV1]:
    payload = EnergyRegionMonthRecordedV1(
        region_code=region, month=MONTH, meters=3, present=96, estimated=1, energy_kwh=energy
    )
    return Event(new_id(), payload.event_type, source, f"{region}.2026-09", NOW, version, region, payload)


async def take(site: Site, *events: Event[EnergyRegionMonthRecordedV1]) -> None:
    for one in events:
        async with site.database.transaction() as session:
            await on_region_month(Context(session, NOW, new_id, SYSTEM), one)


async def test_province_adds_up_its_own_and_its_cells(site: Site) -> None:
    await site.add_key("city", "leader", "421200")
    await site.register("A", enterprise_id=MILL)
    async with site.worker():
        await send(site, flat("A", DAY, 100))
    await take(
        site,
        event("//east/energy", NEIGHBOUR, 500.0, 1),
        event("//east/energy", NEIGHBOUR, 700.0, 3),
        # What comes late changes nothing; ours that comes by is counted already; two cells may share a county.
        event("//east/energy", NEIGHBOUR, 600.0, 2),
        event("/energy", COUNTY, 99_999.0, 9),
        event("//west/energy", COUNTY, 50.0, 1),
        event("//west/energy", "421200", None, 1),
    )
    whole = await site.get("/v1/region-months", "city", month="2026-09")
    assert whole["energy_kwh"] == 2400.0 + 700.0 + 50.0
    assert [(item["region_code"], item["cell"], item["energy_kwh"]) for item in whole["items"]] == [
        ("421200", "west", None),
        (NEIGHBOUR, "east", 700.0),
        (COUNTY, None, 2400.0),
        (COUNTY, "west", 50.0),
    ]
    # A county sees its own, whatever it asks for; nothing known is null and not zero.
    own = await site.get("/v1/region-months", month="2026-09")
    assert {item["region_code"] for item in own["items"]} == {COUNTY}
    other = await site.get("/v1/region-months", month="2026-09", region_code=NEIGHBOUR)
    assert (other["energy_kwh"], other["items"]) == (None, [])


async def test_question_is_refused_when_it_names_no_region_or_month(site: Site) -> None:
    async with site.client() as client:
        for asked, field in (({"month": "2026-13"}, "month"), ({}, "month")):
            answer = await client.get("/v1/region-months", params=asked)
            assert answer.status_code == 422
            assert field in answer.text
        answer = await client.get("/v1/region-months", params={"month": "2026-09", "region_code": "420012"})
        assert answer.status_code == 422
        assert "region_code" in answer.text
