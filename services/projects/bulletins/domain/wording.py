"""Figures in official Chinese, and in English for the page. The one place that turns a figure into words.

Rounded half up by the economy's one rule; what is rounded to nothing is 持平, what is not there says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from services.projects.bulletins.domain.figures import Against, Figure, Shape
from services.projects.economy.domain.arithmetic import plain, shown

ZH: Final = "zh-CN"
EN: Final = "en"
NOTHING: Final = "—"

_WAN: Final = Decimal(10_000)
_YI: Final = Decimal(100_000_000)
_MILLION: Final = Decimal(1_000_000)
_BILLION: Final = Decimal(1_000_000_000)
# What large amounts of a unit are counted in, and how the unit is called.
_LARGE: Final = {"yuan": ("元", "yuan"), "kwh": ("千瓦时", "kWh")}
_UNITS: Final = {"person": ("人", "persons"), "project": ("个", "projects"), "enterprise": ("户", "enterprises")}

_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "no_enterprises": ("无统计对象", "nobody to count"),
    "not_reported": ("尚无上报数据", "not reported"),
    "current_missing": ("本期无数据", "this period is not known"),
    "base_missing": ("基期无数据", "the base is not known"),
    "base_not_positive": ("基数不为正，不计算", "the base is not positive"),
    "year_before_missing": ("上年数据不全", "the year before is not known"),
    "share_not_positive": ("基数不为正，不计算", "the base is not positive"),
    "no_target": ("未下达目标", "no target was set"),
    "none_due": ("无应完成项目", "nothing was due"),
    "not_ranked": ("不参与排名", "not ranked"),
    "not_known": ("无数据", "not known"),
}
_NO_BASE: Final = {
    Against.YEAR: ("上年同期无数据，不计算增速", "no figure a year before, so no growth is stated"),
    Against.MONTH: ("上月无数据，不计算环比", "no figure of the month before, so no change is stated"),
}
_AGAINST: Final = {Against.YEAR: ("同比", "year on year"), Against.MONTH: ("环比", "month on month")}


def words(figure: Figure, language: str) -> str:
    """The figure as it stands in a sentence."""
    return (_WORDS_ZH if language == ZH else _WORDS_EN)[figure.shape](figure)


def reason_in(reason: str | None, language: str) -> str:
    """Why a figure is not there."""
    zh, en = _REASONS.get(reason or "", _REASONS["not_known"])
    return zh if language == ZH else en


def amount_zh(value: Decimal, unit: str, unit_zh: str = "") -> str:
    """Money and power in 亿 or 万, all else in its unit."""
    if unit in _LARGE:
        name = _LARGE[unit][0]
        for scale, word in ((Decimal(1), ""), (_WAN, "万"), (_YI, "亿")):
            # 9999.996万 reads 1亿: the scale is chosen by what is shown.
            number = shown(value / scale, 2)
            if abs(number) < _WAN or word == "亿":
                return f"{plain(number)}{word}{name}"
    return f"{plain(shown(value, 2))}{unit_zh or _UNITS.get(unit, (unit, unit))[0]}"


def amount_en(value: Decimal, unit: str, unit_en: str = "") -> str:
    if unit in _LARGE:
        name = _LARGE[unit][1]
        if abs(shown(value, 2)) < _MILLION:
            return f"{_grouped(value)} {name}"
        millions = shown(value / _MILLION, 3)
        if abs(millions) < 1000:
            return f"{plain(millions)} million {name}"
        return f"{plain(shown(value / _BILLION, 3))} billion {name}"
    return f"{_grouped(value)} {unit_en or _UNITS.get(unit, (unit, unit))[1]}".rstrip()


def cell(figure: Figure, *, scale: Decimal = Decimal(1), places: int = 2) -> str:
    """The figure as a number in a column; what is not there is a dash."""
    if figure.shape is Shape.TEXT:
        return figure.text_zh
    if figure.value is None:
        return NOTHING
    number = shown(figure.value / scale, places)
    return format(abs(number) if number == 0 else number, "f")


def _grouped(value: Decimal) -> str:
    text = plain(shown(value, 2))
    whole, point, rest = text.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{point}{rest}"


def _missing_zh(figure: Figure) -> str:
    return f"（{reason_in(figure.reason, ZH)}）"


def _missing_en(figure: Figure) -> str:
    return f"({reason_in(figure.reason, EN)})"


def _amount_zh(figure: Figure) -> str:
    if figure.value is None:
        return _missing_zh(figure)
    return amount_zh(figure.value, figure.unit, figure.unit_zh)


def _amount_en(figure: Figure) -> str:
    if figure.value is None:
        return _missing_en(figure)
    return amount_en(figure.value, figure.unit, figure.unit_en)


def _percent(missing: Callable[[Figure], str]) -> Callable[[Figure], str]:
    def said(figure: Figure) -> str:
        return missing(figure) if figure.value is None else f"{_rate(figure.value)}%"

    return said


def _rate(value: Decimal) -> str:
    """One decimal, without a trailing zero and never “-0”."""
    number = shown(value, 1)
    return plain(abs(number) if number == 0 else number)


def _growth_zh(figure: Figure) -> str:
    assert figure.against is not None
    word = _AGAINST[figure.against][0]
    turned = _turn(figure)
    if turned is not None:
        return f"{word}{turned[0]}"
    if figure.value is None:
        if figure.reason == "base_missing":
            return _NO_BASE[figure.against][0]
        if figure.base is not None and figure.base <= 0 and figure.current is not None:
            sign = "零" if figure.base == 0 else "负"
            return f"{word}基数为{sign}，不计算增速"
        return f"{word}增速无法计算（{reason_in(figure.reason, ZH)}）"
    number = shown(figure.value, 1)
    if number == 0:
        return f"{word}持平"
    return f"{word}{'增长' if number > 0 else '下降'}{plain(abs(number))}%"


def _growth_en(figure: Figure) -> str:
    assert figure.against is not None
    word = _AGAINST[figure.against][1]
    turned = _turn(figure)
    if turned is not None:
        return f"{turned[1]} {word}"
    if figure.value is None:
        if figure.reason == "base_missing":
            return _NO_BASE[figure.against][1]
        if figure.base is not None and figure.base <= 0 and figure.current is not None:
            sign = "zero" if figure.base == 0 else "negative"
            return f"from a base that was {sign}, so no growth is stated"
        return f"growth {word} not known ({reason_in(figure.reason, EN)})"
    number = shown(figure.value, 1)
    if number == 0:
        return f"unchanged {word}"
    return f"{'up' if number > 0 else 'down'} {plain(abs(number))}% {word}"


def _turn(figure: Figure) -> tuple[str, str] | None:
    """Of profits: a loss on either side is said as such, since a rate from it says nothing."""
    current, base = figure.current, figure.base
    if not figure.may_be_negative or current is None or base is None or (base >= 0 and current >= 0):
        return None
    if base >= 0:
        return ("由盈转亏" if base > 0 else "出现亏损"), "turned into a loss"
    if current > 0:
        return "扭亏为盈", "turned from loss to profit"
    change = base - current
    amount = amount_zh(abs(change), figure.unit, figure.unit_zh)
    amount_in_en = amount_en(abs(change), figure.unit, figure.unit_en)
    if change == 0:
        return "亏损额持平", "with the same loss"
    if change > 0:
        return f"增亏{amount}", f"with the loss larger by {amount_in_en}"
    return f"减亏{amount}", f"with the loss smaller by {amount_in_en}"


def _points_zh(figure: Figure) -> str:
    word = "" if figure.against is None else _AGAINST[figure.against][0]
    if figure.value is None:
        return f"{word}变化无法计算（{reason_in(figure.reason, ZH)}）"
    number = shown(figure.value, 1)
    if number == 0:
        return f"{word}持平"
    return f"{word}{'提高' if number > 0 else '下降'}{plain(abs(number))}个百分点"


def _points_en(figure: Figure) -> str:
    word = "" if figure.against is None else f" {_AGAINST[figure.against][1]}"
    if figure.value is None:
        return f"change{word} not known ({reason_in(figure.reason, EN)})"
    number = shown(figure.value, 1)
    if number == 0:
        return f"unchanged{word}"
    return f"{'up' if number > 0 else 'down'} {plain(abs(number))} points{word}"


def _contribution_zh(figure: Figure) -> str:
    if figure.value is None:
        return _missing_zh(figure)
    number = shown(figure.value, 1)
    if number == 0:
        return "对增速基本无影响"
    return f"{'拉动增长' if number > 0 else '下拉增速'}{plain(abs(number))}个百分点"


def _contribution_en(figure: Figure) -> str:
    if figure.value is None:
        return _missing_en(figure)
    number = shown(figure.value, 1)
    if number == 0:
        return "no effect on growth"
    points = f"{plain(abs(number))} points"
    return f"adding {points} to growth" if number > 0 else f"taking {points} from growth"


def _pace_zh(figure: Figure) -> str:
    """``value`` is how many points the actual is behind (above zero) or ahead of the pace."""
    if figure.value is None:
        return f"序时进度无法比较（{reason_in(figure.reason, ZH)}）"
    number = shown(figure.value, 1)
    if number == 0:
        return "与序时进度持平"
    return f"{'落后' if number > 0 else '超'}序时进度{plain(abs(number))}个百分点"


def _pace_en(figure: Figure) -> str:
    if figure.value is None:
        return f"pace not known ({reason_in(figure.reason, EN)})"
    number = shown(figure.value, 1)
    if number == 0:
        return "on pace"
    return f"{plain(abs(number))} points {'behind' if number > 0 else 'ahead of'} the pace"


def _rank_zh(figure: Figure) -> str:
    return _missing_zh(figure) if figure.value is None else f"第{plain(figure.value)}位"


def _rank_en(figure: Figure) -> str:
    return _missing_en(figure) if figure.value is None else f"place {plain(figure.value)}"


def _score_zh(figure: Figure) -> str:
    return _missing_zh(figure) if figure.value is None else f"{plain(shown(figure.value, 2))}分"


def _score_en(figure: Figure) -> str:
    return _missing_en(figure) if figure.value is None else f"{plain(shown(figure.value, 2))} points"


_WORDS_ZH: Final[Mapping[Shape, Callable[[Figure], str]]] = {
    Shape.AMOUNT: _amount_zh,
    Shape.COUNT: _amount_zh,
    Shape.PERCENT: _percent(_missing_zh),
    Shape.GROWTH: _growth_zh,
    Shape.POINTS: _points_zh,
    Shape.CONTRIBUTION: _contribution_zh,
    Shape.PACE: _pace_zh,
    Shape.RANK: _rank_zh,
    Shape.SCORE: _score_zh,
    Shape.TEXT: lambda figure: figure.text_zh,
}
_WORDS_EN: Final[Mapping[Shape, Callable[[Figure], str]]] = {
    Shape.AMOUNT: _amount_en,
    Shape.COUNT: _amount_en,
    Shape.PERCENT: _percent(_missing_en),
    Shape.GROWTH: _growth_en,
    Shape.POINTS: _points_en,
    Shape.CONTRIBUTION: _contribution_en,
    Shape.PACE: _pace_en,
    Shape.RANK: _rank_en,
    Shape.SCORE: _score_en,
    Shape.TEXT: lambda figure: figure.text_en,
}
