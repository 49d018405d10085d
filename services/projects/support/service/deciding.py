"""Deciding on applications: step by step by different people, returned, refused, heard again on appeal, closed."""

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.ledger.domain.people import Actor
from services.projects.ledger.service.funds import actor_of
from services.projects.registry.service.work_calendar import load_calendar
from services.projects.support.domain.application import (
    ApplicationStatus,
    Check,
    CheckCode,
    CheckOutcome,
    demand_amount,
    demand_checks,
    demand_reviewer,
    demand_status,
)
from services.projects.support.domain.policy import Step
from services.projects.support.errors import AppealNotOpen, ReviewFourEyes
from services.projects.support.service.applications import Application, as_reviewer, store_application
from services.projects.support.service.applying import begin_round, demand_single, judge_anew
from services.projects.support.service.budgets import release, reserve


def _step_of(application: Application) -> Step:
    return application.rules.steps[application.row.step]


def _demand_turn(ctx: Context, application: Application) -> Step:
    demand_status(application.status, (ApplicationStatus.IN_REVIEW,))
    step = _step_of(application)
    demand_reviewer(step, ctx.principal.role, actor_of(ctx), application.reviewers)
    return step


async def approve_step(
    ctx: Context, application: Application, approved_yuan: int | None, note: str
) -> Application:
    """One step further; the last one approves the amount and binds it in the budget of the year.

    Raises ApplicationStepRefused, ReviewerRefused, ReviewFourEyes, ChecksFailed, ChecksUnknown, InputsMismatch,
    ApprovedTooMuch, BudgetMissing, BudgetExceeded.
    """
    step = _demand_turn(ctx, application)
    row = application.row
    await judge_anew(ctx, application)
    demand_checks(_binding(application), note)
    row.reviewers = [*row.reviewers, as_reviewer(ctx, step.name)]
    if row.step + 1 < len(application.rules.steps):
        row.step += 1
        return await store_application(ctx, application, "step_approved", note)
    computed = row.computed_yuan or 0
    amount = min(computed, row.requested_yuan) if approved_yuan is None else approved_yuan
    demand_amount(amount, computed)
    row.status, row.approved_yuan = ApplicationStatus.APPROVED.value, amount
    row.decided_on, row.decision_reason = today_of(ctx), note
    await ctx.session.flush()
    if application.policy.budgeted:
        await reserve(ctx, application.policy, row.year, amount, row.id)
    return await store_application(ctx, application, "approved", note, action_yuan=amount)


def _binding(application: Application) -> list[Check]:
    """The stored checks but that of the budget, which the reservation itself makes."""
    checks = [
        Check(CheckCode(stored["code"]), CheckOutcome(stored["outcome"]), stored["facts"])
        for stored in application.row.checks
    ]
    return [check for check in checks if check.code is not CheckCode.BUDGET]


async def return_application(ctx: Context, application: Application, reason: str) -> Application:
    """Back to the applicant, who amends and submits it again.

    Raises ApplicationStepRefused, ReviewerRefused, ReviewFourEyes.
    """
    _demand_turn(ctx, application)
    application.row.status, application.row.decision_reason = ApplicationStatus.RETURNED.value, reason
    return await store_application(ctx, application, "returned", reason)


async def refuse_application(ctx: Context, application: Application, reason: str) -> Application:
    """Not supported, with the reason; it may be appealed against.

    Raises ApplicationStepRefused, ReviewerRefused, ReviewFourEyes, UnknownCalendarYear.
    """
    step = _demand_turn(ctx, application)
    row, today = application.row, today_of(ctx)
    row.reviewers = [*row.reviewers, as_reviewer(ctx, step.name)]
    row.status, row.decision_reason, row.decided_on = ApplicationStatus.REFUSED.value, reason, today
    if row.appealed_on is None:
        calendar = await load_calendar(ctx.session)
        row.appeal_until = calendar.add_working_days(today, application.policy.appeal_days)
    return await store_application(ctx, application, "refused", reason)


async def decide_appeal(ctx: Context, application: Application, *, upheld: bool, reason: str) -> Application:
    """Another person than those who refused: upheld, the review begins anew; rejected, the refusal is final.

    Raises ApplicationStepRefused, AppealNotOpen, ReviewFourEyes, ApplicationDouble, InputsMismatch.
    """
    demand_status(application.status, (ApplicationStatus.REFUSED,))
    row = application.row
    if row.appealed_on is None or row.appeal_reason is None:
        raise AppealNotOpen
    actor: Actor = actor_of(ctx)
    if any(actor.is_same(one) for one in application.reviewers):
        raise ReviewFourEyes(step="appeal")
    row.appeal_reason = None
    if not upheld:
        row.decision_reason = reason
        return await store_application(ctx, application, "appeal_rejected", reason)
    await demand_single(ctx, application)
    await begin_round(ctx, application, row.reviewers[:1])
    return await store_application(ctx, application, "appeal_upheld", reason)


async def close_application(ctx: Context, application: Application, reason: str) -> Application:
    """Nothing more is paid; what is still bound is free again. Raises ApplicationStepRefused."""
    demand_status(application.status, (ApplicationStatus.APPROVED,))
    row, left = application.row, application.unpaid_yuan
    row.status = ApplicationStatus.CLOSED.value
    await ctx.session.flush()
    if application.policy.budgeted and left:
        await release(ctx, application.policy, row.year, left, row.id, reason)
    return await store_application(ctx, application, "closed", reason, action_yuan=left)
