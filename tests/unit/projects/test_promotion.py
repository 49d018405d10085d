"""Referrals without circles, leads, credit and reward."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projects.ledger.domain.people import Actor
from services.projects.ledger.domain.project import Channel
from services.projects.promotion.domain.credit import CreditedProject, credit
from services.projects.promotion.domain.investors import Origin, demand_origin, origin_of
from services.projects.promotion.domain.leads import (
    LeadStage,
    LeadState,
    allowed_stages,
    demand_next_step,
    enter,
)
from services.projects.promotion.domain.referrals import ReferralGraph
from services.projects.promotion.domain.rewards import (
    AwardState,
    Band,
    Introducer,
    Introduction,
    RewardRule,
    demand_bands,
    demand_decidable,
    demand_introductions,
    demand_payable,
    differences,
    reward_for,
    rule_for,
    share_out,
)
from services.projects.promotion.domain.watching import (
    LeadConditionKind,
    LeadFacts,
    LeadRule,
    clearing_reason,
    evaluate,
)
from services.projects.promotion.errors import (
    AwardFourEyes,
    AwardNotOpen,
    AwardPaidAhead,
    CreditSharesNotWhole,
    IllegalLeadStep,
    IntroducersMalformed,
    LeadDateInFuture,
    LeadDatesOutOfOrder,
    LeadNeedsReason,
    NextStepAhead,
    OriginMismatch,
    ReferralCycle,
    RegisteredAfterSigning,
    RewardRuleMalformed,
    SelfReferral,
)

TODAY = date(2026, 9, 15)
A, B, C, D = (UUID(int=number) for number in range(1, 5))


def test_nobody_introduces_himself_nor_his_own_company() -> None:
    graph = ReferralGraph([], [(A, B), (B, C)])
    for party in (A, B, C):
        with pytest.raises(SelfReferral):
            graph.demand_edge(A, party)
    graph.demand_edge(A, D)


def test_circle_is_refused_with_the_chain_that_would_close() -> None:
    graph = ReferralGraph([(A, B), (B, C)])
    graph.demand_edge(A, C)
    with pytest.raises(ReferralCycle) as refusal:
        graph.demand_edge(C, A)
    assert refusal.value.params["chain"] == [str(A), str(B), str(C)]


def test_tie_closes_a_circle_too() -> None:
    graph = ReferralGraph([(A, B), (B, C)])
    for one, other in ((A, C), (C, A), (B, A)):
        with pytest.raises(ReferralCycle):
            graph.demand_tie(one, other)
    graph.demand_tie(A, D)
    with pytest.raises(ReferralCycle):
        ReferralGraph([(A, B), (C, D)], [(B, C)]).demand_edge(D, A)


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 11), st.integers(0, 11)),
        min_size=1,
        max_size=60,
    )
)
def test_graph_never_holds_a_circle_whatever_is_asked(wishes: list[tuple[bool, int, int]]) -> None:
    edges: list[tuple[UUID, UUID]] = []
    ties: list[tuple[UUID, UUID]] = []
    for is_tie, first, second in wishes:
        one, other = UUID(int=first), UUID(int=second)
        graph = ReferralGraph(edges, ties)
        try:
            (graph.demand_tie if is_tie else graph.demand_edge)(one, other)
        except (ReferralCycle, SelfReferral):
            continue
        (ties if is_tie else edges).append((one, other))
        assert not ReferralGraph(edges, ties).has_cycle()


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25))
def test_what_is_refused_would_have_closed_a_circle(wishes: list[tuple[int, int]]) -> None:
    edges: list[tuple[UUID, UUID]] = []
    for first, second in wishes:
        edge = (UUID(int=first), UUID(int=second))
        try:
            ReferralGraph(edges).demand_edge(*edge)
        except (ReferralCycle, SelfReferral):
            assert first == second or ReferralGraph([*edges, edge]).has_cycle()
        else:
            edges.append(edge)


def test_origin_is_a_region_at_home_or_a_country_abroad() -> None:
    demand_origin("CN", "330000")
    demand_origin("DE", None)
    for country, region in (("DE", "330000"), ("CN", "12")):
        with pytest.raises(OriginMismatch):
            demand_origin(country, region)
    assert [origin_of(country) for country in ("CN", "HK", "DE")] == [
        Origin.DOMESTIC,
        Origin.FOREIGN,
        Origin.FOREIGN,
    ]


CONTACTED = LeadState(LeadStage.CONTACTED, TODAY - timedelta(10))


def test_lead_goes_its_way_and_is_taken_up_where_it_was_lost() -> None:
    talks = enter(CONTACTED, LeadStage.NEGOTIATING, TODAY - timedelta(8), TODAY)
    lost = enter(talks, LeadStage.LOST, TODAY - timedelta(5), TODAY, "no land")
    assert (lost.lost_stage, lost.lost_reason, allowed_stages(lost)) == (
        LeadStage.NEGOTIATING,
        "no land",
        (LeadStage.NEGOTIATING,),
    )
    again = enter(lost, LeadStage.NEGOTIATING, TODAY - timedelta(2), TODAY, "land was found")
    assert (again.lost_stage, again.lost_reason) == (None, None)
    intent = enter(again, LeadStage.INTENT_SIGNED, TODAY, TODAY)
    assert allowed_stages(enter(intent, LeadStage.CONVERTED, TODAY, TODAY)) == ()


@pytest.mark.parametrize(
    ("stage", "days", "reason", "error"),
    [
        (LeadStage.INTENT_SIGNED, 0, "", IllegalLeadStep),
        (LeadStage.CONVERTED, 0, "", IllegalLeadStep),
        (LeadStage.CONTACTED, 0, "", IllegalLeadStep),
        (LeadStage.NEGOTIATING, 1, "", LeadDateInFuture),
        (LeadStage.NEGOTIATING, -11, "", LeadDatesOutOfOrder),
        (LeadStage.LOST, 0, " ", LeadNeedsReason),
    ],
)
def test_lead_skips_no_stage_and_is_lost_for_a_reason(
    stage: LeadStage, days: int, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        enter(CONTACTED, stage, TODAY + timedelta(days), TODAY, reason)


def test_next_step_and_its_day_come_together() -> None:
    demand_next_step(TODAY, "", None)
    demand_next_step(TODAY, "visit", TODAY + timedelta(1))
    for step, on in (("visit", None), (" ", TODAY + timedelta(1)), ("visit", TODAY)):
        with pytest.raises(NextStepAhead):
            demand_next_step(TODAY, step, on)


RULES = (
    LeadRule(kind=LeadConditionKind.FOLLOW_UP_OVERDUE, threshold_days=1, level2_days=15),
    LeadRule(kind=LeadConditionKind.NEGLECTED, threshold_days=30, level2_days=60),
    LeadRule(kind=LeadConditionKind.NEGLECTED, threshold_days=10, region_code="421224"),
)


@pytest.mark.parametrize(
    ("region", "stage", "last", "agreed", "expected"),
    [
        ("421224101", LeadStage.CONTACTED, 9, None, None),
        ("421224101", LeadStage.CONTACTED, 10, None, ("lead_neglected", 10, 1)),
        ("421221", LeadStage.CONTACTED, 29, None, None),
        ("421221", LeadStage.NEGOTIATING, 60, None, ("lead_neglected", 60, 2)),
        ("421221", LeadStage.NEGOTIATING, 60, 0, None),
        ("421221", LeadStage.NEGOTIATING, 60, 1, ("lead_follow_up_overdue", 1, 1)),
        ("421221", LeadStage.INTENT_SIGNED, 60, 15, ("lead_follow_up_overdue", 15, 2)),
        ("421221", LeadStage.LOST, 600, 15, None),
        ("421221", LeadStage.CONVERTED, 600, None, None),
    ],
)
def test_lead_that_is_let_lie_is_found(
    region: str, stage: LeadStage, last: int, agreed: int | None, expected: tuple[str, int, int] | None
) -> None:
    next_on = None if agreed is None else TODAY - timedelta(agreed)
    facts = LeadFacts(A, region, stage, TODAY - timedelta(last), "visit" if next_on else "", next_on)
    found = [(one.kind, one.days, one.level) for one in evaluate(facts, RULES, TODAY)]
    assert found == ([] if expected is None else [expected])


def test_clearing_says_why() -> None:
    def why(stage: LeadStage, last: date) -> str:
        return clearing_reason(LeadFacts(A, "421224", stage, last), TODAY - timedelta(40))

    assert why(LeadStage.LOST, TODAY) == "lost"
    assert why(LeadStage.CONVERTED, TODAY) == "converted"
    assert why(LeadStage.CONTACTED, TODAY) == "followed_up"
    assert why(LeadStage.CONTACTED, TODAY - timedelta(40)) == "rule_changed"


MILLION = 1_000_000
BANDS = (Band(10 * MILLION, 1000), Band(50 * MILLION, 2000))
WHOLE_RULE = RewardRule(bands=BANDS, cap_yuan=150_000)
SLICED = RewardRule(bands=BANDS, progressive=True)


@pytest.mark.parametrize(
    ("rule", "funds", "reward"),
    [
        (WHOLE_RULE, 10 * MILLION - 1, 0),
        (WHOLE_RULE, 10 * MILLION, 10_000),
        (WHOLE_RULE, 50 * MILLION - 1, 50_000),
        (WHOLE_RULE, 50 * MILLION, 100_000),
        (WHOLE_RULE, 90 * MILLION, 150_000),
        (SLICED, 10 * MILLION, 0),
        (SLICED, 10 * MILLION + 499, 0),
        (SLICED, 10 * MILLION + 500, 1),
        (SLICED, 53 * MILLION, 46_000),
    ],
)
def test_reward_follows_the_bands_and_never_passes_the_cap(rule: RewardRule, funds: int, reward: int) -> None:
    assert reward_for(rule, funds) == reward


@given(st.integers(0, 10**12), st.integers(0, 10**9))
def test_sliced_reward_grows_with_the_funds_and_is_never_negative(funds: int, more: int) -> None:
    assert 0 <= reward_for(SLICED, funds) <= reward_for(SLICED, funds + more)
    assert reward_for(WHOLE_RULE, funds) <= 150_000


def test_bands_rise() -> None:
    demand_bands(BANDS)
    for bands in ((), (BANDS[1], BANDS[0]), (BANDS[0], BANDS[0])):
        with pytest.raises(RewardRuleMalformed):
            demand_bands(bands)


def test_narrowest_rule_counts_then_channel_then_origin() -> None:
    def rule(**facts: object) -> RewardRule:
        return RewardRule(bands=BANDS, **facts)  # type: ignore[arg-type] # one helper for all columns

    everywhere, foreign = rule(), rule(origin=Origin.FOREIGN)
    kin, county = rule(channel=Channel.KINSHIP), rule(region_code="421224", valid_from=date(2026, 1, 1))
    rules = (everywhere, foreign, kin, county)

    def counts(region: str, channel: Channel, origin: Origin, day: date) -> RewardRule | None:
        return rule_for(rules, region, channel, origin, day)

    old, new = date(2025, 5, 1), date(2026, 5, 1)
    assert counts("421221", Channel.MERCHANT, Origin.DOMESTIC, new) is everywhere
    assert counts("421221", Channel.MERCHANT, Origin.FOREIGN, new) is foreign
    assert counts("421221", Channel.KINSHIP, Origin.FOREIGN, new) is kin
    assert counts("421224101", Channel.KINSHIP, Origin.FOREIGN, new) is county
    assert counts("421224101", Channel.KINSHIP, Origin.FOREIGN, old) is kin
    assert counts("421224101", Channel.KINSHIP, Origin.FOREIGN, date(1999, 1, 1)) is None


def _by(number: int, points: int, on: date = TODAY) -> Introduction:
    return Introduction(Introducer(investor_id=UUID(int=number)), points, on)


def test_introducers_share_everything_and_were_there_before_the_signing() -> None:
    demand_introductions([], TODAY)
    demand_introductions([_by(1, 4000), _by(2, 6000)], TODAY)
    demand_introductions([_by(1, 10_000)], None)
    with pytest.raises(CreditSharesNotWhole) as refusal:
        demand_introductions([_by(1, 4000), _by(2, 5999)], TODAY)
    assert refusal.value.params["sum_percent"] == "99.99"
    with pytest.raises(RegisteredAfterSigning) as late:
        demand_introductions([_by(1, 4000), _by(2, 6000)], TODAY - timedelta(1))
    assert len(late.value.errors) == 2
    for wrong in ([_by(1, 5000), _by(1, 5000)], [Introduction(Introducer(), 10_000, TODAY)]):
        with pytest.raises(IntroducersMalformed):
            demand_introductions(wrong, TODAY)


@given(st.integers(0, 10**13), st.lists(st.integers(1, 10_000), min_size=1, max_size=5))
def test_shares_of_the_credit_sum_to_it(amount: int, weights: list[int]) -> None:
    parts = share_out(amount, [_by(number, points) for number, points in enumerate(weights)])
    assert sum(parts.values()) == amount


def test_credit_ranks_by_funds_and_missing_is_not_zero() -> None:
    found = credit(
        [
            CreditedProject(A, 101, (_by(1, 5000), _by(2, 5000))),
            CreditedProject(B, None, (_by(2, 10_000),)),
            CreditedProject(C, 50, (_by(3, 10_000),)),
            CreditedProject(D, None, (_by(4, 10_000),)),
        ]
    )
    assert [(one.introducer.party.int, one.place, one.credit_yuan) for one in found] == [
        (1, 1, 51),
        (2, 2, 50),
        (3, 2, 50),
        (4, None, None),
    ]
    assert [(row.project_id, row.credit_yuan) for row in found[1].rows] == [(A, 50), (B, None)]


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 10**9),
)
def test_awards_always_add_up_to_what_is_due(history: list[tuple[int, bool]], last: int) -> None:
    """However the funds went and whichever awards were rejected, what stands equals what is due."""
    someone = Introducer(investor_id=A)
    awards: list[int] = []
    for entitled, rejected in [*history, (last, False)]:
        due = differences({someone: entitled}, {someone: sum(awards)}).get(someone, 0)
        if not rejected:
            awards.append(due)
    assert sum(awards) == last


def test_who_is_credited_no_more_pays_back() -> None:
    one, other = Introducer(investor_id=A), Introducer(person_id=B)
    assert differences({one: 100}, {one: 100, other: 40}) == {other: -40}
    assert differences({one: 100}, {}) == {one: 100}
    assert differences({one: 0}, {}) == {}


def test_award_is_decided_by_another_and_paid_after_it() -> None:
    proposer, other = Actor("chen", C), Actor("li")
    demand_decidable(AwardState.PROPOSED, proposer, other)
    for state, by, error in (
        (AwardState.PROPOSED, Actor("chen"), AwardFourEyes),
        (AwardState.PROPOSED, Actor("key-of-chen", C), AwardFourEyes),
        (AwardState.APPROVED, other, AwardNotOpen),
    ):
        with pytest.raises(error):
            demand_decidable(state, proposer, by)
    demand_payable(AwardState.APPROVED, TODAY, TODAY, TODAY)
    with pytest.raises(AwardNotOpen):
        demand_payable(AwardState.PROPOSED, None, TODAY, TODAY)
    for paid_on in (TODAY - timedelta(1), TODAY + timedelta(1)):
        with pytest.raises(AwardPaidAhead):
            demand_payable(AwardState.APPROVED, TODAY, paid_on, TODAY)
