"""Listing cases, their inventory and their plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy.phase_out import (
    PhaseOutListedV1,
    PhaseOutWithdrawnV1,
)
from libs.common.local_time import today_of
from libs.common.registry.queries import Enterprise
from libs.common.security.scope import ensure_enterprise, ensure_region
from services.energy.phase_out import repository
from services.energy.phase_out.domain.case import Comparator, Status
from services.energy.phase_out.errors import (
    CaseExists,
    DateInvalid,
    RequirementWeaker,
    StandardNotInForce,
    StepOutOfOrder,
)
from services.energy.phase_out.service.plans import ItemFacts, new_item, new_milestone
from services.energy.phase_out.service.recording import amended, changed, check_past, ensure_open, tell
from services.energy.phase_out.service.standards import requirement_of, standard_in_force
from services.energy.phase_out.service.watching import settle_case
from services.energy.phase_out.tables import (
    PhaseOutCaseRow,
    PhaseOutStandardRow,
)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as it is listed; ``deadline_on`` None takes the standard's, ``required`` None its threshold."""

    title: str
    standard_id: UUID
    listed_on: date
    source: str
    number: str | None = None
    deadline_on: date | None = None
    required: float | None = None
    measured: float | None = None
    measured_on: date | None = None
    note: str = ""
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    milestones: tuple[tuple[str, date], ...] = ()
    items: tuple[ItemFacts, ...] = ()


async def list_case(ctx: Context, enterprise: Enterprise, facts: CaseFacts) -> PhaseOutCaseRow:
    """List an enterprise under a standard.

    Raises NotFound, StandardNotFound, StandardNotInForce, DateInvalid, RequirementWeaker, CaseExists.
    """
    ensure_region(ctx.principal, enterprise.region_code)
    ensure_enterprise(ctx.principal, enterprise.enterprise_id)
    check_past(ctx, "listed_on", facts.listed_on)
    standard = await standard_in_force(ctx, facts.standard_id, enterprise.region_code, facts.listed_on)
    if standard is None:
        raise StandardNotInForce(standard_id=facts.standard_id, day=facts.listed_on)
    deadline_on = facts.deadline_on or standard.deadline_on
    if deadline_on is None or deadline_on <= facts.listed_on:
        raise DateInvalid(name="deadline_on", on=deadline_on, not_before=facts.listed_on)
    _check_measured(ctx, facts)
    required = _required(standard, facts.required)
    if await repository.has_open_case(ctx.session, enterprise.enterprise_id, standard.code, facts.title):
        raise CaseExists(number=facts.number or "", title=facts.title)
    number = facts.number or await _number(ctx, enterprise.region_code, facts.listed_on)
    if await repository.has_number(ctx.session, number):
        raise CaseExists(number=number, title=facts.title)
    row = PhaseOutCaseRow(
        id=ctx.new_id(),
        number=number,
        title=facts.title,
        enterprise_id=enterprise.enterprise_id,
        credit_code=enterprise.credit_code,
        enterprise_name=enterprise.name,
        region_code=enterprise.region_code,
        standard_id=standard.id,
        standard_code=standard.code,
        comparator=standard.comparator,
        required=required,
        unit=standard.unit,
        measured=facts.measured,
        measured_on=facts.measured_on,
        source=facts.source,
        note=facts.note,
        status=Status.LISTED.value,
        listed_on=facts.listed_on,
        deadline_on=deadline_on,
        original_deadline_on=deadline_on,
        extensions=0,
        responsible_person_id=facts.responsible_person_id,
        responsible_unit_id=facts.responsible_unit_id,
        version=1,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    for item in facts.items:
        ctx.session.add(new_item(ctx, row, item))
    for name, planned_on in facts.milestones:
        ctx.session.add(new_milestone(ctx, row, name, planned_on, ""))
    await ctx.session.flush()
    await tell(ctx, row, PhaseOutListedV1)
    await settle_case(ctx, row)
    return row


def _check_measured(ctx: Context, facts: CaseFacts) -> None:
    if (facts.measured is None) != (facts.measured_on is None):
        raise DateInvalid(name="measured_on", on=facts.measured_on, not_before=None)
    if facts.measured_on is not None:
        check_past(ctx, "measured_on", facts.measured_on)


def _required(standard: PhaseOutStandardRow, wanted: float | None) -> float | None:
    own = requirement_of(standard)
    if wanted is None:
        return own.value
    is_weaker = own.value is None or (
        wanted < own.value if own.comparator is Comparator.AT_LEAST else wanted > own.value
    )
    if is_weaker:
        raise RequirementWeaker(required=wanted, threshold=own.value)
    return wanted


async def _number(ctx: Context, region_code: str, listed_on: date) -> str:
    prefix = f"TT{listed_on.year}-{region_code}-"
    return f"{prefix}{await repository.next_number(ctx.session, prefix):04d}"


async def change_case(ctx: Context, case: PhaseOutCaseRow, facts: Mapping[str, Any]) -> PhaseOutCaseRow:
    """Change title, note, source or who is responsible of a locked case. Raises CaseEnded."""
    ensure_open(case)
    other = {name: value for name, value in facts.items() if getattr(case, name) != value}
    if other:
        for name, value in other.items():
            setattr(case, name, value)
        await amended(ctx, case, *sorted(other))
    return case


async def withdraw_case(ctx: Context, case: PhaseOutCaseRow, reason: str) -> PhaseOutCaseRow:
    """A locked case never was one. Raises CaseEnded, StepOutOfOrder once a closure was decided."""
    ensure_open(case)
    if case.status != Status.LISTED:
        raise StepOutOfOrder(number=case.number, status=case.status, step="withdrawn")
    case.status, case.ended_on, case.withdrawn_reason = Status.WITHDRAWN.value, today_of(ctx), reason
    await changed(ctx, case, PhaseOutWithdrawnV1, reason=reason)
    return case
