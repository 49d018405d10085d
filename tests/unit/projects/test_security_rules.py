"""Passwords that run out or were given, attacks, profiles; without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from libs.common.security.audit import ChainFault, ChainHead, ChainReport
from libs.common.security.audit_command import anchor_of, as_json, as_text
from libs.common.security.audit_watch import told
from libs.common.security.passwords import WeakPassword, ensure_strong
from libs.common.security.principal import ADMINISTRATORS, ROLE_SCOPES, UNBOUND_ROLES, Principal, Role
from libs.common.security.scope import ensure_method
from libs.common.web.problems import Forbidden
from services.projects.identity.domain.lockout import Attempts, without_one
from services.projects.identity.domain.policy import PROFILES, PasswordPolicy, Profile
from services.projects.identity.errors import DutiesApart
from services.projects.identity.schemas import SignInPolicyUpdate
from services.projects.identity.service.separation import demand_no_machine
from services.projects.identity.tables import SignInPolicyRow
from services.projects.watch.domain.attacks import judge

NOW = datetime(2026, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("policy", "given", "age_days", "is_local", "reasons"),
    [
        (PasswordPolicy(), False, 5000, False, ()),
        (PasswordPolicy(), True, 0, False, ("given",)),
        (PasswordPolicy(), True, 0, True, ()),
        (PasswordPolicy(change_given=True), True, 0, True, ("given",)),
        (PasswordPolicy(change_given=False), True, 0, False, ()),
        (PasswordPolicy(days=timedelta(days=90)), False, 89, False, ()),
        (PasswordPolicy(days=timedelta(days=90)), False, 90, False, ("expired",)),
        (PasswordPolicy(days=timedelta(days=90)), True, 90, False, ("given", "expired")),
    ],
)
def test_password_is_to_be_changed_when_the_policy_says_so(
    policy: PasswordPolicy, given: bool, age_days: int, is_local: bool, reasons: tuple[str, ...]
) -> None:
    set_at = NOW - timedelta(days=age_days)
    assert policy.reasons_to_change(given=given, set_at=set_at, now=NOW, is_local=is_local) == reasons


def test_profile_sets_what_belongs_together_and_what_is_given_beside_it_goes_before() -> None:
    seconds = {"window_seconds": 900, "lock_seconds": 60, "token_seconds": 900, "idle_seconds": 900}
    counts = {"max_failures": 9, "password_min_length": 8, "password_history": 0, "max_address_failures": 9}
    alarms = {"alarm_locked_names": 9, "alarm_refusals": 9, "alarm_refusals_seconds": 60, "known_place_days": 9}
    facts = seconds | counts | alarms | {"id": 1, "version": 1, "session_seconds": 3600}
    row = SignInPolicyRow.model_validate(facts | {"updated_at": NOW})
    SignInPolicyUpdate(profile=Profile.GB22239, password_days=180).put_into(row)
    assert (row.password_days, row.password_history, row.change_given_passwords) == (180, 5, True)
    assert (row.max_failures, row.idle_seconds, row.lock_seconds) == (5, 1800, 60)
    SignInPolicyUpdate(profile=Profile.NIST).put_into(row)
    assert (row.password_days, row.password_min_length) == (None, 12)
    assert set(PROFILES) == set(Profile)


def test_length_is_the_policys_when_a_password_is_judged() -> None:
    ensure_strong("Chai-Mountain", min_length=13)
    with pytest.raises(WeakPassword) as refused:
        ensure_strong("Chai-Mountain", min_length=14)
    assert [(fault.code, fault.params["min_length"]) for fault in refused.value.errors] == [
        ("password.length", 14)
    ]


@pytest.mark.parametrize(
    ("names", "addresses", "level"),
    [(0, 0, None), (4, 0, None), (5, 0, 1), (0, 1, 1), (49, 1, 1), (50, 0, 2), (0, 2, 2)],
)
def test_locks_are_an_attack_when_they_are_many(names: int, addresses: int, level: int | None) -> None:
    attack = judge(names, addresses, alarm_at=5)
    assert (None if attack is None else attack.level) == level
    if attack is not None:
        assert (
            f"用户名 {names} 个" in attack.explanation_zh,
            f"{addresses} addresses" in attack.explanation_en,
        ) == (
            True,
            True,
        )


def test_one_success_takes_back_its_own_attempt_and_no_other() -> None:
    assert without_one(Attempts(7, NOW, NOW)) == Attempts(6, NOW, None)
    assert without_one(Attempts(0, NOW)).count == 0


def test_security_administrator_reaches_what_names_the_role_and_nothing_else() -> None:
    keeper = Principal("keeper", Role.SECURITY, scopes=frozenset({"projects:security"}))
    for method in ("GET", "POST", "PATCH", "DELETE"):
        with pytest.raises(Forbidden):
            ensure_method(keeper, method)
        ensure_method(keeper, method, is_named=True)
    acts = {scope.rpartition(":")[2] for scope in ROLE_SCOPES[Role.SECURITY]}
    assert acts == {"security"}
    assert ADMINISTRATORS == UNBOUND_ROLES


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_no_machine_is_one_of_the_three(role: Role) -> None:
    with pytest.raises(DutiesApart):
        demand_no_machine(role)
    demand_no_machine(Role.FEED)


def test_broken_chain_is_told_with_its_first_places() -> None:
    faults = tuple(ChainFault(number, "its record is gone") for number in range(2, 12))
    report = ChainReport(40, 1, ChainHead(40, "ab"), faults)
    broken = told(report)
    assert (broken.faults, "第 2 条" in broken.explanation_zh, "entry 4" in broken.explanation_en) == (
        10,
        True,
        True,
    )
    assert "entry 5" not in broken.explanation_en
    assert "THE CHAIN IS BROKEN, first at entry 2" in as_text("energy", report)
    assert '"intact": false' in as_json("energy", report)
    whole = ChainReport(40, 0, ChainHead(40, "ab"), ())
    assert "head 40:ab" in as_text("energy", whole)
    assert anchor_of("40:ab") == ChainHead(40, "ab")
    with pytest.raises(ValueError, match="SEQUENCE:HASH"):
        anchor_of("40")
