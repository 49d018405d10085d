"""Lead officials: assigned, handed over, released; nobody is overwritten."""

from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import LeadOfficialAssignedV1, LeadOfficialReleasedV1
from libs.common.web.problems import FieldError
from services.projects.duties.service import demand_entries
from services.projects.leadership import repository
from services.projects.leadership.domain.tenure import Tenure, begin, end
from services.projects.leadership.errors import NotALeader, OfficeVacant
from services.projects.leadership.service.leadership import Opened, store
from services.projects.leadership.tables import LeadOfficialRow, TenureTable
from services.projects.registry.domain.records import Post
from services.projects.registry.tables import PersonRow

_LEADING = frozenset({Post.LEADER.value, Post.LEADING_GROUP.value})


def tenure_of(row: TenureTable | None) -> Tenure | None:
    return None if row is None else Tenure(row.person_id, row.valid_from, row.valid_to)


def end_tenure(ctx: Context, row: TenureTable, valid_to: date, reason: str) -> None:
    """Write a term's end into its row; one that ended before keeps its own."""
    if row.valid_to is None:
        row.valid_to, row.end_reason, row.ended_at, row.ended_by = (
            valid_to,
            reason,
            ctx.now,
            ctx.principal.subject,
        )


async def assign_lead(ctx: Context, opened: Opened, person_id: UUID, on: date, reason: str) -> LeadOfficialRow:
    """Make somebody the project's lead official from a day on; whoever was it until then hands over.

    Raises EntryUnknown, NotALeader, HandoverToSamePerson, HandoverTooEarly.
    """
    await demand_entries(ctx, persons={"/person_id": person_id})
    person = await ctx.session.get(PersonRow, person_id)
    if person is None or not person.active or person.post not in _LEADING:
        raise NotALeader(errors=[FieldError("leadership.not_a_leader", "/person_id")])
    last = await repository.last_lead(ctx.session, opened.project.id)
    ended_on, tenure = begin(tenure_of(last), person_id, on)
    previous = None
    if last is not None and ended_on is not None:
        previous = last.person_id if last.valid_to is None else None
        end_tenure(ctx, last, ended_on, reason)
        # The end of the one is written before the beginning of the next: the database allows one open term.
        await ctx.session.flush()
    row = LeadOfficialRow(
        id=ctx.new_id(),
        project_id=opened.project.id,
        person_id=tenure.person_id,
        valid_from=tenure.valid_from,
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    payload = LeadOfficialAssignedV1(
        project_id=opened.project.id,
        project_code=opened.project.code,
        project_name=opened.project.name,
        person_id=person_id,
        previous_person_id=previous,
        valid_from=on,
        reason=reason,
    )
    await store(ctx, opened, payload)
    return row


async def release_lead(ctx: Context, opened: Opened, on: date, reason: str) -> LeadOfficialRow:
    """The lead official leaves and nobody follows yet. Raises OfficeVacant, HandoverTooEarly."""
    last = await repository.last_lead(ctx.session, opened.project.id)
    if last is None or last.valid_to is not None:
        raise OfficeVacant(project_code=opened.project.code)
    end_tenure(ctx, last, end(Tenure(last.person_id, last.valid_from), on), reason)
    payload = LeadOfficialReleasedV1(
        project_id=opened.project.id,
        project_code=opened.project.code,
        project_name=opened.project.name,
        person_id=last.person_id,
        valid_to=on,
        reason=reason,
    )
    await store(ctx, opened, payload)
    return last
