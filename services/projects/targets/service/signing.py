"""Signatures under responsibility letters: with both sides' the letter binds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.targets import TargetLetterSignedV1
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError
from services.projects.documents.repository import find_document
from services.projects.registry.tables import PersonRow
from services.projects.targets.domain.letters import LetterState, Side, says_the_same
from services.projects.targets.errors import SignatureUnfit, SignedAlready
from services.projects.targets.repository import goals
from services.projects.targets.repository import letters as repository
from services.projects.targets.service.judging import judge_targets
from services.projects.targets.service.letters import DOCUMENT_OWNER, demand_draft, tell, term
from services.projects.targets.service.scoping import demand_person
from services.projects.targets.tables import TargetLetterRow, TargetSignatureRow


@dataclass(frozen=True, slots=True)
class Signing:
    side: Side
    person_id: UUID
    signed_on: date
    document_id: UUID | None
    note: str = ""


async def sign(ctx: Context, row: TargetLetterRow, signing: Signing) -> TargetLetterRow:
    """Record a side's signature under a locked letter; with the second it binds.

    Raises LetterSettled, SignedAlready, SignatureUnfit, EntryUnknown, RuleMissing.
    """
    demand_draft(row)
    signatures = [
        one for one in await repository.signatures_of(ctx.session, row.id) if one.revision == row.revision
    ]
    if any(one.side == signing.side.value for one in signatures):
        raise SignedAlready(number=row.number, side=signing.side)
    await demand_person(ctx, signing.person_id, "/person_id")
    person = await ctx.session.get(PersonRow, signing.person_id)
    assert person is not None, "just demanded"
    await _demand_fit(ctx, row, signing, person)
    ctx.session.add(
        TargetSignatureRow(
            id=ctx.new_id(),
            letter_id=row.id,
            revision=row.revision,
            side=signing.side.value,
            person_id=signing.person_id,
            person_name=person.name,
            signed_on=signing.signed_on,
            document_id=signing.document_id,
            note=signing.note,
            recorded_at=ctx.now,
            recorded_by=ctx.principal.subject,
        )
    )
    is_complete = bool(signatures)
    if is_complete:
        row.state = LetterState.SIGNED.value
        row.signed_on = max(signing.signed_on, *(one.signed_on for one in signatures))
    row.advance(ctx.now)
    await ctx.session.flush()
    await tell(
        ctx,
        row,
        TargetLetterSignedV1,
        side=signing.side.value,
        signed_by_person_id=signing.person_id,
        signed_on=signing.signed_on,
        complete=is_complete,
    )
    if is_complete:
        await _bind(ctx, row)
    return row


async def _bind(ctx: Context, row: TargetLetterRow) -> None:
    """Targets that still are as the letter says are signed for; what changed since waits for its supplement."""
    targets = await goals.lock_targets(ctx.session, [UUID(one["target_id"]) for one in row.terms])
    said = {one["target_id"]: one for one in row.terms}
    for target in targets:
        if says_the_same([asdict(await term(ctx, target))], [said[str(target.id)]]):
            target.letter_state = "signed"
        else:
            target.letter_state = "supplement"
    await ctx.session.flush()
    await judge_targets(ctx, targets, may_open=False)


async def _demand_fit(ctx: Context, row: TargetLetterRow, signing: Signing, person: PersonRow) -> None:
    faults = []
    if signing.signed_on > today_of(ctx):
        faults.append(FieldError("date.in_future", "/signed_on"))
    elif signing.signed_on < row.drawn_up_on:
        faults.append(FieldError("target.signed_before_drawn_up", "/signed_on"))
    unit_id = row.issuer_unit_id if signing.side is Side.ISSUER else row.unit_id
    is_named = signing.side is Side.RESPONSIBLE and row.person_id is not None
    if is_named and row.person_id != signing.person_id:
        faults.append(FieldError("target.other_person_answers", "/person_id"))
    elif person.unit_id != unit_id and not is_named:
        faults.append(FieldError("target.person_of_other_unit", "/person_id"))
    if signing.document_id is not None:
        document = await find_document(ctx.session, signing.document_id)
        is_own = document is not None and (document.owner_type, document.owner_id) == (DOCUMENT_OWNER, row.id)
        if not is_own or (document is not None and document.withdrawn_at is not None):
            faults.append(FieldError("reference.unknown", "/document_id"))
    if faults:
        raise SignatureUnfit(number=row.number, errors=faults)
