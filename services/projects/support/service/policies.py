"""Policies: drafted, taken over from a template, adopted, ended."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.lists.domain.facts import INDICATORS, check
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region
from services.projects.support.domain.policy import APPLICATION, Policy, PolicyStatus, demand_sound
from services.projects.support.domain.terms import AnyTerms, FeeTerms, term_faults
from services.projects.support.errors import PolicyCodeTaken, PolicyNotDraft, PolicyNotInForce, PolicyNotTemplate
from services.projects.support.repository import policies as repository
from services.projects.support.tables import PolicyRow

FIGURES = frozenset(INDICATORS)


async def create_policy(
    ctx: Context, code: str, region_code: str, policy: Policy, *, template_code: str | None = None
) -> PolicyRow:
    """A draft. Raises PolicyCodeTaken, TermsMalformed, ConditionMalformed, PolicyNotOrdered, UnknownRegion."""
    await demand_region(ctx, region_code)
    await lock_key(ctx.session, "support_policy", code)
    if await repository.policy_by_code(ctx.session, code) is not None:
        raise PolicyCodeTaken(policy_code=code, errors=[FieldError("entry.exists", "/code")])
    _demand_sound(policy, adopted=False)
    row = PolicyRow(
        id=ctx.new_id(),
        code=code,
        status=PolicyStatus.DRAFT.value,
        region_code=region_code,
        template_code=template_code,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
        **repository.policy_columns(policy),
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def take_over(
    ctx: Context, template: PolicyRow, code: str, region_code: str, valid_from: date, terms: AnyTerms | None
) -> PolicyRow:
    """A draft in a region from a template, with terms of its own where the template leaves them open.

    Raises PolicyNotTemplate and as :func:`create_policy`.
    """
    if template.status != PolicyStatus.TEMPLATE.value:
        raise PolicyNotTemplate(status=template.status)
    policy = replace(repository.policy_of(template), valid_from=valid_from, valid_to=None)
    if terms is not None:
        policy = replace(policy, terms=_keeping_promise(policy.terms, terms))
    return await create_policy(ctx, code, region_code, policy, template_code=template.code)


async def read_policy(ctx: Context, policy_id: UUID) -> PolicyRow:
    """Raises NotFound."""
    row = await repository.find_policy(ctx.session, policy_id)
    if row is None or not await repository.may_see(ctx.session, ctx.principal, policy_id):
        raise NotFound
    return row


async def open_policy(ctx: Context, policy_id: UUID) -> PolicyRow:
    """The policy, locked, to be changed. Raises NotFound, also for templates: they are nobody's to change."""
    row = await repository.find_policy(ctx.session, policy_id, lock=True)
    if row is None or row.region_code is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def amend_policy(ctx: Context, row: PolicyRow, policy: Policy) -> PolicyRow:
    """State a locked draft anew. Raises PolicyNotDraft, TermsMalformed, ConditionMalformed, PolicyNotOrdered."""
    _demand_draft(row)
    policy = replace(policy, terms=_keeping_promise(repository.terms_of(row.terms), policy.terms))
    _demand_sound(policy, adopted=False)
    changed = {
        name: value for name, value in repository.policy_columns(policy).items() if getattr(row, name) != value
    }
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    return await _store(ctx, row)


async def adopt_policy(ctx: Context, row: PolicyRow) -> PolicyRow:
    """From now on it may be applied for, while it holds; nothing of it is changed any more.

    Raises PolicyNotDraft, TermsMalformed where the terms are not complete.
    """
    _demand_draft(row)
    _demand_sound(repository.policy_of(row), adopted=True)
    row.status, row.adopted_at, row.adopted_by = PolicyStatus.ADOPTED.value, ctx.now, ctx.principal.subject
    return await _store(ctx, row)


async def end_policy(ctx: Context, row: PolicyRow, valid_to: date) -> PolicyRow:
    """It holds until the day before. What was applied for goes on. Raises PolicyNotInForce, PolicyNotOrdered."""
    if row.status != PolicyStatus.ADOPTED.value:
        raise PolicyNotInForce(status=row.status)
    demand_sound(replace(repository.policy_of(row), valid_to=valid_to), [])
    row.valid_to, row.status = valid_to, PolicyStatus.ENDED.value
    return await _store(ctx, row)


async def _store(ctx: Context, row: PolicyRow) -> PolicyRow:
    row.advance(ctx.now)
    await ctx.session.flush()
    return row


def _keeping_promise(before: AnyTerms, terms: AnyTerms) -> AnyTerms:
    """How many fees of each treatment a template promises stays said, whatever is named."""
    if isinstance(before, FeeTerms) and isinstance(terms, FeeTerms) and terms.expected is None:
        return replace(terms, expected=before.expected)
    return terms


def _demand_draft(row: PolicyRow) -> None:
    if row.status != PolicyStatus.DRAFT.value:
        raise PolicyNotDraft(status=row.status)


def _demand_sound(policy: Policy, *, adopted: bool) -> None:
    check(policy.condition, APPLICATION, "/condition")
    demand_sound(policy, term_faults(policy.terms, FIGURES, adopted=adopted))
