"""Documents over REST: bytes come in and go out unchanged, once kept, seen by whom their owner is seen."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from libs.common.security.tables import AuditRecordRow
from services.projects.documents.repository import CHUNK_BYTES
from services.projects.documents.tables import DocumentChunkRow, DocumentContentRow
from tests.support import files

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

# Three pieces and a half, and no two alike.
LARGE = files.PDF[:-6] + b"".join(b"%%%08d\n" % n for n in range(CHUNK_BYTES // 3)) + b"%%EOF\n"


async def send(
    office: Office,
    project: str,
    data: bytes,
    media_type: str = "application/pdf",
    *,
    by: str = "admin",
    **params: Any,
) -> httpx.Response:
    known = {"owner_type": "project", "owner_id": project.rpartition("/")[2], "name": "施工许可证.pdf"}
    headers = {"Content-Type": media_type, **params.pop("headers", {})}
    asked = {**known, "category": "permit", **params}
    return await office.call("POST", "/v1/documents", by=by, content=data, params=asked, headers=headers)


async def sent(office: Office, project: str, data: bytes, *args: Any, **params: Any) -> dict[str, Any]:
    answer = await send(office, project, data, *args, **params)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def count(office: Office, table: Any) -> int:
    async with office.database.session() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_file_comes_back_as_it_was_sent(office: Office) -> None:
    project = await office.register()
    document = await sent(office, project, LARGE)
    digest = hashlib.sha256(LARGE).hexdigest()
    assert (document["sha256"], document["size_bytes"], document["title"]) == (digest, len(LARGE), "施工许可证")
    content = await office.call("GET", f"/v1/documents/{document['id']}/content")
    assert content.content == LARGE
    assert content.headers["etag"] == f'"{digest}"'
    assert content.headers["content-type"] == "application/pdf"
    assert content.headers["x-content-type-options"] == "nosniff"
    assert "filename*=UTF-8''%E6%96%BD" in content.headers["content-disposition"]
    assert await count(office, DocumentChunkRow) == -(-len(LARGE) // CHUNK_BYTES)
    events = await office.events("projects.document.v1", document["id"])
    assert [event.type for event in events] == ["projects.document.added.v1"]
    assert json.loads(events[0].payload or b"")["sha256"] == digest


RANGES: list[tuple[str, int, slice]] = [
    ("bytes=0-0", 206, slice(0, 1)),
    (f"bytes={CHUNK_BYTES - 3}-{CHUNK_BYTES + 3}", 206, slice(CHUNK_BYTES - 3, CHUNK_BYTES + 4)),
    (f"bytes={CHUNK_BYTES}-", 206, slice(CHUNK_BYTES, None)),
    ("bytes=-9", 206, slice(-9, None)),
    ("bytes=0-1,4-5", 200, slice(None)),
]


async def test_part_of_a_file_is_sent_when_it_is_asked_for(office: Office) -> None:
    document = await sent(office, await office.register(), LARGE)
    path = f"/v1/documents/{document['id']}/content"
    for asked, status, place in RANGES:
        part = await office.call("GET", path, headers={"Range": asked})
        assert (part.status_code, part.content) == (status, LARGE[place]), asked
        assert int(part.headers["content-length"]) == len(part.content)


async def test_download_is_conditional_and_audited(office: Office) -> None:
    document = await sent(office, await office.register(), LARGE)
    path = f"/v1/documents/{document['id']}/content"
    tag = f'"{document["sha256"]}"'
    assert (await office.call("GET", path, headers={"If-None-Match": tag})).status_code == 304
    stale = await office.call("GET", path, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (stale.status_code, len(stale.content)) == (200, len(LARGE))
    outside = await office.call("GET", path, headers={"Range": f"bytes={len(LARGE)}-"})
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{len(LARGE)}")
    async with office.database.session() as session:
        actions = await session.scalars(
            select(col(AuditRecordRow.action)).where(col(AuditRecordRow.object_id) == document["id"])
        )
        assert list(actions).count("document.download") == 1


async def test_same_bytes_are_kept_once_also_when_they_come_at_once(office: Office) -> None:
    first, second = await office.register("P-1"), await office.register("P-2")
    answers = await asyncio.gather(
        *(send(office, path, LARGE, name=f"{n}.pdf") for n, path in enumerate((first, second, first)))
    )
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 3
    assert await count(office, DocumentContentRow) == 1
    async with office.database.session() as session:
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(text("DELETE FROM document_chunk"))


REFUSED: list[tuple[bytes, str, int, str]] = [
    (b"", "application/pdf", 422, "document.empty"),
    (files.PDF[:-7], "application/pdf", 422, "document.damaged"),
    (files.png(), "application/pdf", 415, "document.type_mismatch"),
    (b"MZ\x90\x00", "text/plain", 415, "document.type_mismatch"),
    (files.PDF, "application/x-msdownload", 415, "document.type_not_allowed"),
    (files.PDF, "", 415, "document.type_not_allowed"),
]


async def test_file_is_refused_when_it_is_not_what_offices_keep(office: Office) -> None:
    project = await office.register()
    for data, media_type, status, code in REFUSED:
        answer = await send(office, project, data, media_type)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await count(office, DocumentContentRow) == 0


async def test_file_is_refused_when_it_is_too_large_announced_or_not(office: Office) -> None:
    project = await office.register()
    too_large = files.PDF[:-6] + bytes(office.settings.document_max_bytes) + b"%%EOF\n"

    async def in_pieces() -> Any:
        for at in range(0, len(too_large), 2**20):
            yield too_large[at : at + 2**20]

    for data in (too_large, in_pieces()):
        answer = await send(office, project, data)
        assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


async def test_malformed_upload_names_each_parameter(office: Office) -> None:
    answer = await office.call(
        "POST", "/v1/documents", content=files.PDF, headers={"Content-Type": "application/pdf"}
    )
    assert answer.status_code == 422
    named = {error["parameter"] for error in answer.json()["errors"]}
    assert named == {"owner_type", "owner_id", "name", "category"}
    unknown = await send(office, await office.register(), files.PDF, owner_type="dream")
    assert (unknown.status_code, unknown.json()["code"]) == (409, "document.unknown_owner_type")


async def test_repeated_upload_with_its_key_is_carried_out_once(office: Office) -> None:
    project = await office.register()
    key = {"Idempotency-Key": "upload-1"}
    first = await send(office, project, LARGE, headers=key)
    again = await send(office, project, LARGE, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await send(office, project, files.PDF, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


async def test_document_is_amended_and_withdrawn_but_kept(office: Office) -> None:
    project = await office.register()
    document = await sent(office, project, files.PDF)
    path = f"/v1/documents/{document['id']}"
    await office.refused("PATCH", path, {"title": "x"}, status=428, code="precondition.required")
    await office.refused(
        "PATCH", path, {"title": "x"}, status=412, code="precondition.failed", headers={"If-Match": '"9"'}
    )
    changed = await office.done("PATCH", path, {"title": "正本", "notes": "彩色"}, headers={"If-Match": '"1"'})
    assert (changed["title"], changed["notes"], changed["version"]) == ("正本", "彩色", 2)
    same = await office.done("PATCH", path, {"title": "正本"}, headers={"If-Match": '"2"'})
    assert same["version"] == 2
    await office.refused("DELETE", path, status=422, code="request.malformed")
    withdrawn = await office.done("DELETE", path, params={"reason": "扫描件缺页"})
    assert (withdrawn["withdrawn_reason"], withdrawn["version"]) == ("扫描件缺页", 3)
    await office.refused("DELETE", path, status=409, code="document.withdrawn", params={"reason": "again"})
    await office.staff("chen", "officer", "421224")
    await office.refused("GET", f"{path}/content", status=409, code="document.withdrawn", by="chen")
    assert (await office.call("GET", f"{path}/content")).content == files.PDF
    living = await office.done("GET", "/v1/documents", params={"filter[withdrawn][eq]": "false"})
    assert living["items"] == []
    types = [event.type.split(".")[2] for event in await office.events("projects.document.v1")]
    assert types == ["added", "amended", "withdrawn"]


async def test_documents_are_seen_by_whom_their_project_is_seen(office: Office) -> None:
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    await office.staff("jiayu", "officer", "421221")
    await office.staff("watcher", "viewer", "421224")
    mine = await office.register("P-1", enterprise_id=own["enterprise_id"])
    other = await office.register("P-2")
    document = await sent(office, mine, files.PDF, by="plant")
    foreign = await sent(office, other, files.PDF)
    official = await sent(office, mine, files.PDF)
    paths = f"/v1/documents/{foreign['id']}", f"/v1/documents/{foreign['id']}/content"
    for path in paths:
        for who in ("plant", "jiayu"):
            await office.refused("GET", path, status=404, code="not_found", by=who)
        assert (await office.call("GET", path, by="watcher")).status_code == 200
    assert (await send(office, other, files.PDF, by="plant")).status_code == 404
    assert (await send(office, other, files.PDF, by="watcher")).status_code == 403
    assert (await send(office, f"/v1/projects/{uuid4()}", files.PDF)).status_code == 404
    # An enterprise leaves alone what the office added to its project.
    reason = {"reason": "x"}
    await office.refused(
        "DELETE", f"/v1/documents/{official['id']}", status=403, code="forbidden", by="plant", params=reason
    )
    await office.done("DELETE", f"/v1/documents/{document['id']}", by="plant", params=reason)
    seen = {}
    for who in ("plant", "jiayu", "watcher"):
        items = (await office.done("GET", "/v1/documents", by=who))["items"]
        seen[who] = {item["id"] for item in items}
    assert seen == {
        "plant": {document["id"], official["id"]},
        "jiayu": set(),
        "watcher": {document["id"], official["id"], foreign["id"]},
    }
