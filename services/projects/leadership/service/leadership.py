"""Opening and storing a project's leadership: the project's lock, a version, an event, its gaps settled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import ProjectMeetingsCountedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from services.projects.conditions.domain.condition import Outcome, Subject
from services.projects.conditions.repository import open_conditions, projects_with_open
from services.projects.conditions.service import settle
from services.projects.duties.domain.rules import DutyKind
from services.projects.duties.service import Terms, load_terms, visible_project
from services.projects.leadership import repository
from services.projects.leadership.domain.gaps import FourOnes, Standing, finding, gap_id, missing
from services.projects.leadership.tables import ProjectLeadershipRow
from services.projects.ledger.domain.project import Project
from services.projects.ledger.repository import find_project
from services.projects.ledger.tables import ProjectRow

GAP = DutyKind.LEADERSHIP_GAP
_JUDGED = frozenset({GAP.value})


@dataclass(frozen=True, slots=True)
class Opened:
    """A project, locked until the transaction ends, and its leadership."""

    project: ProjectRow
    row: ProjectLeadershipRow

    @property
    def version(self) -> int:
        return self.row.version


async def open_leadership(ctx: Context, project_id: UUID) -> Opened:
    """Raises NotFound, also for a project that the caller may not see."""
    project = await visible_project(ctx, project_id, lock=True)
    row = await repository.leadership_of(ctx.session, project_id)
    if row is None:
        row = ProjectLeadershipRow(project_id=project_id, version=0, updated_at=ctx.now)
        ctx.session.add(row)
    return Opened(project, row)


async def store(ctx: Context, opened: Opened, payload: EventPayload) -> None:
    """Raise the version, tell it, and clear the gaps that this change closed."""
    opened.row.advance(ctx.now)
    await ctx.session.flush()
    await record_event(
        ctx,
        payload,
        subject=str(opened.project.id),
        aggregate_version=opened.row.version,
        region_code=opened.project.region_code,
        enterprise_id=opened.project.enterprise_id,
    )
    await settle_gaps(ctx, opened.project)


async def count_meetings(
    ctx: Context,
    project_id: UUID,
    *,
    on_site_meetings: int,
    last_on_site_on: date | None,
    governing_minutes_id: UUID | None,
    governing_ended_on: date | None,
) -> None:
    """The meetings slice says what was held about a project and which minutes govern it; no news is no event."""
    opened = await open_leadership(ctx, project_id)
    facts = (on_site_meetings, last_on_site_on, governing_minutes_id, governing_ended_on)
    row = opened.row
    known = (row.on_site_meetings, row.last_on_site_on, row.governing_minutes_id, row.governing_ended_on)
    if known == facts:
        return
    row.on_site_meetings, row.last_on_site_on, row.governing_minutes_id, row.governing_ended_on = facts
    payload = ProjectMeetingsCountedV1(
        project_id=project_id,
        project_code=opened.project.code,
        project_name=opened.project.name,
        on_site_meetings=on_site_meetings,
        last_on_site_on=last_on_site_on,
        governing_minutes_id=governing_minutes_id,
    )
    await store(ctx, opened, payload)


def _subject(project: ProjectRow, one: FourOnes) -> Subject:
    return Subject(
        type="key_project",
        id=gap_id(project.id, one),
        code=f"{project.code}/{one.value}",
        name=project.name,
        region_code=project.region_code,
        project_id=project.id,
        project_code=project.code,
        project_name=project.name,
        enterprise_id=project.enterprise_id,
        responsible_person_id=project.responsible_person_id,
        responsible_unit_id=project.responsible_unit_id,
    )


async def settle_gaps(ctx: Context, project: ProjectRow) -> None:
    """Clear or amend the open gaps of a project that this transaction has locked and changed."""
    subjects = [gap_id(project.id, one) for one in FourOnes]
    if await open_conditions(ctx.session, _JUDGED, subjects):
        ((_, standing),) = await repository.standings(ctx.session, today_of(ctx), [project.id])
        await _settle(ctx, project, standing, await load_terms(ctx), may_open=False)


async def settle_project_gaps(ctx: Context, project: Project) -> None:
    """The ledger's watcher: what a stage change does to the gaps."""
    await settle_projects_gaps(ctx, [project])


async def settle_projects_gaps(ctx: Context, projects: Sequence[Project]) -> None:
    """:func:`settle_project_gaps` for many: those without an open gap cost one query together."""
    for project_id in await projects_with_open(ctx.session, _JUDGED, [project.id for project in projects]):
        row = await find_project(ctx.session, project_id)
        assert row is not None, "the ledger has just stored it"
        await settle_gaps(ctx, row)


async def _settle(
    ctx: Context, project: ProjectRow, standing: Standing, terms: Terms, *, may_open: bool
) -> Outcome:
    today = today_of(ctx)
    rule = terms.rule(GAP, project.region_code, today)
    gaps = missing(standing)
    outcome = Outcome(subjects=1)
    for one in FourOnes:
        found = finding(one, gaps[one], rule, today) if one in gaps else None
        reason = _why(one, standing, gaps)
        settled = await settle(
            ctx,
            _subject(project, one),
            [found] if found is not None else [],
            judged=_JUDGED,
            reason=lambda _, reason=reason: reason,  # type: ignore[misc]
            may_open=may_open,
        )
        outcome += Outcome(0, settled.opened, settled.amended, settled.cleared)
    return outcome


def _why(one: FourOnes, standing: Standing, gaps: Iterable[FourOnes]) -> str:
    if one in gaps:
        return "rule_changed"
    return "filled" if standing.key_since is not None else "not_key"


async def scan_gaps(ctx: Context) -> Outcome:
    """Open, amend and clear the gaps of all key projects; safe to run twice and beside writes."""
    terms = await load_terms(ctx)
    today = today_of(ctx)
    # Gaps still open of projects that are none any more are looked at as well.
    known = await open_conditions(ctx.session, _JUDGED)
    also = {row.project_id for rows in known.values() for row in rows.values() if row.project_id is not None}
    outcome = Outcome()
    for project, standing in await repository.standings(ctx.session, today, also=also):
        if not missing(standing) and project.id not in also:
            outcome += Outcome(subjects=1)
            continue
        locked = await find_project(ctx.session, project.id, lock=True)
        assert locked is not None, "projects are never deleted"
        ((_, fresh),) = await repository.standings(ctx.session, today, [project.id])
        outcome += await _settle(ctx, locked, fresh, terms, may_open=True)
    return outcome
