"""The domain's ``share_of`` as SQL: for each measure who counts, with how much, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from libs.common.security.principal import Principal
from services.projects.ledger.domain.funds import ArrivalState
from services.projects.ledger.domain.stages import Milestone, ProjectKind, milestones_of
from services.projects.ledger.tables import (
    ContractActRow,
    FundsArrivalRow,
    InvestmentEntryRow,
    OutputEntryRow,
    ProjectPlanRow,
    ProjectRow,
)
from services.projects.rates.domain.facts import COUNTED_ACTS, trailing_year
from services.projects.rates.domain.measures import Basis, Measure, Rate, Unusable
from services.projects.rates.domain.question import PlanVersion, Question
from services.projects.rates.repository.cohort import cohort

_PRODUCING = [kind.value for kind in ProjectKind if Milestone.PRODUCTION in milestones_of(kind)]


@dataclass(frozen=True, slots=True)
class ShareColumns:
    """A measure's columns: ``counts`` is true for the denominator's projects, whose amounts are the other two.

    ``reason`` is the Unusable of a project that would count if more were known of it, else null.
    """

    counts: ColumnElement[bool]
    numerator: ColumnElement[Any]
    denominator: ColumnElement[Any]
    reason: ColumnElement[Any]


class Shares:
    """What the measures are computed from: ``source`` joins each project of the cohort with its facts."""

    def __init__(self, question: Question, principal: Principal) -> None:
        self.where = cohort(question, principal)
        self._as_of = question.as_of
        self._plan = question.plan
        self._year = trailing_year(question.as_of)
        # A subquery over all projects costs as much for a village as for a province: it gets the same cohort.
        self._is_narrow = question != Question(question.as_of, question.groups, question.plan) or (
            not principal.is_unbound or principal.is_enterprise_bound
        )
        self._start, self._production, self._capacity = (aliased(ProjectPlanRow) for _ in range(3))
        planned = "current_on" if question.plan is PlanVersion.CURRENT else "original_on"
        self.start_due_on = col(getattr(self._start, planned))
        self.started_on = col(self._start.actual_on)
        self.production_due_on = func.coalesce(
            col(getattr(self._production, planned)), col(getattr(self._capacity, planned))
        )
        self.in_production_on = col(self._production.actual_on)
        self._funds = self._funds_query()
        self._invested = self._invested_query()
        self._acts = self._acts_query()
        self._outputs = self._outputs_query()
        self.source = self._joined()

    def _joined(self) -> FromClause:
        source: Any = ProjectRow.__table__  # type: ignore[attr-defined]
        plans = (
            (self._start, Milestone.START),
            (self._production, Milestone.PRODUCTION),
            (self._capacity, Milestone.CAPACITY),
        )
        for plan, milestone in plans:
            here = and_(col(plan.project_id) == col(ProjectRow.id), col(plan.milestone) == milestone.value)
            source = source.outerjoin(plan, here)
        for facts in (self._funds, self._acts, self._invested, self._outputs):
            source = source.outerjoin(facts, facts.c.project_id == col(ProjectRow.id))
        joined: FromClause = source
        return joined

    def of(self, measure: Measure) -> ShareColumns:
        """The columns of one measure."""
        match measure.rate:
            case Rate.FULFILMENT:
                return _counted(self._is_act_due() if measure.basis is Basis.DUE else true(), self._is_act_done())
            case Rate.FUNDS_IN_PLACE:
                return self._funds_shares()
            case Rate.START:
                due = self._by(self.start_due_on) if measure.basis is Basis.DUE else true()
                return _counted(due, self._by(self.started_on))
            case Rate.COMMISSIONING:
                asked = [col(ProjectRow.kind).in_(_PRODUCING), self._by(self.started_on)]
                if measure.basis is Basis.DUE:
                    asked.append(self._by(self.production_due_on))
                return _counted(and_(*asked), self._by(self.in_production_on))
            case Rate.OUTPUT_TO_INPUT:
                return self._output_shares(measure.basis)

    def _by(self, day: Any) -> ColumnElement[bool]:
        # A day that is missing is by no day: as a condition null counts as false, and in "and" and "or" too.
        condition: ColumnElement[bool] = day <= self._as_of
        return condition

    def _is_act_done(self) -> ColumnElement[bool]:
        default = or_(self._by(self.started_on), self._funds.c.arrived.is_not(None))
        return case((self._acts.c.acts.is_(None), default), else_=self._acts.c.done)

    def _is_act_due(self) -> ColumnElement[bool]:
        return case((self._acts.c.acts.is_(None), self._by(self.start_due_on)), else_=self._acts.c.due)

    def _funds_shares(self) -> ShareColumns:
        amount: Any = col(ProjectRow.contract_amount_yuan)
        reason = case(
            (amount.is_(None), Unusable.CONTRACT_AMOUNT_MISSING.value),
            (amount == 0, Unusable.CONTRACT_AMOUNT_ZERO.value),
            else_=null(),
        )
        return ShareColumns(amount > 0, func.coalesce(self._funds.c.arrived, 0), amount, reason)

    def _output_shares(self, basis: Basis) -> ShareColumns:
        asked = and_(col(ProjectRow.kind).in_(_PRODUCING), self._by(self.in_production_on))
        invested, outputs = self._invested.c, self._outputs.c
        expected = self._expected_months()
        missing = [
            (invested.months.is_(None), Unusable.INVESTMENT_MISSING),
            (invested.total == 0, Unusable.INVESTMENT_ZERO),
            (expected == 0, Unusable.NO_FULL_MONTH),
            (func.coalesce(outputs.value_months, 0) < expected, Unusable.OUTPUT_MISSING),
        ]
        if basis is Basis.TAX:
            missing.append((func.coalesce(outputs.tax_months, 0) < expected, Unusable.TAX_MISSING))
        reason = case(
            (asked.is_not(True), null()),
            *((condition, cause.value) for condition, cause in missing),
            else_=null(),
        )
        numerator = outputs.value_yuan if basis is Basis.OUTPUT else outputs.tax_yuan
        return ShareColumns(and_(asked, reason.is_(None)), func.coalesce(numerator, 0), invested.total, reason)

    def _expected_months(self) -> ColumnElement[Any]:
        """How many of the trailing year's months began with the project in production."""
        months = list(self._year)
        # Binary search in an array: the expression stands a dozen times in the statement.
        begun_before = func.width_bucket(self.in_production_on - 1, cast(months, ARRAY(Date)), type_=Integer)
        return literal(len(months)) - begun_before

    def _of_cohort(self, statement: Any, project_id: Any) -> Any:
        if not self._is_narrow:
            return statement
        return statement.where(project_id.in_(select(col(ProjectRow.id)).where(*self.where)))

    def _funds_query(self) -> Any:
        """Verified money that arrived by the day."""
        project_id = col(FundsArrivalRow.project_id)
        statement: Any = (
            select(project_id.label("project_id"), func.sum(col(FundsArrivalRow.amount_yuan)).label("arrived"))
            .where(
                col(FundsArrivalRow.state) == ArrivalState.VERIFIED.value,
                col(FundsArrivalRow.on) <= self._as_of,
            )
            .group_by(project_id)
        )
        return self._of_cohort(statement, project_id).subquery()

    def _produced(self, rows: Any) -> Any:
        """Rows of projects that were in production by the day, with the day they began."""
        plan = aliased(ProjectPlanRow)
        here = and_(
            col(plan.project_id) == col(rows.project_id),
            col(plan.milestone) == Milestone.PRODUCTION.value,
            col(plan.actual_on) <= self._as_of,
        )
        return plan, here

    def _invested_query(self) -> Any:
        """Investment completed in full months by the day, of those in production."""
        project_id = col(InvestmentEntryRow.project_id)
        plan, here = self._produced(InvestmentEntryRow)
        statement: Any = (
            select(
                project_id.label("project_id"),
                func.sum(col(InvestmentEntryRow.amount_yuan)).label("total"),
                func.count().label("months"),
            )
            .join_from(InvestmentEntryRow, plan, here)
            .where(col(InvestmentEntryRow.month) < self._year.end)
            .group_by(project_id)
        )
        return self._of_cohort(statement, project_id).subquery()

    def _acts_query(self) -> Any:
        """Whether an act of the contract was due and done by the day; no row where it asks for none."""
        project_id = col(ContractActRow.project_id)
        is_current = self._plan is PlanVersion.CURRENT
        due_on = col(ContractActRow.due_on if is_current else ContractActRow.original_due_on)
        statement: Any = (
            select(
                project_id.label("project_id"),
                func.count().label("acts"),
                func.bool_or(self._by(due_on)).label("due"),
                func.bool_or(self._by(col(ContractActRow.done_on))).label("done"),
            )
            .where(col(ContractActRow.kind).in_([kind.value for kind in COUNTED_ACTS]))
            .group_by(project_id)
        )
        return self._of_cohort(statement, project_id).subquery()

    def _outputs_query(self) -> Any:
        """Output and tax of the trailing year from the month on in which production began.

        ``*_months`` count the full months of production whose value is known.
        """
        project_id, month = col(OutputEntryRow.project_id), col(OutputEntryRow.month)
        value, tax = col(OutputEntryRow.output_value_yuan), col(OutputEntryRow.tax_yuan)
        plan, here = self._produced(OutputEntryRow)
        # Months are first days: one that begins on or after the day is the first full one or a later one.
        began_on = col(plan.actual_on)
        is_full = month >= began_on
        statement: Any = (
            select(
                project_id.label("project_id"),
                func.count(value).filter(is_full).label("value_months"),
                func.count(tax).filter(is_full).label("tax_months"),
                func.sum(value).label("value_yuan"),
                func.sum(tax).label("tax_yuan"),
            )
            .join_from(OutputEntryRow, plan, here)
            .where(
                month >= self._year.first,
                month < self._year.end,
                or_(is_full, month + text("interval '1 month'") > began_on),
            )
            .group_by(project_id)
        )
        return self._of_cohort(statement, project_id).subquery()


def _counted(counts: ColumnElement[bool], achieved: ColumnElement[bool]) -> ShareColumns:
    one = literal(1)
    return ShareColumns(counts, case((achieved, 1), else_=0), one, null())
