"""The economy by parts of the region, parks and sectors, and over the months of the year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from libs.common.context import Context
from services.projects.bulletins.domain.content import Cell, Chart, ChartKind, Column, Series, Table
from services.projects.bulletins.domain.facts import BulletinScope
from services.projects.bulletins.domain.figures import Against, Figure, Shape, text
from services.projects.bulletins.domain.lists import Candidate, Criterion, SubjectKind
from services.projects.bulletins.domain.periods import cumulative_en, cumulative_zh
from services.projects.bulletins.domain.sectors import SECTORS
from services.projects.bulletins.repository.sources import park_names
from services.projects.bulletins.service.sources.base import Sheet, fixed, place_cell
from services.projects.bulletins.service.sources.economy_figures import (
    SOURCE,
    Part,
    amount_of,
    decimal_of,
    put_answer,
    question_of,
    rate_of,
    scale_of,
)
from services.projects.economy.domain.arithmetic import growth
from services.projects.economy.domain.indicators import Indicator, IndicatorKind
from services.projects.economy.domain.question import FigureGrouping
from services.projects.economy.service.figures import growth_series
from services.projects.economy.service.rollups import Answer, answer
from services.projects.rates.domain.grouping import RegionLevel
from services.projects.registry.repository import names_of_entries

_MOST_NAMED: Final = 3
_YI: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class _Group:
    """A part of the region, a park or a sector, with its name and the reference to each of its figures."""

    key: str
    name: str
    slug: str
    answer: Answer


async def _grouped(
    ctx: Context,
    scope: BulletinScope,
    sheet: Sheet,
    main: Indicator,
    by: FigureGrouping,
    names: Mapping[str, str] | None = None,
    level: RegionLevel = RegionLevel.COUNTY,
) -> list[_Group]:
    """Groups by growth, the fastest first, with their figures on the sheet."""
    question = replace(question_of(scope, cumulative=main.kind is IndicatorKind.FLOW), by=by, region_level=level)
    found = await answer(ctx, question, main.code)
    keys = [key for key, _ in found.groups if key is not None]
    if names is None:
        names = await names_of_entries(ctx.session, "region", keys)
    fact = {FigureGrouping.REGION: "part", FigureGrouping.SECTOR: "sector"}.get(by)
    groups = []
    for key, one in found.groups:
        if key is None or (one.figure.value is None and one.yoy.base.value is None):
            continue
        slug = f"{main.code}.{by.value}.{key}"
        part: Part = () if fact is None else ((fact, key),)
        rows_key = None if fact is None else sheet.key(f"{main.code}.rows")
        sheet.name(f"{slug}.name", names.get(key, key))
        put_answer(sheet, slug, main, one, rows_key, part)
        points = Figure(
            shape=Shape.CONTRIBUTION,
            value=one.contribution.value,
            reason=one.contribution.reason,
            source=SOURCE,
            rows_key=rows_key,
            rows_part=part,
        )
        sheet.put(f"{slug}.contribution", points)
        share = replace(points, shape=Shape.PERCENT, value=one.share.value, reason=one.share.reason)
        sheet.put(f"{slug}.share", share)
        groups.append(_Group(key, names.get(key, key), slug, one))
    return sorted(
        groups, key=lambda group: (group.answer.yoy.rate is None, -(group.answer.yoy.rate or 0), group.key)
    )


async def tell_parts(
    ctx: Context, scope: BulletinScope, sheet: Sheet, main: Indicator, level: RegionLevel
) -> None:
    groups = await _grouped(ctx, scope, sheet, main, FigureGrouping.REGION, level=level)
    if not groups:
        return
    what_zh = "乡镇" if level is RegionLevel.TOWNSHIP else "地区"
    what_en = "townships" if level is RegionLevel.TOWNSHIP else "regions"
    _say_groups(sheet, main, groups, "parts", f"分{what_zh}看", f"By {what_en}")
    _table_of_groups(sheet, main, groups, "parts", what_zh, f"各{what_zh}", what_en, ranked=True)
    _bars(sheet, main, groups, "parts", f"各{what_zh}", what_en)
    for group in groups:
        sheet.candidates.append(_candidate(sheet, group, SubjectKind.TOWNSHIP))
    sheet.candidates += await _enterprises(sheet, main, scope)


def _candidate(sheet: Sheet, group: _Group, subject: SubjectKind) -> Candidate:
    return Candidate(
        criterion=Criterion.GROWTH,
        subject=subject,
        subject_key=group.key,
        name=sheet.key(f"{group.slug}.name"),
        figure=sheet.key(f"{group.slug}.yoy"),
        measure=group.answer.yoy.rate,
        amount=group.answer.figure.value,
    )


async def _enterprises(sheet: Sheet, main: Indicator, scope: BulletinScope) -> list[Candidate]:
    """Every enterprise with a growth, for the lists; only those that a rule names keep their figures."""
    key = f"{main.code}.rows"
    candidates = []
    for row in sheet.rows_of(key):
        now, base = decimal_of(row["value"]), decimal_of(row["base"])
        rate = growth(now, base)
        if rate.value is None:
            continue
        slug = f"{main.code}.enterprise.{row['credit_code']}"
        part: Part = (("credit_code", row["credit_code"]),)
        figure = rate_of(main, Against.YEAR, rate.value, None, (now, base), (sheet.key(key), part))
        candidates.append(
            Candidate(
                criterion=Criterion.GROWTH,
                subject=SubjectKind.ENTERPRISE,
                subject_key=row["credit_code"],
                name=sheet.offer(f"{slug}.name", text(row["name"], source=SOURCE)),
                figure=sheet.offer(f"{slug}.yoy", figure),
                measure=rate.value,
                amount=now,
            )
        )
    return candidates


async def tell_parks(ctx: Context, scope: BulletinScope, sheet: Sheet, main: Indicator) -> None:
    names = await park_names(ctx.session, scope.region_code)
    if not names:
        return
    groups = await _grouped(ctx, scope, sheet, main, FigureGrouping.PARK, names)
    if groups:
        _say_groups(sheet, main, groups, "parks", "分园区看", "By parks")
        _table_of_groups(sheet, main, groups, "parks", "园区", "各园区", "parks")


async def tell_sectors(ctx: Context, scope: BulletinScope, sheet: Sheet, main: Indicator) -> None:
    groups = await _grouped(ctx, scope, sheet, main, FigureGrouping.SECTOR, SECTORS)
    if groups:
        _say_groups(sheet, main, groups, "sectors", "分行业看", "By sectors")
        _table_of_groups(sheet, main, groups, "sectors", "行业", "各行业", "sectors")


def _say_groups(
    sheet: Sheet, main: Indicator, groups: Sequence[_Group], name: str, lead_zh: str, lead_en: str
) -> None:
    """The fastest that grow, and those that fall, with the points they add or take."""
    rising = [one for one in groups if one.answer.yoy.rate is not None and one.answer.yoy.rate > 0][:_MOST_NAMED]
    falling = [one for one in groups if one.answer.yoy.rate is not None and one.answer.yoy.rate < 0]
    falling = falling[::-1][:_MOST_NAMED]
    zh, en = [], []
    for lead, lead_in_en, chosen in (
        ("增速居前的是", "the fastest: ", rising),
        ("下降较多的是", "the largest falls: ", falling),
    ):
        if chosen:
            pairs = [_named(sheet, one) for one in chosen]
            zh.append(lead + "、".join(pair[0] for pair in pairs))
            en.append(lead_in_en + "; ".join(pair[1] for pair in pairs))
    if not zh:
        return
    called = f"{{{sheet.key(f'{main.code}.name')}}}"
    sheet.say(name, f"{lead_zh}，{called}{'；'.join(zh)}。", f"{lead_en}, {called}: {'; '.join(en)}.")


def _named(sheet: Sheet, group: _Group) -> tuple[str, str]:
    name, rate, points = (f"{{{sheet.key(f'{group.slug}.{part}')}}}" for part in ("name", "yoy", "contribution"))
    if not sheet.knows(f"{group.slug}.contribution"):
        return f"{name}（{rate}）", f"{name} ({rate})"
    return f"{name}（{rate}，{points}）", f"{name} ({rate}, {points})"


def _table_of_groups(
    sheet: Sheet,
    main: Indicator,
    groups: Sequence[_Group],
    name: str,
    head_zh: str,
    caption_zh: str,
    caption_en: str,
    *,
    ranked: bool = False,
) -> None:
    scale, unit_zh, unit_en = scale_of(main)
    rows = []
    for place, group in enumerate(groups, start=1):
        cells = [
            place_cell(place),
            Cell(ref=sheet.key(f"{group.slug}.name")),
            sheet.cell(group.slug, scale=scale),
            sheet.cell(f"{group.slug}.yoy", places=1),
            sheet.cell(f"{group.slug}.contribution", places=1),
            sheet.cell(f"{group.slug}.share", places=1),
        ]
        rows.append(tuple(cells))
    sheet.add(
        Table(
            id=sheet.key(f"{name}_table"),
            caption_zh=f"{caption_zh}{main.name_zh}完成情况",
            caption_en=f"{main.name_en} by {caption_en}",
            unit_zh=f"单位：{unit_zh}、%、个百分点",
            unit_en=f"{unit_en}, %, points",
            columns=(
                Column(zh="位次" if ranked else "序号", en="No."),
                Column(zh=head_zh, en="Name", share=4),
                Column(zh="累计", en="Year to date", number=True, share=3),
                Column(zh="同比", en="YoY", number=True, share=2),
                Column(zh="拉动", en="Contribution", number=True, share=2),
                Column(zh="占比", en="Share", number=True, share=2),
            ),
            rows=tuple(rows),
            notes_zh=("注：按同比增速排序。",) if ranked else (),
            notes_en=("In the order of growth.",) if ranked else (),
        )
    )


def _bars(
    sheet: Sheet, main: Indicator, groups: Sequence[_Group], name: str, caption_zh: str, caption_en: str
) -> None:
    sheet.add(
        Chart(
            id=sheet.key(f"{name}_chart"),
            caption_zh=f"{caption_zh}{main.name_zh}同比增速",
            caption_en=f"Growth of {main.name_en} by {caption_en}",
            form=ChartKind.BARS,
            categories=tuple(Cell(ref=sheet.key(f"{one.slug}.name")) for one in groups),
            series=(Series(zh="同比", en="YoY", refs=tuple(sheet.key(f"{one.slug}.yoy") for one in groups)),),
            unit_zh="%",
            unit_en="%",
        )
    )


async def tell_trend(ctx: Context, scope: BulletinScope, sheet: Sheet, main: Indicator) -> None:
    """The year's months until the period's end, beside the same months a year before."""
    last = scope.period.last_month
    if last.month == 1:
        return
    months = [date(last.year, number, 1) for number in range(1, last.month + 1)]
    now, before = [], []
    series = await growth_series(ctx.session, main.code, months, region_code=scope.region_code)
    for month, found in zip(months, series, strict=True):
        slug = f"{main.code}.month.{month:%Y-%m}"
        sheet.put(slug, amount_of(main, found.current, None, ()))
        sheet.put(f"{slug}.base", amount_of(main, found.base, None, ()))
        now.append(sheet.key(slug))
        before.append(sheet.key(f"{slug}.base"))
    known = [sheet.figure_of(key).value or 0 for key in (*now, *before)]
    scale, unit_zh, unit_en, places = (*scale_of(main), 0)
    if main.unit == "yuan" and max(known) >= _YI:
        # Amounts that are told in 亿 are drawn in it, or twelve of them stand in each other's way.
        scale, unit_zh, unit_en, places = _YI, "亿元", "100 million yuan", 2
    sheet.add(
        Chart(
            id=sheet.key("trend"),
            caption_zh=f"{cumulative_zh(last)}各月{main.name_zh}",
            caption_en=f"{main.name_en}, {cumulative_en(last)}",
            form=ChartKind.LINES,
            categories=tuple(fixed(f"{one.month}月", f"{one:%b}") for one in months),
            series=(
                Series(zh=f"{last.year}年", en=str(last.year), refs=tuple(now)),
                Series(zh=f"{last.year - 1}年", en=str(last.year - 1), refs=tuple(before)),
            ),
            scale=str(scale),
            places=places,
            unit_zh=unit_zh,
            unit_en=unit_en,
        )
    )
