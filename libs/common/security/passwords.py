"""Passwords of accounts: what is strong enough, and how they rest (Argon2id)."""

from __future__ import annotations

import asyncio
import string
from dataclasses import dataclass

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from libs.common.security.leaked import LeakedPasswords
from libs.common.web.problems import DomainError, FieldError

MIN_LENGTH = 10
# Argon2 takes any length; an upper bound keeps a login from becoming a way to burn our processor.
MAX_LENGTH = 128
MIN_CLASSES = 3


@dataclass(frozen=True, slots=True)
class HashCost:
    """What a guess costs an attacker and a sign-in costs us; the default is RFC 9106's low-memory profile."""

    memory_kib: int = profiles.RFC_9106_LOW_MEMORY.memory_cost
    rounds: int = profiles.RFC_9106_LOW_MEMORY.time_cost

    def hasher(self) -> PasswordHasher:
        return PasswordHasher(time_cost=self.rounds, memory_cost=self.memory_kib)


# The cost belongs to the machine, not to a request: one for the process, set where the service is put together.
_hasher = HashCost().hasher()


def set_cost(cost: HashCost) -> None:
    """Hash with this cost from now on; hashes of another cost stay valid and are renewed at the next sign-in."""
    global _hasher  # noqa: PLW0603 - one cost for the process, set once at its start
    _hasher = cost.hasher()


# Passwords that a site knows to have leaked; like the cost one list for the process.
_leaked: LeakedPasswords | None = None


def refuse_leaked(leaked: LeakedPasswords | None) -> None:
    """Refuse the passwords of this list from now on; None: there is no list."""
    global _leaked  # noqa: PLW0603 - one list for the process, set once at its start
    _leaked = leaked


# What attackers try first although it satisfies the rule of classes; compared in lower case.
_GUESSED_FIRST = ("password", "passw0rd", "p@ssw0rd", "qwerty", "admin123", "admin@123", "duban", "12345678")


def weaknesses(password: str, *, username: str = "", min_length: int = MIN_LENGTH) -> list[str]:
    """Why the password is refused: any of ``length``, ``classes``, ``username``, ``guessable``; empty if strong.

    At least ``min_length`` characters (at most 128), three of the four classes lower case, upper case, digit and
    other, the account's name not in it, and no well-known stem.
    """
    found: list[str] = []
    if not min_length <= len(password) <= MAX_LENGTH:
        found.append("length")
    classes = (
        any(char in string.ascii_lowercase for char in password),
        any(char in string.ascii_uppercase for char in password),
        any(char in string.digits for char in password),
        any(char not in string.ascii_letters + string.digits for char in password),
    )
    if sum(classes) < MIN_CLASSES:
        found.append("classes")
    lowered = password.lower()
    if len(username) >= 3 and username.lower() in lowered:
        found.append("username")
    if any(stem in lowered for stem in _GUESSED_FIRST) or len(set(lowered)) <= 4:
        found.append("guessable")
    return found


class WeakPassword(DomainError):
    """The password breaks the rule; ``errors`` holds ``password.<weakness>`` for each reason."""

    code = "password.weak"
    status = 409


def ensure_strong(
    password: str, *, username: str = "", pointer: str = "/password", min_length: int = MIN_LENGTH
) -> None:
    """Raises :class:`WeakPassword` with what :func:`weaknesses` finds."""
    found = weaknesses(password, username=username, min_length=min_length)
    if found:
        limits = {"min_length": min_length, "max_length": MAX_LENGTH, "min_classes": MIN_CLASSES}
        raise WeakPassword(errors=[FieldError(f"password.{reason}", pointer, limits) for reason in found])


async def ensure_unknown(password: str, *, pointer: str = "/password") -> None:
    """Raises :class:`WeakPassword` for one that leaked, OSError where the site's list cannot be read.

    In a thread: the list may lie on a slow disk.
    """
    if _leaked is not None and await asyncio.to_thread(_leaked.holds, password):
        raise WeakPassword(errors=[FieldError("password.leaked", pointer)])


async def hash_password(password: str) -> str:
    """The Argon2id hash to store; computed in a thread, since it takes tens of milliseconds on purpose."""
    return await asyncio.to_thread(_hasher.hash, password)


async def verify_password(stored_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed.

    For an unknown account pass ``None``: a hash is computed all the same, so that the time of the answer does
    not tell which accounts exist.
    """
    if len(password) > MAX_LENGTH:
        return False
    if stored_hash is None:
        await hash_password(password)
        return False
    return await asyncio.to_thread(_matches, stored_hash, password)


def needs_rehash(stored_hash: str) -> bool:
    """True when the hash was made with weaker parameters than today's; rehash at the next sign-in."""
    return _hasher.check_needs_rehash(stored_hash)


def _matches(stored_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(stored_hash, password)
    except (VerificationError, InvalidHashError):
        return False
