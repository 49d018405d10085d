"""Measures for members: agreed, carried out, verified by another."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError, NotFound
from services.projects.duties.domain import duty as steps
from services.projects.duties.domain.duty import Duty
from services.projects.duties.domain.rules import DutyKind
from services.projects.duties.errors import NoOwner
from services.projects.duties.repository import columns_of, duty_of
from services.projects.duties.service import Deadline, demand_entries, load_terms, step_facts, write_duty
from services.projects.lists.repository import follow_up as repository
from services.projects.lists.service.members import Member, demand_since_entry, read_member
from services.projects.lists.service.watching import settle_measure
from services.projects.lists.tables import ListMeasureRow, ListMeasureStepRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureDraft:
    title: str
    content: str
    agreed_on: date | None
    owner_unit_id: UUID | None
    owner_person_id: UUID | None
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure with its member; its row is locked when it is to be written."""

    row: ListMeasureRow
    member: Member

    @property
    def duty(self) -> Duty:
        return duty_of(self.row)


async def read_measure(ctx: Context, measure_id: UUID, *, lock: bool = False) -> Measure:
    """Raises NotFound."""
    row = await repository.find_measure(ctx.session, measure_id, lock=lock)
    if row is None:
        raise NotFound
    return Measure(row, await read_member(ctx, row.member_id))


async def agree_measure(ctx: Context, member: Member, draft: MeasureDraft) -> Measure:
    """Agree a measure for a locked, standing member, which its leader answers for unless somebody else is named.

    Raises DayAhead, DayBeforeEntry, EntryUnknown, NoOwner, DueInPast, NoTerm, UnknownCalendarYear.
    """
    agreed_on = demand_since_entry(member.row, draft.agreed_on, today_of(ctx))
    await demand_entries(
        ctx, persons={"/owner_person_id": draft.owner_person_id}, units={"/owner_unit_id": draft.owner_unit_id}
    )
    unit, person = draft.owner_unit_id, draft.owner_person_id
    if unit is None and person is None:
        unit, person = member.row.unit_id, member.row.leader_person_id
    if unit is None and person is None:
        raise NoOwner(errors=[FieldError("fact.required", "/owner_unit_id")])
    terms = await load_terms(ctx)
    due_on = terms.due_on(DutyKind.LIST_MEASURE_TERM, member.row.region_code, agreed_on, draft.deadline)
    row = ListMeasureRow(
        id=ctx.new_id(),
        member_id=member.row.id,
        title=draft.title,
        content=draft.content,
        agreed_on=agreed_on,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
        **columns_of(steps.assigned(due_on, unit, person)),
    )
    ctx.session.add(row)
    await ctx.session.flush()
    _trail(ctx, row, "agreed", draft.content)
    return Measure(row, member)


async def note(ctx: Context, measure: Measure, words: str) -> Measure:
    """Report work, which takes the measure up. Raises DutyStepRefused."""
    return await _store(ctx, measure, steps.note(measure.duty), "noted", words)


async def extend(ctx: Context, measure: Measure, until: date, reason: str) -> Measure:
    """Raises DutyStepRefused, ExtensionNotLater."""
    return await _store(ctx, measure, steps.extend(measure.duty, until, today_of(ctx)), "extended", reason)


async def resolve(ctx: Context, measure: Measure, resolution: str) -> Measure:
    """Raises DutyStepRefused."""
    duty = steps.resolve(measure.duty, ctx.principal.subject, today_of(ctx), resolution)
    return await _store(ctx, measure, duty, "resolved", resolution)


async def close(ctx: Context, measure: Measure, words: str) -> Measure:
    """Verified and closed (销号) by another person. Raises DutyStepRefused, VerifierIsResolver."""
    duty = steps.close(measure.duty, ctx.principal.subject, today_of(ctx), words)
    return await _store(ctx, measure, duty, "closed", words)


async def reopen(ctx: Context, measure: Measure, deadline: Deadline, reason: str) -> Measure:
    """Raises DutyStepRefused, DueInPast, NoTerm, UnknownCalendarYear."""
    terms = await load_terms(ctx)
    region = measure.member.row.region_code
    due_on = terms.due_on(DutyKind.LIST_MEASURE_TERM, region, today_of(ctx), deadline)
    return await _store(ctx, measure, steps.reopen(measure.duty, due_on), "reopened", reason)


async def _store(ctx: Context, measure: Measure, duty: Duty, action: str, words: str) -> Measure:
    write_duty(ctx, measure.row, duty)
    await ctx.session.flush()
    _trail(ctx, measure.row, action, words)
    member = measure.member
    await settle_measure(ctx, measure.row, member.row, member.list, member.enterprise)
    return measure


def _trail(ctx: Context, row: ListMeasureRow, action: str, words: str) -> None:
    facts = {
        "status": row.status,
        "due_on": row.due_on,
        "owner_unit_id": row.owner_unit_id,
        "owner_person_id": row.owner_person_id,
    }
    ctx.session.add(ListMeasureStepRow(measure_id=row.id, **step_facts(ctx, row.version, action, words, facts)))
