"""Who audits, who keeps accounts, passwords that are to be changed, attacks, and keys that are replaced."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlmodel import col

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.key_uses import EnergyApiKeyUsedV1
from libs.common.ids import new_id
from libs.common.security.audit import link_due_records
from libs.common.security.audit_command import audit_command
from libs.common.security.envelope import Envelope, SealBroken
from libs.common.security.principal import SYSTEM
from libs.common.security.resealing import reseal
from libs.common.security.tables import APPEND_ONLY_TABLES
from services.projects.bootstrap import make_first_credentials
from services.projects.conditions.tables import ConditionRow
from services.projects.database import METADATA
from services.projects.identity.handlers import on_key_used
from services.projects.identity.service.second_factors import set_up
from services.projects.identity.service.signing import rotate_signing_key
from services.projects.identity.tables import AccountRow
from services.projects.registry.contacts import mask_for_all
from services.projects.sealed import SEALED
from services.projects.watch.jobs import check_audit_chain, check_sign_ins
from tests.integration.projects.conftest import ADMIN_PASSWORD, PASSWORD, Office, opened, settings_for

OTHER, THIRD, FOURTH = "Huang-River-58x", "Qian-Lake-2026x", "Xian-Ning-2026-a"
# Longer than the state of a credential is believed.
_BELIEVED = 1.1


async def _run(office: Office, job: Callable[[Context, datetime], Awaitable[None]]) -> None:
    now = office.clock.now()
    async with office.database.transaction() as session:
        await job(Context(session, now, new_id, SYSTEM), now)


async def _conditions(office: Office, kind: str) -> list[tuple[str | None, int, bool]]:
    """Who answers for it, its level, and whether it is open."""
    statement = select(ConditionRow).where(col(ConditionRow.kind) == kind).order_by(col(ConditionRow.opened_at))
    async with office.database.session() as session:
        rows = (await session.scalars(statement)).all()
    return [
        (
            None if row.responsible_person_id is None else str(row.responsible_person_id),
            row.level,
            row.cleared_at is None,
        )
        for row in rows
    ]


async def _signs_in(office: Office, username: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    return await office.http.post("/v1/tokens", json={"username": username, "password": password, **more})


async def _person(office: Office, code: str) -> str:
    unit = await office.done("PUT", f"/v1/units/U-{code}", {"name": "unit", "region_code": "421224"})
    body = {"name": f"{code}（演示）", "unit_id": unit["unit_id"], "region_code": "421224", "post": "officer"}
    return str((await office.done("PUT", f"/v1/persons/{code}", body))["person_id"])


async def test_record_is_read_filtered_and_exported_by_who_audits_and_a_broken_chain_is_told_once(
    office: Office,
) -> None:
    await office.staff("chen", "officer", "421224")
    await office.staff("wang", "auditor", "421224")
    await office.staff("far", "auditor", "421221")
    await office.staff("all", "auditor")
    await office.refused("GET", "/v1/audit-records", status=403, code="forbidden", by="chen")
    path = await office.register("A-1", by="chen")
    await office.refused("PATCH", path, {"name": "x"}, by="chen", status=428, code="precondition.required")
    asked = {"filter[object_type][eq]": "projects", "sort": "at"}
    for reader, count in (("wang", 2), ("all", 2), ("far", 0)):
        found = (await office.done("GET", "/v1/audit-records", by=reader, params=asked))["items"]
        assert [row["action"].partition(" ")[0] for row in found] == ["POST", "PATCH"][:count]
    found = (await office.done("GET", "/v1/audit-records", by="all", params=asked))["items"]
    assert [row["result"] for row in found] == ["done", "refused:precondition.required"]
    refused = asked | {"filter[result][prefix]": "refused"}
    assert len((await office.done("GET", "/v1/audit-records", by="all", params=refused))["items"]) == 1

    before = await office.done("GET", "/v1/audit-chain", by="wang")
    assert (before["linked"], before["waiting"] > 5) == (0, True)
    await _run(office, link_due_records)
    head = await office.done("GET", "/v1/audit-chain", by="wang")
    assert (head["waiting"], head["sequence"]) == (0, before["waiting"])
    found = (await office.done("GET", "/v1/audit-records", by="wang", params=asked))["items"]
    assert all(row["sequence"] and len(row["hash"]) == 64 for row in found)
    lines = await office.call("GET", "/v1/audit-records/export", by="wang", params=asked | {"format": "ndjson"})
    assert [json.loads(line)["id"] for line in lines.text.splitlines()] == [row["id"] for row in found]
    book = await office.call("GET", "/v1/audit-records/export", by="all", params=asked)
    assert (book.status_code, book.content[:2]) == (200, b"PK")
    exports = {"filter[object_type][eq]": "audit-records", "filter[action][eq]": "export"}
    told = (await office.done("GET", "/v1/audit-records", by="all", params=exports))["items"]
    assert sorted(row["detail"]["rows"] for row in told) == [2, 2]

    await _run(office, check_audit_chain)
    assert await _conditions(office, "audit_broken") == []
    dsn = office.settings.dsn
    asked_for = ["verify", "--anchor", f"{head['sequence']}:{head['hash']}"]

    def verify(*arguments: str) -> int:
        return audit_command("projects", lambda: settings_for(dsn), arguments)

    assert await asyncio.to_thread(verify, *asked_for) == 0
    assert await asyncio.to_thread(verify, "verify", "--anchor", "3:00") == 1
    async with office.database.transaction() as session:
        for table in APPEND_ONLY_TABLES:
            await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
        forged = "UPDATE audit_record SET actor = 'nobody' WHERE action LIKE 'POST /v1/projects%'"
        await session.execute(text(forged))
    assert await asyncio.to_thread(verify, "verify", "--json") == 1
    for _ in range(2):
        await _run(office, check_audit_chain)
    assert await _conditions(office, "audit_broken") == [(None, 2, True)]


async def test_password_is_changed_first_when_another_set_it_and_none_of_the_last_is_used_again(
    office: Office,
) -> None:
    await office.staff("chen", "officer", "421224")
    policy = await office.call("GET", "/v1/sign-in-policy")
    tag = {"If-Match": policy.headers["etag"]}
    rules = {"profile": "gb22239", "password_history": 2}
    changed = await office.done("PATCH", "/v1/sign-in-policy", rules, headers=tag)
    assert (changed["password_days"], changed["password_history"]) == (90, 2)
    assert changed["change_given_passwords"] is True

    asked = await _signs_in(office, "chen")
    assert (asked.status_code, asked.json()["code"]) == (401, "sign_in.password_to_change")
    assert [fault["code"] for fault in asked.json()["errors"]] == ["password.given"]
    weak = await _signs_in(office, "chen", new_password="short")
    assert (weak.status_code, weak.json()["code"]) == (409, "password.weak")
    same = await _signs_in(office, "chen", new_password=PASSWORD)
    assert same.json()["errors"][0]["code"] == "password.unchanged"
    # A wrong password opens nothing, whatever comes with it.
    wrong = await _signs_in(office, "chen", "wrong", new_password=OTHER)
    assert wrong.json()["code"] == "sign_in.refused"
    entered = await _signs_in(office, "chen", new_password=OTHER)
    assert entered.status_code == 200, entered.text
    assert (await _signs_in(office, "chen")).json()["code"] == "sign_in.refused"
    office.tokens["chen"] = (await _signs_in(office, "chen", OTHER)).json()["access_token"]

    used = {"password": OTHER, "new_password": PASSWORD}
    await office.refused("POST", "/v1/me/password", used, status=409, code="password.used_before", by="chen")
    await office.done("POST", "/v1/me/password", used | {"new_password": THIRD}, by="chen")
    async with office.database.transaction() as session:
        hashes = await session.execute(text("SELECT count(*) FROM password_history"))
        assert hashes.scalar() == 2
        aged = "UPDATE account SET password_set_at = password_set_at - interval '90 days'"
        await session.execute(text(f"{aged} WHERE username = 'chen'"))
    late = await _signs_in(office, "chen", THIRD)
    assert [fault["code"] for fault in late.json()["errors"]] == ["password.expired"]
    # Two others have come since.
    assert (await _signs_in(office, "chen", THIRD, new_password=FOURTH)).status_code == 200
    assert (await _signs_in(office, "chen", FOURTH, new_password=PASSWORD)).status_code == 200
    account = (await office.done("GET", "/v1/accounts", params={"filter[username][eq]": "chen"}))["items"][0]
    assert account["password_given"] is False
    await office.done("POST", f"/v1/accounts/{account['id']}/password", {"password": OTHER})
    assert (await _signs_in(office, "chen", OTHER)).json()["code"] == "sign_in.password_to_change"


async def test_one_password_at_many_names_locks_the_place_and_is_told_to_who_keeps_the_accounts(
    office: Office,
) -> None:
    keeper = await _person(office, "K-1")
    await office.staff("keeper", "security", person_id=keeper)
    await office.staff("chen", "officer", "421224")
    tag = {"If-Match": (await office.call("GET", "/v1/sign-in-policy")).headers["etag"]}
    await office.done("PATCH", "/v1/sign-in-policy", {"max_address_failures": 6}, headers=tag)
    await _run(office, check_sign_ins)
    assert await _conditions(office, "sign_ins_attacked") == []
    # What succeeds is not counted against the place.
    for _ in range(3):
        assert (await _signs_in(office, "chen")).status_code == 200
    spray = [(await _signs_in(office, f"name-{n}", "Spring-2026!")).status_code for n in range(7)]
    assert spray == [401] * 6 + [429]
    # Also for the right password: whoever guesses there learns nothing any more.
    assert (await _signs_in(office, "chen")).status_code == 429
    async with office.database.session() as session:
        counted = await session.execute(text("SELECT count(*) FROM sign_in_attempts WHERE username = 'chen'"))
        assert counted.scalar() == 0
    for _ in range(2):
        await _run(office, check_sign_ins)
    assert await _conditions(office, "sign_ins_attacked") == [(keeper, 1, True)]
    async with office.database.transaction() as session:
        await session.execute(text("UPDATE sign_in_address SET locked_until = now() - interval '1 second'"))
    await _run(office, check_sign_ins)
    assert await _conditions(office, "sign_ins_attacked") == [(keeper, 1, False)]
    assert (await _signs_in(office, "chen")).status_code == 200


async def test_many_refusals_of_one_caller_are_told_to_who_keeps_the_accounts(office: Office) -> None:
    keeper = await _person(office, "K-1")
    await office.staff("keeper", "security", person_id=keeper)
    await office.staff("chen", "officer", "421224")
    tag = {"If-Match": (await office.call("GET", "/v1/sign-in-policy")).headers["etag"]}
    await office.done("PATCH", "/v1/sign-in-policy", {"alarm_refusals": 8}, headers=tag)
    # Counts are handed over every five seconds; here with each refusal.
    office.app.state.refusals.monotonic = itertools.count(step=10).__next__
    for _ in range(3):
        assert (await office.call("GET", f"/v1/projects/{uuid4()}", by="chen")).status_code == 404
    assert (await office.call("GET", "/v1/accounts", by="chen")).status_code == 403
    await _run(office, check_sign_ins)
    assert await _conditions(office, "requests_refused") == []
    # What is wrong in itself is no refusal, and neither is what succeeds.
    assert (await office.call("GET", "/v1/projects?limit=x", by="chen")).status_code == 422
    assert (await office.call("GET", "/v1/me", by="chen")).status_code == 200
    office.tokens["forged"] = "a.b.c"
    for _ in range(4):
        assert (await office.call("GET", "/v1/me", by="forged")).status_code == 401
    for _ in range(2):
        await _run(office, check_sign_ins)
    assert await _conditions(office, "requests_refused") == [(keeper, 1, True)]
    async with office.database.transaction() as session:
        told = await session.execute(text("SELECT caller, sum(count) FROM caller_refusals GROUP BY caller"))
        counted = dict(tuple(row) for row in told)
        me = await office.done("GET", "/v1/me", by="chen")
        assert counted == {me["subject"]: 4, "address 127.0.0.1": 8}
        await session.execute(text("UPDATE caller_refusals SET minute = minute - interval '1 hour'"))
    await _run(office, check_sign_ins)
    assert await _conditions(office, "requests_refused") == [(keeper, 1, False)]


async def test_three_administrators_are_three_people_where_the_site_separates_them(
    office: Office,
) -> None:
    facts: dict[str, Any] = {"separate_administrators": True, "security_password": SecretStr(OTHER)}
    dsn = office.settings.dsn
    made = await make_first_credentials(settings_for(dsn, **facts), office.database)
    assert (made["administrator_made"], made["security_administrator_made"]) == (False, True)
    async with opened(dsn, **facts) as site:
        for name, password in (("admin", ADMIN_PASSWORD), ("security", OTHER)):
            site.tokens[name] = (await site.sign_in(name, password)).json()["access_token"]
        people = [await _person(office, f"P-{n}") for n in range(3)]

        def of(name: str, role: str, person: str | None, region: str | None = None) -> dict[str, Any]:
            return {
                "username": name,
                "password": PASSWORD,
                "role": role,
                "person_id": person,
                "region_code": region,
            }

        async def refuses(method: str, path: str, body: Any, code: str, by: str = "security") -> dict[str, Any]:
            headers = {"If-Match": "*"} if method == "PATCH" else {}
            return await site.refused(method, path, body, by=by, status=409, code=code, headers=headers)

        # Who runs the system grants nothing, and who grants sees no business and runs nothing.
        for path in ("/v1/accounts", "/v1/api-keys", "/v1/sessions", "/v1/sign-in-policy"):
            await site.refused("GET", path, status=403, code="forbidden")
        wanted = of("chen", "officer", None, "421224")
        await site.refused("POST", "/v1/accounts", wanted, status=403, code="forbidden")
        for path in ("/v1/projects", "/v1/enterprises", "/v1/exports/projects", "/v1/search?q=x"):
            await site.refused("GET", path, status=403, code="forbidden", by="security")
        await site.refused("PUT", "/v1/units/X", {"name": "x"}, status=403, code="forbidden", by="security")
        assert (await site.done("GET", "/v1/me", by="security"))["role"] == "security"
        await site.done("GET", "/v1/audit-records", by="security")
        chen = await site.done("POST", "/v1/accounts", wanted, by="security")

        nobody = await refuses("POST", "/v1/accounts", of("li", "auditor", None), "account.duties_apart")
        assert nobody["errors"][0]["code"] == "grant.person_required"
        await site.done("POST", "/v1/accounts", of("li", "auditor", people[0]), by="security")
        twice = await refuses("POST", "/v1/accounts", of("li2", "admin", people[0]), "account.duties_apart")
        assert "auditor" in twice["errors"][0]["message"]
        # An officer of the same person is no second duty of the three; a key of one would be.
        await site.done("POST", "/v1/accounts", of("li3", "officer", people[0], "421224"), by="security")
        await refuses("POST", "/v1/api-keys", {"name": "k", "role": "admin"}, "account.duties_apart")
        # None grants himself anything, by his own account or by another of the same person.
        me = f"/v1/accounts/{(await site.done('GET', '/v1/me', by='security'))['subject']}"
        await refuses("PATCH", me, {"role": "admin"}, "account.own_grants")
        await site.done("POST", "/v1/accounts", of("zhao", "security", people[1]), by="security")
        site.tokens["zhao"] = (await site.sign_in("zhao", PASSWORD)).json()["access_token"]
        second = of("zhao2", "officer", people[1], "421224")
        await refuses("POST", "/v1/accounts", second, "account.own_grants", "zhao")
        theirs = {"role": "auditor", "person_id": people[1], "region_code": None}
        await refuses("PATCH", f"/v1/accounts/{chen['id']}", theirs, "account.own_grants", "zhao")
        await site.done("PATCH", me, {"active": False}, headers={"If-Match": "*"}, by="zhao")
        await asyncio.sleep(_BELIEVED)
        await site.refused("GET", "/v1/accounts", status=401, code="unauthenticated", by="security")


async def test_keys_show_their_last_use_and_what_signs_and_seals_is_replaced(office: Office) -> None:
    made = await office.done("POST", "/v1/api-keys", {"name": "k", "role": "viewer", "region_code": "421224"})
    path = f"/v1/api-keys/{made['id']}"
    assert made["last_used_on"] is None
    for _ in range(3):
        assert (await office.http.get("/v1/me", headers={"X-API-Key": made["key"]})).status_code == 200
    used = date.fromisoformat((await office.done("GET", path))["last_used_on"])
    # Another service tells of a later day, and then of an earlier one.
    for days in (2, 1):
        told = EnergyApiKeyUsedV1(key_id=made["id"], used_on=used + timedelta(days=days))
        event: Event[Any] = Event(
            id=new_id(), type=told.event_type, source="/energy", subject=made["id"], time=datetime.now(UTC),
            aggregate_version=days, region_code=None, payload=told,
        )  # fmt: skip
        async with office.database.transaction() as session:
            await on_key_used(Context(session, office.clock.now(), new_id, SYSTEM), event)
    assert (await office.done("GET", path))["last_used_on"] == str(used + timedelta(days=2))
    unused = {"filter[last_used_on][lt]": str(used)}
    assert (await office.done("GET", "/v1/api-keys", params=unused))["items"] == []

    old = office.tokens["admin"]
    envelope = office.settings.envelope()

    async def rotate(*, at_once: bool) -> str:
        async with office.database.transaction() as session:
            ctx = Context(session, office.clock.now(), new_id, SYSTEM)
            return (await rotate_signing_key(ctx, envelope, at_once=at_once)).kid

    kid = await rotate(at_once=False)
    await office.staff("chen", "officer", "421224")
    known = {key["kid"] for key in (await office.http.get("/.well-known/jwks.json")).json()["keys"]}
    assert (kid in known, len(known)) == (True, 2)
    assert (await office.call("GET", "/v1/me")).status_code == 200
    await rotate(at_once=True)
    await asyncio.sleep(_BELIEVED)
    office.tokens["old"] = old
    await office.refused("GET", "/v1/me", status=401, code="unauthenticated", by="old")
    office.tokens["chen"] = (await _signs_in(office, "chen")).json()["access_token"]
    assert (await office.call("GET", "/v1/me", by="chen")).status_code == 200
    assert len(await office.events("projects.credential.v1", kid)) == 2

    # Everything sealed is among what is sealed anew, and the old key is worth nothing afterwards.
    columns = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if "sealed" in column.name
    }
    assert columns == {place.name for place in SEALED}
    async with office.database.transaction() as session:
        account = (await session.scalars(select(AccountRow).where(col(AccountRow.username) == "chen"))).one()
        await set_up(Context(session, office.clock.now(), new_id, SYSTEM), envelope, account, None)
    secret = office.settings.secret_key.get_secret_value()
    async with office.database.transaction() as session:
        counts = await reseal(session, Envelope("another secret of the site", previous=(secret,)), SEALED)
    assert (counts["signing_key.sealed_private_jwk"], counts["second_factor.sealed_secret"]) == (3, 1)
    async with office.database.session() as session:
        with pytest.raises(SealBroken, match=r"signing_key\.sealed_private_jwk"):
            await reseal(session, envelope, SEALED)
        await session.rollback()


async def test_number_is_shown_with_a_reason_that_stays_where_the_site_masks_them(
    office: Office,
) -> None:
    person = {"name": "x（演示）", "region_code": "421224", "post": "officer", "phone": "+86 715 1234567"}
    unit = await office.done("PUT", "/v1/units/U", {"name": "unit", "region_code": "421224"})
    await office.done("PUT", "/v1/persons/P", person | {"unit_id": unit["unit_id"]})
    for name, role in (("chen", "officer"), ("audit", "auditor")):
        await office.staff(name, role, "421224")
    assert (await office.done("GET", "/v1/persons/P", by="chen"))["phone"].endswith("1234567")
    async with opened(office.settings.dsn, mask_contacts=True) as masking:
        masking.tokens |= office.tokens
        for path in ("/v1/persons/P", "/v1/persons"):
            told = await masking.done("GET", path, by="chen")
            assert "1234567" not in json.dumps(told)
        asked = "/v1/persons/P/disclosures"
        await masking.refused("POST", asked, {"reason": " "}, by="chen", status=422, code="request.malformed")
        await masking.refused("POST", asked, {"reason": "x"}, by="audit", status=403, code="forbidden")
        shown = await masking.done("POST", asked, {"reason": "核实"}, by="chen")
        assert shown["phone"].endswith("1234567")
        params = {"filter[action][eq]": "disclose"}
        (kept,) = (await masking.done("GET", "/v1/audit-records", by="audit", params=params))["items"]
        assert (kept["object_id"], kept["detail"]) == (shown["person_id"], {"reason": "核实"})
    mask_for_all(False)
