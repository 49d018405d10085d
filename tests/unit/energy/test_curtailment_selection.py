"""The selection: against every possible answer on small problems, by hand, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.curtailment.domain import wording
from services.energy.curtailment.domain.choosing import choose
from services.energy.curtailment.domain.greedy import greedy
from services.energy.curtailment.domain.options import MENUS, Menu, Option, options_of, stretches
from services.energy.curtailment.domain.problem import Problem, build_problem
from services.energy.curtailment.domain.rules import Criterion, Objective
from services.energy.curtailment.domain.selection import SLOTS, Burden, Candidate, Selection, Slots, Why
from services.energy.curtailment.domain.solver import solve
from services.energy.curtailment.domain.users import Category, Listing, Measure, Standing, UserFacts

EXACT = Objective(tolerance_percent=0.0, proof_percent=0.0, time_limit_seconds=60)
ALL = Menu(1, "all")


def user(number: int, kw: float, measure: Measure = Measure.STAGGER, **facts: object) -> Candidate:
    candidate = Candidate(
        user_id=UUID(int=number),
        enterprise_id=UUID(int=1000 + number),
        code=f"9142122400000000{number:02}",
        name=f"企业{number}",
        category=Category.ORDINARY,
        tier=1,
        measure=measure,
        load_kw=kw,
        max_load_kw=kw * 2,
        meter_nos=(f"M{number}",),
        free=np.ones(SLOTS, np.bool_),
    )
    return replace(candidate, **facts)  # type: ignore[arg-type]


def gap(*kw: float, first: int = 72) -> Slots:
    values = np.zeros(SLOTS)
    values[first : first + len(kw)] = kw
    return values


def chosen(
    candidates: Sequence[Candidate], gap_kw: Slots, objective: Objective = EXACT, level: int | None = 4
) -> Selection:
    return choose(candidates, gap_kw, objective, level=level, elapsed=lambda: 0.0)


def codes(selection: Selection) -> list[int]:
    return [one.user_id.int for one in selection.users]


def why(selection: Selection) -> dict[int, Why]:
    return {one.enterprise_id.int - 1000: one.why for one in selection.reasons}


# --- every possible answer


def answers(problem: Problem) -> Iterator[np.ndarray]:
    """All sets of calls in which no user is called while it works off or recovers from another call."""
    options, people = problem.options, problem.candidates

    def is_apart(one: Option, other: Option) -> bool:
        if people[one.place].user_id != people[other.place].user_id:
            return True
        first, second = sorted((one, other), key=lambda option: (option.first, option.end))
        return second.first >= first.end + people[first.place].recovery

    for taken in product((False, True), repeat=len(options)):
        calls = [option for option, is_in in zip(options, taken, strict=True) if is_in]
        if all(is_apart(a, b) for i, a in enumerate(calls) for b in calls[i + 1 :]):
            yield np.array(taken)


def best_by_trying_all(problem: Problem, tolerance_percent: float) -> list[float]:
    """The value of each stage where every answer is looked at."""
    left = [(problem.uncovered(taken).sum() / 4, taken) for taken in answers(problem)]
    least = min(open_kwh for open_kwh, _ in left)
    remaining = [taken for open_kwh, taken in left if open_kwh <= least + 1e-6]
    found = [least]
    for cost in problem.costs:
        values = [float(cost.values[taken].sum()) for taken in remaining]
        best = min(values)
        most = best * (1 + tolerance_percent / 100) + 1e-6
        remaining = [taken for taken, value in zip(remaining, values, strict=True) if value <= most]
        found.append(best)
    return found


@st.composite
def small_problems(draw: st.DrawFn) -> tuple[list[Candidate], Slots]:
    people = []
    for number in range(draw(st.integers(2, 5))):
        free = np.ones(SLOTS, np.bool_)
        closed = draw(st.integers(-1, 3))
        if closed >= 0:
            free[72 + closed] = False
        category = draw(st.sampled_from([Category.ORDINARY, Category.OVER_QUOTA]))
        shortest = draw(st.integers(1, 2))
        people.append(
            user(
                number,
                float(draw(st.integers(1, 12)) * 100),
                draw(st.sampled_from(list(Measure))),
                category=category,
                free=free,
                earliest=draw(st.sampled_from([0, 0, 0, 73])),
                shortest=shortest,
                longest=draw(st.integers(shortest, 4)),
                recovery=draw(st.integers(0, 2)),
                burden=Burden(float(draw(st.integers(0, 3)) * 1000), draw(st.integers(0, 2))),
                output_yuan_per_kwh=draw(st.sampled_from([None, 2.0, 5.0, 9.0])),
            )
        )
    if draw(st.booleans()):
        # Another row of the first user: a harsher measure, more load.
        people.append(replace(people[0], measure=Measure.CUT, load_kw=people[0].load_kw + 300))
    kw = [float(draw(st.integers(0, 15)) * 100) for _ in range(draw(st.integers(1, 3)))]
    return people, gap(*kw)


@settings(max_examples=40, deadline=None)
@given(small_problems(), st.sampled_from([0.0, 5.0]))
def test_stages_are_the_best_of_all_answers_when_the_problem_is_small(
    small: tuple[list[Candidate], Slots], tolerance: float
) -> None:
    people, gap_kw = small
    objective = EXACT.model_copy(update={"tolerance_percent": tolerance})
    options, _ = options_of(people, gap_kw, MENUS[1])
    options = options[:11]
    problem = build_problem(people, options, gap_kw, objective)
    solved = solve(problem, objective, lambda: 0.0)
    if not options or not gap_kw.any():
        assert solved.stages == ()
        return
    # Within a tolerance the path of earlier answers does not matter, only their best values.
    expected = best_by_trying_all(problem, tolerance)
    assert [stage.value for stage in solved.stages] == pytest.approx(expected, rel=1e-5, abs=1e-3)
    assert solved.is_exact
    for clique in problem.cliques:
        assert solved.taken[list(clique)].sum() <= 1


@settings(max_examples=20, deadline=None)
@given(small_problems(), st.randoms(use_true_random=False))
def test_answer_is_the_same_when_the_rows_come_in_another_order(
    small: tuple[list[Candidate], Slots], order: object
) -> None:
    people, gap_kw = small
    shuffled = list(people)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert chosen(people, gap_kw).users == chosen(shuffled, gap_kw).users


@settings(max_examples=20, deadline=None)
@given(small_problems())
def test_solver_is_never_worse_than_the_quick_answer_and_keeps_its_terms(
    small: tuple[list[Candidate], Slots],
) -> None:
    people, gap_kw = small
    options, _ = options_of(people, gap_kw, MENUS[0])
    problem = build_problem(people, options, gap_kw, EXACT)
    quick = greedy(problem)
    selection = chosen(people, gap_kw)
    assert selection.uncovered_kw.sum() <= problem.uncovered(quick).sum() + 1e-3
    of_code = {one.code: one for one in people}
    for call in selection.users:
        terms = of_code[call.code]
        assert terms.free[call.first : call.end].all()
        assert call.first >= terms.earliest
        assert terms.shortest <= call.end - call.first
    given_kw = np.zeros(SLOTS)
    for call in selection.users:
        given_kw[call.first : call.end] += call.kw
    assert selection.covered_kw + selection.uncovered_kw == pytest.approx(gap_kw)
    assert selection.covered_kw + selection.surplus_kw == pytest.approx(given_kw)


# --- by hand


def test_mildest_measures_come_first_when_they_are_enough() -> None:
    people = [user(1, 1000, Measure.CUT), user(2, 1000, Measure.LIMIT), user(3, 600), user(4, 500, Measure.AVOID)]
    selection = chosen(people, gap(1000, 900))
    assert codes(selection) == [3, 4]
    assert (selection.covers, selection.is_exact) == (True, True)
    assert why(selection) == {1: Why.MEASURE, 2: Why.MEASURE}
    assert selection.text_zh == "最大缺口 1,000 千瓦（18:00），选 2 户：错峰 600 千瓦，避峰 500 千瓦；全部覆盖"


def test_users_restricted_first_are_called_before_ordinary_ones() -> None:
    people = [user(1, 1000), user(2, 1000, category=Category.ILLEGAL), user(3, 1000, burden=Burden(9e5, 9))]
    selection = chosen(people, gap(900))
    assert codes(selection) == [2]
    assert why(selection) == {1: Why.RESTRICTED_FIRST, 3: Why.RESTRICTED_FIRST}
    assert "重点限制用户（违规建成或在建项目）" in selection.users[0].reason_zh


def test_who_gave_before_is_spared_when_another_has_not() -> None:
    spared = user(1, 1000, burden=Burden(kwh=4000.0, times=2))
    selection = chosen([spared, user(2, 1000)], gap(800, 800))
    assert codes(selection) == [2]
    (passed,) = selection.reasons
    assert passed.why is Why.FAIRNESS
    assert passed.text_zh == "今年已承担 2 次、4,000 千瓦时，多于入选各户"


def test_burden_counts_against_the_size_of_the_user() -> None:
    # 4,000 kWh are two hours of the small one's maximum load and a fifth of an hour of the large one's.
    small = user(1, 1000, burden=Burden(4000.0, 1))
    large = user(2, 1000, burden=Burden(4000.0, 1), max_load_kw=20_000.0)
    assert codes(chosen([small, large], gap(800))) == [2]


def test_least_output_is_lost_when_nobody_gave_before() -> None:
    people = [user(1, 1000, output_yuan_per_kwh=9.0), user(2, 1000, output_yuan_per_kwh=3.0), user(3, 1000)]
    selection = chosen(people, gap(700))
    # What is not known is taken for the median of 3 and 9, never for nothing.
    assert codes(selection) == [2]
    assert why(selection) == {1: Why.HARM, 3: Why.NOT_NEEDED}


def test_gap_is_covered_in_turns_when_calls_are_short() -> None:
    people = [user(number, 1000, longest=2) for number in range(1, 5)]
    selection = chosen(people, gap(1000, 1000, 1000, 1000))
    assert [(one.first, one.end) for one in selection.users] == [(72, 74), (74, 76)]
    assert selection.covers


def test_recovery_is_kept_between_two_calls_of_a_day() -> None:
    two = np.maximum(gap(1000, first=40), gap(1000, first=44))
    assert len(chosen([user(1, 1000, longest=1, recovery=3)], two).users) == 2
    tired = chosen([user(1, 1000, longest=1, recovery=4)], two)
    assert len(tired.users) == 1
    assert tired.uncovered_kw.sum() == 1000


def test_what_cannot_be_covered_is_told() -> None:
    selection = chosen([user(1, 1000), user(2, 500, earliest=73)], gap(2000, 2000))
    assert selection.uncovered_kw[72:74].tolist() == [1000.0, 500.0]
    assert not selection.covers
    assert selection.text_zh.endswith("仍缺 1,000 千瓦（18:00），方案内已无可调用负荷")
    assert selection.text_en.endswith("1,000 kW stay open (18:00): the plan has no more load to call")


def test_nothing_is_chosen_for_a_slot_whose_gap_is_unknown() -> None:
    wanted = gap(500, np.nan, 500)
    selection = chosen([user(1, 600)], wanted)
    assert (selection.covers, int(selection.unknown.sum())) == (False, 1)
    assert "1 个时段缺口未知" in selection.text_zh


def test_as_few_tiers_are_called_as_are_enough_when_no_level_is_given() -> None:
    people = [user(1, 500), user(2, 500, tier=2), user(3, 500, tier=4)]
    selection = chosen(people, gap(900), level=None)
    assert (codes(selection), selection.level, why(selection)) == ([1, 2], 2, {3: Why.TIER})
    at_blue = chosen(people, gap(900), level=1)
    assert (codes(at_blue), at_blue.uncovered_kw.max()) == ([1], 400.0)
    assert {one.text_zh for one in at_blue.reasons} == {
        "列入Ⅲ级（黄色），本次为Ⅳ级（蓝色）",
        "列入Ⅰ级（红色），本次为Ⅳ级（蓝色）",
    }


def test_lower_codes_are_called_when_users_are_alike() -> None:
    people = [user(number, 1000) for number in (7, 3, 5, 1)]
    assert codes(chosen(people, gap(1500))) == [1, 3]


def test_notice_and_duration_leave_a_user_out() -> None:
    late = user(1, 1000, earliest=80, notice_minutes=480)
    long = user(2, 1000, shortest=20, free=np.arange(SLOTS) < 80)
    closed = user(3, 1000, free=np.arange(SLOTS) < 70, closed=(Why.EXCLUDED, "检修"))
    long = replace(long, free=(np.arange(SLOTS) >= 70) & (np.arange(SLOTS) < 80))
    selection = chosen([late, long, closed], gap(500))
    assert codes(selection) == []
    assert why(selection) == {1: Why.NOTICE, 2: Why.DURATION, 3: Why.EXCLUDED}
    assert {one.text_zh for one in selection.reasons} == {
        "须提前 480 分钟通知，已来不及",
        "每次须调用 300 至 1440 分钟，与缺口时段不合",
        "该时段不可调用：检修",
    }


def test_order_of_the_criteria_is_data() -> None:
    people = [user(1, 1000, Measure.LIMIT, output_yuan_per_kwh=1.0), user(2, 1000, output_yuan_per_kwh=8.0)]
    harm_first = EXACT.model_copy(update={"order": (Criterion.HARM, Criterion.MEASURES)})
    assert codes(chosen(people, gap(900), harm_first)) == [1]
    assert codes(chosen(people, gap(900))) == [2]


def test_answer_comes_without_time_and_tells_that_nothing_is_proved() -> None:
    people = [user(number, 100.0 + number, output_yuan_per_kwh=1.0 + number) for number in range(40)]
    selection = choose(people, gap(1500, 900), EXACT, level=4, elapsed=lambda: 1000.0)
    assert selection.covers
    assert not selection.is_exact
    assert max(stage.proof_gap for stage in selection.stages) == 1.0


def test_large_selection_is_near_to_its_bounds() -> None:
    random = np.random.default_rng(8)
    people = [
        user(
            number,
            float(random.integers(100, 5000)),
            list(Measure)[number % 4],
            category=Category.OVER_QUOTA if number % 5 == 0 else Category.ORDINARY,
            burden=Burden(float(random.integers(0, 9)) * 1000, number % 3),
            output_yuan_per_kwh=float(random.uniform(1, 30)),
            code=f"{number:018}",
        )
        for number in range(300)
    ]
    wanted = gap(*(sum(one.load_kw for one in people) * 0.3 * share for share in (0.4, 0.8, 1.0, 0.9)))
    objective = Objective(time_limit_seconds=60)
    selection = chosen(people, wanted, objective)
    assert selection.covers
    assert all(stage.proof_gap <= 0.06 for stage in selection.stages), selection.stages
    assert len(selection.users) + len(selection.reasons) >= 300


def test_stretches_are_the_runs_of_slots_with_a_gap() -> None:
    assert stretches(np.maximum(gap(1, 2, first=0), gap(3, first=95))) == [(0, 2), (95, 96)]
    assert stretches(np.zeros(SLOTS)) == []


def test_every_reason_has_words_in_both_languages() -> None:
    words = ("tier", "level", "weekday", "measure", "harshest", "other")
    facts: dict[str, object] = dict.fromkeys(
        ("group", "reason", "notice", "shortest", "longest", "times", "kwh"), "x"
    )
    facts |= {"yuan": "1"} | {f"{word}_{language}": word for word in words for language in ("zh", "en")}
    assert all(text for reason in Why for text in wording.why(reason, facts))
    assert set(wording.CATEGORIES) == set(Category)
    assert set(wording.MEASURES) == set(Measure)


CASE = Listing("属淘汰类：6300千伏安以下矿热炉", "to be phased out: furnaces below 6300 kVA")


@pytest.mark.parametrize(
    ("category", "becomes"),
    [
        (Category.ORDINARY, Category.PHASED_OUT),
        # Whom the law protects stays protected; who is restricted for another reason stays what it is.
        (Category.HOSPITAL, Category.HOSPITAL),
        (Category.OVER_QUOTA, Category.OVER_QUOTA),
    ],
)
def test_open_case_of_phase_out_restricts_ordinary_users_alone(category: Category, becomes: Category) -> None:
    facts = UserFacts(UUID(int=1), UUID(int=2), "91", "厂", "421224", category, 1000, 100)
    assert facts.listed(CASE).category is becomes
    assert facts.listed(None) == facts
    assert (facts.listed(CASE).listing is None) == (category.standing is not Standing.ORDINARY)


def test_who_is_to_be_phased_out_is_called_first_and_the_reason_names_the_case() -> None:
    listed = user(2, 500, category=Category.PHASED_OUT, listing=CASE)
    found = chosen([user(1, 500), listed], gap(400, 400))
    assert codes(found) == [2]
    assert "重点限制用户（属淘汰类：6300千伏安以下矿热炉）" in found.users[0].reason_zh
    assert "restricted first (to be phased out: furnaces below 6300 kVA)" in found.users[0].reason_en
    assert [one.why for one in found.reasons] == [Why.RESTRICTED_FIRST]
