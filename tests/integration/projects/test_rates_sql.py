"""The rates of many projects in SQL against the domain's own rules, on random projects."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from libs.common.database import Database
from libs.common.security.principal import SYSTEM, Principal, Role
from libs.common.web.listing import ListQuery
from services.projects.ledger.domain.acts import ActKind
from services.projects.ledger.domain.funds import ArrivalState
from services.projects.ledger.domain.project import Channel
from services.projects.ledger.domain.stages import Milestone, ProjectKind, milestones_of
from services.projects.ledger.tables import (
    ContractActRow,
    ContractRow,
    FundsArrivalRow,
    InvestmentEntryRow,
    OutputEntryRow,
    ProjectPlanRow,
    ProjectRow,
)
from services.projects.rates.domain.figures import rates_of
from services.projects.rates.domain.grouping import Grouping, Groups, Period, RegionLevel
from services.projects.rates.domain.measures import MEASURES
from services.projects.rates.domain.question import PlanVersion, Question
from services.projects.rates.repository import BEHIND, Part, figures_of, list_behind, load_facts

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

REGIONS = ("421224101", "421224102", "421224", "421221", "421200", "429004", "420000", "430102001")
FIRST = date(2024, 1, 1)
SPAN = 1000
MOMENT = datetime(2026, 9, 15, tzinfo=UTC)
PROJECTS = 400


def some_day(dice: random.Random, share: float = 1.0) -> date | None:
    return FIRST + timedelta(days=dice.randrange(SPAN)) if dice.random() < share else None


def random_rows(dice: random.Random) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Projects whose stages follow each other; all else is as chance has it."""
    for number in range(PROJECTS):
        kind = dice.choice(list(ProjectKind))
        project = UUID(int=dice.getrandbits(128))
        reached = sorted(filter(None, (some_day(dice) for _ in range(dice.randrange(5)))))
        signed, *later = [*reached, *[None] * 5][:5]
        yield (
            ProjectRow,
            {
                "id": project,
                "code": f"R-{number}",
                "name": f"random {number}",
                "summary": "",
                "kind": kind.value,
                "stage": "planned",
                "region_code": dice.choice(REGIONS),
                "park_code": dice.choice((None, "P-1", "P-2")),
                "sector_code": dice.choice((None, "3140", "C3140", "C", "44", "D4415")),
                "channel": dice.choice((None, "resource", "brand")),
                "signed_on": signed,
                "contract_amount_yuan": dice.choice((None, 0, 10_000, 987_654_321_012)),
                "invested_yuan": 0,
                "version": 1,
                "created_at": MOMENT,
                "updated_at": MOMENT,
            },
        )
        for milestone, actual in zip(milestones_of(kind), later, strict=False):
            yield (
                ProjectPlanRow,
                {
                    "project_id": project,
                    "milestone": milestone.value,
                    "original_on": some_day(dice, 0.7),
                    "current_on": some_day(dice, 0.7),
                    "actual_on": actual,
                },
            )
        yield from random_money(dice, project, later[2] if Milestone.PRODUCTION in milestones_of(kind) else None)


def random_money(
    dice: random.Random, project: UUID, produced_on: date | None
) -> Iterator[tuple[Any, dict[str, Any]]]:
    for _ in range(dice.randrange(4)):
        on, state = some_day(dice), dice.choice(list(ArrivalState))
        yield (
            FundsArrivalRow,
            {
                "id": UUID(int=dice.getrandbits(128)),
                "project_id": project,
                "on": on,
                "amount_yuan": dice.randrange(1, 10**9),
                "source": "own",
                "payer": "payer",
                "evidence": "slip",
                "note": "",
                "state": state.value,
                "recorded_at": MOMENT,
                "recorded_by": "one",
                "verified_on": on,
                "decided_by": "another",
            },
        )
    if dice.random() < 0.7:
        yield (
            ContractRow,
            {
                "project_id": project,
                "number": "C-1",
                "parties": [],
                "note": "",
                "recorded_at": MOMENT,
                "recorded_by": "one",
            },
        )
        for _ in range(dice.randrange(3)):
            kind = dice.choice(list(ActKind))
            yield (
                ContractActRow,
                {
                    "id": UUID(int=dice.getrandbits(128)),
                    "project_id": project,
                    "kind": kind.value,
                    "title": "act",
                    "original_due_on": some_day(dice),
                    "due_on": some_day(dice),
                    "amount_yuan": 1 if kind is ActKind.FUNDS else None,
                    "done_on": some_day(dice, 0.5),
                    "recorded_at": MOMENT,
                    "recorded_by": "one",
                },
            )
    yield from random_output(dice, project, produced_on)
    for index in dice.sample(range(36), dice.randrange(4)):
        yield (
            InvestmentEntryRow,
            {
                "project_id": project,
                "month": date(2024 + index // 12, index % 12 + 1, 1),
                "amount_yuan": dice.choice((0, 50_000, 123_456_789)),
                "note": "",
                "recorded_at": MOMENT,
                "recorded_by": "one",
            },
        )


def random_output(
    dice: random.Random, project: UUID, produced_on: date | None
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Mostly every month from the beginning on, so that some years are complete."""
    share = dice.choice((0.0, 0.9, 1.0))
    for index in range(36):
        month = date(2024 + index // 12, index % 12 + 1, 1)
        if produced_on is not None and month >= produced_on.replace(day=1) and dice.random() <= share:
            yield (
                OutputEntryRow,
                {
                    "project_id": project,
                    "month": month,
                    "output_value_yuan": dice.choice((0, 123_456)),
                    "tax_yuan": None if dice.random() < 0.02 else dice.randrange(10**6),
                    "note": "",
                    "recorded_at": MOMENT,
                    "recorded_by": "one",
                },
            )


@pytest.fixture
async def database(office: Office) -> Database:
    dice = random.Random(4)
    rows: dict[Any, list[dict[str, Any]]] = {}
    for table, row in random_rows(dice):
        rows.setdefault(table, []).append(row)
    async with office.database.transaction() as session:
        for table in sorted(rows, key=[ProjectRow, ContractRow, *rows].index):
            await session.execute(insert(table), rows[table])
        await session.execute(text("ANALYZE"))
    return office.database


DAYS = (date(2024, 3, 1), date(2025, 2, 28), date(2025, 12, 31), date(2026, 6, 29), date(2026, 9, 15))
QUESTIONS: list[dict[str, Any]] = [
    {},
    {"groups": Groups((Grouping.REGION,), RegionLevel.COUNTY)},
    {"groups": Groups((Grouping.REGION, Grouping.KIND), RegionLevel.CITY)},
    {"groups": Groups((Grouping.SECTOR, Grouping.CHANNEL)), "plan": PlanVersion.ORIGINAL},
    {"groups": Groups((Grouping.SIGNING_PERIOD, Grouping.PARK), period=Period.HALF)},
    {"groups": Groups((Grouping.SIGNING_PERIOD,), period=Period.QUARTER), "region_code": "421200"},
    {"groups": Groups((Grouping.SIGNING_PERIOD,), period=Period.MONTH), "sector": "C"},
    {"groups": Groups((Grouping.SIGNING_PERIOD,)), "sector": "31", "park_code": "P-1"},
    {"groups": Groups((Grouping.REGION,), RegionLevel.PROVINCE), "channel": Channel.BRAND},
    {"groups": Groups((Grouping.REGION,), RegionLevel.TOWNSHIP), "kind": ProjectKind.NEW_BUILD},
    {"signed_from": date(2024, 6, 1), "signed_to": date(2025, 6, 1)},
]
OFFICER = Principal("officer", Role.OFFICER, region_code="421224")


async def test_sql_says_what_the_domain_says(database: Database) -> None:
    compared = usable = 0
    async with database.session() as session:
        for number, facts in enumerate(QUESTIONS):
            for turn, principal in enumerate((SYSTEM, SYSTEM, OFFICER)):
                as_of = DAYS[(number + turn) % len(DAYS)]
                question = Question(as_of, **facts)
                projects = await load_facts(session, question, principal)
                whole, groups = await figures_of(session, question, principal)
                expected = rates_of(projects, as_of).get((), None)
                for measure in MEASURES:
                    sums = None if expected is None else expected[measure].sums
                    assert whole[measure] == (sums or type(whole[measure])()), (question, measure)
                wanted = rates_of(projects, as_of, question.groups) if question.groups.by else {}
                shown = {
                    key: {measure: figure.sums for measure, figure in figures.items()}
                    for key, figures in wanted.items()
                }
                assert groups == shown, question
                compared += len(projects)
                usable += whole[MEASURES[-1]].denominator_projects
    assert usable > 20
    assert compared > 5 * PROJECTS


async def test_projects_behind_a_figure_are_the_domain_s(database: Database) -> None:
    as_of = date(2026, 6, 30)
    everything: ListQuery = BEHIND.read([], limit=1000)
    async with database.session() as session:
        for groups in (Groups(), Groups((Grouping.SECTOR, Grouping.REGION), RegionLevel.CITY)):
            question = Question(as_of, groups)
            projects = await load_facts(session, question, SYSTEM)
            for key, figures in list(rates_of(projects, as_of, groups).items())[:6]:
                narrowed = Question(as_of, groups, group=key)
                for measure, figure in figures.items():
                    found = {
                        part: await list_behind(session, narrowed, measure, part, SYSTEM, everything)
                        for part in Part
                    }
                    ids = {part: [row.project.id for row in page.items] for part, page in found.items()}
                    assert ids[Part.NUMERATOR] == figure.numerator_ids
                    assert ids[Part.DENOMINATOR] == figure.denominator_ids
                    assert sorted([*ids[Part.NUMERATOR], *ids[Part.OUTSTANDING]]) == figure.denominator_ids
                    reasons = {row.project.id: row.reason for row in found[Part.UNUSABLE].items}
                    assert reasons == figure.unusable
                    assert sum(row.numerator or 0 for row in found[Part.DENOMINATOR].items) == figure.numerator
