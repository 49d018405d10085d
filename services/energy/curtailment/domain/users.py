"""Users of orderly use (有序用电用户): what they are to the law, and what load of theirs may be moved (S21).

《有序用电管理办法》 (发改运行〔2011〕832号, carried on by 《电力负荷管理办法（2023年版）》) names those
whose supply comes first (优先保障), those who are restricted first (重点限制), and the order of measures:
先错峰、后避峰、再限电、最后拉闸.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

LAW_ZH: Final = "《有序用电管理办法》（发改运行〔2011〕832号）"
LAW_EN: Final = "Measures for Orderly Use of Electricity (NDRC 〔2011〕 832)"


class Standing(StrEnum):
    """Protected (优先保障): in no plan. Restricted (重点限制): before others. Ordinary: all else."""

    PROTECTED = "protected"
    RESTRICTED = "restricted"
    ORDINARY = "ordinary"


class Category(StrEnum):
    """What a user is by the lists of the law: 优先保障 (一)–(六), 重点限制 (一)–(五), or neither."""

    EMERGENCY_COMMAND = "emergency_command"
    GOVERNMENT = "government"
    MEDIA = "media"
    TELECOM = "telecom"
    TRANSPORT = "transport"
    RAIL = "rail"
    PRISON = "prison"
    PUBLIC_VENUE = "public_venue"
    HOSPITAL = "hospital"
    FINANCE = "finance"
    SCHOOL = "school"
    WATER = "water"
    HEATING = "heating"
    ENERGY_SUPPLY = "energy_supply"
    RESIDENTIAL = "residential"
    AGRICULTURE = "agriculture"
    NATIONAL_PROJECT = "national_project"
    MILITARY = "military"
    ILLEGAL = "illegal"
    PHASED_OUT = "phased_out"
    OVER_QUOTA = "over_quota"
    LANDSCAPE_LIGHTING = "landscape_lighting"
    HIGH_CONSUMPTION = "high_consumption"
    ORDINARY = "ordinary"

    @property
    def standing(self) -> Standing:
        if self in PROTECTED_BY:
            return Standing.PROTECTED
        return Standing.RESTRICTED if self in RESTRICTED_BY else Standing.ORDINARY

    @property
    def item(self) -> str:
        """The item of the law's list that names it, such as ``（三）``; empty for ordinary users."""
        return PROTECTED_BY.get(self) or RESTRICTED_BY.get(self) or ""


# 优先保障: command, party and government, media, telecommunication, transport, prisons (一); events, hospitals,
# finance, schools (三); water, heat and energy supply (四); homes and farming (五); national projects and the arms
# industry (六). Item (二), the security load of dangerous works, is a figure of each user.
PROTECTED_BY: Final[Mapping[Category, str]] = {
    Category.EMERGENCY_COMMAND: "（一）",
    Category.GOVERNMENT: "（一）",
    Category.MEDIA: "（一）",
    Category.TELECOM: "（一）",
    Category.TRANSPORT: "（一）",
    Category.RAIL: "（一）",
    Category.PRISON: "（一）",
    Category.PUBLIC_VENUE: "（三）",
    Category.HOSPITAL: "（三）",
    Category.FINANCE: "（三）",
    Category.SCHOOL: "（三）",
    Category.WATER: "（四）",
    Category.HEATING: "（四）",
    Category.ENERGY_SUPPLY: "（四）",
    Category.RESIDENTIAL: "（五）",
    Category.AGRICULTURE: "（五）",
    Category.NATIONAL_PROJECT: "（六）",
    Category.MILITARY: "（六）",
}
# 重点限制: built against the rules (一), to be phased out or restricted by the catalogue (二), above the limit of
# energy per unit (三), landscape lighting (四), other high consumption and emission (五).
RESTRICTED_BY: Final[Mapping[Category, str]] = {
    Category.ILLEGAL: "（一）",
    Category.PHASED_OUT: "（二）",
    Category.OVER_QUOTA: "（三）",
    Category.LANDSCAPE_LIGHTING: "（四）",
    Category.HIGH_CONSUMPTION: "（五）",
}


class Measure(StrEnum):
    """错峰: work at another time; 避峰: less at the peak; 限电: held to a quota; 拉闸: switched off."""

    STAGGER = "stagger"
    AVOID = "avoid"
    LIMIT = "limit"
    CUT = "cut"

    @property
    def rank(self) -> int:
        """0 for the mildest: the order in which they are used."""
        return _ORDER[self]


_ORDER: Final = {measure: rank for rank, measure in enumerate(Measure)}

# Tiers are called by level: 1 blue (Ⅳ) first, 4 red (Ⅰ) last, as levels of shortage are numbered everywhere.
TIERS: Final = (1, 2, 3, 4)
MAX_NOTICE_MINUTES: Final = 7 * 1440
TIER_NAMES: Final[Mapping[int, str]] = {1: "Ⅳ", 2: "Ⅲ", 3: "Ⅱ", 4: "Ⅰ"}


@dataclass(frozen=True, slots=True)
class Offer:
    """The load (kW) a user can give by one measure (可调节负荷), and on which terms.

    A call is announced ``notice_minutes`` before, lasts ``min_minutes`` to ``max_minutes``, and the next one
    begins ``recovery_minutes`` after it at the earliest.
    """

    measure: Measure
    load_kw: float
    notice_minutes: int = 0
    min_minutes: int = 15
    max_minutes: int = 1440
    recovery_minutes: int = 0

    def is_fit(self, max_load_kw: float) -> bool:
        """Whether the terms can be kept: a load there is, times that fit a day and a week."""
        return (
            0 < self.load_kw <= max_load_kw
            and 0 < self.min_minutes <= self.max_minutes <= 1440
            and 0 <= self.notice_minutes <= MAX_NOTICE_MINUTES
            and 0 <= self.recovery_minutes <= MAX_NOTICE_MINUTES
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Why an enterprise is to be phased out (淘汰类): its open cases, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class UserFacts:
    """A user: maximum and security load (最大负荷, 保安负荷) in kW, weekly rest days (1 Monday to 7 Sunday).

    ``output_yuan_per_kwh`` is the output value lost with a kWh; None where nobody knows it. ``capacity_kw`` is the
    sum over its meters where all are known. ``listing``: open cases of phase-out that made it what it is.
    """

    user_id: UUID
    enterprise_id: UUID
    code: str
    name: str
    region_code: str
    category: Category
    max_load_kw: float
    security_load_kw: float
    offers: tuple[Offer, ...] = ()
    meter_nos: tuple[str, ...] = ()
    rest_weekdays: frozenset[int] = frozenset()
    output_yuan_per_kwh: float | None = None
    capacity_kw: float | None = None
    listing: Listing | None = None

    @property
    def standing(self) -> Standing:
        return self.category.standing

    def offer_of(self, measure: Measure) -> Offer | None:
        return next((offer for offer in self.offers if offer.measure is measure), None)

    def listed(self, listing: Listing | None) -> UserFacts:
        """The user with what its open cases of phase-out make of it: one that is ordinary is restricted first.

        Whom the law protects stays protected, and who is restricted for another reason stays what it is.
        """
        if listing is None or self.standing is not Standing.ORDINARY:
            return self
        return replace(self, category=Category.PHASED_OUT, listing=listing)
