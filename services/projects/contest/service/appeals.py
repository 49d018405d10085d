"""Appeals: filed in time, decided by another person, answered by a corrected edition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.contests import ContestAppealAdvancedV1, ContestAppealFiledV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.contest.domain.appeals import AppealState
from services.projects.contest.errors import (
    AppealComponentUnknown,
    AppealExists,
    AppealFourEyes,
    AppealNotLatest,
    AppealStepRefused,
    AppealTooLate,
)
from services.projects.contest.repository import appeals as repository
from services.projects.contest.repository import standings
from services.projects.contest.repository.contests import RULE, find_contest
from services.projects.contest.service.reach import reaches_entry
from services.projects.contest.service.watching import settle_appeal
from services.projects.contest.tables import ContestAppealRow, ContestRow, ContestStandingRow
from services.projects.registry.service.work_calendar import load_calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealDraft:
    participant_id: UUID
    component: str | None
    grounds: str
    evidence: str


async def file_appeal(
    ctx: Context, contest: ContestRow, standing: ContestStandingRow, draft: AppealDraft
) -> ContestAppealRow:
    """Against an edition of a locked contest, for a participant that the caller reaches.

    Raises NotFound, AppealNotLatest, AppealTooLate, AppealExists, AppealComponentUnknown,
    UnknownCalendarYear.
    """
    entry = await standings.find_entry(ctx.session, standing.id, draft.participant_id)
    if entry is None or not reaches_entry(ctx.principal, entry):
        raise NotFound
    latest = await standings.latest_standing(ctx.session, contest.id, standing.quarter)
    if latest is not None and latest.id != standing.id:
        raise AppealNotLatest(edition=latest.edition)
    today = today_of(ctx)
    if today > standing.appeal_until:
        raise AppealTooLate(appeal_until=standing.appeal_until, today=today)
    if await repository.is_waiting(ctx.session, standing.id, draft.participant_id):
        raise AppealExists
    if draft.component is not None and draft.component not in {part["component"] for part in entry.parts}:
        fault = FieldError("contest.component_unknown", "/component")
        raise AppealComponentUnknown(component=draft.component, errors=[fault])
    calendar = await load_calendar(ctx.session)
    rule = RULE.validate_python(standing.rule)
    row = ContestAppealRow(
        id=ctx.new_id(),
        contest_id=contest.id,
        standing_id=standing.id,
        participant_id=draft.participant_id,
        region_code=entry.region_code,
        enterprise_id=entry.enterprise_id,
        component=draft.component,
        grounds=draft.grounds,
        evidence=draft.evidence,
        state=AppealState.FILED.value,
        filed_on=today,
        due_on=calendar.add_working_days(today, rule.decision_days),
        filed_at=ctx.now,
        filed_by=ctx.principal.subject,
        filed_person_id=ctx.principal.person_id,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await _tell(ctx, row, ContestAppealFiledV1)
    return row


async def own_appeal(ctx: Context, appeal_id: UUID) -> tuple[ContestAppealRow, ContestRow, str]:
    """A locked appeal with its contest and the participant's name, for who leads the contest. Raises NotFound."""
    found = await repository.find_appeal(ctx.session, appeal_id, lock=True)
    if found is None:
        raise NotFound
    ensure_region(ctx.principal, found[1].region_code)
    return found


async def decide_appeal(
    ctx: Context, row: ContestAppealRow, contest: ContestRow, name: str, *, upheld: bool, decision: str
) -> ContestAppealRow:
    """Another person than who filed it decides. Raises AppealStepRefused, AppealFourEyes."""
    _demand(row, AppealState.FILED)
    own = {row.filed_by, *({str(row.filed_person_id)} if row.filed_person_id else set())}
    if own & {ctx.principal.subject, str(ctx.principal.person_id)}:
        raise AppealFourEyes
    row.state = (AppealState.UPHELD if upheld else AppealState.REJECTED).value
    row.decision, row.decided_at, row.decided_by = decision, ctx.now, ctx.principal.subject
    return await _advance(ctx, row, contest, name)


async def withdraw_appeal(ctx: Context, appeal_id: UUID) -> ContestAppealRow:
    """Who filed it takes it back. Raises NotFound, AppealStepRefused."""
    found = await repository.find_appeal(ctx.session, appeal_id, lock=True)
    if found is None or found[0].filed_by != ctx.principal.subject:
        raise NotFound
    row, contest, name = found
    _demand(row, AppealState.FILED)
    row.state = AppealState.WITHDRAWN.value
    return await _advance(ctx, row, contest, name)


async def mark_corrected(ctx: Context, rows: Sequence[ContestAppealRow], standing: ContestStandingRow) -> None:
    """The edition answers locked appeals that were upheld."""
    for row in rows:
        row.state, row.corrected_by_id = AppealState.CORRECTED.value, standing.id
        row.advance(ctx.now)
        await ctx.session.flush()
        await _tell(ctx, row, ContestAppealAdvancedV1)


async def contest_of(ctx: Context, standing: ContestStandingRow) -> ContestRow:
    """The contest of an edition, locked: an appeal and a correction do not pass each other."""
    contest = await find_contest(ctx.session, standing.contest_id, lock=True)
    assert contest is not None, "contests are never deleted"
    return contest


def _demand(row: ContestAppealRow, allowed: AppealState) -> None:
    if row.state != allowed.value:
        raise AppealStepRefused(state=AppealState(row.state), allowed=[allowed])


async def _advance(ctx: Context, row: ContestAppealRow, contest: ContestRow, name: str) -> ContestAppealRow:
    row.advance(ctx.now)
    await ctx.session.flush()
    await _tell(ctx, row, ContestAppealAdvancedV1)
    await settle_appeal(ctx, row, contest, name, may_open=False)
    return row


async def _tell(
    ctx: Context, row: ContestAppealRow, event: type[ContestAppealFiledV1] | type[ContestAppealAdvancedV1]
) -> None:
    payload = event(
        appeal_id=row.id,
        contest_id=row.contest_id,
        standing_id=row.standing_id,
        participant_id=row.participant_id,
        state=row.state,
        component=row.component,
        filed_on=row.filed_on,
        due_on=row.due_on,
        corrected_by_id=row.corrected_by_id,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
