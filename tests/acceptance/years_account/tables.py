"""Tables and charts of a bulletin, put together once more: which rows in which order, and every cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tests.acceptance.years_account import contest, raw
from tests.acceptance.years_account.expected import Expected
from tests.acceptance.years_account.listed import listed
from tests.acceptance.years_account.printed import Tables, amount, number
from tests.acceptance.years_account.said import words

_UNITS = {raw.POWER: "万千瓦时"}
_WORST_FIRST = ("未完成", "严重落后", "落后", "达序时", "完成", "超额完成")
_GROUNDS = {"environment": "环境保护"}
_WAN = 10_000


def tables_of(ours: Expected, names: Mapping[str, str]) -> Tables:
    """By caption; ``names`` are what the figures that are names read."""
    tables = {"主要经济指标完成情况": [_indicator(ours, names, one) for one in raw.INDICATORS]}
    if ours.level is not None:
        part = "乡镇" if ours.level == 9 else "地区"
        tables[f"各{part}工业总产值完成情况"] = _groups(ours, names, "region")
    tables["各行业工业总产值完成情况"] = _groups(ours, names, "sector")
    if ours.targets:
        tables["目标任务完成情况"] = _targets(ours, names)
    if ours.facts["projects"]:
        tables["重点项目建设进展"] = _key_projects(ours, names)
    for code in ours.standings:
        tables[f"{names[f'contest.{code}.name']}排名"] = _places(ours, names, code)
    for colour, caption in (("red", "红榜"), ("black", "黑榜")):
        entries = listed(ours, colour)
        if entries:
            tables[caption] = [[names[who], why, _told(ours, names, key)] for who, why, key in entries]
    kinds = ours.kinds()
    if kinds:
        tables["预警分类办理情况"] = [_kind(ours, names, kind) for kind in kinds]
    if ours.kind != "month" and ours.vetoes():
        tables["一票否决名单"] = [
            [one.name, _GROUNDS[one.ground], one.explanation_zh or "—"] for one in ours.vetoes()
        ]
    return tables


def charts_of(ours: Expected, names: Mapping[str, str]) -> dict[str, list[str]]:
    """What is written in the charts: the parts' growth beside their names, and the months of the year."""
    charts = {}
    if ours.level is not None:
        keys = [f"economy.{raw.OUTPUT}.region.{group}" for group in ours.groups("region")]
        pairs = [(names[f"{key}.name"], number(ours.value(f"{key}.yoy"), 1)) for key in keys]
        part = "乡镇" if ours.level == 9 else "地区"
        charts[f"各{part}工业总产值同比增速"] = [text for pair in pairs for text in pair]
    months = [f"economy.{raw.OUTPUT}.month.{raw.YEAR}-{one:02}" for one in range(1, ours.last.month + 1)]
    until = {3: "1—3月", 6: "上半年", 9: "1—9月", 12: "全年"}[ours.last.month]
    charts[f"{until}各月工业总产值"] = [number(ours.value(key), 0, _WAN) for key in months]
    return charts


def _indicator(ours: Expected, names: Mapping[str, str], code: str) -> list[str]:
    key = f"economy.{code}"
    cells = [names[f"{key}.name"], _UNITS.get(code, "万元")]
    if ours.kind == "month" or not ours.begins_the_year:
        cells += [number(ours.value(f"{key}.own"), 2, _WAN), number(ours.value(f"{key}.own.yoy"), 1)]
        if ours.kind == "month":
            cells.append(number(ours.value(f"{key}.own.mom"), 1))
    return [*cells, number(ours.value(f"{key}.total"), 2, _WAN), number(ours.value(f"{key}.total.yoy"), 1)]


def _groups(ours: Expected, names: Mapping[str, str], what: str) -> list[list[str]]:
    rows = []
    for place, group in enumerate(ours.groups(what), start=1):
        key = f"economy.{raw.OUTPUT}.{what}.{group}"
        rates = [number(ours.value(f"{key}.{one}"), 1) for one in ("yoy", "contribution", "share")]
        rows.append([str(place), names[f"{key}.name"], number(ours.value(key), 2, _WAN), *rates])
    return rows


def _targets(ours: Expected, names: Mapping[str, str]) -> list[list[str]]:
    ordered = sorted(ours.targets.values(), key=lambda one: (_WORST_FIRST.index(one.verdict), one.code))
    return [
        [
            str(place),
            names[f"targets.{one.code}.name"],
            names[f"targets.{one.code}.unit"],
            amount(one.amount, "yuan"),
            amount(one.actual, "yuan"),
            number(one.completion, 1),
            one.verdict,
        ]
        for place, one in enumerate(ordered, start=1)
    ]


def _key_projects(ours: Expected, names: Mapping[str, str]) -> list[list[str]]:
    """The county's only project, which is being built."""
    key = "projects.key.P-1"
    amounts = [number(ours.value(f"{key}.{one}"), 0, _WAN) for one in ("total", "invested", "invested_in_year")]
    shares = [number(ours.value(f"{key}.{one}"), 1) for one in ("planned", "actual")]
    return [["1", names[f"{key}.name"], *amounts, *shares, "开工"]]


def _places(ours: Expected, names: Mapping[str, str], code: str) -> list[list[str]]:
    rows = []
    for one in ours.standings[code]:
        key = f"contest.{code}.{one['participant_id']}"
        points = [number(ours.value(f"{key}.{part.code}"), 2) for part in contest.PARTS[code]]
        why = "；".join(reason["text_zh"] for reason in one["reasons"]) or "—"
        place, score = number(ours.value(f"{key}.rank"), 0), number(ours.value(f"{key}.score"), 2)
        rows.append([place, names[f"{key}.name"], *points, score, why])
    return rows


def _told(ours: Expected, names: Mapping[str, str], key: str) -> str:
    """The figure that somebody is listed for, in words."""
    if key in names:
        return names[key]
    shape = {"rank": "rank", "yoy": "growth", "completion": "percent", "pace": "pace"}[key.rpartition(".")[2]]
    return words(ours, key, shape)


def _kind(ours: Expected, names: Mapping[str, str], kind: str) -> list[str]:
    key = f"alerts.kind.{kind}"
    counts: Sequence[Decimal | None] = [ours.value(f"{key}.{one}") for one in ("opened", "cleared", "standing")]
    return [names[f"{key}.name"], *(number(one, 0) for one in counts)]
