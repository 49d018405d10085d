"""Requests made from the service's own OpenAPI document: no server error, and nothing that is not described."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.projects.conftest import Office
from tests.integration.projects.filled_office import fill
from tests.support.fuzzing import Fuzzing

# A sign-out or a closed account would void the token that all other requests carry.
SKIPPED = {
    "/v1/tokens": "signs out",
    "/v1/accounts": "closes accounts",
    "/v1/second-factors": "takes a password",
}
FEW = {"get": 1, "delete": 1, "post": 2, "put": 2, "patch": 2}
MANY = dict.fromkeys(FEW, 40)


@pytest.fixture
def more_settings() -> dict[str, Any]:
    return {"webhook_allowed_hosts": ("127.0.0.1",)}


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(FEW, id="few"),
        pytest.param(MANY, id="many", marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
async def test_no_answer_is_a_server_error_or_undocumented_when_requests_follow_the_document(
    office: Office, examples: dict[str, int]
) -> None:
    known = await fill(office)

    async def send(method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        headers = dict(options.pop("headers", None) or {}) | {"Authorization": f"Bearer {office.tokens['admin']}"}
        return await office.http.request(method, path, headers=headers, **options)

    fuzzing = Fuzzing(office.app.openapi(), send, known, examples, SKIPPED)
    await fuzzing.run()
    assert fuzzing.failures == [], "\n".join(fuzzing.failures)
    assert fuzzing.asked > 800
