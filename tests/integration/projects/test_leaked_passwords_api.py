"""A password that the site knows to have leaked is refused wherever one is set."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from libs.common.database import Database, migrate
from libs.common.security.passwords import refuse_leaked
from services.projects.bootstrap import MIGRATIONS, make_first_credentials
from tests.integration.projects.conftest import ADMIN_PASSWORD, PASSWORD, Office, opened, settings_for

LEAKED, FREE = "Leaked-Lake-2026", "Qian-Lake-2026x"


def _write(path: Path, *passwords: str) -> None:
    digests = (hashlib.sha1(one.encode(), usedforsecurity=False).hexdigest().upper() for one in passwords)
    path.write_text("".join(f"{digest}:{7}\n" for digest in sorted(digests)), encoding="ascii")


@pytest.fixture
async def guarded(office: Office, tmp_path: Path) -> AsyncIterator[Office]:
    """The office with a list; what it has refused stays out of the tests that come behind."""
    _write(tmp_path / "leaked", LEAKED, *(f"other-{n}" for n in range(50)))
    async with opened(office.settings.dsn, leaked_passwords=tmp_path / "leaked") as guarded:
        guarded.tokens.update(office.tokens)
        yield guarded
    refuse_leaked(None)


def _faults(problem: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault["code"], fault["pointer"]) for fault in problem["errors"]]


async def test_leaked_password_is_refused_by_its_field_wherever_one_is_set(guarded: Office) -> None:
    wanted = {"username": "chen", "role": "officer", "region_code": "421224"}
    weak: dict[str, Any] = {"status": 409, "code": "password.weak"}
    refused = await guarded.refused("POST", "/v1/accounts", wanted | {"password": LEAKED}, **weak)
    assert _faults(refused) == [("password.leaked", "/password")]
    assert refused["errors"][0]["message"] == "This password is known to have leaked. Choose another one."
    chen = await guarded.staff("chen", "officer", "421224")

    reset = f"/v1/accounts/{chen['id']}/password"
    refused = await guarded.refused("POST", reset, {"password": LEAKED}, **weak)
    assert _faults(refused) == [("password.leaked", "/password")]
    own = {"password": PASSWORD, "new_password": LEAKED}
    refused = await guarded.refused("POST", "/v1/me/password", own, by="chen", **weak)
    assert _faults(refused) == [("password.leaked", "/new_password")]
    entering = {"username": "chen", **own}
    answer = await guarded.http.post("/v1/tokens", json=entering)
    assert (answer.status_code, _faults(answer.json())) == (409, [("password.leaked", "/new_password")])

    # The old one stands, and one that is on no list is taken.
    assert (await guarded.sign_in("chen", PASSWORD)).status_code == 200
    await guarded.done("POST", "/v1/me/password", own | {"new_password": FREE}, by="chen")
    assert (await guarded.sign_in("chen", FREE)).status_code == 200


async def test_nothing_is_set_while_the_list_cannot_be_read(guarded: Office) -> None:
    path = guarded.settings.leaked_passwords
    assert path is not None
    path.write_text("torn\n", encoding="ascii")
    wanted = {"username": "chen", "password": FREE, "role": "officer", "region_code": "421224"}
    await guarded.refused("POST", "/v1/accounts", wanted, status=503, code="unavailable")
    path.unlink()
    await guarded.refused("POST", "/v1/accounts", wanted, status=503, code="unavailable")
    # Who has a password comes in.
    assert (await guarded.sign_in("admin", ADMIN_PASSWORD)).status_code == 200
    _write(path, LEAKED)
    await guarded.done("POST", "/v1/accounts", wanted)


async def test_first_administrators_have_no_leaked_password_either(
    fresh_database: Callable[[str], str], tmp_path: Path
) -> None:
    dsn = fresh_database("first")
    await migrate(dsn, MIGRATIONS)
    database = Database(dsn, pool_size=1)
    apart = {"separate_administrators": True, "security_password": SecretStr(LEAKED)}
    try:
        for leaked, setting in ((ADMIN_PASSWORD, "DUBAN_ADMIN_PASSWORD"), (LEAKED, "DUBAN_SECURITY_PASSWORD")):
            _write(tmp_path / "leaked", leaked)
            settings = settings_for(dsn, leaked_passwords=tmp_path / "leaked", **apart)
            with pytest.raises(ValueError, match=f"{setting} is on the list of leaked passwords"):
                await make_first_credentials(settings, database)
        _write(tmp_path / "leaked", "other")
        made = await make_first_credentials(settings, database)
        # Both at last: what was refused had left nothing behind.
        assert (made["administrator_made"], made["security_administrator_made"]) == (True, True)
    finally:
        refuse_leaked(None)
        await database.close()
