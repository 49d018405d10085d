"""Questions about curves over HTTP: their answers equal numpy over what was sent, gaps stay gaps."""

import io
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from services.energy.rollups.jobs import settle_touched
from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site, usual_curve
from tests.support.energy_context import run_job

FIRST = date(2026, 8, 1)
DAYS = 31
Sent = dict[str, np.ndarray[Any, Any]]
METERS = ("A1", "A2", "B1")


def _sent() -> Sent:
    """Values of three meters, (days, slots): A2 has a gap of an hour each day, B1 knows ten days only."""
    values = {}
    for number, meter in enumerate(METERS):
        days = [usual_curve(meter, FIRST + timedelta(days=day), 100.0 * (number + 1)) for day in range(DAYS)]
        values[meter] = np.array([day["values"] for day in days], np.float32)
    values["A2"][:, 8:12] = np.nan
    values["B1"][10:] = np.nan
    return values


async def fill(site: Site) -> Sent:
    await site.register("A1", "A2")
    await site.register("B1", region_code=NEIGHBOUR)
    sent = _sent()
    curves = [
        {
            "meter_no": meter,
            "date": str(FIRST + timedelta(days=day)),
            "values": [None if np.isnan(value) else float(value) for value in values[day]],
        }
        for meter, values in sent.items()
        for day in range(DAYS)
        if not np.isnan(values[day]).all()
    ]
    async with site.worker():
        answer = await site.post("/v1/curves", {"unit": "kW", "curves": curves}, caller="admin")
        assert answer.json()["rejected"] == 0, answer.text
        await site.merged(answer.json(), caller="admin")
    await run_job(site, settle_touched())
    return sent


SPAN = {"from": str(FIRST), "to": str(FIRST + timedelta(days=DAYS - 1))}


async def rollups_equal_numpy_over_the_values_sent(site: Site, sent: Sent) -> None:
    for interval, periods in (("hour", DAYS * 24), ("day", DAYS), ("month", 1)):
        page = await site.get("/v1/rollups", "admin", interval=interval, **SPAN)
        assert len(page["periods"]) == periods
        assert [line["meter_no"] for line in page["items"]] == list(METERS)
        for line in page["items"]:
            values = sent[line["meter_no"]].astype(np.float64).reshape(periods, -1)
            present = np.count_nonzero(~np.isnan(values), axis=1)
            assert line["present"] == present.tolist()
            assert line["expected"] == [values.shape[1]] * periods
            energy = np.array([np.nan if one is None else one for one in line["energy_kwh"]])
            np.testing.assert_array_equal(np.isnan(energy), present == 0)
            np.testing.assert_allclose(np.nan_to_num(energy), np.nansum(values, axis=1) / 4, rtol=1e-9)
            peaks = [None if not some else np.nanmax(row) for some, row in zip(present, values, strict=True)]
            assert line["peak_kw"] == [None if one is None else pytest.approx(one) for one in peaks]
            assert line["total"]["present"] == present.sum()
            assert line["total"]["energy_kwh"] == pytest.approx(np.nansum(values) / 4)
    # Parts of months are summed over the days asked for.
    part = await site.get("/v1/rollups", "admin", interval="month", **{"from": "2026-08-03", "to": "2026-08-12"})
    assert part["periods"] == ["2026-08"]
    assert part["items"][2]["energy_kwh"][0] == pytest.approx(np.nansum(sent["B1"][2:12].astype(float)) / 4)


async def groups_add_up_and_show_what_is_missing(site: Site, sent: Sent) -> None:
    for interval in ("hour", "day", "month"):
        page = await site.get("/v1/rollups", "admin", interval=interval, group="region", **SPAN)
        lines = {line["region_code"]: line for line in page["items"]}
        assert set(lines) == {COUNTY, NEIGHBOUR}
        both = np.nansum(sent["A1"].astype(float)) + np.nansum(sent["A2"].astype(float))
        assert lines[COUNTY]["total"]["energy_kwh"] == pytest.approx(both / 4)
        assert lines[COUNTY]["total"]["peak_kw"] is None
        assert lines[NEIGHBOUR]["total"]["present"] == 960
        assert lines[NEIGHBOUR]["total"]["completeness"] == round(960 / (DAYS * 96), 6)
    city = await site.get("/v1/rollups", "admin", group="region", region_level="city", **SPAN)
    (line,) = city["items"]
    assert (line["region_code"], line["meters"]) == ("421200", 3)
    late = await site.get("/v1/rollups", "admin", group="enterprise", **SPAN)
    assert [line["enterprise_id"] for line in late["items"]] == [None]
    # Nobody's total holds what they may not see.
    own = await site.get("/v1/rollups", "officer", group="total", **SPAN)
    assert own["items"][0]["meters"] == 2


async def curves_come_page_by_page_in_every_format(site: Site, sent: Sent) -> None:
    async with site.client("admin") as client:
        first = await client.get("/v1/curves", params=SPAN | {"limit": 2})
        page = first.json()
        assert [item["meter_no"] for item in page["items"]] == ["A1", "A2"]
        assert 'rel="next"' in first.headers["link"]
        rest = await client.get("/v1/curves", params=SPAN | {"limit": 2, "cursor": page["next_cursor"]})
        assert [item["meter_no"] for item in rest.json()["items"]] == ["B1"]
        values = np.array(
            [[np.nan if v is None else v for v in day["values"]] for day in page["items"][1]["items"]], np.float32
        )
        np.testing.assert_array_equal(values, sent["A2"])
        arrow = await client.get(
            "/v1/curves", params=SPAN, headers={"Accept": "application/vnd.apache.arrow.stream"}
        )
        table = pl.read_ipc_stream(io.BytesIO(arrow.content))
        assert len(table) == (31 + 31 + 10) * 96
        assert table["value_kw"].null_count() == 31 * 4
        assert str(table["at"][0]) == "2026-07-31 16:00:00+00:00"
        csv = await client.get("/v1/meters/A2/curves", params=SPAN | {"format": "csv"})
        assert csv.content.startswith(b"\xef\xbb\xbfmeter_no,at,value_kw,quality")
        assert csv.text.count(",missing") == 31 * 4
        rollup = await client.get("/v1/rollups", params=SPAN | {"format": "csv", "interval": "month"})
        assert len(rollup.text.strip().splitlines()) == 4
        # What leaves as a table leaves a record, with its rows.
        asked = {"filter[action][eq]": "export", "sort": "at"}
        kept = (await client.get("/v1/audit-records", params=asked)).json()["items"]
        told = [(row["object_type"], row["detail"]["format"], row["detail"]["rows"]) for row in kept]
        assert told == [("curves", "arrow", 72 * 96), ("curves", "csv", 31 * 96), ("rollups", "csv", 3)]
        assert (await client.get("/v1/curves", params=SPAN, headers={"Accept": "image/png"})).status_code == 406
        too_much = await client.get("/v1/curves", params={"from": "2026-01-01", "to": "2026-12-31", "limit": 100})
        assert too_much.json()["code"] == "curves.answer_too_large"


async def days_are_compared_over_the_slots_both_have(site: Site, sent: Sent) -> None:
    span = {"from": "2026-08-09", "to": "2026-08-12"}
    answer = await site.get("/v1/meters/B1/comparison", "admin", against="previous_week", **span)
    assert [item["reference_date"] for item in answer["items"]] == [f"2026-08-{day:02d}" for day in range(2, 6)]
    assert [item["compared"] for item in answer["items"]] == [96, 96, 0, 0]
    now, then = sent["B1"][8:10].astype(float).sum() / 4, sent["B1"][1:3].astype(float).sum() / 4
    assert (answer["energy_kwh"], answer["reference_energy_kwh"]) == (pytest.approx(now), pytest.approx(then))
    assert answer["change"] == pytest.approx((now - then) / then, abs=1e-6)
    assert answer["items"][3]["change"] is None
    year = await site.get("/v1/meters/A1/comparison", "admin", against="previous_year", **span)
    assert (year["items"][0]["reference_date"], year["change"]) == ("2025-08-09", None)
    beside = await site.get("/v1/meters/A1/comparison", "admin", against="2026-08-01", **span)
    assert [item["reference_date"] for item in beside["items"]][-1] == "2026-08-04"


async def first_meters_are_those_with_enough_data(site: Site) -> None:
    top = await site.get("/v1/curves/ranking", "admin", by="energy", top=2, **SPAN)
    assert [item["meter_no"] for item in top["items"]] == ["A2", "A1"]
    assert (top["meters"], top["left_out"]) == (3, 1)
    peaks = await site.get("/v1/curves/ranking", "admin", by="peak", least_completeness=0.2, **SPAN)
    assert [item["meter_no"] for item in peaks["items"]] == ["B1", "A2", "A1"]
    reference = {"reference_from": "2026-08-01", "reference_to": "2026-08-05"}
    change = await site.get(
        "/v1/curves/ranking", "admin", by="change", **{"from": "2026-08-06", "to": "2026-08-10"}, **reference
    )
    assert len(change["items"]) == 3
    assert all(abs(item["change"]) < 0.05 for item in change["items"])
    async with site.client("admin") as client:
        refused = await client.get("/v1/curves/ranking", params=SPAN | {"by": "change"})
    assert refused.json()["code"] == "curves.reference_missing"


async def completeness_is_told_by_meter_region_and_day(site: Site) -> None:
    meters = await site.get("/v1/completeness", "admin", **SPAN)
    assert [item["present"] for item in meters["items"]] == [31 * 96, 31 * 92, 960]
    assert meters["expected"] == 3 * 31 * 96
    regions = await site.get("/v1/completeness", "admin", group="region", **SPAN)
    assert {item["region_code"]: item["present"] for item in regions["items"]} == {
        NEIGHBOUR: 960,
        COUNTY: 31 * (96 + 92),
    }
    days = await site.get("/v1/completeness", "admin", group="day", **SPAN)
    assert [item["present"] for item in days["items"]] == [96 * 2 + 92] * 10 + [96 + 92] * 21
    assert days["items"][0]["date"] == "2026-08-01"
    nothing = await site.get("/v1/completeness", "admin", **{"from": str(TODAY), "to": str(TODAY)})
    assert (nothing["items"][0]["energy_kwh"], nothing["energy_kwh"], nothing["completeness"]) == (None, None, 0.0)


async def test_totals_are_those_of_the_values_sent(site: Site) -> None:
    sent = await fill(site)
    await rollups_equal_numpy_over_the_values_sent(site, sent)
    await groups_add_up_and_show_what_is_missing(site, sent)
    await completeness_is_told_by_meter_region_and_day(site)


async def test_curves_are_read_compared_and_ranked(site: Site) -> None:
    sent = await fill(site)
    await curves_come_page_by_page_in_every_format(site, sent)
    await days_are_compared_over_the_slots_both_have(site, sent)
    await first_meters_are_those_with_enough_data(site)
