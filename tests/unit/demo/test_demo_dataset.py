"""The demo's records: the sums of the source texts, and nothing a service would refuse."""

from collections import Counter
from datetime import date

import pytest

from deploy.demo.dataset import enterprises, facts, parks, promotion, registry
from deploy.demo.dataset.credit_codes import check_character, demo_credit_code, organisation_check
from deploy.demo.dataset.history import first_of, split
from deploy.demo.dataset.projects import STALL_DAYS, all_projects
from deploy.demo.dataset.records import LABEL, Project, StageChange
from libs.common import regions

PROJECTS = all_projects()


def signed_on(project: Project) -> date | None:
    return next((c.on for c in project.changes if isinstance(c, StageChange) and c.stage == "signed"), None)


def has_entered(project: Project, stage: str) -> bool:
    return any(isinstance(c, StageChange) and c.stage == stage for c in project.changes)


BROUGHT_IN = [p for p in PROJECTS if (signed_on(p) or date.min) >= facts.HISTORY_FROM]
BUILT = [p for p in PROJECTS if has_entered(p, "completed")]
XINCUN = [p for p in PROJECTS if p.region_code == registry.XINCUN]


def test_ninety_seven_are_brought_in_with_their_funds_in_place() -> None:
    assert len(BROUGHT_IN) == facts.BROUGHT_IN
    assert sum(p.invested_yuan for p in BROUGHT_IN) == facts.IN_PLACE_YUAN


def test_six_of_them_are_over_ten_million() -> None:
    big = [p for p in BROUGHT_IN if (p.total_investment_yuan or 0) >= facts.TEN_MILLION]
    assert len(big) == facts.OVER_TEN_MILLION


def test_twenty_eight_are_built_with_what_was_invested() -> None:
    assert len(BUILT) == facts.BUILT
    assert sum(p.invested_yuan for p in BUILT) == facts.BUILT_INVESTED_YUAN


def test_the_goals_of_the_town_are_no_actuals() -> None:
    assert XINCUN
    assert all(p.stage == "planned" and not p.changes and not p.invested_yuan for p in XINCUN)


def test_the_town_plans_nine_projects_in_its_three_bands() -> None:
    amounts = [p.total_investment_yuan // facts.WAN for p in XINCUN if p.total_investment_yuan]
    assert sum(amounts) * facts.WAN == facts.XINCUN_GOAL_YUAN
    bands = Counter("small" if a < 5000 else "middle" if a < 10_000 else "large" for a in amounts)
    assert bands == {"small": 4, "middle": 4, "large": 1}


def test_all_stages_and_kinds_occur() -> None:
    assert len(PROJECTS) >= 120
    assert {p.stage for p in PROJECTS} == {
        "planned", "signed", "started", "completed", "in_production", "at_capacity", "opened", "suspended",
        "terminated",
    }  # fmt: skip
    assert len({p.kind for p in PROJECTS}) == 6


def test_codes_and_names_are_unique() -> None:
    assert len({p.code for p in PROJECTS}) == len(PROJECTS) == len({p.name for p in PROJECTS})


@pytest.mark.parametrize("project", PROJECTS, ids=lambda p: p.code)
def test_a_history_is_in_order_and_over_before_the_demo_begins(project: Project) -> None:
    changed = [change.on for change in project.changes]
    assert changed == sorted(changed)
    days = changed + [entry.on for entry in project.progress] + [entry.month for entry in project.investments]
    assert all(day < facts.DEMO_DAY for day in days)
    percents = [entry.percent for entry in project.progress]
    assert percents == sorted(percents)
    assert all(0 <= percent <= 100 for percent in percents)
    assert project.invested_yuan <= (project.total_investment_yuan or 0)
    assert len({entry.month for entry in project.investments}) == len(project.investments)


@pytest.mark.parametrize("project", [p for p in PROJECTS if has_entered(p, "started")], ids=lambda p: p.code)
def test_progress_lies_within_construction(project: Project) -> None:
    stages = {c.stage: c.on for c in project.changes if isinstance(c, StageChange)}
    last = min(on for stage, on in stages.items() if stage != "signed" and on > stages["started"]) if (
        stages.keys() & {"completed", "suspended"}) else facts.DEMO_DAY  # fmt: skip
    assert all(stages["started"] <= entry.on <= last for entry in project.progress)
    assert all(entry.month >= stages["signed"].replace(day=1) for entry in project.investments)


def test_some_starts_come_due_while_the_demo_runs() -> None:
    planned = [c.facts["planned_start_on"] for p in PROJECTS if p.stage == "signed" for c in p.changes[:1]
               if isinstance(c, StageChange)]  # fmt: skip
    due_soon = [on for on in planned if isinstance(on, date) and 0 <= (on - facts.DEMO_DAY).days <= 7]
    assert len(due_soon) >= 5


def test_sixty_enterprises_have_valid_codes_and_four_hundred_meters() -> None:
    assert len(enterprises.ALL) == enterprises.ENTERPRISES == 60
    assert len(enterprises.ALL_METERS) == enterprises.METERS == 400
    for enterprise in enterprises.ALL:
        code = enterprise.credit_code
        assert len(code) == 18
        assert check_character(code[:17]) == code[17]
        assert code[2:8] == enterprise.region_code[:6]
        assert enterprise.name.endswith(LABEL)
    assert len({meter.meter_no for meter in enterprises.ALL_METERS}) == 400


def test_the_stone_park_has_38_owners_and_the_metallurgy_park_six_furnaces() -> None:
    stone = [e for e in enterprises.ALL if e.sector_code == enterprises.STONE_CUTTING]
    furnaces = [m for m in enterprises.ALL_METERS if m.kind.value == "furnace"]
    assert len(stone) == 38
    assert len(furnaces) == 6


def test_a_published_code_checks_out() -> None:
    assert organisation_check("D2143569") == "X"  # the standard's own example
    assert demo_credit_code("421224101", 1).startswith("91421224DEM00001")


def test_every_region_code_is_well_formed_and_has_its_ladder() -> None:
    for region in registry.REGIONS:
        regions.validate(region.code)
    posts = {(person.region_code, person.post) for person in registry.PEOPLE}
    for county in (registry.COUNTY, registry.FICTIONAL_COUNTY):
        for post in ("officer", "leader", "supervision_group", "leading_group"):
            assert (county, post) in posts
    assert all((town.code, "officer") in posts for town in registry.TOWNS)


def test_people_and_units_are_labelled() -> None:
    assert all(person.name.endswith(LABEL) for person in registry.PEOPLE)
    assert all(unit.name.endswith(LABEL) for unit in registry.UNITS)
    assert len({person.key for person in registry.PEOPLE}) == len(registry.PEOPLE)
    assert {person.unit_code for person in registry.PEOPLE} <= {unit.code for unit in registry.UNITS}


def test_there_is_an_account_for_every_role_of_a_person() -> None:
    roles = {account.role for account in registry.accounts(enterprises.ALL[0].credit_code)}
    assert roles == {"auditor", "supervisor", "leader", "officer", "enterprise", "viewer"}


@pytest.mark.parametrize(("total", "weights"), [(10, [1.0, 1.0, 1.0]), (7, [0.2, 5.0]), (0, [1.0, 2.0])])
def test_shares_sum_to_the_total(total: int, weights: list[float]) -> None:
    assert sum(split(total, weights)) == total


def test_months_are_counted_over_the_year() -> None:
    assert first_of(date(2025, 11, 1), 3) == date(2026, 2, 1)


def test_projects_stall_on_the_days_that_are_told() -> None:
    """The last sign of life is the last advance, never the end of a month with an investment."""
    for project in (p for p in PROJECTS if p.stage == "started"):
        last_advance = project.progress[-1].on
        assert all(first_of(entry.month, 1) <= last_advance for entry in project.investments)


def test_some_projects_are_stalled_and_more_become_so() -> None:
    silent = [(facts.DEMO_DAY - p.progress[-1].on).days for p in PROJECTS if p.stage == "started"]
    assert 3 <= sum(days >= STALL_DAYS for days in silent) <= 8
    assert sum(STALL_DAYS - 7 <= days < STALL_DAYS for days in silent) >= 5


def test_parks_hold_their_owners_and_the_chain_was_registered_before_the_signings() -> None:
    assert Counter(park for park, _, _ in parks.tenants()) == {parks.STONE: 38, parks.METALLURGY: 3}
    in_parks = {p.name: p.park_code for p in all_projects() if p.park_code}
    assert in_parks == {"石材工业园": parks.STONE, "武钢合资冶金辅料": parks.METALLURGY}
    signed = {p.name: p.changes[0] for p in all_projects() if p.changes}
    brought = [one for one in promotion.PROMOTED if one.introducer]
    assert all(signed[one.project].on >= promotion.REGISTERED_ON for one in brought)
    amounts = {p.name: p.total_investment_yuan or 0 for p in all_projects()}
    assert sum(amounts[one.project] for one in brought) > facts.YI
