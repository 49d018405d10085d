"""The steps of an instruction, from issuing to closing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import (
    InstructionAmendedV1,
    InstructionClosedV1,
    InstructionExtendedV1,
    InstructionExtensionRefusedV1,
    InstructionExtensionRequestedV1,
    InstructionFedBackV1,
    InstructionIssuedV1,
    InstructionRemindedV1,
    InstructionReportedV1,
    InstructionReturnedV1,
)
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError, NotFound
from services.projects.duties.domain import duty as steps
from services.projects.duties.domain.rules import DutyKind
from services.projects.duties.repository import columns_of, duty_of
from services.projects.duties.service import Deadline, demand_entries, load_terms
from services.projects.instructions import repository
from services.projects.instructions.domain.instruction import ExtensionStatus, Reference, number_of
from services.projects.instructions.errors import (
    DeputyExists,
    ExtensionDecided,
    ExtensionPending,
    LeadUnitAssists,
    NothingToRemind,
)
from services.projects.instructions.service.instructions import (
    Opened,
    demand_instructor,
    finish,
    store,
)
from services.projects.instructions.service.subjects import Subjects
from services.projects.instructions.tables import (
    InstructionDeputyRow,
    InstructionExtensionRow,
    InstructionRow,
    InstructionUnitRow,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An instruction as it is issued; without a person the caller's own instructs."""

    subject: Reference
    text: str
    lead_unit_id: UUID
    assisting_unit_ids: Sequence[UUID]
    owner_person_id: UUID | None
    instructed_by_person_id: UUID | None
    deputy_person_ids: Sequence[UUID]
    deadline: Deadline


async def issue(subjects: Subjects, ctx: Context, draft: Draft) -> Opened:
    """A leader's instruction becomes a tracked matter with a number.

    Raises SubjectIncomplete, NotFound, UnknownRegion, EntryUnknown, LeadUnitAssists, DeputyExists, DueInPast,
    NoTerm, UnknownCalendarYear.
    """
    resolved = await subjects.resolve(ctx, draft.subject)
    await _demand_people(ctx, draft)
    today = today_of(ctx)
    terms = await load_terms(ctx)
    due_on = terms.due_on(DutyKind.INSTRUCTION_TERM, resolved.region_code, today, draft.deadline)
    issuer = ctx.principal.region_code or resolved.region_code
    # Last of all, so that others wait no longer than they must: the number's lock is held to the end.
    sequence = await repository.next_sequence(ctx.session, issuer, today.year)
    figure = draft.subject.figure
    row = InstructionRow(
        id=ctx.new_id(),
        number=number_of(issuer, today.year, sequence),
        issuer_region_code=issuer,
        year=today.year,
        sequence=sequence,
        region_code=resolved.region_code,
        subject_type=draft.subject.type.value,
        subject_id=draft.subject.id,
        subject_name=resolved.name,
        project_id=resolved.project_id,
        figure_name=None if figure is None else figure.name,
        figure_value=None if figure is None else figure.value,
        figure_unit=None if figure is None else figure.unit,
        figure_as_of=None if figure is None else figure.as_of,
        figure_link=None if figure is None else figure.link,
        text=draft.text,
        issued_on=today,
        instructed_by_person_id=draft.instructed_by_person_id or ctx.principal.person_id,
        version=1,
        updated_at=ctx.now,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        **columns_of(steps.assigned(due_on, draft.lead_unit_id, draft.owner_person_id)),
    )
    ctx.session.add(row)
    await ctx.session.flush()
    _write_units(ctx, row.id, draft.assisting_unit_ids)
    deputies = [_deputy(ctx, row.id, person_id, "issued") for person_id in draft.deputy_person_ids]
    opened = Opened(row, duty_of(row), list(draft.assisting_unit_ids), deputies)
    return await finish(ctx, opened, "issued", draft.text, InstructionIssuedV1)


async def _demand_people(ctx: Context, draft: Draft) -> None:
    _demand_units_once(draft.lead_unit_id, draft.assisting_unit_ids)
    if len(set(draft.deputy_person_ids)) != len(draft.deputy_person_ids):
        raise DeputyExists(errors=[FieldError("instruction.deputy_exists", "/deputy_person_ids")])
    deputies = {f"/deputy_person_ids/{place}": key for place, key in enumerate(draft.deputy_person_ids)}
    await demand_entries(
        ctx,
        persons={
            "/owner_person_id": draft.owner_person_id,
            "/instructed_by_person_id": draft.instructed_by_person_id,
            **deputies,
        },
        units=_units(draft.lead_unit_id, draft.assisting_unit_ids),
    )


def _units(lead_unit_id: UUID | None, assisting: Sequence[UUID]) -> dict[str, UUID | None]:
    return {
        "/lead_unit_id": lead_unit_id,
        **{f"/assisting_unit_ids/{place}": key for place, key in enumerate(assisting)},
    }


def _demand_units_once(lead_unit_id: UUID | None, assisting: Sequence[UUID]) -> None:
    if lead_unit_id in assisting or len(set(assisting)) != len(assisting):
        raise LeadUnitAssists(errors=[FieldError("instruction.unit_twice", "/assisting_unit_ids")])


def _write_units(ctx: Context, instruction_id: UUID, assisting: Sequence[UUID]) -> None:
    ctx.session.add_all(
        InstructionUnitRow(instruction_id=instruction_id, unit_id=unit_id, position=position)
        for position, unit_id in enumerate(assisting, start=1)
    )


def _deputy(ctx: Context, instruction_id: UUID, person_id: UUID, reason: str) -> InstructionDeputyRow:
    row = InstructionDeputyRow(
        instruction_id=instruction_id,
        person_id=person_id,
        reason=reason,
        authorised_at=ctx.now,
        authorised_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    return row


async def reassign(
    ctx: Context,
    opened: Opened,
    *,
    lead_unit_id: UUID | None,
    assisting_unit_ids: Sequence[UUID] | None,
    owner_person_id: UUID | None,
    keeps_person: bool,
) -> Opened:
    """Other units or another person; None leaves the lead unit or the assisting units as they are.

    Raises NotTheInstructor, DutyStepRefused, EntryUnknown, LeadUnitAssists.
    """
    demand_instructor(ctx, opened)
    lead = lead_unit_id or opened.row.owner_unit_id
    assisting = list(opened.assisting_unit_ids if assisting_unit_ids is None else assisting_unit_ids)
    person = opened.row.owner_person_id if keeps_person else owner_person_id
    known = (opened.row.owner_unit_id, list(opened.assisting_unit_ids), opened.row.owner_person_id)
    if known == (lead, assisting, person):
        return opened
    _demand_units_once(lead, assisting)
    await demand_entries(
        ctx,
        persons={"/owner_person_id": None if keeps_person else owner_person_id},
        units=_units(lead_unit_id, assisting_unit_ids or ()),
    )
    steps.check_pending(opened.duty)
    for unit in await repository.unit_rows(ctx.session, opened.row.id):
        await ctx.session.delete(unit)
    await ctx.session.flush()
    _write_units(ctx, opened.row.id, assisting)
    duty = replace(opened.duty, owner_unit_id=lead, owner_person_id=person)
    changed = Opened(opened.row, duty, assisting, opened.deputies)
    return await store(ctx, changed, duty, "reassigned", "", InstructionAmendedV1)


async def authorise_deputy(ctx: Context, opened: Opened, person_id: UUID, reason: str) -> Opened:
    """Somebody may decide in the place of who instructed. Raises NotTheInstructor, DeputyExists, EntryUnknown."""
    demand_instructor(ctx, opened)
    await demand_entries(ctx, persons={"/person_id": person_id})
    if person_id in opened.authority().deputies:
        raise DeputyExists(errors=[FieldError("instruction.deputy_exists", "/person_id")])
    deputies = [*opened.deputies, _deputy(ctx, opened.row.id, person_id, reason)]
    changed = Opened(opened.row, opened.duty, opened.assisting_unit_ids, deputies)
    return await store(ctx, changed, opened.duty, "deputy_authorised", reason, InstructionAmendedV1)


async def feed_back(ctx: Context, opened: Opened, note: str) -> Opened:
    """Raises DutyStepRefused."""
    return await store(ctx, opened, steps.note(opened.duty), "fed_back", note, InstructionFedBackV1)


async def remind(ctx: Context, opened: Opened, note: str) -> Opened:
    """A reminder was sent, by letter or by word. Raises NothingToRemind."""
    if not opened.duty.is_pending:
        raise NothingToRemind(status=opened.duty.status)
    return await store(ctx, opened, opened.duty, "reminded", note, InstructionRemindedV1)


async def request_extension(
    ctx: Context, opened: Opened, until: date, reason: str
) -> tuple[InstructionExtensionRow, Opened]:
    """Ask who instructed for more time. Raises DutyStepRefused, ExtensionNotLater, ExtensionPending."""
    steps.extend(opened.duty, until, today_of(ctx))
    if await repository.pending_extension(ctx.session, opened.row.id) is not None:
        raise ExtensionPending
    row = InstructionExtensionRow(
        id=ctx.new_id(),
        instruction_id=opened.row.id,
        until=until,
        reason=reason,
        status=ExtensionStatus.PENDING.value,
        requested_at=ctx.now,
        requested_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    event = InstructionExtensionRequestedV1
    stored = await store(
        ctx, opened, opened.duty, "extension_requested", reason, event, extension_id=row.id, until=until
    )
    return row, stored


async def decide_extension(
    ctx: Context, opened: Opened, extension_id: UUID, note: str, *, approved: bool
) -> tuple[InstructionExtensionRow, Opened]:
    """Raises NotTheInstructor, NotFound, ExtensionDecided, DutyStepRefused, ExtensionNotLater."""
    demand_instructor(ctx, opened)
    row = await repository.find_extension(ctx.session, opened.row.id, extension_id)
    if row is None:
        raise NotFound
    if row.status != ExtensionStatus.PENDING:
        raise ExtensionDecided(status=ExtensionStatus(row.status))
    row.status = (ExtensionStatus.APPROVED if approved else ExtensionStatus.REFUSED).value
    row.decided_at, row.decided_by, row.decision_note = ctx.now, ctx.principal.subject, note
    if not approved:
        event = InstructionExtensionRefusedV1
        stored = await store(ctx, opened, opened.duty, "extension_refused", note, event, extension_id=row.id)
        return row, stored
    previous = opened.duty.due_on
    duty = steps.extend(opened.duty, row.until, today_of(ctx))
    stored = await store(
        ctx, opened, duty, "extended", note, InstructionExtendedV1, extension_id=row.id, previous_due_on=previous
    )
    return row, stored


async def report_completion(ctx: Context, opened: Opened, report: str) -> Opened:
    """Raises DutyStepRefused; a request for more time that is not decided falls away."""
    duty = steps.resolve(opened.duty, ctx.principal.subject, today_of(ctx), report)
    pending = await repository.pending_extension(ctx.session, opened.row.id)
    if pending is not None:
        pending.status, pending.decided_at = ExtensionStatus.LAPSED.value, ctx.now
    return await store(ctx, opened, duty, "reported", report, InstructionReportedV1)


async def return_for_rework(ctx: Context, opened: Opened, deadline: Deadline, reason: str) -> Opened:
    """What was reported is not enough. A deadline that has not passed stays when no other is given.

    Raises NotTheInstructor, DutyStepRefused, DueInPast, NoTerm, UnknownCalendarYear.
    """
    demand_instructor(ctx, opened)
    today = today_of(ctx)
    due_on = opened.duty.due_on
    if deadline != Deadline() or due_on < today:
        terms = await load_terms(ctx)
        due_on = terms.due_on(DutyKind.INSTRUCTION_TERM, opened.row.region_code, today, deadline)
    duty = steps.reopen(opened.duty, due_on)
    return await store(ctx, opened, duty, "returned", reason, InstructionReturnedV1)


async def close(ctx: Context, opened: Opened, note: str) -> Opened:
    """Raises NotTheInstructor, DutyStepRefused, VerifierIsResolver."""
    demand_instructor(ctx, opened)
    duty = steps.close(opened.duty, ctx.principal.subject, today_of(ctx), note)
    return await store(ctx, opened, duty, "closed", note, InstructionClosedV1)
