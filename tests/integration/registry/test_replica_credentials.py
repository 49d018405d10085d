import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import event

from libs.common.contracts import projects
from libs.common.database import Database
from libs.common.registry.credentials import ReplicaCredentialStore
from libs.common.security.authenticator import Authenticator, build_authenticator
from libs.common.security.keys import new_api_key
from libs.common.security.principal import ROLE_SCOPES, Principal, Role, Scope
from libs.common.security.tokens import EmbeddedIssuer, SigningKey
from libs.common.settings import CommonSettings, Environment
from libs.common.web.problems import Unauthenticated

Record = Callable[..., Awaitable[None]]


@pytest.fixture
def authenticator(database: Database) -> Authenticator:
    settings = CommonSettings(
        environment=Environment.LOCAL, database_dsn=SecretStr(database.dsn), kafka_bootstrap="unused:9092"
    )
    return build_authenticator(settings, ReplicaCredentialStore(database), service="energy")


ISSUER = EmbeddedIssuer("http://127.0.0.1:8100", "duban")


def _api_key(key_hash: str, **facts: object) -> projects.ApiKeyRecordedV1:
    payload: dict[str, object] = {
        "key_id": uuid4(),
        "name": "utility",
        "key_hash": key_hash,
        "role": "feed",
        "scopes": (Scope.ENERGY_INGEST, Scope.ENERGY_READ),
        "region_code": "421224",
        "meter_nos": ("M-1", "M-2"),
    }
    return projects.ApiKeyRecordedV1.model_validate(payload | facts)


async def test_a_feed_is_known_when_its_key_is_in_the_replica(
    authenticator: Authenticator, record: Record
) -> None:
    key = new_api_key()
    await record(_api_key(key.key_hash))
    caller = await authenticator.authenticate({"x-api-key": key.key})
    assert (caller.role, caller.region_code, caller.kind) == (Role.FEED, "421224", "key")
    assert caller.meter_nos == frozenset({"M-1", "M-2"})
    assert caller.scopes == {Scope.ENERGY_INGEST, Scope.ENERGY_READ}


async def test_a_key_without_a_list_has_none_when_read_back(authenticator: Authenticator, record: Record) -> None:
    key = new_api_key()
    await record(_api_key(key.key_hash, meter_nos=None))
    assert (await authenticator.authenticate({"x-api-key": key.key})).meter_nos is None


@pytest.mark.parametrize("end", ["revoked", "deleted"])
async def test_a_key_is_void_within_two_seconds_when_it_ends(
    authenticator: Authenticator, record: Record, bury: Record, end: str
) -> None:
    key = new_api_key()
    granted = _api_key(key.key_hash)
    await record(granted)
    await authenticator.authenticate({"x-api-key": key.key})
    if end == "revoked":
        # The date of the revocation is the stack's, which need not be ours.
        await record(granted.model_copy(update={"revoked_at": datetime.now(UTC) + timedelta(days=99)}), 2)
    else:
        await bury(projects.CREDENTIAL, granted.key_id, 2)
    await asyncio.sleep(1.1)
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate({"x-api-key": key.key})


async def test_a_token_is_verified_when_its_signing_key_is_in_the_replica(
    authenticator: Authenticator, record: Record
) -> None:
    signing, account = SigningKey.generate(), uuid4()
    officer = Principal(str(account), Role.OFFICER, "421224", scopes=ROLE_SCOPES[Role.OFFICER], account_id=account)
    headers = {"authorization": f"Bearer {ISSUER.issue(signing, officer, 600)}"}
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(headers)
    await record(projects.SigningKeyRecordedV1(kid=signing.kid, public_jwk=signing.public_jwk()))
    assert (await authenticator.authenticate(headers)).account_id == account

    await record(projects.AccountRevokedV1(account_id=account, not_before=datetime.now(UTC)))
    await asyncio.sleep(1.1)
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(headers)
    again = ISSUER.issue(signing, officer, 600)
    assert (await authenticator.authenticate({"authorization": f"Bearer {again}"})).account_id == account


async def test_tokens_of_a_sign_in_that_ended_are_void_and_those_of_others_stand(
    authenticator: Authenticator, record: Record
) -> None:
    signing, account = SigningKey.generate(), uuid4()
    await record(projects.SigningKeyRecordedV1(kid=signing.kid, public_jwk=signing.public_jwk()))
    ended, other, run_out = uuid4(), uuid4(), uuid4()
    headers = {}
    for session in (ended, other):
        of_session = Principal(
            str(account),
            Role.OFFICER,
            "421224",
            scopes=ROLE_SCOPES[Role.OFFICER],
            account_id=account,
            session_id=session,
        )
        headers[session] = {"authorization": f"Bearer {ISSUER.issue(signing, of_session, 600)}"}
        assert (await authenticator.authenticate(headers[session])).session_id == session
    now = datetime.now(UTC)
    for session, not_after in ((run_out, now - timedelta(seconds=1)), (ended, now + timedelta(hours=12))):
        await record(projects.SessionEndedV1(session_id=session, account_id=account, not_after=not_after))
    await asyncio.sleep(1.1)
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(headers[ended])
    assert (await authenticator.authenticate(headers[other])).account_id == account


async def test_a_token_is_refused_when_its_signing_key_has_retired(
    authenticator: Authenticator, record: Record
) -> None:
    signing, account = SigningKey.generate(), uuid4()
    await record(
        projects.SigningKeyRecordedV1(
            kid=signing.kid, public_jwk=signing.public_jwk(), not_after=datetime.now(UTC) - timedelta(seconds=1)
        )
    )
    officer = Principal(str(account), Role.OFFICER, "421224", scopes=ROLE_SCOPES[Role.OFFICER], account_id=account)
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate({"authorization": f"Bearer {ISSUER.issue(signing, officer, 600)}"})


async def test_nothing_is_asked_when_the_credential_is_known(
    authenticator: Authenticator, record: Record, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_api_key()
    await record(_api_key(key.key_hash))
    headers = {"x-api-key": key.key}
    # What is believed for a second is believed as long as its clock stands still.
    monkeypatch.setattr(authenticator._keys, "_monotonic", lambda: 0.0)
    await authenticator.authenticate(headers)
    found: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *told: found.append(told[2]))
    for _ in range(200):
        await authenticator.authenticate(headers)
    assert found == []
