"""The compared figures in the database: whatever way a write took, they say of every day what the history says."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from itertools import combinations
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.assembly import build_ledger
from services.projects.ledger.domain.figures import MONEY
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.service.batch import BatchLedger
from services.projects.ledger.service.ledger import amended
from services.projects.ledger.tables import ProjectFiguresRow
from tests.integration.projects.conftest import MORNING, TODAY

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

FILL: str = import_module("services.projects.migrations.versions.0021_project_figures").FILL
DAYS = 6


async def figures(office: Office) -> list[dict[str, Any]]:
    statement = select(ProjectFiguresRow).order_by(
        col(ProjectFiguresRow.project_id), col(ProjectFiguresRow.known_from)
    )
    async with office.database.session() as session:
        return [row.model_dump() for row in await session.scalars(statement)]


async def some_write(office: Office, dice: random.Random, path: str) -> None:
    """Something that is done to a project; what its rules refuse has not happened."""
    today = office.clock.now().date()
    later = str(today + timedelta(days=dice.randrange(30, 900)))
    milestone = dice.choice(["start", "completion", "production", "capacity"])
    signed: dict[str, Any] = {"stage": "signed", "on": str(today), "contract_amount_yuan": "90000000"}
    signed |= {"investor": "x", "channel": "brand", "planned_start_on": later}
    started = {"stage": "started", "on": str(today), "evidence": "permit", "planned_capacity_on": later}
    amount = str(dice.randrange(1, 90) * 10_000)
    action, body = dice.choice(
        [
            ("replans", {"milestone": milestone, "planned_on": later, "reason": "x"}),
            ("stage-changes", signed),
            ("stage-changes", started),
            ("reversals", {"reason": "entered by mistake"}),
            ("investment-entries", {"month": f"{today:%Y-%m-01}", "amount_yuan": amount, "note": "x"}),
            ("key-designations", {"level": dice.choice(["county", None]), "reason": "x"}),
            ("termination", {"on": str(today), "reason": "x"}),
        ]
    )
    answer = await office.call("POST", f"{path}/{action}", body)
    assert answer.status_code < 500, answer.text


async def write_together(office: Office, dice: random.Random, ids: list[UUID]) -> None:
    """Several writes of several projects in one batch, as an import makes them."""
    async with office.database.transaction() as session:
        ctx = Context(session=session, now=office.clock.now(), new_id=new_id, principal=SYSTEM)
        batch = BatchLedger(build_ledger())
        await batch.load(ctx, ids=ids)
        for project_id in ids * 2:
            opened = await batch.open(ctx, project_id)
            total = dice.randrange(1, 900) * 1_000_000
            after = replace(opened.project, total_investment_yuan=total)
            await batch.store(ctx, opened, after, amended(after, ("total_investment_yuan",)), action="amended")
        await batch.flush(ctx)


async def some_years(office: Office) -> None:
    dice = random.Random(20260915)
    paths: list[str] = []
    for day in range(DAYS):
        office.clock.set(MORNING + timedelta(days=day))
        paths += [await office.register(f"P-{day}-{number}") for number in range(2)]
        for _ in range(8):
            # Some instants see several writes of one project.
            if dice.random() < 0.6:
                office.clock.set(office.clock.now() + timedelta(minutes=7))
            await some_write(office, dice, dice.choice(paths))
        projects = [await office.done("GET", path) for path in dice.sample(paths, 2)]
        await write_together(office, dice, sorted(UUID(one["id"]) for one in projects))


def told_by(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The totals that follow from what a page shows: pages are made by going back in the history."""
    there = [item for item in items if item["before"] is not None]
    money = {}
    for name in MONEY:
        before = sum(int(item["before"][name] or 0) for item in there)
        after = sum(int(item["after"][name] or 0) for item in items)
        money[name] = {"before": str(before), "after": str(after), "difference": str(after - before)}
    slips = []
    for milestone in sorted(Milestone):
        days = [slip["days"] for item in items for slip in item["slips"] if slip["milestone"] == milestone]
        if days:
            later, earlier = [one for one in days if one > 0], [-one for one in days if one < 0]
            slips.append(
                {
                    "milestone": milestone.value,
                    "later": len(later),
                    "earlier": len(earlier),
                    "days_later": sum(later),
                    "days_earlier": sum(earlier),
                }
            )
    return {
        "projects_before": len(there),
        "projects_after": len(items),
        "new": len(items) - len(there),
        "gone": sum(item["standing"] == "gone" for item in items),
        "stage_moved": sum(item["before"]["stage"] != item["after"]["stage"] for item in there),
        **money,
        "slips": slips,
    }


async def test_totals_of_any_two_days_are_those_the_history_rebuilds(office: Office) -> None:
    await some_years(office)
    days = [str(TODAY + timedelta(days=day)) for day in range(-1, DAYS)]
    for first, second in combinations(days, 2):
        found = await office.done(
            "GET", "/v1/project-comparisons", params={"from": first, "to": second, "limit": 200}
        )
        assert found["next_cursor"] is None
        totals = {name: value for name, value in found["totals"].items() if name != "by_stage"}
        assert totals == told_by(found["items"]), (first, second)
    written = await figures(office)
    assert len(written) > 30
    # What the migration makes of the history is what the writes left, single ones and those of a batch.
    async with office.database.transaction() as session:
        await session.execute(text("DELETE FROM project_figures"))
        for statement in FILL.split(";"):
            await session.execute(text(statement))
    assert await figures(office) == written


async def test_key_projects_of_a_day_are_counted_as_they_were_marked_then(office: Office) -> None:
    paths = [await office.register(f"P-{number}") for number in range(3)]
    await office.done("POST", f"{paths[0]}/key-designations", {"level": "county", "reason": "list 2026"})
    office.clock.set(MORNING + timedelta(days=1))
    await office.done("POST", f"{paths[1]}/key-designations", {"level": "county", "reason": "list 2026"})
    office.clock.set(MORNING + timedelta(days=2))
    await office.done("POST", f"{paths[0]}/key-designations", {"level": None, "reason": "off the list"})

    async def key_on(day: date) -> int:
        params = {"region": "421224", "as_of": str(day), "key_only": "true"}
        found = await office.done("GET", "/v1/project-totals", params=params)
        count: int = found["reached"][0]["projects"]
        return count

    assert [await key_on(TODAY + timedelta(days=day)) for day in range(-1, 4)] == [0, 1, 2, 1, 1]
