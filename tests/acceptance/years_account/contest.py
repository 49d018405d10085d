"""Quarterly standings of townships and of works: every figure, score and place against the rows.

The arithmetic is that of fractions, and none of the service's: level and growth between the least and the most,
weights, late reports, points by hand, vetoes; a correction that answers an appeal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from tests.acceptance.years_account import playing, raw
from tests.acceptance.years_account.figures import before
from tests.acceptance.years_account.recomputed import Rows, Standing, read
from tests.integration.projects.contest_office import component, points
from tests.integration.projects.economy_office import credit_code
from tests.support.sheets import columns_of

if TYPE_CHECKING:
    from tests.acceptance.years_account.playing import Played

TOWNS, WORKS = "XZ-25", "QY-25"
_TAKING_PART = {raw.TOWN: "南林桥镇", raw.OTHER_TOWN: "黄沙铺镇", raw.NEW_TOWN: "新村镇"}
_LATE, _MOST_LATE = 2, 3
# Points by hand: contest, quarter, whose, how many; below nought they are taken.
BY_HAND = ((TOWNS, 2, raw.NEW_TOWN, Decimal("1.5")), (TOWNS, 4, raw.TOWN, Decimal("-1.25")))
# The township that is vetoed by hand, and in which quarter; the works is vetoed by honours.veto from July on.
BARRED, BARRED_IN = raw.OTHER_TOWN, 4
_APPEALED = 3
_NEAR = Fraction(1, 1_000_000)


@dataclass(frozen=True)
class Part:
    """A component: ``limit`` bounds its growth, ``alone`` lets the level count where growth is not known."""

    code: str
    weight: int
    growth: int = 0
    limit: int | None = None
    lower: bool = False
    alone: bool = False


PARTS: Mapping[str, tuple[Part, ...]] = {
    TOWNS: (
        Part(raw.OUTPUT, 40, growth=50, limit=50),
        Part(raw.TAX, 30),
        Part("started", 20),
        Part(raw.POWER, 10, lower=True),
    ),
    WORKS: (
        Part(raw.SALES, 50, growth=40, limit=10, alone=True),
        Part(raw.PROFIT, 30),
        Part(raw.TAX, 20, growth=100, limit=40),
    ),
}


@dataclass(frozen=True)
class Figure:
    value: Fraction | None
    base: Fraction | None
    growth: Fraction | None


async def open_contests(year: Played) -> None:
    """In January, with weights, rules for late reports and everybody who takes part."""
    for code, kind in ((TOWNS, "township"), (WORKS, "enterprise")):
        body = {"code": code, "name": f"四比擂台赛{code}", "kind": kind, "region_code": raw.CITY, "year": raw.YEAR}
        path = f"/v1/contests/{(await year.post('/v1/contests', body, by=playing.LEADS))['id']}"
        scheme = {
            "from_quarter": 1,
            "components": [_component(one) for one in PARTS[code]],
            "adjustments": [points("late", "deduction", "reports", "late", _LATE, max_points=str(_MOST_LATE))],
        }
        await year.post(f"{path}/schemes", scheme, by=playing.LEADS)
        entered = await year.post(f"{path}/participants", {"items": _entries(year, code)}, by=playing.LEADS)
        year.contests[code] = (path, {one["code"]: one["id"] for one in entered["items"]})


def _component(one: Part) -> dict[str, Any]:
    source = "ledger" if one.code == "started" else "economy"
    more: dict[str, Any] = {} if one.limit is None else {"growth_limit": str(one.limit)}
    if one.lower:
        more["direction"] = "lower"
    if one.alone:
        more["without_base"] = "level_only"
    return component(one.code, one.weight, source, one.code, growth=one.growth, **more)


def _entries(year: Played, code: str) -> list[dict[str, Any]]:
    if code == TOWNS:
        return [{"region_code": town, "from_on": f"{raw.YEAR}-01-01"} for town in _TAKING_PART]
    return [
        {
            "enterprise_id": year.ids[works.number],
            "from_on": str(max(works.first, date(raw.YEAR, 1, 1))),
            "to_on": None if works.end is None else str(works.end),
        }
        for works in raw.WORKS
    ]


async def check(year: Played, quarter: int) -> None:
    """Freeze the quarter, or correct the one that is frozen, and work every place out again."""
    is_correction = (TOWNS, quarter) in year.standings
    if not is_correction:
        await _by_hand(year, quarter)
    rows = await read(year.office.database)
    for code in (TOWNS,) if is_correction else (TOWNS, WORKS):
        path, _ = year.contests[code]
        if is_correction:
            standing = await _corrected(year, quarter)
        else:
            now = (await year.get(f"{path}/live-standing", quarter=quarter))["places"]
            standing = await year.post(f"{path}/standings", {"quarter": quarter}, by=playing.LEADS)
        address = f"/v1/contest-standings/{standing['id']}"
        places = (await year.get(f"{address}/participants", limit=100))["items"]
        if not is_correction:
            # What was looked at before it was frozen is what was frozen.
            assert [(one["code"], one["score"], one["parts"]) for one in now] == [
                (one["code"], one["score"], one["parts"]) for one in places
            ]
        facts = await _facts(year, rows, code, quarter)
        _check_places(code, quarter, places, facts)
        await _check_facts(year, address, places, facts)
        await _check_workbook(year, address, places, f"{code}-q{quarter}-{standing['edition']}")
        year.standings.setdefault((code, quarter), []).append((address, places))


async def check_kept(year: Played) -> None:
    """At the end every edition says what it said when it was published."""
    editions = [edition for found in year.standings.values() for edition in found]
    assert len(editions) == 9
    for address, places in editions:
        assert (await year.get(f"{address}/participants", limit=100))["items"] == places


async def _by_hand(year: Played, quarter: int) -> None:
    for code, in_, whose, many in BY_HAND:
        if in_ == quarter:
            await _record(
                year, code, quarter, whose, kind="bonus" if many > 0 else "deduction", points=str(abs(many))
            )
    if quarter == BARRED_IN:
        await _record(year, TOWNS, quarter, BARRED, kind="veto", ground="safety")


async def _record(year: Played, code: str, quarter: int, whose: str, **facts: Any) -> None:
    path, ids = year.contests[code]
    said = {
        "participant_id": ids[whose],
        "quarter": quarter,
        "reason": "核定（演示）",
        "evidence": "文件1号（演示）",
    }
    await year.post(f"{path}/adjustments", said | facts, by=playing.LEADS)


async def _corrected(year: Played, quarter: int) -> Any:
    """The township appeals; another person decides; the next edition answers it."""
    assert quarter == _APPEALED
    path, ids = year.contests[TOWNS]
    ((address, places),) = year.standings[TOWNS, quarter]
    claim = {
        "participant_id": ids[raw.TOWN],
        "component": raw.OUTPUT,
        "grounds": "漏计车间（演示）",
        "evidence": "更正报表（演示）",
    }
    appeal = await year.post(f"{address}/appeals", claim, by=playing.ENTERS)
    verdict = {"upheld": True, "decision": "属实（演示）"}
    await year.post(f"/v1/contest-appeals/{appeal['id']}/decision", verdict, by=playing.LEADS)
    fix = {
        "quarter": quarter,
        "reason": "申诉成立（演示）",
        "participant_ids": [ids[raw.TOWN]],
        "appeal_ids": [appeal["id"]],
    }
    standing = await year.post(f"{path}/standings", fix, by=playing.LEADS)
    answered = await year.get(f"/v1/contest-appeals/{appeal['id']}")
    assert (standing["edition"], answered["state"], answered["corrected_by_id"]) == (
        2,
        "corrected",
        standing["id"],
    )
    assert (await year.get(f"{address}/participants", limit=100))["items"] == places
    return standing


# By participant and component, what each works or project adds now and a year before.
Facts = dict[tuple[str, str], dict[str, tuple[Fraction | None, Fraction | None]]]


async def _facts(year: Played, rows: Rows, code: str, quarter: int) -> Facts:
    facts: Facts = defaultdict(dict)
    for one in PARTS[code]:
        if one.code == "started":
            for town, project in await _started(year, quarter):
                facts[town, one.code][project] = (Fraction(1), None)
            continue
        for (whose, works), months in _monthly(year, rows, code, one.code, quarter).items():
            facts[whose, one.code][works] = (_whole(now for now, _ in months), _whole(then for _, then in months))
    return facts


def _monthly(
    year: Played, rows: Rows, code: str, indicator: str, quarter: int
) -> dict[tuple[str, str], list[tuple[Fraction | None, Fraction | None]]]:
    """(participant, works) with the months that count for it: a township counts its part where it shares."""
    numbers = {key: number for number, key in year.ids.items()}
    found: dict[tuple[str, str], list[tuple[Fraction | None, Fraction | None]]] = defaultdict(list)
    for number in range(quarter * 3 - 2, quarter * 3 + 1):
        month = date(raw.YEAR, number, 1)
        for enterprise, place in rows.members(month).items():
            works = numbers[str(enterprise)]
            now = rows.value(enterprise, indicator, month, cumulative=False)
            then = rows.base(enterprise, indicator, before(month, 12), cumulative=False)
            for whose, part in _counted(code, works, place, indicator, month).items():
                found[whose, credit_code(works)].append((_part(now, part), _part(then, part)))
    return found


def _counted(code: str, works: int, place: Standing, indicator: str, month: date) -> dict[str, int]:
    """Whose the works is in the month, in parts of a hundred."""
    if code == WORKS:
        return {credit_code(works): 100}
    if works == raw.SHARED and indicator == raw.OUTPUT and month >= raw.SHARED_FROM:
        return dict(raw.SHARES)
    return {place.region: 100}


def _part(value: Decimal | None, part: int) -> Fraction | None:
    return None if value is None else Fraction(value) * part / 100


def _whole(values: Iterable[Fraction | None]) -> Fraction | None:
    """Nothing is known of a sum that lacks a month."""
    known = list(values)
    return sum((one for one in known if one is not None), Fraction(0)) if None not in known else None


async def _started(year: Played, quarter: int) -> list[tuple[str, str]]:
    statement = """
        SELECT p.region_code, p.code FROM project p JOIN project_plan m ON m.project_id = p.id
        WHERE m.milestone = 'start' AND extract(year FROM m.actual_on) = :year
          AND extract(quarter FROM m.actual_on) = :quarter
    """
    async with year.office.database.session() as session:
        found = await session.execute(text(statement), {"year": raw.YEAR, "quarter": quarter})
        return [(town, project) for town, project in found]


def _figure(part: Part, facts: Mapping[str, tuple[Fraction | None, Fraction | None]]) -> Figure:
    if part.code == "started":
        return Figure(Fraction(len(facts)), Fraction(0), None)
    known = [now for now, _ in facts.values() if now is not None]
    if not known or len(known) * 10 < len(facts) * 9:
        return Figure(None, None, None)
    pairs = [(now, then) for now, then in facts.values() if now is not None and then is not None]
    if not pairs:
        return Figure(sum(known, Fraction(0)), None, None)
    compared, base = (sum((pair[side] for pair in pairs), Fraction(0)) for side in (0, 1))
    growth = _rounded((compared - base) / base * 100, 6) if base > 0 else None
    return Figure(sum(known, Fraction(0)), base, growth)


def _rounded(value: Fraction, places: int) -> Fraction:
    """Half up, away from nought."""
    scaled = abs(value) * 10**places + Fraction(1, 2)
    return Fraction(scaled.numerator // scaled.denominator, 10**places) * (1 if value >= 0 else -1)


def _between(values: Mapping[str, Fraction], *, lower: bool = False) -> dict[str, Fraction]:
    """From nought to a hundred; all alike have a hundred."""
    least, most = min(values.values(), default=Fraction(0)), max(values.values(), default=Fraction(0))
    if least == most:
        return dict.fromkeys(values, Fraction(100))
    return {
        key: (most - value if lower else value - least) * 100 / (most - least) for key, value in values.items()
    }


def _scores(part: Part, figures: Mapping[str, Figure]) -> dict[str, Fraction | None]:
    """The component of everybody who is compared."""
    levels = _between({key: one.value for key, one in figures.items() if one.value is not None}, lower=part.lower)
    limit = part.limit or 10**9
    growths = _between(
        {
            key: max(Fraction(-limit), min(Fraction(limit), one.growth))
            for key, one in figures.items()
            if one.value is not None and one.growth is not None and part.growth
        }
    )
    if not part.growth or not growths:
        return {key: levels.get(key) for key in figures}
    both = {key: (levels[key] * (100 - part.growth) + growths[key] * part.growth) / 100 for key in growths}
    best = max(both.values())
    alone = {key: min(levels[key], best) for key in levels if key not in both and part.alone}
    return {key: both.get(key, alone.get(key)) for key in figures}


def _vetoed(code: str, quarter: int) -> set[str]:
    if code == TOWNS:
        return {BARRED} if quarter == BARRED_IN else set()
    # Recorded in July for May to August: what was frozen before does not know it.
    return {credit_code(raw.VETOED)} if quarter == 3 else set()


def _late_points(code: str, quarter: int) -> dict[str, Fraction]:
    """By who had a report come in after its day in the quarter."""
    counted: dict[str, int] = defaultdict(int)
    for number, works in raw.LATE.items():
        if (date.fromisoformat(raw.DUE[number]).month - 1) // 3 + 1 == quarter:
            own = next(one for one in raw.WORKS if one.number == works)
            town = raw.stands_in(own, date(raw.YEAR, number, 1))
            counted[credit_code(works) if code == WORKS else str(town)] += 1
    return {key: Fraction(min(_LATE * many, _MOST_LATE)) for key, many in counted.items()}


def _check_places(code: str, quarter: int, places: list[dict[str, Any]], facts: Facts) -> None:
    shown = {one["code"]: one for one in places}
    taking_part = _everybody(code, quarter)
    assert set(shown) == taking_part
    vetoed = _vetoed(code, quarter)
    scores: dict[str, Fraction] = dict.fromkeys(taking_part - vetoed, Fraction(0))
    for part in PARTS[code]:
        figures = {key: _figure(part, facts.get((key, part.code), {})) for key in taking_part}
        scored = _scores(part, {key: one for key, one in figures.items() if key not in vetoed})
        for key, place in shown.items():
            where = f"{code} {quarter} {key} {part.code}"
            (said,) = [one for one in place["parts"] if one["component"] == part.code]
            _same(said["value"], figures[key].value, where)
            if part.growth:
                _same(said["base"], figures[key].base, where)
                _same(said["growth"], figures[key].growth, where)
            own = scored.get(key)
            _same(said["score"], own, where)
            _same(said["points"], None if own is None else own * part.weight / 100, where)
            if own is None:
                scores.pop(key, None)
            elif key in scores:
                scores[key] += own * part.weight / 100
    bonus, deduction = _beside(code, quarter)
    final = {key: _rounded(score + bonus.get(key, 0) - deduction.get(key, 0), 2) for key, score in scores.items()}
    for key, place in shown.items():
        assert Fraction(place["bonus"]) == bonus.get(key, 0), key
        assert Fraction(place["deduction"]) == deduction.get(key, 0), key
        assert place["is_disqualified"] == (key in vetoed), key
        assert (None if place["score"] is None else Fraction(place["score"])) == final.get(key), key
        rank = None if key not in final else 1 + sum(other > final[key] for other in final.values())
        assert place["rank"] == rank, key
        assert bool(place["reasons"]) == (rank is None), key
    order = sorted(taking_part, key=lambda key: (key in vetoed, key not in final, -final.get(key, 0), key))
    assert [one["code"] for one in places] == order


def _everybody(code: str, quarter: int) -> set[str]:
    if code == TOWNS:
        return set(_TAKING_PART)
    last = date(raw.YEAR, quarter * 3, 28)
    return {credit_code(works.number) for works in raw.WORKS if raw.stands_in(works, last) is not None}


def _beside(code: str, quarter: int) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    deduction = _late_points(code, quarter)
    bonus = {}
    for contest, in_, whose, many in BY_HAND:
        if (contest, in_) == (code, quarter):
            if many > 0:
                bonus[whose] = Fraction(many)
            else:
                deduction[whose] = deduction.get(whose, Fraction(0)) - Fraction(many)
    return bonus, deduction


def _same(said: str | None, ours: Fraction | None, where: str) -> None:
    """Kept with six digits behind the point."""
    if said is None or ours is None:
        assert said is None, where
        assert ours is None, where
        return
    assert abs(Fraction(said) - ours) <= _NEAR, (where, said, float(ours))


async def _check_facts(year: Played, address: str, places: list[dict[str, Any]], facts: Facts) -> None:
    """A score opens down to its works and projects: those of the first and of the last place."""
    for place in (places[0], places[-1]):
        found = await year.get(f"{address}/participants/{place['participant_id']}/rows")
        opened = {one["component"]: one["rows"] for one in found["items"]}
        for part in place["parts"]:
            ours = facts.get((place["code"], part["component"]), {})
            shown = {one["code"]: one for one in opened.get(part["component"], [])}
            assert set(shown) == set(ours)
            for key, (now, then) in ours.items():
                _same(shown[key]["value"], now, key)
                if part["growth"] is not None:
                    _same(shown[key]["base"], then, key)


async def _check_workbook(year: Played, address: str, places: list[dict[str, Any]], sheet: str) -> None:
    workbook = await year.office.call("GET", f"{address}/export")
    shown = columns_of(workbook.content, sheet)
    assert shown["code"] == [one["code"] for one in places]
    assert shown["score"] == [None if one["score"] is None else float(one["score"]) for one in places]
