from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from libs.common.security.keys import StoredApiKey, hash_api_key, is_api_key, new_api_key
from libs.common.security.principal import Role, Scope

NOW = datetime(2026, 9, 15, 1, 0, tzinfo=UTC)


def _stored(**facts: object) -> StoredApiKey:
    defaults: dict[str, object] = {
        "key_id": uuid4(),
        "name": "utility",
        "key_hash": "0" * 64,
        "role": "feed",
        "scopes": frozenset({Scope.ENERGY_INGEST}),
    }
    return StoredApiKey(**(defaults | facts))  # type: ignore[arg-type]


def test_a_new_key_has_its_form_and_is_stored_as_a_hash_when_made() -> None:
    made = new_api_key()
    assert is_api_key(made.key)
    assert made.key.startswith(f"dk_{made.prefix}_")
    assert made.key_hash == hash_api_key(made.key)
    assert made.key.rpartition("_")[2] not in made.key_hash
    assert new_api_key().key != made.key


@pytest.mark.parametrize(
    "text", ["", "dk_", "dk_12345678_short", "xx_12345678_" + "a" * 43, "dk_1234567g_" + "a" * 43]
)
def test_a_text_is_no_key_when_its_form_differs(text: str) -> None:
    assert not is_api_key(text)


def test_a_key_is_dead_when_expired_or_revoked_at_any_date() -> None:
    assert _stored().is_live(NOW)
    assert _stored(expires_at=NOW + timedelta(seconds=1)).is_live(NOW)
    assert not _stored(expires_at=NOW).is_live(NOW)
    assert not _stored(revoked_at=NOW - timedelta(days=1)).is_live(NOW)
    assert not _stored(revoked_at=NOW + timedelta(days=1)).is_live(NOW)


def test_a_keys_scopes_are_cut_down_when_its_role_has_fewer() -> None:
    caller = _stored(scopes=frozenset({Scope.ENERGY_INGEST, Scope.PROJECTS_WRITE, "invented"})).principal()
    assert caller.role is Role.FEED
    assert caller.kind == "key"
    assert caller.scopes == {Scope.ENERGY_INGEST}


def test_a_key_stands_for_nobody_when_its_role_is_unknown() -> None:
    with pytest.raises(ValueError, match="emperor"):
        _stored(role="emperor").principal()
