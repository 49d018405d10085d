"""Budgets by policy and year: every movement locks the row, and the database refuses what overspends it."""

from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.registry.repository import lock_key
from services.projects.support.errors import BudgetExceeded, BudgetMissing, BudgetTooSmall, PolicyHasNoBudget
from services.projects.support.repository import policies as repository
from services.projects.support.tables import BudgetEntryRow, BudgetRow, PolicyRow


def left_yuan(row: BudgetRow) -> int:
    return row.amount_yuan - row.reserved_yuan - row.paid_yuan


async def open_budget(ctx: Context, policy: PolicyRow, year: int) -> BudgetRow | None:
    """The budget, locked, or None; who sets a new one waits for who does so too. Raises PolicyHasNoBudget."""
    if not policy.budgeted:
        raise PolicyHasNoBudget
    await lock_key(ctx.session, "support_budget", f"{policy.id}:{year}")
    return await repository.find_budget(ctx.session, policy.id, year, lock=True)


async def put_budget(
    ctx: Context, policy: PolicyRow, year: int, row: BudgetRow | None, amount_yuan: int, note: str
) -> BudgetRow:
    """Set a budget that :func:`open_budget` has opened. Raises BudgetTooSmall."""
    if row is None:
        row = BudgetRow(
            id=ctx.new_id(),
            policy_id=policy.id,
            year=year,
            amount_yuan=0,
            reserved_yuan=0,
            paid_yuan=0,
            version=0,
            updated_at=ctx.now,
        )
        ctx.session.add(row)
    elif row.amount_yuan == amount_yuan:
        return row
    bound = row.reserved_yuan + row.paid_yuan
    if amount_yuan < bound:
        fault = FieldError("support.budget_too_small", "/amount_yuan")
        raise BudgetTooSmall(amount_yuan=amount_yuan, bound_yuan=bound, errors=[fault])
    difference, row.amount_yuan = amount_yuan - row.amount_yuan, amount_yuan
    await _move(ctx, row, "set", difference, None, note)
    return row


async def reserve(ctx: Context, policy: PolicyRow, year: int, amount_yuan: int, application_id: UUID) -> None:
    """Bind an approved amount. Raises BudgetMissing, BudgetExceeded."""
    row = await _locked(ctx, policy.id, year)
    if amount_yuan > left_yuan(row):
        raise BudgetExceeded(year=year, wanted_yuan=amount_yuan, left_yuan=left_yuan(row))
    row.reserved_yuan += amount_yuan
    await _move(ctx, row, "reserved", amount_yuan, application_id, "")


async def release(
    ctx: Context, policy: PolicyRow, year: int, amount_yuan: int, application_id: UUID, note: str
) -> None:
    """What was bound and will not be paid is free again. Raises BudgetMissing."""
    row = await _locked(ctx, policy.id, year)
    row.reserved_yuan -= amount_yuan
    await _move(ctx, row, "released", amount_yuan, application_id, note)


async def pay(
    ctx: Context, policy: PolicyRow, year: int, amount_yuan: int, application_id: UUID, note: str
) -> None:
    """What was bound is paid. Raises BudgetMissing."""
    row = await _locked(ctx, policy.id, year)
    row.reserved_yuan -= amount_yuan
    row.paid_yuan += amount_yuan
    await _move(ctx, row, "paid", amount_yuan, application_id, note)


async def take_back(
    ctx: Context, policy: PolicyRow, year: int, amount_yuan: int, application_id: UUID, note: str
) -> None:
    """What was paid has come back: the budget has it again. Raises BudgetMissing."""
    row = await _locked(ctx, policy.id, year)
    row.paid_yuan -= amount_yuan
    await _move(ctx, row, "repaid", amount_yuan, application_id, note)


async def _locked(ctx: Context, policy_id: UUID, year: int) -> BudgetRow:
    row = await repository.find_budget(ctx.session, policy_id, year, lock=True)
    if row is None:
        raise BudgetMissing(year=year)
    return row


async def _move(
    ctx: Context, row: BudgetRow, kind: str, amount_yuan: int, application_id: UUID | None, note: str
) -> None:
    row.advance(ctx.now)
    # A new budget is there before its first entry.
    await ctx.session.flush()
    ctx.session.add(
        BudgetEntryRow(
            id=ctx.new_id(),
            budget_id=row.id,
            kind=kind,
            amount_yuan=amount_yuan,
            application_id=application_id,
            note=note,
            at=ctx.now,
            by=ctx.principal.subject,
        )
    )
    await ctx.session.flush()
