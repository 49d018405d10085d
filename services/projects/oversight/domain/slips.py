"""How far a project lags behind its plan, and since when its money is due (S26).

Progress is compared with the planned course (S curve) of the same day; the lag in days is counted from the day on
which the plan had what is done now. Money is due by the contract's terms, or by the rule where they name none.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from services.projects.ledger.domain.curve import PlanCurve, planned_percent
from services.projects.oversight.domain.facts import FundsDue, ProjectFacts
from services.projects.oversight.domain.rules import Rule


def points_behind(facts: ProjectFacts, today: date) -> Decimal | None:
    """Percentage points between plan and actual, negative when ahead; None without a plan.

    A started project without an entry stands at nothing: that is what its plan is compared with.
    """
    if facts.curve is None:
        return None
    return planned_percent(facts.curve, today) - _actual(facts)


def behind_since(facts: ProjectFacts, today: date) -> date | None:
    """The last day on which the plan wanted no more than is done now; None when the project is not behind."""
    points = points_behind(facts, today)
    if facts.curve is None or points is None or points <= 0:
        return None
    return _last_day_at_most(facts.curve, _actual(facts), today)


def _last_day_at_most(curve: PlanCurve, percent: Decimal, today: date) -> date:
    # The plan never falls, so the day is found by halving; before its first day it wants nothing.
    early, late = curve.begins_on - timedelta(days=1), today
    while (late - early).days > 1:
        middle = early + timedelta(days=(late - early).days // 2)
        if planned_percent(curve, middle) <= percent:
            early = middle
        else:
            late = middle
    return early


def _actual(facts: ProjectFacts) -> Decimal:
    return facts.percent if facts.percent is not None else Decimal(0)


def due_funds(facts: ProjectFacts, rule: Rule | None) -> tuple[FundsDue, ...]:
    """What has to have arrived by when, in order of time: the contract's terms, else the rule's share of it."""
    if facts.funds_due:
        return tuple(sorted(facts.funds_due, key=lambda due: (due.due_on, due.amount_yuan)))
    if rule is None or rule.threshold_percent is None or facts.signed_on is None or not facts.contract_yuan:
        return ()
    share = facts.contract_yuan * rule.threshold_percent // 100
    return (FundsDue(facts.signed_on + timedelta(days=rule.threshold_days), share),)


def unmet(facts: ProjectFacts, rule: Rule | None, today: date) -> FundsDue | None:
    """The first amount that is past its day and has not arrived."""
    arrived = facts.verified_yuan or 0
    return next(
        (due for due in due_funds(facts, rule) if due.due_on < today and arrived < due.amount_yuan),
        None,
    )


def short_since(facts: ProjectFacts, rule: Rule | None, today: date) -> date | None:
    """The day by which the first missing amount was due; None when nothing is missing."""
    missing = unmet(facts, rule, today)
    return None if missing is None else missing.due_on
