"""Targets (S7): what was set for the year, what is reached, and who is behind the pace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from libs.common.context import Context
from services.projects.bulletins.domain.content import Cell, Column, SectionCode, Table
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import Figure, Shape, count
from services.projects.bulletins.domain.lists import Candidate, Criterion, SubjectKind
from services.projects.bulletins.domain.terms import VERDICTS, term
from services.projects.bulletins.service.sources.base import Sheet, place_cell
from services.projects.economy.domain.arithmetic import ratio
from services.projects.economy.domain.months import first_of, plus
from services.projects.targets.domain.goals import Direction
from services.projects.targets.domain.standing import Verdict
from services.projects.targets.service.editions import AccountPeriod, Line, lines_of

_SOURCE: Final = "targets"
_HUNDRED: Final = Decimal(100)
_MOST_ROWS: Final = 60
_MOST_NAMED: Final = 5
_WORST_FIRST: Final = (
    Verdict.MISSED,
    Verdict.FAR_BEHIND,
    Verdict.BEHIND,
    Verdict.UNKNOWN,
    Verdict.PENDING,
    Verdict.ON_PACE,
    Verdict.REACHED,
    Verdict.EXCEEDED,
)
_REACHED: Final = frozenset({Verdict.REACHED, Verdict.EXCEEDED})
_BEHIND: Final = frozenset({Verdict.BEHIND, Verdict.FAR_BEHIND, Verdict.MISSED})


class TargetsSource:
    """Of the template's ``max_rows`` targets at most in the table, the worst first; all are counted."""

    code = SectionCode.TARGETS

    async def read(self, ctx: Context, scope: BulletinScope) -> SectionFacts:
        sheet = Sheet(self.code, "目标任务完成情况", "Targets")
        period = scope.period
        last = min(period.last_month, plus(first_of(scope.made_on), -1))
        account = AccountPeriod(scope.region_code, period.year, (last.month - 1) // 3 + 1)
        _, lines = await lines_of(ctx, account, until=last)
        year = sheet.name("year", str(period.year))
        if not lines:
            sheet.say("none", f"{year}年未下达目标任务。", f"No targets were set for {year}.")
            return sheet.facts()
        ordered = sorted(lines, key=lambda line: (_WORST_FIRST.index(line.assessed.verdict), line.row.code))
        for line in ordered:
            _put(sheet, line)
        _say(scope, sheet, ordered)
        _table(scope, sheet, ordered)
        return sheet.facts()


def _put(sheet: Sheet, line: Line) -> None:
    row, assessed, slug = line.row, line.assessed, line.row.code
    unit_zh, unit_en = line.unit_words
    rows = [
        {
            "month": month.isoformat(),
            "actual_id": str(one.id),
            "value": None if one.value is None else str(one.value),
        }
        for month, one in sorted(line.actuals.items())
    ]
    key = sheet.rows(f"{slug}.rows", rows)
    facts: dict[str, Any] = {"unit": line.unit, "unit_zh": unit_zh, "unit_en": unit_en, "source": _SOURCE}
    sheet.name(f"{slug}.name", row.name)
    sheet.name(f"{slug}.unit", line.unit_name or line.person_name or "—")
    sheet.name(f"{slug}.verdict", *term(VERDICTS, assessed.verdict.value))
    sheet.put(f"{slug}.amount", Figure(shape=Shape.AMOUNT, value=row.amount, **facts))
    sheet.put(
        f"{slug}.actual",
        Figure(
            shape=Shape.AMOUNT,
            value=assessed.actual,
            reason=None if assessed.actual is not None else "not_reported",
            rows_key=key,
            **facts,
        ),
    )
    done = assessed.completion_percent if assessed.is_final else _of_amount(line)
    sheet.put(
        f"{slug}.completion",
        Figure(
            shape=Shape.PERCENT,
            value=done,
            reason=None if done is not None else assessed.reason or "not_known",
            source=_SOURCE,
            rows_key=key,
        ),
    )
    behind = _points_behind(line)
    sheet.put(
        f"{slug}.pace",
        Figure(
            shape=Shape.PACE,
            value=behind,
            reason=None if behind is not None else assessed.reason or "not_known",
            source=_SOURCE,
            rows_key=key,
        ),
    )
    _candidates(sheet, line, done, behind)


def _of_amount(line: Line) -> Decimal | None:
    """What of the year's amount is reached; of a ceiling how much of it is used up."""
    return ratio(line.assessed.actual, line.row.amount).value


def _points_behind(line: Line) -> Decimal | None:
    """Points of the amount that the actual is behind its pace, below zero ahead of it; of a ceiling above it."""
    planned, actual = ratio(line.assessed.planned, line.row.amount), ratio(line.assessed.actual, line.row.amount)
    if planned.value is None or actual.value is None:
        return None
    behind = planned.value - actual.value
    return behind if line.row.direction == Direction.AT_LEAST.value else -behind


def _candidates(sheet: Sheet, line: Line, done: Decimal | None, behind: Decimal | None) -> None:
    slug = line.row.code
    # A ceiling that is used up is nothing to praise.
    if line.row.direction == Direction.AT_LEAST.value:
        sheet.candidates.append(_candidate(sheet, slug, Criterion.COMPLETION, f"{slug}.completion", done))
    if line.assessed.verdict not in _REACHED:
        sheet.candidates.append(_candidate(sheet, slug, Criterion.PACE_BEHIND, f"{slug}.pace", behind))


def _candidate(sheet: Sheet, slug: str, criterion: Criterion, figure: str, measure: Decimal | None) -> Candidate:
    return Candidate(
        criterion=criterion,
        subject=SubjectKind.TARGET,
        subject_key=slug,
        name=sheet.key(f"{slug}.name"),
        figure=sheet.key(figure),
        measure=measure,
    )


def _say(scope: BulletinScope, sheet: Sheet, lines: Sequence[Line]) -> None:
    verdicts = Counter(line.assessed.verdict for line in lines)
    reached = sum(verdicts[one] for one in _REACHED)
    behind = sum(verdicts[one] for one in _BEHIND)
    unknown = verdicts[Verdict.UNKNOWN]
    on_pace = len(lines) - reached - behind - unknown
    until = sheet.name("until", scope.period.until_zh, scope.period.until_en)
    all_, done, good, bad = (
        sheet.put(name, count(number, "项", "targets", source=_SOURCE))
        for name, number in (("count", len(lines)), ("reached", reached), ("on_pace", on_pace), ("behind", behind))
    )
    zh = f"{until}，纳入考核的目标任务{all_}，已完成{done}，达到序时进度{good}，落后{bad}"
    en = f"{until}: {all_}; {done} reached, {good} on pace, {bad} behind"
    if unknown:
        lacking = sheet.put("unknown", count(unknown, "项", "targets", source=_SOURCE))
        zh, en = f"{zh}，数据不全{lacking}", f"{en}, {lacking} not known"
    sheet.say("summary", f"{zh}。", f"{en}.")
    _say_some(
        sheet,
        "leaders",
        [one for one in lines if one.assessed.verdict in _REACHED],
        "completion",
        ("已完成的目标：", "Reached: "),
        ("完成率", "completed "),
    )
    _say_some(
        sheet,
        "laggards",
        [one for one in lines if one.assessed.verdict in _BEHIND],
        "pace",
        ("进度落后的目标：", "Behind: "),
        ("", ""),
    )


def _say_some(
    sheet: Sheet,
    name: str,
    lines: Sequence[Line],
    figure: str,
    lead: tuple[str, str],
    before: tuple[str, str],
) -> None:
    if not lines:
        return
    zh, en = [], []
    for line in lines[:_MOST_NAMED]:
        slug = line.row.code
        called, number = f"{{{sheet.key(f'{slug}.name')}}}", f"{{{sheet.key(f'{slug}.{figure}')}}}"
        zh.append(f"{called}（{before[0]}{number}）")
        en.append(f"{called} ({before[1]}{number})")
    more_zh = "等" if len(lines) > _MOST_NAMED else ""
    sheet.say(name, f"{lead[0]}{'、'.join(zh)}{more_zh}。", f"{lead[1]}{'; '.join(en)}.")


def _table(scope: BulletinScope, sheet: Sheet, lines: Sequence[Line]) -> None:
    asked = scope.options.get("max_rows")
    most = asked if isinstance(asked, int) else _MOST_ROWS
    rows = []
    for place, line in enumerate(lines[:most], start=1):
        slug = line.row.code
        rows.append(
            (
                place_cell(place),
                Cell(ref=sheet.key(f"{slug}.name")),
                Cell(ref=sheet.key(f"{slug}.unit")),
                sheet.cell(f"{slug}.amount", in_words=True),
                sheet.cell(f"{slug}.actual", in_words=True),
                sheet.cell(f"{slug}.completion", places=1),
                Cell(ref=sheet.key(f"{slug}.verdict")),
            )
        )
    notes: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    if len(lines) > most:
        left = sheet.put("left_out", count(len(lines) - most, "项", "targets", source=_SOURCE))
        notes = ((f"注：其余{left}从略。",), (f"{left} more are left out.",))
    sheet.add(
        Table(
            id=sheet.key("table"),
            caption_zh="目标任务完成情况",
            caption_en="Targets",
            columns=(
                Column(zh="序号", en="No."),
                Column(zh="目标", en="Target", share=5),
                Column(zh="责任单位", en="Responsible", share=3),
                Column(zh="年度目标", en="Amount", share=3),
                Column(zh="实际完成", en="Actual", share=3),
                Column(zh="完成率（%）", en="%", number=True, share=2),
                Column(zh="评定", en="Verdict", share=2),
            ),
            rows=tuple(rows),
            notes_zh=notes[0],
            notes_en=notes[1],
        )
    )
