"""A shift handed over: what is open, promised, quiet and faulty, signed by two people, and never changed again."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.common.security.principal import Role
from services.alerts.watch import service as watch
from services.alerts.watch.service import FindingKind
from tests.support.alerts import COUNTY, MORNING, World, caller, spike
from tests.support.duty import ROSTER, get, post, roster, staff

PATH = "/v1/duty-handovers"


async def shift(world: World) -> tuple[UUID, UUID]:
    """Two people of the county who can sign in, and a roster."""
    wang, li = await staff(world, "王", "李")
    await roster(world)
    for person in (wang, li):
        world.callers.known[str(person)] = caller(str(person), Role.OFFICER, COUNTY, person_id=person)
    return wang, li


def digest(statement: Any) -> str:
    """Computed anew, as anybody can who has the file."""
    canonical = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


async def fill(world: World) -> str:
    """One alert with a promise, one silence, one failed delivery, one finding; the alert's id."""
    await world.handle(spike(uuid4(), level=2))
    alert = (await get(world, "/v1/alerts"))["items"][0]
    promised = (MORNING + timedelta(hours=4)).isoformat()
    await post(world, f"/v1/alerts/{alert['id']}/acknowledgements", {"promised_at": promised}, by="officer")
    matcher = {"name": "object_id", "value": "M-QUIET"}
    silence = {
        "matchers": [matcher],
        "ends_at": (MORNING + timedelta(hours=2)).isoformat(),
        "reason": "检修",
        "region_code": COUNTY,
    }
    await post(world, "/v1/silences", silence)
    async with world.edge() as ctx:
        await watch.report(ctx, FindingKind.DELIVERY_LATE, "test", {})
        await ctx.session.execute(
            text(
                "INSERT INTO delivery (id, region_code, reason, priority, kind, target, language, subject, body,"
                " status, attempts, attempts_forgiven, next_attempt_at, error_code, created_at)"
                " VALUES (:id, :region, 'test', 0, 'sms', 'x', 'en', 'x', 'x', 'failed', 3, 0, :at, 'network',"
                " :at)"
            ),
            {"id": uuid4(), "region": COUNTY, "at": MORNING},
        )
    return str(alert["id"])


async def test_both_sign_the_same_statement_when_a_shift_ends(world: World) -> None:
    wang, li = await shift(world)
    alert_id = await fill(world)
    doctor = [{"code": "backup.none", "state": "warn", "says": "No backup is known", "do": "Make one"}]
    given = await post(
        world,
        PATH,
        {"roster_code": ROSTER, "taker_id": str(li), "note": "看住三号炉", "doctor": doctor},
        by=wang,
    )
    statement = given["statement"]
    assert given["digest"] == digest(statement)
    (alert,) = statement["open_alerts"]
    assert (alert["id"], statement["open_alerts_total"]) == (alert_id, 1)
    assert alert["promised_at"] == (MORNING + timedelta(hours=4)).isoformat()
    assert [each["reason"] for each in statement["mutes"]] == ["检修"]
    assert statement["failed_deliveries"] == [{"kind": "sms", "error": "network", "count": 1}]
    assert [each["kind"] for each in statement["findings"]] == ["delivery_late"]
    assert [each["code"] for each in statement["doctor"]] == ["backup.none"]
    assert (statement["note"], given["taken_at"]) == ("看住三号炉", None)

    address = f"{PATH}/{given['id']}"
    other = {"digest": "sha256:" + "0" * 64}
    refused = await post(world, f"{address}/acceptances", other, by=li, expect=409)
    assert refused["code"] == "handover.other_statement"
    mine = {"digest": given["digest"], "note": "知悉"}
    assert (await post(world, f"{address}/acceptances", mine, by=wang, expect=409))["code"] == "handover.not_yours"
    nobody = await post(world, f"{address}/acceptances", mine, by="supervisor", expect=409)
    assert nobody["code"] == "handover.needs_person"
    taken = await post(world, f"{address}/acceptances", mine, by=li)
    assert (taken["taken_by"], taken["taker_note"]) == (f"person:{li}", "知悉")
    assert (await post(world, f"{address}/acceptances", mine, by=li, expect=409))["code"] == "handover.taken"

    exported = await get(world, f"{address}/export")
    assert digest(exported["statement"]) == exported["digest"] == given["digest"]
    listed = (await get(world, PATH, **{"filter[roster_code][eq]": ROSTER}))["items"]
    assert [(each["giver_id"], each["taken_by"]) for each in listed] == [(str(wang), f"person:{li}")]
    async with world.database.session() as session:
        types = await session.scalars(
            text("SELECT type FROM outbox WHERE topic = 'alerts.handover.v1' ORDER BY sequence")
        )
        assert types.all() == ["alerts.handover.given.v1", "alerts.handover.taken.v1"]


async def test_what_was_signed_cannot_be_changed_when_somebody_tries(world: World) -> None:
    wang, li = await shift(world)
    given = await post(world, PATH, {"roster_code": ROSTER, "taker_id": str(li)}, by=wang)
    await post(world, f"{PATH}/{given['id']}/acceptances", {"digest": given["digest"]}, by=li)
    for statement in (
        "UPDATE duty_handover SET statement = '{}'",
        "DELETE FROM duty_takeover",
        "TRUNCATE duty_handover CASCADE",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with world.database.transaction() as session:
                await session.execute(text(statement))


async def test_handover_is_refused_when_it_is_not_between_two_known_people(world: World) -> None:
    wang, _ = await shift(world)
    for body, by, code in (
        ({"roster_code": ROSTER, "taker_id": str(wang)}, str(wang), "handover.to_self"),
        ({"roster_code": ROSTER, "taker_id": str(uuid4())}, str(wang), "handover.taker_unknown"),
        ({"roster_code": ROSTER, "taker_id": str(wang)}, "officer", "handover.needs_person"),
    ):
        assert (await post(world, PATH, body, by=by, expect=409))["code"] == code
    missing = await post(world, PATH, {"roster_code": "nowhere", "taker_id": str(wang)}, by=wang, expect=404)
    assert missing["code"] == "duty.roster_not_found"
    unclear = await post(world, PATH, {"roster_code": ROSTER}, by=wang, expect=422)
    assert [each["pointer"] for each in unclear["errors"]] == ["/taker_id"]


async def test_another_county_sees_nothing_when_it_asks(world: World) -> None:
    wang, li = await shift(world)
    given = await post(world, PATH, {"roster_code": ROSTER, "taker_id": str(li)}, by=wang)
    assert (await get(world, PATH, by="stranger"))["items"] == []
    for path in (f"{PATH}/{given['id']}", f"{PATH}/{given['id']}/export"):
        await get(world, path, by="stranger", expect=404)
    await get(world, f"{PATH}/preview", by="stranger", expect=404, roster_code=ROSTER)
    await post(world, f"{PATH}/{given['id']}/acceptances", {"digest": given["digest"]}, by="stranger", expect=404)


async def test_preview_says_what_would_be_signed_when_it_is_asked(world: World) -> None:
    await shift(world)
    await fill(world)
    shown = await get(world, f"{PATH}/preview", roster_code=ROSTER, by="viewer")
    assert shown["statement"]["open_alerts_total"] == 1
    assert shown["statement"]["at"] == MORNING.isoformat()
