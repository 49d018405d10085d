"""From the detector's decisions and from corrections to conditions and their events, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from libs.common.context import Context
from libs.common.contracts.energy import ConditionKind, EnergyConditionClearedV1, EnergyConditionOpenedV1
from libs.common.ids import derived_id
from libs.common.outbox.record import record_event
from libs.common.registry.queries import enterprise_by_id
from services.energy.detection import repository
from services.energy.detection.domain.episode import CORRECTABLE_DAYS, Episode, Evidence, Outcome
from services.energy.detection.domain.parameters import SpikeParameters
from services.energy.detection.domain.spike import Signal, SignalKind
from services.energy.detection.tables import ConditionRow
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import MINUTES_A_DAY, instant_of

KIND: Final = ConditionKind.SPIKE
_OPEN: Final = "open"
_CLEARED: Final = "cleared"
RETURNED: Final = "returned"
CORRECTED: Final = "corrected"


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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What conditions need to know: their meters, the parameters by rule number, the name of a day's type."""

    meter: Callable[[int], Meter]
    parameters: Callable[[int], SpikeParameters]
    day_type: Callable[[int], str]


async def apply_facts(ctx: Context, facts: Sequence[Fact], around: Surroundings) -> None:
    """Open, extend, amend and clear conditions in the order of the log."""
    if not facts:
        return
    meters = sorted({fact.meter_index for fact in facts})
    rows = await repository.list_recent(ctx.session, KIND, meters, _since(ctx, facts, around))
    known = repository.by_meter(rows)
    for fact in sorted(facts, key=lambda item: (item.order, item.what.at)):
        history = known.setdefault(fact.meter_index, [])
        if isinstance(fact.what, Correction):
            await _correct(ctx, fact.what, history, around)
        else:
            await _follow(ctx, fact.what, history, around)
    await ctx.session.flush()


def _since(ctx: Context, facts: Sequence[Fact], around: Surroundings) -> datetime:
    correctable = ctx.now - timedelta(days=CORRECTABLE_DAYS)
    episodes = [
        instant_of(fact.what.opened, around.meter(fact.meter_index).offset_minutes)
        for fact in facts
        if isinstance(fact.what, Signal)
    ]
    if any(isinstance(fact.what, Correction) for fact in facts):
        episodes.append(correctable)
    return min(episodes)


async def _follow(ctx: Context, signal: Signal, history: list[ConditionRow], around: Surroundings) -> None:
    current = next((row for row in history if row.status == _OPEN), None)
    evidence = Evidence(signal.at, signal.value_kw, signal.expected_kw, signal.sigma_kw)
    meter = around.meter(signal.meter_index)
    if signal.kind is SignalKind.CLEARED:
        ended_at = instant_of(signal.at, meter.offset_minutes)
        if current is not None:
            current.episode_ended_at = ended_at
            await _clear(ctx, current, ended_at, RETURNED)
        elif history:
            # A correction had cleared it; should the value come back, the episode is known to be over.
            history[-1].episode_ended_at = ended_at
    elif current is not None:
        episode = _episode(current)
        level = episode.level
        episode = episode.extended(evidence)
        _set_figures(current, episode, meter)
        if episode.level > level:
            await _tell_opened(ctx, current, meter)
    else:
        # Opened, or its first slot turned out wrong while others still show it.
        episode = Episode((evidence,), around.parameters(signal.rule))
        await _open(ctx, episode, 0, history, meter, around)


async def _correct(
    ctx: Context, correction: Correction, history: list[ConditionRow], around: Surroundings
) -> None:
    for row in list(history):
        if row.opened_at < ctx.now - timedelta(days=CORRECTABLE_DAYS):
            continue
        before = _episode(row)
        episode, outcome = before.corrected(correction.at, correction.value_kw)
        if outcome is Outcome.UNTOUCHED or (episode == before and row.clear_reason != CORRECTED):
            continue
        meter = around.meter(row.meter_index)
        if outcome is Outcome.CAUSE_GONE:
            _set_figures(row, episode, meter)
            if row.clear_reason != CORRECTED:
                await _clear(ctx, row, instant_of(correction.at, meter.offset_minutes), CORRECTED)
        elif row.clear_reason == CORRECTED:
            await _reopen(ctx, row, episode, history, meter, around)
        else:
            _set_figures(row, episode, meter)
            if row.status == _OPEN:
                await _tell_opened(ctx, row, meter)


async def _reopen(
    ctx: Context,
    row: ConditionRow,
    episode: Episode,
    history: list[ConditionRow],
    meter: Meter,
    around: Surroundings,
) -> None:
    """The cause came back by another correction: a condition of its own, with the next revision."""
    if any(other.opened_at == row.opened_at and other.revision > row.revision for other in history):
        return
    if row.episode_ended_at is None and any(other.status == _OPEN for other in history):
        return
    ended_at = row.episode_ended_at
    again = await _open(ctx, episode, row.revision + 1, history, meter, around)
    if again is not None and ended_at is not None:
        again.episode_ended_at = ended_at
        await _clear(ctx, again, ended_at, RETURNED)


async def _open(
    ctx: Context,
    episode: Episode,
    revision: int,
    history: list[ConditionRow],
    meter: Meter,
    around: Surroundings,
) -> ConditionRow | None:
    first = episode.evidence[0].at
    opened_at = instant_of(first, meter.offset_minutes)
    within = episode.parameters.announce_within_hours
    row = ConditionRow(
        condition_id=derived_id(str(meter.meter_id), KIND, opened_at.isoformat(), str(revision)),
        kind=KIND,
        status=_OPEN,
        revision=revision,
        version=0,
        meter_id=meter.meter_id,
        meter_index=meter.meter_index,
        meter_no=meter.meter_no,
        region_code=meter.region_code,
        enterprise_id=meter.enterprise_id,
        interval_minutes=meter.interval_minutes,
        offset_minutes=meter.offset_minutes,
        opened_at=opened_at,
        detected_at=ctx.now,
        announced=within is None or ctx.now - opened_at <= timedelta(hours=within),
        level=1,
        score=0.0,
        value_kw=0.0,
        expected_kw=0.0,
        expected_low_kw=0.0,
        expected_high_kw=0.0,
        day_type=around.day_type(first // MINUTES_A_DAY),
        evidence=[],
        parameters=episode.parameters.model_dump(),
    )
    _set_figures(row, episode, meter)
    if not await repository.add_condition(ctx.session, row):
        return None
    row = await ctx.session.get_one(ConditionRow, row.condition_id)
    history.append(row)
    await _tell_opened(ctx, row, meter)
    return row


def _episode(row: ConditionRow) -> Episode:
    return Episode(
        tuple(Evidence(**item) for item in row.evidence), SpikeParameters.model_validate(row.parameters)
    )


def _set_figures(row: ConditionRow, episode: Episode, meter: Meter) -> None:
    strongest = episode.strongest
    margin = episode.parameters.clear_score * strongest.sigma_kw
    row.evidence = [asdict(item) for item in episode.evidence]
    row.level, row.score = episode.level, strongest.score
    row.value_kw, row.expected_kw = strongest.value_kw, strongest.expected_kw
    row.expected_low_kw, row.expected_high_kw = strongest.expected_kw - margin, strongest.expected_kw + margin


async def _tell_opened(ctx: Context, row: ConditionRow, meter: Meter) -> None:
    """The opening, and under a higher version each change of its figures that matters."""
    row.version += 1
    if not row.announced:
        return
    enterprise = None if row.enterprise_id is None else await enterprise_by_id(ctx.session, row.enterprise_id)
    deviation = None
    if row.expected_kw > 0:
        deviation = round((row.value_kw - row.expected_kw) / row.expected_kw * 100, 1)
    payload = EnergyConditionOpenedV1(
        condition_id=row.condition_id,
        kind=KIND,
        meter_id=row.meter_id,
        meter_no=row.meter_no,
        meter_name=meter.name,
        enterprise_id=row.enterprise_id,
        enterprise_name=None if enterprise is None else enterprise.name,
        opened_at=row.opened_at,
        interval_minutes=row.interval_minutes,
        value_kw=row.value_kw,
        expected_kw=row.expected_kw,
        expected_low_kw=row.expected_low_kw,
        expected_high_kw=row.expected_high_kw,
        deviation_percent=deviation,
        score=row.score,
        level=row.level,
        day_type=row.day_type,
        evidence_at=tuple(instant_of(item["at"], row.offset_minutes) for item in row.evidence),
    )
    await _record(ctx, row, payload)


async def _clear(ctx: Context, row: ConditionRow, at: datetime, reason: str) -> None:
    row.status, row.clear_reason = _CLEARED, reason
    row.cleared_at = max(at, row.cleared_at or at)
    row.version += 1
    # The unique index looks at each statement: another may open in the same batch.
    await ctx.session.flush()
    if not row.announced:
        return
    payload = EnergyConditionClearedV1(
        condition_id=row.condition_id,
        kind=KIND,
        meter_id=row.meter_id,
        meter_no=row.meter_no,
        cleared_at=row.cleared_at,
        reason=reason,
        peak_kw=row.value_kw,
    )
    await _record(ctx, row, payload)


async def _record(
    ctx: Context, row: ConditionRow, payload: EnergyConditionOpenedV1 | EnergyConditionClearedV1
) -> None:
    await record_event(
        ctx,
        payload,
        subject=str(row.condition_id),
        aggregate_version=row.version,
        region_code=row.region_code,
        occurred_at=row.opened_at if isinstance(payload, EnergyConditionOpenedV1) else payload.cleared_at,
        event_id=derived_id(str(row.condition_id), payload.event_type, str(row.version)),
        enterprise_id=row.enterprise_id,
        # The end of one condition is read before the beginning of the meter's next.
        ordered_by=str(row.meter_id),
    )
