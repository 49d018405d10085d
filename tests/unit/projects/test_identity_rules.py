"""Locking of names and grants of roles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from libs.common.security.principal import Role
from libs.common.settings import Environment
from services.projects.identity.domain.grants import check_grants
from services.projects.identity.domain.lockout import Attempts, LockoutPolicy, attempt
from services.projects.identity.errors import GrantsDoNotFit
from services.projects.settings import ProjectsSettings

NOW = datetime(2026, 9, 15, tzinfo=UTC)
POLICY = LockoutPolicy(5, timedelta(minutes=15), timedelta(minutes=15))
ENTERPRISE = UUID(int=7)


def tried(seconds: list[float]) -> list[bool]:
    """Whether each of several failing attempts, at these seconds, was admitted."""
    known: Attempts | None = None
    admitted = []
    for second in seconds:
        known, may = attempt(known, POLICY, NOW + timedelta(seconds=second))
        admitted.append(may)
    return admitted


def test_sixth_attempt_is_refused_when_five_failed() -> None:
    assert tried([0, 1, 2, 3, 4, 5]) == [True] * 5 + [False]


def test_name_is_free_again_when_the_lock_has_passed() -> None:
    assert tried([0, 1, 2, 3, 4, 903, 904, 905]) == [True] * 5 + [False, True, True]


def test_attempts_are_forgotten_when_the_window_has_passed() -> None:
    assert all(tried([0, 1, 2, 3, 900, 901, 902, 903]))


@given(st.lists(st.floats(0, 3600), max_size=60).map(sorted))
def test_no_window_admits_more_than_the_limit(seconds: list[float]) -> None:
    admitted = [second for second, may in zip(seconds, tried(seconds), strict=True) if may]
    for start in admitted:
        # A burst at the end of one window and another at its end is the most that fits.
        assert sum(start <= second < start + 900 for second in admitted) <= 2 * POLICY.max_failures - 1


@pytest.mark.parametrize(
    ("role", "region", "enterprise", "for_key", "pointers"),
    [
        (Role.ADMIN, None, None, False, []),
        (Role.AUDITOR, None, None, False, []),
        (Role.OFFICER, "421224", None, False, []),
        (Role.OFFICER, None, None, False, ["/region_code"]),
        (Role.ENTERPRISE, "421224", ENTERPRISE, False, []),
        (Role.ENTERPRISE, None, None, False, ["/region_code", "/enterprise_id"]),
        (Role.OFFICER, "421224", ENTERPRISE, False, ["/enterprise_id"]),
        (Role.FEED, "421224", None, True, []),
        (Role.FEED, "421224", ENTERPRISE, True, []),
        (Role.FEED, "421224", None, False, ["/role"]),
    ],
)
def test_grants_fit_the_role_or_every_fault_is_named(
    role: Role, region: str | None, enterprise: UUID | None, for_key: bool, pointers: list[str]
) -> None:
    if not pointers:
        check_grants(role, region, enterprise, for_key=for_key)
        return
    with pytest.raises(GrantsDoNotFit) as raised:
        check_grants(role, region, enterprise, for_key=for_key)
    assert [error.pointer for error in raised.value.errors] == pointers


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"admin_password": "Local-only-2468"}, "DUBAN_ADMIN_PASSWORD"),
        ({"admin_password": "short"}, "DUBAN_ADMIN_PASSWORD"),
        ({"admin_password": "admin-Admin-1"}, "DUBAN_ADMIN_PASSWORD"),
        ({"password_memory_kib": 1024}, "DUBAN_PASSWORD_MEMORY_KIB"),
        ({"password_rounds": 1}, "DUBAN_PASSWORD_ROUNDS"),
    ],
)
def test_weak_passwords_and_cheap_hashes_are_refused_outside_local(facts: dict[str, Any], named: str) -> None:
    known: dict[str, Any] = {
        "environment": Environment.PRODUCTION,
        "database_dsn": SecretStr("postgresql://projects:x@127.0.0.1/projects"),
        "kafka_bootstrap": "127.0.0.1:9092",
        "secret_key": SecretStr("k" * 40),
        "admin_password": SecretStr("Chai-Mountain-73"),
    }
    with pytest.raises(ValidationError, match=named):
        ProjectsSettings(**(known | facts))
