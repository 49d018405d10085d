"""All projects of the demo: 97 brought in, 28 built, the planned cement works, and the goals of 新村镇.

The 97 and the 28 are two sets: with six over 1000万元 and 2.56亿元 in place the 97 cannot hold 28 that took
4.43亿元, so the 28 were signed before the year of the 97. Projects that are overdue or stalled when the demo
starts, and those that become so day by day while it runs, stand in the tables below.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from deploy.demo.dataset import facts, named_projects
from deploy.demo.dataset.facts import DEMO_DAY, WAN
from deploy.demo.dataset.history import Outline, build, split
from deploy.demo.dataset.records import LABEL, Project
from deploy.demo.dataset.registry import TOWNS

# Days without a sign of life from which on a started project is stalled, as the projects service ships its rule.
STALL_DAYS = 60

_PRODUCTS: tuple[tuple[str, str], ...] = (
    ("异型石材", "3032"), ("石材雕刻", "3032"), ("硅锰合金辅料", "3140"), ("耐火材料", "3089"),
    ("机制砂石", "3039"),
    ("竹木制品", "2041"), ("竹笋加工", "1371"), ("茶叶精制", "1530"), ("豆制品", "1392"), ("服装加工", "1819"),
    ("电子元件", "3981"), ("纸箱包装", "2231"), ("塑料制品", "2929"), ("新型墙材", "3031"), ("中药饮片", "2730"),
    ("五金机加工", "3389"), ("生物质颗粒", "2542"), ("矿泉水", "1522"),
)  # fmt: skip
_WORKS: tuple[tuple[str, str], ...] = (
    ("生产线", "new_build"), ("加工厂", "new_build"), ("技改扩能", "technical_renovation"),
    ("二期", "later_phase"),
)  # fmt: skip
_CHANNELS = (
    "government", "enterprise", "merchant", "return_home", "entrusted", "targeted",
    "industry", "brand", "resource", "kinship", "on_site", "shell_grafting",
)  # fmt: skip

# Signed, not started: days from the demo's first day to the planned start. Negative is overdue already (one of
# them for more than three months), the small ones come due while the demo runs.
_START_IN_DAYS = (-102, -11, -4, 0, 1, 1, 2, 3, 3, 6, 7, 8, 9, 10, 13, 14, 16, 17, 21, 24, 27, 30, 36, 41, 47,
                  55, 62, 70, 78, 88, 99, 115, 132, 150)  # fmt: skip
# Started: days since the last sign of life. From STALL_DAYS on it is stalled already, just below it stalls while
# the demo runs, since nobody enters anything then.
_SILENT_DAYS = (78, 72, 67, 63, 60, 59, 59, 58, 57, 56, 54, 53, 51, 50, 48, 36, 15, 14, 13, 13, 12, 12, 11, 11, 10,
                10, 9, 9, 8, 8, 8, 7, 7, 7, 6, 6, 6, 5, 5, 5, 4, 4, 4, 3, 3, 2, 2, 1, 1)  # fmt: skip
# Started: days from the demo's first day to the planned date of full output, for some of them.
_CAPACITY_IN_DAYS = {20: -108, 24: -12, 27: 0, 30: 1, 33: 3, 36: 7, 39: 13}
_SUSPENDED, _TERMINATED = 4, 3


def _synthetic_name(number: int, town_name: str) -> tuple[str, str, str]:
    product, sector = _PRODUCTS[number * 5 % len(_PRODUCTS)]
    work, kind = _WORKS[number * 3 % 7 % len(_WORKS)]
    return f"{town_name.rstrip('镇乡')}{product}{work}{number:02d}号{LABEL}", kind, sector


def _small(number: int, rng: random.Random) -> Outline:
    town = TOWNS[(number * 5 + number // 12) % len(TOWNS)]
    name, kind, sector = _synthetic_name(number, town.name)
    return Outline(
        name,
        kind,
        town.code,
        sector,
        rng.randrange(120, 950, 10) * WAN,
        investor=f"投资人{number:02d}{LABEL}",
        channel=_CHANNELS[number * 7 % len(_CHANNELS)],
    )


def _signed(number: int, start_in: int, rng: random.Random) -> Outline:
    planned = DEMO_DAY + timedelta(start_in)
    signed = min(planned - timedelta(rng.randrange(60, 150)), DEMO_DAY - timedelta(rng.randrange(6, 40)))
    signed = max(signed, facts.HISTORY_FROM + timedelta(number))
    moved = number % 6 == 5 and (planned - signed).days > 80
    replanned = min(signed + timedelta(45), DEMO_DAY - timedelta(3)) if moved else None
    outline = _small(number, rng)
    return replace(outline, signed_on=signed, planned_start_on=planned, replanned_on=replanned)


def _started(number: int, silent: int, capacity_in: int | None, rng: random.Random) -> Outline:
    last_sign = DEMO_DAY - timedelta(silent)
    # Whoever is late already began long ago.
    started = last_sign - timedelta(rng.randrange(75, 240) if capacity_in is None else 260)
    signed = max(started - timedelta(rng.randrange(25, 60)), facts.HISTORY_FROM + timedelta(rng.randrange(20)))
    days = rng.randrange(110, 420) if capacity_in is None else capacity_in
    return replace(
        _small(number, rng),
        signed_on=signed,
        planned_start_on=started + timedelta(rng.randrange(-12, 15)),
        started_on=max(started, signed + timedelta(7)),
        planned_capacity_on=DEMO_DAY + timedelta(days),
        percent=round(rng.uniform(18, 85), 1),
        last_sign_on=last_sign,
    )


def _share_out(outlines: list[Outline], total_yuan: int, rng: random.Random) -> list[Outline]:
    """Give the started ones investments that sum to the total, by contract and progress."""
    started = [o for o in outlines if o.started_on]
    weights = [(o.total_yuan or 0) * max(o.percent, 5) * rng.uniform(0.8, 1.2) for o in started]
    shares = split(total_yuan // WAN, weights)
    invested = {id(o): share * WAN for o, share in zip(started, shares, strict=True)}
    return [replace(o, invested_yuan=invested.get(id(o), 0)) for o in outlines]


def _brought_in() -> list[Outline]:
    rng = random.Random("brought-in")  # noqa: S311 - demo data, seeded on purpose
    made: list[Outline] = []
    for start_in in _START_IN_DAYS:
        made.append(_signed(len(made), start_in, rng))
    for n, silent in enumerate(_SILENT_DAYS):
        made.append(_started(len(made), silent, _CAPACITY_IN_DAYS.get(n), rng))
    for _ in range(_SUSPENDED):
        stood = _started(len(made), rng.randrange(60, 120), None, rng)
        made.append(replace(stood, suspended_on=(stood.last_sign_on or DEMO_DAY) + timedelta(10)))
    for n in range(_TERMINATED):
        ended = _signed(len(made), 60, rng)
        ended = replace(ended, signed_on=date(2025, 10 + n, 20), replanned_on=None)
        made.append(replace(ended, terminated_on=date(2026, 5 + n, 12)))
    named = list(named_projects.BROUGHT_IN)
    rest = facts.IN_PLACE_YUAN - sum(o.invested_yuan for o in named)
    return named + _share_out(made, rest, rng)


def _built() -> list[Outline]:
    rng = random.Random("built")  # noqa: S311 - demo data, seeded on purpose
    count = facts.BUILT - 1
    rest_wan = (facts.BUILT_INVESTED_YUAN - facts.STONE_PARK_YUAN) // WAN
    amounts = split(rest_wan, [rng.uniform(0.5, 2.0) for _ in range(count)])
    made = [named_projects.STONE_PARK]
    for n, wan in enumerate(amounts):
        signed = date(2023, 3, 1) + timedelta(rng.randrange(0, 560))
        started = signed + timedelta(rng.randrange(30, 90))
        completed = started + timedelta(rng.randrange(260, 420))
        outline = replace(
            _small(100 + n, rng),
            total_yuan=wan * WAN,
            signed_on=signed,
            planned_start_on=started + timedelta(rng.randrange(-10, 20)),
            started_on=started,
            planned_capacity_on=DEMO_DAY + timedelta(rng.randrange(40, 300)),
            completed_on=completed,
            percent=100.0,
            last_sign_on=completed - timedelta(5),
            invested_yuan=wan * WAN,
        )
        made.append(_carried_on(n, outline, completed))
    return made


def _carried_on(n: int, outline: Outline, completed: date) -> Outline:
    """Nine stay completed, two of infrastructure and tourism opened, ten produce, six are at capacity."""
    if n < 9:
        return outline
    if n < 11:
        kind = "tourism" if n == 9 else "infrastructure"
        name = f"{outline.name.removesuffix(LABEL)}配套{LABEL}"
        planned, opened = completed + timedelta(20), completed + timedelta(30)
        return replace(outline, kind=kind, name=name, planned_capacity_on=planned, opened_on=opened)
    producing = replace(outline, in_production_on=completed + timedelta(40))
    if n < 21:
        return producing
    reached = completed + timedelta(210)
    return replace(producing, planned_capacity_on=reached + timedelta(20), at_capacity_on=reached)


def all_projects() -> tuple[Project, ...]:
    """Every project, in the order of its serial number."""
    outlines = [*_brought_in(), *_built(), named_projects.CEMENT, *named_projects.XINCUN_GOALS]
    return tuple(build(outline, serial) for serial, outline in enumerate(outlines, start=1))
