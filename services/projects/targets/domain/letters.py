"""Responsibility letters (目标责任书): what is signed for, and how the document reads. Its wording is Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from services.projects.targets.domain.showing import amount_zh
from services.projects.targets.domain.wording import years_shown


class Side(StrEnum):
    """下达方 issuer, 责任方 responsible."""

    ISSUER = "issuer"
    RESPONSIBLE = "responsible"


class LetterState(StrEnum):
    """待签 draft, 已签 signed, 撤回 withdrawn."""

    DRAFT = "draft"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


# What people answer with if nobody says otherwise.
USUAL_DUTIES: Final = (
    "责任单位主要负责人为目标任务第一责任人，对所承担的目标逐项分解、明确专人、按月推进。",
    "目标完成情况以统计、台帐数据为准，按序时进度逐月通报、按季考评；落后序时进度的，责任单位应书面说明原因并限期整改。",
    "年终按完成情况结硬账，纳入年度综合考评；对完不成年度目标任务的，按有关规定追究责任。",
    "目标任务确需调整的，须经下达单位研究同意，并签订补充责任书。",
)


@dataclass(frozen=True, slots=True)
class Term:
    """A target as a letter says it; ``version`` is the target's when the letter was drawn up."""

    target_id: str
    code: str
    name: str
    indicator: str
    scope: str
    first_year: int
    last_year: int
    direction: str
    amount: str
    unit: str
    unit_zh: str
    weight: str
    version: int

    @property
    def amount_shown(self) -> str:
        limit = "不高于" if self.direction == "at_most" else "不低于"
        return f"{limit}{amount_zh(Decimal(self.amount), self.unit, self.unit_zh)}"


def says_the_same(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> bool:
    """Whether two sets of terms bind to the same; a target's later version alone is no difference."""

    def bare(terms: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(
            ({name: fact for name, fact in term.items() if name not in {"version", "name"}} for term in terms),
            key=lambda term: str(term["target_id"]),
        )

    return bare(first) == bare(second)


@dataclass(frozen=True, slots=True)
class Signature:
    side: Side
    person: str
    signed_on: date


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter ready to be printed: a title, a line, paragraphs, the table of targets, duties, signatures."""

    title: str
    number: str
    drawn_up_on: date
    opening: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    duties: tuple[str, ...]
    closing: tuple[str, ...]
    issuer: tuple[str, ...]
    responsible: tuple[str, ...]

    @property
    def dated(self) -> str:
        return f"拟订日期：{_day(self.drawn_up_on)}"

    @property
    def broken_title(self) -> str:
        """The title in two lines, broken where its meaning is and not within a word."""
        return _YEAR.sub(r"\n\g<0>", self.title, count=1)


_YEAR: Final = re.compile(r"\d{4}年度")
HEADS: Final = ("序号", "目标名称", "指标", "期间", "目标值", "权重")


def letter_text(
    *,
    number: str,
    year: int,
    revision: int,
    supplement: int,
    main_number: str,
    issuer_unit: str,
    unit: str,
    person: str,
    drawn_up_on: date,
    terms: Sequence[Term],
    duties: Sequence[str],
    signatures: Sequence[Signature],
) -> LetterText:
    """How the letter reads; a supplement names the letter that it changes."""
    kind = "目标责任书" if not supplement else f"目标责任书（补充{supplement}）"
    who = unit if not person else f"{unit}（责任人：{person}）"
    opening = [
        f"为确保完成{year}年度工业经济各项目标任务，明确责任、落实到人，经研究，{issuer_unit}（以下称下达方）"
        f"与{who}（以下称责任方）签订本责任书。"
    ]
    if supplement:
        opening.append(f"本责任书系{main_number}的补充，下列目标以本责任书为准，其余仍按原责任书执行。")
    signed = {one.side: one for one in signatures}
    return LetterText(
        title=f"{unit}{year}年度{kind}",
        number=f"编号：{number}（第{revision}稿）",
        drawn_up_on=drawn_up_on,
        opening=tuple(opening),
        heads=HEADS,
        rows=tuple(
            (
                str(place),
                term.name,
                term.indicator,
                f"{years_shown(term.first_year, term.last_year)}年",
                term.amount_shown,
                term.weight,
            )
            for place, term in enumerate(terms, start=1)
        ),
        duties=tuple(f"{place}. {duty}" for place, duty in enumerate(duties, start=1)),
        closing=("本责任书一式两份，双方各执一份，自双方签字之日起生效。",),
        issuer=_signature("下达方", issuer_unit, signed.get(Side.ISSUER)),
        responsible=_signature("责任方", unit, signed.get(Side.RESPONSIBLE)),
    )


def _signature(side: str, unit: str, signature: Signature | None) -> tuple[str, ...]:
    if signature is None:
        return (f"{side}：{unit}（盖章）", "签字：", "　　　　年　　月　　日")
    return (f"{side}：{unit}（盖章）", f"签字：{signature.person}", _day(signature.signed_on))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
