"""The client of clamd, asked about files of all sizes, against a small server and the real one."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from pydantic import ValidationError

from libs.common.scanner import Scanner, ScannerAway, ScannerOptions, TooLargeToScan
from tests.support.clamd import EICAR, FOUND, MARKER, SmallScanner, real_clamd, small_scanner
from tests.support.ports import reserve_ports


async def pieces(body: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]


async def found_in(scanner: Scanner, body: bytes) -> str | None:
    return await scanner.find(pieces(body), len(body))


@pytest.fixture
async def small() -> AsyncIterator[SmallScanner]:
    async with small_scanner() as server:
        yield server


def _counted(result: str) -> float:
    return REGISTRY.get_sample_value("duban_scans_total", {"result": result}) or 0.0


async def test_whole_file_is_shown_and_what_was_found_has_its_name(small: SmallScanner) -> None:
    scanner, before = Scanner("127.0.0.1", small.port), {name: _counted(name) for name in ("clean", "found")}
    assert await scanner.answers()
    bodies = [b"", b"x", b"y" * 700_000, EICAR, b"z" * 300_000 + MARKER]
    assert [await found_in(scanner, body) for body in bodies] == [None, None, None, "Eicar-Test-Signature", FOUND]
    assert small.seen == bodies
    assert {name: _counted(name) - before[name] for name in before} == {"clean": 3, "found": 2}


async def test_file_that_is_too_large_is_not_called_clean(small: SmallScanner) -> None:
    known = Scanner("127.0.0.1", small.port, max_bytes=1_000)
    with pytest.raises(TooLargeToScan):
        await found_in(known, b"x" * 1_001)
    assert small.seen == []
    # The scanner's own limit is lower than what we were told.
    small.max_bytes = 1_000
    with pytest.raises(TooLargeToScan):
        await found_in(Scanner("127.0.0.1", small.port), b"x" * 1_500)


@pytest.mark.parametrize("mood", ["silent", "torn", "wordless"])
async def test_scanner_that_gives_no_answer_is_away_and_the_file_not_clean(small: SmallScanner, mood: str) -> None:
    small.mood = mood
    before = _counted("failed")
    with pytest.raises(ScannerAway, match=f"{small.port}|what do you mean"):
        await found_in(Scanner("127.0.0.1", small.port, timeout_seconds=0.3), b"x")
    assert _counted("failed") == before + 1


async def test_scanner_is_away_when_nobody_listens() -> None:
    scanner = Scanner("127.0.0.1", reserve_ports(1))
    with pytest.raises(ScannerAway, match="ConnectionRefused"):
        await found_in(scanner, b"x")
    with pytest.raises(ScannerAway):
        await scanner.answers()


async def test_waiting_for_others_counts_to_the_deadline(small: SmallScanner) -> None:
    small.mood = "silent"
    scanner = Scanner("127.0.0.1", small.port, timeout_seconds=0.5)
    asked = await asyncio.gather(*(found_in(scanner, b"x") for _ in range(12)), return_exceptions=True)
    assert {type(answer) for answer in asked} == {ScannerAway}
    # Four at once were shown to it; whoever waited for these did not begin anew when they gave up.
    assert 4 <= len(small.seen) < 12


@pytest.mark.parametrize("text", ["clamav", "clamav:", ":3310", "clamav:0", "clamav:70000", "::1:3310", "a:b"])
def test_settings_refuse_an_address_that_is_none(text: str) -> None:
    with pytest.raises(ValidationError, match=r"host:port|brackets"):
        ScannerOptions(clamav=text)


def test_settings_name_the_scanner_or_nobody() -> None:
    named = ScannerOptions(clamav="[::1]:3310", clamav_timeout_seconds=3, clamav_max_bytes=5_000).scanner()
    assert named is not None
    assert (named.host, named.port, named.timeout_seconds, named.max_bytes) == ("::1", 3310, 3.0, 5_000)
    assert ScannerOptions(clamav="").scanner() is None
    assert ScannerOptions().scanner() is None


@pytest.mark.timeout(90)
async def test_real_clamd_finds_what_it_knows_also_in_an_archive(tmp_path: Path) -> None:
    async with real_clamd(tmp_path) as port:
        scanner = Scanner("127.0.0.1", port)
        assert await scanner.answers()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("contract.txt", EICAR)
        assert await found_in(scanner, b"") is None
        assert await found_in(scanner, b"x" * 900_000) is None
        # What a site adds of its own it calls unofficial.
        assert await found_in(scanner, EICAR) == "Eicar-Test-Signature.UNOFFICIAL"
        assert await found_in(scanner, packed.getvalue()) == "Eicar-Test-Signature.UNOFFICIAL"
        assert await found_in(scanner, b"z" * 300_000 + MARKER) == f"{FOUND}.UNOFFICIAL"
        with pytest.raises(TooLargeToScan):
            await found_in(scanner, b"x" * 1_100_000)
