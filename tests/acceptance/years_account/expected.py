"""What a bulletin has to say: each of its figures by its key, worked out from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from tests.acceptance.years_account import contest, raw
from tests.acceptance.years_account.accounts import INVESTED, SET, actual_of
from tests.acceptance.years_account.economy_said import MONTHS, Economy
from tests.acceptance.years_account.listed import listed
from tests.acceptance.years_account.recomputed import Value, percent, read
from tests.integration.projects.economy_office import credit_code

if TYPE_CHECKING:
    from tests.acceptance.years_account.playing import Played

_NEAR = Decimal("0.000001")
_VERDICTS = {"超额完成", "完成", "达序时", "落后", "严重落后", "未完成"}
_CONDITIONS = "SELECT kind, level, opened_on, cleared_on FROM condition WHERE region_code LIKE :within"
_VETOES = """
    SELECT v.id, v.source, v.ground, v.explanation_zh, v.period_from, v.period_to, e.name FROM veto v
    JOIN enterprise e ON e.enterprise_id = v.enterprise_id WHERE v.region_code LIKE :within
    ORDER BY v.period_from, v.id
"""
_PROJECTS = """
    SELECT p.code, p.signed_on, p.contract_amount_yuan, p.total_investment_yuan FROM project p
    WHERE p.region_code LIKE :within
"""
_REACHED = """
    SELECT p.code, m.milestone, m.actual_on FROM project p JOIN project_plan m ON m.project_id = p.id
    WHERE m.actual_on IS NOT NULL AND p.region_code LIKE :within
"""
_INVESTED = """
    SELECT p.code, i.month, i.amount_yuan FROM project p JOIN investment_entry i ON i.project_id = p.id
    WHERE p.region_code LIKE :within
"""


@dataclass(frozen=True)
class Target:
    code: str
    amount: Decimal
    actual: Decimal
    planned: Decimal
    is_over: bool

    @property
    def completion(self) -> Decimal:
        return self.actual / self.amount * 100

    @property
    def behind(self) -> Decimal:
        return (self.planned - self.actual) / self.amount * 100

    @property
    def verdict(self) -> str:
        if self.actual >= self.amount:
            return "超额完成" if self.actual > self.amount else "完成"
        if self.is_over:
            return "未完成"
        return "严重落后" if self.behind > 30 else "落后" if self.behind >= 10 else "达序时"


@dataclass(kw_only=True)
class Expected(Economy):
    """Everything that the bulletin says, by key."""

    targets: Mapping[str, Target]
    standings: Mapping[str, list[dict[str, Any]]]

    def value(self, key: str) -> Value:
        """Raises KeyError for a figure that nobody here can work out."""
        if key not in self.known:
            section, _, rest = key.partition(".")
            read_: Callable[[str], Value] = {
                "economy": self.economy,
                "targets": self._target,
                "projects": self._project,
                "contest": self._contest,
                "lists": self._list,
                "alerts": self._alert,
                "support": self._support,
                "energy": self._veto,
                "honours": lambda rest: {"count": Decimal(0)}[rest],
            }[section]
            self.known[key] = read_(rest)
        return self.known[key]

    @staticmethod
    def near(shown: str | None, ours: Value) -> bool:
        if shown is None or ours is None:
            return shown is None and ours is None
        return abs(Decimal(shown) - ours) <= _NEAR * max(Decimal(1), abs(ours)) * Decimal("1e-6")

    # Targets

    def _target(self, rest: str) -> Value:
        counted = {
            "count": _VERDICTS,
            "reached": {"超额完成", "完成"},
            "on_pace": {"达序时"},
            "behind": {"严重落后", "落后", "未完成"},
        }
        if rest in counted:
            return Decimal(sum(one.verdict in counted[rest] for one in self.targets.values()))
        code, _, what = rest.rpartition(".")
        one = self.targets[code]
        return {"amount": one.amount, "actual": one.actual, "completion": one.completion, "pace": one.behind}[what]

    # Projects

    def _project(self, rest: str) -> Value:
        scope, _, what = rest.partition(".")
        if scope == "rate":
            return self._rate(what)
        if scope == "key":
            return self._key(what)
        first = self.first if scope == "own" else self.first.replace(month=1)
        signed = [
            one for one in self.facts["projects"] if one.signed_on and first <= one.signed_on <= self.last_day
        ]
        match what:
            case "signed":
                return Decimal(len(signed))
            case "contracted":
                return Decimal(sum(one.contract_amount_yuan for one in signed))
            case "invested":
                return Decimal(self.invested(first))
        milestone = {"started": "start", "completed": "completion", "in_production": "production"}[what]
        reached = [
            one
            for one in self.facts["reached"]
            if one.milestone == milestone and first <= one.actual_on <= self.last_day
        ]
        return Decimal(len(reached))

    def invested(self, first: date) -> int:
        return sum(one.amount_yuan for one in self.facts["invested"] if first <= one.month <= self.last)

    def _rate(self, which: str) -> Value:
        """One project was signed and is being built; no funds were verified, nothing is in production."""
        if not self.facts["projects"]:
            return None
        return {"fulfilment": Decimal(100), "start": Decimal(100), "output_to_input": None}.get(which, Decimal(0))

    def _key(self, what: str) -> Value:
        project = self.facts["projects"][0]
        whole = self.invested(date(2000, 1, 1))
        year = self.invested(self.first.replace(month=1))
        name = what.rpartition(".")[2]
        return {
            "count": Decimal(1),
            "invested": Decimal(year if what == "invested" else whole),
            "invested_in_year": Decimal(year),
            "total": Decimal(project.total_investment_yuan),
            "actual": percent(Decimal(whole), Decimal(project.total_investment_yuan)),
            "planned": None,
        }[name]

    # The contest

    def _contest(self, rest: str) -> Value:
        code, _, what = rest.partition(".")
        places = self.standings[code]
        if what == "ranked":
            return Decimal(sum(one["rank"] is not None for one in places))
        if what == "out":
            return Decimal(sum(one["is_disqualified"] for one in places))
        participant, _, name = what.partition(".")
        (place,) = [one for one in places if one["participant_id"] == participant]
        if name in {"rank", "score"}:
            return None if place[name] is None else Decimal(place[name])
        (part,) = [one for one in place["parts"] if one["component"] == name]
        return None if part["points"] is None else Decimal(part["points"])

    # Red and black lists

    def _list(self, rest: str) -> Value:
        return Decimal(len(listed(self, rest.partition(".")[0])))

    # Warnings, support, vetoes

    def conditions(self, which: str, kind: str | None = None) -> list[Any]:
        touching = [
            one
            for one in self.facts["conditions"]
            if one.opened_on <= self.last_day
            and (one.cleared_on is None or one.cleared_on >= self.first)
            and kind in {None, one.kind}
        ]
        cleared = [one for one in touching if one.cleared_on is not None and one.cleared_on <= self.last_day]
        left = [one for one in touching if one not in cleared]
        return {
            "opened": [one for one in touching if one.opened_on >= self.first],
            "cleared": cleared,
            "standing": left,
            "severe": [one for one in left if one.level >= 2],
            "all": touching,
        }[which]

    def _alert(self, rest: str) -> Value:
        if rest.startswith("problems."):
            return Decimal(0)
        if rest == "rate":
            done, left = len(self.conditions("cleared")), len(self.conditions("standing"))
            return percent(Decimal(done), Decimal(done + left))
        if rest.startswith("kind."):
            _, kind, which = rest.split(".")
            return Decimal(len(self.conditions(which, kind)))
        return Decimal(len(self.conditions(rest)))

    def kinds(self) -> list[str]:
        counted = Counter(one.kind for one in self.conditions("standing"))
        return sorted({one.kind for one in self.conditions("all")}, key=lambda kind: (-counted[kind], kind))

    def _support(self, rest: str) -> Value:
        """Nobody was paid anything in the year."""
        assert rest in {"own.paid", "own.enterprises", "year.paid", "year.enterprises"}
        return Decimal(0)

    def vetoes(self) -> list[Any]:
        return [
            one
            for one in self.facts["vetoes"]
            if one.period_from <= self.last_day and (one.period_to is None or one.period_to > self.first)
        ]

    def _veto(self, rest: str) -> Value:
        found = self.vetoes()
        counted = {
            "set": [one for one in found if one.period_from >= self.first],
            "lifted": [],
            "standing": found,
            "energy": [one for one in found if one.source == "energy"],
        }
        return Decimal(len(counted[rest]))


async def expect(year: Played, kind: str, number: int, region: str, quarter: int) -> Expected:
    """What the rows say at this moment."""
    last = date(raw.YEAR, MONTHS[kind] * number, 1)
    rows = await read(year.office.database)
    within = {"within": f"{region[:4] if region == raw.CITY else region}%"}
    async with year.office.database.session() as session:
        facts: dict[str, Any] = {
            name: (await session.execute(text(statement), within)).all()
            for name, statement in (
                ("conditions", _CONDITIONS),
                ("vetoes", _VETOES),
                ("projects", _PROJECTS),
                ("reached", _REACHED),
                ("invested", _INVESTED),
            )
        }
    facts["codes"] = {key: credit_code(works) for works, key in year.ids.items()}
    targets = {}
    regions = {code: place for code, (_, place, _, _) in SET.items()} | {INVESTED: raw.COUNTY}
    for code, place in regions.items():
        if place.startswith(within["within"][:-1]):
            amount = year.targets[code]
            actual = await actual_of(year, rows, code, last.month)
            targets[code] = Target(code, amount, actual, amount * last.month / 12, is_over=last.month == 12)
    standings: dict[str, list[dict[str, Any]]] = {}
    if region == raw.CITY:
        standings = {code: year.standings[code, quarter][-1][1] for code in sorted((contest.TOWNS, contest.WORKS))}
    return Expected(
        kind=kind, region=region, last=last, rows=rows, facts=facts, targets=targets, standings=standings
    )
