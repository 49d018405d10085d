"""Files that people hand in to energy are shown to the site's scanner first: tables, photos, feeds' files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from services.energy.api import ROUTERS
from tests.integration.energy.test_feed_transports import add_feed, curve_file, wait_for
from tests.support.clamd import FOUND, MARKER, SmallScanner, file_routes, small_scanner
from tests.support.energy import Site, running_site
from tests.support.rows import rows_by_table

# Every operation that takes a file: what it has to be asked with.
FILES: dict[str, dict[str, str]] = {
    "/v1/files": {"name": "meters.csv"},
    "/v1/meters/imports": {},
    "/v1/meter-aliases/imports": {},
    "/v1/planned-outages/imports": {},
    "/v1/supply-quotas/imports": {},
    "/v1/phase-out-cases/imports": {},
    "/v1/phase-out-cases/{case_id}/evidence": {"title": "photo"},
    "/v1/plants/imports": {},
    "/v1/plant-series/imports": {},
    "/v1/energy-figures/imports": {},
    "/v1/temperatures/imports": {"source": "weather"},
    "/v1/grid-nodes/imports": {},
    "/v1/grid-placements/imports": {},
    "/v1/curtailment-users/imports": {},
    "/v1/curtailment-plans/{plan_id}/imports": {},
}


@pytest.fixture
async def scanner() -> AsyncIterator[SmallScanner]:
    async with small_scanner() as running:
        yield running


@pytest.fixture
async def scanned(
    energy_dsn: str,
    kafka_bootstrap: str,
    topic_prefix: str,
    scanner: SmallScanner,
    site_topics: None,
    tmp_path: Path,
) -> AsyncIterator[Site]:
    facts = {
        "clamav": f"127.0.0.1:{scanner.port}",
        "clamav_timeout_seconds": 2,
        "feed_folder_root": tmp_path,
        "gateway_poll_seconds": 0.1,
    }
    async with running_site(energy_dsn, kafka_bootstrap, topic_prefix, topic_partitions=2, **facts) as running:
        yield running


async def _send(site: Site, path: str, body: bytes) -> httpx.Response:
    media_type = "image/png" if path.endswith("evidence") else "text/csv"
    address = path.format(case_id=uuid4(), plan_id=uuid4())
    return await site.post(address, body, media_type, "feed" if path == "/v1/files" else "admin", **FILES[path])


def test_every_operation_of_energy_that_takes_a_file_is_known() -> None:
    assert file_routes(ROUTERS) == set(FILES)


async def test_no_way_in_takes_malware_and_none_is_open_while_the_scanner_is_away(
    scanned: Site, scanner: SmallScanner
) -> None:
    before = await rows_by_table(scanned.database)
    for number, path in enumerate(FILES, start=1):
        body = b"a,b\n1," + MARKER + str(number).encode()
        refused = (await _send(scanned, path, body)).json()
        assert (refused["status"], refused["code"]) == (422, "file.malware_found"), path
        assert f"found {FOUND} in " in refused["detail"]
        assert (len(scanner.seen), scanner.seen[-1]) == (number, body)
    assert "in meters.csv." in (await _send(scanned, "/v1/files", MARKER)).json()["detail"]
    scanner.mood = "torn"
    for path in FILES:
        away = await _send(scanned, path, b"a,b\n1,2\n")
        assert (away.status_code, away.json()["code"]) == (503, "file.scanner_unavailable"), path
    after = await rows_by_table(scanned.database)
    assert {name for name in after if after[name] != before[name]} <= {
        "audit_record",
        "audit_pending",
        "api_key_use",
        "outbox",
    }
    # Readings that a machine posts are no file, and nobody waits for a scanner to store them.
    await scanned.register("M1")
    await scanned.post_readings([{"meter_no": "M1", "at": "2026-09-15T08:00:00+08:00", "value": 5}])
    scanner.mood, shown = "well", len(scanner.seen)
    taken = await _send(scanned, "/v1/files", b"meter_no,at,value\nM1,2026-09-15T08:15:00+08:00,5\n")
    assert taken.status_code == 202, taken.text
    assert len(scanner.seen) == shown + 1


async def test_file_in_a_watched_folder_is_shown_to_the_scanner_and_waits_for_it(
    scanned: Site, scanner: SmallScanner, tmp_path: Path
) -> None:
    await scanned.register("M1")
    await add_feed(scanned, "yx", "folder", {"directory": "yx", "stable_seconds": 0}, unit="kW")
    folder = tmp_path / "yx"
    folder.mkdir()
    (folder / "bad.csv").write_bytes(curve_file("M1").encode() + MARKER)
    scanner.mood = "torn"
    async with scanned.gateway():
        await scanned.until(lambda: _asked(scanner, 1))
        assert await scanned.receipts() == []
        scanner.mood = "well"
        refused = await wait_for(folder / "failed" / "bad.csv.error.json")
        assert refused["code"] == "file.malware_found"
        (folder / "good.csv").write_text(curve_file("M1"))
        receipt = await wait_for(folder / "processed" / "good.csv.receipt.json")
    assert receipt["accepted"] == 96
    assert [one["status"] for one in await scanned.receipts()][-1] == "refused"
    assert {body.count(MARKER) for body in scanner.seen} == {0, 1}


async def _asked(scanner: SmallScanner, times: int) -> bool:
    return len(scanner.seen) >= times
