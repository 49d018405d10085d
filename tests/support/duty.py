"""Rosters, stand-ins and policies set up over REST, as the offices do; and what people heard of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from libs.common.security.principal import Role
from tests.support.alerts import COUNTY, World, caller

ROSTER = "tongshan_24h"
_ZONE = timedelta(hours=8)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant by its time in Shanghai."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - _ZONE


def shown(instant: datetime | str) -> str:
    """An instant as it reads in Shanghai."""
    known = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return (known.astimezone(UTC) + _ZONE).strftime("%m-%d %H:%M")


async def post(
    world: World,
    path: str,
    body: dict[str, Any],
    *,
    by: str | UUID = "supervisor",
    expect: int = 201,
    **headers: str,
) -> Any:
    """POST as somebody; the answer's body."""
    async with world.client(str(by)) as client:
        answer = await client.post(path, json=body, headers=headers)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def get(world: World, path: str, *, by: str | UUID = "supervisor", expect: Any = 200, **params: Any) -> Any:
    """GET as somebody; the answer's body."""
    async with world.client(str(by)) as client:
        answer = await client.get(path, params=params)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def send(
    world: World, method: str, path: str, body: dict[str, Any], *, by: str | UUID = "supervisor", **headers: str
) -> httpx.Response:
    async with world.client(str(by)) as client:
        return await client.request(method, path, json=body, headers=headers)


async def roster(world: World, code: str = ROSTER, **changes: Any) -> Any:
    facts = {
        "code": code,
        "name_zh": "通山县24小时值班（演示）",
        "name_en": "Tongshan around the clock (demo)",
        "kind": "around_the_clock",
        "region_code": COUNTY,
        "valid_from": "2026-01-01",
    }
    return await post(world, "/v1/duty-rosters", {**facts, **changes})


async def rotate(
    world: World, members: Sequence[tuple[UUID, UUID | None]], code: str = ROSTER, **changes: Any
) -> Any:
    """A daily rotation with the handover at eight."""
    facts: dict[str, Any] = {
        "valid_from": shown_day(world),
        "period": "daily",
        "handovers": ["08:00"],
        "members": [
            {"primary": str(primary), "backup": None if backup is None else str(backup)}
            for primary, backup in members
        ],
        "reason": "演示",
    }
    return await post(world, f"/v1/duty-rosters/{code}/rotations", {**facts, **changes})


async def stand_in(
    world: World, person: UUID, other: UUID, *, by: str | UUID = "supervisor", **changes: Any
) -> Any:
    """Somebody is away for a day from now on."""
    now = world.clock.now()
    facts: dict[str, Any] = {
        "person_id": str(person),
        "stand_in_id": str(other),
        "ends_at": (now + timedelta(days=1)).isoformat(),
        "reason": "年休假（演示）",
    }
    return await post(world, "/v1/stand-ins", {**facts, **changes}, by=by)


async def staff(world: World, *names: str, post: str = "staff", **facts: Any) -> list[UUID]:
    """People of the county by name, each of whom may call the API under the person's id."""
    made = []
    for name in names:
        email = f"{name}@example.test"
        person = await world.add_person(post, name=name, **{"email": email, **facts})
        world.callers.known[str(person)] = caller(str(person), Role.OFFICER, COUNTY, person_id=person)
        made.append(person)
    return made


async def on_duty(world: World, at: datetime | None = None, **params: Any) -> list[str]:
    """Names of who is on duty in the county, in the order of asking."""
    when = {} if at is None else {"at": at.isoformat()}
    duty = await get(world, "/v1/duty", region_code=COUNTY, **when, **params)
    return [each["name"] for each in duty["people"]]


async def heard(world: World) -> list[tuple[str, str, str]]:
    """(time in Shanghai, reason, name) of everybody told, in order."""
    rows = await world.rows("SELECT created_at, reason, recipient_name FROM notification ORDER BY id")
    return [(shown(row.created_at), row.reason, row.recipient_name.removesuffix("（演示）")) for row in rows]


async def trail_of(world: World) -> list[str]:
    return [row.kind for row in await world.rows("SELECT kind FROM alert_trail ORDER BY alert_id, seq")]


def shown_day(world: World) -> str:
    return (world.clock.now() + _ZONE).date().isoformat()


async def play(world: World, until: datetime) -> None:
    """Let time pass until then, from timer to timer, and fire each when it falls due."""
    while True:
        rows = await world.rows(
            "SELECT min(due_at) AS due FROM escalation_timer WHERE state = 'pending' AND due_at <= :until",
            until=until,
        )
        if rows[0].due is None:
            break
        world.clock.set(max(rows[0].due, world.clock.now()))
        assert await world.fire() > 0
    world.clock.set(until)
