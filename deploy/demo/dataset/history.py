"""From the dates of a project to what was entered about it: stage changes, progress and investment."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.demo.dataset.facts import SYNTHETIC, WAN
from deploy.demo.dataset.records import Investment, Progress, Project, Replan, StageChange
from deploy.demo.dataset.registry import officer_of

_NOT_PRODUCING = frozenset({"infrastructure", "tourism"})
_OUTPUT_UNIT = "万元/月"
_NOTES = ("土建施工", "主体封顶", "设备进场", "设备安装", "管线敷设", "单机调试", "联动试车", "收尾整改")


@dataclass(frozen=True, slots=True)
class Outline:
    """A project in dates; a date that is None has not come. Amounts in yuan, multiples of 10,000."""

    name: str
    kind: str
    region_code: str
    sector_code: str
    total_yuan: int | None
    source: str = SYNTHETIC
    investor: str = ""
    channel: str = ""
    planned_on: date | None = None
    signed_on: date | None = None
    planned_start_on: date | None = None
    started_on: date | None = None
    planned_capacity_on: date | None = None
    completed_on: date | None = None
    opened_on: date | None = None
    in_production_on: date | None = None
    at_capacity_on: date | None = None
    suspended_on: date | None = None
    terminated_on: date | None = None
    replanned_on: date | None = None
    invested_yuan: int = 0
    percent: float = 0.0
    last_sign_on: date | None = None
    park_code: str | None = None
    grid: Mapping[str, str] | None = None


def build(outline: Outline, serial: int) -> Project:
    """The project with its whole history; `serial` makes its code and its own random sequence."""
    rng = random.Random(f"project-{serial}")  # noqa: S311 - demo data, seeded on purpose
    year = (outline.signed_on or outline.planned_on or date(2026, 1, 1)).year
    return Project(
        code=f"{year}-{outline.region_code[:6]}-{outline.sector_code[:2]}-03-{serial:06d}",
        name=outline.name,
        kind=outline.kind,
        region_code=outline.region_code,
        sector_code=outline.sector_code,
        total_investment_yuan=outline.total_yuan,
        source=outline.source,
        town_officer=officer_of(outline.region_code),
        investor=outline.investor,
        channel=outline.channel,
        changes=_changes(outline),
        progress=_progress(outline, rng),
        investments=_investments(outline, rng),
        park_code=outline.park_code,
        grid=outline.grid,
    )


def _changes(o: Outline) -> tuple[StageChange | Replan, ...]:
    changes: list[StageChange | Replan] = []
    facts: dict[str, object]
    if o.signed_on:
        facts = {
            "contract_amount_yuan": o.total_yuan,
            "investor": o.investor,
            "channel": o.channel,
            # A re-planned start was first promised two months earlier.
            "planned_start_on": _first_promise(o),
        }
        changes.append(StageChange("signed", o.signed_on, facts))
    if o.replanned_on and o.planned_start_on:
        reason = "用地手续延后（演示）"
        changes.append(Replan("start", o.replanned_on, o.planned_start_on, reason))
    if o.started_on:
        permit = f"演示施工许可-{o.started_on:%Y%m%d}"
        # What produces has a date of full output; a road or a resort has one of completion (S1).
        due = "planned_completion_on" if o.kind in _NOT_PRODUCING else "planned_capacity_on"
        facts = {"evidence": permit, due: o.planned_capacity_on}
        changes.append(StageChange("started", o.started_on, facts))
    if o.completed_on:
        changes.append(StageChange("completed", o.completed_on))
    if o.opened_on:
        changes.append(StageChange("opened", o.opened_on))
    if o.in_production_on:
        facts = {"first_output": "首批产品下线（演示）"}
        changes.append(StageChange("in_production", o.in_production_on, facts))
    if o.at_capacity_on:
        facts = {"actual_output": 104, "design_output": 100, "output_unit": _OUTPUT_UNIT}
        changes.append(StageChange("at_capacity", o.at_capacity_on, facts))
    if o.suspended_on:
        facts = {"reason": "投资方资金周转（演示）"}
        changes.append(StageChange("suspended", o.suspended_on, facts))
    if o.terminated_on:
        facts = {"reason": "投资方放弃（演示）"}
        changes.append(StageChange("terminated", o.terminated_on, facts))
    return tuple(changes)


def _first_promise(o: Outline) -> date | None:
    if o.replanned_on and o.planned_start_on:
        return max(o.planned_start_on - timedelta(60), (o.signed_on or o.replanned_on) + timedelta(10))
    return o.planned_start_on


def _progress(o: Outline, rng: random.Random) -> tuple[Progress, ...]:
    if o.started_on is None or o.last_sign_on is None or o.percent <= 0:
        return ()
    days = (o.last_sign_on - o.started_on).days
    count = max(1, min(7, days // 35))
    entries = []
    for n in range(1, count + 1):
        on = o.started_on + timedelta(round(days * n / count))
        wobble = 1.0 if n == count else rng.uniform(0.85, 1.0)
        percent = round(o.percent * n / count * wobble, 1)
        note = _NOTES[min(int(percent / 100 * len(_NOTES)), len(_NOTES) - 1)]
        entries.append(Progress(on, percent, note))
    return tuple(entries)


def _investments(o: Outline, rng: random.Random) -> tuple[Investment, ...]:
    if o.started_on is None or o.last_sign_on is None or o.invested_yuan <= 0:
        return ()
    # An investment counts as a sign of life to the end of its month, so the last one lies before the last sign.
    first, last = o.started_on.replace(day=1), first_of(o.last_sign_on, -1)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    count = min(months, 6)
    chosen = sorted({first_of(first, round(n * (months - 1) / max(count - 1, 1))) for n in range(count)})
    shares = split(o.invested_yuan // WAN, [rng.uniform(0.5, 1.5) for _ in chosen])
    return tuple(Investment(month, share * WAN) for month, share in zip(chosen, shares, strict=True) if share)


def first_of(month: date, later: int) -> date:
    """The first day of the month that comes `later` months after the month of `month`."""
    index = month.year * 12 + month.month - 1 + later
    return date(index // 12, index % 12 + 1, 1)


def split(total: int, weights: list[float]) -> list[int]:
    """Whole shares of `total` in proportion to the weights, summing to it exactly (largest remainders)."""
    scale = total / sum(weights)
    shares = [int(weight * scale) for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: shares[n] - weights[n] * scale)
    for n in by_remainder[: total - sum(shares)]:
        shares[n] += 1
    return shares
