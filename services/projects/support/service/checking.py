"""What an application is due, and the checks that it passes or not, each with its figures."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from libs.common import regions
from libs.common.context import Context
from libs.common.expressions.checked import names
from libs.common.local_time import today_of
from libs.common.validity import holds_on
from services.projects.ledger.repository import find_project
from services.projects.lists.domain.facts import EntryVerdict, Fact, Judgement, judge
from services.projects.lists.service.facts import facts_of
from services.projects.lists.service.vetoes import vetoes_of
from services.projects.support.domain.application import Check, CheckCode, CheckOutcome, passed_if
from services.projects.support.domain.computation import Computation, compute
from services.projects.support.domain.policy import APPLICATION, PolicyStatus
from services.projects.support.domain.terms import AnyTerms, RewardTerms
from services.projects.support.repository import applications as repository
from services.projects.support.repository.policies import find_budget, inputs_of, terms_of
from services.projects.support.service.applications import Application
from services.projects.support.service.budgets import left_yuan

_OUTCOMES = {
    EntryVerdict.MET: CheckOutcome.PASSED,
    EntryVerdict.NOT_MET: CheckOutcome.FAILED,
    EntryVerdict.UNKNOWN: CheckOutcome.UNKNOWN,
}


def figures_month(year: int) -> date:
    """Support of a year goes by the figures of the year before."""
    return date(year - 1, 12, 1)


async def recompute(ctx: Context, application: Application) -> Computation:
    """What it is due by its own terms and inputs. Raises InputsMismatch."""
    row = application.row
    terms = terms_of(application.policy.terms if row.terms is None else row.terms)
    figures = await _figures(ctx, application, terms)
    return compute(terms, inputs_of(row.inputs), figures, application.policy.cap_yuan)


def stored_computation(computation: Computation) -> dict[str, Any]:
    stored: dict[str, Any] = to_jsonable_python(asdict(computation))
    return stored


async def run_checks(ctx: Context, application: Application, computation: Computation) -> tuple[Check, ...]:
    """All checks of an application as things stand now."""
    row, policy = application.row, application.policy
    today = today_of(ctx)
    applied_on = row.submitted_on or today
    adopted = policy.status in (PolicyStatus.ADOPTED.value, PolicyStatus.ENDED.value)
    here = application.enterprise.region_code
    assert policy.region_code is not None, "nobody applies under a template"
    return (
        passed_if(
            CheckCode.IN_FORCE,
            adopted and holds_on(policy, applied_on),
            on=applied_on,
            valid_from=policy.valid_from,
            valid_to=policy.valid_to,
        ),
        passed_if(CheckCode.REGION, regions.contains(policy.region_code, here), region_code=here),
        _condition_check(await judge_application(ctx, application)),
        await _papers_check(ctx, application),
        passed_if(
            CheckCode.AMOUNT,
            computation.amount_yuan > 0,
            computed_yuan=computation.amount_yuan,
            requested_yuan=row.requested_yuan,
            capped=computation.capped,
        ),
        await _veto_check(ctx, application, today),
        await _budget_check(ctx, application, computation.amount_yuan),
    )


async def judge_application(ctx: Context, application: Application) -> Judgement:
    """How the enterprise, its project and what it asks for meet the policy's condition."""
    condition = application.policy.condition
    if not condition:
        return judge(condition, APPLICATION, {})
    row, wanted = application.row, names(condition, APPLICATION)
    found = await facts_of(
        ctx.session, [application.enterprise], wanted, figures_month(row.year), row.submitted_on or today_of(ctx)
    )
    facts = dict(found[row.enterprise_id])
    facts["requested_yuan"] = Fact(row.requested_yuan)
    facts |= await _project_facts(ctx, row.project_id)
    return judge(condition, APPLICATION, facts)


async def _project_facts(ctx: Context, project_id: UUID | None) -> dict[str, Fact]:
    project = None if project_id is None else await find_project(ctx.session, project_id)
    if project is None:
        return {}
    return {
        "project_kind": Fact(project.kind),
        "project_stage": Fact(project.stage),
        "project_investment_yuan": Fact(project.total_investment_yuan),
    }


async def _figures(ctx: Context, application: Application, terms: AnyTerms) -> dict[str, Decimal]:
    if not isinstance(terms, RewardTerms):
        return {}
    row = application.row
    wanted = frozenset({terms.figure})
    found = await facts_of(ctx.session, [application.enterprise], wanted, figures_month(row.year), today_of(ctx))
    fact = found[row.enterprise_id].get(terms.figure)
    value = None if fact is None else fact.value
    return {terms.figure: value} if isinstance(value, Decimal) else {}


def _condition_check(judgement: Judgement) -> Check:
    facts = {"facts": dict(judgement.facts), "missing": dict(judgement.missing)}
    return Check(CheckCode.CONDITION, _OUTCOMES[judgement.verdict], facts)


async def _papers_check(ctx: Context, application: Application) -> Check:
    standing = await repository.documents_of(ctx.session, application.row.id)
    brought = {
        paper["code"]
        for paper in application.row.papers
        if paper["reference"] or (paper["document_id"] is not None and UUID(paper["document_id"]) in standing)
    }
    lacking = [paper.name for paper in application.rules.papers if paper.required and paper.code not in brought]
    return passed_if(CheckCode.PAPERS, not lacking, lacking=lacking)


async def _veto_check(ctx: Context, application: Application, today: date) -> Check:
    if not application.policy.vetoable:
        return Check(CheckCode.VETOES, CheckOutcome.PASSED)
    enterprise_id = application.row.enterprise_id
    standing = (await vetoes_of(ctx, [enterprise_id], today, today)).get(enterprise_id, [])
    vetoes = [{"id": veto.id, "ground": veto.ground, "explanation_zh": veto.explanation_zh} for veto in standing]
    return passed_if(CheckCode.VETOES, not vetoes, vetoes=vetoes)


async def _budget_check(ctx: Context, application: Application, amount_yuan: int) -> Check:
    """A word on the budget as it is now: what binds is the reservation at the approval."""
    policy, row = application.policy, application.row
    if not policy.budgeted or row.approved_yuan is not None:
        return Check(CheckCode.BUDGET, CheckOutcome.PASSED)
    budget = await find_budget(ctx.session, policy.id, row.year)
    if budget is None:
        return Check(CheckCode.BUDGET, CheckOutcome.FAILED, {"year": row.year, "left_yuan": None})
    left = left_yuan(budget)
    return passed_if(CheckCode.BUDGET, amount_yuan <= left, year=row.year, left_yuan=left)
