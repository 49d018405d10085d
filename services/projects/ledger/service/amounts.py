"""Asking back before a doubtful amount is believed, and the limits from which on that is done."""

from collections.abc import Iterable

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError
from services.projects.ledger import repository
from services.projects.ledger.domain.amounts import Amount, AmountKind, AmountLimit, doubts
from services.projects.ledger.domain.history import FieldChange
from services.projects.ledger.domain.project import Project
from services.projects.ledger.errors import AmountNeedsConfirmation, LimitNotOrdered
from services.projects.ledger.tables import AmountLimitRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import demand_reach, place


async def demand_plausible(
    ctx: Context, region_code: str, amounts: Iterable[Amount], *, confirmed: bool
) -> tuple[FieldChange, ...]:
    """Raises AmountNeedsConfirmation naming every doubtful amount, unless the caller means them.

    What was doubtful and is meant so is answered for the history.
    """
    asked = tuple(amounts)
    if not asked:
        return ()
    limits = await repository.all_amount_limits(ctx.session)
    found = doubts(asked, limits, region_code, today_of(ctx))
    if found and not confirmed:
        raise AmountNeedsConfirmation(
            amounts=[f"{fault.pointer} = {fault.params['amount_yuan']}" for fault in found], errors=found
        )
    return tuple(
        FieldChange(f"confirmed.{fault.pointer.strip('/')}", None, amount.yuan)
        for fault in found
        for amount in asked
        if amount.pointer == fault.pointer
    )


def amounts_of(project: Project, before: Project | None = None) -> tuple[Amount, ...]:
    """The project's own amounts that are new or changed, each compared with the other."""
    total, contract = project.total_investment_yuan, project.contract_amount_yuan
    asked = []
    if total is not None and (before is None or total != before.total_investment_yuan):
        asked.append(Amount(AmountKind.TOTAL_INVESTMENT, "/total_investment_yuan", total, contract))
    if contract is not None and (before is None or contract != before.contract_amount_yuan):
        asked.append(Amount(AmountKind.CONTRACT_AMOUNT, "/contract_amount_yuan", contract, total))
    return tuple(asked)


def basis_of(project: Project) -> int | None:
    """What payments of the project are compared with: its contract, else its total investment."""
    return project.contract_amount_yuan or project.total_investment_yuan


async def put_amount_limit(ctx: Context, limit: AmountLimit) -> AmountLimitRow:
    """Put a limit in force from its first day on.

    Raises LimitNotOrdered, EverywhereForbidden, ValidityNotOrdered, ValidityOverlap, UnknownRegion.
    """
    if limit.ceiling_yuan is not None and limit.ceiling_yuan <= limit.floor_yuan:
        raise LimitNotOrdered(errors=[FieldError("amount_limit.not_above_floor", "/ceiling_yuan")])
    await demand_reach(ctx, limit.region_code)
    await lock_key(ctx.session, "amount_limit", f"{limit.kind}:{limit.region_code}")
    rows = await repository.amount_limits_of(ctx.session, limit.kind, limit.region_code)
    row = place(ctx, AmountLimitRow, rows, limit, value_of=repository.amount_limit_of)
    await ctx.session.flush()
    return row
