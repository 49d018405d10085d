"""The grid's tree, capacities and the load of a node."""

from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.grid.domain.capacity import CapacityBook, CapacityPart
from services.energy.grid.domain.loads import (
    SLOTS,
    DayLoads,
    DayMeters,
    LoadColumns,
    Shape,
    day_loads,
    quarter_hours,
)
from services.energy.grid.domain.node import NodeKind, may_hang_under
from services.energy.grid.domain.places import NEVER, Places
from services.energy.grid.domain.rates import by_month, chosen, period_rate
from services.energy.grid.domain.rules import GridRule, rule_for
from services.energy.grid.domain.spans import Span
from services.energy.grid.domain.tree import Link, circle, reachable, tree_of

DAY = date(2026, 7, 1)
RULE = GridRule(None, date(2000, 1, 1), None, 0.95, 1.3, 0.8)


def uid(number: int) -> UUID:
    return UUID(int=number)


def shape(*children: list[int], unmetered: float = 0.0, least: float = 0.8) -> Shape:
    """The last node is the root; each node's children come before it."""
    count = len(children)
    share = np.zeros(count)
    share[-1] = unmetered
    return Shape(range(count), children, np.full(count, np.nan), share, np.full(count, least))


def loads(
    place: Shape, *meters: tuple[int, object], gates: tuple[int, ...] = (), rated: float = np.nan
) -> DayLoads:
    values = np.array([np.broadcast_to(np.asarray(value, np.float64), SLOTS) for _, value in meters])
    node = np.array([where for where, _ in meters], np.int64)
    capacity = np.full(len(meters), rated)
    return day_loads(
        place,
        DayMeters(values.reshape(len(meters), SLOTS), node, capacity, np.isin(np.arange(len(meters)), gates)),
    )


def gap(value: float, *slots: int) -> np.ndarray:
    curve = np.full(SLOTS, value)
    curve[list(slots)] = np.nan
    return curve


@pytest.mark.parametrize(
    ("kind", "parent", "fits"),
    [
        (NodeKind.FEEDER, NodeKind.SUBSTATION, True),
        (NodeKind.FEEDER, NodeKind.TRANSFORMER, True),
        (NodeKind.TRANSFORMER, NodeKind.FEEDER, True),
        (NodeKind.SUBSTATION, NodeKind.SUBSTATION, True),
        (NodeKind.SUBSTATION, NodeKind.FEEDER, False),
        (NodeKind.AREA, NodeKind.SUBSTATION, False),
        (NodeKind.FEEDER, NodeKind.AREA, False),
    ],
)
def test_a_node_hangs_under_the_kinds_that_feed_it(kind: NodeKind, parent: NodeKind, fits: bool) -> None:
    assert may_hang_under(kind, parent) is fits


def test_a_circle_is_found_on_the_days_it_would_exist() -> None:
    links = [Link(uid(2), uid(1), DAY, DAY + timedelta(days=10)), Link(uid(3), uid(2), DAY + timedelta(days=5))]
    # 1 under 3: only while 3 hangs under 2 and 2 under 1.
    assert circle(links, Link(uid(1), uid(3), DAY)) == Span(DAY + timedelta(days=5), DAY + timedelta(days=10))
    assert circle(links, Link(uid(1), uid(3), DAY + timedelta(days=10))) is None
    assert circle(links, Link(uid(4), uid(3), DAY)) is None


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 20), st.integers(1, 10)), max_size=25)
)
def test_links_that_close_no_circle_leave_every_day_a_tree(wanted: list[tuple[int, int, int, int]]) -> None:
    kept: list[Link] = []
    for child, parent, start, length in wanted:
        new = Link(uid(child), uid(parent), DAY + timedelta(start), DAY + timedelta(start + length))
        alone = all(link.child != new.child or link.span.common(new.span) is None for link in kept)
        if alone and circle(kept, new) is None:
            kept.append(new)
    for offset in range(32):
        tree = tree_of(kept, DAY + timedelta(offset))
        for node in tree.parent:
            assert node not in set(tree.above(node))
        order = list(tree.below([uid(number) for number in range(8)]))
        assert len(order) == len(set(order)) == 8
        assert all(order.index(child) < order.index(parent) for child, parent in tree.parent.items())
    assert reachable(kept, [uid(0)]) >= {uid(0)}


def book(kinds: dict[int, NodeKind], links: list[tuple[int, int]], *parts: CapacityPart) -> CapacityBook:
    by_node: dict[UUID, list[CapacityPart]] = {}
    for part in parts:
        by_node.setdefault(part.node, []).append(part)
    tree = tree_of([Link(uid(child), uid(parent), DAY) for child, parent in links], DAY)
    return CapacityBook({uid(node): kind for node, kind in kinds.items()}, by_node, tree, lambda _node: RULE)


def part(node: int, mva: float, units: int = 1, **facts: float) -> CapacityPart:
    return CapacityPart(uid(100 + node), uid(node), mva, units, DAY, None, **facts)


def test_a_substation_has_its_own_units_and_its_transformers() -> None:
    kinds = {1: NodeKind.SUBSTATION, 2: NodeKind.TRANSFORMER, 3: NodeKind.TRANSFORMER}
    found = book(kinds, [(2, 1), (3, 1)], part(2, 50.0), part(3, 31.5, power_factor=0.9)).of(uid(1))
    assert found.rated_mva == 81.5
    assert found.kw == pytest.approx(50 * 950 + 31.5 * 900)
    # The larger is out: the other carries 1.3 times its rating.
    assert found.largest_mva == 50.0
    assert found.firm_kw == pytest.approx(31.5 * 900 * 1.3)
    two = book(kinds, [], part(1, 100.0, 2, overload_factor=1.2)).of(uid(1))
    assert two.firm_kw == pytest.approx(50 * 950 * 1.2)


def test_a_cooler_that_failed_takes_of_both_figures() -> None:
    kinds = {1: NodeKind.SUBSTATION}
    found = book(kinds, [], part(1, 100.0, 2), part(1, -10.0)).of(uid(1))
    assert found.rated_mva == 90.0
    assert found.kw == pytest.approx(85_500.0)
    assert found.firm_kw == pytest.approx(40 * 950 * 1.3)


def test_an_unknown_capacity_is_not_zero() -> None:
    kinds = {1: NodeKind.AREA, 2: NodeKind.SUBSTATION, 3: NodeKind.SUBSTATION}
    links = [(2, 1), (3, 1)]
    assert book(kinds, links, part(2, 50.0)).of(uid(1)).kw is None
    assert book(kinds, links, part(2, 50.0), part(3, 50.0)).of(uid(1)).kw == pytest.approx(95_000)
    # What may come in limits an area, where it is the lower.
    assert book(kinds, links, part(2, 50.0), part(3, 50.0), part(1, 60.0)).of(uid(1)).kw == pytest.approx(57_000)
    assert book(kinds, links, part(2, 50.0), part(1, 60.0)).of(uid(1)).kw == pytest.approx(57_000)
    assert book(kinds, links).of(uid(2)).firm_kw is None


def test_the_narrowest_region_has_the_rule() -> None:
    county = GridRule("421224", DAY, None, 0.9, 1.2, 0.9)
    assert rule_for([RULE, county], "421224101", DAY) is county
    assert rule_for([RULE, county], "421224101", DAY - timedelta(days=1)) is RULE
    assert rule_for([RULE, county], "421221", DAY) is RULE
    assert rule_for([county], "421221", DAY) is None


def test_load_is_import_minus_export_of_all_below() -> None:
    found = loads(shape([], [], [0, 1]), (0, 100.0), (0, -20.0), (1, 50.0), (2, 5.0))
    assert found.load_kw[:, 0].tolist() == [80.0, 50.0, 135.0]
    assert (found.completeness == 1).all()
    assert not found.scaled.any()
    assert found.expected.tolist() == [2, 1, 4]


def test_a_missing_meter_is_scaled_for_by_what_it_usually_draws() -> None:
    found = loads(shape([]), (0, gap(90.0, 7)), (0, 300.0), (0, 300.0), (0, 310.0))
    assert found.load_kw[0, 6] == 1000.0
    assert found.load_kw[0, 7] == pytest.approx(1000.0)
    assert (found.completeness[0, 7], bool(found.scaled[0, 7]), bool(found.scaled[0, 6])) == (0.75, True, False)


def test_too_little_is_no_load_at_all_never_a_smaller_one() -> None:
    found = loads(shape([]), (0, gap(900.0, 7)), (0, 50.0), (0, 50.0), (0, 50.0), (0, 50.0))
    # One of five meters, but most of the load.
    assert np.isnan(found.load_kw[0, 7])
    assert found.completeness[0, 7] == 0.8
    nothing = loads(shape([]), (0, np.nan))
    assert np.isnan(nothing.load_kw).all()
    assert (nothing.completeness == 0).all()


def test_a_meter_without_a_day_is_taken_by_its_capacity() -> None:
    values = [(0, 100.0)] * 9 + [(0, np.nan)]
    found = loads(shape([]), *values, rated=200.0)
    assert found.load_kw[0, 0] == pytest.approx(1000.0)


def test_a_feeder_without_meters_makes_its_substation_incomplete() -> None:
    found = loads(shape([], [], [0, 1], least=0.5), *[(0, 10.0)] * 9)
    assert np.isnan(found.load_kw[1]).all()
    # Taken for a feeder as large as the other one.
    assert found.load_kw[2, 0] == pytest.approx(180.0)
    assert (found.completeness[2, 0], bool(found.scaled[2, 0])) == (0.9, True)
    # Unless a share is recorded of what is not metered.
    share = loads(shape([], [], [0, 1], unmetered=0.25, least=0.5), *[(0, 10.0)] * 9)
    assert share.load_kw[2, 0] == pytest.approx(120.0)
    assert share.scaled[2].all()


def test_the_nodes_own_meter_wins_and_scales_where_it_is_silent() -> None:
    found = loads(shape([], [0]), (0, 80.0), (0, 20.0), (1, gap(125.0, 3)), gates=(2,))
    assert found.load_kw[1, 0] == 125.0
    assert found.load_kw[1, 3] == pytest.approx(125.0)
    assert bool(found.scaled[1, 3])
    assert not found.scaled[1, 0]
    assert found.load_kw[0, 0] == 100.0


@given(
    st.lists(st.lists(st.one_of(st.none(), st.floats(0, 1e5)), min_size=8, max_size=8), min_size=1, max_size=6),
    st.floats(0.05, 1.0),
)
def test_a_load_never_lies_below_what_was_measured(rows: list[list[float | None]], least: float) -> None:
    meters = [(0, np.resize(np.array(row, np.float64), SLOTS)) for row in rows]
    found = loads(shape([], [0], least=least), *meters)
    values = np.array([value for _, value in meters])
    measured = np.nansum(values, axis=0)
    there = np.isfinite(values).mean(axis=0)
    for node in range(2):
        known = np.isfinite(found.load_kw[node])
        assert (found.load_kw[node, known] >= measured[known] * (1 - 1e-9)).all()
        assert (there[known] > 0).all()
        np.testing.assert_allclose(found.load_kw[node, there == 1], measured[there == 1], rtol=1e-9, atol=1e-9)


def test_curves_of_other_intervals_become_quarter_hours() -> None:
    fine = np.arange(288.0)[None]
    fine[0, 4] = np.nan
    assert quarter_hours(fine)[0, 0] == 1.0
    assert np.isnan(quarter_hours(fine)[0, 1])
    assert quarter_hours(np.arange(24.0)[None])[0, :5].tolist() == [0, 0, 0, 0, 1]
    assert quarter_hours(np.arange(96.0)[None]).shape == (1, 96)


def places(*rows: tuple[int, int, bool, bool, int, int]) -> Places:
    meter, node, explicit, gateway, first, end = (np.array(column) for column in zip(*rows, strict=True))
    ones = np.ones(len(rows))
    return Places(
        meter, ones.astype(np.int64), ones, ones.astype(np.int64), ones, node, explicit, gateway, first, end
    )


def test_what_was_said_of_a_meter_wins_over_its_register() -> None:
    found = places((7, 0, False, False, 0, NEVER), (7, 1, True, False, 10, 20), (8, 0, False, False, 0, NEVER))
    assert found.on(5).node.tolist() == [0, 0]
    assert sorted(zip(found.on(10).meter_index.tolist(), found.on(10).node.tolist(), strict=True)) == [
        (7, 1),
        (8, 0),
    ]
    assert found.on(20).node.tolist() == [0, 0]
    assert found.stretches(5, 30, [25]) == [(5, 9), (10, 19), (20, 24), (25, 30)]


def test_a_gateway_meter_is_no_load_and_a_meter_placed_elsewhere_is_gone() -> None:
    found = places((7, 0, False, False, 0, NEVER), (7, 0, True, True, 0, NEVER), (8, 0, False, False, 0, NEVER))
    assert found.on(1).is_gateway.tolist() == [True, False]
    gone = places((7, 0, False, False, 0, NEVER), (7, -1, True, False, 0, NEVER))
    assert len(gone.on(1)) == 0


def columns(first: int, *rows: np.ndarray) -> LoadColumns:
    values = np.array(rows)
    whole = np.ones(values.shape)
    days = np.arange(first, first + len(rows))
    return LoadColumns(days, values, whole, whole > 1, np.ones(len(rows), np.int64))


def test_rates_of_a_period() -> None:
    day = np.full(SLOTS, 500.0)
    day[40] = 800.0
    other = np.full(SLOTS, 400.0)
    other[50] = 600.0
    found = period_rate(DAY, columns(0, day), [1000.0], [columns(0, day), columns(0, other)])
    assert (found.peak.kw, found.peak.slot, found.load_rate) == (800.0, 40, 0.8) if found.peak else None
    assert found.simultaneity == pytest.approx(800 / 1400)
    assert found.load_factor == pytest.approx((500 * 95 + 800) / 96 / 800)
    assert found.energy_kwh == pytest.approx((500 * 95 + 800) / 4)
    unknown = period_rate(DAY, columns(0, np.full(SLOTS, np.nan)), [None])
    assert (unknown.peak, unknown.load_rate, unknown.known, unknown.mean_kw) == (None, None, 0.0, None)


def test_months_hold_their_days() -> None:
    two = columns(20_000, *[np.full(SLOTS, float(number)) for number in range(40)])
    months = by_month(two.day.tolist())
    assert sum(len(rows) for _, rows in months) == 40
    assert all(first.day == 1 for first, _ in months)
    assert chosen(two, months[0][1]).day.tolist() == two.day[: len(months[0][1])].tolist()
