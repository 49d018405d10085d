"""Planned investment by year (年度投资计划): the first plan stays, a change needs a reason."""

from __future__ import annotations

from libs.common.web.problems import FieldError
from services.projects.ledger.errors import PlanNeedsReason


def demand_reason(before_yuan: int | None, amount_yuan: int, year: int, reason: str) -> None:
    """Raises PlanNeedsReason when a plan that is known would change without one."""
    if before_yuan is not None and before_yuan != amount_yuan and not reason.strip():
        raise PlanNeedsReason(year=year, errors=[FieldError("fact.required", "/reason")])
