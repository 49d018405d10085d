"""Requests made from the service's own OpenAPI document: no server error, and nothing that is not described."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.energy.filled_site import PLAIN, fill, prepare
from tests.support.document_requests import Document
from tests.support.energy import COUNTY, Site
from tests.support.fuzzing import Fuzzing
from tests.support.neighbours import Neighbours

SKIPPED = {"/nhjc/": "answers in the national platform's own form: test_files_api"}
FEW = {"get": 1, "delete": 1, "post": 2, "put": 2, "patch": 2}
MANY = dict.fromkeys(FEW, 40)


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(FEW, id="few"),
        pytest.param(MANY, id="many", marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
async def test_no_answer_is_a_server_error_or_undocumented_when_requests_follow_the_document(
    site: Site, examples: dict[str, int]
) -> None:
    await prepare(site)

    async def call(method: str, path: str, by: str, **more: Any) -> httpx.Response:
        async with site.client(by) as client:
            return await client.request(method, path, **more)

    walk = Neighbours(Document(site.app.openapi()), call, ("admin-a",), PLAIN, {})
    known, _ = await fill(site, walk, COUNTY, "a")

    async def send(method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        return await call(method, path, "admin", **options)

    fuzzing = Fuzzing(site.app.openapi(), send, known, examples, SKIPPED)
    await fuzzing.run()
    assert fuzzing.failures == [], "\n".join(fuzzing.failures)
    assert fuzzing.asked > 400
