"""The ledger in OC4IDS 0.9: every project, whatever its kind and stage, fits the standard's schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import services.projects.exchange
from libs.common.contracts.projects import Stage
from services.projects.exchange.domain.oc4ids import Party, Source, document
from services.projects.exchange.domain.oc4ids_sectors import sectors_of
from services.projects.ledger.domain.entries import Investment, Progress
from services.projects.ledger.domain.project import PlannedDate, Project
from services.projects.ledger.domain.stages import PATHS, Milestone, ProjectKind, milestones_of

SCHEMA = json.loads((Path(services.projects.exchange.__file__).parent / "oc4ids.schema.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
TODAY = date(2026, 9, 15)
AT = datetime(2026, 9, 15, 1, 30, tzinfo=UTC)
UNIT = Party("421224-GJ", "经信局（演示）")
COMPANY = Party("91350100M000100Y43", "示例（演示）", "CN-USCC")


def project(**facts: Any) -> Project:
    known: dict[str, Any] = {
        "id": UUID(int=1),
        "code": "P-1",
        "name": "九宫山风力电场一期",
        "kind": ProjectKind.NEW_BUILD,
    }
    return Project(**(known | {"region_code": "421224104"} | facts))


def package(*documents: dict[str, Any]) -> dict[str, Any]:
    """A package as it travels: through JSON."""
    head = {"uri": "urn:uuid:1", "publishedDate": AT.isoformat(), "version": "0.9", "publisher": {"name": "x"}}
    whole: dict[str, Any] = orjson.loads(orjson.dumps({**head, "projects": documents}))
    return whole


def faults(whole: dict[str, Any]) -> list[str]:
    return [f"{'/'.join(map(str, fault.path))}: {fault.message}" for fault in VALIDATOR.iter_errors(whole)]


def test_schema_is_one_and_refuses_what_the_standard_refuses() -> None:
    jsonschema.Draft4Validator.check_schema(SCHEMA)
    good = document(Source(project(), AT, "九宫山镇", TODAY), "oc4ids-duban")
    assert faults(package(good)) == []
    broken: dict[str, Any]
    for broken in (
        {"status": "started"},
        {"titel": "x"},
        {"title": ""},
        {"updated": "2026-09-15"},
        {"sector": []},
    ):
        assert faults(package({**good, **broken})), broken
    assert faults(package())


def test_every_fact_of_the_ledger_has_its_place() -> None:
    plan = {
        Milestone.START: PlannedDate(date(2025, 12, 1), date(2026, 1, 1), date(2026, 1, 5)),
        Milestone.COMPLETION: PlannedDate(date(2026, 9, 1), date(2026, 9, 1)),
        Milestone.CAPACITY: PlannedDate(date(2027, 1, 31), date(2027, 1, 31)),
    }
    one = project(stage=Stage.STARTED, sector_code="D4415", total_investment_yuan=140_000_000, investor="投资方",
                  signed_on=date(2025, 9, 22), plan=plan, summary="风电", design_output=Decimal("12.5"),
                  output_unit="万kW", invested_yuan=3_000_000)  # fmt: skip
    entries = (Investment(date(2026, 2, 1), 1_000_000), Investment(date(2026, 1, 1), 2_000_000))
    told = document(
        Source(
            one, AT, "九宫山镇", TODAY, UNIT, COMPANY, (Progress(date(2026, 3, 1), Decimal("12.50")),), entries
        ),
        "oc4ids-duban",
    )
    assert faults(package(told)) == []
    assert (told["id"], told["status"], told["type"]) == ("oc4ids-duban-P-1", "implementation", "construction")
    assert told["sector"] == ["energy.wind"]
    assert told["budget"]["amount"] == {"amount": 140_000_000, "currency": "CNY"}
    assert told["period"]["startDate"] == "2026-01-05T00:00:00+08:00"
    statuses = {one["id"]: one["status"] for one in told["milestones"]}
    assert statuses == {"start": "met", "completion": "notMet", "capacity": "scheduled"}
    assert [item["value"]["amount"] for item in told["transactions"]] == [2_000_000, 1_000_000]
    financial = next(metric for metric in told["metrics"] if metric["id"] == "financialProgress")
    assert [item["value"]["amount"] for item in financial["observations"]] == [2_000_000, 3_000_000]
    assert {party["id"]: party["roles"] for party in told["parties"]} == {
        "421224-GJ": ["publicAuthority"],
        "91350100M000100Y43": ["administrativeEntity"],
        "investor-P-1": ["funder", "payer"],
    }


@pytest.mark.parametrize(
    ("stage", "interrupted", "status"),
    [
        (Stage.PLANNED, None, "identification"),
        (Stage.SIGNED, None, "preparation"),
        (Stage.COMPLETED, None, "completion"),
        (Stage.AT_CAPACITY, None, "maintenance"),
        (Stage.SUSPENDED, Stage.STARTED, "implementation"),
        (Stage.TERMINATED, Stage.SIGNED, "cancelled"),
    ],
)
def test_stage_reads_as_status(stage: Stage, interrupted: Stage | None, status: str) -> None:
    one = project(stage=stage, interrupted_stage=interrupted)
    assert document(Source(one, AT, "", TODAY), "oc4ids-duban")["status"] == status


@pytest.mark.parametrize(
    ("kind", "code", "sectors"),
    [
        (ProjectKind.NEW_BUILD, "3140", ["economy"]),
        (ProjectKind.NEW_BUILD, "4413", ["energy.hydropower"]),
        (ProjectKind.GRID_WORKS, "4420", ["energy"]),
        (ProjectKind.GRID_WORKS, None, ["energy"]),
        (ProjectKind.TOURISM, "E48", ["economy", "cultureSportsAndRecreation"]),
        (ProjectKind.INFRASTRUCTURE, "54", ["transport.road"]),
        (ProjectKind.INFRASTRUCTURE, None, []),
    ],
)
def test_sector_follows_code_and_kind(kind: ProjectKind, code: str | None, sectors: list[str]) -> None:
    assert sectors_of(kind, code) == sectors


days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
amounts = st.integers(0, 10**12)


@st.composite
def sources(draw: Callable[..., Any]) -> Source:
    kind = draw(st.sampled_from(ProjectKind))
    stage = draw(st.sampled_from([*PATHS[kind], Stage.SUSPENDED, Stage.TERMINATED]))
    is_interrupted = stage in {Stage.SUSPENDED, Stage.TERMINATED}
    planned = st.builds(PlannedDate, st.none() | days, st.none() | days, st.none() | days)
    plan = draw(st.dictionaries(st.sampled_from(milestones_of(kind)), planned))
    text = st.none() | st.sampled_from(["投资方", "x"])
    one = project(
        kind=kind,
        stage=stage,
        interrupted_stage=draw(st.sampled_from(PATHS[kind])) if is_interrupted else None,
        plan=plan,
        signed_on=draw(st.none() | days),
        sector_code=draw(st.none() | st.sampled_from(["3140", "D44", "A", "9", "T96"])),
        total_investment_yuan=draw(st.none() | amounts),
        investor=draw(text),
        design_output=draw(st.none() | st.decimals(Decimal("0.001"), 10**6, places=3)),
        output_unit=draw(text),
        actual_output=draw(st.none() | st.decimals(Decimal("0.001"), 10**6, places=3)),
        invested_yuan=draw(amounts),
    )
    months = draw(st.lists(days.map(lambda day: day.replace(day=1)), unique=True, max_size=3))
    return Source(
        one,
        AT + timedelta(microseconds=draw(st.integers(0, 10**6))),
        draw(st.sampled_from(["", "南林桥镇"])),
        TODAY,
        draw(st.none() | st.just(UNIT)),
        draw(st.none() | st.just(COMPANY)),
        tuple(Progress(day, Decimal("1.5")) for day in draw(st.lists(days, max_size=3))),
        tuple(Investment(month, draw(amounts)) for month in months),
    )


@settings(max_examples=150, deadline=None)
@given(sources())
def test_any_project_fits_the_standard(source: Source) -> None:
    assert faults(package(document(source, "oc4ids-duban"))) == []
