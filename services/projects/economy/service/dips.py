"""Dips of enterprises and of regions, opened and cleared as conditions (economic_dip) with their explanation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.conditions.domain.condition import Finding, Outcome, Subject, is_news
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle, told_of
from services.projects.conditions.tables import ConditionRow
from services.projects.economy.domain import months
from services.projects.economy.domain.dips import KIND, judge
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.domain.rules import DIPS, EconomyRuleKind, Rules
from services.projects.economy.repository import counted as counted_rows
from services.projects.economy.repository import regional
from services.projects.economy.service.terms import Terms, load_terms
from services.projects.registry.repository import by_keys, lock_key, names_of_entries
from services.projects.registry.tables import EnterpriseRow

JUDGED = frozenset({KIND})
# A series of an enterprise or a region and an indicator has an identity of its own: each may dip by itself.
_SERIES = UUID("0c5cf8e4-4f0b-5d3e-9a43-6a1f8f5d7b21")
# Enterprises judged at once.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found about one series; ``is_known``: its latest month was said."""

    subject: Subject
    findings: list[Finding]
    is_known: bool


async def scan_dips(ctx: Context) -> Outcome:
    """Judge every enterprise's and region's latest month; safe to run twice and beside other scans and writes."""
    terms = await load_terms(ctx)
    if not any(terms.rules.of(kind) for kind in DIPS):
        return Outcome()
    outcome, ids = Outcome(), await counted_rows.enterprises_with_figures(ctx.session)
    for start in range(0, len(ids), _BATCH):
        rows = await by_keys(ctx.session, EnterpriseRow, "enterprise_id", ids[start : start + _BATCH])
        outcome += await settle_enterprises(
            ctx, {row.enterprise_id: row for row in rows if row.deleted_at is None}, terms
        )
    return outcome + await _scan_regions(ctx, terms)


async def settle_enterprises(ctx: Context, enterprises: Mapping[UUID, EnterpriseRow], terms: Terms) -> Outcome:
    """Bring the dips of enterprises in line with what counts of their latest months."""
    latest = await counted_rows.latest_months(ctx.session, enterprises)
    judged: list[Judged] = []
    for month, some in _by_month(latest).items():
        series = await counted_rows.series_of(ctx.session, some, month, _length(terms.rules))
        places = await counted_rows.places_of(ctx.session, some, month)
        for enterprise_id in some:
            region_code = places.get(enterprise_id, enterprises[enterprise_id].region_code)
            judged += _judge(
                ctx, terms, month, series.get(enterprise_id, {}), region_code, enterprises[enterprise_id]
            )
    return await _settle(ctx, judged)


def _judge(
    ctx: Context,
    terms: Terms,
    month: date,
    series: Mapping[str, Mapping[date, Decimal]],
    region_code: str,
    enterprise: EnterpriseRow,
) -> list[Judged]:
    return [
        Judged(
            Subject(
                type="enterprise",
                id=series_id(enterprise.enterprise_id, indicator),
                code=f"{enterprise.credit_code}/{indicator.code}",
                name=f"{enterprise.name} {indicator.name_zh}",
                region_code=region_code,
                enterprise_id=enterprise.enterprise_id,
            ),
            _found(ctx, terms, indicator, month, series, region_code),
            is_known=month in series.get(indicator.code, {}),
        )
        for indicator in terms.catalogue.values()
    ]


def _found(
    ctx: Context,
    terms: Terms,
    indicator: Indicator,
    month: date,
    series: Mapping[str, Mapping[date, Decimal]],
    region_code: str,
) -> list[Finding]:
    if month not in series.get(indicator.code, {}):
        return []
    found = judge(indicator, month, series, terms.rules, region_code, today_of(ctx))
    return [] if found is None else [found]


async def _scan_regions(ctx: Context, terms: Terms) -> Outcome:
    """Regions by what all of their enterprises said; a month that one of them lacks is not judged."""
    month = await counted_rows.latest_month(ctx.session)
    if month is None:
        return Outcome()
    sums = await regional.complete_series(ctx.session, months.plus(month, 1 - _length(terms.rules)), month)
    names = await names_of_entries(ctx.session, "region", sums)
    judged = [
        Judged(
            Subject(
                type="region",
                id=series_id(code, indicator),
                code=f"{code}/{indicator.code}",
                name=f"{names.get(code, code)} {indicator.name_zh}",
                region_code=code,
            ),
            _found(ctx, terms, indicator, max(series[indicator.code]), series, code),
            is_known=True,
        )
        for code, series in sums.items()
        for indicator in terms.catalogue.values()
        if series.get(indicator.code)
    ]
    return await _settle(ctx, judged)


async def _settle(ctx: Context, judged: Sequence[Judged]) -> Outcome:
    """Settle the series with news, each under the lock of its key; the others cost nothing."""
    known = await open_conditions(ctx.session, JUDGED, [one.subject.id for one in judged])
    changing, outcome = [], Outcome()
    for one in judged:
        if is_news(one.findings, told_of(known.get(one.subject.id, {})), JUDGED):
            changing.append(one)
        else:
            outcome += Outcome(1)
    for one in sorted(changing, key=lambda one: one.subject.id):
        await lock_key(ctx.session, "economy_series", str(one.subject.id))
        outcome += await settle(
            ctx, one.subject, one.findings, judged=JUDGED, reason=_recovered if one.is_known else _silent
        )
    return outcome


def _recovered(_: ConditionRow) -> str:
    return "recovered"


def _silent(_: ConditionRow) -> str:
    return "not_said"


def series_id(whose: UUID | str, indicator: Indicator) -> UUID:
    return uuid5(_SERIES, f"{whose}:{indicator.code}")


def _length(rules: Rules) -> int:
    """Months that the rules look at: a year and this one, or as many falls as they count."""
    falls = [int(rule.level2_value or rule.value) for rule in rules.of(EconomyRuleKind.DIP_FALLS)]
    return max([13, *(count + 1 for count in falls)])


def _by_month(latest: Mapping[UUID, date]) -> dict[date, Collection[UUID]]:
    found: dict[date, list[UUID]] = {}
    for enterprise_id, month in latest.items():
        found.setdefault(month, []).append(enterprise_id)
    return {month: found[month] for month in sorted(found)}
