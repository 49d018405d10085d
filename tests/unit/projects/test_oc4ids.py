"""The ledger in OC4IDS 0.9: every project, whatever its kind and stage, fits the standard's schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
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
from services.projects.documents.domain.kinds import Category
from services.projects.exchange.domain.oc4ids import Source, document
from services.projects.exchange.domain.oc4ids_papers import Contract, Document, Kin
from services.projects.exchange.domain.oc4ids_sectors import sectors_of
from services.projects.exchange.domain.oc4ids_values import Party
from services.projects.ledger.domain.acts import Act, ActKind
from services.projects.ledger.domain.coordinates import CoordinateSystem, Location
from services.projects.ledger.domain.entries import Investment, Progress
from services.projects.ledger.domain.formalities import Formality, Paper
from services.projects.ledger.domain.funds import ArrivalState, FundsArrival, FundsSource
from services.projects.ledger.domain.people import Actor
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
    # Work that was done is no payment.
    assert "transactions" not in told
    financial = next(metric for metric in told["metrics"] if metric["id"] == "financialProgress")
    assert [item["value"]["amount"] for item in financial["observations"]] == [2_000_000, 3_000_000]
    assert {party["id"]: party["roles"] for party in told["parties"]} == {
        "421224-GJ": ["publicAuthority"],
        "91350100M000100Y43": ["administrativeEntity"],
        "investor-P-1": ["funder"],
    }


def arrival(number: int, payer: str, state: ArrivalState = ArrivalState.VERIFIED, **facts: Any) -> FundsArrival:
    known: dict[str, Any] = {"on": date(2026, 1, number), "amount_yuan": number * 1_000_000}
    known |= {
        "source": FundsSource.DOMESTIC,
        "payer": payer,
        "evidence": "进账单",
        "recorded_by": Actor("x", None),
    }
    return FundsArrival(id=UUID(int=number), state=state, **(known | facts))


def paper(number: int, category: Category, *, is_impact: bool = False) -> Document:
    url = f"https://duban.invalid/v1/documents/{UUID(int=number)}/content"
    return Document(UUID(int=number), f"文件 {number}", "", category, "application/pdf", AT, url, is_impact)


def test_transactions_are_verified_funds_by_who_paid_them() -> None:
    one = project(stage=Stage.SIGNED, signed_on=date(2025, 9, 22), investor="投资方")
    arrivals = (
        arrival(3, "投资方"),
        arrival(2, "县财政"),
        arrival(4, "投资方", ArrivalState.RECORDED),
        arrival(5, "投资方", ArrivalState.REJECTED),
    )
    told = document(Source(one, AT, "", TODAY, UNIT, COMPANY, arrivals=arrivals), "oc4ids-duban")
    assert faults(package(told)) == []
    assert [(item["value"]["amount"], item["payer"]["name"]) for item in told["transactions"]] == [
        (2_000_000, "县财政"),
        (3_000_000, "投资方"),
    ]
    assert {item["payee"]["id"] for item in told["transactions"]} == {"91350100M000100Y43"}
    assert {party["id"]: party["roles"] for party in told["parties"]} == {
        "421224-GJ": ["publicAuthority"],
        "91350100M000100Y43": ["administrativeEntity", "payee"],
        "investor-P-1": ["funder", "payer"],
        "payer-县财政": ["payer"],
    }


def test_contract_is_the_contracting_process_and_papers_are_milestones() -> None:
    plan = {Milestone.CAPACITY: PlannedDate(date(2027, 1, 31), date(2027, 6, 30))}
    one = project(stage=Stage.SIGNED, signed_on=date(2025, 9, 22), contract_amount_yuan=140_000_000, plan=plan)
    acts = (
        Act(UUID(int=1), ActKind.REGISTRATION, "", date(2025, 12, 1), done_on=date(2025, 11, 20)),
        Act(UUID(int=2), ActKind.FUNDS, "首期", date(2026, 6, 30), 20_000_000),
    )
    papers = (
        Paper(UUID(int=3), Formality.EIA, "", date(2026, 1, 31), date(2026, 1, 31), date(2026, 2, 3), "环评 7"),
        Paper(UUID(int=4), None, "升压站送电", date(2026, 11, 30), date(2026, 12, 15)),
    )
    source = Source(one, AT, "", TODAY, contract=Contract("通招合 7 号", acts), papers=papers,
                    documents=(paper(5, Category.CONTRACT),))  # fmt: skip
    told = document(source, "oc4ids-duban")
    assert faults(package(told)) == []
    (process,) = told["contractingProcesses"]
    summary = process["summary"]
    assert (process["id"], summary["externalReference"], summary["status"]) == (
        "contract-P-1",
        "通招合 7 号",
        "active",
    )
    assert summary["contractValue"]["amount"] == 140_000_000
    assert summary["contractPeriod"]["endDate"].startswith("2027-01-31")
    assert [(act["type"], act["status"]) for act in summary["milestones"]] == [
        ("approval", "met"),
        ("financing", "notMet"),
    ]
    assert [document["documentType"] for document in summary["documents"]] == ["contractSigned"]
    assert "documents" not in told
    found = {one["id"]: (one["type"], one["status"]) for one in told["milestones"]}
    assert found["formality-eia"] == ("approval", "met")
    assert found[str(UUID(int=4))] == ("delivery", "scheduled")
    planned = document(Source(project(), AT, "", TODAY), "oc4ids-duban")
    assert "contractingProcesses" not in planned
    ended = replace(one, stage=Stage.TERMINATED, interrupted_stage=Stage.SIGNED)
    closed = document(Source(ended, AT, "", TODAY), "oc4ids-duban")
    assert closed["contractingProcesses"][0]["summary"]["status"] == "closed"


def test_documents_have_a_type_where_the_standard_has_one() -> None:
    documents = [
        *(paper(number, category) for number, category in enumerate(Category, 1)),
        paper(99, Category.REVIEW, is_impact=True),
    ]
    told = document(Source(project(), AT, "", TODAY, documents=documents), "oc4ids-duban")
    assert faults(package(told)) == []
    types = {item["title"]: item.get("documentType") for item in told["documents"]}
    assert {kind for kind in types.values() if kind} == {"minutes", "illustration", "environmentalImpact"}
    assert types["文件 99"] == "environmentalImpact"
    assert told["documents"][0]["url"].startswith("https://duban.invalid/v1/documents/")


def test_kin_is_told_by_what_it_is_to_the_common_assets_and_place_in_wgs84() -> None:
    place = Location(Decimal("114.4930"), Decimal("29.6064"), CoordinateSystem.GCJ02)
    kin = (
        Kin("P-0", "一期", ProjectKind.NEW_BUILD, is_parent=True),
        Kin("P-2", "二期", ProjectKind.LATER_PHASE, is_parent=False),
        Kin("P-3", "技改", ProjectKind.TECHNICAL_RENOVATION, is_parent=False),
    )
    told = document(Source(project(location=place), AT, "", TODAY, kin=kin), "oc4ids-duban")
    assert faults(package(told)) == []
    assert [(one["identifier"], one["relationship"]) for one in told["relatedProjects"]] == [
        ("oc4ids-duban-P-0", "construction"),
        ("oc4ids-duban-P-2", "expansion"),
        ("oc4ids-duban-P-3", "rehabilitation"),
    ]
    point = told["locations"][0]["geometry"]
    assert point["type"] == "Point"
    assert point["coordinates"] == pytest.approx([114.4876, 29.6088], abs=0.001)


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
        arrivals=tuple(
            arrival(
                number, draw(st.sampled_from(["投资方", "x", "y"])), draw(st.sampled_from(ArrivalState)), on=day
            )
            for number, day in enumerate(draw(st.lists(days, max_size=3)), 1)
        ),
        contract=Contract(
            draw(st.sampled_from(["", "7"])),
            [Act(UUID(int=1), ActKind.START, "", draw(days), done_on=draw(st.none() | days))],
        ),
        papers=[
            Paper(UUID(int=2), None, "x", planned_on=draw(st.none() | days), actual_on=draw(st.none() | days))
        ],
        documents=[paper(number, draw(st.sampled_from(Category))) for number in range(draw(st.integers(0, 2)))],
        kin=[Kin("P-0", "x", draw(st.sampled_from(ProjectKind)), is_parent=True)],
    )


@settings(max_examples=150, deadline=None)
@given(sources())
def test_any_project_fits_the_standard(source: Source) -> None:
    assert faults(package(document(source, "oc4ids-duban"))) == []
