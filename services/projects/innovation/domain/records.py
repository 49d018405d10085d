"""Records of innovation (S31): each with its evidence and the time it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.innovation.errors import RecordDay, RecordIncomplete, RecordStepRefused


class RecordKind(StrEnum):
    """专利 patent, 新产品 product, 名牌 brand, 研发投入 R&D spend, 产学研 agreement, 高新技术产值 high-tech."""

    PATENT = "patent"
    PRODUCT = "product"
    BRAND = "brand"
    RD_SPEND = "rd_spend"
    AGREEMENT = "agreement"
    HIGH_TECH_OUTPUT = "high_tech_output"


class Grade(StrEnum):
    """Of patents 发明, 实用新型, 外观设计; of products and brands 国家级, 省级, 市级."""

    INVENTION = "invention"
    UTILITY_MODEL = "utility_model"
    DESIGN = "design"
    NATIONAL = "national"
    PROVINCIAL = "provincial"
    MUNICIPAL = "municipal"


class RecordStatus(StrEnum):
    """待核实 recorded, 已核实 verified, 未予认定 rejected, 撤销 withdrawn."""

    RECORDED = "recorded"
    VERIFIED = "verified"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


STANDING = frozenset({RecordStatus.RECORDED, RecordStatus.VERIFIED})
OF_A_YEAR = frozenset({RecordKind.RD_SPEND, RecordKind.HIGH_TECH_OUTPUT})
_PATENTS = frozenset({Grade.INVENTION, Grade.UTILITY_MODEL, Grade.DESIGN})
_LEVELS = frozenset({Grade.NATIONAL, Grade.PROVINCIAL, Grade.MUNICIPAL})
_GRADES = {RecordKind.PATENT: _PATENTS, RecordKind.PRODUCT: _LEVELS, RecordKind.BRAND: _LEVELS}
_NEEDED = {
    RecordKind.PATENT: ("number", "grade"),
    RecordKind.PRODUCT: ("grade",),
    RecordKind.BRAND: ("number", "grade"),
    RecordKind.RD_SPEND: ("year", "amount_yuan"),
    RecordKind.AGREEMENT: ("partner",),
    RecordKind.HIGH_TECH_OUTPUT: ("year", "amount_yuan"),
}
_FOREIGN = {
    RecordKind.PATENT: ("year", "partner", "amount_yuan"),
    RecordKind.PRODUCT: ("year", "partner", "amount_yuan"),
    RecordKind.BRAND: ("year", "partner", "amount_yuan"),
    RecordKind.RD_SPEND: ("grade", "number", "partner"),
    RecordKind.AGREEMENT: ("year", "grade"),
    RecordKind.HIGH_TECH_OUTPUT: ("grade", "number", "partner"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """``year`` and ``amount_yuan`` of what is counted by the year; else it holds until before ``valid_to``."""

    kind: RecordKind
    enterprise_id: UUID
    title: str
    valid_from: date
    valid_to: date | None
    number: str | None
    grade: Grade | None
    partner: str | None
    year: int | None
    amount_yuan: int | None
    evidence: str
    note: str


def demand_whole(record: Record, today: date) -> None:
    """Raises RecordIncomplete, RecordDay."""
    faults = [
        FieldError("fact.required", f"/{name}")
        for name in _NEEDED[record.kind]
        if getattr(record, name) in (None, "")
    ]
    faults += [
        FieldError("innovation.not_of_kind", f"/{name}", {"kind": record.kind})
        for name in _FOREIGN[record.kind]
        if getattr(record, name) is not None
    ]
    grades = _GRADES.get(record.kind)
    if grades is not None and record.grade is not None and record.grade not in grades:
        faults.append(FieldError("innovation.grade", "/grade", {"known": sorted(grades)}))
    if faults:
        raise RecordIncomplete(fields=[fault.pointer.removeprefix("/") for fault in faults], errors=faults)
    if record.valid_from > today:
        raise RecordDay(errors=[FieldError("date.in_future", "/valid_from")])
    if record.valid_to is not None and record.valid_to <= record.valid_from:
        raise RecordDay(errors=[FieldError("rule.ends_before_it_begins", "/valid_to")])


def claim_of(record: Record) -> str | None:
    """What there is only one of: a number of its kind, or a year of an enterprise."""
    if record.kind in OF_A_YEAR:
        return f"{record.kind}/{record.enterprise_id}/{record.year}"
    return None if record.number is None else f"{record.kind}/{record.number}"


def demand_status(status: RecordStatus, *allowed: RecordStatus) -> None:
    """Raises RecordStepRefused."""
    if status not in allowed:
        raise RecordStepRefused(status=status, allowed=sorted(allowed))
