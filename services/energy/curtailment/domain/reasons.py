"""Why this user, and why not that one: the criterion that decided, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.energy.curtailment.domain import wording
from services.energy.curtailment.domain.options import Option
from services.energy.curtailment.domain.problem import assumed_output, weight_of
from services.energy.curtailment.domain.rules import Criterion, Objective
from services.energy.curtailment.domain.selection import (
    SLOT_MINUTES,
    Candidate,
    Mask,
    Passed,
    Selection,
    Slots,
    Why,
)
from services.energy.curtailment.domain.users import Measure

_SMALL: Final = 1e-9


def for_chosen(one: Candidate, option: Option) -> wording.Words:
    """Tier, measure, load and time, what it is to the law, what it bore, what it loses."""
    measure, tier = wording.MEASURES[one.measure], wording.TIERS[one.tier]
    begin, end, kw = wording.clock(option.first), wording.clock(option.end), wording.power(one.load_kw)
    zh = [f"{tier[0]}{measure[0]}，{begin}–{end} 压减 {kw} 千瓦"]
    en = [f"tier {tier[1]}, {measure[1]}, {kw} kW less {begin}–{end}"]
    if one.is_restricted:
        zh_why, en_why = wording.CATEGORIES[one.category]
        if one.listing is not None:
            zh_why, en_why = one.listing.zh, one.listing.en
        zh.append(f"重点限制用户（{zh_why}）")
        en.append(f"restricted first ({en_why})")
    times, kwh = one.burden.times, wording.power(one.burden.kwh)
    zh.append(f"今年已承担 {times} 次、{kwh} 千瓦时" if times else "今年尚未承担")
    en.append(f"gave {times} times and {kwh} kWh this year" if times else "has not been called this year")
    if one.output_yuan_per_kwh is not None:
        zh.append(f"每千瓦时产值 {one.output_yuan_per_kwh:.2f} 元")
        en.append(f"{one.output_yuan_per_kwh:.2f} yuan of output a kWh")
    return "；".join(zh), "; ".join(en)


def for_tier(one: Candidate, level: int) -> Passed:
    """It is called at a graver level only."""
    facts = wording.pair("tier", wording.TIERS[one.tier]) | wording.pair("level", wording.TIERS[level])
    return _passed(one, Why.TIER, facts)


@dataclass(frozen=True, slots=True)
class _Peers:
    """Whom a row is compared with in the end: why it falls behind all of them, or the most that they weigh."""

    found: Passed | None
    burden: float = 0.0
    yuan: float = 0.0
    is_anybody: bool = False


class Comparison:
    """Rows that were not chosen beside those that were, by the criteria in their order."""

    def __init__(self, chosen: Sequence[Candidate], objective: Objective, gap_kw: Slots) -> None:
        self._chosen = chosen
        self._objective = objective
        self._wanted = gap_kw > 0
        self._measure_of = {one.user_id: one.measure for one in reversed(chosen)}
        self._assumed = assumed_output(chosen) or 0.0
        self._known: dict[object, _Peers] = {}

    def why_not(self, one: Candidate, *, is_possible: bool) -> Passed:
        """Why a row of a called tier is not chosen; ``is_possible``: some call of it would help."""
        other = self._measure_of.get(one.user_id)
        if other is not None:
            return _passed(one, Why.OTHER_ROW, wording.pair("other", wording.MEASURES[other]))
        if not is_possible:
            return _impossible(one, self._wanted)
        key = (one.measure, one.tier, one.is_restricted)
        if key not in self._known:
            self._known[key] = self._peers(one)
        peers = self._known[key]
        if peers.found is not None:
            return _passed(one, peers.found.why, dict(peers.found.facts))
        return self._amounts(one, peers) if peers.is_anybody else _passed(one, Why.NOT_NEEDED, {})

    def _peers(self, one: Candidate) -> _Peers:
        chosen = self._chosen
        for criterion in self._objective.order:
            found = _worse(one, chosen, criterion) if chosen else None
            if found is not None:
                return _Peers(found)
            chosen = [other for other in chosen if _is_equal(one, other, criterion)]
        return _Peers(
            None,
            max((self._weight(other) for other in chosen), default=0.0),
            max((other.output_yuan_per_kwh or self._assumed for other in chosen), default=0.0),
            bool(chosen),
        )

    def _amounts(self, one: Candidate, peers: _Peers) -> Passed:
        for criterion in self._objective.order:
            if criterion is Criterion.FAIRNESS and self._weight(one) > peers.burden + _SMALL:
                facts = {"times": one.burden.times, "kwh": wording.power(one.burden.kwh)}
                return _passed(one, Why.FAIRNESS, facts)
            yuan = one.output_yuan_per_kwh
            if criterion is Criterion.HARM and yuan is not None and yuan > peers.yuan + _SMALL:
                return _passed(one, Why.HARM, {"yuan": f"{yuan:.2f}"})
        return _passed(one, Why.NOT_NEEDED, {})

    def _weight(self, one: Candidate) -> float:
        return weight_of(one.burden, one.max_load_kw, self._objective)


def _impossible(one: Candidate, wanted: Mask) -> Passed:
    if one.closed is not None and not (wanted & one.free).any():
        return _passed(one, one.closed[0], {"reason": one.closed[1]})
    if wanted[: one.earliest].any() and not wanted[one.earliest :].any():
        return _passed(one, Why.NOTICE, {"notice": one.notice_minutes})
    facts = {"shortest": one.shortest * SLOT_MINUTES, "longest": one.longest * SLOT_MINUTES}
    return _passed(one, Why.DURATION if wanted.any() else Why.NOT_NEEDED, facts)


def _worse(one: Candidate, chosen: Sequence[Candidate], criterion: Criterion) -> Passed | None:
    """The reason when what the row is, other than by its amounts, speaks against it beside all of these."""
    match criterion:
        case Criterion.MEASURES:
            harshest = max((other.measure for other in chosen), key=lambda measure: measure.rank)
            if one.measure.rank > harshest.rank:
                facts = wording.pair("measure", wording.MEASURES[one.measure])
                return _passed(one, Why.MEASURE, facts | wording.pair("harshest", wording.MEASURES[harshest]))
        case Criterion.TIERS:
            if one.tier > max(other.tier for other in chosen):
                return _passed(one, Why.LATER_TIER, wording.pair("tier", wording.TIERS[one.tier]))
        case Criterion.RESTRICTED:
            if not one.is_restricted and all(other.is_restricted for other in chosen):
                return _passed(one, Why.RESTRICTED_FIRST, {})
        case _:
            pass
    return None


def _is_equal(one: Candidate, other: Candidate, criterion: Criterion) -> bool:
    """Whether the criteria that follow still compare the two."""
    match criterion:
        case Criterion.MEASURES:
            return other.measure is one.measure
        case Criterion.TIERS:
            return other.tier == one.tier
        case Criterion.RESTRICTED:
            return other.is_restricted == one.is_restricted
        case _:
            return True


def _passed(one: Candidate, why: Why, facts: Mapping[str, object]) -> Passed:
    zh, en = wording.why(why, facts)
    return Passed(one.enterprise_id, one.code, one.name, one.tier, one.measure, why, facts, zh, en)


def summed_up(selection: Selection) -> Selection:
    """The selection with its summary: the gap, who covers it how, and what stays open."""
    gap = float(selection.gap_kw.max(initial=0.0))
    if gap <= 0:
        zh, en = "无缺口，不需有序用电", "no gap: nobody is called"
    else:
        peak = wording.clock(int(selection.gap_kw.argmax()))
        parts = [(measure, _most(selection, measure)) for measure in Measure]
        used = [(wording.MEASURES[measure], kw) for measure, kw in parts if kw > 0]
        users = len({one.user_id for one in selection.users})
        zh = f"最大缺口 {wording.power(gap)} 千瓦（{peak}），选 {users} 户"
        en = f"largest gap {wording.power(gap)} kW ({peak}); {users} users"
        if used:
            zh += "：" + "，".join(f"{words[0]} {wording.power(kw)} 千瓦" for words, kw in used)
            en += ": " + ", ".join(f"{words[1]} {wording.power(kw)} kW" for words, kw in used)
        zh, en = _open(selection, zh, en)
    if selection.unknown.any():
        count = int(selection.unknown.sum())
        zh += f"；{count} 个时段缺口未知，未作安排"
        en += f"; the gap of {count} slots is not known: nothing is chosen for them"
    return replace(selection, text_zh=zh, text_en=en)


def _most(selection: Selection, measure: Measure) -> float:
    """The largest load (kW) that a measure gives at one time."""
    slots = [0.0] * len(selection.gap_kw)
    for one in selection.users:
        if one.measure is measure:
            for slot in range(one.first, one.end):
                slots[slot] += one.kw
    return max(slots)


def _open(selection: Selection, zh: str, en: str) -> wording.Words:
    left = float(selection.uncovered_kw.max(initial=0.0))
    if left <= 0.05:
        return zh + "；全部覆盖", en + "; all covered"
    slot = wording.clock(int(selection.uncovered_kw.argmax()))
    return (
        zh + f"；仍缺 {wording.power(left)} 千瓦（{slot}），方案内已无可调用负荷",
        en + f"; {wording.power(left)} kW stay open ({slot}): the plan has no more load to call",
    )
