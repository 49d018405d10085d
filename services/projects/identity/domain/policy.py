"""The rules of signing in that are data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from libs.common.security.principal import Role
from services.projects.identity.domain.lockout import LockoutPolicy


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """``history`` passwords before the present one are not used again; after ``days`` it has run out, None: never.

    ``change_given``: whoever was given a password chooses one of their own first; None leaves it to the
    environment.
    """

    min_length: int = 10
    history: int = 5
    days: timedelta | None = None
    change_given: bool | None = None

    def reasons_to_change(
        self, *, given: bool, set_at: datetime, now: datetime, is_local: bool
    ) -> tuple[str, ...]:
        """Why nobody signs in with a password that is right: ``given``, ``expired``; empty where they may."""
        asks = not is_local if self.change_given is None else self.change_given
        found = []
        if given and asks:
            found.append("given")
        if self.days is not None and now >= set_at + self.days:
            found.append("expired")
        return tuple(found)


class Profile(StrEnum):
    """Rules that belong together: what NIST SP 800-63B advises, or what 等保 2.0 (GB/T 22239) asks for."""

    NIST = "nist"
    GB22239 = "gb22239"


PROFILES: Final[dict[Profile, dict[str, int | bool | None]]] = {
    Profile.NIST: {"password_min_length": 12, "password_history": 0, "password_days": None},
    Profile.GB22239: {
        "password_min_length": 10,
        "password_history": 5,
        "password_days": 90,
        "change_given_passwords": True,
        "max_failures": 5,
        "idle_seconds": 1800,
    },
}


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Real time. ``second_factor_roles``: None leaves it to the environment.

    ``places_known``: so long a place is known again at which a name has signed in; nothing: none is.
    """

    lockout: LockoutPolicy
    token: timedelta
    idle: timedelta
    session: timedelta
    second_factor_roles: frozenset[str] | None
    passwords: PasswordPolicy
    address_lockout: LockoutPolicy
    places_known: timedelta

    def needs_second_factor(self, role: Role, *, is_local: bool) -> bool:
        """Whether nobody of this role signs in by password alone.

        Administrators do not (等保: two factors for those who administer), except in a local run.
        """
        if self.second_factor_roles is None:
            return role is Role.ADMIN and not is_local
        return role in self.second_factor_roles
