"""Plan curves, size bands, output, and planned investment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.annual_plans import demand_reason
from services.projects.ledger.domain.curve import CurvePoint, plan_curve, planned_percent
from services.projects.ledger.domain.outputs import Output, set_output
from services.projects.ledger.domain.project import PlannedDate, Project
from services.projects.ledger.domain.size_bands import SizeBand, SizeBands, demand_bands_in_order, size_of
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.ledger.errors import (
    BandsNotOrdered,
    CurveNotOrdered,
    DateInFuture,
    OutputCorrectionNeedsNote,
    OutsideProduction,
    PlanNeedsReason,
)

TODAY = date(2026, 9, 15)
PRODUCING = Project(
    id=UUID(int=1),
    code="X",
    name="X",
    kind=ProjectKind.NEW_BUILD,
    region_code="421224",
    stage=Stage.IN_PRODUCTION,
    signed_on=date(2026, 1, 20),
    plan={Milestone.PRODUCTION: PlannedDate(actual_on=date(2026, 6, 18))},
)


def points(*pairs: tuple[str, str]) -> list[CurvePoint]:
    return [CurvePoint(date.fromisoformat(f"{month}-01"), Decimal(percent)) for month, percent in pairs]


@pytest.mark.parametrize(
    ("on", "percent"),
    [
        (date(2026, 2, 28), "0.00"),
        (date(2026, 3, 1), "0.65"),
        (date(2026, 3, 31), "20.00"),
        (date(2026, 4, 15), "30.00"),
        (date(2026, 4, 30), "40.00"),
        (date(2026, 5, 31), "60.33"),
        (date(2026, 6, 30), "80.00"),
        (date(2026, 7, 31), "100.00"),
        (date(2030, 1, 1), "100.00"),
    ],
)
def test_works_go_on_evenly_between_the_ends_of_two_months(on: date, percent: str) -> None:
    # May is left out: from 40 at the end of April to 80 at the end of June in 61 days.
    curve = plan_curve(points(("2026-03", "20"), ("2026-04", "40"), ("2026-06", "80"), ("2026-07", "100")))
    assert planned_percent(curve, on) == Decimal(percent)


@pytest.mark.parametrize(
    ("pairs", "faults"),
    [
        ([("2026-03", "50"), ("2026-03", "100")], {"curve.month_not_rising": "/points/1/month"}),
        (
            [("2026-03", "50"), ("2026-04", "40"), ("2026-05", "100")],
            {"curve.percent_falling": "/points/1/percent"},
        ),
        ([("2026-03", "50")], {"curve.not_complete": "/points/0/percent"}),
        ([], {"curve.not_complete": "/points/0/percent"}),
        (
            [("2026-04", "101"), ("2026-03", "100")],
            {
                "curve.month_not_rising": "/points/1/month",
                "curve.percent_falling": "/points/1/percent",
                "curve.percent_outside": "/points/0/percent",
            },
        ),
    ],
)
def test_curve_is_refused_with_every_fault_named(pairs: list[tuple[str, str]], faults: dict[str, str]) -> None:
    with pytest.raises(CurveNotOrdered) as raised:
        plan_curve(points(*pairs))
    assert {fault.code: fault.pointer for fault in raised.value.errors} == faults


@given(
    st.lists(st.decimals(0, 100, places=2), max_size=15),
    st.sets(st.integers(0, 60), min_size=16, max_size=16),
    st.integers(-60, 2000),
)
def test_planned_share_never_falls_and_stays_between_nothing_and_all(
    percents: list[Decimal], months: set[int], day: int
) -> None:
    rising = [*sorted(percents), Decimal(100)]
    chosen = sorted(months)[: len(rising)]
    curve = plan_curve(
        [
            CurvePoint(date(2024 + offset // 12, offset % 12 + 1, 17), percent)
            for offset, percent in zip(chosen, rising, strict=True)
        ]
    )
    days = [date(2024, 1, 1) + timedelta(days=day + step) for step in range(0, 90, 7)]
    shares = [planned_percent(curve, on) for on in days]
    assert all(0 <= share <= 100 for share in shares)
    assert all(earlier <= later for earlier, later in pairwise(shares))
    assert planned_percent(curve, curve.ends_on) == 100
    assert planned_percent(curve, curve.begins_on - timedelta(days=1)) == 0


BANDS = SizeBands(
    bands=(
        SizeBand("10m_50m", "1000万–5000万元", "10–50 million", 10_000_000),
        SizeBand("50m_100m", "5000万–1亿元", "50–100 million", 50_000_000),
        SizeBand("from_100m", "1亿元以上", "100 million and more", 100_000_000),
    )
)


@pytest.mark.parametrize(
    ("yuan", "code"),
    [
        (None, None),
        (9_999_999, None),
        (10_000_000, "10m_50m"),
        (49_999_999, "10m_50m"),
        (50_000_000, "50m_100m"),
        (99_999_999, "50m_100m"),
        (100_000_000, "from_100m"),
        (10**15, "from_100m"),
    ],
)
def test_lower_edge_belongs_to_the_band(yuan: int | None, code: str | None) -> None:
    band = BANDS.band_of(yuan)
    assert (band and band.code) == code


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8, unique=True), st.integers(0, 2 * 10**9))
def test_every_amount_lies_in_the_one_band_whose_edges_hold_it(edges: list[int], yuan: int) -> None:
    bands = SizeBands(bands=tuple(SizeBand(str(edge), "x", "x", edge) for edge in sorted(edges)))
    demand_bands_in_order(bands)
    holding = [
        band
        for band in bands.bands
        if band.from_yuan <= yuan and ((below := bands.below_yuan(band)) is None or yuan < below)
    ]
    found = bands.band_of(yuan)
    assert holding == ([] if found is None else [found])


def test_bands_are_refused_when_they_do_not_rise_or_share_a_code() -> None:
    falling = replace(BANDS, bands=(BANDS.bands[1], BANDS.bands[0], replace(BANDS.bands[2], code="10m_50m")))
    with pytest.raises(BandsNotOrdered) as raised:
        demand_bands_in_order(falling)
    assert [fault.pointer for fault in raised.value.errors] == ["/bands/1/from_yuan", "/bands/2/code"]


def test_project_is_measured_by_its_total_investment_else_by_its_contract() -> None:
    assert size_of(PRODUCING) is None
    assert size_of(replace(PRODUCING, contract_amount_yuan=5)) == 5
    assert size_of(replace(PRODUCING, contract_amount_yuan=5, total_investment_yuan=7)) == 7


MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("project", "month", "error"),
    [
        (PRODUCING, date(2026, 10, 1), DateInFuture),
        (PRODUCING, MAY, OutsideProduction),
        (replace(PRODUCING, plan={}, stage=Stage.COMPLETED), JUNE, OutsideProduction),
        (
            replace(PRODUCING, stage=Stage.TERMINATED, interrupted_on=date(2026, 7, 31)),
            date(2026, 8, 1),
            OutsideProduction,
        ),
    ],
)
def test_output_is_refused_when_nothing_was_produced(
    project: Project, month: date, error: type[Exception]
) -> None:
    with pytest.raises(error):
        set_output(project, {}, Output(month, 1_000_000), "", TODAY)


def test_output_of_a_month_is_corrected_with_a_note() -> None:
    entry = Output(JUNE, 1_000_000, 80_000)
    assert set_output(PRODUCING, {}, entry, "", TODAY) is None
    known = {JUNE: entry}
    assert set_output(PRODUCING, known, entry, "", TODAY) == entry
    with pytest.raises(OutputCorrectionNeedsNote):
        set_output(PRODUCING, known, replace(entry, tax_yuan=None), "", TODAY)
    assert set_output(PRODUCING, known, replace(entry, tax_yuan=None), "not yet filed", TODAY) == entry


def test_years_plan_changes_with_a_reason() -> None:
    demand_reason(None, 5, 2026, "")
    demand_reason(5, 5, 2026, "")
    demand_reason(5, 6, 2026, "adjusted in July")
    with pytest.raises(PlanNeedsReason):
        demand_reason(5, 6, 2026, " ")
