"""Imports over REST (S29): trial run, faults by row and column, the same rules and records as one at a time."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from libs.common.ids import new_id
from libs.common.web.catalogue import Catalogue
from services.projects.api import MESSAGES, build_ledger
from services.projects.exchange.jobs import ImportWorker
from services.projects.exchange.sheets.model import Limits
from services.projects.exchange.wording import Words
from services.projects.ledger.tables import ProjectChangeRow, ProjectPlanRow, ProjectRow
from tests.support.sheets import xlsx

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

HEAD = ["项目代码", "项目名称", "项目类型", "行政区划代码", "总投资（万元）", "计划开工日期"]
SIGNED_HEAD = [*HEAD, "合同金额（万元）", "投资方", "招商渠道", "签约日期"]


def signed_row(code: str, **facts: Any) -> list[Any]:
    known = {
        "code": code, "name": f"project {code}", "kind": "新建", "region": "421224101", "total": 15_000,
        "start": date(2026, 5, 1), "contract": 14_000, "investor": "investor (demo)", "channel": "回归招商",
        "signed": date(2026, 3, 1),
    } | facts  # fmt: skip
    return list(known.values())


def worker_of(office: Office, **limits: Any) -> ImportWorker:
    return ImportWorker(
        office.database,
        office.clock,
        new_id,
        ledger=build_ledger(),
        words=Words(Catalogue(MESSAGES)),
        limits=Limits(**limits),
    )


async def send(
    office: Office, body: bytes, entity: str = "projects", mode: str = "apply", *, by: str = "admin", **query: str
) -> Any:
    answer = await office.http.post(
        "/v1/imports",
        params={"entity": entity, "mode": mode, **query},
        content=body,
        headers={"Authorization": f"Bearer {office.tokens[by]}", "Accept-Language": "en"},
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "queued"
    return answer.json()


async def carried_out(
    office: Office, body: bytes, entity: str = "projects", mode: str = "apply", *, by: str = "admin", **query: str
) -> dict[str, Any]:
    """The import once its job has ended."""
    sent = await send(office, body, entity, mode, by=by, **query)
    await worker_of(office).run_queued()
    shown: dict[str, Any] = await office.done("GET", f"/v1/imports/{sent['id']}", by=by)
    return shown


async def faults_of(office: Office, shown: dict[str, Any], by: str = "admin") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await office.done("GET", f"/v1/imports/{shown['id']}/errors", by=by))["items"]
    return items


def places(faults: list[dict[str, Any]]) -> list[tuple[str, int | None, str | None, str]]:
    return [(fault["sheet"], fault["row"], fault["column"], fault["code"]) for fault in faults]


async def stored(office: Office, code: str) -> tuple[Any, list[Any], list[Any], list[Any]]:
    """Everything the database knows of a project, without what differs from one writing to the next."""
    async with office.database.session() as session:
        row = (await session.scalars(select(ProjectRow).where(col(ProjectRow.code) == code))).one()
        plan = await session.scalars(
            select(ProjectPlanRow)
            .where(col(ProjectPlanRow.project_id) == row.id)
            .order_by(ProjectPlanRow.milestone)
        )
        changes = await session.scalars(
            select(ProjectChangeRow)
            .where(col(ProjectChangeRow.project_id) == row.id)
            .order_by(col(ProjectChangeRow.version))
        )
        plans = [entry.model_dump(exclude={"project_id"}) for entry in plan]
        history = [entry.model_dump(exclude={"project_id"}) for entry in changes]
    events = [
        (
            event.type,
            event.aggregate_version,
            event.region_code,
            event.recorded_at,
            json.loads(event.payload or b""),
        )
        for event in await office.events("projects.project.v1", str(row.id))
    ]
    text = json.dumps([row.model_dump(exclude={"id"}), plans, history, events], default=str)
    return tuple(json.loads(text.replace(str(row.id), "ID").replace(code, "CODE")))


async def test_imported_project_leaves_the_rows_and_events_of_the_rest_path(office: Office) -> None:
    facts: dict[str, Any] = {"total_investment_yuan": 150_000_000, "contract_amount_yuan": 140_000_000}
    facts |= {"investor": "investor (demo)", "channel": "return_home"}
    facts |= {"planned_start_on": "2026-05-01", "planned_capacity_on": "2027-01-31"}
    path = await office.register("P-1", **facts)
    await office.done("POST", f"{path}/stage-changes", {"stage": "signed", "on": "2026-03-01"})
    started = {"stage": "started", "on": "2026-05-08", "evidence": "permit 7"}
    await office.done("POST", f"{path}/stage-changes", started)

    head = [*SIGNED_HEAD, "开工日期", "开工依据", "计划达产日期"]
    row = [*signed_row("P-2", name="project P-2"), date(2026, 5, 8), "permit 7", "2027年1月31日"]
    shown = await carried_out(office, xlsx([head, row]))

    assert (shown["state"], shown["inserted"], shown["errors"]) == ("applied", 1, 0), await faults_of(
        office, shown
    )
    assert await stored(office, "P-2") == await stored(office, "P-1")


async def test_missing_dates_are_refused_as_over_rest(office: Office) -> None:
    head = [*SIGNED_HEAD, "阶段", "开工日期"]
    rows = [
        [*signed_row("P-1", start=None, contract=None), "签约", None],
        [*signed_row("P-2"), "started", date(2026, 5, 8)],
        [*signed_row("P-3", signed=None), "签约", None],
        [*signed_row("P-4", signed=date(2026, 9, 16)), None, None],
    ]
    shown = await carried_out(office, xlsx([head, *rows]))

    assert (shown["state"], shown["rows"], shown["inserted"]) == ("rejected", 4, 0)
    faults = await faults_of(office, shown)
    assert places(faults) == [
        ("项目", 2, "G", "project.missing_facts"),
        ("项目", 2, "F", "project.missing_facts"),
        ("项目", 3, None, "project.missing_facts"),
        ("项目", 3, None, "project.missing_facts"),
        ("项目", 4, "J", "fact.required"),
        ("项目", 5, "J", "project.date_in_future"),
    ]
    assert [fault["field"] for fault in faults[2:4]] == ["evidence", "planned_capacity_on"]
    assert faults[5]["value"] == "2026-09-16"
    assert "2026-09-16" in faults[5]["message_zh"]
    assert faults[5]["message_en"].startswith("after today") or "2026-09-16" in faults[5]["message_en"]
    assert (await office.done("GET", "/v1/projects"))["items"] == []
    assert await office.events("projects.project.v1") == []
