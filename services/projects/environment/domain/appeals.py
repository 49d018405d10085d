"""Appeals: complaints and requests of enterprises and citizens, from acceptance to rating (S30)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.conditions.domain.condition import Finding
from services.projects.environment.domain.rules import Overdue
from services.projects.environment.errors import AppealStatusWrong, CategoryNotOfKind

CONDITION = "appeal_overdue"


class AppealKind(StrEnum):
    """投诉 complaint, 企业诉求 request."""

    COMPLAINT = "complaint"
    REQUEST = "request"


class AppealCategory(StrEnum):
    """四乱 four disorders (乱收费, 乱罚款, 乱摊派, 乱检查), 四霸 four bullies, 三乱 three disorders, 收费 fees,
    周边环境 surroundings; 资金 funds, 用地 land, 用能 energy, 用工 labour, 审批 approval, 政策 policy,
    物流 logistics; 其他 other.
    """

    FOUR_DISORDERS = "four_disorders"
    FOUR_BULLIES = "four_bullies"
    THREE_DISORDERS = "three_disorders"
    FEES = "fees"
    SURROUNDINGS = "surroundings"
    FUNDS = "funds"
    LAND = "land"
    ENERGY = "energy"
    LABOUR = "labour"
    APPROVAL = "approval"
    POLICY = "policy"
    LOGISTICS = "logistics"
    OTHER = "other"


CATEGORIES: dict[AppealKind, frozenset[AppealCategory]] = {
    AppealKind.COMPLAINT: frozenset(
        {
            AppealCategory.FOUR_DISORDERS,
            AppealCategory.FOUR_BULLIES,
            AppealCategory.THREE_DISORDERS,
            AppealCategory.FEES,
            AppealCategory.SURROUNDINGS,
            AppealCategory.OTHER,
        }
    ),
    AppealKind.REQUEST: frozenset(
        {
            AppealCategory.FUNDS,
            AppealCategory.LAND,
            AppealCategory.ENERGY,
            AppealCategory.LABOUR,
            AppealCategory.APPROVAL,
            AppealCategory.POLICY,
            AppealCategory.LOGISTICS,
            AppealCategory.FEES,
            AppealCategory.SURROUNDINGS,
            AppealCategory.OTHER,
        }
    ),
}


class AppealStatus(StrEnum):
    """已受理 accepted, 已转办 dispatched, 已答复 answered, 退回重办 returned, 已办结 closed."""

    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    ANSWERED = "answered"
    RETURNED = "returned"
    CLOSED = "closed"


class ClosedAs(StrEnum):
    """满意 satisfied, 不满意 unsatisfied, 未评价 unrated, 不予受理 rejected, 撤回 withdrawn, 重复 duplicate."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    UNRATED = "unrated"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"


IN_HANDLING = frozenset({AppealStatus.DISPATCHED, AppealStatus.RETURNED})
OPEN = frozenset({AppealStatus.ACCEPTED, *IN_HANDLING})


@dataclass(frozen=True, slots=True)
class Rated:
    """What a rating does to the appeal."""

    status: AppealStatus
    closed_as: ClosedAs | None


def demand_category(kind: AppealKind, category: AppealCategory) -> None:
    """Raises CategoryNotOfKind."""
    if category not in CATEGORIES[kind]:
        raise CategoryNotOfKind(
            kind=kind, category=category, errors=[FieldError("category.not_of_kind", "/category")]
        )


def demand_status(status: AppealStatus, allowed: Iterable[AppealStatus]) -> None:
    """Raises AppealStatusWrong."""
    known = tuple(allowed)
    if status not in known:
        raise AppealStatusWrong(status=status, allowed=frozenset(known))


def after_rating(satisfied: bool, returns: int, max_returns: int) -> Rated:
    """Satisfied ends it; otherwise the unit has it again, as often as the rule says."""
    if satisfied:
        return Rated(AppealStatus.CLOSED, ClosedAs.SATISFIED)
    if returns < max_returns:
        return Rated(AppealStatus.RETURNED, None)
    return Rated(AppealStatus.CLOSED, ClosedAs.UNSATISFIED)


def finding_of(status: AppealStatus, late: Overdue) -> Finding:
    """The condition of an appeal that is late, told without a word of who complained."""
    waits_zh, waits_en = (
        ("尚未转办", "has not been dispatched")
        if status is AppealStatus.ACCEPTED
        else ("尚未答复", "has not been answered")
    )
    return Finding(
        kind=CONDITION,
        reference_on=late.due_on,
        days=late.days,
        threshold_days=1,
        level=late.level,
        explanation_zh=f"应于 {late.due_on} 前办理，{waits_zh}，已超期 {late.working_days} 个工作日",
        explanation_en=f"Due on {late.due_on}, {waits_en}: {late.working_days} working days overdue",
    )
