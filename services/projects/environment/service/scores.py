"""The base of the departments' score."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.environment.domain.quiet_days import days_between
from services.projects.environment.domain.scores import UnitScore, score_units
from services.projects.environment.repository import scores as repository


@dataclass(frozen=True, slots=True)
class NamedScore:
    score: UnitScore
    unit_code: str
    unit_name: str


async def unit_scores(ctx: Context, first: date, last: date, unit_id: UUID | None) -> list[NamedScore]:
    """What units did in the period, as far as the caller's region reaches. Raises PeriodTooLong."""
    days_between(first, last)
    session, principal = ctx.session, ctx.principal
    scores = score_units(
        inspections=await repository.filed_inspections(session, principal, first, last),
        unfiled=await repository.unfiled_reports(session, principal, first, last),
        handled=await repository.handled_rounds(session, principal, first, last),
        items=await repository.done_items(session, principal, first, last),
        first=first,
        last=last,
        today=today_of(ctx),
    )
    wanted = [score for score in scores if unit_id in {None, score.unit_id}]
    names = await repository.unit_names(session, [score.unit_id for score in wanted])
    return [NamedScore(score, *names[score.unit_id]) for score in wanted]
