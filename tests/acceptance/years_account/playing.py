"""The office's year at its desk: reports month by month, slips, reviews, closings, quarters, the year's end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.acceptance.years_account import raw
from tests.acceptance.years_account.raw import WORKS, Works
from tests.integration.projects.conftest import SHANGHAI
from tests.integration.projects.economy_office import credit_code

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

ENTERS, REVIEWS, LEADS, SUPERVISES = "ru", "shen", "tang", "du"
REGIONS = {
    raw.OTHER_TOWN: "黄沙铺镇",
    raw.NEW_COUNTY: "新村镇所在县（演示虚构）",
    raw.NEW_TOWN: "新村镇（演示归属）",
}


@dataclass
class Played:
    """The year as far as it was played; what checks need of it."""

    office: Office
    ids: dict[int, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    persons: dict[str, str] = field(default_factory=dict)
    targets: dict[str, Decimal] = field(default_factory=dict)
    # Editions of quarters (1 to 4) and of the year (0), by their ids.
    editions: dict[int, str] = field(default_factory=dict)
    letters: list[str] = field(default_factory=list)
    # Contests by their codes: the address, and the ids of who takes part.
    contests: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    # Every edition of a contest's quarter with its places as they were read when it was published.
    standings: dict[tuple[str, int], list[tuple[str, Any]]] = field(default_factory=dict)
    # Bulletins by the quarter that they are published after: the address, the files, what they have to say.
    papers: dict[int, tuple[str, dict[str, bytes], Any]] = field(default_factory=dict)
    # How many papers were numbered in each year.
    numbered: Counter[int] = field(default_factory=Counter)
    project: str = ""

    async def go_to(self, day: str | date, hour: int = 9) -> None:
        on = day if isinstance(day, date) else date.fromisoformat(day)
        self.office.clock.set(datetime.combine(on, time(hour), SHANGHAI))

    async def get(self, path: str, **params: Any) -> Any:
        return await self.office.done("GET", path, params=params)

    async def post(self, path: str, body: Any = None, *, by: str = "admin") -> Any:
        return await self.office.done("POST", path, body, by=by)


async def open_year(office: Office) -> Played:
    """January: regions, people, works, the register, last year's reports, a restated base."""
    year = Played(office)
    await year.go_to("2025-01-06")
    for code, name in REGIONS.items():
        await office.done("PUT", f"/v1/regions/{code}", {"name": name})
    for region, code, key in ((raw.COUNTY, "TS", "fang"), (raw.NEW_TOWN, "XC", "wu"), (raw.CITY, "SJ", "lu")):
        unit = {"name": f"{code}工业办（演示）", "region_code": region}
        year.units[code] = (await office.done("PUT", f"/v1/units/{code}", unit))["unit_id"]
        person = {"name": f"{key}（演示）", "unit_id": year.units[code], "region_code": region, "post": "leader"}
        year.persons[code] = (await office.done("PUT", f"/v1/persons/{key}", person))["person_id"]
    for name, role in ((ENTERS, "officer"), (REVIEWS, "leader"), (LEADS, "leader"), (SUPERVISES, "supervisor")):
        await office.staff(name, role, raw.CITY)
    for works in WORKS:
        await _enrol(year, works)
    for number in range(1, 13):
        month = date(raw.BEFORE, number, 1)
        await hand_in(year, month, [works for works in WORKS if raw.stands_in(works, month)])
        await accept(year, month)
        if number > 10:
            # Nobody is asked for the last months of the old year again.
            await _close(year, month)
    restated = {
        "credit_code": credit_code(raw.RESTATED),
        "indicator": raw.OUTPUT,
        "month": f"{raw.RESTATED_MONTH:%Y-%m}",
        "month_value": str(raw.RESTATED_VALUE),
        "reason": "剥离贸易收入",
    }
    await year.post("/v1/economy-restatements", restated, by=REVIEWS)
    return year


async def _enrol(year: Played, works: Works) -> None:
    code = credit_code(works.number)
    facts = {
        "name": f"第{works.number}厂（演示）",
        "region_code": works.town,
        "sector_code": works.sector,
    }
    year.ids[works.number] = (await year.office.done("PUT", f"/v1/enterprises/{code}", facts))["enterprise_id"]
    standing = {
        "region_code": works.town,
        "sector_code": works.sector,
        "valid_from": str(works.first),
        "valid_to": None if works.end is None else str(works.end),
        "reason": "建库",
    }
    await year.office.done("PUT", f"/v1/economy-standings/{code}", standing)


async def move(year: Played, works: Works) -> None:
    assert works.moves_to is not None
    town, first = works.moves_to
    standing = {"region_code": town, "sector_code": works.sector, "valid_from": str(first), "reason": "迁入"}
    await year.office.done("PUT", f"/v1/economy-standings/{credit_code(works.number)}", standing)


async def share(year: Played) -> None:
    """Two townships agree to count a works' output together."""
    agreed = {
        "enterprise_id": year.ids[raw.SHARED],
        "measure": "output",
        "valid_from": str(raw.SHARED_FROM),
        "reason": "共建共享协议（演示）",
        "shares": [{"region_code": town, "basis_points": part * 100} for town, part in raw.SHARES.items()],
    }
    await year.office.done("PUT", "/v1/attributions", agreed)


async def hand_in(
    year: Played, month: date, whose: Sequence[Works], *, edition: str = "final", share: int = 100
) -> None:
    """One table of the month; the flash says ``share`` percent of what the month will be."""
    answer = await year.office.call(
        "POST",
        "/v1/economy-report-imports",
        by=ENTERS,
        params={"month": f"{month:%Y-%m}", "edition": edition, "submit": "true"},
        content=_table(month, whose, share).encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert answer.is_success, answer.text


def _table(month: date, whose: Sequence[Works], share: int) -> str:
    head = ["credit_code", "confirmation"]
    for name in raw.INDICATORS:
        unit = "kwh" if name == raw.POWER else "yuan"
        head += [f"{name}(month)({unit})", f"{name}(cumulative)({unit})"]
    lines = [",".join(head)]
    for works in whose:
        own, total = raw.month_of(works, month), raw.cumulative_of(works, month, corrected=False)
        cells = [credit_code(works.number), "已核实"]
        for name in raw.INDICATORS:
            value, so_far = own[name], total[name]
            if share != 100:
                value, so_far = value * share // 100, so_far - value + value * share // 100
            cells.append("" if works.number == raw.ONLY_CUMULATIVE else str(value))
            cells.append("" if works.number == raw.ONLY_MONTH else str(so_far))
        lines.append(",".join(cells))
    return "\n".join(lines)


async def accept(year: Played, month: date, *, edition: str = "final") -> None:
    """Another person accepts all that waits for review."""
    waiting = await year.get(
        "/v1/economy-reports",
        **{
            "filter[month][eq]": f"{month}",
            "filter[edition][eq]": edition,
            "filter[status][eq]": "submitted",
            "limit": "100",
        },
    )
    body = {"report_ids": [one["id"] for one in waiting["items"]]}
    await year.post("/v1/economy-report-acceptances", body, by=REVIEWS)


async def report_of(year: Played, number: int, month: date) -> str:
    """The address of a works' final report."""
    found = await year.get(
        "/v1/economy-reports",
        **{
            "filter[month][eq]": f"{month}",
            "filter[edition][eq]": "final",
            "filter[enterprise_id][eq]": year.ids[number],
        },
    )
    return f"/v1/economy-reports/{found['items'][0]['id']}"


async def start_project(year: Played) -> None:
    """A project of the county that is being built all year, with an investment entry each month."""
    project = {
        "code": "P-1",
        "name": "技改（演示）",
        "kind": "new_build",
        "region_code": raw.TOWN,
        "total_investment_yuan": 140_000_000,
    }
    path = f"/v1/projects/{(await year.post('/v1/projects', project))['id']}"
    signed = {
        "stage": "signed",
        "on": "2024-11-04",
        "contract_amount_yuan": 140_000_000,
        "investor": "投资人（演示）",
        "channel": "return_home",
        "planned_start_on": "2025-01-02",
    }
    await year.post(f"{path}/stage-changes", signed)
    started = {
        "stage": "started",
        "on": "2025-01-02",
        "evidence": "施工许可（演示）",
        "planned_capacity_on": "2026-12-31",
    }
    await year.post(f"{path}/stage-changes", started)
    await year.post(f"{path}/key-designations", {"level": "county", "reason": "重点项目名单（演示）"})
    year.project = path


async def play_month(year: Played, number: int) -> None:
    """Flash in time (counted at a quarter's end), the final but for whoever slips, one given back, then closed."""
    month = date(raw.YEAR, number, 1)
    due = date.fromisoformat(raw.DUE[number])
    standing = [works for works in WORKS if raw.stands_in(works, month)]
    late = [works for works in standing if works.number == raw.LATE.get(number)]
    await year.go_to(due.replace(day=3))
    await hand_in(year, month, standing, edition="flash", share=98)
    if number % 3 == 0:
        await accept(year, month, edition="flash")
    await year.go_to(due - timedelta(days=1))
    await hand_in(year, month, [works for works in standing if works not in late])
    if number in raw.GIVEN_BACK:
        path = await report_of(year, raw.GIVEN_BACK[number], month)
        await year.post(f"{path}/return", {"reason": "请核对"}, by=REVIEWS)
        await accept(year, month)
        await year.post(f"{path}/submit", {}, by=ENTERS)
    await accept(year, month)
    await year.go_to(due + timedelta(days=1))
    await year.post("/v1/economy-scans", {})
    await _expect_late(year, [works.number for works in late])
    if late:
        await hand_in(year, month, late)
        await accept(year, month)
        await _expect_late(year, [])
    await _close(year, month)
    if year.project:
        entry = {"month": str(month), "amount_yuan": _invested(number)}
        await year.post(f"{year.project}/investment-entries", entry)


async def _close(year: Played, month: date) -> None:
    await year.post("/v1/economy-closed-months", {"month": f"{month:%Y-%m}", "region_code": raw.CITY})


def _invested(number: int) -> int:
    return 1_000_000 + 130_000 * number


async def _expect_late(year: Played, numbers: Sequence[int]) -> None:
    asked = {"filter[kind][eq]": "economy_report_late", "filter[open][eq]": "true"}
    found = (await year.get("/v1/conditions", **asked))["items"]
    assert sorted(one["subject_code"].split("/")[0] for one in found) == sorted(map(credit_code, numbers))


async def correct(year: Played, works: Works, month: date) -> None:
    """A closed month is put right with a reason; it counts once another person has accepted it."""
    added = raw.corrections(works, month)
    own, total = raw.month_of(works, month), raw.cumulative_of(works, month, corrected=True)
    lines = {
        name: {"month_value": str(own[name] + more), "cumulative_value": str(total[name])}
        for name, more in added.items()
    }
    path = await report_of(year, works.number, month)
    await year.post(f"{path}/corrections", {"reason": "漏计车间", "lines": lines}, by=ENTERS)
    await year.post(f"{path}/accept", by=REVIEWS)


async def freeze(year: Played, quarter: int | None, reason: str = "") -> dict[str, Any]:
    """All figures pulled, then the quarter's assessment, or the year's settlement, frozen."""
    await year.post("/v1/target-scans", {})
    body = {"region_code": raw.CITY, "year": raw.YEAR, "quarter": quarter, "reason": reason}
    edition = dict(await year.post("/v1/target-editions", body, by=LEADS))
    year.editions[quarter or 0] = str(edition["id"])
    return edition
