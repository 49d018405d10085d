"""A day of a province in small: what stands equals what was computed beside it, to the last value."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from services.energy.metering.jobs import close_running_days
from tests.support.energy import NOW, Site
from tests.support.energy_context import run_job
from tests.support.mqtt import running_broker
from tests.support.province import DAY, build, play, stored
from tests.support.service_processes import running_processes


@pytest.mark.parametrize("count", [300, pytest.param(30_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])])
async def test_totals_equal_an_independent_computation(gate: Site, tmp_path: Path, count: int) -> None:
    async with (
        running_broker(tmp_path / "broker") as port,
        running_processes(gate.settings, tmp_path / "processes", NOW) as processes,
    ):
        province = build(gate, processes, tmp_path, port, count)
        started = time.perf_counter()
        await play(province)
        seconds = time.perf_counter() - started
    expected = province.values.astype(np.float32)
    np.testing.assert_array_equal(await stored(province), expected)
    await _close_days(gate)
    np.testing.assert_array_equal(await stored(province), expected)
    ((energy, days, present),) = await gate.rows(
        "SELECT sum(energy_kwh), count(*), sum(present) FROM curve_day WHERE day = :day", day=DAY
    )
    assert (days, present) == (count, np.count_nonzero(~np.isnan(expected)))
    np.testing.assert_allclose(energy, np.nansum(expected.astype(np.float64)) / 4, rtol=1e-9)
    receipts = await gate.rows("SELECT transport, rejected + quarantined AS left_out, refusal FROM receipt")
    assert {row.transport for row in receipts} == {"http", "mqtt", "folder"}
    assert [row for row in receipts if row.left_out or row.refusal] == []
    # What was corrected is revised; what came again, or from a source of less precedence, changed nothing else.
    corrected = len(province.by_http[::100]) * 96
    rivals = max(1, count // 100) * 96
    ((revised, superseded),) = await gate.rows("SELECT sum(revised), sum(superseded) FROM receipt")
    assert corrected <= revised <= corrected + rivals
    assert corrected <= superseded <= corrected + rivals
    print(f"{count} meters, {int(present)} values in {seconds:.1f} s, {len(receipts)} receipts")  # noqa: T201


async def _close_days(site: Site) -> None:
    """What came as single readings rests in snapshots until its day is over for good."""
    site.clock.advance(timedelta(days=2))
    while await site.rows("SELECT 1 FROM running_day WHERE NOT is_closed LIMIT 1"):
        await run_job(site, close_running_days)
