"""Where intensities stand, what levels would save, and the order of a contest."""

import itertools
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.efficiency.domain.benchmarks import (
    Benchmark,
    Level,
    Standing,
    benchmark_for,
    demand_order,
    position_of,
    standing_of,
)
from services.energy.efficiency.domain.contest import (
    Candidate,
    ContestRule,
    Exclusion,
    Part,
    Quality,
    WithoutLastYear,
    demand_rule_order,
    level_score,
    standing,
)
from services.energy.efficiency.domain.intensities import Basis, Boundary, Intensity
from services.energy.efficiency.errors import BenchmarkNotOrdered, ContestRuleNotOrdered

JAN, MAR = date(2026, 1, 1), date(2026, 3, 1)
CLINKER = Benchmark(
    sector_code="C3011",
    basis=Basis.PRODUCT,
    product_code="clinker",
    product_unit="t",
    limit_value=Decimal("0.117"),
    entry_value=Decimal("0.107"),
    advanced_value=Decimal("0.1"),
)
RULE = ContestRule(
    code="cement",
    name="水泥",
    sectors=("C3011",),
    basis=Basis.PRODUCT,
    product_code="clinker",
    weight_level=Decimal("0.5"),
    weight_improvement=Decimal("0.3"),
    weight_quality=Decimal("0.2"),
)
GOOD = Quality(Decimal(1), Decimal(1), Decimal(1))


def intensity(value: str | None, output: str = "10000") -> Intensity:
    known = None if value is None else Decimal(value)
    tce = None if known is None else known * Decimal(output)
    return Intensity(Basis.PRODUCT, "clinker", Boundary.ENTERPRISE, JAN, MAR, tce, Decimal(output), known)


def candidate(code: str, value: str | None, before: str | None = None, quality: Quality = GOOD) -> Candidate:
    now = intensity(value)
    earlier = None if before is None else intensity(before)
    position = position_of(now, CLINKER)
    return Candidate(uuid4(), code, code, "421224", "C3011", now, earlier, CLINKER, position, quality)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.1", Standing.ADVANCED),
        ("0.100001", Standing.WITHIN_ENTRY),
        ("0.107", Standing.WITHIN_ENTRY),
        ("0.117", Standing.WITHIN_LIMIT),
        ("0.117001", Standing.OVER_LIMIT),
    ],
)
def test_value_on_an_edge_is_within(value: str, expected: Standing) -> None:
    assert standing_of(Decimal(value), CLINKER) is expected


def test_savings_at_each_level_when_over_the_limit() -> None:
    # At the advanced level (0.224 − 0.1) × 10,000 t = 1,240 tce would be saved.
    found = position_of(intensity("0.224"), CLINKER)
    assert found is not None
    assert found.savings == {
        Level.LIMIT: Decimal("1070.000"),
        Level.ENTRY: Decimal("1170.000"),
        Level.ADVANCED: Decimal("1240.000"),
    }
    assert (found.next_level, found.needed_tce) == (Level.LIMIT, Decimal("1070.000"))
    best = position_of(intensity("0.09"), CLINKER)
    assert best is not None
    assert (best.next_level, best.savings[Level.ADVANCED]) == (None, Decimal(0))
    assert position_of(intensity(None), CLINKER) is None


def test_benchmark_of_the_narrowest_sector_then_region_counts() -> None:
    wide = replace(CLINKER, sector_code="C30", limit_value=Decimal(1))
    county = replace(CLINKER, region_code="421224", limit_value=Decimal("0.116"))
    old = replace(CLINKER, valid_to=date(2026, 1, 1), valid_from=date(2020, 1, 1))

    def limit(known: list[Benchmark], region: str = "421224101", sector: str = "3011") -> Decimal | None:
        found = benchmark_for(known, sector, region, MAR, basis=Basis.PRODUCT, product_code="clinker")
        return None if found is None else found.limit_value

    assert limit([wide, CLINKER, county]) == Decimal("0.116")
    assert limit([wide, CLINKER, county], region="421221") == Decimal("0.117")
    assert limit([wide, old]) == 1
    assert limit([CLINKER], sector="C3012") is None


def test_values_of_a_benchmark_have_to_rise() -> None:
    for wrong in (replace(CLINKER, advanced_value=Decimal("0.108")), replace(CLINKER, product_code="")):
        with pytest.raises(BenchmarkNotOrdered):
            demand_order(wrong)
    with pytest.raises(ContestRuleNotOrdered):
        demand_rule_order(replace(RULE, weight_level=Decimal("0.4")))


def test_scores_worked_by_hand() -> None:
    # Level: 60 + (0.117 − 0.107) / 0.017 × 40 = 83.53. Improvement (0.11 − 0.107) / 0.11 = 2.73 %: 50 + 27.3.
    quality = Quality(Decimal("0.6667"), Decimal(1), Decimal("0.98"))
    (found,) = standing(RULE, [candidate("A", "0.107", "0.11", quality)])
    assert (found.level, found.improvement, found.quality) == (
        Decimal("83.53"),
        Decimal("77.30"),
        Decimal("88.22"),
    )
    # 0.5 × 83.53 + 0.3 × 77.30 + 0.2 × 88.22 = 82.599.
    assert (found.total, found.rank) == (Decimal("82.60"), 1)


def test_who_has_no_last_year_is_weighed_by_the_rest_or_excluded() -> None:
    (found,) = standing(RULE, [candidate("A", "0.1")])
    assert (found.total, found.improvement) == (Decimal("100.00"), None)
    strict = replace(RULE, without_last_year=WithoutLastYear.EXCLUDE)
    (out,) = standing(strict, [candidate("A", "0.1")])
    assert (out.exclusion, out.rank, out.total) == (Exclusion.NO_LAST_YEAR, None, None)


def test_equals_share_a_rank_and_the_next_is_left_out() -> None:
    found = standing(
        RULE,
        [candidate("C", "0.11", "0.11"), candidate("A", "0.1", "0.1"), candidate("B", "0.1", "0.1")],
    )
    assert [(one.candidate.credit_code, one.rank) for one in found] == [("A", 1), ("B", 1), ("C", 3)]


def test_tie_of_totals_is_decided_by_the_parts_the_rule_names() -> None:
    # Half of 100 and half of 50; half of 80 and half of 70: both 75.
    even = replace(RULE, weight_level=Decimal("0.5"), weight_improvement=Decimal("0.5"), weight_quality=Decimal(0))
    better_level, better_trend = candidate("B", "0.1", "0.1"), candidate("A", "0.1085", "0.110714")
    totals = [one.total for one in standing(even, [better_level, better_trend])]
    assert totals == [Decimal("75.00"), Decimal("75.00")]
    by_level = standing(replace(even, tie_breaks=(Part.LEVEL,)), [better_trend, better_level])
    assert [one.candidate.credit_code for one in by_level] == ["B", "A"]
    by_trend = standing(replace(even, tie_breaks=(Part.IMPROVEMENT,)), [better_trend, better_level])
    assert [one.candidate.credit_code for one in by_trend] == ["A", "B"]


def test_excluded_come_last_with_the_reason() -> None:
    poor = Quality(Decimal("0.3"), None, None)
    found = standing(
        RULE,
        [
            candidate("over", "0.12"),
            replace(candidate("vetoed", "0.1"), is_vetoed=True),
            candidate("null", None),
            replace(candidate("unknown", "0.1"), benchmark=None, position=None),
            candidate("poor", "0.1", quality=poor),
            candidate("fine", "0.117"),
        ],
    )
    assert found[0].candidate.name == "fine"
    assert {one.candidate.name: one.exclusion for one in found[1:]} == {
        "over": Exclusion.OVER_LIMIT,
        "vetoed": Exclusion.VETOED,
        "null": Exclusion.NO_INTENSITY,
        "unknown": Exclusion.NO_BENCHMARK,
        "poor": Exclusion.POOR_DATA,
    }
    lenient = replace(RULE, excludes_over_limit=False)
    (over,) = standing(lenient, [candidate("over", "0.12")])
    # 60 − (0.12 − 0.117) / 0.017 × 40 = 52.94.
    assert (over.rank, over.level) == (1, Decimal("52.94"))


@given(st.lists(st.decimals("0.08", "0.13", places=4), min_size=1, max_size=12))
def test_ranks_follow_totals_in_any_order_of_candidates(values: list[Decimal]) -> None:
    ones = [candidate(f"E{number:02}", str(value), "0.11") for number, value in enumerate(values)]
    found = standing(RULE, ones)
    again = standing(RULE, list(reversed(ones)))
    assert [(one.candidate.credit_code, one.rank) for one in found] == [
        (one.candidate.credit_code, one.rank) for one in again
    ]
    ranked = [one for one in found if one.rank is not None]
    for earlier, later in itertools.pairwise(ranked):
        assert earlier.total is not None
        assert later.total is not None
        assert earlier.total >= later.total
        assert (earlier.rank or 0) <= (later.rank or 0)


@given(st.decimals("0.01", "0.5", places=5), st.decimals("0.01", "0.5", places=5))
def test_less_energy_never_scores_less(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    better, worse = level_score(RULE, low, CLINKER), level_score(RULE, high, CLINKER)
    assert better is not None
    assert worse is not None
    assert 0 <= worse <= better <= 100
