"""All kinds of conditions through the real worker at once: what opens, what clears, and how an office reads it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from tests.support.energy import TODAY, Site, slot_at

HISTORY = 45
# Days that are lived through reading by reading after what was learned; the first is a Wednesday.
FIRST = TODAY + timedelta(days=1)
SHIFT, CLOCK, STUCK, DEAD, UNIT, OVERLOAD, MISSING, SPIKE, DROP = (
    f"{number}-{kind}"
    for number, kind in enumerate(
        ("shift", "clock", "stuck", "dead", "unit", "overload", "missing", "spike", "drop")
    )
)
METERS = (SHIFT, CLOCK, STUCK, DEAD, UNIT, OVERLOAD, MISSING, SPIKE, DROP)


def plant(meter: str, on: date) -> list[float]:
    """A plant of two shifts: 1,000 kW from eight to ten at night, 300 kW else, each day a little otherwise."""
    random = np.random.default_rng([on.toordinal(), sum(meter.encode())])
    hour = np.arange(96) / 4
    usual = np.where((hour >= 8) & (hour < 22), 1000.0, 300.0)
    return [float(value) for value in np.round(usual * (1 + random.normal(0, 0.01, 96)), 1)]


def troubled(meter: str, number: int) -> list[float | None]:
    """What is wrong with each meter on day 0, 1, 2 after the first."""
    values: list[float | None] = list(plant(meter, FIRST + timedelta(days=number)))
    own = [value or 0.0 for value in values]
    if meter == SHIFT:
        return [round(value * 1.7, 1) for value in own]
    if meter == CLOCK and number < 2:
        return [*own[88:], *own[:88]]
    if number != 0:
        return values
    if meter == STUCK:
        values[40:62] = [values[40]] * 22
    elif meter == DEAD:
        values[40:52] = [0.0] * 12
    elif meter == UNIT:
        values[40:44] = [value * 1000 for value in own[40:44]]
    elif meter == OVERLOAD:
        values[40:44] = [1260.0, 1270.0, 1280.0, 1265.0]
    elif meter == MISSING:
        values[40:56] = [None] * 16
    elif meter == SPIKE:
        values[40:42] = [2340.0, 2310.0]
    elif meter == DROP:
        values[40:48] = [95.0, 90.0, 92.0, 97.0, 91.0, 96.0, 94.0, 93.0]
    return values


async def live(site: Site, number: int, slots: range) -> None:
    """The meters report every two hours, each of them what it has by then."""
    on = FIRST + timedelta(days=number)
    end = datetime.fromisoformat(slot_at(slots[-1], on)) + timedelta(minutes=15)
    site.clock.set(end)
    values = {meter: troubled(meter, number) for meter in METERS}
    readings = [
        {"meter_no": meter, "at": slot_at(slot, on), "value": values[meter][slot]}
        for slot in slots
        for meter in METERS
        if values[meter][slot] is not None
    ]
    await site.merged(await site.post_readings(readings))


async def test_every_kind_opens_clears_and_is_told_in_words(site: Site) -> None:
    await site.register(*METERS, high_kw=2_000_000)
    await site.register(OVERLOAD, capacity_kw=1200, high_kw=2_000_000)
    site.clock.set(datetime.fromisoformat(slot_at(0, FIRST)))
    async with site.worker():
        days = [FIRST - timedelta(days=age) for age in range(HISTORY, 0, -1)]
        curves = [
            {"meter_no": no, "date": on.isoformat(), "values": plant(no, on)} for on in days for no in METERS
        ]
        await site.merged(await site.post_curves(curves))
        for first in range(0, 96, 4):
            await live(site, 0, range(first, first + 4))
        for number in (1, 2):
            await live(site, number, range(96))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for item in (await site.get("/v1/conditions", limit=100))["items"]:
        found.setdefault((item["meter_no"], item["kind"]), item)
    # Each meter has what is wrong with it and nothing else; what is sudden is told as such first.
    sudden = {SHIFT: {"spike"}, OVERLOAD: {"spike"}, CLOCK: {"spike", "drop"}, DEAD: {"drop"}}
    for meter in METERS:
        kinds = {kind for no, kind in found if no == meter}
        own = meter.split("-")[1]
        assert own in kinds, (meter, kinds)
        assert kinds - {own} <= sudden.get(meter, set()), (meter, kinds)
    states = {meter: found[meter, meter.split("-")[1]]["status"] for meter in METERS}
    assert {meter for meter, state in states.items() if state == "open"} <= {SHIFT, CLOCK}
    words = {meter: found[meter, meter.split("-")[1]] for meter in METERS}
    spike = words[SPIKE]
    assert spike["explanation_en"].startswith("10:00 2,340 kW; usual for this slot on working days ")
    assert spike["explanation_zh"].startswith("10:00 为 2,340 千瓦；工作日该时段通常为 ")
    assert "偏离 +13" in spike["explanation_zh"]
    assert "usual for this slot" in words[DROP]["explanation_en"]
    assert words[SHIFT]["explanation_zh"].startswith("近一日负荷比同类日、同时段平均高 ")
    assert "moved by 2 h" in words[CLOCK]["explanation_en"]
    assert "平移约 2 小时" in words[CLOCK]["explanation_zh"]
    assert "Zero at 09-16" in words[DEAD]["explanation_en"]
    assert "读数停在" in words[STUCK]["explanation_zh"]
    assert "Nothing has come since 09-16 10:00" in words[MISSING]["explanation_en"]
    assert "疑似单位、倍率或正负号错误" in words[UNIT]["explanation_zh"]
    assert words[OVERLOAD]["explanation_zh"] == "10:30 为 1,280 千瓦；合同容量 1,200 千瓦；+7 %"
    opened = datetime.fromisoformat(words[SHIFT]["opened_at"]) - datetime.fromisoformat(slot_at(0, FIRST))
    assert opened <= timedelta(hours=24)
    # Once each, cleared once each, in order.
    rows = await site.rows(
        "SELECT type, payload FROM outbox WHERE topic = 'energy.condition.v1' ORDER BY sequence"
    )
    told = [(json.loads(row[1])["condition_id"], row[0].split(".")[2]) for row in rows]
    for condition in {condition for condition, _ in told}:
        phases = [phase for one, phase in told if one == condition]
        assert phases[0] == "opened"
        assert phases.count("cleared") <= 1
