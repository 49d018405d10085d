"""Enterprises that report, an officer who enters and a leader who reviews, for the tests of the economy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from services.projects.registry.domain.credit_code import check_character
from tests.integration.projects.conftest import SHANGHAI

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

COUNTY, TOWN, OTHER_TOWN, OTHER_COUNTY = "421224", "421224101", "421224102", "421221"
# What every final report has to say.
REQUIRED = ("output_value", "value_added", "sales", "profit", "tax", "power_kwh")
Said = Mapping[str, tuple[object, object]]


def credit_code(number: int) -> str:
    body = f"91421224MA{number:07}"
    return body + check_character(body)


def full(output: object, **more: object) -> dict[str, tuple[object, object]]:
    """The month's values of all required indicators; those that are not named are of no account."""
    plain: dict[str, object] = dict.fromkeys(REQUIRED, 100) | {"output_value": output} | more
    return {code: (value, None) for code, value in plain.items()}


async def move_to(office: Office, day: str) -> None:
    """Half past eight on a day."""
    morning = datetime.combine(date.fromisoformat(day), time(8, 30), SHANGHAI)
    office.clock.advance(morning - office.clock.now())


async def open_office(office: Office) -> None:
    """A second township; an officer and a leader of the county."""
    await office.done("PUT", f"/v1/regions/{OTHER_TOWN}", {"name": "黄沙铺镇"})
    await office.staff("wang", "officer", COUNTY)
    await office.staff("li", "leader", COUNTY)


async def enterprise(
    office: Office, number: int, region_code: str = TOWN, sector_code: str = "3140", since: str = "2024-01-01"
) -> str:
    """An enterprise's id, in the register since a month."""
    code = credit_code(number)
    facts = {"name": f"enterprise {number} (demo)", "region_code": region_code, "sector_code": sector_code}
    created = await office.done("PUT", f"/v1/enterprises/{code}", facts)
    await stand(office, number, region_code, since, sector_code=sector_code)
    return str(created["enterprise_id"])


async def stand(office: Office, number: int, region_code: str, since: str, **facts: Any) -> dict[str, Any]:
    body = {"region_code": region_code, "sector_code": "3140", "valid_from": since, "reason": "建库", **facts}
    return dict(await office.done("PUT", f"/v1/economy-standings/{credit_code(number)}", body))


def table(rows: Mapping[int, Said], confirmation: str = "已核实") -> bytes:
    """A CSV of what enterprises say of a month."""
    codes = sorted({code for said in rows.values() for code in said})
    units = {"power_kwh": "kwh", "employees": "person"}
    head = ["credit_code", "confirmation"]
    for code in codes:
        head += [f"{code}(month)({units.get(code, 'yuan')})", f"{code}(cumulative)({units.get(code, 'yuan')})"]
    lines = [",".join(head)]
    for number, said in rows.items():
        cells = [credit_code(number), confirmation]
        for code in codes:
            cells += ["" if value is None else str(value) for value in said.get(code, (None, None))]
        lines.append(",".join(cells))
    return "\n".join(lines).encode()


async def send(office: Office, month: str, body: bytes, *, by: str = "wang", **params: Any) -> Any:
    asked = {"month": month, "submit": "true", **params}
    headers = {"Content-Type": "text/csv"}
    return await office.call(
        "POST", "/v1/economy-report-imports", by=by, params=asked, content=body, headers=headers
    )


async def reported(
    office: Office, month: str, rows: Mapping[int, Said], *, edition: str = "final", accept: bool = True
) -> list[dict[str, Any]]:
    """The month's reports, entered by wang and accepted by li."""
    answer = await send(office, month, table(rows), edition=edition)
    assert answer.is_success, answer.text
    params = {
        "filter[month][eq]": f"{month}-01",
        "filter[edition][eq]": edition,
        "filter[status][eq]": "submitted",
        "limit": "1000",
    }
    waiting = (await office.done("GET", "/v1/economy-reports", params=params))["items"]
    if accept:
        body = {"report_ids": [one["id"] for one in waiting]}
        await office.done("POST", "/v1/economy-report-acceptances", body, by="li")
    return list(waiting)


async def figures(
    office: Office, indicator: str, month: str, *, by: str = "admin", **params: Any
) -> dict[str, Any]:
    asked = {"indicator": indicator, "month": month, **params}
    return dict(await office.done("GET", "/v1/economy-figures", by=by, params=asked))
