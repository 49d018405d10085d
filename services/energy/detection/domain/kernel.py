"""The detector itself: one pass over a block of readings, every rule of S18 for each of them, compiled.

Readings of a meter are met in the order of the log; one that is not newer than the last teaches nothing and is
held against what is usual by now: far out, it is told as ``LATE``, and whoever stores it knows whether it is news.
A meter touches nothing but its own row of the state, so how a log is cut into batches cannot matter. Scalar code
compiled by numba is as fast for one reading as for a million, where a pass over numpy columns needs thousands of
meters a step (docs/detection.md has the figures).

The order of the rules is what makes them one detector: a unit error is taught to nobody, a frozen or dead value is
not judged as a drop, and while a spike or drop is open its values do not widen what counts as usual.

One file although it is long: numba's cache looks at no other file than the function's own. Times are minutes of
the meter's standard time since 1970, powers kW; ``profile``: (meters, 4, slots),
``spread``: (meters, 2, 24), ``margin``: (meters, 2, 2, 24), see state.py; ``p``: one record of parameters.py;
``expected``: bits of the kinds that are known in advance of a slot (expected.py). Those do not open then, and
nothing is learned from such a slot whatever it shows.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import config

from libs.common.compiled import compiled

# Records of arrays have no types that mypy knows.
njit: Any = compiled
# For debugging, NUMBA_DISABLE_JIT lets the same code run interpreted.
COMPILED: Final = not getattr(config, "DISABLE_JIT", 0)

NEVER: Final = -(1 << 30)

SPIKE, DROP, SHIFT, DEAD, STUCK, MISSING, UNIT, CLOCK, OVERLOAD = range(9)
KINDS: Final = 9
OPENED, EXTENDED, CLEARED, LATE = range(1, 5)

# What drives the meter: calendar and clock, the weather (wind, hydro), or both signs of everything (net load).
BY_CALENDAR, BY_WEATHER, NET = range(3)

# More signals a row of a block cannot give: each slot at most two a kind, and the day's end.
SIGNALS_A_SLOT: Final = 12

_DAY: Final = 1440
_UP: Final = 0
_DOWN: Final = 1
# A meter that comes back after so long is warmed up anew.
_STALE: Final = 60 * _DAY
# So far back a late value is still looked at.
_LATE_DAYS: Final = 35
# Hours by which a clock is found to be wrong: summer time, a zone, half a day.
ROLLS: Final = 8


@njit
def _emit(out, n, kind, phase, at, m, value, expected, sigma, limit):  # type: ignore[no-untyped-def]
    signal = out[n]
    signal.kind, signal.phase = kind, phase
    signal.row, signal.slot, signal.at = at
    signal.meter_index = m.meter_index
    # What comes late belongs to no episode of the running state.
    signal.opened = NEVER if phase == LATE else m.opened[kind]
    signal.value, signal.expected, signal.sigma, signal.limit = value, expected, sigma, limit
    return n + 1


@njit
def _is_expected(expected, kind):  # type: ignore[no-untyped-def]
    return (expected >> kind) & 1 == 1


@njit
def _follow(out, n, kind, hot, calm, need, quiet, at, m, value, expected, sigma, limit):  # type: ignore[no-untyped-def]
    """Hysteresis of every kind: open once, hold while hot, clear after ``need`` calm readings in a row."""
    if m.opened[kind] == NEVER:
        if hot and at[2] >= m.quiet[kind]:
            m.opened[kind] = at[2]
            m.quiet[kind] = at[2] + int(quiet)
            m.calm[kind] = 0
            m.hits[kind] = 1
            n = _emit(out, n, kind, OPENED, at, m, value, expected, sigma, limit)
    elif hot:
        m.calm[kind] = 0
        m.hits[kind] += 1
        # A value that has stood for a day says nothing new each slot: 2, 4, 8 … readings are told.
        if kind not in (STUCK, DEAD) or m.hits[kind] & (m.hits[kind] - 1) == 0:
            n = _emit(out, n, kind, EXTENDED, at, m, value, expected, sigma, limit)
    elif calm:
        m.calm[kind] += 1
        if m.calm[kind] >= need:
            n = _emit(out, n, kind, CLEARED, at, m, value, expected, sigma, limit)
            m.opened[kind] = NEVER
            m.calm[kind] = 0
    else:
        m.calm[kind] = 0
    return n


@njit
def _begin(m, v, minute):  # type: ignore[no-untyped-def]
    m.first = minute
    m.level = 0.0 if m.driver == BY_CALENDAR else v
    m.scale = abs(v)
    m.top = abs(v)
    m.bottom = min(v, 0.0)
    m.before = v
    m.last_value = np.nan
    m.run_start = minute
    m.zero_start = NEVER
    m.day = NEVER


@njit
def _is_impossible(m, v, size, age, driver, p):  # type: ignore[no-untyped-def]
    """A thousand times too large, or negative where nothing has ever been: not a matter of energy."""
    if age < p.unit_warmup_days * _DAY or m.top <= 0:
        return False
    if size > p.unit_times * m.top:
        return True
    usual = m.scale if driver == BY_CALENDAR else m.top
    return v < -0.05 * usual and m.bottom > -0.02 * m.top


@njit
def _band(profile, slot, base):  # type: ignore[no-untyped-def]
    """The forecast is a band: a ramp may come a slot sooner or later."""
    before = np.float64(profile[max(slot - 1, 0)])
    later = np.float64(profile[min(slot + 1, profile.shape[0] - 1)])
    return min(base, before, later), max(base, before, later)


@njit
def _usual_error(m, spreads, hour, p):  # type: ignore[no-untyped-def]
    """Half that of the meter, half that of the hour."""
    return max(0.5 * np.sqrt(m.variance) + 0.5 * np.float64(spreads[hour]), p.spike_floor_share * m.scale)


@njit
def _judge_late(out, n, at, m, v, profile, spreads, margin, known, step, p):  # type: ignore[no-untyped-def]
    """A value behind the last one: by the limits of spike, drop, overload and unit, whichever side is wider."""
    slot, age, size = at[1], at[2] - m.first, abs(v)
    if _is_impossible(m, v, size, age, m.driver, p):
        if not _is_expected(known, UNIT):
            n = _emit(out, n, UNIT, LATE, at, m, v, m.level, 0.0, m.top)
        return n
    limit = m.capacity * p.overload_share
    if v > limit and not _is_expected(known, OVERLOAD):
        n = _emit(out, n, OVERLOAD, LATE, at, m, v, m.capacity, 0.0, limit)
    base, hour = np.float64(profile[slot]), slot * step // 60
    if m.driver != BY_CALENDAR or base == 0.0 or age < p.spike_warmup_days * _DAY:
        return n
    low, high = _band(profile, slot, base)
    sigma = _usual_error(m, spreads, hour, p)
    # The level of then is not known any more: that of now counts where it makes the band wider.
    top = max(m.level, 0.0) + high + p.spike_open_score * sigma
    limit = max(top, base + p.spike_margin * _widest(margin, _UP, hour))
    if v > limit and not _is_expected(known, SPIKE):
        n = _emit(out, n, SPIKE, LATE, at, m, v, base, sigma, limit)
    bottom = min(m.level, 0.0) + low - p.drop_open_score * sigma
    limit = min(bottom, base - p.drop_margin * _widest(margin, _DOWN, hour))
    if v < limit and not _is_expected(known, DROP):
        n = _emit(out, n, DROP, LATE, at, m, v, base, sigma, limit)
    return n


@njit
def _judge_standing(out, n, at, m, v, size, gap, age, step, expected, p):  # type: ignore[no-untyped-def]
    """Stuck and dead: how long a value stands against how long values of this meter are used to stand."""
    minute, driver = at[2], m.driver
    if _is_expected(expected, STUCK):
        m.run_start = minute
    if _is_expected(expected, DEAD) and m.zero_start != NEVER:
        m.zero_start = minute + step
    zero_limit = 0.002 * m.scale if driver == BY_CALENDAR else 0.02 * m.top
    is_zero = size <= zero_limit
    standing = False
    if v == m.last_value and not gap:
        usual = max(p.stuck_minutes, p.stuck_times * m.natural_run)
        if not is_zero and minute - m.run_start >= usual and age > _DAY and m.changes >= 24:
            n = _follow(out, n, STUCK, True, False, 1, p.stuck_quiet_minutes, at, m, v, m.last_value, 0.0, usual)
            standing = True
    else:
        if expected == 0 and m.opened[STUCK] == NEVER and abs(m.last_value) > zero_limit:
            m.natural_run = max(m.natural_run * 0.9999, min(m.last - m.run_start, float(_DAY)))
        n = _follow(out, n, STUCK, False, True, 1, p.stuck_quiet_minutes, at, m, v, m.last_value, 0.0, 0.0)
        m.changes += 1
        m.run_start = minute
        m.last_value = v
    if is_zero and size <= 0.002 * m.scale and driver != BY_WEATHER:
        if m.zero_start == NEVER:
            m.zero_start = minute
        usual = max(p.dead_minutes, p.dead_times * m.natural_zero)
        if minute - m.zero_start >= usual and age > _DAY and not _is_expected(expected, DEAD):
            n = _follow(out, n, DEAD, True, False, 1, p.dead_quiet_minutes, at, m, v, m.level, 0.0, usual)
            standing = True
    elif m.zero_start != NEVER:
        if expected == 0 and m.opened[DEAD] == NEVER:
            m.natural_zero = max(m.natural_zero * 0.9999, min(m.last - m.zero_start + step, 2.0 * _DAY))
        n = _follow(out, n, DEAD, False, True, 1, p.dead_quiet_minutes, at, m, v, m.level, 0.0, 0.0)
        m.zero_start = NEVER
    return n, standing


@njit
def _judge_jump(out, n, at, m, v, gap, age, step, top, expected, p):  # type: ignore[no-untyped-def]
    """Weather and net load have no daily pattern: a spike is beyond all seen, by a jump greater than any."""
    if not gap:
        jump = abs(v - m.before)
        limit = max(p.spike_jump_top * top, m.before + p.spike_jump_times * m.jump)
        hot = v > limit and age > p.spike_warmup_days * _DAY and not _is_expected(expected, SPIKE)
        need, quiet = p.spike_clear_slots, p.spike_quiet_minutes
        n = _follow(out, n, SPIKE, hot, v <= top, need, quiet, at, m, v, m.before, m.jump, limit)
        if expected != 0:
            return n
        span = max(m.top - m.bottom, 1e-9)
        m.jump = max(min(jump, 2 * m.jump + 0.02 * span), m.jump * (1 - 0.00002 * step))
    return n


@njit
def _widest(margins, side, hour):  # type: ignore[no-untyped-def]
    """The largest usual deviation around an hour: machines start half an hour sooner or later."""
    later, earlier = hour + 1 if hour < 23 else 0, hour - 1 if hour > 0 else 23
    return np.float64(max(margins[side, hour], margins[side, later], margins[side, earlier]))


@njit
def _learn_margin(margins, side, hour, deviation, span, step, p):  # type: ignore[no-untyped-def]
    known = np.float64(margins[side, hour])
    if deviation > known:
        margins[side, hour] = known + p.spike_margin_rate * (min(deviation, 3 * known + 0.02 * span) - known)
    else:
        margins[side, hour] = known * (1 - p.spike_margin_decay * step / 15.0)


@njit
def _judge_load(  # type: ignore[no-untyped-def]
    out, n, at, m, v, base, profile, margin, sigma, standing, warm, step, known, p
):
    """Spike and drop: far from the forecast and further from the profile than the meter has been at this hour."""
    slot, hour = at[1], at[1] * step // 60
    low, high = _band(profile, slot, base)
    expected = m.level + base
    off = abs(v - expected)
    above, below = _widest(margin, _UP, hour), _widest(margin, _DOWN, hour)
    deep = False
    if warm:
        limit = max(m.level + high + p.spike_open_score * sigma, base + p.spike_margin * above)
        hot = v > limit and not standing and not _is_expected(known, SPIKE)
        calm = off <= p.spike_clear_score * sigma
        need, quiet = p.spike_clear_slots, p.spike_quiet_minutes
        n = _follow(out, n, SPIKE, hot, calm, need, quiet, at, m, v, expected, sigma, limit)

        limit = min(m.level + low - p.drop_open_score * sigma, base - p.drop_margin * below)
        span = max(m.top - m.bottom, 1e-9)
        # Less deep but for long: the forecast has followed by then, the profile has not.
        floor = min(base - p.drop_deep_margin * below, p.drop_deep_share * base, base - 0.1 * span)
        deep = v < floor and v < expected - p.drop_deep_score * sigma
        deep = deep and not _is_expected(known, DROP)
        m.deep_run = m.deep_run + 1 if deep else max(0, m.deep_run - 1)
        hot = v < limit
        if not hot and deep and m.deep_run * step >= p.drop_deep_minutes:
            hot, limit, expected = True, floor, base
        calm = off <= p.drop_clear_score * sigma
        hot = hot and not standing and not _is_expected(known, DROP)
        need, quiet = p.drop_clear_slots, p.drop_quiet_minutes
        n = _follow(out, n, DROP, hot, calm, need, quiet, at, m, v, expected, sigma, limit)
    is_odd = standing or m.opened[SPIKE] != NEVER or m.opened[DROP] != NEVER
    if known == 0 and not is_odd and at[2] - m.first > 5 * _DAY:
        span = max(m.top - m.bottom, 1e-9)
        _learn_margin(margin, _UP, hour, max(0.0, v - base), span, step, p)
        if not 0 < m.deep_run < 96:
            _learn_margin(margin, _DOWN, hour, max(0.0, base - v), span, step, p)
    return n, is_odd


@njit
def _judge_shift(out, n, at, m, v, base, age, step, p):  # type: ignore[no-untyped-def]
    """A lasting change: the relative deviation from the profile, averaged over most of a day, beyond the usual."""
    deviation = (v - base) / max(base, 0.15 * m.scale)
    deviation = min(max(deviation, -p.shift_clip), p.shift_clip)
    m.drift += (deviation - m.drift) * step / (p.shift_hours * 60)
    if m.exempt != 0:
        m.drift = 0.0
        return n
    if at[2] % 60 != 0 or m.opened[UNIT] != NEVER:
        return n
    usual = max(m.drift_up if m.drift > 0 else m.drift_down, 0.05)
    size = abs(m.drift)
    limit = max(p.shift_margin * usual, p.shift_share)
    hot = age > p.shift_warmup_days * _DAY and size > limit
    # The profile follows: after two weeks the new level is the usual one.
    over = m.opened[SHIFT] != NEVER and at[2] - m.opened[SHIFT] > 14 * _DAY
    if m.opened[SHIFT] != NEVER:
        hot = False
    calm, need = size < 0.5 * limit or over, 1 if over else 24
    n = _follow(out, n, SHIFT, hot, calm, need, p.shift_quiet_minutes, at, m, m.drift, base, usual, limit)
    m.today_up = max(m.today_up, m.drift)
    m.today_down = max(m.today_down, -m.drift)
    return n


@njit
def _learned_drift(usual, yesterday, p):  # type: ignore[no-untyped-def]
    if yesterday > usual:
        return usual + p.shift_rate * (min(yesterday, 2 * usual + 0.05) - usual)
    return usual * (1 - p.shift_decay)


@njit
def _close_day(out, n, at, m, p):  # type: ignore[no-untyped-def]
    """At a day's first reading, what the day before says: the clock's test and how far it drifted."""
    minute = at[2]
    if m.exempt == 0 and minute >= m.quiet[SHIFT] and minute >= m.quiet[CLOCK]:
        # By two days behind, so that a shift does not excuse itself.
        m.drift_up = _learned_drift(m.drift_up, m.older_up, p)
        m.drift_down = _learned_drift(m.drift_down, m.older_down, p)
        m.older_up, m.older_down = m.today_up, m.today_down
        m.today_up, m.today_down = 0.0, 0.0
    if m.day_count > 0:
        m.days += 1
        error = m.day_error / m.day_count
        warm = m.days > p.clock_warmup_days
        if m.exempt == 0:
            if warm and m.odd_count < m.day_count // 4:
                n = _judge_clock(out, n, at, m, error, p)
            rate = max(0.06, 1.0 / m.days)
            m.usual_error += rate * ((min(error, 4 * m.usual_error) if warm else error) - m.usual_error)
    m.day_error = 0.0
    m.day_count = 0
    m.odd_count = 0
    m.rolled[:] = 0.0
    return n


@njit
def _judge_clock(out, n, at, m, error, p):  # type: ignore[no-untyped-def]
    """A day that fits the profile far better when moved by some hours; once clearly, or two days running."""
    best, which = m.rolled[0], 0
    for number in range(1, ROLLS):
        if m.rolled[number] < best:
            best, which = m.rolled[number], number
    share = best / m.day_count / max(error, 1e-12)
    if share < p.clock_weak_share and error > 0.8 * m.usual_error:
        m.clock_days = m.clock_days + 1 if which == m.clock_roll else 1
        m.clock_roll = which
    else:
        m.clock_days = 0
    hot = (share < p.clock_share and error > p.clock_times * m.usual_error) or m.clock_days >= 2
    since = at[2] - m.opened[CLOCK]
    calm = (share > 0.7 and error < 2 * m.usual_error) or (m.opened[CLOCK] != NEVER and since > 14 * _DAY)
    hours, quiet = float(_roll_hours(which)), p.clock_quiet_minutes
    return _follow(out, n, CLOCK, hot, calm, 2, quiet, at, m, hours, share, error, m.usual_error)


@njit
def _roll_hours(number):  # type: ignore[no-untyped-def]
    """By how many hours the clock is ahead when the profile read so much later fits."""
    hours = 1
    if number >= 6:
        hours = 12
    elif number >= 4:
        hours = 8
    elif number >= 2:
        hours = 2
    return hours if number % 2 == 0 else -hours


@njit
def _remember_day(m, v, base, profile, slot, step):  # type: ignore[no-untyped-def]
    slots = profile.shape[0]
    m.day_count += 1
    m.day_error += (v - base) * (v - base)
    for number in range(ROLLS):
        moved = slot + _roll_hours(number) * 60 // step
        if moved >= slots:
            moved -= slots
        elif moved < 0:
            moved += slots
        other = v - np.float64(profile[moved])
        m.rolled[number] += other * other


@njit
def run(  # type: ignore[no-untyped-def]  # noqa: PLR0915 - every call costs the compiler and the reader more
    state, profile, spread, margin, index, day, facts, values, start, rules, rule, known, masks, out, first
):
    """Feed rows ``first`` on to the detector; returns (rows done, signals written).

    ``index``: row of the state, ``day``: days since 1970, ``facts``: (rows, 3) 1 on days of rest, the profile's
    day, 1 where the calendar excuses a shift; ``values``: (rows, width) float32 from slot ``start`` of the day on,
    NaN where nothing came; ``rule``: row of ``rules``; ``known``: row of ``masks``, (lines, slots) bits of kinds
    that are expected. Ends early when ``out`` may not hold a further row.
    """
    n = 0
    rows, width = values.shape
    step = _DAY // profile.shape[2]
    for row in range(first, rows):
        if n + SIGNALS_A_SLOT * width > len(out):
            return row, n
        m, p = state[index[row]], rules[rule[row]]
        usual = profile[index[row], facts[row, 1]]
        rests = facts[row, 0]
        spreads, margins = spread[index[row], rests], margin[index[row], rests]
        for place in range(width):
            v, slot = np.float64(values[row, place]), start[row] + place
            minute = day[row] * _DAY + slot * step
            if not np.isfinite(v):
                continue
            at = (row, slot, minute)
            expected = masks[known[row], slot]
            if minute <= m.last:
                if m.last - minute <= _LATE_DAYS * _DAY:
                    n = _judge_late(out, n, at, m, v, usual, spreads, margins, expected, step, p)
                continue
            # Nothing but zeros is no usage, and what was usual so long ago says nothing: the meter begins here.
            if m.count > 0 and ((m.top == 0.0 and v != 0.0) or minute - m.last > _STALE):
                profile[index[row]], spread[index[row]], margin[index[row]] = 0.0, 0.0, 0.0
                m.count, m.variance, m.days = 0, 0.0, 0
            if m.count == 0:
                _begin(m, v, minute)
            if day[row] != m.day:
                n = _close_day(out, n, at, m, p)
                m.day = day[row]
                m.exempt = facts[row, 2]
            gap, age, size = minute - m.last > 60 + step, minute - m.first, abs(v)
            wrong = _is_impossible(m, v, size, age, m.driver, p)
            need, quiet = p.unit_clear_slots, p.unit_quiet_minutes
            if wrong and m.opened[UNIT] != NEVER and minute - m.opened[UNIT] >= p.unit_days * _DAY:
                # No error then but how the meter is by now: everything is learned anew.
                wrong, need, age = False, 1, 0
                profile[index[row]], spread[index[row]], margin[index[row]] = 0.0, 0.0, 0.0
                m.count, m.variance, m.days = 0, 0.0, 0
                _begin(m, v, minute)
                m.day = day[row]
            hot = wrong and not _is_expected(expected, UNIT)
            n = _follow(out, n, UNIT, hot, not wrong, need, quiet, at, m, v, m.level, 0.0, m.top)
            if wrong:
                m.last, m.run_start = minute, minute
                m.last_value, m.zero_start = np.nan, NEVER
                m.count += 1
                m.odd_count += 1
                continue
            top = m.top
            if expected == 0:
                m.top = max(size, m.top - (m.top - size) * 0.00002)
                m.bottom = min(v, m.bottom + (v - m.bottom) * 0.00002)
            limit, need, quiet = m.capacity * p.overload_share, p.overload_clear_slots, p.overload_quiet_minutes
            below = v <= p.overload_clear_share * m.capacity
            hot = v > limit and not _is_expected(expected, OVERLOAD)
            n = _follow(out, n, OVERLOAD, hot, below, need, quiet, at, m, v, m.capacity, 0.0, limit)
            n, standing = _judge_standing(out, n, at, m, v, size, gap, age, step, expected, p)
            # The forecast of the reading, and what it teaches.
            base = np.float64(usual[slot]) if m.driver == BY_CALENDAR else 0.0
            is_new = m.driver == BY_CALENDAR and base == 0.0
            if is_new:
                base = v - m.level
            forecast = m.level + base
            error = v - forecast
            hour = slot * step // 60
            sigma = _usual_error(m, spreads, hour, p)
            warm = age >= p.spike_warmup_days * _DAY
            is_odd = standing
            if m.driver == BY_CALENDAR:
                if expected == 0 and not standing and age >= 0.5 * p.spike_warmup_days * _DAY:
                    n = _judge_shift(out, n, at, m, v, base, age, step, p)
                n, is_odd = _judge_load(
                    out, n, at, m, v, base, usual, margins, sigma, standing, warm, step, expected, p
                )
                if standing or expected != 0:
                    m.odd_count += 1
                else:
                    _remember_day(m, v, base, usual, slot, step)
                    if is_new:
                        usual[slot] = v
                    elif not is_odd:
                        usual[slot] += p.spike_profile_rate * (v - base)
            else:
                n = _judge_jump(out, n, at, m, v, gap, age, step, top, expected, p)
            if expected != 0:
                # Maintenance, a test run, an outage: how the meter is else is not learned from it.
                m.count += 1
                m.last = minute
                continue
            limit = p.spike_clip_score * sigma if age >= 0.5 * p.spike_warmup_days * _DAY else np.inf
            error = min(max(error, -limit), limit)
            # Early on an average of all so far, later a moving one.
            rate = max(p.spike_variance_rate, 1.0 / (m.count + 1.0))
            m.level += p.spike_level_rate * error
            m.variance += rate * (error * error - m.variance)
            spreads[hour] += p.spike_spread_rate * (1.25 * abs(error) - spreads[hour])
            m.scale += rate * (min(size, abs(forecast + error)) - m.scale)
            m.before = v
            m.count += 1
            m.last = minute
    return rows, n
