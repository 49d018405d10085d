"""Red and black lists (红黑榜): rules in force at the period's end over what the other sections found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from services.projects.bulletins.domain.content import Cell, Column, SectionCode, Table
from services.projects.bulletins.domain.facts import SectionFacts
from services.projects.bulletins.domain.figures import Figures, count
from services.projects.bulletins.domain.lists import Candidate, Colour, Listed, ListRule, judge
from services.projects.bulletins.service.sources.base import Sheet

_SOURCE: Final = "lists"
_NAMES: Final = {Colour.RED: ("红榜", "the red list"), Colour.BLACK: ("黑榜", "the black list")}


def lists_section(
    rules: Sequence[ListRule], candidates: Sequence[Candidate], offered: Mapping[str, object]
) -> tuple[SectionFacts, set[str]]:
    """The section, and which of the offered figures it shows."""
    sheet = Sheet(SectionCode.LISTS, "红黑榜", "Red and black lists")
    listed = judge(rules, candidates)
    used: set[str] = set()
    for colour in Colour:
        mine = [one for one in listed if one.rule.colour is colour]
        used |= {key for one in mine for key in (one.candidate.name, one.candidate.figure) if key in offered}
        _tell(sheet, colour, mine)
    return sheet.facts(), used


def _tell(sheet: Sheet, colour: Colour, listed: Sequence[Listed]) -> None:
    zh, en = _NAMES[colour]
    number = sheet.put(f"{colour.value}.count", count(len(listed), "个", "entries", source=_SOURCE))
    if not listed:
        sheet.say(colour.value, f"本期{zh}无上榜对象。", f"Nobody is on {en}.")
        return
    sheet.say(colour.value, f"本期{zh}{number}，名单及事由如下。", f"On {en}: {number}, as below.")
    rows = []
    for one in listed:
        slug = f"rule.{one.rule.code}"
        sheet.name(slug, one.rule.reason_zh, one.rule.reason_en)
        rows.append(
            (
                Cell(ref=one.candidate.name),
                Cell(ref=sheet.key(slug)),
                Cell(ref=one.candidate.figure, in_words=True),
            )
        )
    sheet.add(
        Table(
            id=sheet.key(f"{colour.value}_table"),
            caption_zh=zh,
            caption_en=en.removeprefix("the ").capitalize(),
            columns=(
                Column(zh="名称", en="Who", share=5),
                Column(zh="上榜事由", en="Rule", share=5),
                Column(zh="情况", en="Figure", share=4),
            ),
            rows=tuple(rows),
        )
    )


def chosen(offered: Figures, used: set[str]) -> Figures:
    """The offered figures that a list shows."""
    return {key: offered[key] for key in sorted(used)}
