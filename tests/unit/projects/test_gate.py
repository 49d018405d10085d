"""The gate: what is required, what is lacking, verdicts on opinions and benchmarks, overrides used once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from libs.common.web.problems import DomainError
from services.projects.gate.domain import overrides, reviews
from services.projects.gate.domain.gate import (
    GateFacts,
    GatePoint,
    GateRule,
    Lack,
    Shortcoming,
    lacking,
    latest,
    required_reviews,
)
from services.projects.gate.domain.overrides import Override, OverrideStatus
from services.projects.gate.domain.reviews import (
    Conclusion,
    EnergyFacts,
    Expert,
    Opinion,
    Review,
    ReviewStatus,
    Verdict,
)
from services.projects.gate.domain.standards import (
    IntensityBasis,
    ReviewKind,
    ReviewStandard,
    SectorBenchmark,
    Standing,
    benchmark_for,
    demand_benchmark_order,
    standing_of,
)
from services.projects.gate.domain.watching import GateState, clearing_reason, findings_of
from services.projects.gate.errors import (
    BenchmarkNotOrdered,
    ConditionsRequired,
    EnergyFactsRequired,
    ExpertConflicted,
    ExpertListed,
    IllegalReviewChange,
    IntensityOverLimit,
    NothingToOverride,
    OpinionsAgainst,
    OpinionsMissing,
    OverrideDeadlinePast,
    OverrideSpent,
    ReviewDatesOutOfOrder,
    ValidityTooLong,
)
from services.projects.ledger.domain.stages import ProjectKind

TODAY = date(2026, 9, 15)
EIA, ENERGY = ReviewKind.EIA, ReviewKind.ENERGY
START, COMMISSIONING = GatePoint.START, GatePoint.COMMISSIONING
FACTS = GateFacts(UUID(int=9), ProjectKind.NEW_BUILD, "421224101", "3140", 20_000_000)
EIA_RULE = GateRule("eia", EIA, tuple(GatePoint))
ENERGY_RULE = GateRule(
    "energy", ENERGY, (START,), kinds=(ProjectKind.NEW_BUILD,), sectors=("C",), min_investment_yuan=10_000_000
)
STANDARD = ReviewStandard(ENERGY, 24, 2)
BENCHMARK = SectorBenchmark("31", IntensityBasis.OUTPUT_VALUE, Decimal("0.9"), Decimal("0.5"), Decimal("0.7"))


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


def review(
    number: int = 1, kind: ReviewKind = EIA, verdict: Verdict | None = Verdict.PASS, **facts: object
) -> Review:
    known: dict[str, object] = {
        "issued_on": days(-100),
        "valid_until": None if verdict is Verdict.FAIL else days(100),
        "document_no": "doc",
    }
    base = Review(UUID(int=number), f"R-{number}", FACTS.project_id, kind, days(-200), verdict=verdict)
    status = ReviewStatus.OPEN if verdict is None else ReviewStatus.CONCLUDED
    return replace(base, **({"status": status} | (known if verdict else {}) | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "point", "required"),
    [
        ({}, START, (EIA, ENERGY)),
        ({}, COMMISSIONING, (EIA,)),
        ({"kind": ProjectKind.TOURISM}, START, (EIA,)),
        ({"sector_code": "4415"}, START, (EIA,)),
        ({"investment_yuan": 9_999_999}, START, (EIA,)),
        ({"investment_yuan": 10_000_000}, START, (EIA, ENERGY)),
        # What is not known exempts from nothing.
        ({"investment_yuan": None, "sector_code": None}, START, (EIA, ENERGY)),
        ({"region_code": "421221"}, START, (ENERGY,)),
    ],
)
def test_required_reviews_follow_from_kind_sector_size_region_and_point(
    change: dict[str, object], point: GatePoint, required: tuple[ReviewKind, ...]
) -> None:
    rules = (EIA_RULE, ENERGY_RULE, replace(EIA_RULE, region_code="421221", required=False))
    assert required_reviews(rules, replace(FACTS, **change), [point], TODAY) == required  # type: ignore[arg-type]


def test_steps_dated_before_a_rule_are_not_judged_by_it() -> None:
    rules = (replace(EIA_RULE, valid_from=TODAY),)
    assert required_reviews(rules, FACTS, [START], days(-1)) == ()
    assert required_reviews(rules, FACTS, [START], TODAY) == (EIA,)


@pytest.mark.parametrize(
    ("known", "point", "why"),
    [
        ([], START, Lack.MISSING),
        ([review(kind=ENERGY)], START, Lack.MISSING),
        ([review(verdict=None)], START, Lack.MISSING),
        ([review()], START, None),
        ([review(valid_until=TODAY)], START, None),
        ([review(valid_until=days(-1))], START, Lack.EXPIRED),
        ([review(verdict=Verdict.FAIL)], START, Lack.FAILED),
        # The last issued counts: a later fail takes an earlier pass away, a renewal heals an expiry.
        ([review(), review(2, verdict=Verdict.FAIL, issued_on=days(-50))], START, Lack.FAILED),
        ([review(valid_until=days(-1)), review(2, issued_on=days(-50))], START, None),
        ([review(issued_on=days(1))], START, Lack.MISSING),
        ([review(status=ReviewStatus.REVOKED)], START, Lack.MISSING),
        ([review(verdict=Verdict.CONDITIONAL)], START, None),
        ([review(verdict=Verdict.CONDITIONAL)], COMMISSIONING, Lack.CONDITIONS_OPEN),
        ([review(verdict=Verdict.CONDITIONAL, fulfilled_on=TODAY)], COMMISSIONING, None),
        ([review(verdict=Verdict.CONDITIONAL, fulfilled_on=days(1))], COMMISSIONING, Lack.CONDITIONS_OPEN),
    ],
)
def test_gate_names_what_is_lacking(known: list[Review], point: GatePoint, why: Lack | None) -> None:
    found = lacking([EIA], known, point, TODAY)
    assert [one.why for one in found] == ([] if why is None else [why])


@given(st.lists(st.tuples(st.integers(-30, 10), st.sampled_from(Verdict)), max_size=6), st.integers(-20, 40))
def test_only_the_last_issued_review_decides(drawn: list[tuple[int, Verdict]], ahead: int) -> None:
    known = [
        review(n, verdict=verdict, issued_on=days(offset), valid_until=days(offset + 20))
        for n, (offset, verdict) in enumerate(drawn, start=1)
    ]
    on = days(ahead)
    counting = latest(known, EIA, on)
    others = [one for one in known if one is not counting]
    assert lacking([EIA], known, START, on) == lacking([EIA], [counting] if counting else [], START, on)
    assert all(one.issued_on is not None and one.issued_on > on for one in others) or counting is not None


def panel(*opinions: Opinion | None, conflict: bool = False) -> Review:
    experts = tuple(
        Expert(
            UUID(int=n), f"E{n}", "institute", "energy", opinion=opinion, opined_on=days(-5) if opinion else None
        )
        for n, opinion in enumerate(opinions, start=1)
    )
    if conflict:
        experts = (*experts, Expert(UUID(int=99), "E99", "investor", "energy", "shareholder"))
    facts = EnergyFacts(Decimal("0.6"), IntensityBasis.OUTPUT_VALUE)
    return review(kind=ENERGY, verdict=None, experts=experts, energy=facts)


AGREE, DISAGREE = Opinion.AGREE, Opinion.DISAGREE
PASS = Conclusion(Verdict.PASS, days(-1), "doc 1")
FAIL = Conclusion(Verdict.FAIL, days(-1), "doc 1", "too much coal")


def test_pass_holds_as_long_as_the_standard_allows_and_keeps_its_benchmark() -> None:
    done = reviews.conclude(panel(AGREE, AGREE, conflict=True), PASS, STANDARD, BENCHMARK, TODAY)
    assert (done.status, done.valid_until) == (ReviewStatus.CONCLUDED, date(2028, 9, 14))
    assert done.measured is not None
    assert (done.measured.standing, done.measured.limit_value) == (Standing.WITHIN_ENTRY, Decimal("0.9"))
    assert ReviewStandard(EIA, 6, 0).last_day(date(2026, 8, 31)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("one", "given_", "error"),
    [
        (panel(AGREE), PASS, OpinionsMissing),
        (panel(AGREE, None), PASS, OpinionsMissing),
        (panel(AGREE, conflict=True), PASS, OpinionsMissing),
        (panel(AGREE, DISAGREE, DISAGREE), PASS, OpinionsAgainst),
        (replace(panel(AGREE, AGREE), energy=None), PASS, EnergyFactsRequired),
        (
            replace(panel(AGREE, AGREE), energy=EnergyFacts(Decimal("0.91"), IntensityBasis.OUTPUT_VALUE)),
            PASS,
            IntensityOverLimit,
        ),
        (panel(AGREE, AGREE), replace(FAIL, text=None), ConditionsRequired),
        (panel(AGREE, AGREE), replace(PASS, verdict=Verdict.CONDITIONAL), ConditionsRequired),
        (panel(AGREE, AGREE), replace(PASS, valid_until=date(2028, 9, 15)), ValidityTooLong),
        (panel(AGREE, AGREE), replace(PASS, valid_until=days(-2)), ValidityTooLong),
        (panel(AGREE, AGREE), replace(PASS, issued_on=days(-6)), ReviewDatesOutOfOrder),
    ],
)
def test_verdict_is_refused_when_it_does_not_follow(
    one: Review, given_: Conclusion, error: type[DomainError]
) -> None:
    with pytest.raises(error):
        reviews.conclude(one, given_, STANDARD, BENCHMARK, TODAY)


def test_fail_needs_no_majority_and_no_limit() -> None:
    bad = replace(panel(DISAGREE, DISAGREE), energy=EnergyFacts(Decimal(5), IntensityBasis.OUTPUT_VALUE))
    done = reviews.conclude(bad, FAIL, STANDARD, BENCHMARK, TODAY)
    assert (done.verdict, done.valid_until, done.is_pass) == (Verdict.FAIL, None, False)
    with pytest.raises(IllegalReviewChange):
        reviews.fulfil(done, TODAY, "x", TODAY)
    revoked = reviews.revoke(done, TODAY, "appeal granted", TODAY)
    assert revoked.status is ReviewStatus.REVOKED


def test_conflicted_expert_gives_no_opinion_and_nobody_sits_twice() -> None:
    one = panel(AGREE, conflict=True)
    with pytest.raises(ExpertConflicted):
        reviews.give_opinion(one, UUID(int=99), AGREE, "", TODAY, TODAY)
    with pytest.raises(ExpertListed):
        reviews.add_expert(one, Expert(UUID(int=5), "E1", "institute", "heat"))


@pytest.mark.parametrize(
    ("intensity", "standing"),
    [("0.5", Standing.ADVANCED), ("0.7", Standing.WITHIN_ENTRY), ("0.9", Standing.WITHIN_LIMIT),
     ("0.900001", Standing.OVER_LIMIT)],
)  # fmt: skip
def test_intensity_on_an_edge_is_within(intensity: str, standing: Standing) -> None:
    assert standing_of(Decimal(intensity), BENCHMARK) is standing
    assert standing_of(Decimal(intensity), None) is Standing.NO_BENCHMARK


def test_benchmark_of_the_narrowest_sector_then_region_counts() -> None:
    wide = replace(BENCHMARK, sector_code="C", region_code="421224", source="county, all industry")
    known = (
        wide,
        replace(BENCHMARK, source="country"),
        replace(BENCHMARK, region_code="420000", source="province"),
    )
    basis = IntensityBasis.OUTPUT_VALUE

    def source(sector: str, region: str) -> str | None:
        found = benchmark_for(known, sector, region, TODAY, basis=basis, product_unit="")
        return None if found is None else found.source

    assert source("3140", "421224101") == "province"
    assert source("C3140", "110105") == "country"
    assert source("1310", "421224101") == "county, all industry"
    assert source("1310", "421221") is None


@pytest.mark.parametrize(
    "bad",
    [
        replace(BENCHMARK, advanced_value=Decimal("0.8")),
        replace(BENCHMARK, entry_value=Decimal("0.95")),
        replace(BENCHMARK, product_unit="t"),
        replace(BENCHMARK, basis=IntensityBasis.PRODUCT),
    ],
)
def test_benchmark_out_of_order_is_refused(bad: SectorBenchmark) -> None:
    with pytest.raises(BenchmarkNotOrdered):
        demand_benchmark_order(bad)


OVERRIDE = Override(UUID(int=70), "OV-1", FACTS.project_id, START, (EIA,), "flood", UUID(int=3), TODAY, days(30))
LACKS = (Shortcoming(EIA, Lack.MISSING), Shortcoming(ENERGY, Lack.MISSING))


def test_override_passes_over_what_it_names_once_and_in_time() -> None:
    taken, left = overrides.choose([OVERRIDE], LACKS, START, TODAY)
    assert ([one.code for one in taken], [one.review for one in left]) == (["OV-1"], [ENERGY])
    both = replace(OVERRIDE, id=UUID(int=71), reviews=(EIA, ENERGY))
    assert overrides.choose([both], LACKS, START, TODAY) == ((both,), ())
    for spent in (
        overrides.use(OVERRIDE, TODAY, "started"),
        overrides.revoke(OVERRIDE, TODAY, "x"),
        replace(OVERRIDE, make_good_by=days(-1)),
        replace(OVERRIDE, point=COMMISSIONING),
    ):
        assert overrides.choose([spent], LACKS, START, TODAY) == ((), LACKS)
    with pytest.raises(OverrideSpent):
        overrides.revoke(overrides.use(OVERRIDE, TODAY, "started"), TODAY, "x")


def test_override_is_granted_for_what_is_lacking_alone_and_for_a_day_to_come() -> None:
    overrides.demand_grantable(OVERRIDE, LACKS, TODAY)
    with pytest.raises(NothingToOverride):
        overrides.demand_grantable(OVERRIDE, LACKS[1:], TODAY)
    with pytest.raises(NothingToOverride):
        overrides.demand_grantable(replace(OVERRIDE, reviews=()), (), TODAY)
    with pytest.raises(OverrideDeadlinePast):
        overrides.demand_grantable(replace(OVERRIDE, make_good_by=days(-1)), LACKS, TODAY)


def state(stage: Stage, *known: Review, late: tuple[Override, ...] = ()) -> GateState:
    return GateState(FACTS, stage, (EIA_RULE,), (ReviewStandard(EIA, 60, 3, 90),), known, late)


@pytest.mark.parametrize(
    ("stage", "one", "level"),
    [
        (Stage.STARTED, review(valid_until=TODAY), None),
        (Stage.STARTED, review(valid_until=days(-1)), 1),
        (Stage.COMPLETED, review(valid_until=days(-90)), 2),
        (Stage.SIGNED, review(valid_until=days(-1)), None),
        (Stage.IN_PRODUCTION, review(valid_until=days(-1)), None),
        (Stage.SUSPENDED, review(valid_until=days(-1)), None),
        (Stage.STARTED, review(kind=ENERGY, valid_until=days(-1)), None),
        (Stage.STARTED, review(verdict=Verdict.FAIL), None),
    ],
)
def test_expired_pass_is_a_condition_between_start_and_commissioning(
    stage: Stage, one: Review, level: int | None
) -> None:
    found = findings_of(state(stage, one), TODAY)
    assert [(key, told.level) for key, told in found.items()] == ([] if level is None else [(one.id, level)])


def test_renewal_clears_the_expiry_and_says_so() -> None:
    old, new = review(valid_until=days(-1)), review(2, issued_on=TODAY)
    assert findings_of(state(Stage.STARTED, old, new), TODAY) == {}
    assert clearing_reason(state(Stage.STARTED, old, new), old.id, TODAY) == "renewed"
    assert clearing_reason(state(Stage.IN_PRODUCTION, old), old.id, TODAY) == "commissioned"
    assert clearing_reason(state(Stage.SIGNED, old), old.id, TODAY) == "reversed"
    revoked = reviews.revoke(old, TODAY, "x", TODAY)
    assert clearing_reason(state(Stage.STARTED, revoked), old.id, TODAY) == "revoked"


def test_used_override_that_is_not_made_good_in_time_is_a_condition() -> None:
    used = replace(overrides.use(OVERRIDE, days(-40), "started"), make_good_by=days(-1))
    (told,) = findings_of(state(Stage.STARTED, late=(used,)), TODAY).values()
    assert (told.kind, told.days, told.level) == ("gate_override_overdue", 1, 1)
    assert "环境影响评价" in told.explanation_zh
    good = overrides.make_good(used, TODAY)
    assert good.status is OverrideStatus.MADE_GOOD
    assert findings_of(state(Stage.STARTED, late=(good,)), TODAY) == {}
