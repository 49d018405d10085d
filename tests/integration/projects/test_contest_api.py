"""A quarter of townships: weighed, simulated, frozen, appealed against, corrected, vetoed (S8, S23)."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from libs.common.context import Context
from libs.common.contracts.energy import EnergyVetoSetV1
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.contest.service.standings import standing_of, standings_in
from services.projects.contest.tables import ContestStandingRow
from services.projects.lists.service.vetoes import take_energy_veto
from tests.integration.projects.contest_office import COUNTY, component, contest, live, part, places, told
from tests.integration.projects.duty_office import check, conditions
from tests.integration.projects.duty_office import told as told_of
from tests.integration.projects.economy_office import (
    OTHER_TOWN,
    TOWN,
    credit_code,
    enterprise,
    full,
    move_to,
    open_office,
    reported,
    stand,
)
from tests.support.statements import asked

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

THIRD = "421224103"
QUALITY = component("quality", 60, "economy", "tax", growth=50, growth_limit="50")
SCHEME = {"components": [QUALITY, component("progress", 40, "ledger", "milestones_original")]}
MONTHS = ("04", "05", "06")
TAX = {2025: {1: 100, 2: 50, 3: 80, 4: 1}, 2026: {1: 120, 2: 60, 3: 88, 4: 10}}


async def open_towns(office: Office) -> list[str]:
    """Three townships, four enterprises, one of which moves in June, and a project each."""
    await open_office(office)
    await office.done("PUT", f"/v1/regions/{THIRD}", {"name": "九宫山镇"})
    await office.staff("zhou", "leader", COUNTY)
    await office.staff("zhao", "leader", "421221")
    await office.staff("town", "officer", OTHER_TOWN)
    works = [
        await enterprise(office, number, region)
        for number, region in ((1, TOWN), (2, TOWN), (3, OTHER_TOWN), (4, THIRD))
    ]
    await stand(office, 2, OTHER_TOWN, "2026-06-01")
    for year, said in TAX.items():
        for month in MONTHS:
            await reported(office, f"{year}-{month}", {number: full(100, tax=tax) for number, tax in said.items()})
    await office.started("T-1", region_code=TOWN)
    await office.signed("T-2", start_in=-100, region_code=OTHER_TOWN)
    await office.started("T-3", region_code=THIRD)
    return works


def expected(levels: list[int], growths: list[Fraction], progress: list[int]) -> list[Decimal]:
    """The scores, computed by other means than the software's."""

    def compared(values: list[Any]) -> list[Fraction]:
        least, most = min(values), max(values)
        return [Fraction(value - least) / Fraction(most - least) * 100 for value in values]

    scores = [
        (level / 2 + growth / 2) * 60 / 100 + done * Fraction(40, 100)
        for level, growth, done in zip(compared(levels), compared(growths), compared(progress), strict=True)
    ]
    return [
        (Decimal(score.numerator) / Decimal(score.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for score in scores
    ]


def growth(now: int, before: int) -> Fraction:
    """Percent, to six decimals as figures are kept."""
    exact = Decimal(now - before) / Decimal(before) * 100
    return Fraction(exact.quantize(Decimal("0.000001"), ROUND_HALF_UP))


# April to June: the second enterprise counts for the first township until May, then for the other one.
FIRST = expected(
    [3 * 120 + 2 * 60, 3 * 88 + 60, 30],
    [growth(480, 400), growth(324, 290), Fraction(50)],
    [100, 0, 100],
)


async def set_veto(office: Office, region_code: str) -> None:
    said = EnergyVetoSetV1(
        veto_id=new_id(),
        target_id=new_id(),
        subject_name=region_code,
        region_code=region_code,
        enterprise_id=None,
        period_from=date(2026, 1, 1),
        period_to=date(2027, 1, 1),
        ground="year_missed",
        set_at=office.clock.now(),
        explanation_zh="单位能耗超标",
        explanation_en="over its intensity",
    )
    async with office.database.transaction() as session:
        await take_energy_veto(Context(session, office.clock.now(), new_id, SYSTEM), said, 1)


async def test_quarter_is_weighed_frozen_appealed_against_corrected_and_vetoed(office: Office) -> None:
    await open_towns(office)
    towns = [{"region_code": code} for code in (TOWN, OTHER_TOWN, THIRD)]
    path, ids = await contest(office, "XZ", "township", SCHEME, towns)

    # Now: everything by the figures, down to the facts.
    seen = await live(office, path)
    assert told(seen) == [(TOWN, 1, FIRST[0]), (THIRD, 2, FIRST[2]), (OTHER_TOWN, 3, FIRST[1])]
    quality = part(seen[0], "quality")
    assert (quality["value"], quality["base"], quality["growth"], quality["complete"]) == ("480", "400", "20", 2)
    assert (part(seen[1], "quality")["growth"], part(seen[1], "quality")["growth_counted"]) == ("900", "50")
    rows = f"{path}/live-standing/participants/{ids[TOWN]}/rows?quarter=2"
    facts = {one["component"]: one["rows"] for one in (await office.done("GET", rows, by="wang"))["items"]}
    assert [(one["code"], one["value"], one["base"]) for one in facts["quality"]] == [
        (credit_code(1), "360", "300"),
        (credit_code(2), "120", "100"),
    ]
    assert all(one["known_at"] for one in facts["quality"])
    assert [(one["code"], one["value"], one["whole"]) for one in facts["progress"]] == [("T-1", "1", "1")]

    # A move in the middle of a quarter counts by the rule.
    totals = {}
    for rule in ("quarter_start", "quarter_end", "by_month"):
        body = {"region_code": COUNTY, "valid_from": "2026-01-01", "move_counts": rule}
        await office.done("PUT", "/v1/contest-rules", body, by="li")
        totals[rule] = {one["code"]: part(one, "quality")["value"] for one in await live(office, path)}
    assert totals == {
        "quarter_start": {TOWN: "540", OTHER_TOWN: "264", THIRD: "30"},
        "quarter_end": {TOWN: "360", OTHER_TOWN: "444", THIRD: "30"},
        "by_month": {TOWN: "480", OTHER_TOWN: "324", THIRD: "30"},
    }

    # As many questions for three as for one: each component asks for everybody at once.
    alone, _ = await contest(office, "ONE", "township", SCHEME, towns[:1])
    counts = []
    for one in (path, alone):
        with asked(office.database) as statements:
            await live(office, one)
        counts.append(len(statements))
    assert counts[0] == counts[1]

    # Other weights move places and write nothing.
    tried = {"quarter": 2, "components": [QUALITY | {"weight": "100", "level_share": "0", "growth_share": "100"}]}
    simulated = (await office.done("POST", f"{path}/simulations", tried, by="wang"))["places"]
    assert [(one["code"], one["rank_before"], one["rank_after"], one["places_gained"]) for one in simulated] == [
        (THIRD, 2, 1, 1),
        (TOWN, 1, 2, -1),
        (OTHER_TOWN, 3, 3, 0),
    ]
    async with office.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(ContestStandingRow)) == 0

    # Frozen: the standing, its event and the warning of the last place.
    await office.refused(
        "POST", f"{path}/standings", {"quarter": 3}, status=409, code="contest.quarter_not_over", by="li"
    )
    await office.refused("POST", f"{path}/standings", {"quarter": 2}, status=403, code="forbidden", by="wang")
    frozen = await office.done("POST", f"{path}/standings", {"quarter": 2}, by="li")
    assert (frozen["edition"], frozen["ranked"], frozen["appeal_until"]) == (1, 3, "2026-09-21")
    assert told(await places(office, frozen["id"])) == told(seen)
    (event,) = await office.events("projects.contest_standing.v1")
    assert (event.aggregate_version, event.region_code) == (1, COUNTY)
    (warned,) = await conditions(office, "contest_bottom")
    assert (warned["subject_type"], warned["region_code"], warned["level"]) == (
        "contest_participant",
        OTHER_TOWN,
        1,
    )
    assert "3个参赛对象中列第3位" in warned["explanation_zh"]
    again = await office.refused(
        "POST", f"{path}/standings", {"quarter": 2}, status=409, code="contest.quarter_frozen", by="li"
    )
    assert again["errors"][0]["pointer"] == "/reason"
    late = {"from_quarter": 2, **SCHEME, "reason": "x"}
    await office.refused(
        "POST", f"{path}/schemes", late, status=409, code="contest.scheme_of_frozen_quarter", by="li"
    )

    # Published: the township sees all places, its own figures, and nobody else's; another county sees nothing.
    own = f"/v1/contest-standings/{frozen['id']}/participants"
    shown = {one["code"]: one for one in await places(office, frozen["id"], by="town")}
    assert {code: one["detailed"] for code, one in shown.items()} == {TOWN: False, OTHER_TOWN: True, THIRD: False}
    assert (shown[TOWN]["score"], shown[TOWN]["parts"]) == (str(FIRST[0]), [])
    assert (await office.call("GET", f"{own}/{ids[OTHER_TOWN]}/rows", by="town")).status_code == 200
    await office.refused("GET", f"{own}/{ids[TOWN]}/rows", status=404, code="not_found", by="town")
    await office.refused("GET", f"{path}/live-standing?quarter=2", status=404, code="not_found", by="town")
    for address in (path, own, f"/v1/contest-standings/{frozen['id']}", f"{own}/{ids[TOWN]}"):
        await office.refused("GET", address, status=404, code="not_found", by="zhao")
    assert (await office.done("GET", "/v1/contest-standings", by="zhao"))["items"] == []
    await office.refused(
        "POST", f"{path}/standings", {"quarter": 2, "reason": "x"}, status=404, code="not_found", by="zhao"
    )

    # A later correction of a report moves what is known now, and not what is frozen.
    june = {"filter[month][eq]": "2026-06-01", "filter[credit_code][eq]": credit_code(3)}
    (report,) = (await office.done("GET", "/v1/economy-reports", params=june))["items"]
    more = {
        "lines": {"tax": {"month_value": "388"}},
        "reason": "完税证明",
        "confirmations": [{"doubt": "jump", "indicator": "tax", "reason": "完税证明"}],
    }
    await office.done("POST", f"/v1/economy-reports/{report['id']}/corrections", more, by="wang")
    await office.done("POST", f"/v1/economy-reports/{report['id']}/accept", by="li")
    await set_veto(office, THIRD)
    assert told(await places(office, frozen["id"])) == told(seen)
    now = {one["code"]: one for one in await live(office, path)}
    assert part(now[OTHER_TOWN], "quality")["value"] == "624"
    assert now[THIRD]["is_disqualified"]

    # The township appeals in time; another person decides; the correction answers it.
    appeals = f"/v1/contest-standings/{frozen['id']}/appeals"
    claim = {
        "participant_id": ids[OTHER_TOWN],
        "component": "quality",
        "grounds": "漏计一户",
        "evidence": "完税证明",
    }
    foreign = claim | {"participant_id": ids[TOWN]}
    await office.refused("POST", appeals, foreign, status=404, code="not_found", by="town")
    await office.refused(
        "POST", appeals, claim | {"component": "x"}, status=409, code="contest_appeal.component_unknown", by="town"
    )
    appeal = await office.done("POST", appeals, claim, by="town")
    assert (appeal["state"], appeal["due_on"]) == ("filed", "2026-09-29")
    await office.refused("POST", appeals, claim, status=409, code="contest_appeal.exists", by="town")
    decide = f"/v1/contest-appeals/{appeal['id']}/decision"
    verdict = {"upheld": True, "decision": "属实"}
    await office.refused("POST", decide, verdict, status=403, code="forbidden", by="town")
    await office.refused("GET", f"/v1/contest-appeals/{appeal['id']}", status=404, code="not_found", by="zhao")
    fix = {"quarter": 2, "reason": "申诉成立", "participant_ids": [ids[OTHER_TOWN]], "appeal_ids": [appeal["id"]]}
    await office.refused("POST", f"{path}/standings", fix, status=409, code="contest.appeals_unfit", by="li")
    await office.done("POST", decide, verdict, by="li")
    second = await office.done("POST", f"{path}/standings", fix, by="li")
    assert (second["edition"], second["replaces_id"], second["reason"]) == (2, frozen["id"], "申诉成立")
    assert second["refreshed"] == [ids[OTHER_TOWN]]
    answered = await office.done("GET", f"/v1/contest-appeals/{appeal['id']}", by="town")
    assert (answered["state"], answered["corrected_by_id"]) == ("corrected", second["id"])
    # Only the appellant's figures are new: nobody else's, and no veto that came later.
    # Growth counts at most fifty.
    better = expected([480, 624, 30], [growth(480, 400), Fraction(50), Fraction(50)], [100, 0, 100])
    after = await places(office, second["id"])
    scores = {one["code"]: Decimal(one["score"]) for one in after}
    assert scores == {TOWN: better[0], OTHER_TOWN: better[1], THIRD: better[2]}
    assert told(await places(office, frozen["id"])) == told(seen)
    assert await told_of(office, "contest_bottom") == {"opened": 1}
    await office.refused("POST", appeals, claim, status=409, code="contest_appeal.not_latest", by="town")
    same = {"quarter": 2, "reason": "再算", "participant_ids": [ids[TOWN]]}
    await office.refused("POST", f"{path}/standings", same, status=409, code="contest.nothing_to_freeze", by="li")

    # Everybody anew: the veto disqualifies, is shown with its reason, and takes no place from anybody.
    third = await office.done("POST", f"{path}/standings", {"quarter": 2, "reason": "能耗一票否决"}, by="li")
    assert (third["edition"], third["ranked"], third["disqualified"]) == (3, 2, 1)
    last = (await places(office, third["id"], by="town"))[-1]
    assert (last["code"], last["rank"], last["is_disqualified"]) == (THIRD, None, True)
    assert last["reasons"][0]["text_zh"] == "能耗一票否决：单位能耗超标"
    # Now the other one is last, and the warning goes with the place.
    assert await told_of(office, "contest_bottom") == {"opened": 2, "cleared": 1}
    (barred,) = await conditions(office, "contest_disqualified")
    assert (barred["level"], barred["region_code"]) == (2, THIRD)

    # What bulletins read.
    async with office.database.session() as session:
        current = await standing_of(session, "XZ", 2)
        first = await standing_of(session, UUID(frozen["contest_id"]), 2, edition=1)
        (listed,) = await standings_in(session, COUNTY, 2026, 2)
        assert await standing_of(session, "XZ", 1) is None
        assert await standing_of(session, "NOBODY", 2) is None
    assert current is not None
    assert first is not None
    assert (current.edition, listed.id, str(current.id)) == (3, current.id, third["id"])
    assert [(row.code, row.rank, row.score) for row in first.participants] == told(seen)
    assert current.participants[-1].reasons[0].code == "vetoed"
    assert current.participants[0].parts[0].value is not None

    # Kept as it was: the database refuses, too.
    async with office.database.session() as session:
        with pytest.raises(DBAPIError, match="append-only"):
            await session.execute(text("UPDATE contest_entry SET score = 0"))
    editions = (await office.done("GET", "/v1/contest-standings?sort=edition", by="town"))["items"]
    assert [one["edition"] for one in editions] == [1, 2, 3]
    feed = await office.done("GET", "/v1/contest-standings/changes", by="wang")
    assert "items" in feed
    book = await office.call("GET", f"/v1/contest-standings/{third['id']}/export", by="wang")
    assert book.content.startswith(b"PK")
    on_edition = tried | {"edition": 1}
    replayed = (await office.done("POST", f"{path}/simulations", on_edition, by="wang"))["places"]
    assert [(one["code"], one["rank_after"]) for one in replayed] == [(THIRD, 1), (TOWN, 2), (OTHER_TOWN, 3)]

    # Appeals that nobody decides, and those that come too late.
    claim = {"participant_id": ids[TOWN], "grounds": "x", "evidence": "y"}
    latest = f"/v1/contest-standings/{third['id']}/appeals"
    waiting = await office.done("POST", latest, claim, by="li")
    path_of = f"/v1/contest-appeals/{waiting['id']}"
    await office.refused(
        "POST", f"{path_of}/decision", verdict, status=409, code="contest_appeal.four_eyes", by="li"
    )
    await office.refused("POST", f"{path_of}/withdrawal", status=404, code="not_found", by="wang")
    await move_to(office, "2026-10-20")
    await check(office, "contests.check", days=0)
    await check(office, "contests.check")
    assert len(await conditions(office, "contest_appeal_overdue")) == 1
    await office.refused(
        "POST",
        latest,
        claim | {"participant_id": ids[OTHER_TOWN]},
        status=409,
        code="contest_appeal.too_late",
        by="town",
    )
    stale = {"headers": {"If-Match": '"9"'}}
    await office.refused(
        "POST", f"{path_of}/decision", verdict, status=412, code="precondition.failed", by="zhou", **stale
    )
    rejected = {"upheld": False, "decision": "不属实"}
    assert (await office.done("POST", f"{path_of}/decision", rejected, by="zhou"))["state"] == "rejected"
    assert await conditions(office, "contest_appeal_overdue") == []
