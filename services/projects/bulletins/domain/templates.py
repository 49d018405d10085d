"""Templates (模板): what a kind of bulletin looks like and who gets it, from a day on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.bulletins.domain.content import SectionCode
from services.projects.bulletins.domain.periods import BulletinKind, BulletinPeriod
from services.projects.registry.domain.validity import Dated

_PLACES: Final = frozenset({"period", "region", "until"})
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class SectionChoice:
    """``options`` are those of the section's source."""

    code: SectionCode
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Whom a bulletin goes to: a person, a unit, the holders of a post in a region, or a region's people.

    Without ``region_code`` post and ``include_below`` are of the bulletin's own region.
    """

    person_id: str | None = None
    unit_id: str | None = None
    post: str | None = None
    region_code: str | None = None
    include_below: bool = False

    @property
    def person_uuid(self) -> UUID | None:
        return None if self.person_id is None else UUID(self.person_id)

    @property
    def unit_uuid(self) -> UUID | None:
        return None if self.unit_id is None else UUID(self.unit_id)

    @property
    def names_one(self) -> bool:
        """A person or a unit alone; a post; or a region, its own where none is named."""
        if self.person_id is not None or self.unit_id is not None:
            others = (self.post, self.region_code)
            return (
                (self.person_id is None) != (self.unit_id is None) and not any(others) and not self.include_below
            )
        return self.post is None or not self.include_below


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(Dated):
    """``organ`` is the red head, ``number_word`` the organ's word (机关代字) of the number; titles hold the places
    ``{period}``, ``{until}`` and ``{region}``, and a line break where they may be broken."""

    kind: BulletinKind
    organ: str
    signer: str
    number_word: str
    title_zh: str
    title_en: str
    addressees: str
    copies: str
    sections: tuple[SectionChoice, ...]
    recipients: tuple[Addressee, ...]
    confirm_days: int

    def titles(self, period: BulletinPeriod, region_name: str) -> tuple[str, str]:
        zh = {"period": period.name_zh, "until": period_until_zh(period), "region": region_name}
        en = {"period": period.name_en, "until": period_until_en(period), "region": region_name}
        return _PLACE.sub(lambda one: zh[one[1]], self.title_zh), _PLACE.sub(lambda one: en[one[1]], self.title_en)

    def faults(self) -> list[FieldError]:
        """What does not go together."""
        faults = []
        for name, text in (("title_zh", self.title_zh), ("title_en", self.title_en)):
            unknown = sorted(set(_PLACE.findall(text)) - _PLACES)
            if unknown or "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
                faults.append(
                    FieldError("bulletin_template.place_unknown", f"/{name}", {"known": sorted(_PLACES)})
                )
        codes = [section.code for section in self.sections]
        faults += [
            FieldError("bulletin_template.section_twice", f"/sections/{place}/code")
            for place, code in enumerate(codes)
            if code in codes[:place]
        ]
        faults += addressee_faults(self.recipients)
        return faults


def addressee_faults(recipients: Sequence[Addressee]) -> list[FieldError]:
    return [
        FieldError("bulletin_template.addressee_unclear", f"/recipients/{place}")
        for place, one in enumerate(recipients)
        if not one.names_one
    ]


def period_until_zh(period: BulletinPeriod) -> str:
    return f"{period.year}年{period.until_zh}"


def period_until_en(period: BulletinPeriod) -> str:
    return f"{period.until_en} {period.year}"


def document_number(word: str, year: int, seq: int) -> str:
    """发文字号: the word, the year in hollow brackets, the number without leading zeros."""
    return f"{word}〔{year}〕{seq}号"
