"""Opening and clearing of the condition ``check_missed``."""

from libs.common.context import Context
from libs.common.contracts.projects import Stage
from libs.common.local_time import today_of
from libs.common.workdays import WorkCalendar
from services.projects.cadences.domain.check import MISSED, cleared_because, missed_finding
from services.projects.cadences.repository.checks import check_of
from services.projects.cadences.tables import CheckRow
from services.projects.conditions.domain.condition import Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.ledger.tables import ProjectRow

JUDGED = frozenset({MISSED})


def code_of(row: CheckRow, project: ProjectRow) -> str:
    """The check's code: its project's, its level's and its period's."""
    return f"{project.code}/{row.regime_code}/{row.level_code}/{row.period}"


async def settle_check(
    ctx: Context, row: CheckRow, project: ProjectRow, calendar: WorkCalendar, *, may_open: bool
) -> Outcome:
    """Bring the check's condition in line with it; the caller holds its lock. Steps only clear, the scan opens."""
    if not may_open and not await open_conditions(ctx.session, JUDGED, [row.id]):
        return Outcome(1)
    check, stage = check_of(row), Stage(project.stage)
    found = missed_finding(check, stage, calendar, today_of(ctx))
    subject = Subject(
        type="check",
        id=row.id,
        code=code_of(row, project),
        name=f"{row.level_name} {check.period.name_zh}",
        region_code=project.region_code,
        project_id=project.id,
        project_code=project.code,
        project_name=project.name,
        enterprise_id=project.enterprise_id,
        responsible_person_id=row.owner_person_id,
        responsible_unit_id=row.owner_unit_id,
    )
    return await settle(
        ctx,
        subject,
        [] if found is None else [found],
        judged=JUDGED,
        reason=lambda _: cleared_because(check, stage),
        may_open=may_open,
    )
