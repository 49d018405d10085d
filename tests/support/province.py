"""A day of a province in small: three feeds, duplicates, an outage, two sources, a correction the next morning.

What must stand in the end is computed beside it, from the same seed and without a line of the product.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import numpy as np
from numpy.typing import NDArray

from services.energy.metering.curve_reader import read_days
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import day_number
from tests.support.energy import COUNTY, NOW, TODAY, Site, slot_at
from tests.support.service_processes import Processes

DAY = TODAY - timedelta(days=1)
SLOTS = 96
# Meters of a concentrator, whose readings of an hour are one message.
CONCENTRATOR = 50
BODY = 1000
TABLE = 10_000

Values = NDArray[np.float64]


@dataclass
class Province:
    """``values`` (meters, slots): what must stand in the end, NaN where nothing came."""

    site: Site
    processes: Processes
    folder: Path
    broker: int
    count: int
    values: Values

    @cached_property
    def numbers(self) -> list[str]:
        return [f"P{number:06}" for number in range(self.count)]

    @property
    def by_http(self) -> range:
        return range(self.count // 3)

    @property
    def by_mqtt(self) -> range:
        return range(self.count // 3, 2 * self.count // 3)

    @property
    def by_folder(self) -> range:
        return range(2 * self.count // 3, self.count)


def build(site: Site, processes: Processes, folder: Path, broker: int, count: int) -> Province:
    random = np.random.default_rng(2026)
    values = np.round(random.gamma(4, 60, (count, SLOTS)), 2)
    return Province(site, processes, folder, broker, count, values)


async def play(province: Province) -> None:
    """The day and the morning after."""
    site = province.site
    processes = province.processes
    await _register(province)
    await processes.start()
    await site.until(lambda: _connected(site), seconds=300)
    await site.until(processes.is_admitting, seconds=300)
    await asyncio.gather(_by_http(province), _by_folder(province), _by_mqtt(province, 0, 12))
    # The gateway is away: the broker and the folder keep what comes.
    await processes.kill("gateway")
    await _by_mqtt(province, 12, 18)
    await processes.start("gateway")
    await _by_mqtt(province, 18, 24)
    await _corrections(province)
    await site.until(lambda: _is_done(province), seconds=1800)


async def _register(province: Province) -> None:
    site = province.site
    async with site.client("admin") as client:
        for first in range(0, province.count, TABLE):
            rows = [f"{number},P,{COUNTY},2025-01-01" for number in province.numbers[first : first + TABLE]]
            table = "\n".join(["meter_no,name,region_code,valid_from", *rows, ""])
            answer = await client.post("/v1/meters/imports", content=table.encode(), timeout=600)
            assert answer.status_code == 200, answer.text
    for code, transport, connection, more in (
        ("mq", "mqtt", {"host": "127.0.0.1", "port": province.broker, "topic": "con/#"}, {}),
        ("yx", "folder", {"directory": "yx", "stable_seconds": 0}, {"priority": 90}),
    ):
        body = {"code": code, "name": code, "region_code": COUNTY, "transport": transport, "unit": "kW"}
        answer = await site.post("/v1/feeds", body | {"connection": connection} | more, caller="officer")
        assert answer.status_code == 201, answer.text


async def _connected(site: Site) -> bool:
    page = await site.get("/v1/feeds")
    return all(item["connected_at"] for item in page["items"])


def _curves(province: Province, meters: Sequence[int], values: Values) -> dict[str, Any]:
    rows = [
        {"meter_no": province.numbers[meter], "date": DAY.isoformat(), "values": values[place].tolist()}
        for place, meter in enumerate(meters)
    ]
    return {"unit": "kW", "source": "scada", "curves": rows}


async def _by_http(province: Province) -> None:
    """Day curves, each body twice; and values of lower precedence for some of the folder, which must not stand."""
    meters = province.by_http
    for first in range(meters.start, meters.stop, BODY):
        chosen = range(first, min(first + BODY, meters.stop))
        body = _curves(province, chosen, province.values[chosen.start : chosen.stop])
        receipts = [await _post(province, body) for _ in range(2)]
        assert receipts[0]["receipt_id"] == receipts[1]["receipt_id"]
    rivals = list(province.by_folder)[: max(1, province.count // 100)]
    body = _curves(province, rivals, np.full((len(rivals), SLOTS), 1.0))
    await _post(province, body)


async def _post(province: Province, body: dict[str, Any]) -> dict[str, Any]:
    """As callers do: what is not taken now is sent again."""
    headers = {"X-API-Key": province.site.keys["feed"], "Content-Type": "application/json"}
    content = json.dumps(body)
    async with httpx.AsyncClient(base_url=province.processes.url, headers=headers, timeout=60) as client:
        while (answer := await client.post("/v1/curves", content=content)).status_code in {429, 503}:
            await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
    assert answer.status_code == 202, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def _by_mqtt(province: Province, first_hour: int, last_hour: int) -> None:
    """Concentrators tell an hour at once, every seventh message twice; one of them is dead for three hours."""
    meters = province.by_mqtt
    async with aiomqtt.Client("127.0.0.1", province.broker) as sender:
        for hour in range(first_hour, last_hour):
            for number, start in enumerate(range(meters.start, meters.stop, CONCENTRATOR)):
                chosen = range(start, min(start + CONCENTRATOR, meters.stop))
                slots = range(4 * hour, 4 * hour + 4)
                if number == 0 and 9 <= hour < 12:
                    province.values[chosen.start : chosen.stop, slots.start : slots.stop] = np.nan
                    continue
                readings = [
                    {
                        "meter_no": province.numbers[meter],
                        "at": slot_at(slot, DAY),
                        "value": province.values[meter, slot],
                    }
                    for meter in chosen
                    for slot in slots
                ]
                for _ in range(2 if (number + hour) % 7 == 0 else 1):
                    await sender.publish(f"con/{number}", json.dumps(readings), qos=1)


async def _by_folder(province: Province) -> None:
    """Wide files with Chinese headings in GBK, each dropped twice."""
    meters = province.by_folder
    size = max(1, len(meters) // 4)
    for place, first in enumerate(range(meters.start, meters.stop, size)):
        chosen = range(first, min(first + size, meters.stop))
        text = await asyncio.to_thread(_wide, province, chosen)
        _drop(province.folder / "yx" / f"day-{place}.csv", text)
        _drop(province.folder / "yx" / f"day-{place}-again.csv", text)


def _wide(province: Province, meters: range) -> bytes:
    head = "表号,日期," + ",".join(f"P{slot}" for slot in range(1, SLOTS + 1))
    rows = [
        f"{province.numbers[meter]},{DAY}," + ",".join(map(str, province.values[meter].tolist()))
        for meter in meters
    ]
    return "\n".join([head, *rows, ""]).encode("gb18030")


def _drop(path: Path, content: bytes) -> None:
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_bytes(content)
    unfinished.rename(path)


async def _corrections(province: Province) -> None:
    """The next morning every hundredth meter of HTTP is corrected; an old body that comes late undoes nothing."""
    meters = list(province.by_http)[::100]
    before = province.values[meters].copy()
    province.values[meters] = np.round(before * 1.25, 2)
    later = _curves(province, meters, province.values[meters])
    province.processes.set_clock(NOW + timedelta(hours=1))
    # The processes look at the file five times a second.
    await asyncio.sleep(0.5)
    await _post(province, later)
    await _post(province, _curves(province, meters, before) | {"created_at": slot_at(95, DAY)})


async def stored(province: Province) -> Values:
    """What stands, in the order of the meters."""
    day = day_number(DAY)
    rows = await province.site.rows("SELECT meter_no, meter_index FROM meter ORDER BY meter_no")
    index = np.array([row.meter_index for row in rows], np.int64)
    async with province.site.database.session() as session:
        found = await read_days(session, Quantity.ACTIVE_IMPORT_KW.number, index, day, day)
    values = np.full((province.count, SLOTS), np.nan)
    place = {int(meter): number for number, meter in enumerate(index.tolist())}
    values[[place[int(meter)] for meter in found.meter_index]] = found.values
    return values


async def _is_done(province: Province) -> bool:
    """Nothing is on its way: all that was sent is in a receipt, and all that were answered are merged.

    A gateway that was killed leaves receipts that nobody was told of; what they were for came again.
    """
    await asyncio.sleep(0.5)
    ((open_,),) = await province.site.rows("SELECT count(*) FROM receipt WHERE status = 'acknowledged'")
    # Reading a million values is worth it only when they may all be there.
    if open_:
        return False
    expected = int(np.count_nonzero(~np.isnan(province.values)))
    return int(np.count_nonzero(~np.isnan(await stored(province)))) >= expected
