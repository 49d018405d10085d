"""Settling a subject's situations after its slice has judged it: opened, stated anew and cleared once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from libs.common.context import Context
from libs.common.contracts.energy import EnergySituationClearedV1, EnergySituationOpenedV1, SituationKind
from libs.common.outbox.record import EventRow, event_row, record_events
from services.energy.situations import repository
from services.energy.situations.domain.situation import Finding, Judgement, Outcome, Subject, Told, by_kind
from services.energy.situations.tables import SituationRow

# Why a situation does not hold any more, as a stable word: ``ended``, ``met``, ``corrected``, ``withdrawn``.
ClearingReason = Callable[[SituationRow], str]

_FIGURES = ("level", "expected_at", "gap_percent", "gap_kw", "reference_on", "days", "planned", "actual")


async def settle(
    ctx: Context,
    subject: Subject,
    findings: Iterable[Finding],
    *,
    judged: Collection[SituationKind],
    reason: ClearingReason,
) -> Outcome:
    """Bring the subject's open situations of the kinds ``judged`` in line with what was found.

    The caller holds a lock of the subject: two judgements of one subject never run at once. Raises ValueError for
    a finding of a kind that was not judged.
    """
    return await settle_all(ctx, [Judgement(subject, tuple(findings))], judged=judged, reason=reason)


async def settle_all(
    ctx: Context, judgements: Sequence[Judgement], *, judged: Collection[SituationKind], reason: ClearingReason
) -> Outcome:
    """The same for many subjects, each once: one statement reads what is open, one writes the events."""
    ids = [judgement.subject.id for judgement in judgements]
    if len(set(ids)) != len(ids):
        raise ValueError("a subject was judged twice at once")
    known = await repository.open_situations(ctx.session, judged, ids) if ids else {}
    outcome = Outcome()
    events: list[EventRow] = []
    for judgement in judgements:
        found = by_kind(judgement.findings)
        foreign = set(found) - set(judged)
        if foreign:
            raise ValueError(f"found but not judged: {sorted(foreign)}")
        own = known.get(judgement.subject.id, {})
        outcome += _settle(ctx, judgement.subject, own, found, reason, events)
    await ctx.session.flush()
    await record_events(ctx, events)
    return outcome


def _settle(
    ctx: Context,
    subject: Subject,
    known: dict[SituationKind, SituationRow],
    found: dict[SituationKind, Finding],
    reason: ClearingReason,
    events: list[EventRow],
) -> Outcome:
    opened = amended = cleared = 0
    for kind, row in known.items():
        finding = found.get(kind)
        if finding is None:
            events.append(_clear(ctx, subject, row, reason(row)))
            cleared += 1
        elif finding.is_news(_told_by(row), row.gap_percent):
            events.append(_tell(ctx, subject, row, finding))
            amended += 1
    for kind, finding in found.items():
        if kind not in known:
            events.append(_open(ctx, subject, finding))
            opened += 1
    return Outcome(1, opened, amended, cleared)


def _told_by(row: SituationRow) -> Told:
    """What the last event of an open situation said; see Finding.told."""
    return (row.level, row.expected_at, row.reference_on, row.planned, row.actual)


def _open(ctx: Context, subject: Subject, finding: Finding) -> EventRow:
    row = SituationRow(
        id=ctx.new_id(),
        kind=finding.kind.value,
        subject_type=subject.type,
        subject_id=subject.id,
        subject_code=subject.code,
        subject_name=subject.name,
        region_code=subject.region_code,
        enterprise_id=subject.enterprise_id,
        opened_at=ctx.now,
        level=finding.level,
        highest_level=finding.level,
        explanation_zh=finding.explanation_zh,
        explanation_en=finding.explanation_en,
        version=0,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    return _tell(ctx, subject, row, finding)


def _tell(ctx: Context, subject: Subject, row: SituationRow, finding: Finding) -> EventRow:
    for name in _FIGURES:
        setattr(row, name, getattr(finding, name))
    row.highest_level = max(row.highest_level, finding.level)
    row.explanation_zh, row.explanation_en = finding.explanation_zh, finding.explanation_en
    row.subject_code, row.subject_name = subject.code, subject.name
    row.responsible_person_id = subject.responsible_person_id
    row.responsible_unit_id = subject.responsible_unit_id
    payload = EnergySituationOpenedV1(
        condition_id=row.id,
        kind=finding.kind,
        subject_type=subject.type,
        subject_id=subject.id,
        subject_code=subject.code,
        subject_name=subject.name,
        enterprise_id=subject.enterprise_id,
        opened_at=row.opened_at,
        expected_at=finding.expected_at,
        level=finding.level,
        gap_percent=finding.gap_percent,
        gap_kw=finding.gap_kw,
        reference_on=finding.reference_on,
        days=finding.days,
        planned=finding.planned,
        actual=finding.actual,
        explanation_zh=finding.explanation_zh,
        explanation_en=finding.explanation_en,
        responsible_person_id=subject.responsible_person_id,
        responsible_unit_id=subject.responsible_unit_id,
    )
    return _event(ctx, subject, row, payload)


def _clear(ctx: Context, subject: Subject, row: SituationRow, reason: str) -> EventRow:
    row.cleared_at, row.cleared_reason = ctx.now, reason
    payload = EnergySituationClearedV1(
        condition_id=row.id,
        kind=SituationKind(row.kind),
        subject_type=subject.type,
        subject_id=subject.id,
        subject_code=subject.code,
        subject_name=subject.name,
        cleared_at=ctx.now,
        reason=reason,
    )
    return _event(ctx, subject, row, payload)


def _event(
    ctx: Context,
    subject: Subject,
    row: SituationRow,
    payload: EnergySituationOpenedV1 | EnergySituationClearedV1,
) -> EventRow:
    row.version += 1
    row.updated_at = ctx.now
    return event_row(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        # An end is read before the next beginning of the same subject (decision 0010).
        ordered_by=str(subject.id),
    )
