"""The life of a target: every type of event of targets, figures, letters, editions and misses. It ends in 2027."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.integration.projects.conftest import SHANGHAI

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def live_under_a_target(office: Office, unit_id: str, leader_id: str) -> None:
    """Set, changed, withdrawn; a letter withdrawn and one signed; a year missed, explained and put right."""
    usual: dict[str, Any] = {"region_code": "421224", "first_year": 2026, "last_year": 2026, "amount": "1200"}
    parent = {"code": "JOBS", "indicator_code": "jobs_created", **usual}
    parent_id = (await office.done("POST", "/v1/targets", parent))["id"]
    answered = {"responsible_unit_id": unit_id, "responsible_person_id": leader_id, "parent_id": parent_id}
    child = parent | {"code": "JOBS-1", "region_code": "421224101", **answered}
    path = f"/v1/targets/{(await office.done('POST', '/v1/targets', child))['id']}"
    change = {"amount": "600", "reason": "half of it"}
    await office.done("PATCH", path, change, headers={"If-Match": "*"})
    party = {
        "region_code": "421224",
        "year": 2026,
        "issuer_unit_id": unit_id,
        "unit_id": unit_id,
        "person_id": leader_id,
    }
    first = await office.done("POST", "/v1/target-letters", party)
    await office.done("POST", f"/v1/target-letters/{first['id']}/withdrawal", {"reason": "a slip"})
    letter = await office.done("POST", "/v1/target-letters", party)
    day = str(office.clock.now().astimezone(SHANGHAI).date())
    signature = {"side": "issuer", "person_id": leader_id, "signed_on": day}
    await office.done("POST", f"/v1/target-letters/{letter['id']}/signatures", signature)
    office.clock.set(datetime(2027, 1, 12, 8, 30, tzinfo=SHANGHAI))
    for number in range(1, 13):
        figure = {"month": f"2026-{number:02}", "value": "40", "evidence": "table 7"}
        await office.done("POST", f"{path}/actuals", figure)
    year = {"region_code": "421224", "year": 2026}
    await office.done("POST", "/v1/target-editions", year)
    params = {"filter[code][eq]": "JOBS-1"}
    (miss,) = (await office.done("GET", "/v1/target-misses"))["items"]
    said = {"on": "2027-01-12", "text": "no orders", "consequence": "talk"}
    await office.done("POST", f"/v1/target-misses/{miss['id']}/decision", said)
    (target,) = (await office.done("GET", "/v1/targets", params=params))["items"]
    await office.done("POST", f"/v1/targets/{target['id']}/withdrawal", {"reason": "it is over"})
