"""A person is deleted in the registry: what was copied is blank, the trail holds, ids stay."""

from __future__ import annotations

from uuid import uuid4

from libs.common.context import Context
from libs.common.contracts import projects
from libs.common.contracts.base import Tombstone
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.alerts.forgetting.handlers import on_person_gone
from tests.support.alerts import World, spike


async def bury(world: World, version: int) -> None:
    async with world.database.transaction() as session:
        context = Context(session, world.clock.now(), new_id, SYSTEM)
        await on_person_gone(context, Tombstone(projects.PERSON.name, str(world.people["officer"]), version))


async def test_person_who_is_deleted_is_forgotten_by_the_messages_too(world: World) -> None:
    officer = world.people["officer"]
    await world.handle(spike(uuid4(), level=3))
    name = await world.scalar(f"SELECT name FROM person_replica WHERE person_id = '{officer}'")
    alert = await world.scalar("SELECT id FROM alert")
    told = await world.rows(f"SELECT recipient_name FROM notification WHERE person_id = '{officer}'")
    assert [tuple(row) for row in told] == [(name,)]
    assert await world.scalar(f"SELECT count(*) FROM delivery WHERE person_id = '{officer}' AND target <> ''") > 0
    # The chain never held the name.
    assert await world.scalar(f"SELECT count(*) FROM alert_trail WHERE facts LIKE '%{name}%'") == 0
    # An old tombstone of somebody who was recorded again forgets nobody.
    await bury(world, 0)
    assert await world.scalar(f"SELECT recipient_name FROM notification WHERE person_id = '{officer}'") == name
    await bury(world, 1000)
    assert await world.scalar(f"SELECT recipient_name FROM notification WHERE person_id = '{officer}'") == ""
    left = await world.rows(f"SELECT status, target, body FROM delivery WHERE person_id = '{officer}'")
    assert {tuple(row) for row in left} == {("discarded", "", "")}
    others = await world.rows(f"SELECT target FROM delivery WHERE person_id <> '{officer}'")
    assert "" not in [row[0] for row in others]
    async with world.client("admin") as client:
        answer = (await client.get(f"/v1/alerts/{alert}/trail")).json()
        assert answer["intact"]
        assert name not in str(answer)
        assert str(officer) in str(answer)
        assert name not in (await client.get(f"/v1/alerts/{alert}/story")).text
