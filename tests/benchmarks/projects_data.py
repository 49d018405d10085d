"""A province's ledger of 100,000 projects with their history, copied straight into the tables.

Everything follows from the seed. Names are made of real words and belong to nobody.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import asyncpg

PROJECTS = 100_000
TODAY = date(2026, 9, 15)
NOW = datetime(2026, 9, 15, 0, 30, tzinfo=UTC)
CITIES, COUNTIES, TOWNS = 10, 10, 10
FEED = "projects.project.v1"

_PLACES = (
    "通山", "嘉鱼", "崇阳", "赤壁", "九宫", "南林", "通羊", "黄沙", "大畈", "燕厦", "洪港", "厦铺",
    "闯王", "慈口", "杨芳", "高湖", "横石", "新桥", "温泉", "官埠",
)  # fmt: skip
_GOODS = (
    "石材", "水泥", "冶金辅料", "铁合金", "风力发电", "水力发电", "光伏", "化纤", "空心面", "制药",
    "包装", "沥青", "农产品加工", "竹木", "茶叶", "电子元件", "汽车零部件", "机械装备", "食品", "饮料",
    "纺织", "服装", "家具", "陶瓷", "玻璃", "新材料", "锂电池", "物流园", "冷链", "旅游度假村",
)  # fmt: skip
_WORKS = (
    "生产线", "一期", "二期", "三期", "技改", "扩建", "基地", "产业园", "加工厂", "示范", "配套",
    "综合利用",
)  # fmt: skip
_STEPS = ("signed", "started", "completed", "in_production", "at_capacity")
_MILESTONES = ("start", "completion", "production", "capacity")
_CHANNELS = ("government", "enterprise", "return_home", "targeted", "industry", "resource", "kinship")
# Rows that others refer to go first.
_FIRST = (
    "project", "project_plan", "project_contract", "contract_act", "investment_entry", "output_entry",
    "progress_entry", "funds_arrival", "project_change", "outbox",
)  # fmt: skip
_FIGURES = "services.projects.migrations.versions.0021_project_figures"
_ACTS = ("registration", "funds", "start")


def regions() -> dict[str, str]:
    """Code and name of the province and all below it."""
    found = {"420000": "湖北省"}
    for city in range(1, CITIES + 1):
        found[f"42{city:02}00"] = f"第{city}市（演示）"
        for county in range(21, 21 + COUNTIES):
            code = f"42{city:02}{county:02}"
            found[code] = f"第{city}市第{county}县（演示）"
            found |= {f"{code}{town:03}": f"{code}第{town}镇（演示）" for town in range(101, 101 + TOWNS)}
    return found


def counties() -> list[str]:
    return [code for code in regions() if len(code) == 6 and not code.endswith("00")]


def project_id(number: int) -> UUID:
    """UUIDv7 in the order of registration."""
    milliseconds = 1_600_000_000_000 + number * 1_900_000
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (0x8 << 60) | number)


class _Project:
    """One project's days and money, from which all its rows follow."""

    def __init__(self, number: int, towns: list[str]) -> None:
        dice = random.Random(number)
        self.number, self.id, self.dice = number, project_id(number), dice
        self.region = towns[dice.randrange(len(towns))]
        self.place, self.goods, self.work = dice.choice(_PLACES), dice.choice(_GOODS), dice.choice(_WORKS)
        signed = date(2020, 10, 1) + timedelta(days=number * 2150 // PROJECTS)
        gaps = (
            0,
            dice.randrange(40, 300),
            dice.randrange(150, 500),
            dice.randrange(20, 120),
            dice.randrange(60, 400),
        )
        day, self.reached = signed, []
        for gap in gaps[: 1 + dice.randrange(6)]:
            day += timedelta(days=gap)
            if day <= TODAY:
                self.reached.append(day)
        if dice.random() < 0.05:
            self.reached = []
        self.contract = dice.randrange(500, 50_000) * 10_000
        self.planned = [signed + timedelta(days=offset) for offset in (120, 480, 560, 800)]
        self.created_at = NOW - timedelta(days=2150 - number * 2150 // PROJECTS)

    def moved(self, step: int) -> date:
        """The planned day of a milestone as it stands today."""
        return self.planned[step] + timedelta(days=self.number % 4 * 30)

    def reached_on(self, step: int) -> date | None:
        return self.reached[step] if step < len(self.reached) else None

    @property
    def signed_on(self) -> date | None:
        return self.reached_on(0)

    @property
    def name(self) -> str:
        return f"{self.place}{self.goods}{self.work}{self.number % 97}号项目"

    @property
    def summary(self) -> str:
        megawatts, lines = self.number % 500, self.number % 9 + 1
        return (
            f"本项目位于{self.place}，建设{self.goods}{self.work}，占地{self.number % 700 + 20}亩，"
            f"新建厂房{lines}栋，配套110千伏线路与{megawatts}千瓦设备，达产后年产值可观，带动就业。"
        )

    def months(self, first: date | None, most: int) -> Iterator[date]:
        if first is None:
            return
        month = first.replace(day=1)
        for _ in range(most):
            if month >= TODAY.replace(day=1):
                return
            yield month
            month = (month + timedelta(days=32)).replace(day=1)


# When, what was done, and each field before and after.
_Change = tuple[str, Any, Any]
_Step = tuple[datetime, str, list[_Change]]


def _steps(project: _Project, invested: dict[date, int]) -> list[_Step]:
    """The writes of a project's life, oldest first; what it is today comes out at their end."""
    registered = project.created_at
    first: list[_Change] = [("stage", None, "planned"), ("name", None, project.name), ("invested_yuan", None, 0)]
    later: list[_Step] = []

    def on(day: date, minute: int, action: str, changes: list[_Change]) -> None:
        # What was before the registration is entered with it, and nothing after today.
        at = datetime.combine(min(day, TODAY - timedelta(days=1)), time(1), UTC)
        later.append((max(at, registered) + timedelta(minutes=minute), action, changes))

    for step, day in enumerate(project.reached):
        changes: list[_Change] = [("stage", _STEPS[step - 1] if step else "planned", _STEPS[step])]
        if step == 0:
            changes += [("signed_on", None, str(day)), ("contract_amount_yuan", None, project.contract)]
        else:
            changes.append((f"plan.{_MILESTONES[step - 1]}.actual_on", None, str(day)))
        if step < len(_MILESTONES):
            milestone, planned = _MILESTONES[step], str(project.planned[step])
            changes += [(f"plan.{milestone}.{name}", None, planned) for name in ("original_on", "current_on")]
            moved = str(project.moved(step))
            if moved != planned:
                change = (f"plan.{milestone}.current_on", planned, moved)
                on(day + timedelta(days=20), 10 * step + 5, "replanned", [change])
        on(day, 10 * step + 1, "stage_entered", changes)
    total = 0
    for place, (month, amount) in enumerate(invested.items()):
        changes = [("invested_yuan", total, total + amount), (f"investment.{month:%Y-%m}", None, amount)]
        on(month + timedelta(days=35), 50 + place, "investment_recorded", changes)
        total += amount
    first.append(("total_investment_yuan", None, project.contract))
    return [(registered, "registered", first), *sorted(later, key=lambda step: step[0])]


def rows(number: int, towns: list[str], template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All rows of one project: table and columns."""
    project = _Project(number, towns)
    dice, signed = project.dice, project.signed_on
    invested = {month: dice.randrange(10, 900) * 10_000 for month in project.months(project.reached_on(1), 8)}
    stage = _STEPS[len(project.reached) - 1] if project.reached else "planned"
    steps = _steps(project, invested)
    yield (
        "project",
        template
        | {
            "id": project.id,
            "code": f"2025-{project.region[:6]}-{number % 98 + 1:02}-{number:06}",
            "name": project.name,
            "summary": project.summary,
            "kind": "new_build" if number % 5 else "technical_renovation",
            "stage": stage,
            "region_code": project.region,
            "sector_code": f"{number % 31 + 13:02}{number % 90 + 10}",
            "park_code": f"PARK-{project.region[:6]}" if number % 3 == 0 else None,
            "channel": _CHANNELS[number % 7] if signed else None,
            "investor": f"{project.place}投资{number % 4000}有限公司（演示）" if signed else None,
            "contract_amount_yuan": project.contract if signed else None,
            "total_investment_yuan": project.contract,
            "signed_on": signed,
            "invested_yuan": sum(invested.values()),
            "last_investment_month": max(invested, default=None),
            "percent": min(100, 12 * len(invested)) if project.reached_on(1) else None,
            "version": len(steps),
            "created_at": project.created_at,
            "updated_at": NOW,
        },
    )
    for index, milestone in enumerate(_MILESTONES):
        if signed and index < len(project.reached) + 1:
            yield (
                "project_plan",
                {
                    "project_id": project.id,
                    "milestone": milestone,
                    "original_on": project.planned[index],
                    "current_on": project.moved(index),
                    "actual_on": project.reached_on(index + 1),
                },
            )
    yield from _money(project, invested)
    yield from _history(project, steps)


def _money(project: _Project, invested: dict[date, int]) -> Iterator[tuple[str, dict[str, Any]]]:
    dice, signed = project.dice, project.signed_on
    said = {"recorded_at": NOW, "recorded_by": "bench", "note": ""}
    for place, (month, amount) in enumerate(invested.items()):
        yield "investment_entry", {"project_id": project.id, "month": month, "amount_yuan": amount, **said}
        yield (
            "progress_entry",
            {
                "id": UUID(int=project.id.int ^ (place + 1) << 90),
                "project_id": project.id,
                "on": month + timedelta(days=24),
                "percent": min(100, 12 * (place + 1)),
                **said,
            },
        )
    for month in project.months(project.reached_on(3), 24):
        value, tax = dice.randrange(10, 2_000) * 10_000, dice.randrange(1, 100) * 10_000
        figures = {"output_value_yuan": value, "tax_yuan": tax}
        yield "output_entry", {"project_id": project.id, "month": month, **figures, **said}
    if signed and project.number % 2:
        yield from _contract(project, signed)
    for place in range(dice.randrange(4) if signed else 0):
        on = min(TODAY, (signed or TODAY) + timedelta(days=30 + 90 * place))
        yield (
            "funds_arrival",
            {
                "id": UUID(int=project.id.int ^ (place + 1) << 84),
                "project_id": project.id,
                "on": on,
                "amount_yuan": project.contract // 5,
                "source": "domestic",
                "payer": "payer",
                "evidence": f"slip {place}",
                "state": "verified" if place < 2 else "recorded",
                "verified_on": on,
                "decided_by": "another",
                "decided_at": NOW,
                **said,
            },
        )


def _contract(project: _Project, signed: date) -> Iterator[tuple[str, dict[str, Any]]]:
    said = {"recorded_at": NOW, "recorded_by": "bench"}
    contract = {"project_id": project.id, "number": f"C-{project.number}", "parties": "[]", "note": ""}
    yield "project_contract", contract | said
    for place, kind in enumerate(_ACTS):
        due_on = signed + timedelta(days=60 * (place + 1))
        yield (
            "contract_act",
            {
                "id": UUID(int=project.id.int ^ (place + 1) << 84),
                "project_id": project.id,
                "kind": kind,
                "title": kind,
                "original_due_on": due_on,
                "due_on": due_on,
                "amount_yuan": project.contract // 5 if kind == "funds" else None,
                "done_on": due_on if (project.number + place) % 3 and due_on <= TODAY else None,
                **said,
            },
        )


def _history(project: _Project, steps: list[_Step]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What changed, and the events that told of it: all of them published."""
    for version, (at, action, changes) in enumerate(steps, start=1):
        told = [{"field": name, "before": before, "after": after} for name, before, after in changes]
        yield (
            "project_change",
            {
                "project_id": project.id,
                "version": version,
                "at": at,
                "actor": "bench",
                "actor_role": "officer",
                "action": action,
                "reason": "",
                "changes": json.dumps(told),
            },
        )
        if version > 3:
            continue
        payload = {"project_id": str(project.id), "code": f"{project.number}", "month": "2026-01-01"}
        yield (
            "outbox",
            {
                "event_id": UUID(int=project.id.int ^ version << 70),
                "topic": FEED,
                "type": f"projects.project.{action}.v1",
                "source": "/projects",
                "subject": str(project.id),
                "aggregate_version": version,
                "region_code": project.region,
                "occurred_at": at,
                "recorded_at": at,
                "payload": json.dumps({**payload, "amount_yuan": version * 10_000}).encode(),
                "position": 1_000_000 + project.number * 3 + version,
                "published_at": at,
            },
        )


async def fill(dsn: str, template_code: str, projects: int = PROJECTS) -> dict[str, int]:
    """Copy the province into a migrated database; answers the rows by table.

    The project ``template_code`` was registered over REST: what nothing is said of here is as it has it.
    """
    towns = [code for code in regions() if len(code) == 9]
    copied: dict[str, int] = defaultdict(int)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.set_type_codec(
            "jsonb",
            encoder=lambda text: b"\x01" + text.encode(),
            decoder=bytes,
            schema="pg_catalog",
            format="binary",
        )
        template = dict(await connection.fetchrow("SELECT * FROM project WHERE code = $1", template_code))
        for start in range(0, projects, 5_000):
            batch: defaultdict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = defaultdict(list)
            for number in range(start, min(projects, start + 5_000)):
                for table, row in rows(number, towns, template):
                    batch[table, tuple(row)].append(tuple(row.values()))
            for (table, columns), records in sorted(batch.items(), key=lambda item: _FIRST.index(item[0][0])):
                await connection.copy_records_to_table(table, records=records, columns=columns)
                copied[table] += len(records)
        # As the migration does with the ledgers of earlier releases.
        await connection.execute("TRUNCATE project_figures")
        await connection.execute(import_module(_FIGURES).FILL)
        copied["project_figures"] = await connection.fetchval("SELECT count(*) FROM project_figures")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return dict(copied)
