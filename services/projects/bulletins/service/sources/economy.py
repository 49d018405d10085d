"""Economy (S13): indicators of the region, of its parts, parks and sectors, and the months of the year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from libs.common import regions
from libs.common.context import Context
from services.projects.bulletins.domain.content import Cell, Column, SectionCode, Table
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import Against, Figure, Lines, Shape, count
from services.projects.bulletins.domain.periods import BulletinKind
from services.projects.bulletins.service.sources.base import Sheet, fixed
from services.projects.bulletins.service.sources.economy_figures import (
    SOURCE,
    has,
    put_answer,
    question_of,
    rate_of,
    row_of,
    scale_of,
    sum_of,
    value_cells,
)
from services.projects.bulletins.service.sources.economy_parts import (
    tell_parks,
    tell_parts,
    tell_sectors,
    tell_trend,
)
from services.projects.economy.domain.arithmetic import Null, Rate, growth
from services.projects.economy.domain.indicators import Indicator, IndicatorKind
from services.projects.economy.repository import catalogue
from services.projects.economy.service.figures import figure_lines, figure_rows, growth_series
from services.projects.economy.service.rollups import Rollup, answer
from services.projects.rates.domain.grouping import RegionLevel

_USUAL: Final = ("output_value", "value_added", "sales", "profit", "tax", "power_kwh")
_VERBS: Final = {"output_value": "完成", "value_added": "完成", "sales": "完成", "profit": "实现", "tax": "实现"}
LEVEL_BELOW: Final = {
    2: RegionLevel.CITY,
    4: RegionLevel.COUNTY,
    6: RegionLevel.TOWNSHIP,
}


class EconomySource:
    """Of the template's ``indicators`` (the usual ones if it names none); the first is told in detail."""

    code = SectionCode.ECONOMY

    async def read(self, ctx: Context, scope: BulletinScope) -> SectionFacts:
        sheet = Sheet(self.code, "经济运行情况", "The economy")
        wanted = [str(one) for one in _listed(scope.options.get("indicators")) or _USUAL]
        known = await catalogue.all_indicators(ctx.session)
        indicators = [known[code] for code in wanted if code in known and known[code].active]
        if not indicators:
            return sheet.facts()
        await _whole(ctx, scope, sheet, indicators)
        _say_whole(scope, sheet, indicators)
        main = indicators[0]
        level = LEVEL_BELOW.get(len(regions.prefix(scope.region_code)))
        if level is not None:
            await tell_parts(ctx, scope, sheet, main, level)
        await tell_parks(ctx, scope, sheet, main)
        await tell_sectors(ctx, scope, sheet, main)
        await tell_trend(ctx, scope, sheet, main)
        return sheet.facts()


def _listed(option: object) -> list[object]:
    return list(option) if isinstance(option, list | tuple) else []


async def _whole(ctx: Context, scope: BulletinScope, sheet: Sheet, indicators: Sequence[Indicator]) -> None:
    """The region's figures of each indicator: the year until now, and the period's own where that differs."""
    level = LEVEL_BELOW.get(len(regions.prefix(scope.region_code)))
    for indicator in indicators:
        sheet.name(f"{indicator.code}.name", indicator.name_zh, indicator.name_en)
        is_stock = indicator.kind is IndicatorKind.STOCK
        found = await answer(ctx, question_of(scope, cumulative=not is_stock), indicator.code)
        key = sheet.key(f"{indicator.code}.rows")
        last, where, so_far = scope.period.last_month, scope.region_code, not is_stock
        if indicator is indicators[0]:
            # The lists look at its enterprises.
            rows = await figure_rows(ctx.session, indicator.code, last, region_code=where, cumulative=so_far)
            sheet.rows(f"{indicator.code}.rows", [row_of(row, level) for row in rows])
        elif scope.with_rows:
            lines = await figure_lines(
                ctx.session, indicator.code, last, region_code=where, cumulative=so_far, level=level
            )
            sheet.rows(f"{indicator.code}.rows", Lines(*lines))
        put_answer(sheet, f"{indicator.code}.total", indicator, found.total, key, ())
        if found.published is not None:
            _put_published(sheet, indicator, found)
        if scope.period.kind is BulletinKind.MONTH:
            month = found if is_stock else await answer(ctx, question_of(scope, cumulative=False), indicator.code)
            put_answer(sheet, f"{indicator.code}.own", indicator, month.total, None, ())
        elif not scope.period.begins_the_year and not is_stock:
            await _put_period(ctx, scope, sheet, indicator)
    total = sheet.figure(f"{indicators[0].code}.total")
    complete, expected = total.basis.split("/")
    rows_key = sheet.key(f"{indicators[0].code}.rows")
    for name, number in (("reported", complete), ("expected", expected)):
        sheet.put(name, count(int(number), "户", "enterprises", source=SOURCE, rows_key=rows_key))


def _put_published(sheet: Sheet, indicator: Indicator, found: Rollup) -> None:
    assert found.published is not None
    row = found.published.row
    value, rate = row.cumulative_value, row.cumulative_growth_percent
    sheet.put(
        f"{indicator.code}.published",
        Figure(
            shape=Shape.AMOUNT,
            value=value,
            reason=None if value is not None else "not_known",
            unit=indicator.unit,
            source="statistics",
            basis=row.source,
        ),
    )
    sheet.put(
        f"{indicator.code}.published.yoy",
        replace(
            rate_of(indicator, Against.YEAR, rate, None if rate is not None else Null.BASE_MISSING, (value, None)),
            source="statistics",
        ),
    )


async def _put_period(ctx: Context, scope: BulletinScope, sheet: Sheet, indicator: Indicator) -> None:
    """The sum of the period's months, and of the same months a year before; of both all have to be known."""
    found = await growth_series(ctx.session, indicator.code, scope.period.months, region_code=scope.region_code)
    now = sum_of([one.current.value for one in found])
    base = sum_of([one.base.value for one in found])
    rate: Rate = growth(now, base)
    sheet.put(
        f"{indicator.code}.own",
        Figure(
            shape=Shape.AMOUNT,
            value=now,
            reason=None if now is not None else Null.NOT_REPORTED,
            unit=indicator.unit,
            source=SOURCE,
        ),
    )
    sheet.put(f"{indicator.code}.own.yoy", rate_of(indicator, Against.YEAR, rate.value, rate.reason, (now, base)))


def _say_whole(scope: BulletinScope, sheet: Sheet, indicators: Sequence[Indicator]) -> None:
    until = sheet.name("until", scope.period.until_zh, scope.period.until_en)
    region = sheet.name("region", scope.region_name)
    zh, en = _clauses(sheet, indicators, "total")
    reported, expected = f"{{{sheet.key('reported')}}}", f"{{{sheet.key('expected')}}}"
    sheet.say(
        "total",
        f"{until}，{region}{'；'.join(zh)}。纳入统计的企业{expected}，已上报{reported}。",
        f"{until}, {region}: {'; '.join(en)}. {reported} of {expected} have reported.",
    )
    if sheet.knows(f"{indicators[0].code}.own"):
        own = sheet.name("own", *_own_name(scope))
        zh, en = _clauses(sheet, indicators, "own")
        sheet.say("own", f"其中，{own}{'；'.join(zh)}。", f"Of this in {own}: {'; '.join(en)}.")
    published = [one for one in indicators if sheet.knows(f"{one.code}.published")]
    if published:
        zh, en = _clauses(sheet, published, "published")
        sheet.say(
            "published",
            f"据统计部门公布，{region}{'；'.join(zh)}。"
            "本通报按企业上报数汇总，与统计部门口径不同的，以统计部门公布数为准。",
            f"Published by the statistics office: {'; '.join(en)}. It adds up what enterprises report.",
        )
    _table_of_indicators(scope, sheet, indicators)


def _own_name(scope: BulletinScope) -> tuple[str, str]:
    period = scope.period
    if period.kind is BulletinKind.MONTH:
        return f"{period.number}月当月", f"{period.last_month:%B}"
    if period.kind is BulletinKind.QUARTER:
        return f"{'一二三四'[period.number - 1]}季度", f"the quarter {period.number}"
    return "下半年", "the second half"


def _clauses(sheet: Sheet, indicators: Sequence[Indicator], name: str) -> tuple[list[str], list[str]]:
    zh, en = [], []
    for indicator in indicators:
        base = f"{indicator.code}.{name}"
        called = f"{{{sheet.key(f'{indicator.code}.name')}}}"
        value = f"{{{sheet.key(base)}}}"
        told = [value]
        if sheet.knows(base):
            told += [f"{{{sheet.key(f'{base}.{one}')}}}" for one in ("yoy", "mom") if has(sheet, f"{base}.{one}")]
        zh.append(f"{_VERBS.get(indicator.code, '')}{called}{'，'.join(told)}")
        en.append(f"{called} {', '.join(told)}")
    return zh, en


def _table_of_indicators(scope: BulletinScope, sheet: Sheet, indicators: Sequence[Indicator]) -> None:
    has_own = any(has(sheet, f"{one.code}.own") for one in indicators)
    is_month = scope.period.kind is BulletinKind.MONTH
    own_zh = {BulletinKind.MONTH: "本月", BulletinKind.QUARTER: "本季"}.get(scope.period.kind, "下半年")
    columns = [Column(zh="指标", en="Indicator", share=3), Column(zh="单位", en="Unit", share=2)]
    if has_own:
        columns += [
            Column(zh=own_zh, en="Period", number=True, share=3),
            Column(zh="同比（%）", en="YoY %", number=True, share=2),
        ]
        if is_month:
            columns.append(Column(zh="环比（%）", en="MoM %", number=True, share=2))
    columns += [
        Column(zh="累计", en="Year to date", number=True, share=3),
        Column(zh="同比（%）", en="YoY %", number=True, share=2),
    ]
    rows = []
    for indicator in indicators:
        code = indicator.code
        scale, unit_zh, unit_en = scale_of(indicator)
        cells = [Cell(ref=sheet.key(f"{code}.name")), fixed(unit_zh, unit_en)]
        if has_own:
            names = ["yoy", *(["mom"] if is_month else [])]
            cells += value_cells(sheet, f"{code}.own", scale, names)
        cells += value_cells(sheet, f"{code}.total", scale, ["yoy"])
        rows.append(tuple(cells))
    sheet.add(
        Table(
            id=sheet.key("indicators"),
            caption_zh="主要经济指标完成情况",
            caption_en="Main indicators",
            columns=tuple(columns),
            rows=tuple(rows),
            notes_zh=("注：“—”为无数据或基数不为正、不计算增速。增加值增速按可比价格计算。",),
            notes_en=("“—”: not known, or no growth from such a base. Value added at comparable prices.",),
        )
    )
