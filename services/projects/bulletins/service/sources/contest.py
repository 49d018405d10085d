"""The contest (S8): the frozen standings of the quarter that the period ends in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from libs.common.context import Context
from services.projects.bulletins.domain.content import Cell, Column, SectionCode, Table
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import Figure, Shape, count
from services.projects.bulletins.domain.lists import Candidate, Criterion, SubjectKind
from services.projects.bulletins.service.sources.base import Sheet
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.service.standings import Row, Standing, standings_in

_SOURCE: Final = "contest"
_MOST_NAMED: Final = 3
_SUBJECTS: Final = {
    ParticipantKind.TOWNSHIP: SubjectKind.TOWNSHIP,
    ParticipantKind.DEPARTMENT: SubjectKind.UNIT,
    ParticipantKind.ENTERPRISE: SubjectKind.ENTERPRISE,
    ParticipantKind.PROJECT: SubjectKind.PROJECT,
}


class ContestSource:
    """Standings that were frozen and published; a quarter that is not over has none."""

    code = SectionCode.CONTEST

    async def read(self, ctx: Context, scope: BulletinScope) -> SectionFacts:
        sheet = Sheet(self.code, "擂台赛排名情况", "The contest")
        period = scope.period
        found = await standings_in(ctx.session, scope.region_code, period.year, period.quarter)
        quarter_zh = f"{'一二三四'[period.quarter - 1]}季度"
        quarter = sheet.name("quarter", quarter_zh, f"Q{period.quarter}")
        if not found:
            sheet.say("none", f"{quarter}擂台赛尚未公布排名。", f"No standing of {quarter} has been published.")
            return sheet.facts()
        for standing in found:
            _put(sheet, standing)
            _say(sheet, standing, quarter)
            _table(sheet, standing)
        return sheet.facts()


def _slug(standing: Standing, row: Row) -> str:
    return f"{standing.contest_code}.{row.participant_id}"


def _put(sheet: Sheet, standing: Standing) -> None:
    code = standing.contest_code
    sheet.name(f"{code}.name", standing.contest_name)
    rows = sheet.rows(
        f"{code}.rows",
        [
            {
                "standing_id": str(standing.id),
                "edition": standing.edition,
                "participant_id": str(row.participant_id),
                "name": row.name_zh,
                "score": None if row.score is None else str(row.score),
                "parts": [
                    {"component": part.component, "points": None if part.points is None else str(part.points)}
                    for part in row.parts
                ],
            }
            for row in standing.participants
        ],
    )
    ranked = [row for row in standing.participants if row.rank is not None]
    for row in standing.participants:
        slug = _slug(standing, row)
        facts: dict[str, Any] = {
            "source": _SOURCE,
            "rows_key": rows,
            "rows_part": (("participant_id", str(row.participant_id)),),
        }
        why = "；".join(one.text_zh for one in row.reasons), "; ".join(one.text_en for one in row.reasons)
        sheet.name(f"{slug}.name", row.name_zh)
        sheet.name(f"{slug}.why", why[0] or "—", why[1] or "—")
        rank = None if row.rank is None else Decimal(row.rank)
        sheet.put(f"{slug}.rank", _figure(Shape.RANK, rank, "not_ranked", facts))
        sheet.put(f"{slug}.score", _figure(Shape.SCORE, row.score, "not_ranked", facts))
        for part in row.parts:
            sheet.put(
                f"{slug}.{part.component}", _figure(Shape.SCORE, part.points, part.reason or "not_known", facts)
            )
        if row.rank is not None:
            last = Decimal(len(ranked) - row.rank + 1)
            for criterion, place in ((Criterion.CONTEST_PLACE, rank), (Criterion.CONTEST_LAST, last)):
                sheet.candidates.append(_candidate(sheet, standing, row, criterion, place))


def _figure(shape: Shape, value: Decimal | None, reason: str, facts: dict[str, Any]) -> Figure:
    return Figure(shape=shape, value=value, reason=None if value is not None else reason, **facts)


def _candidate(
    sheet: Sheet, standing: Standing, row: Row, criterion: Criterion, place: Decimal | None
) -> Candidate:
    slug = _slug(standing, row)
    return Candidate(
        criterion=criterion,
        subject=_SUBJECTS[standing.kind],
        subject_key=f"{standing.contest_code}:{row.code}",
        name=sheet.key(f"{slug}.name"),
        figure=sheet.key(f"{slug}.rank"),
        measure=place,
    )


def _say(sheet: Sheet, standing: Standing, quarter: str) -> None:
    code = standing.contest_code
    contest = f"{{{sheet.key(f'{code}.name')}}}"
    ranked = [row for row in standing.participants if row.rank is not None]
    out = [row for row in standing.participants if row.disqualified]
    number = sheet.put(f"{code}.ranked", count(len(ranked), "个", "participants", source=_SOURCE))
    zh, en = [f"参加排名{number}"], [f"{number} were ranked"]
    if ranked:
        named = [
            tuple(f"{{{sheet.key(f'{_slug(standing, row)}.{part}')}}}" for part in ("name", "score"))
            for row in ranked[:_MOST_NAMED]
        ]
        zh.append(f"居前的是{'、'.join(f'{name}（{score}）' for name, score in named)}")
        en.append(f"in front: {'; '.join(f'{name} ({score})' for name, score in named)}")
    if out:
        number = sheet.put(f"{code}.out", count(len(out), "个", "participants", source=_SOURCE))
        named_out = [f"{{{sheet.key(f'{_slug(standing, row)}.name')}}}" for row in out[:_MOST_NAMED]]
        zh.append(
            f"被一票否决、取消资格{number}（{'、'.join(named_out)}{'等' if len(out) > _MOST_NAMED else ''}）"
        )
        en.append(f"disqualified {number} ({', '.join(named_out)})")
    sheet.say(
        f"{code}.summary", f"{quarter}{contest}，{'；'.join(zh)}。", f"{quarter}, {contest}: {'; '.join(en)}."
    )


def _table(sheet: Sheet, standing: Standing) -> None:
    if not standing.participants:
        return
    parts = standing.participants[0].parts
    code = standing.contest_code
    rows = []
    for row in standing.participants:
        slug = _slug(standing, row)
        rows.append(
            (
                sheet.cell(f"{slug}.rank", places=0),
                Cell(ref=sheet.key(f"{slug}.name")),
                *(sheet.cell(f"{slug}.{part.component}") for part in parts),
                sheet.cell(f"{slug}.score"),
                Cell(ref=sheet.key(f"{slug}.why")),
            )
        )
    sheet.add(
        Table(
            id=sheet.key(f"{code}.table"),
            caption_zh=f"{standing.contest_name}排名",
            caption_en=f"Standing: {standing.contest_name}",
            unit_zh="单位：分",
            unit_en="points",
            columns=(
                Column(zh="位次", en="Place", number=True),
                Column(zh="参赛单位", en="Participant", share=3),
                *(Column(zh=part.name_zh, en=part.name_en, number=True, share=2) for part in parts),
                Column(zh="得分", en="Score", number=True, share=2),
                Column(zh="备注", en="Notes", share=3),
            ),
            rows=tuple(rows),
        )
    )
