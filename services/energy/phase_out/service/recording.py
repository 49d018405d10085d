"""What every change of a case goes through: a version, its event, its situations."""

from __future__ import annotations

from datetime import date
from typing import Any

from libs.common.context import Context
from libs.common.contracts.energy.phase_out import PhaseOutAmendedV1, PhaseOutPayload
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from services.energy import dated
from services.energy.phase_out import standard_repository
from services.energy.phase_out.domain.case import Status
from services.energy.phase_out.errors import CaseEnded, DateInvalid, RuleMissing
from services.energy.phase_out.service.watching import settle_case
from services.energy.phase_out.tables import PhaseOutCaseRow, PhaseOutRuleRow


def ensure_open(case: PhaseOutCaseRow) -> None:
    """Raises CaseEnded."""
    if not Status(case.status).is_open:
        raise CaseEnded(number=case.number, status=case.status)


def check_past(ctx: Context, name: str, on: date, *, not_before: date | None = None) -> None:
    """A day on which something happened: not in the future, not before what it follows. Raises DateInvalid."""
    if on > today_of(ctx) or (not_before is not None and on < not_before):
        raise DateInvalid(name=name, on=on, not_before=not_before)


async def rule_of(ctx: Context, region_code: str) -> PhaseOutRuleRow:
    """The rule that counts in the region today. Raises RuleMissing."""
    found = dated.in_force(await standard_repository.all_rules(ctx.session), region_code, today_of(ctx))
    if found is None:
        raise RuleMissing(region_code=region_code, day=today_of(ctx))
    return found


async def changed(ctx: Context, case: PhaseOutCaseRow, event: type[PhaseOutPayload], **facts: Any) -> None:
    """Raise the version of a locked case, tell of it, and settle what is to be warned of."""
    case.version += 1
    case.changed_at, case.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    await tell(ctx, case, event, **facts)
    await settle_case(ctx, case)


async def amended(ctx: Context, case: PhaseOutCaseRow, *names: str) -> None:
    await changed(ctx, case, PhaseOutAmendedV1, changed=tuple(names))


async def tell(ctx: Context, case: PhaseOutCaseRow, event: type[PhaseOutPayload], **facts: Any) -> None:
    """Record an event of the case as it is now; its version has been raised."""
    standard = await standard_repository.get_standard(ctx.session, case.standard_id)
    payload = event(
        case_id=case.id,
        number=case.number,
        enterprise_id=case.enterprise_id,
        credit_code=case.credit_code,
        enterprise_name=case.enterprise_name,
        region_code=case.region_code,
        standard_id=case.standard_id,
        standard_code=case.standard_code,
        standard_name=standard.name,
        title=case.title,
        status=case.status,
        listed_on=case.listed_on,
        deadline_on=case.deadline_on,
        original_deadline_on=case.original_deadline_on,
        required=case.required,
        measured=case.measured,
        unit=case.unit,
        responsible_person_id=case.responsible_person_id,
        responsible_unit_id=case.responsible_unit_id,
        **facts,
    )
    await record_event(
        ctx,
        payload,
        subject=str(case.id),
        aggregate_version=case.version,
        region_code=case.region_code,
        enterprise_id=case.enterprise_id,
    )
