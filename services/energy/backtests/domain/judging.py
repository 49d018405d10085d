"""What a backtest's alarms are worth: against labelled events, or against what operators said of conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.energy.backtests.domain.scoring import SAME, Alarm, Event, Series, score

_DAY: Final = 1440
# How late an alarm may come and still be of use, by kind; else a day.
DEADLINE: Final = {"shift": 7 * _DAY, "clock": 4 * _DAY}
OTHER_DEADLINE: Final = _DAY
# A known false alarm is met again within this of its beginning or its end.
_AROUND: Final = _DAY


@dataclass(frozen=True, slots=True)
class Judged:
    """A condition with an operator's verdict; minutes of the meter's standard time."""

    condition_id: str
    meter_no: str
    kind: str
    start: int
    end: int
    is_true: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """``figures`` as the referee names them; ``misses``: events without alarm; ``false``: alarms known as such."""

    figures: dict[str, Any]
    misses: tuple[Event, ...]
    false: tuple[Alarm, ...]


def event_of(one: Judged) -> Event:
    """A condition that was one, as an event to be found."""
    deadline = DEADLINE.get(one.kind, OTHER_DEADLINE)
    return Event(one.condition_id, one.meter_no, one.kind, one.start, one.end, deadline, "verdict", True)


def judge(
    series: Sequence[Series], alarms: Sequence[Alarm], labels: Sequence[Event] | None, verdicts: Sequence[Judged]
) -> Judgement:
    """With labels every alarm that belongs to none of them is false; without, those that an operator called so.

    What nobody has judged is counted apart.
    """
    own = {one.meter_id for one in series}
    if labels is not None:
        events = [event for event in labels if event.meter_id in own]
    else:
        events = [event_of(one) for one in verdicts if one.is_true and one.meter_no in own]
    total = score(list(series), events, {}, list(alarms))
    counted = [alarm for alarm in alarms if alarm.at >= _warm(series)[alarm.meter_id]]
    unjudged = 0
    if labels is None:
        known = [one for one in verdicts if not one.is_true]
        false = [alarm for alarm in total.false if any(_is_again(alarm, one) for one in known)]
        unjudged = len(total.false) - len(false)
        total.false = false
    figures = total.summary()
    figures |= {
        "alarms": len(counted),
        "alarms_per_meter_month": round(len(counted) / max(1e-9, total.months), 3),
        "alarms_by_kind": dict(sorted(Counter(alarm.kind for alarm in counted).items())),
        "unjudged": unjudged,
    }
    missed = tuple(event for event in total.events if event.event_id not in total.hits)
    return Judgement(figures, missed, tuple(total.false))


def _warm(series: Sequence[Series]) -> dict[str, int]:
    return {one.meter_id: one.warmup_end for one in series}


def _is_again(alarm: Alarm, known: Judged) -> bool:
    same = alarm.meter_id == known.meter_no and alarm.kind in SAME.get(known.kind, {known.kind})
    return same and known.start - _AROUND <= alarm.at <= known.end + _AROUND
