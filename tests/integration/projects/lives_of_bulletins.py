"""The life of a bulletin: drafted, read by another, published."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def live_in_a_bulletin(office: Office) -> None:
    """August of the county; ``li`` reads and publishes what the administrator drafted."""
    body = {"region_code": "421224", "kind": "month", "year": 2026, "number": 8}
    path = f"/v1/bulletins/{(await office.done('POST', '/v1/bulletins', body))['id']}"
    people = {"recipients": [{"include_below": True}]}
    await office.done("PATCH", path, people, headers={"If-Match": "*"})
    await office.done("POST", f"{path}/reviews", {"passed": True}, by="li")
    await office.done("POST", f"{path}/publications", {"accept_changed": True}, by="li")
