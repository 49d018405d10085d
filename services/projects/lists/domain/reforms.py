"""Reform of state enterprises (国企改制, S14): acquirer, re-hired staff, wage change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.lists.errors import ReformIncomplete, ReformStaffMismatch, ReformStepRefused


class ReformForm(StrEnum):
    """整体收购, 兼并, 股份制改造, 租赁经营, 托管, 破产重组, 其他."""

    ACQUISITION = "acquisition"
    MERGER = "merger"
    SHAREHOLDING = "shareholding"
    LEASE = "lease"
    TRUSTEESHIP = "trusteeship"
    INSOLVENCY = "insolvency"
    OTHER = "other"


class ReformStage(StrEnum):
    """拟定 planned, 批复 approved, 完成 carried out, 终止 given up."""

    PLANNED = "planned"
    APPROVED = "approved"
    CARRIED_OUT = "carried_out"
    GIVEN_UP = "given_up"


_NEXT = {
    ReformStage.PLANNED: frozenset({ReformStage.APPROVED, ReformStage.GIVEN_UP}),
    ReformStage.APPROVED: frozenset({ReformStage.CARRIED_OUT, ReformStage.GIVEN_UP}),
    ReformStage.CARRIED_OUT: frozenset[ReformStage](),
    ReformStage.GIVEN_UP: frozenset[ReformStage](),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reform:
    """Wages are yuan a month and head, before the reform and after it."""

    form: ReformForm
    stage: ReformStage = ReformStage.PLANNED
    acquirer_name: str | None = None
    acquirer_credit_code: str | None = None
    approved_on: date | None = None
    carried_out_on: date | None = None
    price_yuan: int | None = None
    debts_taken_yuan: int | None = None
    staff_before: int | None = None
    staff_rehired: int | None = None
    staff_paid_off: int | None = None
    wage_before_yuan: int | None = None
    wage_after_yuan: int | None = None
    evidence: str = ""
    note: str = ""


def demand_step(before: ReformStage | None, reform: Reform) -> None:
    """Raises ReformStepRefused, ReformIncomplete, ReformStaffMismatch."""
    if before is not None and reform.stage is not before and reform.stage not in _NEXT[before]:
        allowed = sorted(stage.value for stage in _NEXT[before])
        raise ReformStepRefused(from_stage=before, to_stage=reform.stage, allowed=allowed)
    needed = {
        ReformStage.APPROVED: ("approved_on",),
        ReformStage.CARRIED_OUT: (
            *("approved_on", "carried_out_on", "acquirer_name", "staff_before", "staff_rehired", "evidence"),
        ),
    }.get(reform.stage, ())
    lacking = [FieldError("fact.required", f"/{name}") for name in needed if getattr(reform, name) in (None, "")]
    if lacking:
        raise ReformIncomplete(fields=[fault.pointer.removeprefix("/") for fault in lacking], errors=lacking)
    if reform.staff_before is not None:
        settled = (reform.staff_rehired or 0) + (reform.staff_paid_off or 0)
        if settled > reform.staff_before:
            raise ReformStaffMismatch(before=reform.staff_before, settled=settled)
