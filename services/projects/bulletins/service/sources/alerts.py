"""Warnings and their handling (S26, S28), as far as this service knows them: its conditions and its problems.

Who acknowledged an alert and how far it climbed is the alerts service's own; its ledger of accountability has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from libs.common.context import Context
from services.projects.bulletins.domain.content import Cell, Column, SectionCode, Table
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import Figure, Shape, count
from services.projects.bulletins.domain.lists import Candidate, Criterion, SubjectKind
from services.projects.bulletins.domain.terms import CONDITION_KINDS, term
from services.projects.bulletins.repository.sources import conditions_touching, problems_touching
from services.projects.bulletins.service.sources.base import Sheet
from services.projects.conditions.tables import ConditionRow
from services.projects.economy.domain.arithmetic import ratio

_SOURCE: Final = "conditions"
_SEVERE: Final = 2
_SUBJECTS: Final = {
    "project": SubjectKind.PROJECT,
    "enterprise": SubjectKind.ENTERPRISE,
    "target": SubjectKind.TARGET,
}


class AlertsSource:
    code = SectionCode.ALERTS

    async def read(self, ctx: Context, scope: BulletinScope) -> SectionFacts:
        sheet = Sheet(self.code, "预警与督办情况", "Warnings and their handling")
        first, last = scope.period.first_day, scope.as_of
        found = await conditions_touching(ctx.session, scope.region_code, first, last)
        rows = sheet.rows("rows", [_row(one) for one in found])
        opened = [one for one in found if one.opened_on >= first]
        cleared = [one for one in found if one.cleared_on is not None and one.cleared_on <= last]
        standing = [one for one in found if one.cleared_on is None or one.cleared_on > last]
        _say(scope, sheet, opened, cleared, standing, rows)
        _table(sheet, opened, cleared, standing, rows)
        await _problems(ctx, scope, sheet)
        for one in standing:
            _candidate(sheet, scope, one, rows)
        return sheet.facts()


def _row(one: ConditionRow) -> dict[str, object]:
    return {
        "condition_id": str(one.id),
        "kind": one.kind,
        "subject_type": one.subject_type,
        "subject_code": one.subject_code,
        "subject_name": one.subject_name,
        "level": one.level,
        "opened_on": one.opened_on.isoformat(),
        "cleared_on": None if one.cleared_on is None else one.cleared_on.isoformat(),
    }


def _say(
    scope: BulletinScope,
    sheet: Sheet,
    opened: Sequence[ConditionRow],
    cleared: Sequence[ConditionRow],
    standing: Sequence[ConditionRow],
    rows: str,
) -> None:
    name = sheet.name("period", scope.period.name_zh, scope.period.name_en)
    severe = [one for one in standing if one.level >= _SEVERE]
    new, done, left, grave = (
        sheet.put(key, count(len(found), "件", "warnings", source=_SOURCE, rows_key=rows))
        for key, found in (("opened", opened), ("cleared", cleared), ("standing", standing), ("severe", severe))
    )
    rate = ratio(Decimal(len(cleared)), Decimal(len(cleared) + len(standing)))
    share = sheet.put(
        "rate",
        Figure(
            shape=Shape.PERCENT,
            value=rate.value,
            reason=None if rate.value is not None else "none_due",
            source=_SOURCE,
            rows_key=rows,
        ),
    )
    told_zh = f"，办结率{share}" if rate.value is not None else ""
    told_en = f" ({share} dealt with)" if rate.value is not None else ""
    sheet.say(
        "summary",
        f"{name}，新发预警{new}，办结销号{done}，期末未销号{left}（其中严重{grave}）{told_zh}。",
        f"{name}: {new} new, {done} cleared, {left} open at the end, {grave} of them severe{told_en}.",
    )


def _table(
    sheet: Sheet,
    opened: Sequence[ConditionRow],
    cleared: Sequence[ConditionRow],
    standing: Sequence[ConditionRow],
    rows: str,
) -> None:
    counts = [Counter(one.kind for one in found) for found in (opened, cleared, standing)]
    kinds = sorted(set().union(*counts), key=lambda kind: (-counts[2][kind], kind))
    if not kinds:
        return
    lines = []
    for kind in kinds:
        sheet.name(f"kind.{kind}.name", *term(CONDITION_KINDS, kind))
        cells = [Cell(ref=sheet.key(f"kind.{kind}.name"))]
        for name, counted in zip(("opened", "cleared", "standing"), counts, strict=True):
            number = Figure(
                shape=Shape.COUNT,
                value=Decimal(counted[kind]),
                unit="count",
                unit_zh="件",
                unit_en="warnings",
                source=_SOURCE,
                rows_key=rows,
                rows_part=(("kind", kind),),
            )
            sheet.put(f"kind.{kind}.{name}", number)
            cells.append(sheet.cell(f"kind.{kind}.{name}", places=0))
        lines.append(tuple(cells))
    sheet.add(
        Table(
            id=sheet.key("table"),
            caption_zh="预警分类办理情况",
            caption_en="Warnings by kind",
            unit_zh="单位：件",
            unit_en="warnings",
            columns=(
                Column(zh="预警类别", en="Kind", share=4),
                Column(zh="新发", en="New", number=True, share=2),
                Column(zh="办结", en="Cleared", number=True, share=2),
                Column(zh="未销号", en="Open", number=True, share=2),
            ),
            rows=tuple(lines),
            notes_zh=("注：统计项目、目标、企业报表等业务预警；能源预警由能源系统另行通报。",),
            notes_en=("Warnings of this service; those of energy are told by the energy service.",),
        )
    )


async def _problems(ctx: Context, scope: BulletinScope, sheet: Sheet) -> None:
    first, last = scope.period.first_day, scope.as_of
    found = await problems_touching(ctx.session, scope.region_code, first, last)
    rows = sheet.rows(
        "problems.rows",
        [
            {
                "problem_id": str(row.id),
                "project": project,
                "title": row.title,
                "level": row.level,
                "raised_on": row.raised_on.isoformat(),
                "due_on": row.due_on.isoformat(),
                "closed_on": None if row.closed_on is None else row.closed_on.isoformat(),
            }
            for row, project in found
        ],
    )
    left = [row for row, _ in found if row.closed_on is None or row.closed_on > last]
    numbers = {
        "raised": sum(row.raised_on >= first for row, _ in found),
        "closed": len(found) - len(left),
        "left": len(left),
        "overdue": sum(row.due_on < last for row in left),
    }
    raised, closed, standing, overdue = (
        sheet.put(f"problems.{name}", count(number, "个", "problems", source="problems", rows_key=rows))
        for name, number in numbers.items()
    )
    sheet.say(
        "problems",
        f"项目问题台账新增{raised}，验收销号{closed}，在办{standing}，其中逾期{overdue}。",
        f"Problems of projects: {raised} raised, {closed} closed, {standing} open, {overdue} overdue.",
    )


def _candidate(sheet: Sheet, scope: BulletinScope, one: ConditionRow, rows: str) -> None:
    """``measure`` is how many days it has been open by the end of the period."""
    days = (scope.as_of - one.opened_on).days
    kind_zh, kind_en = term(CONDITION_KINDS, one.kind)
    slug = f"open.{one.id}"
    part = (("condition_id", str(one.id)),)
    figure = Figure(
        shape=Shape.COUNT,
        value=Decimal(days),
        unit="count",
        unit_zh="天",
        unit_en="days",
        source=_SOURCE,
        rows_key=rows,
        rows_part=part,
    )
    name = Figure(
        shape=Shape.TEXT,
        text_zh=f"{one.subject_name}（{kind_zh}）",
        text_en=f"{one.subject_name} ({kind_en})",
        source=_SOURCE,
    )
    sheet.candidates.append(
        Candidate(
            criterion=Criterion.OPEN_CONDITION,
            subject=_SUBJECTS.get(one.subject_type, SubjectKind.OTHER),
            subject_key=f"{one.subject_code}:{one.kind}",
            name=sheet.offer(f"{slug}.name", name),
            figure=sheet.offer(f"{slug}.days", figure),
            measure=Decimal(days),
            kind=one.kind,
            level=one.level,
        )
    )
