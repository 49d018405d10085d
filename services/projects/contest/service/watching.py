"""What a published standing warns of: the last places and who is disqualified; and appeals that nobody decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.conditions import ProjectConditionKind
from libs.common.local_time import today_of
from services.projects.conditions.domain.condition import Finding, Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import ClearingReason, settle
from services.projects.conditions.tables import ConditionRow
from services.projects.contest.domain import wording
from services.projects.contest.domain.appeals import AppealState
from services.projects.contest.domain.participants import Quarter
from services.projects.contest.domain.rules import ContestRule
from services.projects.contest.repository import appeals as appeal_rows
from services.projects.contest.repository import standings as repository
from services.projects.contest.repository.participants import lock_participants
from services.projects.contest.tables import (
    ContestAppealRow,
    ContestEntryRow,
    ContestParticipantRow,
    ContestRow,
    ContestStandingRow,
)

PLACES: Final = frozenset(
    {ProjectConditionKind.CONTEST_BOTTOM.value, ProjectConditionKind.CONTEST_DISQUALIFIED.value}
)
APPEALS: Final = frozenset({ProjectConditionKind.CONTEST_APPEAL_OVERDUE.value})


async def settle_places(
    ctx: Context,
    contest: ContestRow,
    standing: ContestStandingRow,
    entries: Sequence[ContestEntryRow],
    rule: ContestRule,
) -> Outcome:
    """Bring the participants' conditions in line with a standing; one of an earlier quarter changes nothing."""
    if await repository.last_frozen_quarter(ctx.session, contest.id) != standing.quarter:
        return Outcome()
    last_before = await _last_places_before(ctx, contest, standing)
    judged = {entry.participant_id: entry for entry in entries}
    findings = {
        key: _findings(ctx, contest, standing, entry, rule, again=key in last_before)
        for key, entry in judged.items()
    }
    known = await open_conditions(
        ctx.session, PLACES, await repository.all_participant_ids(ctx.session, contest.id)
    )
    concerned = {key for key, found in findings.items() if found} | set(known)
    locked = await lock_participants(ctx.session, concerned)
    outcome = Outcome()
    for key, row in locked.items():
        subject = _subject(contest, row, judged.get(key), known.get(key, {}))
        outcome += await settle(ctx, subject, findings.get(key, ()), judged=PLACES, reason=_why(standing))
    return outcome


async def _last_places_before(ctx: Context, contest: ContestRow, standing: ContestStandingRow) -> set[UUID]:
    """Who was among the last of the quarter before, as that quarter's rule said."""
    if standing.quarter == 1:
        return set()
    before = await repository.latest_standing(ctx.session, contest.id, standing.quarter - 1)
    if before is None:
        return set()
    places = int(before.rule["bottom_places"])
    entries = await repository.entries_of(ctx.session, before.id)
    return {entry.participant_id for entry in entries if is_last(entry, before.ranked, places)}


def is_last(entry: ContestEntryRow, ranked: int, places: int) -> bool:
    """Whether somebody stands among the last; where all would, nobody does."""
    return entry.rank is not None and places < ranked and entry.rank > ranked - places


def _findings(
    ctx: Context,
    contest: ContestRow,
    standing: ContestStandingRow,
    entry: ContestEntryRow,
    rule: ContestRule,
    *,
    again: bool,
) -> list[Finding]:
    quarter = Quarter(contest.year, standing.quarter)
    if entry.is_disqualified:
        why = ("".join(one["text_zh"] for one in entry.reasons), " ".join(one["text_en"] for one in entry.reasons))
        zh, en = wording.disqualified(contest.name, quarter, why)
        return [_finding(ctx, ProjectConditionKind.CONTEST_DISQUALIFIED, quarter, 2, zh, en)]
    if not is_last(entry, standing.ranked, rule.bottom_places):
        return []
    assert entry.rank is not None
    assert entry.score is not None
    zh, en = wording.bottom(contest.name, quarter, entry.rank, standing.ranked, entry.score, again=again)
    return [_finding(ctx, ProjectConditionKind.CONTEST_BOTTOM, quarter, 2 if again else 1, zh, en)]


def _finding(ctx: Context, kind: ProjectConditionKind, quarter: Quarter, level: int, zh: str, en: str) -> Finding:
    days = (today_of(ctx) - quarter.last_on).days
    return Finding(kind.value, quarter.last_on, days, 0, level, None, None, zh, en)


def _why(standing: ContestStandingRow) -> ClearingReason:
    def reason(condition: ConditionRow) -> str:
        return "corrected" if standing.edition > 1 else "next_quarter"

    return reason


def _subject(
    contest: ContestRow,
    row: ContestParticipantRow,
    entry: ContestEntryRow | None,
    known: Mapping[str, ConditionRow],
) -> Subject:
    """As the standing names it; who left it, as it was named when it was told."""
    told = next(iter(known.values()), None)
    code, name, region = (
        (entry.code, entry.name, entry.region_code)
        if entry is not None
        else (row.subject_key, "" if told is None else told.subject_name, row.region_code)
    )
    return Subject(
        type="contest_participant",
        id=row.id,
        code=f"{contest.code}/{code}",
        name=name,
        region_code=region,
        project_id=row.project_id,
        enterprise_id=row.enterprise_id,
        responsible_unit_id=row.responsible_unit_id or row.unit_id or contest.responsible_unit_id,
    )


async def scan_appeals(ctx: Context) -> Outcome:
    """Judge the appeals whose day of decision has passed; safe to run twice."""
    known = await open_conditions(ctx.session, APPEALS)
    outcome = Outcome()
    for row, contest, name in await appeal_rows.overdue(ctx.session, today_of(ctx), list(known)):
        outcome += await settle_appeal(ctx, row, contest, name)
    return outcome


async def settle_appeal(
    ctx: Context, row: ContestAppealRow, contest: ContestRow, name: str, *, may_open: bool = True
) -> Outcome:
    """Bring a locked appeal's condition in line with its deadline."""
    today = today_of(ctx)
    findings = []
    if row.state == AppealState.FILED.value and today > row.due_on:
        zh, en = wording.undecided(name, row.filed_on, row.due_on)
        findings = [
            Finding(
                ProjectConditionKind.CONTEST_APPEAL_OVERDUE.value,
                row.due_on,
                (today - row.due_on).days,
                0,
                1,
                None,
                None,
                zh,
                en,
            )
        ]
    subject = Subject(
        type="contest_appeal",
        id=row.id,
        code=contest.code,
        name=f"{contest.name}：{name}",
        region_code=contest.region_code,
        enterprise_id=None,
        responsible_unit_id=contest.responsible_unit_id,
    )
    return await settle(ctx, subject, findings, judged=APPEALS, reason=lambda _: row.state, may_open=may_open)
