"""What is wrong with a plan (方案校核), each with its row and its figures (S21).

By 《有序用电管理办法》: users whose supply comes first stand in no plan, the security load stays, users that are
restricted first come before ordinary ones, the order is 错峰、避峰、限电、拉闸, and the last two are not abused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final
from uuid import UUID

from libs.common import regions
from services.energy.curtailment.domain.findings import CheckedUser, Finding, Severity, Weekday
from services.energy.curtailment.domain.plan import EntryFacts, PlanFacts, loads_by_tier
from services.energy.curtailment.domain.rules import TierShares
from services.energy.curtailment.domain.users import TIER_NAMES, TIERS, Measure, Standing, UserFacts

# kW below which two figures are the same.
_SMALL: Final = 0.05


_WORKING: Final = tuple(Weekday)[:5]


def check_plan(
    plan: PlanFacts,
    users: Mapping[UUID, CheckedUser],
    shares: TierShares,
    known_years: Collection[int],
) -> list[Finding]:
    """All findings, faults first. ``users``: those of the region's subtree and of the rows, by id."""
    found = [*_of_plan(plan, known_years)]
    for entry in plan.entries:
        found += _of_row(plan, entry, users[entry.user_id])
    found += _of_users(plan, users)
    found += _order_of_measures(plan, users)
    found += _restricted_first(plan, users)
    found += _shares(plan, users, shares)
    found += _rotation(plan)
    return sorted(found, key=lambda one: one.severity is Severity.WARNING)


def has_faults(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.FAULT for finding in findings)


def _of_plan(plan: PlanFacts, known_years: Collection[int]) -> Iterator[Finding]:
    if plan.year not in known_years:
        # Rest days decide who rotates and against which days a response is measured: no answer beats a guess.
        yield Finding("curtailment.check_calendar", params={"year": plan.year})
    if not plan.entries:
        yield Finding("curtailment.check_empty")


def _row(code: str, entry: EntryFacts, user: UserFacts, **params: object) -> Finding:
    names = {"name": user.name, "code": user.code, "tier": TIER_NAMES[entry.tier]}
    return Finding(code, Severity.FAULT, user.enterprise_id, (entry.entry_id,), names | params)


def _of_row(plan: PlanFacts, entry: EntryFacts, checked: CheckedUser) -> Iterator[Finding]:
    user = checked.facts
    if user.standing is Standing.PROTECTED:
        yield _row("curtailment.check_protected", entry, user, category=user.category, item=user.category.item)
    if not regions.contains(plan.region_code, user.region_code):
        yield _row("curtailment.check_outside", entry, user, region_code=user.region_code)
    if not checked.is_active:
        yield _row("curtailment.check_inactive", entry, user)
    if not checked.is_registered:
        yield _row("curtailment.check_enterprise_gone", entry, user)
    yield from _quota(entry, user)


def _quota(entry: EntryFacts, user: UserFacts) -> Iterator[Finding]:
    kw = round(entry.quota_kw, 1)
    if entry.quota_kw > user.max_load_kw + _SMALL:
        yield _row("curtailment.check_quota_above_maximum", entry, user, quota_kw=kw, max_kw=user.max_load_kw)
    elif entry.quota_kw > user.max_load_kw - user.security_load_kw + _SMALL:
        left = round(user.max_load_kw - entry.quota_kw, 1)
        yield _row(
            "curtailment.check_security_load",
            entry,
            user,
            quota_kw=kw,
            left_kw=left,
            security_kw=user.security_load_kw,
        )
    if user.capacity_kw is not None and entry.quota_kw > user.capacity_kw + _SMALL:
        yield _row(
            "curtailment.check_quota_above_capacity", entry, user, quota_kw=kw, capacity_kw=user.capacity_kw
        )
    offer = user.offer_of(entry.measure)
    if offer is None:
        yield _row("curtailment.check_measure_not_offered", entry, user, measure=entry.measure)
    elif entry.quota_kw > offer.load_kw + _SMALL:
        yield _row(
            "curtailment.check_quota_above_offer",
            entry,
            user,
            quota_kw=kw,
            measure=entry.measure,
            offer_kw=offer.load_kw,
        )


def _of_users(plan: PlanFacts, users: Mapping[UUID, CheckedUser]) -> Iterator[Finding]:
    rows: dict[UUID, list[EntryFacts]] = {}
    for entry in plan.entries:
        rows.setdefault(entry.user_id, []).append(entry)
    for user_id, entries in rows.items():
        yield from _of_user(users[user_id], entries)


def _of_user(checked: CheckedUser, entries: list[EntryFacts]) -> Iterator[Finding]:
    user = checked.facts

    def finding(code: str, **params: object) -> Finding:
        names = {"name": user.name, "code": user.code}
        ids = tuple(entry.entry_id for entry in entries)
        return Finding(code, Severity.FAULT, user.enterprise_id, ids, names | params)

    tiers = sorted({entry.tier for entry in entries})
    if len(tiers) > 1:
        yield finding("curtailment.check_two_tiers", tiers=[TIER_NAMES[tier] for tier in tiers])
    if not checked.meters:
        yield finding("curtailment.check_no_meter")
    for meter in checked.meters:
        if not meter.is_known or meter.is_closed:
            yield finding("curtailment.check_meter_gone", meter_no=meter.meter_no)
        elif meter.enterprise_id != user.enterprise_id:
            yield finding("curtailment.check_meter_foreign", meter_no=meter.meter_no)


def _order_of_measures(plan: PlanFacts, users: Mapping[UUID, CheckedUser]) -> Iterator[Finding]:
    """错峰 before 避峰 before 限电 before 拉闸: no user is cut off while milder load waits for a graver level.

    Cutting off too early is a fault, limiting too early a warning.
    """
    for entry in plan.entries:
        if entry.measure.rank < Measure.LIMIT.rank:
            continue
        later = [
            other for other in plan.entries if other.tier > entry.tier and other.measure.rank < entry.measure.rank
        ]
        if not later:
            continue
        user = users[entry.user_id].facts
        yield Finding(
            "curtailment.check_measure_order",
            Severity.FAULT if entry.measure is Measure.CUT else Severity.WARNING,
            user.enterprise_id,
            (entry.entry_id, *(other.entry_id for other in later)),
            {
                "name": user.name,
                "code": user.code,
                "tier": TIER_NAMES[entry.tier],
                "measure": entry.measure,
                "count": len(later),
                "milder_kw": round(sum(other.quota_kw for other in later), 1),
            },
        )


def _restricted_first(plan: PlanFacts, users: Mapping[UUID, CheckedUser]) -> Iterator[Finding]:
    """Who is restricted first is called no later than the first ordinary user, and is not left out."""
    ordinary = [entry for entry in plan.entries if users[entry.user_id].facts.standing is Standing.ORDINARY]
    if not ordinary:
        return
    first = min(entry.tier for entry in ordinary)
    tier_of: dict[UUID, int] = {}
    for entry in plan.entries:
        tier_of[entry.user_id] = min(entry.tier, tier_of.get(entry.user_id, entry.tier))
    for user_id, checked in users.items():
        user = checked.facts
        if user.standing is not Standing.RESTRICTED:
            continue
        params = {
            "name": user.name,
            "code": user.code,
            "category": user.category,
            "item": user.category.item,
            "ordinary_tier": TIER_NAMES[first],
        }
        ids = tuple(entry.entry_id for entry in plan.entries if entry.user_id == user_id)
        if user_id not in tier_of:
            is_able = checked.is_active and checked.is_registered and bool(user.offers)
            if is_able and regions.contains(plan.region_code, user.region_code):
                yield Finding(
                    "curtailment.check_restricted_missing", Severity.FAULT, user.enterprise_id, (), params
                )
        elif tier_of[user_id] > first:
            params["tier"] = TIER_NAMES[tier_of[user_id]]
            yield Finding("curtailment.check_restricted_late", Severity.FAULT, user.enterprise_id, ids, params)


def _shares(plan: PlanFacts, users: Mapping[UUID, CheckedUser], shares: TierShares) -> Iterator[Finding]:
    """What the plan holds up to each tier, beside the needed share of the maximum load.

    It has to hold on every day from Monday to Friday: groups that rotate give on their days only, users that rest
    that day give nothing, and protected load is none.
    """
    held = dict.fromkeys(_WORKING, 0.0)
    ids: list[UUID] = []
    for tier in TIERS:
        rows = [entry for entry in plan.entries if entry.tier == tier and _counts(users[entry.user_id])]
        ids += [entry.entry_id for entry in rows]
        for day in _WORKING:
            there = [entry for entry in rows if _is_there(plan, entry, users[entry.user_id].facts, day)]
            held[day] += loads_by_tier(there).get(tier, 0.0)
        weakest = min(_WORKING, key=lambda day: held[day])
        percent = shares.by_tier()[tier]
        needed = plan.max_load_kw * percent / 100
        if held[weakest] < needed - _SMALL:
            params = {
                "tier": TIER_NAMES[tier],
                "weekday": weakest,
                "held_kw": round(held[weakest], 1),
                "needed_kw": round(needed, 1),
                "missing_kw": round(needed - held[weakest], 1),
                "percent": percent,
                "max_kw": plan.max_load_kw,
            }
            yield Finding("curtailment.check_share", Severity.FAULT, None, tuple(ids), params)


def _counts(checked: CheckedUser) -> bool:
    return checked.facts.standing is not Standing.PROTECTED and checked.is_active


def _is_there(plan: PlanFacts, entry: EntryFacts, user: UserFacts, day: Weekday) -> bool:
    group = entry.rotation_group
    is_its_turn = group is None or day in plan.rotation.get(group, frozenset())
    return is_its_turn and day not in user.rest_weekdays


def _rotation(plan: PlanFacts) -> Iterator[Finding]:
    for entry in plan.entries:
        if entry.rotation_group is not None and entry.rotation_group not in plan.rotation:
            params = {"group": entry.rotation_group}
            yield Finding("curtailment.check_group_unknown", Severity.FAULT, None, (entry.entry_id,), params)
    used = {entry.rotation_group for entry in plan.entries}
    for group in sorted(plan.rotation):
        if group not in used:
            yield Finding("curtailment.check_group_empty", Severity.WARNING, params={"group": group})
    yield from _uneven(plan)


def _uneven(plan: PlanFacts) -> Iterator[Finding]:
    """Groups that take turns should weigh alike: on the day of the lightest the plan gives least."""
    loads: dict[str, float] = {}
    for entry in plan.entries:
        if entry.rotation_group in plan.rotation:
            group = entry.rotation_group or ""
            loads[group] = loads.get(group, 0.0) + entry.quota_kw
    if len(loads) > 1 and max(loads.values()) > 2 * min(loads.values()):
        low, high = min(loads, key=lambda one: (loads[one], one)), max(loads, key=lambda one: (loads[one], one))
        params = {"low": low, "low_kw": round(loads[low], 1), "high": high, "high_kw": round(loads[high], 1)}
        yield Finding("curtailment.check_groups_uneven", Severity.WARNING, params=params)
