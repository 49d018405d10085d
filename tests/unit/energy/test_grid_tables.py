"""Tables of the grid, spans of days, whose quota a quota is, and the words of a shortage."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.headed import HeadUnfit
from libs.common.sheets.model import SheetRow
from services.energy.balance.domain.gap import Limit, MaximumSource
from services.energy.balance.domain.levels import Level
from services.energy.balance.repository import Allotted
from services.energy.balance.supplies import is_of
from services.energy.balance.wording import ShortageFigures, clock_of, explain
from services.energy.grid.domain.node import GridNode, NodeKind
from services.energy.grid.domain.sheet import NODES, PLACEMENTS, GridSheetRow, read_rows
from services.energy.grid.domain.spans import Span
from services.energy.quotas.domain.quota import Scope

# A busy machine is no fault of the rule.
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

HEADER: list[Cell] = ["编码", "名称", "设备类型", "电压（kV）", "额定容量", "投运日期", "上级"]


def rows_of(*cells: list[Cell]) -> list[GridSheetRow]:
    rows = [SheetRow(number, list(row)) for number, row in enumerate(cells, 1)]
    return list(read_rows(rows, NODES, ("code", "kind", "name"), date1904=False))


def test_a_table_is_read_whatever_stands_above_it() -> None:
    found = rows_of(
        ["电网台账（2026年）"],
        [],
        HEADER,
        [Number("110001.0"), "城关变", "变电站", "110kV", "2,100.5", Number("43831", is_date=True), "421224"],
        ["", None],
        ["X", "主变一", "主变", Number("110"), None, "2020/1/2", None],
    )
    assert [row.row for row in found] == [4, 6]
    assert found[0].facts == {
        "code": "110001",
        "name": "城关变",
        "kind": "substation",
        "voltage_kv": 110,
        "rated_mva": 2100.5,
        "valid_from": "2020-01-01",
        "parent_code": "421224",
    }
    assert (found[1].facts["kind"], found[1].facts["valid_from"]) == ("transformer", "2020-01-02")


@pytest.mark.parametrize(
    ("place", "cell", "code"),
    [
        (3, "高压", "meter.import_cell_unfit"),
        (4, Broken("#REF!", "#REF!"), "meter.import_cell_broken"),
        (5, "2020-13-01", "meter.import_cell_unfit"),
        (5, "去年", "meter.import_cell_unfit"),
        (5, Number("99999999", is_date=True), "meter.import_cell_unfit"),
    ],
)
def test_a_cell_that_says_nothing_is_told_by_its_place(place: int, cell: Cell, code: str) -> None:
    cells: list[Cell] = ["X", "主变一", "主变", "110", "50", "2020-01-01", "S1"]
    cells[place] = cell
    (row,) = rows_of(HEADER, cells)
    assert [(fault.row, fault.column, fault.code) for fault in row.faults] == [(2, "ABCDEFG"[place], code)]


@pytest.mark.parametrize(
    "header", [["编码", "名称"], ["编码", "名称", "类型", "颜色"], ["编码", "code", "名称", "类型"], []]
)
def test_a_header_that_is_none_is_refused(header: list[Cell]) -> None:
    with pytest.raises(HeadUnfit):
        rows_of(header, ["a", "b", "c", "d"])


def test_roles_of_meters_are_read_in_chinese() -> None:
    rows = [
        SheetRow(1, ["表号", "节点编码", "用途"]),
        SheetRow(2, ["M1", "F1", "关口表"]),
        SheetRow(3, ["M2", "F1", None]),
    ]
    found = list(read_rows(rows, PLACEMENTS, ("meter_no", "node_code"), date1904=False))
    assert [row.facts.get("role") for row in found] == ["gateway", None]


DAYS = st.dates(date(2020, 1, 1), date(2020, 2, 1))
SPANS = st.builds(
    lambda first, length: Span(first, None if length is None else first + timedelta(days=length)),
    DAYS,
    st.none() | st.integers(1, 40),
)


@PATIENT
@given(SPANS, SPANS, DAYS)
def test_common_days_are_those_of_both(one: Span, other: Span, day: date) -> None:
    both = one.common(other)
    assert both == other.common(one)
    assert (both is not None and both.holds(day)) == (one.holds(day) and other.holds(day))
    assert one.common(one) == one


@pytest.mark.parametrize(
    ("scope", "kind", "quota_region", "fits"),
    [
        (Scope.SUBSTATION, NodeKind.SUBSTATION, "421224", True),
        (Scope.SUBSTATION, NodeKind.SUBSTATION, "421200", True),
        (Scope.SUBSTATION, NodeKind.SUBSTATION, "421224101", True),
        (Scope.SUBSTATION, NodeKind.SUBSTATION, "421221", False),
        (Scope.SUBSTATION, NodeKind.FEEDER, "421224", False),
        (Scope.FEEDER, NodeKind.FEEDER, "421224", True),
        (Scope.REGION, NodeKind.AREA, "421224", True),
        (Scope.ENTERPRISE, NodeKind.FEEDER, "421224", False),
    ],
)
def test_a_quota_is_of_the_node_of_its_kind_and_region(
    scope: Scope, kind: NodeKind, quota_region: str, fits: bool
) -> None:
    node = GridNode(UUID(int=1), kind, "X", "x", "421224")
    assert is_of(Allotted(UUID(int=2), scope, "X", quota_region, date(2026, 7, 1), [1.0]), node) is fits


FIGURES = ShortageFigures(
    name="城关110千伏变电站",
    day=date(2026, 7, 15),
    slot=43,
    demand_kw=52_300.0,
    available_kw=47_880.0,
    gap_kw=4_420.0,
    gap_percent=8.1,
    maximum_kw=54_600.0,
    limit=Limit.QUOTA,
    maximum_source=MaximumSource.FORECAST,
    level=Level.YELLOW,
    own_level=Level.YELLOW,
    completeness=1.0,
    is_quota_over=False,
)


def test_a_shortage_is_told_as_an_office_would() -> None:
    assert explain(FIGURES) == (
        "城关110千伏变电站 07-15 11:00 负荷 52.3 兆瓦，可供 47.9 兆瓦（受供电指标限制），缺口 4.42 兆瓦，"
        "占预测最大负荷的 8.1%，为Ⅲ级（黄色）预警",
        "城关110千伏变电站 07-15 11:00: load 52.3 MW, available 47.9 MW (by its supply quota), "
        "short of 4.42 MW, 8.1 % of the forecast maximum load; yellow (Ⅲ)",
    )


@pytest.mark.parametrize(
    ("figures", "zh", "en"),
    [
        (replace(FIGURES, own_level=Level.BLUE), "按保持规则维持Ⅲ级（黄色）预警", "held at yellow (Ⅲ)"),
        (
            replace(FIGURES, gap_kw=0.0),
            "缺口已消除，按保持规则维持Ⅲ级（黄色）预警",
            "no longer short; held at yellow (Ⅲ)",
        ),
        (replace(FIGURES, completeness=0.97), "；数据完整率 97%", "; 97% of the meters are there"),
        (
            replace(FIGURES, is_quota_over=True, limit=Limit.CAPACITY),
            "；供电指标高于供电能力，按供电能力计",
            "; the quota is more than the capacity, which counts",
        ),
        (replace(FIGURES, gap_percent=None), "缺口 4.42 兆瓦，为Ⅲ级（黄色）预警", "short of 4.42 MW; yellow (Ⅲ)"),
    ],
)
def test_what_is_special_is_told_along(figures: ShortageFigures, zh: str, en: str) -> None:
    told = explain(figures)
    assert told[0].endswith(zh)
    assert told[1].endswith(en)


def test_the_last_slot_ends_at_midnight() -> None:
    assert (clock_of(0), clock_of(95)) == ("00:15", "24:00")
