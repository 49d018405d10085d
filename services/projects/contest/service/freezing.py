"""A quarter frozen and published with its figures; a correction is the next edition, which names the old one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.contests import ContestPlace, ContestStandingPublishedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.web.problems import FieldError
from services.projects.contest.domain.appeals import AppealState
from services.projects.contest.domain.participants import Participant, Quarter
from services.projects.contest.domain.rules import ContestRule
from services.projects.contest.domain.schemes import Scheme
from services.projects.contest.domain.scoring import stand
from services.projects.contest.errors import (
    AppealsUnfit,
    NothingToFreeze,
    QuarterFrozen,
    QuarterNotOver,
)
from services.projects.contest.repository import appeals as appeal_rows
from services.projects.contest.repository import standings as repository
from services.projects.contest.repository.contests import RULE, SCHEME, scheme_of
from services.projects.contest.service.appeals import mark_corrected
from services.projects.contest.service.entries import (
    ROWS,
    contender_of,
    digest_of,
    entries_from,
    sources_from,
)
from services.projects.contest.service.gathering import Gathered, gather, rule_for, scheme_for
from services.projects.contest.service.sources import Sources
from services.projects.contest.service.watching import settle_places
from services.projects.contest.tables import (
    ContestAppealRow,
    ContestEntryRow,
    ContestRow,
    ContestStandingRow,
)
from services.projects.economy.domain.arithmetic import plain
from services.projects.registry.service.work_calendar import load_calendar

_LEADERS: Final = 3
_MOST_LEADERS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """``participant_ids`` are those whose figures a correction takes anew, None for everybody's.

    ``appeal_ids`` are the upheld appeals that it answers.
    """

    quarter: int
    reason: str = ""
    participant_ids: frozenset[UUID] | None = None
    appeal_ids: tuple[UUID, ...] = ()


async def freeze(ctx: Context, sources: Sources, contest: ContestRow, order: Freeze) -> ContestStandingRow:
    """Freeze a quarter of a locked contest that is over, or correct it as the next edition.

    A correction goes by the weights and the rule that the quarter was frozen with; whoever it is not about keeps
    the figures, points and vetoes of the edition before. Raises QuarterNotOver, QuarterFrozen, NothingToFreeze,
    SchemeMissing, RuleMissing, AppealsUnfit, UnknownCalendarYear.
    """
    quarter = Quarter(contest.year, order.quarter)
    today = today_of(ctx)
    if today <= quarter.last_on:
        raise QuarterNotOver(last_on=quarter.last_on, today=today)
    before = await repository.latest_standing(ctx.session, contest.id, order.quarter)
    if before is not None and not order.reason:
        raise QuarterFrozen(edition=before.edition, errors=[FieldError("contest.reason_required", "/reason")])
    appeals = await _answered(ctx, contest, before, order)
    scheme_id, scheme, rule = await _terms(ctx, contest, quarter, before)
    gathered = await gather(ctx, sources, contest, quarter, scheme, rule, with_facts=True)
    if before is not None and order.participant_ids is not None:
        gathered = await _kept(ctx, gathered, before, order.participant_ids)
    standing_id = ctx.new_id()
    placed = stand(scheme, gathered.contenders, rule.equal_score)
    entries = entries_from(standing_id, placed, gathered.participants, scheme, gathered.units)
    mark = digest_of(entries)
    if not entries or (before is not None and before.digest == mark):
        raise NothingToFreeze(edition=0 if before is None else before.edition)
    calendar = await load_calendar(ctx.session)
    row = ContestStandingRow(
        id=standing_id,
        contest_id=contest.id,
        quarter=order.quarter,
        edition=1 if before is None else before.edition + 1,
        replaces_id=None if before is None else before.id,
        reason=order.reason,
        scheme_id=scheme_id,
        scheme=SCHEME.dump_python(scheme, mode="json"),
        rule=RULE.dump_python(rule, mode="json"),
        refreshed=(None if order.participant_ids is None else sorted(str(key) for key in order.participant_ids)),
        participants=len(entries),
        ranked=sum(entry.rank is not None for entry in entries),
        incomplete=sum(entry.rank is None and not entry.is_disqualified for entry in entries),
        disqualified=sum(entry.is_disqualified for entry in entries),
        appeal_until=calendar.add_working_days(today, rule.appeal_days),
        digest=mark,
        frozen_at=ctx.now,
        frozen_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    ctx.session.add_all([*entries, *sources_from(standing_id, gathered.rows)])
    await ctx.session.flush()
    await _tell(ctx, contest, row, entries)
    await mark_corrected(ctx, appeals, row)
    await settle_places(ctx, contest, row, entries, rule)
    return row


async def _answered(
    ctx: Context, contest: ContestRow, before: ContestStandingRow | None, order: Freeze
) -> list[ContestAppealRow]:
    """The upheld appeals of the quarter that a correction answers, locked. Raises AppealsUnfit."""
    if not order.appeal_ids:
        return []
    found = await appeal_rows.lock_appeals(ctx.session, order.appeal_ids)
    quarters = await repository.quarters_of(ctx.session, {row.standing_id for row in found.values()})
    faults = []
    for number, key in enumerate(order.appeal_ids):
        row = found.get(key)
        if (
            before is None
            or row is None
            or row.contest_id != contest.id
            or quarters[row.standing_id] != order.quarter
        ):
            faults.append(FieldError("reference.unknown", f"/appeal_ids/{number}"))
        elif row.state != AppealState.UPHELD.value:
            faults.append(
                FieldError("contest.appeal_not_upheld", f"/appeal_ids/{number}", {"state": AppealState(row.state)})
            )
    if faults:
        raise AppealsUnfit(errors=faults)
    return list(found.values())


async def _terms(
    ctx: Context, contest: ContestRow, quarter: Quarter, before: ContestStandingRow | None
) -> tuple[UUID, Scheme, ContestRule]:
    if before is not None:
        return before.scheme_id, SCHEME.validate_python(before.scheme), RULE.validate_python(before.rule)
    found = await scheme_for(ctx, contest, quarter.number)
    return found.id, scheme_of(found), await rule_for(ctx, contest, quarter)


async def _kept(
    ctx: Context, gathered: Gathered, before: ContestStandingRow, refreshed: Collection[UUID]
) -> Gathered:
    """What was frozen of everybody whom the correction is not about; who was not in it comes as they are now."""
    entries = {entry.participant_id: entry for entry in await repository.entries_of(ctx.session, before.id)}
    unknown = sorted(str(key) for key in set(refreshed) - set(gathered.participants))
    if unknown:
        fault = FieldError("reference.unknown", "/participant_ids", {"ids": unknown})
        raise NothingToFreeze(edition=before.edition, errors=[fault])
    kept = {key for key in gathered.participants if key in entries and key not in refreshed}
    rows = {key: facts for key, facts in gathered.rows.items() if key[0] not in kept}
    for source in await repository.sources_of(ctx.session, before.id):
        if source.participant_id in kept:
            rows[source.participant_id, source.component] = ROWS.validate_python(source.rows)
    return replace(
        gathered,
        participants={
            key: _as_frozen(one, entries[key]) if key in kept else one
            for key, one in gathered.participants.items()
        },
        contenders=tuple(contender_of(entries[one.id]) if one.id in kept else one for one in gathered.contenders),
        rows=rows,
    )


def _as_frozen(participant: Participant, entry: ContestEntryRow) -> Participant:
    return replace(participant, region_code=entry.region_code, code=entry.code, name=entry.name)


async def _tell(
    ctx: Context, contest: ContestRow, row: ContestStandingRow, entries: Sequence[ContestEntryRow]
) -> None:
    standing = f"{contest.id}:{contest.year}-Q{row.quarter}"
    leaders = tuple(
        ContestPlace(
            rank=entry.rank,
            participant_id=entry.participant_id,
            code=entry.code,
            name=entry.name,
            score=plain(entry.score),
        )
        for entry in entries
        if entry.rank is not None and entry.score is not None and entry.rank <= _LEADERS
    )
    payload = ContestStandingPublishedV1(
        standing=standing,
        standing_id=row.id,
        contest_id=contest.id,
        contest_code=contest.code,
        contest_name=contest.name,
        kind=contest.kind,
        year=contest.year,
        quarter=row.quarter,
        edition=row.edition,
        replaces_id=row.replaces_id,
        reason=row.reason,
        participants=row.participants,
        ranked=row.ranked,
        incomplete=row.incomplete,
        disqualified=row.disqualified,
        leaders=leaders[:_MOST_LEADERS],
        appeal_until=row.appeal_until,
        digest=row.digest,
        published_at=row.frozen_at,
    )
    await record_event(
        ctx, payload, subject=standing, aggregate_version=row.edition, region_code=contest.region_code
    )
