"""A contest's quarter by the figures of now, and under other weights."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import problems
from services.projects.contest.domain.participants import Quarter
from services.projects.contest.errors import RuleMissing, SchemeMissing, SchemeUnsound
from services.projects.contest.schemas.standings import (
    LiveRead,
    ParticipantFacts,
    PlaceRead,
    SimulatedPlace,
    SimulationCreate,
    SimulationRead,
)
from services.projects.contest.schemas.types import Quarter as QuarterNumber
from services.projects.contest.service import trying as service
from services.projects.contest.service.all_sources import SOURCES
from services.projects.contest.service.contests import own_contest
from services.projects.lists.routes.answers import OFFICES, WRITERS, new_router

router = new_router("contests")


@router.get(
    "/contests/{contest_id}/live-standing",
    response_model=LiveRead,
    responses=problems(SchemeMissing, RuleMissing),
    dependencies=[require(*OFFICES)],
)
async def read_live_standing(
    contest_id: UUID, ctx: ContextDep, quarter: Annotated[QuarterNumber, Query()]
) -> Response:
    """How the quarter stands by what is known now (月监测), for who leads the contest; nothing is frozen."""
    contest = await own_contest(ctx, contest_id)
    found = await service.preview(ctx, SOURCES, contest, Quarter(contest.year, quarter))
    shown = LiveRead(
        contest_id=contest.id,
        year=contest.year,
        quarter=quarter,
        through=found.gathered.through_on,
        scheme_revision=found.scheme.revision,
        places=[PlaceRead.of(entry, detailed=True) for entry in found.entries],
    )
    return Response(shown.model_dump_json(), media_type="application/json")


@router.get(
    "/contests/{contest_id}/live-standing/participants/{participant_id}/rows",
    response_model=ParticipantFacts,
    responses=problems(SchemeMissing, RuleMissing),
    dependencies=[require(*OFFICES)],
)
async def read_live_rows(
    contest_id: UUID, participant_id: UUID, ctx: ContextDep, quarter: Annotated[QuarterNumber, Query()]
) -> Any:
    """The facts behind a participant's figures of now, by component."""
    contest = await own_contest(ctx, contest_id)
    rows = await service.rows_now(ctx, SOURCES, contest, Quarter(contest.year, quarter), participant_id)
    return ParticipantFacts.of_now(rows)


@router.post(
    "/contests/{contest_id}/simulations",
    response_model=SimulationRead,
    responses=problems(SchemeUnsound, SchemeMissing, RuleMissing),
    dependencies=[require(*WRITERS)],
)
async def simulate(contest_id: UUID, body: SimulationCreate, ctx: ContextDep) -> Response:
    """Who would stand where under other weights, beside where they stand. Nothing is written."""
    contest = await own_contest(ctx, contest_id)
    quarter = Quarter(contest.year, body.quarter)
    moved = await service.simulate(ctx, SOURCES, contest, quarter, body.tried(), body.edition)
    shown = SimulationRead(
        quarter=body.quarter, edition=body.edition, places=[SimulatedPlace.of(one) for one in moved]
    )
    return Response(shown.model_dump_json(), media_type="application/json")
