"""Settling a subject's conditions after its slice has judged it: opened, amended and cleared once."""

from collections.abc import Callable, Collection, Iterable, Mapping

from libs.common.context import Context
from libs.common.contracts.projects import ProjectConditionClearedV1, ProjectConditionOpenedV1
from libs.common.contracts.projects.conditions import ProjectConditionKind
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from services.projects.conditions import repository
from services.projects.conditions.domain.condition import Finding, Outcome, Subject, Told
from services.projects.conditions.tables import ConditionRow

# Why a condition of the kind does not hold any more, as a stable word such as ``reached`` or ``replanned``.
ClearingReason = Callable[[ConditionRow], str]


async def settle(
    ctx: Context,
    subject: Subject,
    findings: Iterable[Finding],
    *,
    judged: Collection[str],
    reason: ClearingReason,
    may_open: bool = True,
) -> Outcome:
    """Bring the subject's open conditions of the kinds ``judged`` in line with what was found.

    The caller holds the subject's row lock: two judgements of one subject never run at once.
    """
    known = (await repository.open_conditions(ctx.session, judged, [subject.id])).get(subject.id, {})
    found = {finding.kind: finding for finding in findings}
    foreign = set(found) - set(judged)
    unruled = set(judged) - set(ProjectConditionKind)
    if unruled:
        raise ValueError(f"no alert rule knows these kinds: {sorted(unruled)}")
    if foreign:
        raise ValueError(f"found but not judged: {sorted(foreign)}")
    opened = amended = cleared = 0
    for kind, row in known.items():
        finding = found.get(kind)
        if finding is None:
            await _clear(ctx, subject, row, reason(row))
            cleared += 1
        elif finding.told != told_by(row):
            await _tell(ctx, subject, row, finding)
            amended += 1
    for kind, finding in found.items():
        if may_open and kind not in known:
            await _open(ctx, subject, finding)
            opened += 1
    return Outcome(1, opened, amended, cleared)


def told_by(row: ConditionRow) -> Told:
    """What the last event of an open condition said; see Finding.told."""
    return (row.reference_on, row.threshold_days, row.level)


def told_of(rows: Mapping[str, ConditionRow]) -> dict[str, Told]:
    """The same by kind."""
    return {kind: told_by(row) for kind, row in rows.items()}


async def _open(ctx: Context, subject: Subject, finding: Finding) -> None:
    row = ConditionRow(
        id=ctx.new_id(),
        kind=finding.kind,
        subject_type=subject.type,
        subject_id=subject.id,
        subject_code=subject.code,
        subject_name=subject.name,
        region_code=subject.region_code,
        enterprise_id=subject.enterprise_id,
        opened_on=today_of(ctx),
        opened_at=ctx.now,
        reference_on=finding.reference_on,
        days=finding.days,
        threshold_days=finding.threshold_days,
        level=finding.level,
        version=0,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await _tell(ctx, subject, row, finding)


async def _tell(ctx: Context, subject: Subject, row: ConditionRow, finding: Finding) -> None:
    for name in ("reference_on", "days", "threshold_days", "level", "planned_percent", "actual_percent"):
        setattr(row, name, getattr(finding, name))
    row.explanation_zh, row.explanation_en = finding.explanation_zh, finding.explanation_en
    row.subject_code, row.subject_name = subject.code, subject.name
    row.project_id, row.project_code, row.project_name = (
        subject.project_id,
        subject.project_code,
        subject.project_name,
    )
    row.responsible_person_id = subject.responsible_person_id
    row.responsible_unit_id = subject.responsible_unit_id
    payload = ProjectConditionOpenedV1(
        condition_id=row.id,
        kind=finding.kind,
        subject_type=subject.type,
        subject_id=subject.id,
        subject_code=subject.code,
        subject_name=subject.name,
        project_id=subject.project_id,
        project_code=subject.project_code,
        project_name=subject.project_name,
        opened_on=row.opened_on,
        reference_on=finding.reference_on,
        days=finding.days,
        threshold_days=finding.threshold_days,
        level=finding.level,
        planned_percent=finding.planned_percent,
        actual_percent=finding.actual_percent,
        explanation_zh=finding.explanation_zh,
        explanation_en=finding.explanation_en,
        responsible_person_id=subject.responsible_person_id,
        responsible_unit_id=subject.responsible_unit_id,
    )
    await _record(ctx, subject, row, payload)


async def _clear(ctx: Context, subject: Subject, row: ConditionRow, reason: str) -> None:
    row.cleared_on, row.cleared_at, row.cleared_reason = today_of(ctx), ctx.now, reason
    payload = ProjectConditionClearedV1(
        condition_id=row.id,
        kind=row.kind,
        subject_type=subject.type,
        subject_id=subject.id,
        subject_code=subject.code,
        subject_name=subject.name,
        project_id=subject.project_id,
        project_code=subject.project_code,
        project_name=subject.project_name,
        cleared_on=today_of(ctx),
        reason=reason,
    )
    await _record(ctx, subject, row, payload)


async def _record(
    ctx: Context,
    subject: Subject,
    row: ConditionRow,
    payload: ProjectConditionOpenedV1 | ProjectConditionClearedV1,
) -> None:
    row.advance(ctx.now)
    await ctx.session.flush()
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        # An end is read before the next beginning of the same subject (decision 0010).
        ordered_by=str(subject.id),
    )
