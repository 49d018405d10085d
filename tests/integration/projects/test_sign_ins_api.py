"""Sign-ins that go on, end and need a second factor, over REST."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import select, text, update
from sqlmodel import col

from libs.common.security.tables import AuditRecordRow
from services.projects.identity.domain.second_factor import code_at
from services.projects.identity.tables import SecondFactorRow, SignInPolicyRow

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

PASSWORD = "Chai-Mountain-73"
OTHER = "Huang-River-58x"
# Longer than the state of a credential is believed.
_BELIEVED = 1.1


async def _tokens(office: Office, username: str, **more: Any) -> dict[str, Any]:
    answer = await _sign_in(office, username, **more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def _sign_in(office: Office, username: str, **more: Any) -> httpx.Response:
    body = {"username": username, "password": PASSWORD, **more}
    return await office.http.post("/v1/tokens", json=body, headers={"User-Agent": "test browser"})


async def _refresh(office: Office, token: str) -> httpx.Response:
    return await office.http.post("/v1/tokens/refresh", json={"refresh_token": token})


async def _back_by(office: Office, seconds: float) -> None:
    """As if the last renewals had been so long ago."""
    async with office.database.transaction() as session:
        moved = text("UPDATE sign_in_session SET renewed_at = renewed_at - make_interval(secs => :seconds)")
        await session.execute(moved, {"seconds": seconds})


async def test_sign_in_goes_on_until_somebody_shows_an_old_token(office: Office) -> None:
    await office.staff("chen", "viewer", "421224")
    first = await _tokens(office, "chen")
    assert (first["expires_in"], first["refresh_expires_in"], first["recovery_codes"]) == (1800, 1800, [])
    second = (await _refresh(office, first["refresh_token"])).json()
    assert second["session_id"] == first["session_id"]
    assert second["refresh_token"] != first["refresh_token"]
    # The answer was lost: the same again, for a moment.
    third = (await _refresh(office, first["refresh_token"])).json()
    office.tokens["chen"] = third["access_token"]
    assert (await office.call("GET", "/v1/me", by="chen")).status_code == 200
    assert (await _refresh(office, second["refresh_token"])).json()["code"] == "sign_in.session_over"
    await _back_by(office, 31)
    stolen = await _refresh(office, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["code"]) == (401, "sign_in.session_over")
    assert (await _refresh(office, third["refresh_token"])).status_code == 401
    await asyncio.sleep(_BELIEVED)
    await office.refused("GET", "/v1/me", status=401, code="unauthenticated", by="chen")
    (ended,) = await office.events("projects.credential.v1", first["session_id"])
    assert ended.type == "projects.session.ended.v1"
    assert json.loads(ended.payload or b"")["session_id"] == first["session_id"]


async def test_sign_in_is_over_when_nobody_renewed_it_in_time_or_its_account_was_changed(office: Office) -> None:
    account = await office.staff("chen", "officer", "421224")
    idle, changed = await _tokens(office, "chen"), await _tokens(office, "chen")
    await _back_by(office, 1801)
    assert (await _refresh(office, idle["refresh_token"])).status_code == 401
    await _back_by(office, -1801)
    await office.done("PATCH", f"/v1/accounts/{account['id']}", {"role": "leader"}, headers={"If-Match": '"1"'})
    assert (await _refresh(office, changed["refresh_token"])).status_code == 401
    for nonsense in ("dr_", "x" * 200, idle["access_token"][:200]):
        assert (await _refresh(office, nonsense)).json()["code"] == "sign_in.session_over"


async def test_signing_out_voids_the_tokens_and_tells_all_services(office: Office) -> None:
    await office.staff("chen", "viewer", "421224")
    here, elsewhere = await _tokens(office, "chen"), await _tokens(office, "chen")
    for _ in range(2):
        answer = await office.http.post("/v1/tokens/revoke", json={"refresh_token": here["refresh_token"]})
        assert answer.status_code == 204
    assert (await office.http.post("/v1/tokens/revoke", json={"refresh_token": "dr_no"})).status_code == 204
    await asyncio.sleep(_BELIEVED)
    office.tokens |= {"here": here["access_token"], "elsewhere": elsewhere["access_token"]}
    await office.refused("GET", "/v1/me", status=401, code="unauthenticated", by="here")
    assert (await office.call("GET", "/v1/me", by="elsewhere")).status_code == 200
    assert len(await office.events("projects.credential.v1", here["session_id"])) == 1
    statement = select(AuditRecordRow).where(col(AuditRecordRow.action) == "sign_out")
    async with office.database.session() as session:
        assert len((await session.scalars(statement)).all()) == 1


async def test_people_see_and_end_their_sign_ins_and_administrators_those_of_their_subtree(office: Office) -> None:
    await office.staff("chen", "viewer", "421224")
    await office.staff("li", "admin", "421224")
    await office.staff("wang", "admin", "421200")
    await office.staff("zhou", "admin", "421221")
    office.tokens["chen"] = (mine := await _tokens(office, "chen"))["access_token"]
    own = (await office.done("GET", "/v1/me/sessions", by="chen"))["items"]
    assert [row["client"] for row in own][:1] == ["test browser"]
    assert {row["id"] for row in own} > {mine["session_id"]}
    other = next(row["id"] for row in own if row["id"] != mine["session_id"])
    assert (await office.call("DELETE", f"/v1/sessions/{other}", by="chen")).status_code == 204
    await office.refused("GET", "/v1/sessions", status=403, code="forbidden", by="chen")
    seen = {row["id"] for row in (await office.done("GET", "/v1/sessions", by="li"))["items"]}
    assert mine["session_id"] in seen
    assert mine["session_id"] not in {
        row["id"] for row in (await office.done("GET", "/v1/sessions", by="zhou"))["items"]
    }
    path = f"/v1/sessions/{mine['session_id']}"
    await office.refused("DELETE", path, status=404, code="not_found", by="zhou")
    assert (await office.call("DELETE", path, by="wang")).status_code == 204
    await asyncio.sleep(_BELIEVED)
    await office.refused("GET", "/v1/me", status=401, code="unauthenticated", by="chen")


async def test_second_factor_is_set_up_confirmed_and_asked_for(office: Office) -> None:
    account = await office.staff("chen", "leader", "421224")
    made = await _second_factor(office, "chen")
    secret = base64.b32decode(made["secret"] + "=" * (-len(made["secret"]) % 8))
    # Not confirmed yet, so nobody is locked out by an application that was closed too early.
    assert (await _tokens(office, "chen"))["recovery_codes"] == []
    step = int(time.time() // 30)
    codes = (await _tokens(office, "chen", code=code_at(secret, step)))["recovery_codes"]
    assert len(codes) == 10
    assert (await _sign_in(office, "chen")).json()["code"] == "sign_in.second_factor_needed"
    again = await _sign_in(office, "chen", code=code_at(secret, step))
    assert (again.status_code, again.json()["code"]) == (401, "sign_in.second_factor_refused")
    assert (await _tokens(office, "chen", code=codes[0]))["recovery_codes"] == []
    assert (await _sign_in(office, "chen", code=codes[0])).json()["code"] == "sign_in.second_factor_refused"
    refused = await office.http.post("/v1/second-factors", json={"username": "chen", "password": PASSWORD})
    assert refused.json()["code"] == "sign_in.second_factor_needed"
    await office.refused(
        "DELETE", f"/v1/accounts/{account['id']}/second-factor", status=403, code="forbidden", by="chen"
    )
    removed = await office.call("DELETE", f"/v1/accounts/{account['id']}/second-factor")
    assert removed.status_code == 204
    assert (await _tokens(office, "chen"))["recovery_codes"] == []
    async with office.database.session() as session:
        rows = (await session.scalars(select(SecondFactorRow))).all()
        records = (await session.scalars(select(AuditRecordRow))).all()
    assert rows == []
    told = {(record.action, record.result) for record in records}
    assert told >= {("confirm_second_factor", "done"), ("sign_in", "refused:wrong_code")}


async def test_second_factors_that_one_person_sets_up_at_once_are_one(office: Office) -> None:
    await office.staff("chen", "leader", "421224")
    body = {"username": "chen", "password": PASSWORD}
    answers = await asyncio.gather(*(office.http.post("/v1/second-factors", json=body) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    step = int(time.time() // 30)
    secrets = [answer.json()["secret"] for answer in answers]
    tried = [
        await _sign_in(office, "chen", code=code_at(base64.b32decode(one + "=" * (-len(one) % 8)), step))
        for one in secrets
    ]
    # Whichever was set up last; once its code confirmed it, those of the others are wrong.
    assert sorted(answer.status_code for answer in tried) == [200, 401, 401, 401]


async def test_wrong_codes_lock_the_name_as_wrong_passwords_do(office: Office) -> None:
    await office.staff("chen", "leader", "421224")
    made = await _second_factor(office, "chen")
    secret = base64.b32decode(made["secret"] + "=" * (-len(made["secret"]) % 8))
    await _tokens(office, "chen", code=code_at(secret, int(time.time() // 30)))
    failures = [(await _sign_in(office, "chen", code="000000")).json()["code"] for _ in range(6)]
    assert failures == ["sign_in.second_factor_refused"] * 5 + ["sign_in.locked"]


async def test_role_that_needs_a_second_factor_does_not_sign_in_without(office: Office) -> None:
    await office.staff("chen", "leader", "421224")
    await office.staff("li", "admin", "421224")
    policy = await office.done("GET", "/v1/sign-in-policy")
    assert (policy["second_factor_roles"], policy["token_seconds"]) == (None, 1800)
    change = {"second_factor_roles": ["leader"]}
    tag = {"If-Match": f'"{policy["version"]}"'}
    await office.refused("PATCH", "/v1/sign-in-policy", change, status=403, code="forbidden", by="li", headers=tag)
    await office.refused("PATCH", "/v1/sign-in-policy", change, status=428, code="precondition.required")
    await office.done("PATCH", "/v1/sign-in-policy", change, headers=tag)
    assert (await _sign_in(office, "chen")).json()["code"] == "sign_in.second_factor_to_set_up"
    made = await _second_factor(office, "chen")
    assert (await _sign_in(office, "chen")).json()["code"] == "sign_in.second_factor_to_set_up"
    secret = base64.b32decode(made["secret"] + "=" * (-len(made["secret"]) % 8))
    assert (await _tokens(office, "chen", code=code_at(secret, int(time.time() // 30))))["recovery_codes"]
    async with office.database.transaction() as session:
        # The secret rests sealed.
        row = (await session.scalars(select(SecondFactorRow))).one()
        assert made["secret"] not in row.sealed_secret
        await session.execute(update(SignInPolicyRow).values(second_factor_roles=None))


async def test_people_change_their_own_password_knowing_the_old_one(office: Office) -> None:
    account = await office.staff("chen", "viewer", "421224")
    change = {"password": PASSWORD, "new_password": OTHER}
    weak = await office.call("POST", "/v1/me/password", change | {"new_password": "short"}, by="chen")
    assert {error["pointer"] for error in weak.json()["errors"]} == {"/new_password"}
    same = await office.call("POST", "/v1/me/password", change | {"new_password": PASSWORD}, by="chen")
    assert [error["code"] for error in same.json()["errors"]] == ["password.unchanged"]
    for _ in range(5):
        wrong = await office.call("POST", "/v1/me/password", change | {"password": "guess"}, by="chen")
        assert wrong.json()["code"] == "account.wrong_password"
    locked = await office.call("POST", "/v1/me/password", change, by="chen")
    assert (locked.status_code, locked.json()["code"]) == (429, "sign_in.locked")
    await office.done("POST", f"/v1/accounts/{account['id']}/password", {"password": PASSWORD})
    office.tokens["chen"] = (await _tokens(office, "chen"))["access_token"]
    assert (await office.call("POST", "/v1/me/password", change, by="chen")).status_code == 204
    await asyncio.sleep(_BELIEVED)
    await office.refused("GET", "/v1/me", status=401, code="unauthenticated", by="chen")
    assert (await _sign_in(office, "chen")).json()["code"] == "sign_in.refused"
    assert (await _tokens(office, "chen", password=OTHER))["expires_in"] == 1800


async def _second_factor(office: Office, username: str) -> dict[str, Any]:
    answer = await office.http.post("/v1/second-factors", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made: dict[str, Any] = answer.json()
    return made
