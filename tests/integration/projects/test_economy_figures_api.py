"""Figures of the economy against the raw rows: growth, shares, parks, sizes, bases, forecasts and dips (S13)."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from libs.common import regions
from services.projects.economy.domain import months
from services.projects.economy.errors import UnknownIndicator
from services.projects.economy.service.figures import figure_rows, growth_figure, month_figure
from tests.integration.projects.duty_office import check, conditions, told
from tests.integration.projects.economy_office import (
    COUNTY,
    OTHER_COUNTY,
    OTHER_TOWN,
    TOWN,
    credit_code,
    enterprise,
    figures,
    full,
    move_to,
    open_office,
    reported,
    send,
    table,
)

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

YEAR = [f"2025-{number:02}" for number in range(1, 13)]


def by_key(found: dict[str, Any]) -> dict[str | None, Any]:
    return {one["key"]: one for one in found["groups"]}


async def test_every_sum_is_that_of_the_raw_rows(office: Office) -> None:
    await open_office(office)
    await office.staff("jiayu", "officer", OTHER_COUNTY)
    rng, places = random.Random(13), {}
    for number in range(1, 13):
        region = rng.choice([TOWN, TOWN, OTHER_TOWN, OTHER_COUNTY])
        sector = rng.choice(["3140", "C2651", "1310", "26"])
        places[number] = (region, sector)
        await enterprise(office, number, region, sector)
    await move_to(office, "2026-09-08")
    raw: dict[str, dict[int, int | None]] = {}
    for month in ("2025-07", "2025-08", "2026-07", "2026-08"):
        raw[month] = {
            number: None if rng.random() < 0.2 else rng.randrange(-1000, 500_000_000) for number in places
        }
        said = {
            number: full(0, profit=value) | {"profit": (value, None)}
            for number, value in raw[month].items()
            if value is not None
        }
        county = {number: lines for number, lines in said.items() if places[number][0] != OTHER_COUNTY}
        await reported(office, month, county)
        rest = {number: lines for number, lines in said.items() if number not in county}
        await office.staff(f"chen-{month}", "officer", OTHER_COUNTY)
        if rest:
            await _elsewhere(office, month, rest, f"chen-{month}")

    def summed(month: str, keep: Any) -> tuple[Decimal | None, int, int]:
        values = [raw[month][number] for number in places if keep(*places[number])]
        known = [value for value in values if value is not None]
        return (Decimal(sum(known)) if known else None, len(known), len(values))

    def is_told(figure: dict[str, Any], expected: tuple[Decimal | None, int, int]) -> bool:
        value = None if figure["value"] is None else Decimal(figure["value"])
        return (value, figure["complete"], figure["expected"]) == expected

    cases: dict[tuple[str, str], dict[str, Any]] = {
        ("region", "township"): {code: (lambda r, _s, code=code: r == code) for code in (TOWN, OTHER_TOWN)},
        ("region", "county"): {
            code: (lambda r, _s, code=code: regions.contains(code, r)) for code in (COUNTY, OTHER_COUNTY)
        },
        ("sector", "county"): {
            division: (lambda _r, s, d=division: s.lstrip("C")[:2] == d) for division in ("31", "26", "13")
        },
    }
    for (grouping, level), groups in cases.items():
        found = await figures(office, "profit", "2026-08", group_by=grouping, region_level=level)
        assert is_told(found["total"]["figure"], summed("2026-08", lambda _r, _s: True))
        told_groups = by_key(found)
        for key, keep in groups.items():
            now, base, before = (summed(month, keep) for month in ("2026-08", "2025-08", "2026-07"))
            if not now[2]:
                continue
            answer = told_groups[key]
            assert is_told(answer["figure"], now), (grouping, key)
            assert is_told(answer["yoy"]["base"], base)
            assert is_told(answer["mom"]["base"], before)
            rate = answer["yoy"]["rate"]
            if now[0] is not None and base[0] is not None and base[0] > 0:
                assert abs(Decimal(rate) - (now[0] - base[0]) / base[0] * 100) < Decimal("1e-15")
            else:
                assert rate is None
                assert answer["yoy"]["reason"] in {"current_missing", "base_missing", "base_not_positive"}
    # Whoever reaches one county sees that county's part only, and each figure opens to its rows.
    part = await figures(office, "profit", "2026-08", by="jiayu")
    assert is_told(part["total"]["figure"], summed("2026-08", lambda r, _s: r == OTHER_COUNTY))
    asked = {"indicator": "profit", "month": "2026-08", "group_by": "region", "group": COUNTY, "limit": "5"}
    page = await office.done("GET", "/v1/economy-figures/rows", params=asked)
    rows = page["items"]
    while page["next_cursor"]:
        page = await office.done("GET", "/v1/economy-figures/rows", params=asked | {"cursor": page["next_cursor"]})
        rows += page["items"]
    in_county = {credit_code(number) for number, (region, _) in places.items() if region != OTHER_COUNTY}
    assert {row["credit_code"] for row in rows} == in_county
    assert sum(Decimal(row["value"] or 0) for row in rows) == summed("2026-08", lambda r, _s: r != OTHER_COUNTY)[0]
    assert {row["reason"] for row in rows if row["value"] is None} <= {"not_reported"}
    async with office.database.session() as session:
        figure = await month_figure(session, "profit", months.first_of(office.clock.now().date()).replace(month=8))
        assert (figure.value, figure.complete, figure.expected) == summed("2026-08", lambda _r, _s: True)
        listed = await figure_rows(session, "profit", months.plus(months.first_of(office.clock.now().date()), -1))
        assert sum((row.counted or Decimal(0) for row in listed), Decimal(0)) == figure.value


async def _elsewhere(office: Office, month: str, rows: dict[int, Any], officer: str) -> None:
    """Reports of the other county, entered by its officer and accepted by the administrator."""
    answer = await send(office, month, table(rows), by=officer)
    assert answer.is_success, answer.text
    params = {"filter[month][eq]": f"{month}-01", "filter[status][eq]": "submitted"}
    waiting = (await office.done("GET", "/v1/economy-reports", by=officer, params=params))["items"]
    await office.done("POST", "/v1/economy-report-acceptances", {"report_ids": [one["id"] for one in waiting]})


async def test_shares_parks_restated_bases_and_published_figures_stand_beside_each_other(office: Office) -> None:
    await open_office(office)
    first, _ = await enterprise(office, 1), await enterprise(office, 2, OTHER_TOWN)
    await move_to(office, "2026-09-08")
    for month, values in (("2025-08", (100, 50)), ("2026-08", (127, 60))):
        said = {number: full(value, value_added=value) for number, value in enumerate(values, start=1)}
        await reported(office, month, said)
    # Two towns share what the first plant makes; the county counts it once, to the last part.
    attribution = {
        "enterprise_id": first,
        "measure": "output",
        "valid_from": "2026-01-01",
        "reason": "共建共享",
        "shares": [
            {"region_code": TOWN, "basis_points": 6667},
            {"region_code": OTHER_TOWN, "basis_points": 3333},
        ],
    }
    await office.done("PUT", "/v1/attributions", attribution)
    asked = {"group_by": "region", "region_level": "township", "region_code": COUNTY, "shared": "true"}
    shared = await figures(office, "output_value", "2026-08", **asked)
    assert {key: one["figure"]["value"] for key, one in by_key(shared).items()} == {
        TOWN: "84.6709",
        OTHER_TOWN: "102.3291",
    }
    assert (shared["total"]["figure"]["value"], shared["total"]["figure"]["expected"]) == ("187", 2)
    standing = await figures(office, "output_value", "2026-08", **(asked | {"shared": "false"}))
    assert {key: one["figure"]["value"] for key, one in by_key(standing).items()} == {
        TOWN: "127",
        OTHER_TOWN: "60",
    }
    contributions = [Decimal(one["contribution"]["value"]) for one in standing["groups"]]
    assert [round(points, 4) for points in contributions] == [Decimal("18.0000"), Decimal("6.6667")]

    park = {"name": "stone park", "region_code": COUNTY, "level": "county"}
    await office.done("PUT", "/v1/parks/SC", park)
    tenant = {"park_code": "SC", "enterprise_id": first, "from_on": "2026-08-20"}
    await office.done("POST", "/v1/tenants", tenant)
    parks = by_key(await figures(office, "output_value", "2026-08", group_by="park"))
    assert {key: one["figure"]["value"] for key, one in parks.items()} == {"SC": "127", None: "60"}

    # A base restated with a reason counts in the rate; what was reported stands beside it.
    body = {"credit_code": credit_code(1), "indicator": "output_value", "month": "2025-08", "reason": "剥离贸易"}
    await office.refused(
        "POST", "/v1/economy-restatements", body, status=409, code="economy.restatement_unsound", by="wang"
    )
    await office.done("POST", "/v1/economy-restatements", body | {"month_value": 60}, by="wang")
    restated = await office.done("POST", "/v1/economy-restatements", body | {"month_value": 50}, by="wang")
    assert (restated["revision"], restated["reported_month_value"]) == (2, "100")
    yoy = (await figures(office, "output_value", "2026-08"))["total"]["yoy"]
    assert (yoy["rate"], yoy["base"]["value"], yoy["original_base"]["value"]) == ("87", "100", "150")
    reported_yoy = (await figures(office, "output_value", "2026-08", restated="false"))["total"]["yoy"]
    assert (Decimal(reported_yoy["rate"]).quantize(Decimal("0.1")), reported_yoy["original_base"]) == (
        Decimal("24.7"),
        None,
    )
    published = {
        "region_code": COUNTY,
        "indicator": "value_added",
        "month": "2026-08",
        "month_value": "190",
        "month_growth_percent": "20",
        "price_basis": "comparable",
        "source": "统计局月报",
        "published_on": "2026-09-08",
    }
    await office.done("POST", "/v1/economy-published-figures", published, by="wang")
    ours = await figures(office, "value_added", "2026-08", region_code=COUNTY)
    assert (ours["total"]["figure"]["value"], ours["total"]["yoy"]["price_basis"]) == ("187", "comparable")
    assert (ours["published"]["month_value"], ours["published"]["difference"]) == ("190", "-3")
    assert Decimal(ours["published"]["growth_difference"]).quantize(Decimal("0.01")) == Decimal("4.67")
    async with office.database.session() as session:
        august = months.plus(months.first_of(office.clock.now().date()), -1)
        growth = await growth_figure(session, "output_value", august, region_code=TOWN, shared=True)
        assert (growth.current.value, growth.base.value) == (Decimal("84.6709"), Decimal(50))
        with pytest.raises(UnknownIndicator):
            await month_figure(session, "steam", august)


async def test_year_is_foretold_enterprises_cross_the_edge_and_dips_are_told_once(office: Office) -> None:
    await open_office(office)
    await enterprise(office, 1)
    await enterprise(office, 2)
    # The edge of 规上 is 20 million in twelve months.
    await move_to(office, "2026-09-08")
    for month in [*YEAR, *(f"2026-{number:02}" for number in range(1, 9))]:
        grown = month >= "2026"
        first = full(120 if grown else 100, main_revenue=1_700_000 if grown else 1_600_000)
        second = full(50 if month == "2026-08" else 100, main_revenue=1_700_000, power_kwh=101)
        await reported(office, month, {1: first, 2: second})
    forecast = await office.done(
        "GET",
        "/v1/economy-forecasts",
        params={"indicator": "output_value", "month": "2026-08", "region_code": COUNTY, "target": "2500"},
    )
    # 1710 until August, of which last year's same months were 1600 of 2400.
    assert Decimal(forecast["value"]).quantize(Decimal("0.01")) == Decimal("2565.00")
    assert (forecast["reason"], forecast["method"]) == (None, "share_of_last_year")
    assert Decimal(forecast["attainment"]["value"]).quantize(Decimal("0.1")) == Decimal("102.6")
    early = await office.done(
        "GET", "/v1/economy-forecasts", params={"indicator": "output_value", "month": "2025-08"}
    )
    assert (early["value"], early["reason"]) == (None, "year_before_missing")
    await office.refused(
        *("GET", "/v1/economy-forecasts"),
        params={"indicator": "employees", "month": "2026-08"},
        status=409,
        code="economy.question_unsound",
    )

    span = {"from": "2025-12", "to": "2026-08", "region_code": COUNTY}
    changed = await office.done("GET", "/v1/economy-scale-changes", params=span)
    assert (changed["before"], changed["after"]) == (
        {"above": 1, "below": 1, "unknown": 0},
        {"above": 2, "below": 0, "unknown": 0},
    )
    (entered,) = changed["entered"]
    assert (entered["credit_code"], entered["before"], entered["revenue_after"]) == (
        credit_code(1),
        "below",
        "20000000",
    )
    scales = by_key(await figures(office, "output_value", "2026-08", group_by="scale"))
    assert {key: one["figure"]["complete"] for key, one in scales.items()} == {"above": 2, "unknown": 0}
    partial = by_key(await figures(office, "output_value", "2025-06", group_by="scale"))
    assert set(partial) == {"unknown"}

    # Told at acceptance, once, with its figures; cleared when a correction says otherwise.
    (dip,) = [one for one in await conditions(office, "economic_dip") if one["subject_type"] == "enterprise"]
    assert (dip["subject_code"], dip["level"]) == (f"{credit_code(2)}/output_value", 2)
    assert "同比下降 50.0%" in dip["explanation_zh"]
    assert "环比下降 50.0%" in dip["explanation_zh"]
    await check(office, "economy.check", days=1)
    regional = [one for one in await conditions(office, "economic_dip") if one["subject_type"] == "region"]
    assert {one["subject_code"] for one in regional} == {
        f"{code}/output_value" for code in (TOWN, COUNTY, "421200", "420000")
    }
    assert "同比下降 15.0%" in regional[0]["explanation_zh"]
    params = {"filter[credit_code][eq]": credit_code(2), "filter[edition][eq]": "final", "sort": "-month"}
    report, *_ = (await office.done("GET", "/v1/economy-reports", params=params))["items"]
    correction = {
        "lines": {"output_value": {"month_value": 98}},
        "reason": "a hall was left out",
        "confirmations": [
            {"doubt": doubt, "indicator": indicator, "reason": "checked"}
            for doubt in ("jump", "sign", "power_against_output")
            for indicator in ("output_value", "power_kwh", "profit")
        ],
    }
    await office.done("POST", f"/v1/economy-reports/{report['id']}/corrections", correction, by="wang")
    await office.done("POST", f"/v1/economy-reports/{report['id']}/accept", by="li")
    assert await told(office, "economic_dip") == {"opened": 5, "cleared": 1}
    await check(office, "economy.check", days=1)
    assert await told(office, "economic_dip") == {"opened": 5, "cleared": 5}
