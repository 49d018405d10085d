"""What the ledger knows of the projects beside their lives: money in place, plans, terms and targets.

Of the texts are the sums and counts of `facts`; every single amount and every day is made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from deploy.demo.dataset.facts import DEMO_DAY, HISTORY_FROM, SOURCE_TOWN, TEN_MILLION, WAN
from deploy.demo.dataset.history import first_of
from deploy.demo.dataset.projects import all_projects
from deploy.demo.dataset.records import LABEL, Project, StageChange
from deploy.demo.dataset.registry import XINCUN

_NO_LATER_THAN = DEMO_DAY - timedelta(1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money that came in, in whole yuan, with its slip."""

    on: date
    amount_yuan: int
    payer: str
    slip: str


@dataclass(frozen=True, slots=True)
class BandTarget:
    band_code: str
    projects: int


@dataclass(frozen=True, slots=True)
class Contract:
    """Terms of a project's contract: days by which it is registered, funded with an amount, and started."""

    project: str
    registered_by: date
    registered_on: date
    funds_by: date
    funds_yuan: int


def _change(project: Project, stage: str) -> StageChange | None:
    found = (c for c in project.changes if isinstance(c, StageChange) and c.stage == stage)
    return next(found, None)


def _is_of_the_97(project: Project) -> bool:
    signed = _change(project, "signed")
    return signed is not None and signed.on >= HISTORY_FROM


# "97 projects brought in, 2.56亿元 in place" and "28 key projects built, 4.43亿元 invested".
BROUGHT_IN: tuple[Project, ...] = tuple(project for project in all_projects() if _is_of_the_97(project))
KEY_PROJECTS: tuple[Project, ...] = tuple(project for project in all_projects() if _change(project, "completed"))


def arrivals(project: Project) -> tuple[Arrival, ...]:
    """What is in place for a project: all that was built with it. Large sums came in two parts.

    The text says of the 28 built what was invested, not what came in, so they have none.
    """
    signed, total = _change(project, "signed"), project.invested_yuan
    if signed is None or not total or not _is_of_the_97(project):
        return ()
    parts = [total] if total < TEN_MILLION else [total * 6 // 10 // WAN * WAN]
    if parts[0] < total:
        parts.append(total - parts[0])
    first = min(signed.on + timedelta(10), _NO_LATER_THAN)
    days = [first, max(first, min(project.investments[-1].month + timedelta(9), _NO_LATER_THAN))]
    number = project.code[-3:]
    return tuple(
        Arrival(on, amount, project.investor, f"进账单{number}-{n}{LABEL}")
        for n, (on, amount) in enumerate(zip(days, parts, strict=False), start=1)
    )


# The town's plan: "9 new ≥1000万元 (four 1000–5000万, four 5000万–1亿, one ≥1亿)". Goals, never actuals.
BAND_TARGETS = (BandTarget("10m_50m", 4), BandTarget("50m_100m", 4), BandTarget("from_100m", 1))
TARGET_REGION, TARGET_SOURCE = XINCUN, SOURCE_TOWN
TARGET_FROM, TARGET_TO = date(2026, 1, 1), date(2026, 12, 31)

# The funds of the last are short: twice what has come in was due a fortnight ago.
CONTRACTS = (
    Contract("九宫山风力电场一期", date(2025, 11, 30), date(2025, 11, 6), date(2026, 6, 30), 6000 * WAN),
    Contract(
        "横石潭小水电（浙江投资人乙）", date(2025, 11, 30), date(2025, 10, 20), date(2026, 6, 30), 5000 * WAN
    ),
    Contract("武钢合资冶金辅料", date(2026, 3, 31), date(2026, 2, 10), date(2026, 8, 31), 1500 * WAN),
    Contract("欧罗文实业", date(2026, 5, 31), date(2026, 4, 2), date(2026, 8, 31), 1200 * WAN),
)

_BEHIND = "安坪旅游度假村"
_CURVES = 15


def plan_curve(project: Project) -> tuple[tuple[date, int], ...]:
    """(month, per cent) the works should have reached by its end; empty where nothing moves or the end is near.

    One project has fallen twenty points behind; the others keep their plans.
    """
    started = _change(project, "started")
    if started is None or not project.progress:
        return ()
    end = next((day for name, day in started.facts.items() if name.startswith("planned_")), None)
    last = project.progress[-1]
    if not isinstance(end, date) or first_of(end, 0) <= first_of(DEMO_DAY, 3):
        return ()
    if last.on < DEMO_DAY - timedelta(30):
        return ()
    reached = int(last.percent) + (20 if project.name == _BEHIND else -4)
    points = [(first_of(started.on, 0), min(5, reached)), (first_of(last.on, 0), reached), (first_of(end, 0), 100)]
    months = [month for month, _ in points]
    return tuple(points) if months == sorted(set(months)) and reached > 0 else ()


def planned() -> tuple[Project, ...]:
    """Projects whose works are planned month by month."""
    started = (project for project in BROUGHT_IN if project.stage == "started" and plan_curve(project))
    return tuple(started)[:_CURVES]
