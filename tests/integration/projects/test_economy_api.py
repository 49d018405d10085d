"""The economy over REST: a report's life, late ones, closed months, tables, enterprises that move (S13)."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.integration.projects.duty_office import check, conditions, told, types_of
from tests.integration.projects.economy_office import (
    COUNTY,
    OTHER_COUNTY,
    OTHER_TOWN,
    TOWN,
    credit_code,
    enterprise,
    figures,
    full,
    move_to,
    open_office,
    reported,
    send,
    stand,
    table,
)

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

TOPIC, SCAN = "projects.economy_report.v1", "economy.check"


def lines(**values: object) -> dict[str, Any]:
    """Month values by indicator; a pair says the year's too."""
    said = {
        code: {"month_value": value[0], "cumulative_value": value[1]}
        if isinstance(value, tuple)
        else {"month_value": value}
        for code, value in values.items()
    }
    return {"lines": said}


def month_lines(**values: object) -> dict[str, Any]:
    required = {"output_value": 1000, "value_added": 300, "sales": 900, "profit": 50, "tax": 20, "power_kwh": 700}
    return lines(**(required | values))


async def test_report_is_owed_reminded_of_said_doubted_returned_and_counts(office: Office) -> None:
    await open_office(office)
    first, second = await enterprise(office, 1), await enterprise(office, 2)
    await office.staff("own", "enterprise", COUNTY, enterprise_id=first)
    await office.staff("foreign", "enterprise", COUNTY, enterprise_id=second)
    # July counts already; the chain of the year begins with it.
    await move_to(office, "2026-08-20")
    await reported(office, "2026-07", {1: full(0, power_kwh=700) | {"output_value": (1000, 1000)}})

    # The tenth of September is a Thursday; two working days before it the report is asked after.
    await move_to(office, "2026-09-07")
    await check(office, SCAN, days=0)
    assert await conditions(office, "economy_report_due_soon") == []
    await check(office, SCAN)
    (soon, *others) = await conditions(office, "economy_report_due_soon")
    assert (soon["reference_on"], len(others)) == ("2026-09-10", 1)
    own = {"filter[month][eq]": "2026-08-01", "filter[edition][eq]": "final"}
    (owed,) = (await office.done("GET", "/v1/economy-reports", by="own", params=own))["items"]
    assert (owed["status"], owed["due_on"], owed["credit_code"]) == ("due", "2026-09-10", credit_code(1))

    # Said by the enterprise itself; another one does not even see it.
    path, address = f"/v1/economy-reports/{owed['id']}", f"/v1/economy-reports/{credit_code(1)}/2026-08/final"
    await office.refused("GET", path, by="foreign", status=404, code="not_found")
    await office.refused("PUT", address, month_lines(), by="foreign", status=404, code="not_found")
    draft = await office.call("PUT", address, lines(output_value=(2000, 3100)), by="own")
    assert (draft.status_code, draft.headers["etag"]) == (201, '"1"')
    (line,) = draft.json()["lines"]
    assert (line["month_value"], line["cumulative_value"], line["disagreement"]) == ("2000", "3100", "100")
    await office.refused("PUT", address, month_lines(), by="own", status=428, code="precondition.required")
    stale = {"headers": {"If-Match": '"7"'}}
    await office.refused("PATCH", path, month_lines(), by="own", status=412, code="precondition.failed", **stale)
    refused = await office.refused(
        "POST", f"{path}/submit", {}, by="own", status=409, code="economy.report_incomplete"
    )
    assert {fault["pointer"] for fault in refused["errors"]} >= {"/lines/tax", "/lines/power_kwh"}
    seen = {"headers": {"If-Match": '"1"'}}
    said = await office.done("PATCH", path, month_lines(output_value=2000), by="own", **seen)
    assert [line["cumulative_value"] for line in said["lines"] if line["indicator"] == "output_value"] == ["3000"]

    # What looks wrong is confirmed or not handed in; the reviewer reads why.
    doubted = await office.refused(
        "POST", f"{path}/submit", {}, by="own", status=409, code="economy.warnings_unconfirmed"
    )
    assert {fault["code"] for fault in doubted["errors"]} >= {
        "economy.warning.jump",
        "economy.warning.power_against_output",
    }
    reasons = [
        {"doubt": one["doubt"], "indicator": one["indicator"], "reason": "new line since August"}
        for one in said["warnings"]
    ]
    handed = await office.done("POST", f"{path}/submit", {"confirmations": reasons}, by="own")
    assert (handed["status"], handed["late"]) == ("submitted", False)
    assert {one["reason"] for one in handed["warnings"]} == {"new line since August"}
    assert (await told(office, "economy_report_due_soon"))["cleared"] == 1

    await office.refused("POST", f"{path}/accept", by="own", status=403, code="forbidden")
    await office.done("POST", f"{path}/return", {"reason": "meter says otherwise"}, by="li")
    assert (await figures(office, "output_value", "2026-08"))["total"]["figure"]["reason"] == "not_reported"
    again = {"headers": {"If-Match": '"4"'}}
    await office.done("PATCH", path, lines(output_value=1200), by="own", **again)
    await office.done("POST", f"{path}/submit", {"confirmations": reasons}, by="own")
    await office.done("POST", f"{path}/accept", by="li")
    counted = (await figures(office, "output_value", "2026-08", by="li"))["total"]
    assert (counted["figure"]["value"], counted["figure"]["complete"], counted["figure"]["expected"]) == (
        "1200",
        1,
        2,
    )
    assert (await figures(office, "output_value", "2026-08", cumulative="true"))["total"]["figure"][
        "value"
    ] == "2200"
    assert await types_of(office, TOPIC, owed["id"]) == [
        *("entered", "entered", "submitted", "returned", "entered", "submitted", "accepted")
    ]
    steps = (await office.done("GET", f"{path}/steps", by="own"))["items"]
    assert [step["action"] for step in steps][-2:] == ["submitted", "accepted"]

    # A correction counts once somebody else accepted it; until then what counted counts on.
    correction = {**lines(output_value=1500), "reason": "a shift was left out", "confirmations": reasons}
    await office.refused(
        "POST",
        f"{path}/corrections",
        {**correction, "lines": {"output_value": {"month_value": 1200}}},
        by="own",
        status=409,
        code="economy.nothing_corrected",
    )
    await office.done("POST", f"{path}/corrections", correction, by="li")
    assert (await figures(office, "output_value", "2026-08"))["total"]["figure"]["value"] == "1200"
    await office.refused("POST", f"{path}/accept", by="li", status=409, code="economy.own_review")
    await office.done("POST", f"{path}/accept", by="wang")
    assert (await figures(office, "output_value", "2026-08"))["total"]["figure"]["value"] == "1500"
    last = (await office.events(TOPIC, owed["id"]))[-1]
    body = json.loads(last.payload or b"")
    assert (last.type, body["reason"], body["values"][0]) == (
        "projects.economy_report.corrected.v1",
        "a shift was left out",
        {"indicator": "output_value", "unit": "yuan", "month_value": "1500.0000", "cumulative_value": "2500.0000"},
    )
    revisions = (await office.done("GET", f"{path}/revisions"))["items"]
    assert [one["lines"]["output_value"]["month_value"] for one in revisions] == ["2000", "2000", "1200", "1500"]

    # Whoever says nothing is late, once; gravely from five working days on.
    await move_to(office, "2026-09-11")
    await check(office, SCAN, days=0)
    (late,) = [
        one for one in await conditions(office, "economy_report_late") if one["reference_on"] == "2026-09-10"
    ]
    assert (late["level"], late["subject_code"]) == (1, f"{credit_code(2)}/2026-08/final")
    assert "已迟报 1 天" in late["explanation_zh"]
    await check(office, SCAN, days=6)
    (late,) = [
        one for one in await conditions(office, "economy_report_late") if one["reference_on"] == "2026-09-10"
    ]
    assert late["level"] == 2
    listed = await office.done(
        "GET", "/v1/economy-reports", params={**own, "filter[status][in]": "due,draft,returned"}
    )
    assert [(one["credit_code"], one["days_late"]) for one in listed["items"]] == [(credit_code(2), 7)]


async def test_closed_month_changes_by_correction_only_and_tells_its_sums(office: Office) -> None:
    await open_office(office)
    await enterprise(office, 1)
    await enterprise(office, 2)
    await move_to(office, "2026-09-08")
    waiting = await reported(office, "2026-08", {1: full(500)}, accept=False)
    early = {"month": "2026-09", "region_code": COUNTY}
    await office.refused("POST", "/v1/economy-closed-months", early, status=409, code="economy.month_not_over")
    august = {"month": "2026-08", "region_code": COUNTY}
    await office.refused(
        "POST", "/v1/economy-closed-months", august, status=409, code="economy.reports_outstanding"
    )
    await office.refused("POST", "/v1/economy-closed-months", august, by="wang", status=403, code="forbidden")
    await office.done("POST", "/v1/economy-report-acceptances", {"report_ids": [waiting[0]["id"]]}, by="li")
    draft = await office.done(
        "PUT", f"/v1/economy-reports/{credit_code(2)}/2026-08/final", month_lines(), by="wang"
    )
    await office.done("POST", "/v1/economy-closed-months", {**august, "over_outstanding": True})
    await office.refused(
        "POST", "/v1/economy-closed-months", august, status=409, code="economy.month_already_closed"
    )
    (event,) = await office.events("projects.economy_month.v1")
    (output,) = [one for one in json.loads(event.payload or b"")["totals"] if one["indicator"] == "output_value"]
    assert (output["month_value"], output["complete"], output["expected"]) == ("500.0000", 1, 2)

    path = f"/v1/economy-reports/{draft['id']}"
    tag = {"headers": {"If-Match": "*"}}
    await office.refused("PATCH", path, month_lines(), by="wang", status=409, code="economy.month_closed", **tag)
    await office.refused("POST", f"{path}/submit", {}, by="wang", status=409, code="economy.month_closed")
    sent = await send(office, "2026-08", table({2: full(70)}), dry_run="true")
    assert [fault["code"] for fault in sent.json()["faults"]] == ["economy_import.month_closed"]
    correction = {**lines(output_value=800), "reason": "came in after the closing"}
    await office.done("POST", f"{path}/corrections", correction, by="wang")
    await office.done("POST", f"{path}/accept", by="li")
    assert (await figures(office, "output_value", "2026-08"))["total"]["figure"]["value"] == "1300"


async def test_table_is_tried_first_and_taken_whole_or_not_at_all(office: Office) -> None:
    await open_office(office)
    for number in (1, 2):
        await enterprise(office, number)
    await enterprise(office, 3, OTHER_COUNTY)
    await move_to(office, "2026-09-08")
    body = table({1: full(500), 2: full(-3), 3: full(1), 9: full(1)}, confirmation="")
    tried = (await send(office, "2026-08", body, dry_run="true")).json()
    assert (tried["rows"], tried["created"], tried["submitted"]) == (4, 2, 1)
    assert [(fault["row"], fault["column"], fault["code"]) for fault in tried["faults"]] == [
        (3, "C", "economy.warning.sign"),
        (4, "A", "economy_import.enterprise_unknown"),
        (5, "A", "economy_import.enterprise_unknown"),
    ]
    refused = await send(office, "2026-08", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "economy.import_refused")
    assert (await office.done("GET", "/v1/economy-reports"))["items"] == []
    unreadable = await send(office, "2026-08", b"credit_code,output_value\n1,2")
    assert [fault["code"] for fault in unreadable.json()["errors"]] == ["economy_import.unit_missing"]

    good = table({1: full(500), 2: full(-3)})
    taken = (await send(office, "2026-08", good)).json()
    assert (taken["created"], taken["submitted"], taken["faults"]) == (2, 2, [])
    twice = (await send(office, "2026-08", good, dry_run="true")).json()
    assert {fault["code"] for fault in twice["faults"]} == {"economy_import.not_writable"}
    # What is exported can be imported: the same again says nothing new.
    asked = {"month": "2026-08", "format": "xlsx"}
    exported = await office.call("GET", "/v1/economy-report-exports", by="wang", params=asked)
    assert exported.content[:2] == b"PK"
    for report in (await office.done("GET", "/v1/economy-reports"))["items"]:
        await office.done("POST", f"/v1/economy-reports/{report['id']}/return", {"reason": "again"}, by="li")
    same = (await send(office, "2026-08", exported.content, submit="false")).json()
    assert (same["rows"], same["unchanged"], same["faults"]) == (2, 2, [])
    empty = await office.call("GET", "/v1/economy-report-templates", params={"format": "csv"})
    assert empty.text.startswith("\ufeffcredit_code,name,confirmation,output value month(yuan)")


async def test_enterprise_that_moved_counts_once_where_it_stood(office: Office) -> None:
    await open_office(office)
    await enterprise(office, 1)
    await enterprise(office, 2, OTHER_TOWN)
    await move_to(office, "2026-09-08")
    for month, output in (("2025-07", 100), ("2025-08", 100), ("2026-07", 200), ("2026-08", 300)):
        await reported(office, month, {1: full(output), 2: full(1000)})
    await office.refused(
        *("PUT", f"/v1/economy-standings/{credit_code(1)}"),
        {"region_code": OTHER_TOWN, "sector_code": "3140", "valid_from": "2026-08-02", "reason": "x"},
        status=409,
        code="economy.standing_month",
    )
    moved = await stand(office, 1, OTHER_TOWN, "2026-08-01", reason="迁入")
    assert moved["registry_region_code"] == TOWN
    standings = (await office.done("GET", "/v1/economy-standings", params={"filter[moved][eq]": "true"}))["items"]
    assert [one["credit_code"] for one in standings] == [credit_code(1)]

    async def by_town(**params: Any) -> dict[str, Any]:
        asked = {"group_by": "region", "region_level": "township", "region_code": COUNTY, **params}
        found = await figures(office, "output_value", "2026-08", **asked)
        assert found["total"]["figure"]["value"] == "1300"
        return {
            one["key"]: (
                one["figure"]["value"],
                one["yoy"]["base"]["value"],
                one["yoy"]["rate"],
                one["mom"]["rate"],
            )
            for one in found["groups"]
        }

    # As reported, each month counts where it stood then; on the same footing, where it stands now.
    assert await by_town() == {
        TOWN: (None, "100", None, None),
        OTHER_TOWN: ("1300", "1000", "30", "30"),
    }
    ((key, (value, base, rate, _)),) = (await by_town(comparison="matched")).items()
    assert (key, value, base, round(Decimal(rate), 4)) == (OTHER_TOWN, "1300", "1100", Decimal("18.1818"))
    july = await figures(office, "output_value", "2026-07", group_by="region", region_level="township")
    assert {one["key"]: one["figure"]["value"] for one in july["groups"]} == {TOWN: "200", OTHER_TOWN: "1000"}
    listed = (await office.done("GET", "/v1/economy-reports", params={"filter[month][eq]": "2026-08-01"}))["items"]
    assert {one["region_code"] for one in listed} == {OTHER_TOWN}
    # Who leaves owes nothing more, and what was told of it is cleared.
    await check(office, SCAN, days=5)
    assert len(await conditions(office, "economy_report_late")) > 0
    for number in (1, 2):
        await stand(office, number, OTHER_TOWN, "2026-08-01", valid_to="2026-09-01", reason="注销")
    owed = {"filter[status][eq]": "due", "filter[month][eq]": "2026-09-01"}
    assert (await office.done("GET", "/v1/economy-reports", params=owed))["items"] == []


async def test_two_reviewers_and_two_writers_at_once_leave_one_truth(office: Office) -> None:
    await open_office(office)
    await office.staff("zhao", "leader", COUNTY)
    await enterprise(office, 1)
    await move_to(office, "2026-09-08")
    address = f"/v1/economy-reports/{credit_code(1)}/2026-08/final"
    both = await asyncio.gather(
        *(office.call("PUT", address, month_lines(output_value=value), by="wang") for value in (1, 2))
    )
    assert sorted(answer.status_code for answer in both) == [201, 428]
    (report,) = (await office.done("GET", "/v1/economy-reports"))["items"]
    path = f"/v1/economy-reports/{report['id']}"
    await office.done("POST", f"{path}/submit", {}, by="wang")
    accepted = await asyncio.gather(*(office.call("POST", f"{path}/accept", by=who) for who in ("li", "zhao")))
    assert sorted(answer.status_code for answer in accepted) == [201, 409]
    assert (await types_of(office, TOPIC, report["id"]))[-1] == "accepted"
    scans = await asyncio.gather(*(office.call("POST", "/v1/economy-scans") for _ in range(2)))
    assert sum(answer.json()["made"] for answer in scans) == len(
        [one for one in (await office.done("GET", "/v1/economy-reports"))["items"] if one["status"] == "due"]
    )
