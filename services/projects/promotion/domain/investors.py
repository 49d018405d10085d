"""Investors (投资方): persons, companies and chambers, at home or from abroad."""

from __future__ import annotations

from enum import StrEnum

from libs.common import regions
from libs.common.web.problems import FieldError
from services.projects.promotion.errors import OriginMismatch

HOME = "CN"


class InvestorKind(StrEnum):
    """自然人 person, 企业 company, 商会协会 association."""

    PERSON = "person"
    COMPANY = "company"
    ASSOCIATION = "association"


class TieKind(StrEnum):
    """法定代表人 legal representative, 股东 shareholder, 母子公司 parent, 亲属 family, 其他 other."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    SHAREHOLDER = "shareholder"
    PARENT = "parent"
    FAMILY = "family"
    OTHER = "other"


class Origin(StrEnum):
    """内资 domestic, 外资 foreign (港澳台 included)."""

    DOMESTIC = "domestic"
    FOREIGN = "foreign"


def origin_of(country: str) -> Origin:
    return Origin.DOMESTIC if country == HOME else Origin.FOREIGN


def demand_origin(country: str, region_code: str | None) -> None:
    """Who comes from China may name a province, a city or a county of it; nobody else does.

    Raises OriginMismatch.
    """
    if region_code is None:
        return
    try:
        regions.validate(region_code)
    except regions.InvalidRegionCode as error:
        fault = FieldError("region.malformed", "/origin_region_code", {"reason": error.reason})
        raise OriginMismatch(errors=[fault]) from error
    if country != HOME:
        raise OriginMismatch(errors=[FieldError("investor.region_of_china_only", "/origin_region_code")])
