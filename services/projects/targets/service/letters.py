"""Responsibility letters: drawn up from the tree, signed by both sides, supplemented when a target changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.targets import (
    TargetLetterDrawnUpV1,
    TargetLetterSignedV1,
    TargetLetterWithdrawnV1,
)
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import NotFound
from services.projects.economy.domain.arithmetic import plain
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region
from services.projects.registry.tables import PersonRow, UnitRow
from services.projects.targets.domain.letters import (
    USUAL_DUTIES,
    LetterState,
    LetterText,
    Side,
    Signature,
    Term,
    letter_text,
    says_the_same,
)
from services.projects.targets.errors import (
    LetterExists,
    LetterSettled,
    LetterUnchanged,
    NothingToSign,
)
from services.projects.targets.repository import goals
from services.projects.targets.repository import letters as repository
from services.projects.targets.service.goals import indicator_for
from services.projects.targets.service.scoping import demand_person, demand_unit
from services.projects.targets.tables import (
    TargetLetterRevisionRow,
    TargetLetterRow,
    TargetRow,
)

DOCUMENT_OWNER = "target_letter"
LetterEvent = type[TargetLetterDrawnUpV1] | type[TargetLetterSignedV1] | type[TargetLetterWithdrawnV1]


@dataclass(frozen=True, slots=True)
class LetterDraft:
    """Who binds whom for which year; without ``duties`` the usual ones are written."""

    region_code: str
    year: int
    issuer_unit_id: UUID
    unit_id: UUID
    person_id: UUID | None
    duties: tuple[str, ...] = ()


async def get_letter(ctx: Context, letter_id: UUID, *, lock: bool = False) -> TargetLetterRow:
    """Raises NotFound."""
    row = await repository.find_letter(ctx.session, letter_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def draw_up(ctx: Context, draft: LetterDraft) -> TargetLetterRow:
    """A letter with all targets of the year that the unit (and person) answer for.

    Where a letter of theirs is signed it is a supplement with the targets that it says otherwise or not at all.
    Raises NothingToSign, LetterExists, LetterUnchanged, EntryUnknown, UnknownRegion.
    """
    await demand_region(ctx, draft.region_code)
    await demand_unit(ctx, draft.issuer_unit_id, "/issuer_unit_id")
    await demand_unit(ctx, draft.unit_id, "/unit_id")
    await demand_person(ctx, draft.person_id, "/person_id")
    await lock_key(ctx.session, "target_letter", f"{draft.year}:{draft.issuer_unit_id}:{draft.unit_id}")
    others = await repository.letters_of_party(
        ctx.session, draft.year, draft.issuer_unit_id, draft.unit_id, draft.person_id
    )
    if pending := next((one for one in others if one.state == LetterState.DRAFT.value), None):
        raise LetterExists(number=pending.number)
    terms = await _terms(ctx, draft)
    main = others[0] if others else None
    if main is not None:
        terms = _unsaid(terms, others)
        if not terms:
            raise LetterUnchanged(number=main.number)
    issuer, unit = await _unit_name(ctx, draft.issuer_unit_id), await _unit_name(ctx, draft.unit_id)
    sequence = await repository.next_number(ctx.session, draft.region_code, draft.year)
    row = TargetLetterRow(
        id=ctx.new_id(),
        number=f"{draft.region_code}-{draft.year}-{sequence}",
        region_code=draft.region_code,
        year=draft.year,
        sequence=sequence,
        main_id=None if main is None else main.id,
        supplement=len(others),
        issuer_unit_id=draft.issuer_unit_id,
        issuer_unit_name=issuer,
        unit_id=draft.unit_id,
        unit_name=unit,
        person_id=draft.person_id,
        person_name=await _person_name(ctx, draft.person_id),
        state=LetterState.DRAFT.value,
        revision=1,
        terms=terms,
        duties=list(draft.duties or USUAL_DUTIES),
        drawn_up_on=today_of(ctx),
        drawn_up_by=ctx.principal.subject,
        created_at=ctx.now,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await _keep_revision(ctx, row, "")
    await tell(ctx, row, TargetLetterDrawnUpV1)
    return row


async def revise(ctx: Context, row: TargetLetterRow, reason: str, duties: Sequence[str] | None) -> TargetLetterRow:
    """Draw a locked letter up anew before it is signed; signatures of the revision before do not count any more.

    Raises LetterSettled, LetterUnchanged, NothingToSign.
    """
    demand_draft(row)
    draft = LetterDraft(row.region_code, row.year, row.issuer_unit_id, row.unit_id, row.person_id)
    terms = await _terms(ctx, draft)
    if row.main_id is not None:
        others = await repository.letters_of_party(
            ctx.session, row.year, row.issuer_unit_id, row.unit_id, row.person_id
        )
        terms = _unsaid(terms, [one for one in others if one.state == LetterState.SIGNED.value])
    said = list(row.duties if duties is None else duties)
    if says_the_same(terms, row.terms) and said == row.duties:
        raise LetterUnchanged(number=row.number)
    row.terms, row.duties = terms, said
    row.revision += 1
    row.drawn_up_on, row.drawn_up_by = today_of(ctx), ctx.principal.subject
    row.advance(ctx.now)
    await _keep_revision(ctx, row, reason)
    await tell(ctx, row, TargetLetterDrawnUpV1)
    return row


async def withdraw(ctx: Context, row: TargetLetterRow, reason: str) -> TargetLetterRow:
    """Withdraw a locked letter that is not signed. Raises LetterSettled."""
    demand_draft(row)
    row.state, row.withdrawn_reason = LetterState.WITHDRAWN.value, reason
    row.advance(ctx.now)
    await tell(ctx, row, TargetLetterWithdrawnV1, reason=reason)
    return row


async def text_of(ctx: Context, row: TargetLetterRow) -> LetterText:
    """How the letter reads, with the signatures of its revision."""
    signatures = [
        Signature(Side(one.side), one.person_name, one.signed_on)
        for one in await repository.signatures_of(ctx.session, row.id)
        if one.revision == row.revision
    ]
    main = None if row.main_id is None else await repository.find_letter(ctx.session, row.main_id)
    return letter_text(
        number=row.number,
        year=row.year,
        revision=row.revision,
        supplement=row.supplement,
        main_number="" if main is None else main.number,
        issuer_unit=row.issuer_unit_name,
        unit=row.unit_name,
        person=row.person_name,
        drawn_up_on=row.drawn_up_on,
        terms=[Term(**term) for term in row.terms],
        duties=row.duties,
        signatures=signatures,
    )


async def _terms(ctx: Context, draft: LetterDraft) -> list[dict[str, Any]]:
    rows = await goals.targets_of_year(
        ctx.session, draft.region_code, draft.year, unit_id=draft.unit_id, person_id=draft.person_id
    )
    if not rows:
        raise NothingToSign(year=draft.year)
    return [asdict(await term(ctx, row)) for row in rows]


async def term(ctx: Context, row: TargetRow) -> Term:
    indicator = await indicator_for(ctx, row.indicator_code)
    return Term(
        target_id=str(row.id),
        code=row.code,
        name=row.name,
        indicator=indicator.name_zh,
        scope=row.scope_name,
        first_year=row.first_year,
        last_year=row.last_year,
        direction=row.direction,
        amount=plain(row.amount),
        unit=indicator.unit,
        unit_zh=indicator.unit_zh,
        weight=plain(row.weight),
        version=row.version,
    )


def _unsaid(terms: list[dict[str, Any]], signed: Sequence[TargetLetterRow]) -> list[dict[str, Any]]:
    """Terms that the signed letters say otherwise, the latest of them counting, or not at all."""
    said = {term["target_id"]: term for letter in signed for term in letter.terms}
    return [
        term
        for term in terms
        if term["target_id"] not in said or not says_the_same([term], [said[term["target_id"]]])
    ]


def demand_draft(row: TargetLetterRow) -> None:
    if row.state != LetterState.DRAFT.value:
        raise LetterSettled(number=row.number, state=LetterState(row.state))


async def _keep_revision(ctx: Context, row: TargetLetterRow, reason: str) -> None:
    await ctx.session.flush()
    ctx.session.add(
        TargetLetterRevisionRow(
            letter_id=row.id,
            revision=row.revision,
            terms=row.terms,
            duties=row.duties,
            reason=reason,
            drawn_up_at=ctx.now,
            drawn_up_by=ctx.principal.subject,
        )
    )


async def _unit_name(ctx: Context, unit_id: UUID) -> str:
    row = await ctx.session.get(UnitRow, unit_id)
    return "" if row is None else row.name


async def _person_name(ctx: Context, person_id: UUID | None) -> str:
    row = None if person_id is None else await ctx.session.get(PersonRow, person_id)
    return "" if row is None else row.name


async def tell(ctx: Context, row: TargetLetterRow, event: LetterEvent, **more: Any) -> None:
    await ctx.session.flush()
    payload = event(
        letter_id=row.id,
        number=row.number,
        year=row.year,
        main_id=row.main_id,
        revision=row.revision,
        unit_id=row.unit_id,
        person_id=row.person_id,
        target_ids=tuple(UUID(term["target_id"]) for term in row.terms),
        **more,
    )
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )
