"""Imports over REST (S29): trial run, faults by row and column, the same rules and records as one at a time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from libs.common.sheets.model import Limits
from libs.common.sheets.reading import read_book
from libs.common.web.catalogue import Catalogue
from services.projects.assembly import MESSAGES, build_ledger
from services.projects.exchange.jobs import MAX_ATTEMPTS, ImportDispatcher, ImportWorker, forget_files
from services.projects.exchange.tables import ImportContentRow, ImportProgressRow
from services.projects.exchange.wording import Words
from services.projects.ledger.service.ledger import Ledger
from services.projects.ledger.tables import ProjectChangeRow, ProjectFiguresRow, ProjectPlanRow, ProjectRow
from services.projects.search_index.tables import SearchEntryRow
from tests.support.sheets import csv_text, xlsx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.integration.projects.conftest import Office

HEAD = ["项目代码", "项目名称", "项目类型", "行政区划代码", "总投资（万元）", "计划开工日期"]
SIGNED_HEAD = [*HEAD, "合同金额（万元）", "投资方", "招商渠道", "签约日期"]


def signed_row(code: str, **facts: Any) -> list[Any]:
    known = {
        "code": code, "name": f"project {code}", "kind": "新建", "region": "421224101", "total": 15_000,
        "start": date(2026, 5, 1), "contract": 14_000, "investor": "investor (demo)", "channel": "回归创业",
        "signed": date(2026, 3, 1),
    } | facts  # fmt: skip
    return list(known.values())


def worker_of(office: Office, ledger: Ledger | None = None, **limits: Any) -> ImportWorker:
    return ImportWorker(
        office.database,
        office.clock,
        new_id,
        ledger=ledger or build_ledger(),
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


async def stored(office: Office, code: str) -> tuple[Any, ...]:
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
        known = await session.scalars(
            select(ProjectFiguresRow)
            .where(col(ProjectFiguresRow.project_id) == row.id)
            .order_by(col(ProjectFiguresRow.known_from))
        )
        figures = [entry.model_dump(exclude={"project_id"}) for entry in known]
        found = await session.scalars(select(SearchEntryRow).where(col(SearchEntryRow.project_id) == row.id))
        entries = [entry.model_dump() for entry in found]
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
    text = json.dumps([row.model_dump(exclude={"id"}), plans, history, figures, events, entries], default=str)
    # The search knows the parts of a code as terms of their own.
    for given, shown in ((str(row.id), "ID"), (code, "CODE"), (code.casefold(), "code"), (f"'{code[-1]}'", "'N'")):
        text = text.replace(given, shown)
    return tuple(json.loads(text))


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


async def test_registry_is_imported_as_it_is_put(office: Office) -> None:
    tables = {
        "regions": [["行政区划代码", "行政区划名称", "默认岗位"], ["421224102", "九宫山镇", "领导"]],
        "units": [["单位代码", "单位名称", "行政区划代码"], ["office", "经信局（演示）", "421224"]],
        "people": [
            ["工号", "姓名", "单位代码", "行政区划代码", "岗位", "电话", "在岗"],
            ["p-1", "王（演示）", "office", "421224", "officer", "13800001234", "是"],
        ],
        "enterprises": [
            ["统一社会信用代码", "企业名称", "行政区划代码", "行业代码", "重点用能单位"],
            ["91350100M000100Y43", "示例（演示）", "421224101", "3140", "是"],
        ],
    }  # fmt: skip
    for entity, table in tables.items():
        for expected in ("inserted", "unchanged"):
            shown = await carried_out(office, csv_text(table).encode("gb18030"), entity)
            assert (shown["state"], shown[expected]) == ("applied", 1), await faults_of(office, shown)
    assert (await office.done("GET", "/v1/regions/421224102"))["default_post"] == "leader"
    person = await office.done("GET", "/v1/persons/p-1")
    assert (person["phone"], person["post"], person["version"]) == ("13800001234", "officer", 1)
    body = {"name": "示例（演示）", "region_code": "421224101", "sector_code": "3140", "key_energy_user": True}
    before = await office.events("projects.enterprise.v1")
    await office.done("PUT", "/v1/enterprises/91350100M000100Y43", body)
    assert await office.events("projects.enterprise.v1") == before
    assert json.loads(before[0].payload or "")["key_energy_user"] is True
    assert (before[0].aggregate_version, before[0].region_code) == (1, "421224101")

    update = [["单位代码", "单位名称"], ["office", "经济和信息化局（演示）"], ["new", "x"]]
    shown = await carried_out(office, xlsx(update), "units")
    assert places(await faults_of(office, shown)) == [("项目", 3, None, "fact.required")]
    shown = await carried_out(office, xlsx(update[:2]), "units")
    assert (shown["state"], shown["updated"]) == ("applied", 1)
    unit = await office.done("GET", "/v1/units/office")
    assert (unit["name"], unit["region_code"], unit["version"]) == ("经济和信息化局（演示）", "421224", 2)
    wrong = [tables["enterprises"][0], ["91350100M000100Y44", "x", "421224999", "3140", None]]
    shown = await carried_out(office, xlsx(wrong), "enterprises")
    assert places(await faults_of(office, shown)) == [("项目", 2, "A", "registry.invalid_credit_code")]


async def test_known_projects_are_updated_by_their_code_and_only_what_is_said_changes(office: Office) -> None:
    path = await office.signed("P-1", start_in=30, summary="old", total_investment_yuan=150_000_000)
    head = ["项目代码", "项目简介", "投资方", "计划开工日期", "变更原因", "开工日期", "开工依据", "计划达产日期"]
    row = ["P-1", "#清空", None, "2026-11-01", "土地手续延迟", None, None, None]
    shown = await carried_out(office, xlsx([head, row]))
    assert (shown["state"], shown["updated"]) == ("applied", 1), await faults_of(office, shown)
    project = await office.done("GET", path)
    assert (project["summary"], project["investor"], project["total_investment_yuan"]) == (
        "",
        "investor (demo)",
        "150000000",
    )
    start = project["plan"][0]
    assert (start["original_on"], start["current_on"]) == ("2026-10-15", "2026-11-01")
    history = (await office.done("GET", f"{path}/history"))["items"]
    assert [(change["action"], change["reason"]) for change in history[2:]] == [
        ("amended", "土地手续延迟"),
        ("replanned", "土地手续延迟"),
    ]
    row = ["P-1", None, None, None, None, "2026-09-10", "permit 7", "2027-01-31"]
    shown = await carried_out(office, xlsx([head, row]))
    assert (await office.done("GET", path))["stage"] == "started"
    assert (await carried_out(office, xlsx([head, row])))["unchanged"] == 1

    faulty = [
        ["P-1", None, None, None, None, "2026-09-11", None, None],
        ["P-2", None, None, None, None, None, None, None],
    ]
    shown = await carried_out(office, xlsx([head, *faulty]))
    assert places(await faults_of(office, shown)) == [
        ("项目", 2, "F", "import.day_differs"),
        ("项目", 3, None, "fact.required"),
        ("项目", 3, None, "fact.required"),
        ("项目", 3, None, "fact.required"),
    ]
    moved = [["项目代码", "计划达产日期"], ["P-1", "2027-03-31"]]
    shown = await carried_out(office, xlsx(moved))
    assert [fault["code"] for fault in await faults_of(office, shown)] == ["import.reason_missing"]
    shown = await carried_out(office, xlsx([head, row]), on_existing="refuse")
    assert places(await faults_of(office, shown)) == [("项目", 2, "A", "import.exists")]


async def test_interruptions_and_illegal_stages_follow_the_lifecycle(office: Office) -> None:
    head = [*SIGNED_HEAD, "阶段", "停工或终止日期", "停工或终止原因", "复工日期"]
    rows = [
        [*signed_row("P-1"), "停工", "2026-08-01", "资金", None],
        [*signed_row("P-2"), "终止", "2026-08-01", "x", None],
    ]
    shown = await carried_out(office, xlsx([head, *rows]))
    assert shown["inserted"] == 2, await faults_of(office, shown)
    stages = {item["code"]: item["stage"] for item in (await office.done("GET", "/v1/projects"))["items"]}
    assert stages == {"P-1": "suspended", "P-2": "terminated"}
    short = ["项目代码", "项目类型", "阶段", "复工日期"]
    shown = await carried_out(
        office, xlsx([short, ["P-1", None, "签约", "2026-09-01"], ["P-2", None, "签约", None]])
    )
    assert places(await faults_of(office, shown)) == [("项目", 3, "C", "import.interrupted")]
    shown = await carried_out(office, xlsx([short, ["P-1", None, "签约", "2026-09-01"]]))
    assert (shown["state"], shown["updated"]) == ("applied", 1)
    wrong = [["P-1", "技改", None, None], ["P-2", None, "开放", None]]
    faults = await faults_of(office, await carried_out(office, xlsx([short, *wrong])))
    assert [(fault["row"], fault["code"]) for fault in faults] == [
        (2, "import.fixed"),
        (3, "import.stage_not_of_kind"),
    ]
    back = await carried_out(office, xlsx([short, ["P-1", None, "策划", None]]))
    assert [fault["code"] for fault in await faults_of(office, back)] == ["import.stage_behind"]


async def test_entries_are_imported_by_the_rules_of_entries(office: Office) -> None:
    path = await office.started("P-1", days_ago=100)
    table = [
        ["项目代码", "日期", "形象进度（%）", "说明"],
        ["P-1", "2026-07-01", 10, None],
        ["P-1", "2026-08-01", "25%", None],
    ]
    shown = await carried_out(office, xlsx(table), "progress-entries")
    assert (shown["state"], shown["inserted"]) == ("applied", 2), await faults_of(office, shown)
    assert (await office.done("GET", path))["percent"] == "25.00"
    fall = [
        table[0],
        ["P-1", "2026-09-01", 20, None],
        ["P-9", "2026-09-01", 20, None],
        ["P-1", "2026-12-01", 30, "x"],
    ]
    shown = await carried_out(office, xlsx(fall), "progress-entries")
    assert places(await faults_of(office, shown)) == [
        ("项目", 2, "D", "project.progress_fall_needs_note"),
        ("项目", 3, "A", "reference.unknown"),
        ("项目", 4, "B", "project.date_in_future"),
    ]
    money: list[list[Any]] = [
        ["项目代码", "月份", "当月完成投资（万元）", "说明"],
        ["P-1", "2026年7月", "320.5", None],
        ["P-1", "2026-08", 100, None],
    ]
    shown = await carried_out(office, xlsx(money), "investment-entries")
    assert shown["inserted"] == 2, await faults_of(office, shown)
    project = await office.done("GET", path)
    assert (project["invested_yuan"], project["last_investment_month"]) == ("4205000", "2026-08-01")
    assert [
        event.aggregate_version for event in await office.events("projects.project.v1", project["id"])
    ] == list(range(1, 8))
    money[1][2] = 300
    shown = await carried_out(office, xlsx(money), "investment-entries")
    assert [fault["code"] for fault in await faults_of(office, shown)] == [
        "project.investment_correction_needs_note"
    ]
    money[1][3] = "更正"
    shown = await carried_out(office, xlsx(money), "investment-entries")
    assert (shown["updated"], shown["unchanged"]) == (1, 1)
    assert (await office.done("GET", path))["invested_yuan"] == "4000000"


async def test_open_condition_is_cleared_by_the_import_that_removes_its_cause(office: Office) -> None:
    await office.signed("P-1", start_in=-30)
    await office.done("POST", "/v1/condition-scans")
    table = [["项目代码", "开工日期", "开工依据", "计划达产日期"], ["P-1", "2026-09-10", "permit 7", "2027-01-31"]]
    await carried_out(office, xlsx(table), mode="dry_run")
    assert len(await office.events("projects.condition.v1")) == 1
    await carried_out(office, xlsx(table))
    assert [event.type for event in await office.events("projects.condition.v1")] == [
        "projects.condition.opened.v1",
        "projects.condition.cleared.v1",
    ]


async def test_trial_run_changes_nothing_and_can_be_applied_without_sending_the_file_again(office: Office) -> None:
    body = xlsx([SIGNED_HEAD, signed_row("P-1")])
    shown = await carried_out(office, body, mode="dry_run", file_name="项目台帐.xlsx")
    assert (shown["state"], shown["inserted"], shown["file_name"]) == ("checked", 1, "项目台帐.xlsx")
    assert (await office.done("GET", "/v1/projects"))["items"] == []
    assert await office.events("projects.project.v1") == []
    applied = await office.done("POST", f"/v1/imports/{shown['id']}/application")
    assert (applied["mode"], applied["sha256"]) == ("apply", shown["sha256"])
    await worker_of(office).run_queued()
    assert (await office.done("GET", f"/v1/imports/{applied['id']}"))["state"] == "applied"
    again = await office.call("POST", f"/v1/imports/{applied['id']}/application")
    assert (again.status_code, again.json()["code"]) == (409, "import.not_checked")
    listed = await office.done("GET", "/v1/imports?filter[state]=checked")
    assert [item["id"] for item in listed["items"]] == [shown["id"]]


async def test_one_fault_takes_everything_back_and_is_shown_in_the_file(office: Office, tmp_path: Path) -> None:
    rows = [signed_row(f"P-{number}") for number in range(30)]
    rows[17][6] = "一亿"
    rows[20][7] = None
    shown = await carried_out(office, xlsx([SIGNED_HEAD, *rows], name="台帐"), file_name="台帐.xlsx")
    assert (shown["state"], shown["errors"], shown["rows"], shown["inserted"]) == ("rejected", 2, 29, 28)
    assert (await office.done("GET", "/v1/projects"))["items"] == []
    first, second = await faults_of(office, shown)
    assert (first["sheet"], first["row"], first["column"], first["value"]) == ("台帐", 19, "G", "一亿")
    assert (first["heading"], first["field"]) == ("合同金额（万元）", "contract_amount_yuan")
    assert (second["row"], second["column"], second["field"]) == (22, "H", "investor")
    page = await office.done("GET", f"/v1/imports/{shown['id']}/errors?limit=1&filter[row][gte]=20")
    assert [item["row"] for item in page["items"]] == [22]

    answer = await office.call("GET", f"/v1/imports/{shown['id']}/errors.xlsx")
    path = tmp_path / "errors.xlsx"
    path.write_bytes(answer.content)
    listed, marked = read_book(path, Limits()).sheets
    assert [len(list(sheet.rows())) for sheet in (listed, marked)] == [3, 3]
    assert marked.name == "台帐"
    assert "P-17" in next(row.cells for row in marked.rows() if row.number == 2)


async def test_import_reaches_no_further_than_its_sender(office: Office) -> None:
    await office.staff("officer", "officer", "421224101")
    await office.staff("viewer", "viewer", "421224")
    await office.staff("boss", "supervisor", "421224")
    await office.register("P-9", region_code="421221")
    rows = [signed_row("P-1"), signed_row("P-2", region="421221"), signed_row("P-9")]
    shown = await carried_out(office, xlsx([SIGNED_HEAD, *rows]), by="officer")
    faults = await faults_of(office, shown, by="officer")
    assert [(fault["row"], fault["code"]) for fault in faults] == [(3, "not_found"), (4, "project.duplicate_code")]
    shown = await carried_out(office, xlsx([SIGNED_HEAD, rows[0]]), by="officer")
    assert shown["state"] == "applied"
    history = (await office.done("GET", "/v1/projects?filter[code]=P-1"))["items"][0]["id"]
    change = (await office.done("GET", f"/v1/projects/{history}/history"))["items"][0]
    assert change["actor"] == shown["created_by"]

    assert len((await office.done("GET", "/v1/imports", by="boss"))["items"]) == 2
    await office.staff("other", "officer", "421224101")
    await office.refused("GET", f"/v1/imports/{shown['id']}", by="other", status=404, code="not_found")
    for entity, by, status, code in (
        ("people", "officer", 403, "import.forbidden"),
        ("projects", "viewer", 403, "forbidden"),
        ("secrets", "officer", 404, "not_found"),
    ):
        query = {"entity": entity}
        await office.refused("POST", "/v1/imports", params=query, by=by, status=status, code=code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 415, "import.file_refused"),
        (b"%PDF-1.7", 415, "import.file_refused"),
        (bytes.fromhex("d0cf11e0a1b11ae1"), 415, "import.file_refused"),
        (b"x" * 2049, 413, "request.too_large"),
    ],
)
async def test_what_cannot_be_a_table_is_refused_at_once(
    office: Office, body: bytes, status: int, code: str
) -> None:
    # The application puts its layers together when it is called first.
    await office.done("GET", "/v1/regions")
    limit = next(part for part in _middlewares(office) if hasattr(part, "by_path"))
    limit.by_path = [("/v1/imports", 2048)]
    answer = await office.http.post(
        "/v1/imports?entity=projects", content=body, headers={"Authorization": f"Bearer {office.tokens['admin']}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    async with office.database.session() as session:
        assert (await session.scalars(select(ImportContentRow))).all() == []


def _middlewares(office: Office) -> list[Any]:
    found, part = [], office.app.middleware_stack
    while part is not None:
        found.append(part)
        part = getattr(part, "app", None)
    return found


@asynccontextmanager
async def locked(office: Office, path: str) -> AsyncIterator[None]:
    """Hold a project, as a slow request would; whoever wants to write it waits."""
    async with office.database.transaction() as session:
        project_id = UUID(path.rpartition("/")[2])
        await session.execute(select(ProjectRow).where(col(ProjectRow.id) == project_id).with_for_update())
        yield


async def _until(office: Office, address: str, reached: Any, seconds: float = 300) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while True:
            shown: dict[str, Any] = await office.done("GET", address)
            if reached(shown):
                return shown
            await asyncio.sleep(0.05)


async def test_progress_is_seen_while_the_import_runs_and_a_broken_off_one_leaves_nothing(office: Office) -> None:
    path = await office.register("P-1")
    rows = [[f"N-{number}", "x", "新建", "421224101", 1_000 + number, None] for number in range(2_000)]
    sent = await send(office, csv_text([HEAD, *rows, ["P-1", "renamed"]]).encode())
    address = f"/v1/imports/{sent['id']}"
    async with locked(office, path):
        work = asyncio.create_task(worker_of(office).run_one())
        seen = await _until(office, address, lambda shown: shown["done"] >= 2_000)
        assert (seen["state"], seen["phase"], seen["attempts"]) == ("running", "writing", 1)
        await office.refused("POST", f"{address}/cancellation", status=409, code="import.not_cancellable")
        assert await worker_of(office).run_one() is False
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    assert len(await office.events("projects.project.v1")) == 1
    assert await worker_of(office).run_one()
    shown = await office.done("GET", address)
    assert (shown["state"], shown["inserted"], shown["updated"], shown["attempts"]) == ("applied", 2_000, 1, 2)
    assert len(await office.events("projects.project.v1")) == 2_002


async def test_worker_process_that_is_killed_is_followed_by_another(office: Office) -> None:
    """The process that runs imports in production, killed by SIGKILL in the middle of one."""
    path = await office.register("P-1")
    sent = await send(office, csv_text([HEAD, ["P-1", "renamed"], ["P-2", "x", "新建", "421224101"]]).encode())
    address = f"/v1/imports/{sent['id']}"
    program = "-m", "services.projects.import_worker"
    environment = {
        **os.environ,
        "DUBAN_ENVIRONMENT": "local",
        "DUBAN_DATABASE_DSN": office.settings.dsn,
        "DUBAN_KAFKA_BOOTSTRAP": "127.0.0.1:9",
    }
    async with locked(office, path):
        process = await asyncio.create_subprocess_exec(sys.executable, *program, env=environment)
        await _until(office, address, lambda shown: shown["state"] == "running")
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
    assert len(await office.events("projects.project.v1")) == 1
    settings = [f"{name}={environment[name]}" for name in environment if name.startswith("DUBAN_")]
    command = ["/usr/bin/env", *settings, sys.executable, *program]
    dispatcher = asyncio.create_task(ImportDispatcher(office.database, command).run())
    shown = await _until(office, address, lambda shown: shown["state"] not in {"queued", "running"})
    dispatcher.cancel()
    await asyncio.gather(dispatcher, return_exceptions=True)
    assert (shown["state"], shown["inserted"], shown["updated"]) == ("applied", 1, 1)
    assert shown["attempts"] == 2


async def test_code_taken_at_the_same_moment_ends_in_one_project(office: Office) -> None:
    """The import has looked, somebody registers the code, and the import starts anew."""
    body = xlsx([SIGNED_HEAD, *(signed_row(f"P-{number}") for number in range(3))])
    sent = await send(office, body)

    async def refuse(ctx: Any, project: Any) -> None:
        raise IntegrityError("insert", {}, Exception("taken"))

    with pytest.raises(IntegrityError):
        await worker_of(office, Ledger(watchers=[refuse])).run_one()
    await office.register("P-1", region_code="421224101", name="mine")
    assert await worker_of(office).run_one()
    shown = await office.done("GET", f"/v1/imports/{sent['id']}")
    assert (shown["state"], shown["inserted"], shown["updated"]) == ("applied", 2, 1)
    project = (await office.done("GET", "/v1/projects?filter[code]=P-1"))["items"][0]
    assert (project["name"], project["version"]) == ("project P-1", 3)


async def test_import_that_takes_its_worker_with_it_is_given_up(office: Office) -> None:
    sent = await send(office, xlsx([SIGNED_HEAD, signed_row("P-1")]))
    async with office.database.transaction() as session:
        session.add(
            ImportProgressRow(
                import_id=sent["id"], attempts=MAX_ATTEMPTS, phase="writing", rows=0, done=0, errors=0,
                at=office.clock.now(),
            )
        )  # fmt: skip
    assert await worker_of(office).run_queued() == 1
    shown = await office.done("GET", f"/v1/imports/{sent['id']}")
    assert (shown["state"], shown["failure"]) == ("failed", "import.interrupted_often")
    assert shown["failure_en"].startswith("The import was interrupted")


async def test_waiting_import_is_withdrawn_and_old_files_are_forgotten(office: Office) -> None:
    sent = await send(office, xlsx([SIGNED_HEAD, signed_row("P-1")]))
    withdrawn = await office.done("POST", f"/v1/imports/{sent['id']}/cancellation")
    assert withdrawn["state"] == "cancelled"
    assert await worker_of(office).run_queued() == 0
    checked = await carried_out(office, xlsx([SIGNED_HEAD, signed_row("P-1")]), mode="dry_run")
    office.clock.advance(timedelta(days=31))
    async with office.database.transaction() as session:
        await forget_files(Context(session, office.clock.now(), new_id, SYSTEM), office.clock.now())
    answer = await office.call("POST", f"/v1/imports/{checked['id']}/application")
    assert (answer.status_code, answer.json()["code"]) == (410, "import.content_forgotten")
