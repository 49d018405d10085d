"""SQL of policies and budgets."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.registry.repository import region_filter
from services.projects.support.domain.policy import Once, Paper, Policy, PolicyStatus, Step
from services.projects.support.domain.terms import AnyInputs, AnyTerms, Inputs, SupportKind, Terms
from services.projects.support.tables import BudgetEntryRow, BudgetRow, PolicyRow, SupportNumberRow

_TERMS: TypeAdapter[AnyTerms] = TypeAdapter(Terms)
_INPUTS: TypeAdapter[AnyInputs] = TypeAdapter(Inputs)
_PAPERS = TypeAdapter(tuple[Paper, ...])
_STEPS = TypeAdapter(tuple[Step, ...])

POLICIES = Listing(
    fields={
        "id": FilterField(col(PolicyRow.id), UUID),
        "code": FilterField(col(PolicyRow.code)),
        "name": FilterField(col(PolicyRow.name)),
        "kind": FilterField(col(PolicyRow.kind), SupportKind),
        "status": FilterField(col(PolicyRow.status), PolicyStatus),
        "region_code": region_filter(col(PolicyRow.region_code)),
        "valid_from": FilterField(col(PolicyRow.valid_from), date),
        "valid_to": FilterField(col(PolicyRow.valid_to), date),
    },
    sortable=("code", "name", "kind", "valid_from"),
    default_sort="code",
)
BUDGETS = Listing(
    fields={
        "id": FilterField(col(BudgetRow.id), UUID),
        "policy_id": FilterField(col(BudgetRow.policy_id), UUID),
        "kind": FilterField(col(PolicyRow.kind), SupportKind),
        "region_code": region_filter(col(PolicyRow.region_code)),
        "year": FilterField(col(BudgetRow.year), int),
        "amount_yuan": FilterField(col(BudgetRow.amount_yuan), int),
        "reserved_yuan": FilterField(col(BudgetRow.reserved_yuan), int),
        "paid_yuan": FilterField(col(BudgetRow.paid_yuan), int),
    },
    sortable=("year", "amount_yuan", "paid_yuan"),
    default_sort="-year",
)
ENTRIES = Listing(
    fields={
        "id": FilterField(col(BudgetEntryRow.id), UUID),
        "kind": FilterField(col(BudgetEntryRow.kind)),
        "application_id": FilterField(col(BudgetEntryRow.application_id), UUID),
        "amount_yuan": FilterField(col(BudgetEntryRow.amount_yuan), int),
    },
)


def terms_of(stored: Any) -> AnyTerms:
    return _TERMS.validate_python(stored)


def inputs_of(stored: Any) -> AnyInputs:
    return _INPUTS.validate_python(stored)


def stored_terms(terms: AnyTerms) -> Any:
    return _TERMS.dump_python(terms, mode="json")


def stored_inputs(inputs: AnyInputs) -> Any:
    return _INPUTS.dump_python(inputs, mode="json")


def policy_of(row: PolicyRow) -> Policy:
    return Policy(
        name=row.name,
        condition=row.condition,
        terms=terms_of(row.terms),
        papers=_PAPERS.validate_python(row.papers),
        steps=_STEPS.validate_python(row.steps),
        cap_yuan=row.cap_yuan,
        once=Once(row.once),
        budgeted=row.budgeted,
        vetoable=row.vetoable,
        appeal_days=row.appeal_days,
        source=row.source,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def policy_columns(policy: Policy) -> dict[str, Any]:
    return {
        "name": policy.name,
        "kind": policy.terms.kind,
        "condition": policy.condition,
        "terms": stored_terms(policy.terms),
        "papers": _PAPERS.dump_python(policy.papers, mode="json"),
        "steps": _STEPS.dump_python(policy.steps, mode="json"),
        "cap_yuan": policy.cap_yuan,
        "once": policy.once.value,
        "budgeted": policy.budgeted,
        "vetoable": policy.vetoable,
        "appeal_days": policy.appeal_days,
        "source": policy.source,
        "valid_from": policy.valid_from,
        "valid_to": policy.valid_to,
    }


async def find_policy(session: AsyncSession, policy_id: UUID, *, lock: bool = False) -> PolicyRow | None:
    statement = select(PolicyRow).where(col(PolicyRow.id) == policy_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def policy_by_code(session: AsyncSession, code: str) -> PolicyRow | None:
    return (await session.scalars(select(PolicyRow).where(col(PolicyRow.code) == code))).first()


def _policies(principal: Principal) -> Any:
    statement = select(PolicyRow).where(dated_scope(col(PolicyRow.region_code), principal))
    if principal.is_enterprise_bound:
        shown = [PolicyStatus.ADOPTED.value, PolicyStatus.ENDED.value]
        statement = statement.where(col(PolicyRow.status).in_(shown))
    return statement


async def list_policies(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[PolicyRow]:
    """Templates, policies of the caller's subtree and of the regions above; enterprises see those in force."""
    return await query.page(session, _policies(principal))


async def may_see(session: AsyncSession, principal: Principal, policy_id: UUID) -> bool:
    statement = _policies(principal).where(col(PolicyRow.id) == policy_id)
    return bool(await session.scalar(select(statement.exists())))


async def find_budget(
    session: AsyncSession, policy_id: UUID, year: int, *, lock: bool = False
) -> BudgetRow | None:
    statement = select(BudgetRow).where(col(BudgetRow.policy_id) == policy_id, col(BudgetRow.year) == year)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_budgets(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement: Any = (
        select(BudgetRow, PolicyRow)
        .join(PolicyRow, col(PolicyRow.id) == col(BudgetRow.policy_id))
        .where(dated_scope(col(PolicyRow.region_code), principal))
    )
    return await query.page(session, statement)


async def list_entries(session: AsyncSession, budget_id: UUID, query: ListQuery) -> Page[BudgetEntryRow]:
    return await query.page(session, select(BudgetEntryRow).where(col(BudgetEntryRow.budget_id) == budget_id))


async def next_code(session: AsyncSession, series: str, year: int) -> str:
    """The next number of the series, such as ``ZC-2026-00017``; others wait until this transaction ends."""
    statement = insert(SupportNumberRow).values(series=series, year=year, last=1)
    number = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=["series", "year"], set_={"last": col(SupportNumberRow.last) + 1}
        ).returning(col(SupportNumberRow.last))
    )
    return f"{series}-{year}-{number:05d}"
