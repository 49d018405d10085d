"""Exports over REST (S29): the list's filters and scope, four formats, and back again by an import."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from importlib import resources
from typing import TYPE_CHECKING

import jsonschema
import polars as pl
import pytest
from sqlalchemy import select
from sqlmodel import col

from libs.common.security.tables import AuditRecordRow
from libs.common.sheets.model import Limits
from libs.common.sheets.reading import read_book
from tests.integration.projects.test_documents_api import sent
from tests.integration.projects.test_funds_api import SLIP
from tests.integration.projects.test_imports_api import carried_out, faults_of
from tests.integration.projects.test_parks_api import park
from tests.support import files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.projects.conftest import Office


async def exported(office: Office, entity: str, form: str, *, by: str = "admin", **query: str) -> bytes:
    answer = await office.call("GET", f"/v1/exports/{entity}", params={"format": form, **query}, by=by)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith(f'{entity}-20260915.{form}"')
    return answer.content


async def full_ledger(office: Office) -> None:
    """Projects at several stages, with references, entries and everything that a table can hold."""
    unit = await office.done(
        "POST", "/v1/units", {"code": "office", "name": "经信局（演示）", "region_code": "421224"}
    )
    person = {
        "code": "p-1",
        "name": "王（演示）",
        "unit_id": unit["id"],
        "region_code": "421224",
        "post": "officer",
    }
    someone = await office.done("POST", "/v1/persons", {**person, "phone": "13800001234"})
    enterprise = {"name": "示例（演示）", "region_code": "421224101", "sector_code": "3140"}
    company = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    path = await office.started("P-1", responsible_person_id=someone["id"], responsible_unit_id=unit["id"],
                                enterprise_id=company["id"], total_investment_yuan=150_000_001,
                                summary="=1+1", design_output="100.5", output_unit="kt/a")  # fmt: skip
    await office.done("POST", f"{path}/progress-entries", {"on": "2026-07-01", "percent": "12.5"})
    await office.done("POST", f"{path}/investment-entries", {"month": "2026-07-01", "amount_yuan": 3_200_000})
    await park(office, "stone")
    other = await office.signed("P-2", kind="tourism", sector_code="7862", park_code="stone")
    await office.done("POST", f"{other}/suspensions", {"on": "2026-09-01", "reason": "funds"})
    await office.register("P-3", region_code="421221")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_exported_tables_come_back_unchanged(office: Office, form: str) -> None:
    await full_ledger(office)
    before = await office.events("projects.project.v1")
    for entity, rows in (
        ("regions", 5), ("units", 1), ("people", 1), ("enterprises", 1), ("projects", 3),
        ("progress-entries", 1), ("investment-entries", 1),
    ):  # fmt: skip
        body = await exported(office, entity, form)
        shown = await carried_out(office, body, entity)
        assert (shown["state"], shown["rows"], shown["unchanged"]) == ("applied", rows, rows), (
            entity,
            shown,
            await faults_of(office, shown),
        )
    assert await office.events("projects.project.v1") == before


async def test_formats_say_the_same_of_the_same_projects(office: Office) -> None:
    await full_ledger(office)
    text = (await exported(office, "projects", "csv")).decode("utf-8-sig")
    table = {row["Project code"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (table["P-1"]["Summary"], table["P-1"]["Stage"]) == ("'=1+1", "started")
    assert (table["P-1"]["Total investment (yuan)"], table["P-1"]["Progress (%)"]) == ("150000001", "12.50")
    assert (table["P-1"]["Responsible person code"], table["P-2"]["Interrupted on"]) == ("p-1", "2026-09-01")
    chinese = await office.call("GET", "/v1/exports/projects?format=csv", headers={"Accept-Language": "zh-CN"})
    first = next(csv.DictReader(io.StringIO(chinese.content.decode("utf-8-sig"))))
    assert (first["项目类型"], first["阶段"], first["招商渠道"]) == ("新建", "开工", "回归创业")

    lines = (await exported(office, "projects", "ndjson")).splitlines()
    objects = {item["code"]: item for item in map(json.loads, lines)}
    project = (await office.done("GET", "/v1/projects?filter[code]=P-1"))["items"][0]
    shared = objects["P-1"].keys() & project.keys() - {"created_at", "updated_at", "design_output"}
    assert {name: objects["P-1"][name] for name in shared} == {name: project[name] for name in shared}
    assert objects["P-1"]["planned_start_on"] == project["plan"][0]["current_on"]

    frame = pl.read_parquet(io.BytesIO(await exported(office, "projects", "parquet")))
    assert frame.schema["total_investment_yuan"] == pl.Int64
    assert frame.schema["planned_start_on"] == pl.Date
    assert sorted(frame["code"].to_list()) == ["P-1", "P-2", "P-3"]


async def test_filter_order_and_columns_are_the_lists_own(office: Office) -> None:
    await full_ledger(office)
    query = {"filter[stage][in]": "started,suspended", "sort": "-code", "fields": "code,stage"}
    text = (await exported(office, "projects", "csv", **query)).decode("utf-8-sig")
    assert text.splitlines() == ["Project code,Stage", "P-2,suspended", "P-1,started"]
    history = (await exported(office, "history", "csv", **{"filter[project_code]": "P-3"})).decode("utf-8-sig")
    assert "P-3,project P-3,1," in history
    assert {row["Field"] for row in csv.DictReader(io.StringIO(history))} >= {"code", "region_code", "stage"}
    wrong = {"filter[nonsense]": "1", "sort": "summary", "fields": "secret"}
    problem = await office.refused(
        "GET", "/v1/exports/projects", params=wrong, status=422, code="request.malformed"
    )
    assert {error["parameter"] for error in problem["errors"]} == {"filter[nonsense]", "sort", "fields"}


async def test_nobody_exports_more_than_the_list_shows(office: Office) -> None:
    await full_ledger(office)
    await office.staff("officer", "officer", "421221")
    await office.staff("viewer", "viewer", "421224")
    company = (await office.done("GET", "/v1/enterprises"))["items"][0]["id"]
    await office.staff("company", "enterprise", "421224101", enterprise_id=company)

    async def codes(entity: str, by: str, key: str) -> list[str]:
        lines = (await exported(office, entity, "ndjson", by=by)).splitlines()
        return sorted(json.loads(line)[key] for line in lines)

    assert await codes("projects", "officer", "code") == ["P-3"]
    assert await codes("projects", "company", "code") == ["P-1"]
    assert await codes("progress-entries", "officer", "project_code") == []
    assert set(await codes("history", "company", "project_code")) == {"P-1"}
    assert await codes("enterprises", "officer", "credit_code") == []
    people = json.loads(await exported(office, "people", "ndjson", by="viewer"))
    assert people["phone"] == "*******1234"
    await office.refused("GET", "/v1/exports/people", by="company", status=403, code="forbidden")


async def test_too_large_an_export_is_refused_before_its_first_byte_and_each_is_audited(office: Office) -> None:
    await full_ledger(office)
    capped = office.settings.model_copy(update={"export_max_rows": 2})
    runtime = office.app.state.runtime
    office.app.state.runtime = dataclasses.replace(runtime, settings=capped)
    for form in ("csv", "ndjson", "xlsx", "parquet"):
        problem = await office.refused(
            "GET", "/v1/exports/projects", params={"format": form}, status=409, code="export.too_large"
        )
        assert "2" in problem["detail"]
    await exported(office, "projects", "xlsx", **{"filter[code]": "P-1"})
    async with office.database.session() as session:
        statement = select(AuditRecordRow).where(col(AuditRecordRow.action) == "export")
        records = list(await session.scalars(statement))
    assert [(record.object_id, record.detail["rows"]) for record in records] == [("projects", 1)]
    assert records[0].detail["query"] == {"format": "xlsx", "filter[code]": "P-1"}


async def test_workbook_has_days_and_numbers_and_no_formula(office: Office, tmp_path: Path) -> None:
    await full_ledger(office)
    path = tmp_path / "export.xlsx"
    path.write_bytes(await exported(office, "projects", "xlsx", fields="code,summary,signed_on,invested_yuan"))
    sheet = read_book(path, Limits()).sheets[0]
    head, first, *_ = (row.cells for row in sheet.rows())
    assert head == ["Project code", "Summary", "Signed on", "Invested (yuan)"]
    assert first[:2] == ["P-1", "=1+1"]
    assert [getattr(cell, "is_date", None) for cell in first[2:]] == [True, False]


async def test_ledger_is_published_as_oc4ids(office: Office) -> None:
    await full_ledger(office)
    await office.staff("officer", "officer", "421221")
    await office.staff("li", "officer", "421224")
    project = (await office.done("GET", "/v1/projects?filter[code]=P-1"))["items"][0]
    arrivals = f"/v1/projects/{project['id']}/funds-arrivals"
    for number in (1, 2):
        slip = await office.done("POST", arrivals, {**SLIP, "evidence": f"slip {number}"})
    await office.done("POST", f"{arrivals}/{slip['id']}/verification", {}, by="li")
    photo = await sent(office, f"/v1/projects/{project['id']}", files.PDF, category="photo", title="现场")
    await office.register("P-4", parent_id=project["id"], kind="later_phase", name="二期")
    answer = await office.call("GET", "/v1/exports/oc4ids?sort=code")
    package = answer.json()
    schema = json.loads(
        (resources.files("services.projects.exchange") / "oc4ids.schema.json").read_text(encoding="utf-8")
    )
    assert list(jsonschema.Draft4Validator(schema).iter_errors(package)) == []
    first = package["projects"][0]
    assert (package["version"], first["id"], first["status"]) == ("0.9", "oc4ids-duban-P-1", "implementation")
    assert first["publicAuthority"] == {"id": "office", "name": "经信局（演示）"}
    (payment,) = first["transactions"]
    assert (payment["value"], payment["payee"]["name"]) == (
        {"amount": 20_000_000, "currency": "CNY"},
        "示例（演示）",
    )
    assert first["contractingProcesses"][0]["summary"]["contractValue"]["amount"] == 140_000_000
    (told,) = first["documents"]
    assert (told["documentType"], told["url"].rpartition("/v1/")[2]) == (
        "illustration",
        f"documents/{photo['id']}/content",
    )
    assert [one["identifier"] for one in first["relatedProjects"]] == ["oc4ids-duban-P-4"]
    (up,) = package["projects"][3]["relatedProjects"]
    assert (up["identifier"], up["relationship"]) == ("oc4ids-duban-P-1", "construction")
    mine = (await office.call("GET", "/v1/exports/oc4ids", by="officer")).json()
    assert [project["title"] for project in mine["projects"]] == ["project P-3"]
    nothing = "/v1/exports/oc4ids?filter[code]=P-77"
    await office.refused("GET", nothing, status=409, code="export.empty")
