"""Registry entries as they are put: everything but key, version and times."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Post(StrEnum):
    """Rungs of the escalation ladder (S28): 经办人 officer, 领导 leader, 督导组, 领导小组."""

    OFFICER = "officer"
    LEADER = "leader"
    SUPERVISION_GROUP = "supervision_group"
    LEADING_GROUP = "leading_group"


@dataclass(frozen=True, slots=True)
class RegionDraft:
    name: str
    default_post: Post = Post.OFFICER


@dataclass(frozen=True, slots=True)
class UnitDraft:
    """An office or department."""

    name: str
    region_code: str


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """Somebody at a post of a unit; the region is the one the post answers for."""

    name: str
    unit_id: UUID
    region_code: str
    post: Post
    email: str | None = None
    phone: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class EnterpriseDraft:
    """An enterprise; ``sector_code`` by GB/T 4754."""

    name: str
    region_code: str
    sector_code: str
    key_energy_user: bool = False


@dataclass(frozen=True, slots=True)
class CalendarDayDraft:
    """A day that differs from the known calendar; ``working`` says whether offices work."""

    working: bool
    note: str = ""


def mask_phone(phone: str | None) -> str | None:
    """The number for those who may not see it: the last four digits, or none of a short one."""
    if phone is None:
        return None
    return "*" * (len(phone) - 4) + phone[-4:] if len(phone) > 8 else "*" * len(phone)
