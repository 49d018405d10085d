"""Contests: figures compared fairly, what is missing wins nothing, weights that sum, vetoes that show."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.web.problems import DomainError
from services.projects.contest.domain import wording
from services.projects.contest.domain.adding import (
    added_up,
    mean_of_parts,
    of_amounts,
    of_counts,
    of_means,
    of_shares,
    of_sums,
)
from services.projects.contest.domain.measuring import Measured, SourceRow, year_before
from services.projects.contest.domain.participants import (
    Entry,
    ParticipantDraft,
    ParticipantKind,
    Quarter,
    demand_form,
    misfit,
    overlaps,
)
from services.projects.contest.domain.rules import ContestRule
from services.projects.contest.domain.schemes import (
    AdjustmentKind,
    AdjustmentRule,
    Component,
    ComponentDirection,
    Scheme,
    WithoutBase,
)
from services.projects.contest.domain.scoring import Adjustment, Contender, Veto, normalise, stand
from services.projects.contest.errors import ParticipantElsewhere, ParticipantTwice, ParticipantUnfit

RULE = ContestRule()
FULL = Decimal(100)
FIGURES = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
SOME = st.dictionaries(st.integers(0, 50), FIGURES, min_size=1, max_size=12)


def dec(text: Any) -> Decimal:
    return Decimal(str(text))


@given(SOME, st.sampled_from(ComponentDirection))
def test_scores_lie_between_nought_and_hundred_and_best_and_last_have_them(
    values: dict[int, Decimal], direction: ComponentDirection
) -> None:
    scores = normalise(values, direction, FULL)
    assert scores.keys() == values.keys()
    assert all(0 <= score <= 100 for score in scores.values())
    if len(set(values.values())) > 1:
        assert (min(scores.values()), max(scores.values())) == (Decimal(0), FULL)
    else:
        assert set(scores.values()) == {FULL}


@given(SOME)
def test_more_is_never_worse_where_more_is_better(values: dict[int, Decimal]) -> None:
    higher, lower = (normalise(values, direction, FULL) for direction in ComponentDirection)
    for one, first in values.items():
        for other, second in values.items():
            if first > second:
                assert higher[one] > higher[other]
                assert lower[one] < lower[other]


@given(SOME, st.decimals(min_value="0.01", max_value=1000, places=2), FIGURES)
def test_unit_and_origin_do_not_matter(values: dict[int, Decimal], scale: Decimal, shift: Decimal) -> None:
    moved = {key: value * scale + shift for key, value in values.items()}
    assert normalise(moved, ComponentDirection.HIGHER, FULL) == normalise(values, ComponentDirection.HIGHER, FULL)


def component(code: str = "tax", weight: Any = 100, **facts: Any) -> Component:
    usual: dict[str, Any] = {
        "level_share": FULL,
        "growth_share": Decimal(0),
        "source": "economy",
        "measure": "tax",
    }
    return Component(code=code, name_zh="税收", name_en="tax", weight=dec(weight), **usual | facts)


def contender(number: int, *, vetoes: int = 0, points: tuple[Adjustment, ...] = (), **figures: Any) -> Contender:
    """A figure is a value, or (value, growth); None is not known."""
    measured = {}
    for code, figure in figures.items():
        value, growth = figure if isinstance(figure, tuple) else (figure, None)
        measured[code] = Measured(
            None if value is None else dec(value),
            "not_complete" if value is None else None,
            growth=None if growth is None else dec(growth),
            growth_reason="base_missing" if growth is None else None,
        )
    told = tuple(Veto(str(one), "energy", "energy", "能耗超标", "over the limit") for one in range(vetoes))
    return Contender(UUID(int=number), f"P{number}", measured, points, told)


def standing(scheme: Scheme, *contenders: Contender) -> list[tuple[int, int | None, Decimal | None]]:
    placed = stand(scheme, contenders, FULL)
    assert [one.position for one in placed] == list(range(1, len(placed) + 1))
    return [(one.id.int, one.rank, one.score) for one in placed]


def test_weighed_scores_rank_and_equal_ones_share_a_place() -> None:
    scheme = Scheme(components=(component("tax", 60), component("jobs", 40)))
    found = standing(
        scheme,
        contender(1, tax=100, jobs=0),
        contender(2, tax=0, jobs=100),
        contender(3, tax=0, jobs=100),
        contender(4, tax=0, jobs=0),
    )
    assert found == [(1, 1, dec(60)), (2, 2, dec(40)), (3, 2, dec(40)), (4, 4, dec(0))]


def test_what_is_missing_is_no_nought_and_no_place() -> None:
    scheme = Scheme(components=(component("tax", 60), component("jobs", 40)))
    placed = stand(
        scheme, [contender(1, tax=90, jobs=None), contender(2, tax=1, jobs=5), contender(3, tax=2, jobs=4)], FULL
    )
    last = placed[-1]
    assert (last.id.int, last.rank, last.score) == (1, None, None)
    assert last.missing == (("jobs", "not_complete"),)
    assert not last.is_disqualified
    # Its figure that is known is shown and compared.
    assert last.parts[0].score == 100


def test_component_that_nobody_knows_counts_nothing_and_the_rest_a_hundred() -> None:
    scheme = Scheme(components=(component("tax", 60), component("jobs", 40)))
    placed = stand(scheme, [contender(1, tax=1, jobs=None), contender(2, tax=2, jobs=None)], FULL)
    assert [(one.id.int, one.score) for one in placed] == [(2, dec(100)), (1, dec(0))]
    assert [part.weight for part in placed[0].parts] == [100, 0]
    nothing = stand(scheme, [contender(1, tax=None, jobs=None)], FULL)
    assert (nothing[0].rank, nothing[0].missing) == (None, (("", "nothing_compared"),))


def test_veto_is_shown_last_and_sets_neither_least_nor_most() -> None:
    scheme = Scheme(components=(component(),))
    found = standing(scheme, contender(1, tax=1000, vetoes=1), contender(2, tax=10), contender(3, tax=20))
    assert found == [(3, 1, dec(100)), (2, 2, dec(0)), (1, None, None)]
    vetoed = stand(scheme, [contender(1, tax=1000, vetoes=2)], FULL)[0]
    assert vetoed.is_disqualified
    assert len(vetoed.vetoes) == 2
    assert vetoed.parts[0].measured.value == 1000
    assert vetoed.missing == ()


GROWING: dict[str, Any] = {"level_share": dec(50), "growth_share": dec(50)}


def test_level_and_growth_both_count_and_a_small_base_stretches_nothing() -> None:
    # 3 grew from next to nothing: without a limit nobody else's growth would count.
    figures = {1: (1000, 10), 2: (900, 20), 3: (5, 5000)}

    def scores(**facts: Any) -> dict[int, Decimal]:
        scheme = Scheme(components=(component(**GROWING, **facts),))
        placed = stand(scheme, [contender(key, tax=figure) for key, figure in figures.items()], FULL)
        return {one.id.int: one.score for one in placed if one.score is not None}

    wild, limited = scores(), scores(growth_limit=dec(30))
    assert wild[3] == limited[3] == 50
    assert wild[1] > wild[2]
    assert limited[2] > limited[1] >= limited[3]


def test_growth_that_nobody_knows_leaves_the_level() -> None:
    scheme = Scheme(components=(component(**GROWING),))
    assert standing(scheme, contender(1, tax=1), contender(2, tax=3)) == [(2, 1, dec(100)), (1, 2, dec(0))]


def test_growth_that_one_lacks_is_missing_or_never_past_the_best_of_the_others() -> None:
    known = [contender(1, tax=(10, 5)), contender(2, tax=(20, 0))]
    lacking = contender(3, tax=30)
    strict = Scheme(components=(component(**GROWING),))
    assert standing(strict, *known, lacking)[-1] == (3, None, None)
    lenient = Scheme(components=(component(**GROWING, without_base=WithoutBase.LEVEL_ONLY),))
    placed = {one.id.int: one for one in stand(lenient, [*known, lacking], FULL)}
    best = max(placed[1].score or 0, placed[2].score or 0)
    assert placed[3].score == best
    assert placed[3].parts[0].level_score == 100


@given(
    st.lists(st.tuples(st.none() | FIGURES, st.none() | FIGURES, st.booleans()), min_size=1, max_size=8),
    st.sampled_from(WithoutBase),
)
def test_whoever_is_placed_is_complete_and_within_bounds(
    facts: list[tuple[Decimal | None, Decimal | None, bool]], without_base: WithoutBase
) -> None:
    scheme = Scheme(components=(component(**GROWING, without_base=without_base),))
    contenders = [
        contender(number, tax=(value, growth if value is not None else None), vetoes=int(vetoed))
        for number, (value, growth, vetoed) in enumerate(facts)
    ]
    placed = stand(scheme, contenders, FULL)
    assert sorted(one.id.int for one in placed) == list(range(len(facts)))
    scores = [one.score for one in placed if one.score is not None]
    assert scores == sorted(scores, reverse=True)
    for one in placed:
        value, _, vetoed = facts[one.id.int]
        assert (one.rank is None) == (one.score is None)
        if vetoed or value is None:
            assert one.rank is None
        if one.score is not None:
            assert 0 <= one.score <= 100


def points(kind: AdjustmentKind, amount: Any) -> Adjustment:
    return Adjustment("recorded", kind, dec(amount), "", "")


def test_points_beside_the_components_are_capped_and_do_not_help_the_vetoed() -> None:
    scheme = Scheme(components=(component(),), max_bonus=dec(5), max_deduction=dec(3))
    bonus = (points(AdjustmentKind.BONUS, 4), points(AdjustmentKind.BONUS, 4))
    loss = (points(AdjustmentKind.DEDUCTION, 2),)
    placed = stand(
        scheme,
        [
            contender(1, tax=1, points=bonus),
            contender(2, tax=2, points=loss),
            contender(3, tax=2, points=bonus, vetoes=1),
        ],
        FULL,
    )
    told: list[tuple[int, Decimal | None, Decimal, Decimal]] = [
        (one.id.int, one.score, one.bonus, one.deduction) for one in placed
    ]
    assert told == [(2, dec(98), dec(0), dec(2)), (1, dec(5), dec(5), dec(0)), (3, None, dec(5), dec(0))]
    rule = AdjustmentRule(
        code="late",
        name_zh="迟报",
        name_en="late",
        kind=AdjustmentKind.DEDUCTION,
        source="reports",
        measure="late",
        points=dec("0.5"),
        max_points=dec(2),
    )
    assert [rule.points_of(dec(count)) for count in (0, 3, 9)] == [dec(0), dec("1.5"), dec(2)]


@pytest.mark.parametrize(
    ("components", "pointers"),
    [
        ((component("a", 60), component("b", 40)), []),
        ((component("a", 60), component("b", 39)), ["/components"]),
        ((component("a", 60), component("a", 40)), ["/components/0/code", "/components/1/code"]),
        ((component("a", 100, level_share=dec(60), growth_share=dec(30)),), ["/components/0/growth_share"]),
        ((), ["/components"]),
    ],
)
def test_weights_that_do_not_sum_are_refused_by_their_field(
    components: tuple[Component, ...], pointers: list[str]
) -> None:
    assert [fault.pointer for fault in Scheme(components=components).faults()] == pointers


def row(value: Any = None, base: Any = None, whole: Any = None, base_whole: Any = None) -> SourceRow:
    known = [None if one is None else dec(one) for one in (value, whole, base, base_whole)]
    return SourceRow("enterprise", "1", "", "", known[0], known[1], known[2], known[3])


def told(measured: Measured) -> tuple[Any, ...]:
    return (measured.value, measured.reason, measured.base, measured.growth, measured.growth_reason)


def test_sum_needs_enough_of_what_it_expects_and_grows_by_whoever_has_both_years() -> None:
    nine = [row(10, 8) for _ in range(9)]
    assert told(of_amounts(added_up([*nine, row(None, 8)]), RULE)) == (90, None, 72, 25, None)
    assert told(of_amounts(added_up([*nine, row(110, None)]), RULE)) == (200, None, 72, 25, None)
    few = of_amounts(added_up([row(10, 8), row(None, 8)]), RULE)
    assert told(few) == (None, "not_complete", None, None, "not_complete")
    assert (few.complete, few.expected) == (1, 2)
    assert told(of_amounts(added_up([]), RULE))[:2] == (None, "no_facts")
    assert told(of_amounts(added_up([row(5)]), RULE)) == (5, None, None, None, "base_missing")
    # A base of nought or below gives no rate, never an infinite one.
    assert told(of_amounts(added_up([row(5, 0)]), RULE)) == (5, None, 0, None, "base_not_positive")
    assert told(of_amounts(added_up([row(5, -3)]), RULE))[3:] == (None, "base_not_positive")


def test_shares_counts_and_means_know_nothing_as_nothing() -> None:
    shares = [row(1, None, 1), row(0, None, 1), row(None, 1, None, 1)]
    assert told(of_shares(shares, RULE)) == (50, None, 100, -50, None)
    assert told(of_shares([row(None, None, 5)], RULE))[:2] == (None, "not_complete")
    assert told(of_shares([], RULE))[:2] == (None, "no_facts")
    assert told(of_counts([])) == (0, None, 0, 0, None)
    assert told(of_counts([row(1), row(1), row(None, 1)])) == (2, None, 1, 1, None)
    assert told(of_sums([])) == (None, "no_facts", None, None, "no_facts")
    assert told(of_sums([row(30), row(None, 20)])) == (30, None, 20, 50, None)
    assert told(of_means([row(80, None, 3), row(100, None, 1)], RULE))[:2] == (85, None)
    assert told(of_means([row(80, None, 3), row(None, None, 1)], RULE))[:2] == (None, "not_complete")
    parts = [of_shares([row(3, 1, 4, 4)], RULE), of_shares([], RULE)]
    assert told(mean_of_parts(parts, 1)) == (75, None, 25, 50, None)
    assert told(mean_of_parts(parts[1:], 0))[:2] == (None, "no_facts")


def test_quarters_and_validities() -> None:
    second = Quarter(2026, 2)
    assert (second.first_on, second.last_on, second.last_month) == (
        date(2026, 4, 1),
        date(2026, 6, 30),
        date(2026, 6, 1),
    )
    assert [Quarter(2026, number).last_on.day for number in (1, 3, 4)] == [31, 30, 31]
    assert (year_before(date(2024, 2, 29)), year_before(date(2026, 6, 30))) == (
        date(2023, 2, 28),
        date(2025, 6, 30),
    )
    january, july = date(2026, 1, 1), date(2026, 7, 1)
    assert not overlaps(january, july, july, None)
    assert overlaps(january, None, july, None)
    assert overlaps(july, None, january, date(2026, 7, 2))


def draft(**facts: Any) -> ParticipantDraft:
    nothing: dict[str, Any] = dict.fromkeys(
        ("region_code", "unit_id", "enterprise_id", "project_id", "responsible_unit_id")
    )
    return ParticipantDraft(**{**nothing, "from_on": date(2026, 1, 1), "to_on": None, **facts})


COUNTY, WORKS = "421224", UUID(int=7)


@pytest.mark.parametrize(
    ("kind", "facts", "region", "others", "error"),
    [
        (ParticipantKind.ENTERPRISE, {"enterprise_id": WORKS}, "421224101", [], None),
        (ParticipantKind.ENTERPRISE, {"enterprise_id": WORKS, "region_code": "421224101"}, "421224101", [], None),
        # An enterprise in two townships: the registry decides.
        (
            ParticipantKind.ENTERPRISE,
            {"enterprise_id": WORKS, "region_code": "421224102"},
            "421224101",
            [],
            ParticipantElsewhere,
        ),
        (
            ParticipantKind.ENTERPRISE,
            {"enterprise_id": WORKS},
            "421224101",
            [(str(WORKS), "421224102")],
            ParticipantTwice,
        ),
        (ParticipantKind.ENTERPRISE, {"enterprise_id": WORKS}, "421225101", [], ParticipantUnfit),
        (ParticipantKind.ENTERPRISE, {"enterprise_id": WORKS}, None, [], ParticipantUnfit),
        (ParticipantKind.TOWNSHIP, {"region_code": "421224"}, "421224", [], ParticipantUnfit),
        (ParticipantKind.TOWNSHIP, {"region_code": "421224101"}, "421224101", [("421224102", "421224102")], None),
    ],
)
def test_participant_fits_once_and_in_one_place(
    kind: ParticipantKind,
    facts: dict[str, Any],
    region: str | None,
    others: list[tuple[str, str]],
    error: type[DomainError] | None,
) -> None:
    one = draft(**facts)
    demand_form(kind, [one])
    key = str(facts.get("enterprise_id") or facts["region_code"])
    known = [Entry(own, code, date(2026, 3, 1)) for own, code in others]
    entry = None if region is None else Entry(key, region, one.from_on)
    found = misfit(kind, COUNTY, entry, one.region_code if kind is ParticipantKind.ENTERPRISE else None, known)
    assert (None if found is None else found[0]) is error


def test_townships_within_each_other_do_not_stand_together() -> None:
    known = [Entry("421224", "421224", date(2026, 1, 1))]
    town = Entry("421224101", "421224101", date(2026, 6, 1))
    found = misfit(ParticipantKind.TOWNSHIP, "421200", town, None, known)
    assert found is not None
    assert (found[0], found[1].code) == (ParticipantElsewhere, "contest.region_nested")
    ended = [Entry("421224", "421224", date(2026, 1, 1), date(2026, 6, 1))]
    assert misfit(ParticipantKind.TOWNSHIP, "421200", town, None, ended) is None


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"unit_id": WORKS},
        {"enterprise_id": WORKS, "unit_id": WORKS},
        {"enterprise_id": WORKS, "project_id": WORKS},
    ],
)
def test_participant_of_another_kind_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ParticipantUnfit):
        demand_form(ParticipantKind.ENTERPRISE, [draft(**facts)])


def test_reasons_are_said_in_both_languages() -> None:
    quarter = Quarter(2026, 3)
    assert wording.quarter_zh(quarter) == "2026年第三季度"
    assert wording.vetoed("energy", ("超能耗目标", "over its target"))[0] == "能耗一票否决：超能耗目标"
    assert wording.missing(("税收", "tax"), "not_complete") == (
        "未参加排名：税收数据不全。",
        "Not ranked: tax: too little is known.",
    )
    zh, en = wording.bottom("擂台赛", quarter, 12, 12, dec("41.50"), again=True)
    assert "12个参赛对象中列第12位" in zh
    assert "连续两个季度" in zh
    assert "place 12 of 12" in en
