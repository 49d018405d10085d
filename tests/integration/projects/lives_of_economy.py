"""The life of a month's report: every type of event of reports and closed months; ``li`` is another reviewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

_REQUIRED = ("output_value", "value_added", "sales", "profit", "tax", "power_kwh")


async def live_in_the_economy(office: Office, credit_code: str) -> None:
    """August said, handed in, given back, handed in again, counted, closed, corrected."""
    standing = {"region_code": "421224101", "sector_code": "3140", "valid_from": "2026-01-01", "reason": "建库"}
    await office.done("PUT", f"/v1/economy-standings/{credit_code}", standing)
    lines = {code: {"month_value": 100, "cumulative_value": 800} for code in _REQUIRED}
    report = await office.done("PUT", f"/v1/economy-reports/{credit_code}/2026-08/final", {"lines": lines})
    path = f"/v1/economy-reports/{report['id']}"
    await office.done("POST", f"{path}/submit", {})
    await office.done("POST", f"{path}/return", {"reason": "look again"}, by="li")
    await office.done("POST", f"{path}/submit", {})
    await office.done("POST", f"{path}/accept", by="li")
    closing = {"month": "2026-08", "region_code": "421224", "over_outstanding": True}
    await office.done("POST", "/v1/economy-closed-months", closing)
    correction = {
        "reason": "a shift was left out",
        "lines": {"tax": {"month_value": 110, "cumulative_value": 810}},
    }
    await office.done("POST", f"{path}/corrections", correction)
    await office.done("POST", f"{path}/accept", by="li")
