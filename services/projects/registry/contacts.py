"""Who sees people's numbers without asking for them (脱敏)."""

from __future__ import annotations

from libs.common.security.principal import Role

# Whoever escalates or is escalated to needs the number; others see its last four digits.
SEES_PHONES = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER})

# A rule of the site and not of a request: one for the process, set where the service is put together.
_masked_for_all = False


def mask_for_all(masked: bool) -> None:
    """Whether also those who may see numbers ask for each, with a reason that stays."""
    global _masked_for_all  # noqa: PLW0603 - one rule for the process, set once at its start
    _masked_for_all = masked


def sees_phones(role: Role) -> bool:
    """Whether lists, reads and exports show somebody of this role numbers in full."""
    return role in SEES_PHONES and not _masked_for_all
