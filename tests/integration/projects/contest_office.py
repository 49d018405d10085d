"""What the tests of contests share: weights, entries, standings as (code, rank, score)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

COUNTY = "421224"


def component(
    code: str, weight: object, source: str, measure: str, *, growth: int = 0, **more: Any
) -> dict[str, Any]:
    """A component whose growth counts so many percent of it."""
    shares = {"level_share": str(100 - growth), "growth_share": str(growth)}
    names = {"name_zh": f"指标{code}", "name_en": code}
    return {"code": code, "source": source, "measure": measure, "weight": str(weight), **names, **shares, **more}


def points(code: str, kind: str, source: str, measure: str, each: object, **more: Any) -> dict[str, Any]:
    names = {"name_zh": f"事项{code}", "name_en": code}
    return {"code": code, "kind": kind, "source": source, "measure": measure, "points": str(each), **names, **more}


async def contest(
    office: Office, code: str, kind: str, scheme: dict[str, Any] | None, items: list[dict[str, Any]], **facts: Any
) -> tuple[str, dict[str, str]]:
    """The path of a contest of 2026, and the ids of its participants by their codes; all since January."""
    body = {"code": code, "name": f"擂台赛{code}", "kind": kind, "region_code": COUNTY, "year": 2026, **facts}
    path = f"/v1/contests/{(await office.done('POST', '/v1/contests', body, by='wang'))['id']}"
    if scheme is not None:
        await office.done("POST", f"{path}/schemes", {"from_quarter": 1, **scheme}, by="li")
    entries = {"items": [{"from_on": "2026-01-01", **item} for item in items]}
    entered = await office.done("POST", f"{path}/participants", entries, by="wang")
    return path, {one["code"]: one["id"] for one in entered["items"]}


async def live(office: Office, path: str, quarter: int = 2, **params: Any) -> list[dict[str, Any]]:
    found = await office.done(
        "GET", f"{path}/live-standing", params={"quarter": str(quarter), **params}, by="wang"
    )
    return list(found["places"])


def told(places: list[dict[str, Any]]) -> list[tuple[str, int | None, Decimal | None]]:
    return [(one["code"], one["rank"], None if one["score"] is None else Decimal(one["score"])) for one in places]


def part(place: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [one for one in place["parts"] if one["component"] == code]
    return dict(found)


async def places(office: Office, standing_id: str, *, by: str = "wang") -> list[dict[str, Any]]:
    found = await office.done("GET", f"/v1/contest-standings/{standing_id}/participants", by=by)
    return list(found["items"])
