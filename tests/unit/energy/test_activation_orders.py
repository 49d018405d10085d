"""Orders and their amendments, states, and the words of notices."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.activations.domain.baseline import Definition, Method
from services.energy.activations.domain.order import (
    ActivationState,
    Amendment,
    AmendmentKind,
    Profile,
    amended,
    moved,
)
from services.energy.activations.domain.quarters import quarter_from, quarter_of, start_of, starts_quarter
from services.energy.activations.domain.rule import Rule, faults_of
from services.energy.activations.domain.wording import NoticeKind, Told, notice
from services.energy.activations.errors import ActivationAmendmentUnfit, IllegalActivationChange
from services.energy.curtailment.domain.users import Measure

# Eight quarters of 200 kW from quarter 100 on.
ORDER = Profile(((100, 200.0),), 108)


def test_quarters_are_those_of_the_office() -> None:
    at = datetime(2026, 9, 15, 10, 0, tzinfo=UTC)
    assert quarter_of(at) % 96 == 72
    assert start_of(quarter_of(at)) == at
    assert starts_quarter(at)
    assert not starts_quarter(at + timedelta(seconds=1))
    assert quarter_from(at) == quarter_of(at)
    assert quarter_from(at + timedelta(seconds=1)) == quarter_of(at) + 1


@pytest.mark.parametrize(
    ("amendment", "now", "values"),
    [
        (Amendment(AmendmentKind.EXTEND, 110), 100, [200.0] * 10),
        (Amendment(AmendmentKind.SHORTEN, 104), 100, [200.0] * 4),
        (Amendment(AmendmentKind.RAISE, 104, kw=300.0), 100, [200.0] * 4 + [300.0] * 4),
        (Amendment(AmendmentKind.RAISE, 104, share=1.5), 100, [200.0] * 4 + [300.0] * 4),
        (Amendment(AmendmentKind.LOWER, 104, share=0.5), 100, [200.0] * 4 + [100.0] * 4),
        (Amendment(AmendmentKind.LIFT, 105), 105, [200.0] * 5),
        (Amendment(AmendmentKind.LIFT, 90), 90, []),
    ],
)
def test_amendment_changes_what_is_ordered(amendment: Amendment, now: int, values: list[float]) -> None:
    after = amended(ORDER, amendment, now)
    assert after.over(after.first, after.end).tolist() == values


@pytest.mark.parametrize(
    ("amendment", "now"),
    [
        (Amendment(AmendmentKind.EXTEND, 108), 100),
        (Amendment(AmendmentKind.SHORTEN, 108), 100),
        (Amendment(AmendmentKind.SHORTEN, 103), 104),
        (Amendment(AmendmentKind.RAISE, 104, kw=200.0), 100),
        (Amendment(AmendmentKind.RAISE, 104, kw=300.0), 105),
        (Amendment(AmendmentKind.LOWER, 104, kw=250.0), 100),
        (Amendment(AmendmentKind.LIFT, 108), 100),
        (Amendment(AmendmentKind.LIFT, 103), 104),
    ],
)
def test_amendment_is_refused_that_changes_the_past_or_nothing(amendment: Amendment, now: int) -> None:
    with pytest.raises(ActivationAmendmentUnfit):
        amended(ORDER, amendment, now)


def test_extension_after_a_raise_goes_on_with_what_holds() -> None:
    raised = amended(ORDER, Amendment(AmendmentKind.RAISE, 104, kw=300.0), 100)
    longer = amended(raised, Amendment(AmendmentKind.EXTEND, 110), 105)
    assert longer.over(100, 110).tolist() == [200.0] * 4 + [300.0] * 6
    assert longer.energy_kwh == pytest.approx((4 * 200 + 6 * 300) * 0.25)
    shorter = amended(longer, Amendment(AmendmentKind.SHORTEN, 103), 102)
    assert shorter.steps == ((100, 200.0),)


@given(
    st.lists(st.tuples(st.sampled_from(list(AmendmentKind)), st.integers(96, 130), st.floats(1, 1000)), max_size=8)
)
def test_what_has_begun_is_never_changed(drawn: list[tuple[AmendmentKind, int, float]]) -> None:
    profile, now = ORDER, 100
    for kind, at, kw in drawn:
        before = profile.over(100, now).tolist()
        amount = kw if kind in {AmendmentKind.RAISE, AmendmentKind.LOWER} else None
        try:
            profile = amended(profile, Amendment(kind, at, kw=amount), now)
        except ActivationAmendmentUnfit:
            continue
        assert profile.over(100, now).tolist() == before
        assert profile.end >= profile.first
        now += 1


@pytest.mark.parametrize("state", list(ActivationState))
def test_states_follow_each_other(state: ActivationState) -> None:
    order = [
        ActivationState.ORDERED,
        ActivationState.NOTIFIED,
        ActivationState.RUNNING,
        ActivationState.ENDED,
        ActivationState.VERIFIED,
        ActivationState.CLOSED,
    ]
    for to in ActivationState:
        is_next = state in order[:-1] and to is order[order.index(state) + 1]
        if is_next or (
            to is ActivationState.CANCELLED and state in {ActivationState.ORDERED, ActivationState.NOTIFIED}
        ):
            assert moved(state, to) is to
        else:
            with pytest.raises(IllegalActivationChange):
                moved(state, to)


def test_notice_reads_as_an_office_writes() -> None:
    start = datetime(2026, 9, 15, 10, 0, tzinfo=UTC)
    told = Told(
        kind=NoticeKind.ORDER,
        code="YX-421224-20260915-001",
        enterprise="通山县某冶金有限公司",
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        steps=((start, 1200.0), (start + timedelta(hours=1), 1500.0)),
        measure=Measure.AVOID,
        acknowledge_by=start - timedelta(minutes=45),
        reason="右岸水都变电站供电缺口",
    )
    zh, en = notice(told)
    assert zh == (
        "【有序用电】通山县某冶金有限公司：YX-421224-20260915-001 号指令，请于 9月15日 18:00至20:00 "
        "压减负荷 1,200 千瓦，19:00 起 1,500 千瓦（避峰）。原因：右岸水都变电站供电缺口。"
        "请于 9月15日 17:15 前确认。"
    )
    assert "2026-09-15 18:00 to 20:00 reduce load by 1,200 kW, from 19:00 by 1,500 kW (avoiding the peak)" in en


def test_rule_names_the_facts_that_contradict_others() -> None:
    assert faults_of(Rule()) == []
    assert faults_of(Rule(baseline=Definition(days=2))) == ["min_days"]
    assert faults_of(Rule(baseline=Definition(trimmed=1))) == ["trimmed"]
    weekly = Definition(Method.SAME_WEEKDAY, days=4, min_days=2, lookback_days=20)
    assert faults_of(Rule(baseline=weekly)) == ["lookback_days"]
