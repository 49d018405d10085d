import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.security.passwords import (
    WeakPassword,
    ensure_strong,
    hash_password,
    needs_rehash,
    verify_password,
    weaknesses,
)


@pytest.mark.parametrize(
    ("password", "reasons"),
    [
        ("Tongshan-2026!", []),
        ("九宫山Fengdian1", []),
        ("Ab1!", ["length", "guessable"]),
        ("Ab1!" * 40, ["length", "guessable"]),
        ("onlylowercaseletters", ["classes"]),
        ("lower-and-other-only", ["classes"]),
        ("Zhang.San-1975", ["username"]),
        ("P@ssw0rd2026", ["guessable"]),
        ("Aa1Aa1Aa1Aa1", ["guessable"]),
    ],
)
def test_weaknesses_are_named_when_a_password_breaks_the_rule(password: str, reasons: list[str]) -> None:
    assert weaknesses(password, username="zhang.san") == reasons


def test_each_reason_is_pointed_at_when_a_weak_password_is_refused() -> None:
    with pytest.raises(WeakPassword) as refused:
        ensure_strong("short", pointer="/new_password")
    assert [(error.code, error.pointer) for error in refused.value.errors] == [
        ("password.length", "/new_password"),
        ("password.classes", "/new_password"),
    ]


async def test_only_the_right_password_verifies_when_it_was_hashed() -> None:
    stored = await hash_password("Tongshan-2026!")
    assert "Tongshan" not in stored
    assert stored != await hash_password("Tongshan-2026!")
    assert await verify_password(stored, "Tongshan-2026!")
    assert not await verify_password(stored, "tongshan-2026!")
    assert not needs_rehash(stored)


async def test_nothing_verifies_when_the_account_or_the_hash_is_unknown() -> None:
    assert not await verify_password(None, "Tongshan-2026!")
    assert not await verify_password("not a hash", "Tongshan-2026!")
    assert not await verify_password(None, "x" * 10_000)


@given(st.text(max_size=200))
def test_weaknesses_never_fail_when_given_any_text(password: str) -> None:
    assert set(weaknesses(password, username="admin")) <= {"length", "classes", "username", "guessable"}
