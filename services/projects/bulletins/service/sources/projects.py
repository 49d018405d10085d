"""Projects (S1–S5): signed, started, completed, in production; investment; the five rates; key projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from libs.common.context import Context
from libs.common.contracts.projects import Stage
from services.projects.bulletins.domain.content import Cell, Column, SectionCode, Table
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import Figure, Row, Shape, count, yuan
from services.projects.bulletins.domain.stages import planned_percent, stage_on
from services.projects.bulletins.domain.terms import RATES, STAGES, term
from services.projects.bulletins.repository.sources import KeyProject, invested_between, key_projects
from services.projects.bulletins.service.sources.base import Sheet, place_cell
from services.projects.economy.domain.arithmetic import ratio
from services.projects.ledger.domain.stages import Milestone
from services.projects.rates import service as rates
from services.projects.rates.domain.measures import Measure
from services.projects.rates.domain.question import Question
from services.projects.targets.domain.scopes import Scope, ScopeType
from services.projects.targets.repository import ledger
from services.projects.targets.repository.ledger import Found

_SOURCE: Final = "ledger"
_WAN: Final = 10_000
_MOST_ROWS: Final = 40
_STEPS: Final = (
    ("started", Milestone.START, Stage.STARTED, "新开工", "started"),
    ("completed", Milestone.COMPLETION, Stage.COMPLETED, "竣工", "completed"),
    ("in_production", Milestone.PRODUCTION, Stage.IN_PRODUCTION, "投产", "put into production"),
)


class ProjectsSource:
    """Of the template's ``max_rows`` key projects at most in the table, the largest first."""

    code = SectionCode.PROJECTS

    async def read(self, ctx: Context, scope: BulletinScope) -> SectionFacts:
        sheet = Sheet(self.code, "项目建设情况", "Projects")
        await _moves(ctx, scope, sheet)
        await _rates(ctx, scope, sheet)
        await _key_projects(ctx, scope, sheet)
        return sheet.facts()


async def _moves(ctx: Context, scope: BulletinScope, sheet: Sheet) -> None:
    """What happened in the period, and since January where that is more."""
    name = sheet.name("period", scope.period.name_zh, scope.period.name_en)
    own = await _moved(ctx, scope, sheet, "own", scope.period.first_day)
    sheet.say("moves", f"{name}，{own[0]}。", f"{name}: {own[1]}.")
    if not scope.period.begins_the_year:
        until = sheet.name("until", scope.period.until_zh, scope.period.until_en)
        year = await _moved(ctx, scope, sheet, "year", date(scope.period.year, 1, 1))
        sheet.say("moves_of_year", f"{until}累计，{year[0]}。", f"{until}: {year[1]}.")


async def _moved(ctx: Context, scope: BulletinScope, sheet: Sheet, name: str, first: date) -> tuple[str, str]:
    last = scope.as_of
    where = ledger.within(Scope(ScopeType.REGION, scope.region_code), last, size_band=None, key_only=False)
    signed = await ledger.signed(ctx.session, where, first, last)
    number = _count(sheet, f"{name}.signed", signed)
    contracted = [int(one[3]) for one in signed if one[3] is not None]
    amount = sheet.put(
        f"{name}.contracted",
        _known(contracted, owing=bool(signed), rows_key=sheet.key(f"{name}.signed.rows")),
    )
    zh, en = [f"新签约项目{number}，合同投资{amount}"], [f"signed {number} worth {amount}"]
    for step, milestone, stage, word_zh, word_en in _STEPS:
        found = await ledger.reached(ctx.session, where, milestone, stage, first, last)
        number = _count(sheet, f"{name}.{step}", found)
        zh.append(f"{word_zh}{number}")
        en.append(f"{word_en} {number}")
    invested = await invested_between(ctx.session, scope.region_code, first, last)
    rows = [
        {"project_id": str(key), "code": code, "name": called, "value": str(one)}
        for key, code, called, one in invested
    ]
    building = await ledger.building(ctx.session, where, first, last)
    done = sheet.put(
        f"{name}.invested",
        _known(
            [one for _, _, _, one in invested],
            owing=bool(building),
            rows_key=sheet.rows(f"{name}.invested.rows", rows),
        ),
    )
    return "，".join([*zh, f"完成投资{done}"]), ", ".join([*en, f"invested {done}"])


def _known(amounts: Sequence[int], *, owing: bool, rows_key: str) -> Figure:
    """The sum of what is known; where something is owed and nothing was said, it is not nought."""
    if owing and not amounts:
        return yuan(None, source=_SOURCE, reason="not_reported", rows_key=rows_key)
    return yuan(sum(amounts), source=_SOURCE, rows_key=rows_key)


def _count(sheet: Sheet, name: str, found: Sequence[Found]) -> str:
    rows: list[Row] = [
        {
            "project_id": str(key),
            "code": code,
            "name": called,
            "value": None if amount is None else str(amount),
            "known_at": known_at.isoformat() if known_at is not None else None,
        }
        for key, code, called, amount, known_at in found
    ]
    key = sheet.rows(f"{name}.rows", rows)
    return sheet.put(name, count(len(found), "个", "projects", source=_SOURCE, rows_key=key))


async def _rates(ctx: Context, scope: BulletinScope, sheet: Sheet) -> None:
    """The five rates on their first basis, beside what they were at the end of the year before."""
    now = await rates.answer(ctx, Question(as_of=scope.as_of, region_code=scope.region_code))
    zh, en = [], []
    seen = set()
    for found in now.total:
        measure = found.measure
        if measure.rate in seen:
            continue
        seen.add(measure.rate)
        slug = f"rate.{measure.rate.value}"
        rows = (
            []
            if found.ids is None
            else [
                {"project_id": str(one), "in_numerator": one in set(found.ids.numerator)}
                for one in found.ids.denominator
            ]
        )
        value = ratio(Decimal(found.sums.numerator), Decimal(found.sums.denominator))
        called_zh, called_en = term(RATES, measure.rate.value)
        number = sheet.put(
            slug,
            Figure(
                shape=Shape.PERCENT,
                value=value.value,
                reason=None if value.value is not None else "none_due",
                current=Decimal(found.sums.numerator),
                base=Decimal(found.sums.denominator),
                basis=_basis(measure),
                source=_SOURCE,
                rows_key=sheet.rows(f"{slug}.rows", rows),
            ),
        )
        zh.append(f"{called_zh}{number}")
        en.append(f"{called_en} {number}")
    day = sheet.name("as_of", f"{scope.as_of.month}月{scope.as_of.day}日", f"{scope.as_of:%d %B}")
    sheet.say("rates", f"截至{day}，项目{'，'.join(zh)}。", f"As of {day}: {', '.join(en)}.")


def _basis(measure: Measure) -> str:
    return f"{measure.rate.value}/{measure.basis.value}"


async def _key_projects(ctx: Context, scope: BulletinScope, sheet: Sheet) -> None:
    found = await key_projects(ctx.session, scope.region_code, scope.as_of)
    if not found:
        sheet.say("no_key_projects", "本期没有列入重点的项目。", "There were no key projects.")
        return
    for one in found:
        _put(sheet, scope, one)
    rows = [
        {
            "project_id": str(one.id),
            "code": one.code,
            "name": one.name,
            "invested": None if one.invested_yuan is None else str(one.invested_yuan),
            "invested_in_year": None if one.invested_in_year_yuan is None else str(one.invested_in_year_yuan),
        }
        for one in found
    ]
    key = sheet.rows("key.rows", rows)
    number = sheet.put("key.count", count(len(found), "个", "projects", source=_SOURCE, rows_key=key))
    said = [one.invested_in_year_yuan for one in found if one.invested_in_year_yuan is not None]
    invested = sheet.put("key.invested", _known(said, owing=True, rows_key=key))
    sheet.say(
        "key",
        f"重点项目{number}，本年完成投资{invested}，建设进展见下表。",
        f"{number} are key projects; {invested} were invested in them this year.",
    )
    _table(scope, sheet, found)


def _put(sheet: Sheet, scope: BulletinScope, one: KeyProject) -> None:
    slug = f"key.{one.code}"
    actual = ratio(_decimal(one.invested_yuan), _decimal(one.total_yuan))
    planned = planned_percent(one.plan, scope.as_of)
    key = sheet.key("key.rows")
    part = (("project_id", str(one.id)),)
    sheet.name(f"{slug}.name", one.name)
    stage = stage_on(one.plan, one.signed_on, one.interrupted_on, one.stage, scope.as_of)
    sheet.name(f"{slug}.stage", *term(STAGES, stage))
    for name, amount in (
        ("total", one.total_yuan),
        ("invested", one.invested_yuan),
        ("invested_in_year", one.invested_in_year_yuan),
    ):
        reason = None if amount is not None else "not_reported"
        sheet.put(f"{slug}.{name}", yuan(amount, source=_SOURCE, reason=reason, rows_key=key, rows_part=part))
    for name, value in (("actual", actual.value), ("planned", planned)):
        sheet.put(
            f"{slug}.{name}",
            Figure(
                shape=Shape.PERCENT,
                value=value,
                reason=None if value is not None else "not_known",
                source=_SOURCE,
                rows_key=key,
                rows_part=part,
            ),
        )


def _decimal(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _table(scope: BulletinScope, sheet: Sheet, found: Sequence[KeyProject]) -> None:
    asked = scope.options.get("max_rows")
    most = asked if isinstance(asked, int) else _MOST_ROWS
    rows = []
    for place, one in enumerate(found[:most], start=1):
        slug = f"key.{one.code}"
        rows.append(
            (
                place_cell(place),
                Cell(ref=sheet.key(f"{slug}.name")),
                sheet.cell(f"{slug}.total", scale=_WAN, places=0),
                sheet.cell(f"{slug}.invested", scale=_WAN, places=0),
                sheet.cell(f"{slug}.invested_in_year", scale=_WAN, places=0),
                sheet.cell(f"{slug}.planned", places=1),
                sheet.cell(f"{slug}.actual", places=1),
                Cell(ref=sheet.key(f"{slug}.stage")),
            )
        )
    sheet.add(
        Table(
            id=sheet.key("key_table"),
            caption_zh="重点项目建设进展",
            caption_en="Key projects",
            unit_zh="单位：万元、%",
            unit_en="10k yuan, %",
            columns=(
                Column(zh="序号", en="No."),
                Column(zh="项目", en="Project", share=5),
                Column(zh="总投资", en="Total", number=True, share=2),
                Column(zh="累计完成", en="Invested", number=True, share=2),
                Column(zh="本年完成", en="This year", number=True, share=2),
                Column(zh="计划进度", en="Planned", number=True, share=2),
                Column(zh="投资进度", en="Actual", number=True, share=2),
                Column(zh="阶段", en="Stage", share=2),
            ),
            rows=tuple(rows),
            notes_zh=("注：计划进度按开工至竣工的计划工期推算，投资进度为累计完成投资占总投资的比重。",),
            notes_en=(
                "Planned: the share of the planned time between start and completion; actual: of the investment.",
            ),
        )
    )
