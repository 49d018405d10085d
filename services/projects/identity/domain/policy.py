"""The rules of signing in that are data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from libs.common.security.principal import Role
from services.projects.identity.domain.lockout import LockoutPolicy


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Real time. ``second_factor_roles``: None leaves it to the environment."""

    lockout: LockoutPolicy
    token: timedelta
    idle: timedelta
    session: timedelta
    second_factor_roles: frozenset[str] | None

    def needs_second_factor(self, role: Role, *, is_local: bool) -> bool:
        """Whether nobody of this role signs in by password alone.

        Administrators do not (等保: two factors for those who administer), except in a local run.
        """
        if self.second_factor_roles is None:
            return role is Role.ADMIN and not is_local
        return role in self.second_factor_roles
