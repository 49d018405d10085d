"""From the detector's decisions and from corrections to conditions, in one transaction; telling.py tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from libs.common.context import Context
from libs.common.contracts.energy import ConditionKind
from libs.common.ids import derived_id
from libs.common.remember import gathering
from services.energy.detection import repository
from services.energy.detection.domain.engine import Phase, Signal
from services.energy.detection.domain.episode import (
    CORRECTABLE_DAYS,
    OF_SLOTS,
    Episode,
    Evidence,
    Outcome,
)
from services.energy.detection.domain.parameters import CLASSES, AnyParameters
from services.energy.detection.tables import ConditionRow
from services.energy.detection.telling import tell_amended, tell_cleared, tell_opened
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import MINUTES_A_DAY, instant_of

_OPEN: Final = "open"
_CLEARED: Final = "cleared"
RETURNED: Final = "returned"
CORRECTED: Final = "corrected"
EXPECTED: Final = "expected"
_READERS: Final = {kind: TypeAdapter(one) for kind, one in CLASSES.items()}

History = list[ConditionRow]
Known = dict[tuple[int, ConditionKind], History]


@dataclass(frozen=True, slots=True)
class Correction:
    """A stored value was replaced; ``at`` in minutes of the meter's standard time since 1970."""

    meter_index: int
    at: int
    value_kw: float


@dataclass(frozen=True, slots=True)
class Fact:
    """A decision or a correction with its place in the log, by which the facts of a batch are ordered."""

    order: int
    what: Signal | Correction

    @property
    def meter_index(self) -> int:
        return self.what.meter_index


def _nothing_planned(_meter: Meter, _kind: ConditionKind, _at: datetime) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What conditions need to know: their meters, the parameters by rule number, the name of a day's type.

    ``is_planned``: whether a condition of a kind is expected of a meter at an instant (maintenance, a planned
    outage): then it is kept and nobody is told.
    """

    meter: Callable[[int], Meter]
    parameters: Callable[[int, ConditionKind], AnyParameters]
    day_type: Callable[[int], str]
    is_planned: Callable[[Meter, ConditionKind, datetime], bool] = _nothing_planned


async def apply_facts(ctx: Context, facts: Sequence[Fact], around: Surroundings) -> None:
    """Open, extend, amend and clear conditions in the order of the log."""
    if not facts:
        return
    meters = sorted({fact.meter_index for fact in facts})
    known = repository.by_meter(await repository.list_recent(ctx.session, meters, _since(ctx, facts, around)))
    async with gathering(ctx.session):
        passed: History = []
        for fact in sorted(facts, key=lambda item: (item.order, item.what.at)):
            passed += await _apply(ctx, fact, known, around)
        for row in passed:
            if row.status == _OPEN:
                await _end_passed(ctx, row)
    await ctx.session.flush()


async def _apply(ctx: Context, fact: Fact, known: Known, around: Surroundings) -> History:
    """Returns conditions that are new and over."""
    if isinstance(fact.what, Correction):
        for kind in OF_SLOTS:
            await _correct(ctx, fact.what, known.setdefault((fact.meter_index, kind), []), around)
        return []
    history = known.setdefault((fact.meter_index, fact.what.kind), [])
    if fact.what.phase is Phase.LATE:
        return await _look_back(ctx, fact.what, history, around)
    await _follow(ctx, fact.what, history, around)
    return []


def _since(ctx: Context, facts: Sequence[Fact], around: Surroundings) -> datetime:
    correctable = ctx.now - timedelta(days=CORRECTABLE_DAYS)
    episodes = [
        instant_of(fact.what.opened, around.meter(fact.meter_index).offset_minutes)
        for fact in facts
        if isinstance(fact.what, Signal)
    ]
    if any(isinstance(fact.what, Correction) or fact.what.phase is Phase.LATE for fact in facts):
        episodes.append(correctable)
    return min(episodes)


async def _follow(ctx: Context, signal: Signal, history: History, around: Surroundings) -> None:
    current = next((row for row in history if row.status == _OPEN), None)
    meter = around.meter(signal.meter_index)
    if signal.phase is Phase.CLEARED:
        ended_at = instant_of(signal.at, meter.offset_minutes)
        if current is not None:
            current.episode_ended_at = ended_at
            await clear_condition(ctx, current, ended_at, RETURNED)
        elif history:
            # A correction had cleared it; should the value come back, the episode is known to be over.
            history[-1].episode_ended_at = ended_at
    elif current is not None:
        await amend_condition(ctx, current, _episode(current).extended(_evidence(signal)), meter)
    else:
        # Opened, or its first slot turned out wrong while others still show it.
        episode = Episode((_evidence(signal),), around.parameters(signal.rule, signal.kind))
        await open_condition(ctx, episode, 0, history, meter, around)


async def _look_back(ctx: Context, signal: Signal, history: History, around: Surroundings) -> History:
    """A late value that shows a condition: a slot more of one that is known, else a condition that is over.

    Returns the condition if it is new: further slots of the batch may belong to it before it is ended.
    """
    slot = _evidence(signal)
    episodes = [(row, _episode(row)) for row in history]
    if any(item.at == slot.at for _, episode in episodes for item in episode.evidence):
        # Corrections have their say about the slots of a condition.
        return []
    meter, parameters = around.meter(signal.meter_index), around.parameters(signal.rule, signal.kind)
    for row, episode in episodes:
        if episode.is_near(slot.at):
            await amend_condition(ctx, row, episode.with_late(slot), meter)
            if row.status == _CLEARED:
                row.cleared_at = max(_end_of(row), row.cleared_at or ctx.now)
            return []
    opened = await open_condition(ctx, Episode((slot,), parameters), 0, history, meter, around)
    return [] if opened is None else [opened]


async def _end_passed(ctx: Context, row: ConditionRow) -> None:
    row.episode_ended_at = _end_of(row)
    await clear_condition(ctx, row, row.episode_ended_at, RETURNED)


def _end_of(row: ConditionRow) -> datetime:
    """The end of the last slot that showed it."""
    return instant_of(row.evidence[-1]["at"] + row.interval_minutes, row.offset_minutes)


def _evidence(signal: Signal) -> Evidence:
    return Evidence(signal.at, signal.value, signal.expected, signal.sigma, signal.limit)


async def _correct(ctx: Context, correction: Correction, history: History, around: Surroundings) -> None:
    for row in list(history):
        if row.opened_at < ctx.now - timedelta(days=CORRECTABLE_DAYS):
            continue
        before = _episode(row)
        episode, outcome = before.corrected(correction.at, correction.value_kw)
        is_same = outcome is Outcome.AMENDED and episode == before and row.clear_reason != CORRECTED
        if outcome is Outcome.UNTOUCHED or is_same:
            continue
        meter = around.meter(row.meter_index)
        if outcome is Outcome.CAUSE_GONE:
            _set_figures(row, episode)
            if row.clear_reason != CORRECTED:
                await clear_condition(ctx, row, instant_of(correction.at, meter.offset_minutes), CORRECTED)
        elif row.clear_reason == CORRECTED:
            await _reopen(ctx, row, episode, history, meter, around)
        else:
            _set_figures(row, episode)
            if row.status == _OPEN:
                await tell_amended(ctx, row, meter)


async def _reopen(
    ctx: Context,
    row: ConditionRow,
    episode: Episode,
    history: History,
    meter: Meter,
    around: Surroundings,
) -> None:
    """The cause came back by another correction: a condition of its own, with the next revision."""
    if any(other.opened_at == row.opened_at and other.revision > row.revision for other in history):
        return
    if row.episode_ended_at is None and any(other.status == _OPEN for other in history):
        return
    ended_at = row.episode_ended_at
    again = await open_condition(ctx, episode, row.revision + 1, history, meter, around)
    if again is not None and ended_at is not None:
        again.episode_ended_at = ended_at
        await clear_condition(ctx, again, ended_at, RETURNED)


async def open_condition(
    ctx: Context,
    episode: Episode,
    revision: int,
    history: History,
    meter: Meter,
    around: Surroundings,
) -> ConditionRow | None:
    """Record a condition and tell it; None when it is there already. It is added to ``history``."""
    first = episode.evidence[0].at
    opened_at = instant_of(first, meter.offset_minutes)
    within = episode.parameters.announce_within_hours
    is_recent = within is None or ctx.now - opened_at <= timedelta(hours=within)
    row = ConditionRow(
        condition_id=derived_id(str(meter.meter_id), episode.kind, opened_at.isoformat(), str(revision)),
        kind=episode.kind,
        status=_OPEN,
        revision=revision,
        version=1,
        meter_id=meter.meter_id,
        meter_index=meter.meter_index,
        meter_no=meter.meter_no,
        region_code=meter.region_code,
        enterprise_id=meter.enterprise_id,
        interval_minutes=meter.interval_minutes,
        offset_minutes=meter.offset_minutes,
        opened_at=opened_at,
        detected_at=ctx.now,
        announced=is_recent and not around.is_planned(meter, episode.kind, opened_at),
        level=1,
        score=0.0,
        value_kw=0.0,
        expected_kw=0.0,
        expected_low_kw=0.0,
        expected_high_kw=0.0,
        lasted_minutes=0,
        day_type=around.day_type(first // MINUTES_A_DAY),
        evidence=[],
        parameters=episode.parameters.model_dump(),
    )
    _set_figures(row, episode)
    if not await repository.add_condition(ctx.session, row):
        return None
    history.append(row)
    await tell_opened(ctx, row, meter)
    return row


def _episode(row: ConditionRow) -> Episode:
    parameters: AnyParameters = _READERS[ConditionKind(row.kind)].validate_python(row.parameters)
    return Episode(tuple(Evidence(**item) for item in row.evidence), parameters)


def _set_figures(row: ConditionRow, episode: Episode) -> None:
    strongest, clear_score = episode.strongest, getattr(episode.parameters, "clear_score", 0.0)
    margin = clear_score * strongest.sigma_kw
    row.evidence = [asdict(item) for item in episode.evidence]
    row.level, row.score, row.lasted_minutes = episode.level, episode.magnitude, episode.lasted_minutes
    row.value_kw, row.expected_kw = strongest.value_kw, strongest.expected_kw
    row.expected_low_kw, row.expected_high_kw = strongest.expected_kw - margin, strongest.expected_kw + margin


async def amend_condition(ctx: Context, row: ConditionRow, episode: Episode, meter: Meter) -> None:
    """Give a condition the evidence it has by now; told when it has become graver."""
    level = row.level
    _set_figures(row, episode)
    if row.status == _OPEN and row.level > level:
        await tell_amended(ctx, row, meter)


async def clear_condition(ctx: Context, row: ConditionRow, at: datetime, reason: str) -> None:
    """End a condition and tell it."""
    row.status, row.clear_reason = _CLEARED, reason
    row.cleared_at = max(at, row.cleared_at or at)
    await tell_cleared(ctx, row)


async def clear_expected(ctx: Context, row: ConditionRow) -> None:
    """End an open condition that turned out to have been announced: maintenance, a test run, an outage."""
    await clear_condition(ctx, row, ctx.now, EXPECTED)
    await ctx.session.flush()
