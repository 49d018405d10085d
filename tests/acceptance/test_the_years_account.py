"""A whole year of 新村镇 and 通山县, played on a driven clock over REST: every number that is answered or printed
is worked out again from the rows.

What is checked each quarter, and at the year's end, is a function of tests/acceptance/years_account: another part
of the account is another module there and a name in a tuple here.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.years_account import accounts, bulletins, contest, figures, honours, playing, raw
from tests.integration.projects.conftest import more_settings, office
from tests.integration.projects.duty_office import told

if TYPE_CHECKING:
    from tests.acceptance.years_account.playing import Played
    from tests.integration.projects.conftest import Office

__all__ = ["more_settings", "office"]

pytestmark = pytest.mark.timeout(1800)

# Given the year as played and the quarter that was just frozen.
EACH_QUARTER = (figures.check, accounts.check, contest.check, bulletins.check)
# Given the year in January, when it was settled for the first time.
AT_THE_END = (honours.check_list, honours.check_round, contest.check_kept, bulletins.check_kept)


async def test_a_year_is_played_and_every_number_comes_out_of_the_rows(office: Office) -> None:
    year = await playing.open_year(office)
    await accounts.set_targets(year)
    await playing.start_project(year)
    await contest.open_contests(year)
    for number in range(1, 13):
        if number == 7:
            await playing.move(year, next(works for works in raw.WORKS if works.moves_to is not None))
            await playing.share(year)
            await honours.veto(year)
        await playing.play_month(year, number)
        if number == 11:
            await accounts.check_november(year)
        if number % 3 == 0:
            await _end_quarter(year, number // 3)
        if number == raw.CORRECTED_MONTH:
            await _correct_what_was_frozen(year)
    await _settle(year)
    for check in AT_THE_END:
        await check(year)
    # Each slip was told once and cleared once, and nothing else was.
    assert await told(office, "economy_report_late") == {"opened": len(raw.LATE), "cleared": len(raw.LATE)}
    asked = {"filter[late][eq]": "true", "filter[month][gte]": f"{raw.YEAR}-01-01", "limit": "100"}
    late = (await year.get("/v1/economy-reports", **asked))["items"]
    assert sorted(one["month"] for one in late) == [f"{raw.YEAR}-{number:02}-01" for number in raw.LATE]


async def _end_quarter(year: Played, quarter: int) -> None:
    due = date.fromisoformat(raw.DUE[quarter * 3])
    await year.go_to(due.replace(day=15))
    await playing.freeze(year, quarter)
    for check in EACH_QUARTER:
        await check(year, quarter)


async def _correct_what_was_frozen(year: Played) -> None:
    """The frozen quarter keeps what stood; its next edition says the corrected figure."""
    path = f"/v1/target-editions/{year.editions[3]}/entries"
    stood = (await year.get(path, limit=100))["items"]
    await year.go_to("2025-10-20")
    works = next(one for one in raw.WORKS if one.number == raw.CORRECTED)
    await playing.correct(year, works, date(raw.YEAR, raw.CORRECTED_MONTH, 1))
    edition = await playing.freeze(year, 3, "9月数据更正")
    assert edition["edition"] == 2
    assert (await year.get(path, limit=100))["items"] == stood
    for check in EACH_QUARTER:
        await check(year, 3)


async def _settle(year: Played) -> None:
    """The year is settled, who missed says why and hears what follows; a correction lifts one miss."""
    edition = await playing.freeze(year, None)
    await accounts.check(year, 0)
    assert (edition["missed"], edition["unknown"]) == (3, 0)
    await accounts.check_misses(year, {"TS-CZ", "TS-SS", "XC-XS"})
    for miss in (await year.get("/v1/target-misses"))["items"]:
        said = {"on": "2026-01-15", "text": "订单不足（演示）"}
        await year.post(f"/v1/target-misses/{miss['id']}/explanations", said, by=playing.ENTERS)
    await year.go_to("2026-01-20")
    works = next(one for one in raw.WORKS if one.number == raw.TAX_CORRECTED)
    await playing.correct(year, works, date(raw.YEAR, 12, 1))
    again = await playing.freeze(year, None, "12月税金更正")
    assert (again["edition"], again["missed"]) == (2, 2)
    await accounts.check(year, 0)
    await accounts.check_misses(year, {"TS-CZ", "XC-XS"})
    await figures.check(year, 4)
    for miss in (await year.get("/v1/target-misses"))["items"]:
        if miss["state"] != "lifted":
            decided = {"on": "2026-01-20", "text": "约谈（演示）", "consequence": "talk"}
            await year.post(f"/v1/target-misses/{miss['id']}/decision", decided, by=playing.LEADS)
    states = {one["code"]: one["state"] for one in (await year.get("/v1/target-misses"))["items"]}
    assert states == {"TS-CZ": "decided", "TS-SS": "lifted", "XC-XS": "decided"}
