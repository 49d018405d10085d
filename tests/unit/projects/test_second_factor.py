"""Codes of a second factor and what renews a sign-in, without a database."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from libs.common.security.principal import Role
from services.projects.identity.domain import second_factor as totp
from services.projects.identity.domain.lockout import LockoutPolicy
from services.projects.identity.domain.policy import PasswordPolicy, SignInPolicy
from services.projects.identity.domain.sessions import SessionState, Verdict, hash_of, judge, new_token, read_token

# RFC 6238, appendix B: the secret of the SHA-1 rows; the last six of its eight digits.
SECRET = b"12345678901234567890"
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (20000000000, "353130"),
]
NOW = datetime(2026, 9, 15, 8, 30, tzinfo=UTC)
IDLE = timedelta(minutes=30)


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    assert totp.code_at(SECRET, at // 30) == code
    assert totp.counter_of(SECRET, code, now=at, after=0) == at // 30


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_code_is_good_one_step_before_and_after(steps: int, good: bool) -> None:
    now = 1_800_000_015.0
    present = int(now // 30)
    found = totp.counter_of(SECRET, totp.code_at(SECRET, present + steps), now=now, after=0)
    assert found == (present + steps if good else None)


def test_code_is_good_once_and_so_are_those_before_it() -> None:
    now = 1_800_000_015.0
    present = int(now // 30)
    assert totp.counter_of(SECRET, totp.code_at(SECRET, present), now=now, after=present) is None
    assert totp.counter_of(SECRET, totp.code_at(SECRET, present - 1), now=now, after=present) is None
    assert totp.counter_of(SECRET, totp.code_at(SECRET, present + 1), now=now, after=present) == present + 1


def test_address_holds_the_secret_as_applications_read_it() -> None:
    address = urlsplit(totp.address_of(SECRET, username="admin", issuer="Duban"))
    assert (address.scheme, address.netloc, address.path) == ("otpauth", "totp", "/Duban:admin")
    facts = parse_qs(address.query)
    assert base64.b32decode(facts["secret"][0]) == SECRET
    assert (facts["issuer"], facts["digits"], facts["period"]) == (["Duban"], ["6"], ["30"])


def test_recovery_code_is_good_once_however_it_is_typed() -> None:
    codes = totp.new_recovery_codes()
    hashes = [totp.hash_recovery_code(code) for code in codes]
    assert len(set(hashes)) == totp.RECOVERY_CODES
    left = totp.without_recovery_code(hashes, f" {codes[3].upper()} ")
    assert left == [*hashes[:3], *hashes[4:]]
    assert totp.without_recovery_code(left, codes[3]) is None


@pytest.mark.parametrize(
    "text", ["", "dr_", "dr_x_y", "dr_0123", "dk_" + "0" * 32 + "_secret", "0" * 32 + "_secret"]
)
def test_text_that_is_no_renewal_token_is_none(text: str) -> None:
    assert read_token(text) is None


def test_renewal_token_names_its_sign_in_and_keeps_its_secret() -> None:
    session = UUID("01926f4e-7f00-7000-8000-0000000000e1")
    token, kept = new_token(session)
    assert read_token(token) == (session, kept)
    assert kept not in token


def _state(**facts: Any) -> SessionState:
    known: dict[str, Any] = {
        "renewed_at": NOW,
        "expires_at": NOW + timedelta(hours=12),
        "token_hash": hash_of("new"),
        "previous_hash": hash_of("old"),
        "ended": False,
    }
    return SessionState(**(known | facts))


@pytest.mark.parametrize(
    ("shown", "after", "facts", "verdict"),
    [
        ("new", timedelta(minutes=29), {}, Verdict.RENEW),
        ("new", timedelta(minutes=30), {}, Verdict.REFUSE),
        ("new", timedelta(minutes=29), {"ended": True}, Verdict.REFUSE),
        ("new", timedelta(minutes=5), {"expires_at": NOW + timedelta(minutes=5)}, Verdict.REFUSE),
        ("old", timedelta(seconds=29), {}, Verdict.RENEW),
        ("old", timedelta(seconds=30), {}, Verdict.END),
        ("old", timedelta(seconds=29), {"previous_hash": None}, Verdict.REFUSE),
        ("guessed", timedelta(seconds=1), {}, Verdict.REFUSE),
    ],
)
def test_sign_in_goes_on_only_for_who_holds_its_newest_token(
    shown: str, after: timedelta, facts: dict[str, object], verdict: Verdict
) -> None:
    assert judge(_state(**facts), hash_of(shown), idle=IDLE, now=NOW + after) is verdict


@pytest.mark.parametrize(
    ("roles", "role", "is_local", "needed"),
    [
        (None, Role.ADMIN, False, True),
        (None, Role.ADMIN, True, False),
        (None, Role.LEADER, False, False),
        (frozenset({"leader"}), Role.LEADER, True, True),
        (frozenset({"leader"}), Role.ADMIN, False, False),
        (frozenset(), Role.ADMIN, False, False),
    ],
)
def test_second_factor_is_needed_by_policy_or_else_by_administrators_of_real_sites(
    roles: frozenset[str] | None, role: Role, is_local: bool, needed: bool
) -> None:
    policy = SignInPolicy(LockoutPolicy(), IDLE, IDLE, IDLE, roles, PasswordPolicy(), LockoutPolicy(), IDLE)
    assert policy.needs_second_factor(role, is_local=is_local) is needed
