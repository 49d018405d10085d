"""Answering for the five rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.listing import ListQuery
from libs.common.web.pagination import Page
from libs.common.web.problems import FieldError, MalformedRequest
from services.projects.rates import repository
from services.projects.rates.domain.figures import Figure, Key, Sums, rates_of
from services.projects.rates.domain.measures import MEASURES, Basis, Measure, Rate, Unusable
from services.projects.rates.domain.question import Question
from services.projects.rates.repository import Behind, Part

# Up to so many projects in the whole answer their ids stand in it; beyond, behind each figure's link.
IDS_INLINE = 500


@dataclass(frozen=True, slots=True)
class Ids:
    """The projects behind a figure."""

    numerator: Sequence[UUID]
    denominator: Sequence[UUID]
    unusable: Mapping[UUID, Unusable]


@dataclass(frozen=True, slots=True)
class Result:
    """One measure of one group; ``ids`` None where there are too many."""

    measure: Measure
    sums: Sums
    ids: Ids | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole, and the groups in order of their keys, those without a key last."""

    question: Question
    total: Sequence[Result]
    groups: Sequence[tuple[Key, Sequence[Result]]] = field(default_factory=tuple)


async def answer(ctx: Context, question: Question, bases: frozenset[Basis] = frozenset()) -> Answer:
    """All rates of the question, on some bases or (if none is named) on all. Raises MalformedRequest."""
    demand_past(ctx, question.as_of)
    wanted = tuple(measure for measure in MEASURES if not bases or measure.basis in bases)
    if await repository.cohort_within(ctx.session, question, ctx.principal, IDS_INLINE):
        return await _answer_with_ids(ctx, question, wanted)
    whole, groups = await repository.figures_of(ctx.session, question, ctx.principal)

    def results(sums: Mapping[Measure, Sums]) -> Sequence[Result]:
        return [Result(measure, sums[measure]) for measure in wanted]

    ordered = sorted(groups, key=_order)
    return Answer(question, results(whole), [(key, results(groups[key])) for key in ordered])


async def behind(ctx: Context, question: Question, measure: Measure, part: Part, query: ListQuery) -> Page[Behind]:
    """A page of the projects behind a figure. Raises MalformedRequest."""
    demand_past(ctx, question.as_of)
    return await repository.list_behind(ctx.session, question, measure, part, ctx.principal, query)


def measure_of(rate: Rate, basis: Basis | None) -> Measure:
    """The measure named; without a basis the rate's first. Raises MalformedRequest for a basis it lacks."""
    known = [measure for measure in MEASURES if measure.rate is rate]
    found = next((measure for measure in known if basis in {None, measure.basis}), None)
    if found is None:
        params = {"rate": rate, "known": [measure.basis.value for measure in known]}
        raise MalformedRequest(errors=[FieldError("rates.basis_unknown", parameter="basis", params=params)])
    return found


def demand_past(ctx: Context, as_of: date) -> None:
    """Raises MalformedRequest for a day that has not come: nobody knows its rates."""
    today = today_of(ctx)
    if as_of > today:
        params = {"as_of": as_of, "today": today}
        raise MalformedRequest(errors=[FieldError("rates.as_of_in_future", parameter="as_of", params=params)])


async def _answer_with_ids(ctx: Context, question: Question, wanted: Sequence[Measure]) -> Answer:
    facts = await repository.load_facts(ctx.session, question, ctx.principal)
    nothing = {measure: Figure() for measure in MEASURES}
    whole = rates_of(facts, question.as_of).get((), nothing)
    groups = rates_of(facts, question.as_of, question.groups) if question.groups.by else {}

    def results(figures: Mapping[Measure, Figure]) -> Sequence[Result]:
        return [_result(measure, figures[measure]) for measure in wanted]

    return Answer(question, results(whole), [(key, results(groups[key])) for key in sorted(groups, key=_order)])


def _result(measure: Measure, figure: Figure) -> Result:
    return Result(measure, figure.sums, Ids(figure.numerator_ids, figure.denominator_ids, figure.unusable))


def _order(key: Key) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None, part or "") for part in key)
