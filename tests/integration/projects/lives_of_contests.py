"""The life of a contest: a quarter published, appealed against and corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.projects.contest_office import component

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def live_in_a_contest(office: Office) -> None:
    """One township in the second quarter; ``li`` decides what the administrator filed."""
    body = {"code": "LIFE", "name": "contest (demo)", "kind": "township", "region_code": "421224", "year": 2026}
    path = f"/v1/contests/{(await office.done('POST', '/v1/contests', body))['id']}"
    weights = {"from_quarter": 1, "components": [component("started", 100, "ledger", "started")]}
    await office.done("POST", f"{path}/schemes", weights)
    towns = {"items": [{"region_code": "421224101", "from_on": "2026-01-01"}]}
    entered = await office.done("POST", f"{path}/participants", towns)
    participant_id = entered["items"][0]["id"]
    frozen = await office.done("POST", f"{path}/standings", {"quarter": 2})
    claim = {"participant_id": participant_id, "grounds": "one is left out", "evidence": "permit 7"}
    appeal = await office.done("POST", f"/v1/contest-standings/{frozen['id']}/appeals", claim)
    verdict = {"upheld": True, "decision": "so it is"}
    await office.done("POST", f"/v1/contest-appeals/{appeal['id']}/decision", verdict, by="li")
    given = {"quarter": 2, "kind": "bonus", "points": "1", "reason": "the one left out", "evidence": "permit 7"}
    await office.done("POST", f"{path}/adjustments", {"participant_id": participant_id, **given})
    fix = {"quarter": 2, "reason": "appeal upheld", "appeal_ids": [appeal["id"]]}
    await office.done("POST", f"{path}/standings", fix)
