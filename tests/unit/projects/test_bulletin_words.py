"""Figures in words, texts that hold no number of their own, and who stands on which list."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects.conditions import ProjectConditionKind
from services.projects.bulletins.domain.content import Content, Paragraph, Section, SectionCode
from services.projects.bulletins.domain.document import numeral, pads_of
from services.projects.bulletins.domain.editing import carry_over, faults_of, numbers_in, said
from services.projects.bulletins.domain.figures import Against, Figure, Shape
from services.projects.bulletins.domain.figures import text as text_figure
from services.projects.bulletins.domain.lists import (
    Candidate,
    Colour,
    Comparison,
    Criterion,
    ListRule,
    SubjectKind,
    fits,
    judge,
)
from services.projects.bulletins.domain.periods import BulletinKind, BulletinPeriod
from services.projects.bulletins.domain.templates import document_number
from services.projects.bulletins.domain.terms import CONDITION_KINDS
from services.projects.bulletins.domain.wording import EN, NOTHING, ZH, cell, words


def _amount(value: str | None, unit: str = "yuan", **facts: Any) -> Figure:
    return Figure(shape=Shape.AMOUNT, value=None if value is None else Decimal(value), unit=unit, **facts)


def _growth(value: str | None, against: Against = Against.YEAR, **facts: Any) -> Figure:
    for side in ("current", "base"):
        if side in facts:
            facts[side] = Decimal(facts[side])
    return Figure(
        shape=Shape.GROWTH, value=None if value is None else Decimal(value), against=against, unit="yuan", **facts
    )


def _of(shape: Shape, value: str | None, **facts: Any) -> Figure:
    return Figure(shape=shape, value=None if value is None else Decimal(value), **facts)


CASES = [
    # Amounts: the scale is that of what is read, not of what is there.
    (_amount("5860000000"), "58.6亿元", "5.86 billion yuan"),
    (_amount("1879000000"), "18.79亿元", "1.879 billion yuan"),
    (_amount("78900000"), "7890万元", "78.9 million yuan"),
    (_amount("99999999"), "1亿元", "100 million yuan"),
    (_amount("100000000"), "1亿元", "100 million yuan"),
    (_amount("9999.4"), "9999.4元", "9,999.4 yuan"),
    (_amount("9999.995"), "1万元", "10,000 yuan"),
    (_amount("1845000"), "184.5万元", "1.845 million yuan"),
    (_amount("-12345678"), "-1234.57万元", "-12.346 million yuan"),
    (_amount("0"), "0元", "0 yuan"),
    (_amount("12345000000", "kwh"), "123.45亿千瓦时", "12.345 billion kWh"),
    (_amount("20050", "kwh"), "2.01万千瓦时", "20,050 kWh"),
    (_amount("1234", "person"), "1234人", "1,234 persons"),
    (_amount("28", "count", unit_zh="个", unit_en="projects"), "28个", "28 projects"),
    (_amount(None, reason="not_reported"), "（尚无上报数据）", "(not reported)"),
    # Growth: half up at one decimal; nothing is 持平, never 下降0%.
    (_growth("15.3"), "同比增长15.3%", "up 15.3% year on year"),
    (_growth("15.25"), "同比增长15.3%", "up 15.3% year on year"),
    (_growth("10"), "同比增长10%", "up 10% year on year"),
    (_growth("-2.05"), "同比下降2.1%", "down 2.1% year on year"),
    (_growth("-2.1", Against.MONTH), "环比下降2.1%", "down 2.1% month on month"),
    (_growth("0.04"), "同比持平", "unchanged year on year"),
    (_growth("-0.04", Against.MONTH), "环比持平", "unchanged month on month"),
    (_growth("0.05"), "同比增长0.1%", "up 0.1% year on year"),
    (
        _growth(None, reason="base_not_positive", current="5", base="0"),
        "同比基数为零，不计算增速",
        "from a base that was zero, so no growth is stated",
    ),
    (
        _growth(None, reason="base_not_positive", current="5", base="-1"),
        "同比基数为负，不计算增速",
        "from a base that was negative, so no growth is stated",
    ),
    (
        _growth(None, reason="base_missing", current="5"),
        "上年同期无数据，不计算增速",
        "no figure a year before, so no growth is stated",
    ),
    (
        _growth(None, Against.MONTH, reason="base_missing", current="5"),
        "上月无数据，不计算环比",
        "no figure of the month before, so no change is stated",
    ),
    (
        _growth(None, reason="current_missing", base="5"),
        "同比增速无法计算（本期无数据）",
        "growth year on year not known (this period is not known)",
    ),
    # Profit and loss: a rate from a loss says nothing.
    (
        _growth(None, reason="base_not_positive", current="300000", base="-200000", may_be_negative=True),
        "同比扭亏为盈",
        "turned from loss to profit year on year",
    ),
    (
        _growth("-150", current="-100000", base="200000", may_be_negative=True),
        "同比由盈转亏",
        "turned into a loss year on year",
    ),
    (
        _growth(None, reason="base_not_positive", current="-100000", base="-300000", may_be_negative=True),
        "同比减亏20万元",
        "with the loss smaller by 200,000 yuan year on year",
    ),
    (
        _growth(None, reason="base_not_positive", current="-450000", base="-300000", may_be_negative=True),
        "同比增亏15万元",
        "with the loss larger by 150,000 yuan year on year",
    ),
    (_growth("20", current="120", base="100", may_be_negative=True), "同比增长20%", "up 20% year on year"),
    # Points, contribution, pace.
    (_of(Shape.POINTS, "-2.1", against=Against.MONTH), "环比下降2.1个百分点", "down 2.1 points month on month"),
    (_of(Shape.POINTS, "1", against=Against.YEAR), "同比提高1个百分点", "up 1 points year on year"),
    (_of(Shape.POINTS, "0.01", against=Against.YEAR), "同比持平", "unchanged year on year"),
    (_of(Shape.CONTRIBUTION, "2.34"), "拉动增长2.3个百分点", "adding 2.3 points to growth"),
    (_of(Shape.CONTRIBUTION, "-0.55"), "下拉增速0.6个百分点", "taking 0.6 points from growth"),
    (_of(Shape.CONTRIBUTION, "0.04"), "对增速基本无影响", "no effect on growth"),
    (_of(Shape.PACE, "3.2"), "落后序时进度3.2个百分点", "3.2 points behind the pace"),
    (_of(Shape.PACE, "-4.65"), "超序时进度4.7个百分点", "4.7 points ahead of the pace"),
    (_of(Shape.PACE, "0"), "与序时进度持平", "on pace"),
    # Rates, places, scores.
    (_of(Shape.PERCENT, "104.65"), "104.7%", "104.7%"),
    (_of(Shape.PERCENT, None, reason="none_due"), "（无应完成项目）", "(nothing was due)"),
    (_of(Shape.RANK, "3"), "第3位", "place 3"),
    (_of(Shape.RANK, None, reason="not_ranked"), "（不参与排名）", "(not ranked)"),
    (_of(Shape.SCORE, "92.345"), "92.35分", "92.35 points"),
]


@pytest.mark.parametrize(("figure", "zh", "en"), CASES)
def test_figure_reads_as_officials_write_it(figure: Figure, zh: str, en: str) -> None:
    assert words(figure, ZH) == zh
    assert words(figure, EN) == en


@given(st.decimals(min_value=-500, max_value=500, places=4))
def test_growth_never_says_nought_nor_the_wrong_direction(value: Decimal) -> None:
    read = words(_growth(str(value)), ZH)
    assert "0%" not in read.replace("10%", "").replace("20%", "") or not read.endswith("长0%")
    assert ("增长" in read) == (value >= Decimal("0.05"))
    assert ("下降" in read) == (value <= Decimal("-0.05"))


def test_cells_align_when_numbers_have_different_fractions() -> None:
    assert cell(_amount("58600000"), scale=Decimal(10_000)) == "5860.00"
    assert cell(_of(Shape.GROWTH, "-0.04", against=Against.YEAR), places=1) == "0.0"
    assert cell(_amount(None)) == NOTHING
    assert pads_of(("5860.00", "—", "3", "1.5")) == ("", ".00", ".00", "0")
    assert [numeral(number) for number in (1, 10, 11, 20, 21)] == ["一", "十", "十一", "二十", "二十一"]
    assert document_number("通工经通报", 2026, 7) == "通工经通报〔2026〕7号"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("全县完成58.6亿元", ["58.6"]),
        ("增长１５.３％", ["１５.３％"]),
        ("达三亿元、两成、十户、百分之五", ["三亿元", "两成", "十户", "百分之五"]),
        ("一是抓项目，二是抓服务，一方面", []),
        ("第Ⅲ级、①", ["①"]),
        ("没有数字", []),
    ],
)
def test_numbers_are_found_when_written_in_any_script(text: str, found: list[str]) -> None:
    assert numbers_in(text) == found


FIGURES = {"economy.total": _amount("5860000000"), "economy.name": text_figure("右岸110千伏线路", source="ledger")}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("工业总产值{economy.total}，{economy.name}投运。", []),
        ("工业总产值{economy.total}亿。", []),
        ("工业总产值59亿元。", ["bulletin.number_written"]),
        ("工业总产值{economy.other}。", ["bulletin.reference_unknown"]),
        ("工业总产值{economy.total。", ["bulletin.brace_unpaired"]),
        ("另据{hand:23.5万元}。", []),
        ("另据{hand:}。", ["bulletin.hand_malformed"]),
        ("另据{hand:" + "9" * 61 + "}。", ["bulletin.hand_malformed"]),
        ("{economy.total}与{{economy.total}}", ["bulletin.brace_unpaired"]),
    ],
)
def test_text_is_refused_when_it_writes_a_number(text: str, codes: list[str]) -> None:
    assert [fault.code for fault in faults_of(text, FIGURES)] == codes


def test_number_by_hand_names_its_author() -> None:
    text = "完成{economy.total}，另据{hand:23.5万元}。"
    assert said(text, FIGURES, ZH, "方正") == "完成58.6亿元，另据23.5万元〔方正填写〕。"
    assert said(text, FIGURES, EN, "Fang") == "完成5.86 billion yuan，另据23.5万元 [entered by Fang]。"


def _content(*paragraphs: Paragraph) -> Content:
    return Content(sections=(Section(code=SectionCode.ECONOMY, zh="经济", en="Economy", blocks=paragraphs),))


def test_edited_text_is_kept_unless_its_figures_are_gone() -> None:
    kept = Paragraph(id="a", zh="改过{economy.total}", en="edited", edited_by="fang", edited_name="方正")
    lost = replace(kept, id="b", zh="{economy.gone}")
    fresh = _content(Paragraph(id="a", zh="新", en="new"), Paragraph(id="b", zh="新", en="new"))
    carried = carry_over(_content(kept, lost), fresh, FIGURES)
    assert carried.content.find("a") == kept
    assert carried.content.find("b") == Paragraph(id="b", zh="新", en="new")
    assert carried.lost == ("b",)


def test_periods_have_the_names_of_papers() -> None:
    names = [
        (BulletinPeriod(BulletinKind.MONTH, 2026, 11), "2026年11月", "1—11月", "November 2026"),
        (BulletinPeriod(BulletinKind.MONTH, 2026, 1), "2026年1月", "1月", "January 2026"),
        (BulletinPeriod(BulletinKind.QUARTER, 2026, 3), "2026年第三季度", "1—9月", "Q3 2026"),
        (BulletinPeriod(BulletinKind.HALF_YEAR, 2026, 1), "2026年上半年", "上半年", "first half of 2026"),
        (BulletinPeriod(BulletinKind.YEAR, 2026, 1), "2026年度", "全年", "the year 2026"),
    ]
    assert [(one.name_zh, one.until_zh, one.name_en) for one, *_ in names] == [tuple(rest) for _, *rest in names]
    assert not BulletinPeriod(BulletinKind.QUARTER, 2026, 5).exists


def _candidate(name: str, measure: str | None, **facts: Any) -> Candidate:
    given_facts: dict[str, Any] = {"criterion": Criterion.GROWTH, "subject": SubjectKind.TOWNSHIP} | facts
    value = None if measure is None else Decimal(measure)
    return Candidate(subject_key=name, name=f"{name}.name", figure=f"{name}.yoy", measure=value, **given_facts)


RULE = ListRule(
    code="fast",
    colour=Colour.RED,
    criterion=Criterion.GROWTH,
    comparison=Comparison.AT_LEAST,
    subject=SubjectKind.TOWNSHIP,
    threshold=Decimal(20),
    min_amount=Decimal(100),
    most=2,
)


def test_lists_name_the_farthest_when_more_fit_than_may() -> None:
    candidates = [
        _candidate(name, measure, amount=Decimal(100)) for name, measure in (("a", "20"), ("b", "35"), ("c", "21"))
    ]
    slow = replace(
        RULE,
        code="slow",
        colour=Colour.BLACK,
        comparison=Comparison.AT_MOST,
        threshold=Decimal(20),
        min_amount=None,
    )
    listed = judge([slow, RULE, replace(RULE, code="off", active=False)], candidates)
    assert [(one.rule.code, one.candidate.subject_key) for one in listed] == [
        ("fast", "b"),
        ("fast", "c"),
        ("slow", "a"),
    ]


@pytest.mark.parametrize(
    "candidate",
    [
        _candidate("unknown", None, amount=Decimal(1000)),
        _candidate("small", "90", amount=Decimal(99)),
        _candidate("sizeless", "90"),
        _candidate("enterprise", "90", amount=Decimal(1000), subject=SubjectKind.ENTERPRISE),
        _candidate("place", "90", amount=Decimal(1000), criterion=Criterion.CONTEST_PLACE),
    ],
)
def test_nobody_is_listed_for_what_is_not_known_or_not_meant(candidate: Candidate) -> None:
    assert not fits(RULE, candidate)


def test_conditions_are_listed_when_kind_and_level_fit() -> None:
    rule = replace(
        RULE,
        criterion=Criterion.OPEN_CONDITION,
        comparison=Comparison.AT_LEAST,
        subject=None,
        threshold=Decimal(30),
        min_amount=None,
        kinds=("stalled",),
        min_level=2,
    )
    open_ = _candidate("p", "30", criterion=Criterion.OPEN_CONDITION, kind="stalled", level=2)
    assert fits(rule, open_)
    assert not fits(rule, replace(open_, level=1))
    assert not fits(rule, replace(open_, kind="start_overdue"))
    assert not fits(rule, replace(open_, measure=Decimal(29)))
    assert fits(replace(rule, comparison=Comparison.PRESENT, threshold=None), replace(open_, measure=None))


def test_every_kind_of_condition_has_its_words() -> None:
    assert set(CONDITION_KINDS) == {kind.value for kind in ProjectConditionKind}
