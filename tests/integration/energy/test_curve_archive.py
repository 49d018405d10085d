"""Months to Parquet and back: the answers stay the same, and nothing that comes late is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.archive.errors import (
    ArchiveDiffers,
    MonthAlreadyArchived,
    MonthEmpty,
    MonthNotArchived,
    MonthNotOver,
)
from services.energy.archive.service import archive_month, restore_month
from services.energy.bootstrap import move_month
from services.energy.rollups.jobs import settle_touched
from tests.support.energy import Site, usual_curve
from tests.support.energy_context import run_job

JUNE = date(2026, 6, 1)
FIRST, DAYS = date(2026, 5, 28), 40
SPAN = {"from": "2026-05-28", "to": "2026-07-06"}
# As text, in which NaN equals NaN.
ROWS = "SELECT c::text FROM curve_day AS c ORDER BY meter_index, quantity, day"
EARLY, LATE = "2026-07-10T00:00:00Z", "2026-07-11T00:00:00Z"


@asynccontextmanager
async def context(site: Site) -> AsyncIterator[Context]:
    async with site.database.transaction() as session:
        yield Context(session, site.clock.now(), new_id, SYSTEM)


async def fill(site: Site) -> None:
    await site.register("M1", "M2")
    await site.register("H", interval_minutes=60)
    curves = [usual_curve(name, FIRST + timedelta(days=day)) for name in ("M1", "M2") for day in range(DAYS)]
    curves[10]["values"][3:9] = [None] * 6
    curves[11]["quality"] = ["estimated"] * 20 + ["measured"] * 76
    hours = [
        {"meter_no": "H", "date": str(FIRST + timedelta(days=day)), "values": [float(day)] * 24}
        for day in range(DAYS)
    ]
    corrected = usual_curve("M1", JUNE) | {"values": [5.0] + [None] * 95}
    async with site.worker():
        await site.merged(
            await site.post_curves(curves, created_at=EARLY),
            await site.post_curves(hours, interval_minutes=60, created_at=EARLY),
        )
        await site.merged(await site.post_curves([corrected], created_at=LATE))
    await run_job(site, settle_touched())


async def answers(site: Site) -> list[Any]:
    found = [await site.get(f"/v1/meters/{name}/curves", **SPAN) for name in ("M1", "H")]
    found += [await site.get("/v1/rollups", interval=one, **SPAN) for one in ("hour", "day", "month")]
    whole = {"from": "2026-06-01", "to": "2026-06-30"}
    found.append(await site.get("/v1/rollups", interval="month", **whole))
    found.append(await site.get("/v1/completeness", group="day", **SPAN))
    return found


async def test_archived_month_answers_as_before_and_comes_back_for_a_late_value(
    site: Site, tmp_path: Path
) -> None:
    await fill(site)
    before = await answers(site)
    stored = await site.rows(ROWS)
    async with context(site) as ctx:
        sums = await archive_month(ctx, tmp_path, JUNE)
    assert (sums.rows, sums.readings) == (90, 60 * 96 + 30 * 24 - 6)
    assert await site.rows(
        "SELECT count(*)::int FROM curve_day WHERE day BETWEEN '2026-06-01' AND '2026-06-30'"
    ) == [(0,)]
    assert await answers(site) == before
    # Anybody can read the files.
    frame = pl.read_parquet(tmp_path / "curve_day" / "2026-06" / "*.parquet")
    assert frame.group_by("meter_index").len()["len"].to_list() == [30, 30, 30]

    # Nothing is edited in the archive.
    async with site.client() as client:
        day = await client.get("/v1/meters/M1/curves/2026-06-05")
        body = {"slots": [1], "values_kw": [2.0], "reason": "seen on the device"}
        tag = {"If-Match": day.headers["etag"]}
        refused = await client.patch("/v1/meters/M1/curves/2026-06-05", json=body, headers=tag)
        assert refused.json()["code"] == "curve.month_archived"

    # A late value brings the month back, and its history with it: an old body still undoes no correction.
    old = usual_curve("M1", JUNE) | {"values": [7.0] + [None] * 95}
    new = usual_curve("M2", JUNE) | {"values": [8.0] + [None] * 95}
    async with site.worker():
        (first,) = await site.merged(await site.post_curves([old], created_at=EARLY))
        assert first["superseded"] == 1
        restored = await site.rows("SELECT state, restored_because FROM curve_archive")
        assert restored == [("restored", "late values")]
        assert await site.rows(ROWS) == stored
        (second,) = await site.merged(await site.post_curves([new], created_at=LATE))
        assert second["revised"] == 1
    assert (await site.values("M2", JUNE))[0] == 8.0
    # And it goes into the archive again, with what came.
    async with context(site) as ctx:
        await archive_month(ctx, tmp_path, JUNE)
    assert (await site.values("M2", JUNE))[0] == 8.0


async def test_month_stays_where_it_is_when_something_is_wrong(site: Site, tmp_path: Path) -> None:
    await fill(site)
    for month, error in (
        (date(2026, 9, 1), MonthNotOver),
        (date(2026, 8, 1), MonthNotOver),
        (date(2025, 1, 1), MonthEmpty),
    ):
        with pytest.raises(error):
            async with context(site) as ctx:
                await archive_month(ctx, tmp_path, month)
    with pytest.raises(MonthNotArchived):
        async with context(site) as ctx:
            await restore_month(ctx, JUNE, "test")

    # The command, as an administrator runs it.
    settings = site.settings.model_copy(update={"archive_directory": tmp_path})
    assert await move_month(site.settings, "archive", JUNE) == 1
    assert await move_month(settings, "archive", JUNE) == 0
    with pytest.raises(MonthAlreadyArchived):
        async with context(site) as ctx:
            await archive_month(ctx, tmp_path, JUNE)

    part = tmp_path / "curve_day" / "2026-06" / "part-00000.parquet"
    content = part.read_bytes()
    part.write_bytes(content[:-9] + bytes(9))
    with pytest.raises(ArchiveDiffers):
        async with context(site) as ctx:
            await restore_month(ctx, JUNE, "test")
    part.unlink()
    async with site.client() as client:
        answer = await client.get("/v1/meters/M1/curves", params=SPAN)
        assert (answer.status_code, answer.json()["code"]) == (503, "curve.archive_unreadable")
    part.write_bytes(content)
    assert await move_month(settings, "restore", JUNE) == 0
    assert await site.rows("SELECT state FROM curve_archive") == [("restored",)]
    assert await site.rows("SELECT count(*)::int FROM curve_day") == [(3 * DAYS,)]
