"""Files that people hand in are shown to the site's scanner first: documents, imports, reports."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from services.projects.api import ROUTERS
from tests.integration.projects.conftest import Office, opened
from tests.support.clamd import FOUND, MARKER, SmallScanner, file_routes, small_scanner
from tests.support.rows import rows_by_table

# Every operation that takes a file: what it is asked with, and what its file is called.
FILES: dict[str, tuple[dict[str, str], str, str]] = {
    "/v1/documents": (
        {"owner_type": "project", "name": "合同.txt", "category": "contract"},
        "text/plain",
        "合同.txt",
    ),
    "/v1/imports": ({"entity": "enterprises", "file_name": "list.csv"}, "text/csv", "list.csv"),
    "/v1/economy-report-imports": ({"month": "2026-08"}, "text/csv", "economy-report-imports"),
}


@pytest.fixture
async def scanner() -> AsyncIterator[SmallScanner]:
    async with small_scanner() as running:
        yield running


@pytest.fixture
async def scanned(office: Office, scanner: SmallScanner) -> AsyncIterator[Office]:
    """The office beside a scanner, with a project."""
    facts = {"clamav": f"127.0.0.1:{scanner.port}", "clamav_max_bytes": 2_000, "clamav_timeout_seconds": 2}
    async with opened(office.settings.dsn, **facts) as site:
        site.tokens.update(office.tokens)
        await site.register("F-1")
        yield site


async def _send(office: Office, path: str, body: bytes, **headers: str) -> httpx.Response:
    query, media_type, _ = FILES[path]
    if path == "/v1/documents":
        (project,) = (await office.done("GET", "/v1/projects"))["items"]
        query = query | {"owner_id": project["id"]}
    sent = {"Authorization": f"Bearer {office.tokens['admin']}", "Accept-Language": "en", **headers}
    return await office.http.post(path, params=query, content=body, headers=sent | {"Content-Type": media_type})


def test_every_operation_of_projects_that_takes_a_file_is_known() -> None:
    assert file_routes(ROUTERS) == set(FILES)


@pytest.mark.parametrize("path", FILES)
async def test_malware_is_refused_by_name_and_nothing_of_it_is_kept(
    scanned: Office, scanner: SmallScanner, path: str
) -> None:
    before = await rows_by_table(scanned.database)
    body = b"a,b\n1," + MARKER + b"\n"
    refused = (await _send(scanned, path, body, **{"Idempotency-Key": "once"})).json()
    assert (refused["status"], refused["code"]) == (422, "file.malware_found")
    assert refused["detail"] == f"The scanner found {FOUND} in {FILES[path][2]}. Nothing of it was kept."
    assert scanner.seen == [body]
    async with scanned.database.session() as session:
        statement = text("SELECT result FROM audit_record WHERE action = :action")
        assert await session.scalar(statement, {"action": f"POST {path}"}) == "refused:file.malware_found"
    after = await rows_by_table(scanned.database)
    assert {name for name in after if after[name] != before[name]} == {"audit_record", "audit_pending"}

    too_large = (await _send(scanned, path, b"x" * 2_001)).json()
    assert (too_large["status"], too_large["code"]) == (422, "file.not_scannable")
    assert len(scanner.seen) == 1


@pytest.mark.parametrize("path", FILES)
async def test_no_file_is_taken_while_the_scanner_is_away(
    scanned: Office, scanner: SmallScanner, path: str
) -> None:
    before = await rows_by_table(scanned.database)
    scanner.mood = "torn"
    answer = await _send(scanned, path, b"a,b\n1,2\n", **{"Idempotency-Key": "again"})
    assert (answer.status_code, answer.json()["code"]) == (503, "file.scanner_unavailable")
    assert answer.headers["retry-after"] == "30"
    assert await rows_by_table(scanned.database) == before
    ready = (await scanned.http.get("/readyz")).json()
    assert ready["checks"]["scanner"].startswith("failed")
    # What brings no file goes on, and the same request is carried out once the scanner is back.
    assert ready["status"] == "ready"
    scanner.mood = "well"
    again = await _send(scanned, path, b"a,b\n1,2\n", **{"Idempotency-Key": "again"})
    assert again.status_code != 503, again.text
    assert scanner.seen[-1] == b"a,b\n1,2\n"


async def test_clean_document_is_kept_as_it_was_sent(scanned: Office, scanner: SmallScanner) -> None:
    kept = await _send(scanned, "/v1/documents", b"Dear sirs")
    assert kept.status_code == 201, kept.text
    address = f"/v1/documents/{kept.json()['id']}/content"
    assert (await scanned.call("GET", address)).content == b"Dear sirs"
    imported = await _send(scanned, "/v1/imports", b"name,code\nx,1\n")
    assert imported.status_code == 202, imported.text
    async with scanned.database.session() as session:
        stored = await session.scalar(text("SELECT string_agg(data, ''::bytea ORDER BY part) FROM import_content"))
    assert bytes(stored) == b"name,code\nx,1\n"
    assert scanner.seen == [b"Dear sirs", b"name,code\nx,1\n"]
