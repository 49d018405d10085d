"""Honours (S31): who was honoured in the period, and what was verified of innovation."""

from __future__ import annotations

from collections import Counter
from typing import Final

from libs.common.context import Context
from services.projects.bulletins.domain.content import Cell, Column, SectionCode, Table
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import count
from services.projects.bulletins.domain.lists import Candidate, Criterion, SubjectKind
from services.projects.bulletins.domain.terms import HONOURS, term
from services.projects.bulletins.repository.sources import honoured_between, innovations_between
from services.projects.bulletins.service.sources.base import Sheet

_SOURCE: Final = "innovation"
_COUNTED: Final = {
    "patent": ("授权专利", "件", "patents"),
    "product": ("新产品", "项", "new products"),
    "brand": ("名牌产品", "个", "brands"),
    "agreement": ("产学研协议", "项", "agreements with research"),
}


class HonoursSource:
    code = SectionCode.HONOURS

    async def read(self, ctx: Context, scope: BulletinScope) -> SectionFacts:
        sheet = Sheet(self.code, "表彰与创新情况", "Honours and innovation")
        await _honoured(ctx, scope, sheet)
        await _innovations(ctx, scope, sheet)
        return sheet.facts()


async def _honoured(ctx: Context, scope: BulletinScope, sheet: Sheet) -> None:
    found = await honoured_between(ctx.session, scope.region_code, scope.period.first_day, scope.as_of)
    name = sheet.name("period", scope.period.name_zh, scope.period.name_en)
    rows = sheet.rows(
        "rows",
        [
            {
                "round": honour.code,
                "edition": honour.edition,
                "nomination_id": str(nomination.id),
                "enterprise": enterprise,
                "nominee": nomination.nominee_name,
                "place": nomination.place,
            }
            for honour, nomination, enterprise in found
        ],
    )
    number = sheet.put("count", count(len(found), "个", "honours", source=_SOURCE, rows_key=rows))
    if not found:
        sheet.say("none", f"{name}未组织评选表彰。", f"{name}: no honours were awarded.")
        return
    sheet.say("summary", f"{name}表彰先进{number}，名单见下表。", f"{name}: {number}, as below.")
    lines = []
    for honour, nomination, enterprise in found:
        slug = f"honour.{nomination.id}"
        sheet.name(f"{slug}.round", honour.name)
        sheet.name(f"{slug}.kind", *term(HONOURS, honour.kind))
        sheet.name(f"{slug}.enterprise", enterprise)
        sheet.name(f"{slug}.nominee", nomination.nominee_name or "—")
        parts = ("kind", "nominee", "enterprise", "round")
        lines.append(tuple(Cell(ref=sheet.key(f"{slug}.{part}")) for part in parts))
        sheet.candidates.append(
            Candidate(
                criterion=Criterion.HONOUR,
                subject=SubjectKind.ENTERPRISE,
                subject_key=f"{honour.code}:{nomination.id}",
                name=sheet.key(f"{slug}.enterprise"),
                figure=sheet.key(f"{slug}.kind"),
            )
        )
    sheet.add(
        Table(
            id=sheet.key("table"),
            caption_zh="表彰名单",
            caption_en="Who was honoured",
            columns=(
                Column(zh="荣誉", en="Honour", share=3),
                Column(zh="姓名", en="Name", share=2),
                Column(zh="企业", en="Enterprise", share=4),
                Column(zh="评选", en="Round", share=4),
            ),
            rows=tuple(lines),
        )
    )


async def _innovations(ctx: Context, scope: BulletinScope, sheet: Sheet) -> None:
    found = await innovations_between(ctx.session, scope.region_code, scope.period.first_day, scope.as_of)
    rows = sheet.rows(
        "innovation.rows",
        [
            {"record_id": str(row.id), "kind": row.kind, "title": row.title, "enterprise": name}
            for row, name in found
        ],
    )
    counted = Counter(row.kind for row, _ in found)
    zh, en = [], []
    for kind, (word, unit_zh, unit_en) in _COUNTED.items():
        if counted[kind]:
            number = count(counted[kind], unit_zh, unit_en, source=_SOURCE, rows_key=rows)
            told = sheet.put(f"innovation.{kind}", number)
            zh.append(f"{word}{told}")
            en.append(told)
    if zh:
        sheet.say("innovation", f"企业创新经核实：{'，'.join(zh)}。", f"Verified: {', '.join(en)}.")
