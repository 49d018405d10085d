"""Support (S16): what was paid, to how many, under which policies, and what is left of the year's budgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from libs.common.context import Context
from services.projects.bulletins.domain.content import Cell, Column, SectionCode, Table
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import Figure, Shape, count, yuan
from services.projects.bulletins.domain.terms import SUPPORT_KINDS, term
from services.projects.bulletins.repository.sources import Paid, budgets_of_year, payments_between
from services.projects.bulletins.service.sources.base import Sheet
from services.projects.economy.domain.arithmetic import ratio

_SOURCE: Final = "support"
_WAN: Final = 10_000


class SupportSource:
    code = SectionCode.SUPPORT

    async def read(self, ctx: Context, scope: BulletinScope) -> SectionFacts:
        sheet = Sheet(self.code, "扶持政策兑现情况", "Support paid")
        year = scope.period.year
        paid = await payments_between(ctx.session, scope.region_code, date(year, 1, 1), scope.as_of)
        own = [one for one in paid if one.payment.paid_on >= scope.period.first_day]
        rows = sheet.rows("rows", [_row(one) for one in paid])
        _say(scope, sheet, own, paid, rows)
        _table(sheet, own, paid, rows)
        await _budgets(ctx, scope, sheet)
        return sheet.facts()


def _row(one: Paid) -> dict[str, object]:
    return {
        "payment_id": str(one.payment.id),
        "application": one.application.code,
        "enterprise": one.enterprise,
        "policy": one.policy.code,
        "kind": one.policy.kind,
        "paid_on": one.payment.paid_on.isoformat(),
        "value": str(one.payment.amount_yuan),
    }


def _sum(paid: Sequence[Paid]) -> int:
    return sum(one.payment.amount_yuan for one in paid)


def _say(scope: BulletinScope, sheet: Sheet, own: Sequence[Paid], paid: Sequence[Paid], rows: str) -> None:
    name = sheet.name("period", scope.period.name_zh, scope.period.name_en)
    until = sheet.name("until", scope.period.until_zh, scope.period.until_en)
    told = []
    for key, found in (("own", own), ("year", paid)):
        amount = sheet.put(f"{key}.paid", yuan(_sum(found), source=_SOURCE, rows_key=rows))
        enterprises = len({one.application.enterprise_id for one in found})
        told.append(
            (
                amount,
                sheet.put(
                    f"{key}.enterprises", count(enterprises, "户", "enterprises", source=_SOURCE, rows_key=rows)
                ),
            )
        )
    (amount, number), (amount_of_year, number_of_year) = told
    sheet.say(
        "summary",
        f"{name}兑付扶持资金{amount}，惠及企业{number}；{until}累计兑付{amount_of_year}，惠及企业{number_of_year}。",
        f"{name}: {amount} paid to {number}; {until}: {amount_of_year} to {number_of_year}.",
    )


def _table(sheet: Sheet, own: Sequence[Paid], paid: Sequence[Paid], rows: str) -> None:
    kinds = sorted({one.policy.kind for one in paid})
    if not kinds:
        return
    lines = []
    for kind in kinds:
        sheet.name(f"kind.{kind}.name", *term(SUPPORT_KINDS, kind))
        for key, found in (("own", own), ("year", paid)):
            mine = [one for one in found if one.policy.kind == kind]
            figure = yuan(_sum(mine), source=_SOURCE, rows_key=rows, rows_part=(("kind", kind),))
            sheet.put(f"kind.{kind}.{key}", figure)
        lines.append(
            (
                Cell(ref=sheet.key(f"kind.{kind}.name")),
                sheet.cell(f"kind.{kind}.own", scale=_WAN),
                sheet.cell(f"kind.{kind}.year", scale=_WAN),
            )
        )
    sheet.add(
        Table(
            id=sheet.key("table"),
            caption_zh="扶持资金兑付情况",
            caption_en="Support by kind",
            unit_zh="单位：万元",
            unit_en="10k yuan",
            columns=(
                Column(zh="类别", en="Kind", share=3),
                Column(zh="本期兑付", en="Period", number=True, share=2),
                Column(zh="本年累计", en="Year to date", number=True, share=2),
            ),
            rows=tuple(lines),
        )
    )


async def _budgets(ctx: Context, scope: BulletinScope, sheet: Sheet) -> None:
    """As the budgets stand now: of a bulletin made later than its period that is the later state, and said so."""
    found = await budgets_of_year(ctx.session, scope.region_code, scope.period.year)
    if not found:
        return
    rows = sheet.rows(
        "budgets.rows",
        [
            {
                "policy": policy.code,
                "amount": str(budget.amount_yuan),
                "reserved": str(budget.reserved_yuan),
                "paid": str(budget.paid_yuan),
            }
            for budget, policy in found
        ],
    )
    whole = sum(budget.amount_yuan for budget, _ in found)
    paid = sum(budget.paid_yuan for budget, _ in found)
    left = whole - paid - sum(budget.reserved_yuan for budget, _ in found)
    amount = sheet.put("budgets.amount", yuan(whole, source=_SOURCE, rows_key=rows))
    rest = sheet.put("budgets.left", yuan(left, source=_SOURCE, rows_key=rows))
    rate = ratio(Decimal(paid), Decimal(whole))
    reason = None if rate.value is not None else "not_known"
    share = sheet.put(
        "budgets.paid_percent",
        Figure(shape=Shape.PERCENT, value=rate.value, reason=reason, source=_SOURCE, rows_key=rows),
    )
    today = sheet.name("budgets.on", f"{scope.made_on.month}月{scope.made_on.day}日", f"{scope.made_on:%d %B}")
    sheet.say(
        "budgets",
        f"截至{today}，年度扶持资金预算{amount}，执行率{share}，未安排资金{rest}。",
        f"As of {today}, the year's budgets are {amount}; {share} are paid, {rest} are not assigned.",
    )
