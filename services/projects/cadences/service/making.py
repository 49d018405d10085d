"""Making the checks of periods that have ended: one a project and period, once, however often it is tried."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.projects import CheckDueV1
from libs.common.local_time import today_of
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.projects.cadences.domain.check import CheckStatus
from services.projects.cadences.domain.periods import ended_between
from services.projects.cadences.domain.regimes import Level, OwnerRule, Regime, narrower
from services.projects.cadences.repository import checks as checks_repository
from services.projects.cadences.repository import regimes as repository
from services.projects.cadences.repository.regimes import Enacted, Holder
from services.projects.cadences.service.checks import record_step
from services.projects.cadences.tables import CadenceRoundRow, CheckRow
from services.projects.leadership.repository import standings
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.domain.periods import Period
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import columns_of
from services.projects.registry.service.work_calendar import load_calendar

log = structlog.get_logger(__name__)

_BATCH = 1000
# Who owes a project's report: a person, a unit, both or nobody known.
Owner = tuple[UUID | None, UUID | None]


@dataclass(frozen=True, slots=True)
class Made:
    """How many rounds and checks came into being."""

    rounds: int = 0
    checks: int = 0

    def __add__(self, other: "Made") -> "Made":
        return Made(self.rounds + other.rounds, self.checks + other.checks)


async def make_checks(ctx: Context) -> Made:
    """Make the checks of all periods that have ended and lack them; safe to run twice, at once and after downtime.

    A round whose due day lies in a year that is not announced waits for the year and is named in the log.
    """
    # One maker at a time: the second finds the rounds of the first.
    await lock_key(ctx.session, "cadence_rounds", "make")
    enacted, today = await repository.enacted_regimes(ctx.session), today_of(ctx)
    done = await repository.made_rounds(ctx.session, {one.regime.code for one in enacted})
    regimes = [one.regime for one in enacted]
    calendar = await load_calendar(ctx.session)
    made = Made()
    for one in enacted:
        regime = one.regime
        for level in regime.levels:
            for period in ended_between(level.period, max(regime.valid_from, one.created_on), today):
                key = (regime.code, regime.region_code, level.code, period.code)
                if not regime.holds_on(period.last) or key in done:
                    continue
                made += await _make_round(ctx, one, level, period, regimes, calendar)
    return made


async def _make_round(
    ctx: Context,
    enacted: Enacted,
    level: Level,
    period: Period,
    regimes: Sequence[Regime],
    calendar: WorkCalendar,
) -> Made:
    regime = enacted.regime
    try:
        due_on = level.due_on(period, calendar)
    except UnknownCalendarYear as error:
        log.error("cadences.calendar_unknown", regime=regime.code, period=period.code, **error.params)
        return Made()
    row = CadenceRoundRow(
        id=ctx.new_id(),
        regime_id=enacted.id,
        regime_code=regime.code,
        region_code=regime.region_code,
        level_code=level.code,
        period=period.code,
        first_on=period.first,
        last_on=period.last,
        due_on=due_on,
        checks=0,
        made_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    elsewhere = narrower(regime, regimes, period.last)
    async for projects in repository.reporting_projects(ctx.session, regime, elsewhere, period, size=_BATCH):
        row.checks += await _make_of(ctx, row, level, period, projects)
    return Made(1, row.checks)


async def _make_of(
    ctx: Context, made: CadenceRoundRow, level: Level, period: Period, projects: Sequence[ProjectRow]
) -> int:
    ids = [project.id for project in projects]
    known = await checks_repository.checked_projects(ctx.session, made.regime_code, level.code, period.code, ids)
    owner_of = await _owners(ctx, level, ids)
    terms = columns_of(level)
    rows = []
    for project in projects:
        if project.id in known:
            continue
        person_id, unit_id = owner_of(project)
        row = CheckRow(
            id=ctx.new_id(),
            round_id=made.id,
            project_id=project.id,
            regime_code=made.regime_code,
            level_code=level.code,
            level_name=level.name,
            period_kind=period.kind.value,
            period=period.code,
            first_on=period.first,
            last_on=period.last,
            terms=terms,
            owner_person_id=person_id,
            owner_unit_id=unit_id,
            original_due_on=made.due_on,
            due_on=made.due_on,
            status=CheckStatus.DUE.value,
            submissions=0,
            late=False,
            reason="",
            created_at=ctx.now,
            version=1,
            updated_at=ctx.now,
        )
        rows.append((row, project))
    ctx.session.add_all(row for row, _ in rows)
    for row, project in rows:
        await record_step(ctx, row, project, lambda facts: CheckDueV1(**facts), "due")
    return len(rows)


async def _owners(ctx: Context, level: Level, ids: Sequence[UUID]) -> Callable[[ProjectRow], Owner]:
    """Who owes the reports of a level. Where nobody is found by its rule the project's responsible ones answer."""
    match level.owner:
        case OwnerRule.LEAD_OFFICIAL:
            leads = {
                project.id: standing.lead_person_id
                for project, standing in await standings(ctx.session, today_of(ctx), ids)
            }
            return lambda project: (leads.get(project.id) or project.responsible_person_id, _unit(project))
        case OwnerRule.POST_IN_REGION:
            assert level.post is not None, "see check_regime"
            holders = await repository.holders_of(ctx.session, level.post.value)
            return lambda project: _at_post(project, holders)
        case OwnerRule.RESPONSIBLE_UNIT:
            return lambda project: (None if _unit(project) else project.responsible_person_id, _unit(project))
        case OwnerRule.RESPONSIBLE_PERSON:
            return lambda project: (project.responsible_person_id, _unit(project))


def _unit(project: ProjectRow) -> UUID | None:
    return project.responsible_unit_id


def _at_post(project: ProjectRow, holders: dict[str, Holder]) -> Owner:
    """Whoever holds the post in the project's region, else in the nearest above."""
    holder = nearest((project.region_code, *regions.ancestors(project.region_code)), holders)
    if holder is None:
        return project.responsible_person_id, project.responsible_unit_id
    return holder.person_id, holder.unit_id


def nearest(codes: Iterable[str], holders: dict[str, Holder]) -> Holder | None:
    return next((holders[code] for code in codes if code in holders), None)
