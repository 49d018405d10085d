"""Energy facts that this service was told: vetoes of the energy service, and those that offices recorded (S23)."""

from __future__ import annotations

from typing import Final

from libs.common.context import Context
from libs.common.workdays import SHANGHAI
from services.projects.bulletins.domain.content import Cell, Column, SectionCode, Table
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import count
from services.projects.bulletins.domain.lists import Candidate, Criterion, SubjectKind
from services.projects.bulletins.domain.terms import GROUNDS, term
from services.projects.bulletins.repository.sources import vetoes_touching
from services.projects.bulletins.service.sources.base import Sheet
from services.projects.lists.service.vetoes import ENERGY
from services.projects.lists.tables import VetoRow
from services.projects.registry.repository import names_of_entries

_SOURCE: Final = "vetoes"


class EnergySource:
    code = SectionCode.ENERGY

    async def read(self, ctx: Context, scope: BulletinScope) -> SectionFacts:
        sheet = Sheet(self.code, "节能降耗与一票否决情况", "Energy and vetoes")
        first, last = scope.period.first_day, scope.as_of
        found = await vetoes_touching(ctx.session, scope.region_code, first, last)
        regions = await names_of_entries(
            ctx.session, "region", sorted({row.region_code for row, name in found if name is None})
        )
        told = [(row, name or regions.get(row.region_code, row.region_code)) for row, name in found]
        rows = sheet.rows("rows", [_row(row, name) for row, name in told])
        standing = [(row, name) for row, name in told if not _lifted_by(row, scope)]
        set_ = [row for row, _ in told if row.period_from >= first]
        lifted = [row for row, _ in told if _lifted_by(row, scope)]
        of_energy = [row for row, _ in standing if row.source == ENERGY]
        name = sheet.name("period", scope.period.name_zh, scope.period.name_en)
        new, gone, left, energy = (
            sheet.put(key, count(len(some), "项", "vetoes", source=_SOURCE, rows_key=rows))
            for key, some in (("set", set_), ("lifted", lifted), ("standing", standing), ("energy", of_energy))
        )
        sheet.say(
            "summary",
            f"{name}，新增一票否决{new}，解除{gone}，期末有效{left}，其中能耗目标未完成{energy}。",
            f"{name}: {new} set, {gone} lifted, {left} standing, {energy} of them for energy.",
        )
        if standing:
            _table(sheet, standing)
        for row, who in standing:
            _candidate(sheet, row, who)
        return sheet.facts()


def _lifted_by(row: VetoRow, scope: BulletinScope) -> bool:
    return row.lifted_at is not None and row.lifted_at.astimezone(SHANGHAI).date() <= scope.as_of


def _row(row: VetoRow, name: str) -> dict[str, object]:
    return {
        "veto_id": str(row.id),
        "source": row.source,
        "ground": row.ground,
        "name": name,
        "period_from": row.period_from.isoformat(),
        "period_to": None if row.period_to is None else row.period_to.isoformat(),
        "lifted_at": None if row.lifted_at is None else row.lifted_at.isoformat(),
    }


def _table(sheet: Sheet, standing: list[tuple[VetoRow, str]]) -> None:
    lines = []
    for row, name in standing:
        slug = f"veto.{row.id}"
        sheet.name(f"{slug}.name", name)
        sheet.name(f"{slug}.ground", *term(GROUNDS, row.ground))
        sheet.name(f"{slug}.why", row.explanation_zh or "—", row.explanation_en or "—")
        lines.append(tuple(Cell(ref=sheet.key(f"{slug}.{part}")) for part in ("name", "ground", "why")))
    sheet.add(
        Table(
            id=sheet.key("table"),
            caption_zh="一票否决名单",
            caption_en="Vetoes",
            columns=(
                Column(zh="对象", en="Whom", share=3),
                Column(zh="事由", en="Ground", share=2),
                Column(zh="说明", en="Explanation", share=5),
            ),
            rows=tuple(lines),
        )
    )


def _candidate(sheet: Sheet, row: VetoRow, name: str) -> None:
    slug = f"veto.{row.id}"
    sheet.candidates.append(
        Candidate(
            criterion=Criterion.VETO,
            subject=SubjectKind.ENTERPRISE if row.enterprise_id is not None else SubjectKind.TOWNSHIP,
            subject_key=str(row.id),
            name=sheet.key(f"{slug}.name"),
            figure=sheet.key(f"{slug}.ground"),
        )
    )
