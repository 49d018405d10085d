"""Who of a plan may be called on a day at all, and when (S21)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

import numpy as np

from services.energy.curtailment.domain import wording
from services.energy.curtailment.domain.plan import EntryFacts, PlanFacts
from services.energy.curtailment.domain.selection import SLOT_MINUTES, SLOTS, Burden, Candidate, Passed, Why
from services.energy.curtailment.domain.users import Offer, Standing, UserFacts


@dataclass(frozen=True, slots=True)
class Closed:
    """Minutes of the day (may reach beyond it) in which a user is not to be called, and why."""

    start: int
    end: int
    why: Why
    reason: str = ""


def judge(
    entry: EntryFacts,
    user: UserFacts,
    plan: PlanFacts,
    day: date,
    *,
    is_active: bool,
    now_minute: int,
    closed: Iterable[Closed] = (),
    burden: Burden | None = None,
) -> Candidate | Passed:
    """The row as a candidate of the day, or why it is none. ``now_minute``: since the beginning of ``day``."""
    if not is_active:
        return passed(entry, user, Why.INACTIVE)
    if user.standing is Standing.PROTECTED:
        return passed(entry, user, Why.PROTECTED)
    if day.isoweekday() in user.rest_weekdays:
        return passed(entry, user, Why.REST_DAY, **wording.pair("weekday", wording.weekday(day.isoweekday())))
    if not plan.rests(entry.rotation_group, day):
        return passed(entry, user, Why.NOT_ITS_TURN, group=entry.rotation_group or "")
    offer = user.offer_of(entry.measure)
    if offer is None:
        return passed(entry, user, Why.NO_MEASURE, **wording.pair("measure", wording.MEASURES[entry.measure]))
    if not user.meter_nos:
        return passed(entry, user, Why.NO_METER)
    # A quota above what the user can give, or may be asked for, is no load.
    load_kw = min(entry.quota_kw, offer.load_kw, user.max_load_kw - user.security_load_kw)
    if load_kw <= 0:
        return passed(entry, user, Why.NO_LOAD)
    return _timed(entry, user, offer, load_kw, now_minute, tuple(closed), burden or Burden())


def _timed(
    entry: EntryFacts,
    user: UserFacts,
    offer: Offer,
    load_kw: float,
    now_minute: int,
    closed: tuple[Closed, ...],
    burden: Burden,
) -> Candidate | Passed:
    free = np.ones(SLOTS, np.bool_)
    reason: Closed | None = None
    for one in closed:
        # Who comes from another call, or goes to one, needs its rest between.
        rest = offer.recovery_minutes if one.why is Why.BUSY else 0
        first = max(floor((one.start - rest) / SLOT_MINUTES), 0)
        end = min(ceil((one.end + rest) / SLOT_MINUTES), SLOTS)
        if first < end:
            free[first:end] = False
            reason = reason or one
    if reason is not None and not free.any():
        return passed(entry, user, reason.why, reason=reason.reason)
    earliest = min(max(ceil((now_minute + offer.notice_minutes) / SLOT_MINUTES), 0), SLOTS)
    if earliest >= SLOTS:
        return passed(entry, user, Why.NOTICE, notice=offer.notice_minutes)
    return Candidate(
        user_id=user.user_id,
        enterprise_id=user.enterprise_id,
        code=user.code,
        name=user.name,
        category=user.category,
        tier=entry.tier,
        measure=entry.measure,
        load_kw=load_kw,
        max_load_kw=user.max_load_kw,
        meter_nos=user.meter_nos,
        free=free,
        earliest=earliest,
        shortest=max(ceil(offer.min_minutes / SLOT_MINUTES), 1),
        longest=max(offer.max_minutes // SLOT_MINUTES, 1),
        recovery=ceil(offer.recovery_minutes / SLOT_MINUTES),
        burden=burden,
        output_yuan_per_kwh=user.output_yuan_per_kwh,
        notice_minutes=offer.notice_minutes,
        closed=None if reason is None else (reason.why, reason.reason),
        listing=user.listing,
    )


def passed(entry: EntryFacts, user: UserFacts, why: Why, **facts: object) -> Passed:
    zh, en = wording.why(why, facts)
    return Passed(user.enterprise_id, user.code, user.name, entry.tier, entry.measure, why, facts, zh, en)
