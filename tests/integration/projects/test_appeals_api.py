"""Appeals over REST: accepted, dispatched, answered, rated, closed; and who made them stays unknown if asked."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from services.projects.bootstrap import build_app
from services.projects.schedule import JOBS
from tests.integration.projects.environment_world import World, settled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.integration.projects.conftest import Office

ANONYMOUS = {
    "kind": "complaint",
    "category": "fees",
    "title": "charged twice",
    "content": "the park charged its fee twice",
    "region_code": "421224101",
    "contact": {"name": "Wang Secret", "phone": "13912345678"},
}


@pytest.fixture
async def world(template_database: Callable[..., str]) -> AsyncIterator[World]:
    async with settled(template_database) as world:
        yield world


@pytest.fixture
def office(world: World) -> Office:
    return world.office


async def told(office: Office, appeal_id: str) -> list[tuple[str, dict[str, Any]]]:
    events = await office.events("projects.appeal.v1", appeal_id)
    assert [event.aggregate_version for event in events] == list(range(1, len(events) + 1))
    return [(event.type.split(".")[2], json.loads(event.payload or b"")) for event in events]


async def test_request_goes_its_way_and_an_unsatisfactory_answer_goes_back(office: Office, world: World) -> None:
    lodged = await world.appeal(kind="request", category="energy", contact={"name": "Li", "phone": "13900000000"})
    appeal = lodged["appeal"]
    assert (appeal["status"], appeal["code"], appeal["due_on"]) == ("accepted", "SQ-2026-00001", "2026-09-16")
    assert (appeal["enterprise_id"], appeal["contact"]["name"]) == (world.plant, "Li")
    path = f"/v1/appeals/{appeal['id']}"

    # The day of dispatching is not counted; Sunday the 20th is worked in return for the holiday.
    given = await office.done("POST", f"{path}/dispatches", {"unit_id": world.units["market"]}, by="centre")
    assert (given["status"], given["unit_id"], given["due_on"]) == (
        "dispatched",
        world.units["market"],
        "2026-09-21",
    )
    await office.refused(
        "POST", f"{path}/answers", {"answer": "soon"}, status=403, code="environment.other_unit", by="fire"
    )
    answered = await office.done("POST", f"{path}/answers", {"answer": "in October"}, by="market")
    assert (answered["status"], answered["due_on"], answered["rate_by"]) == ("answered", None, "2026-09-29")
    rating = {"score": 2, "satisfied": False, "comment": "too vague"}
    await office.refused("POST", f"{path}/ratings", rating, status=404, code="not_found", by="market")
    back = await office.done("POST", f"{path}/ratings", rating, by="plant")
    assert (back["status"], back["round"], back["returns"], back["due_on"]) == ("returned", 2, 1, "2026-09-21")
    await office.done("POST", f"{path}/answers", {"answer": "on 8 October"}, by="market")
    good = {"score": 5, "satisfied": True}
    closed = await office.done("POST", f"{path}/ratings", good, by="plant")
    assert (closed["status"], closed["closed_as"]) == ("closed", "satisfied")
    assert [(one["answer"], one["score"]) for one in closed["rounds"]] == [("in October", 2), ("on 8 October", 5)]
    await office.refused("POST", f"{path}/ratings", good, status=409, code="appeal.status", by="plant")

    events = await told(office, appeal["id"])
    assert [what for what, _ in events] == [
        "accepted", "dispatched", "answered", "rated", "answered", "rated", "closed",
    ]  # fmt: skip
    assert (events[3][1]["status"], events[3][1]["due_on"]) == ("returned", "2026-09-21")
    trail = (await office.done("GET", f"{path}/trail", by="plant"))["items"]
    assert [step["action"] for step in trail][-2:] == ["rated", "closed"]


async def test_anonymous_complainant_follows_and_rates_by_the_code_alone(office: Office, world: World) -> None:
    lodged = await office.done("POST", "/v1/appeals/anonymous", ANONYMOUS, by="")
    code = lodged["tracking_code"]
    assert (len(code), lodged["appeal"]["status"]) == (29, "accepted")
    (listed,) = (await office.done("GET", "/v1/appeals", by="centre"))["items"]
    # In the county's name, not the township's.
    assert (listed["anonymous"], listed["enterprise_id"], listed["region_code"]) == (True, None, "421224")
    path = f"/v1/appeals/{listed['id']}"
    await office.done("POST", f"{path}/dispatches", {"unit_id": world.units["market"]}, by="centre")
    await office.done("POST", f"{path}/answers", {"answer": "paid back"}, by="market")

    typed = code.replace("-", "").lower()
    seen = await office.done("GET", f"/v1/appeals/by-code/{typed}", by="")
    assert (seen["status"], seen["rounds"][0]["answer"]) == ("answered", "paid back")
    assert not {"id", "contact", "region_code"} & set(seen)
    body = {"code": code, "score": 4, "satisfied": True, "comment": "thank you"}
    rated = await office.done("POST", "/v1/appeals/anonymous-ratings", body, by="")
    assert rated["closed_as"] == "satisfied"
    await office.refused("POST", "/v1/appeals/anonymous-ratings", body, status=409, code="appeal.status", by="")
    wrong = f"/v1/appeals/by-code/{'0' * 25}"
    await office.refused("GET", wrong, status=404, code="not_found", by="")

    # Nothing anywhere says who it was: not the handling unit's views, events, trail, audit or answers kept.
    views = [await office.call("GET", url, by="market") for url in (path, f"{path}/trail", "/v1/appeals")]
    views.append(await office.call("GET", "/v1/appeals/changes", by="market"))
    assert all("Wang" not in view.text and "139" not in view.text and code not in view.text for view in views)
    async with office.database.session() as session:
        for table in ("appeal", "environment_trail", "outbox", "audit_record", "idempotency_key", "condition"):
            rows = (await session.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t"))).scalars().all()
            joined = "".join(rows)
            assert "Wang" not in joined, table
            assert "13912345678" not in joined, table
            assert code not in joined, table
        audited = (await session.execute(text("SELECT detail::text FROM audit_record"))).scalars().all()
        assert not any("anonymous" in detail for detail in audited)


async def test_enterprise_that_stays_unnamed_leaves_no_trace_beside_the_seal(office: Office, world: World) -> None:
    answer = await office.call(
        "POST", "/v1/appeals", ANONYMOUS | {"anonymous": True}, by="plant", headers={"Idempotency-Key": "k-1"}
    )
    assert answer.status_code == 201
    lodged = answer.json()
    appeal_id = lodged["appeal"]["id"]
    assert (lodged["appeal"]["enterprise_id"], lodged["appeal"]["contact"]) == (None, None)
    assert (await office.done("GET", "/v1/appeals", by="plant"))["items"] == []
    await office.refused("GET", f"/v1/appeals/{appeal_id}", status=404, code="not_found", by="plant")
    async with office.database.session() as session:
        for table in ("appeal", "environment_trail", "outbox", "audit_record", "idempotency_key"):
            statement = text(f"SELECT to_jsonb(t)::text FROM {table} t WHERE to_jsonb(t)::text LIKE :id")
            rows = (await session.execute(statement, {"id": f"%{appeal_id}%"})).scalars().all()
            assert not any(world.plant in row for row in rows), table
    # The key was used; the answer with the code in it was not kept.
    again = await office.call(
        "POST", "/v1/appeals", ANONYMOUS | {"anonymous": True}, by="plant", headers={"Idempotency-Key": "k-1"}
    )
    assert again.json()["code"] == "idempotency.answer_not_kept"


async def test_identity_is_disclosed_with_a_reason_and_never_to_a_unit_concerned(
    office: Office, world: World
) -> None:
    body = ANONYMOUS | {"anonymous": True, "target_unit_id": world.units["centre"]}
    appeal_id = (await office.done("POST", "/v1/appeals", body, by="plant"))["appeal"]["id"]
    path = f"/v1/appeals/{appeal_id}/disclosures"
    why = {"reason": "threats were reported"}
    await office.refused("POST", path, why, status=403, code="forbidden", by="market")
    await office.refused("POST", path, why, status=403, code="environment.own_cause", by="centre")
    shown = await office.done("POST", path, why)
    assert (shown["name"], shown["enterprise_id"]) == ("Wang Secret", world.plant)
    trail = (await office.done("GET", f"/v1/appeals/{appeal_id}/trail"))["items"]
    assert (trail[0]["actor"], trail[0]["action"]) == ("complainant", "accepted")
    assert trail[1]["note"] == "threats were reported"
    nameless = {name: value for name, value in ANONYMOUS.items() if name != "contact"}
    await office.done("POST", "/v1/appeals/anonymous", nameless, by="")
    newest = (await office.done("GET", "/v1/appeals"))["items"][0]["id"]
    await office.refused("POST", f"/v1/appeals/{newest}/disclosures", why, status=409, code="appeal.no_identity")


async def test_complaint_is_not_handled_by_the_unit_it_is_about(office: Office, world: World) -> None:
    appeal = (await world.appeal(target_unit_id=world.units["market"]))["appeal"]
    path = f"/v1/appeals/{appeal['id']}"
    to_market, to_fire = ({"unit_id": world.units[name]} for name in ("market", "fire"))
    await office.refused(
        "POST", f"{path}/dispatches", to_market, status=409, code="appeal.unit_complained_of", by="centre"
    )
    await office.refused(
        "POST", f"{path}/dispatches", to_fire, status=403, code="environment.own_cause", by="market"
    )
    nobody = {"unit_id": str(uuid4())}
    await office.refused(
        "POST", f"{path}/dispatches", nobody, status=409, code="environment.unknown_reference", by="centre"
    )
    await office.done("POST", f"{path}/dispatches", to_fire, by="centre")
    await office.refused("POST", f"{path}/dispatches", to_fire, status=409, code="appeal.same_unit", by="centre")
    to_centre = {"unit_id": world.units["centre"]}
    await office.refused(
        "POST", f"{path}/dispatches", to_centre, status=409, code="appeal.transfer_needs_reason", by="leader"
    )
    moved = await office.done("POST", f"{path}/dispatches", to_centre | {"note": "fees are theirs"}, by="leader")
    assert [one["transferred"] for one in moved["rounds"]] == [True, False]
    closing = {"closed_as": "rejected", "reason": "a matter for the court"}
    await office.refused(
        "POST", f"{path}/closures", closing, status=403, code="environment.own_cause", by="centre"
    )
    await office.refused(
        "POST", f"{path}/closures", closing, status=412, code="precondition.failed", by="leader",
        headers={"If-Match": '"1"'},
    )  # fmt: skip
    ended = await office.done("POST", f"{path}/closures", closing, by="leader")
    assert (ended["closed_as"], ended["due_on"]) == ("rejected", None)
    await office.refused(
        "POST", f"{path}/withdrawal", {"reason": "x"}, status=409, code="appeal.status", by="plant"
    )


async def test_unit_that_has_an_appeal_reaches_it_and_the_unit_complained_of_gets_no_contact(
    office: Office, world: World
) -> None:
    await office.done("POST", "/v1/appeals/anonymous", ANONYMOUS, by="")
    (listed,) = (await office.done("GET", "/v1/appeals"))["items"]
    path = f"/v1/appeals/{listed['id']}"
    await office.refused("GET", path, status=404, code="not_found", by="town")
    await office.done("POST", f"{path}/dispatches", {"unit_id": world.units["town"]}, by="centre")
    assert [one["id"] for one in (await office.done("GET", "/v1/appeals", by="town"))["items"]] == [listed["id"]]
    answered = await office.done("POST", f"{path}/answers", {"answer": "done"}, by="town")
    assert (answered["status"], answered["contact"]) == ("answered", None)

    contact = {"name": "Li", "phone": "13900000000"}
    openly = (await world.appeal(target_unit_id=world.units["market"], contact=contact))["appeal"]
    seen = {name: await office.done("GET", f"/v1/appeals/{openly['id']}", by=name) for name in ("market", "fire")}
    assert (seen["market"]["contact"], seen["fire"]["contact"]["name"]) == (None, "Li")


async def test_late_appeal_warns_once_and_is_cleared_at_once(office: Office, world: World) -> None:
    appeal = (await world.appeal())["appeal"]
    path = f"/v1/appeals/{appeal['id']}"
    office.clock.advance(timedelta(days=1))
    await world.scan()
    assert await world.conditions("appeal_overdue") == []
    office.clock.advance(timedelta(days=1))
    await world.scan()
    await world.scan()
    (late,) = await world.conditions("appeal_overdue")
    assert (late["reference_on"], late["days"], late["level"], late["subject_type"]) == (
        "2026-09-16",
        1,
        1,
        "appeal",
    )
    assert "尚未转办" in late["explanation_zh"]
    await office.done("POST", f"{path}/dispatches", {"unit_id": world.units["market"]}, by="centre")
    (late,) = await world.conditions("appeal_overdue")
    assert late["cleared_reason"] == "dispatched"

    # 17 September and five working days: 18, 20 (worked Sunday), 21, 22, 23.
    office.clock.advance(timedelta(days=7))
    await world.scan()
    _, late = await world.conditions("appeal_overdue")
    assert (late["reference_on"], late["responsible_unit_id"]) == ("2026-09-23", world.units["market"])
    office.clock.advance(timedelta(days=14))
    await world.scan()
    _, late = await world.conditions("appeal_overdue")
    # 24, 28, 29, 30 September and 8 October.
    assert (late["level"], late["version"]) == (2, 2)
    assert "5 working days overdue" in late["explanation_en"]
    await office.done("POST", f"{path}/extensions", {"working_days": 10, "reason": "on-site"}, by="leader")
    _, late = await world.conditions("appeal_overdue")
    assert late["cleared_reason"] == "extended"
    opened = [event.type for event in await office.events("projects.condition.v1")]
    assert opened == [
        f"projects.condition.{what}.v1" for what in ("opened", "cleared", "opened", "opened", "cleared")
    ]


async def test_appeal_is_answered_once_and_closed_in_time_when_nobody_rates(office: Office, world: World) -> None:
    appeal = (await world.appeal())["appeal"]
    path = f"/v1/appeals/{appeal['id']}"
    await office.done("POST", f"{path}/dispatches", {"unit_id": world.units["market"]}, by="centre")
    calls = [office.call("POST", f"{path}/answers", {"answer": f"no. {n}"}, by="market") for n in range(2)]
    answered, late = sorted(await asyncio.gather(*calls), key=lambda answer: answer.status_code)
    assert (answered.status_code, late.status_code) == (201, 409)
    assert answered.json()["rate_by"] == "2026-09-29"
    office.clock.advance(timedelta(days=15))
    await world.scan()
    closed = await office.done("GET", path)
    assert (closed["status"], closed["closed_as"], closed["closed_on"]) == ("closed", "unrated", "2026-09-30")
    assert "environment.check" in {job.name for job in JOBS}


async def test_appeal_is_refused_when_it_is_malformed_or_not_the_callers(office: Office, world: World) -> None:
    cases = [
        ({"kind": "complaint", "category": "land"}, 409, "environment.category_not_of_kind"),
        ({"region_code": "421224999"}, 409, "registry.unknown_region"),
        ({"region_code": "nowhere"}, 422, "request.malformed"),
        ({"target_unit_id": str(uuid4())}, 409, "environment.unknown_reference"),
        ({"content": ""}, 422, "request.malformed"),
    ]
    for change, status, code in cases:
        await office.refused("POST", "/v1/appeals/anonymous", ANONYMOUS | change, status=status, code=code, by="")
    body = {name: value for name, value in ANONYMOUS.items() if name != "region_code"}
    await office.refused("POST", "/v1/appeals", body, status=409, code="registry.unknown_region", by="market")
    theirs = body | {"enterprise_id": world.other}
    await office.refused("POST", "/v1/appeals", theirs, status=404, code="not_found", by="plant")
    appeal = (await world.appeal())["appeal"]
    for stranger in ("other", "jiayu"):
        await office.refused("GET", f"/v1/appeals/{appeal['id']}", status=404, code="not_found", by=stranger)
        assert (await office.done("GET", "/v1/appeals", by=stranger))["items"] == []
    withdrawn = await office.done(
        "POST", f"/v1/appeals/{appeal['id']}/withdrawal", {"reason": "solved"}, by="plant"
    )
    assert withdrawn["closed_as"] == "withdrawn"


async def test_anonymous_appeals_of_one_address_are_limited_by_the_hour(office: Office, world: World) -> None:
    await office.done("PUT", "/v1/environment-rules", {"kind": "anonymous_hourly", "value": 2})
    for _ in range(2):
        lodged = await office.done("POST", "/v1/appeals/anonymous", ANONYMOUS, by="")
    elsewhere = {"X-Forwarded-For": "198.51.100.7"}
    answer = await office.call("POST", "/v1/appeals/anonymous", ANONYMOUS, by="", headers=elsewhere)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1800")
    office.clock.advance(timedelta(minutes=30))
    await office.done("POST", "/v1/appeals/anonymous", ANONYMOUS, by="")
    body = {"code": lodged["tracking_code"], "reason": "solved"}
    assert (await office.done("POST", "/v1/appeals/anonymous-withdrawals", body, by=""))[
        "closed_as"
    ] == "withdrawn"


async def test_anonymous_appeals_are_limited_by_the_callers_address_when_the_proxy_is_ours(
    office: Office, world: World
) -> None:
    await office.done("PUT", "/v1/environment-rules", {"kind": "anonymous_hourly", "value": 1})
    settings = office.settings.model_copy(update={"trusted_proxies": ("192.0.2.10",)})
    app = build_app(settings, office.database, office.clock)
    codes = []
    for proxy, caller in (
        ("192.0.2.10", "198.51.100.7"),
        ("192.0.2.10", "198.51.100.8"),
        ("192.0.2.10", "198.51.100.7"),
        # Nobody's proxy: whatever it says, it is one caller.
        ("192.0.2.11", "198.51.100.9"),
        ("192.0.2.11", "198.51.100.10"),
    ):
        transport = httpx.ASGITransport(app, client=(proxy, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://projects.test") as http:
            answer = await http.post("/v1/appeals/anonymous", json=ANONYMOUS, headers={"X-Forwarded-For": caller})
        codes.append(answer.status_code)
    assert codes == [201, 201, 429, 201, 429]
