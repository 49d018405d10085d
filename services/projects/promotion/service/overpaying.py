"""Awards granted for funds that are gone: somebody has to claim them back."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlmodel import col

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.conditions.domain.condition import Finding, Outcome
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.conditions.tables import ConditionRow
from services.projects.ledger.domain.project import Project
from services.projects.ledger.repository import find_project, load_project
from services.projects.ledger.service.subject import subject_of
from services.projects.ledger.tables import ProjectRow
from services.projects.promotion.repository import rewards as repository
from services.projects.promotion.service.rewarding import RewardStatement, state_rewards

KIND = "award_overpaid"
JUDGED = frozenset({KIND})


async def scan_awards(ctx: Context) -> Outcome:
    """Compare what was granted with what is due; only projects with news are locked and judged again."""
    known = await open_conditions(ctx.session, JUDGED)
    ids = sorted({*await repository.granted_project_ids(ctx.session), *known})
    statements = {one.project.id: one for one in await _statements(ctx, ids)}
    outcome = Outcome()
    for project_id in ids:
        found = await _find(ctx, statements.get(project_id))
        if bool(found) == (project_id in known):
            outcome += Outcome(subjects=1)
            continue
        outcome += await _settle(ctx, project_id, may_open=True)
    return outcome


async def settle_project_awards(ctx: Context, project_id: UUID) -> None:
    """Clear the project's condition if it is open and what was granted is due again or claimed back."""
    if await open_conditions(ctx.session, JUDGED, [project_id]):
        await _settle(ctx, project_id, may_open=False)


async def watch_project(ctx: Context, project: Project) -> None:
    """For the ledger: funds that were verified may end the condition."""
    await watch_projects(ctx, [project])


async def watch_projects(ctx: Context, projects: Sequence[Project]) -> None:
    """:func:`watch_project` for many: those without an open condition cost one query together."""
    known = await open_conditions(ctx.session, JUDGED, [project.id for project in projects])
    for project in projects:
        if project.id in known:
            await _settle(ctx, project.id, may_open=False)


async def _settle(ctx: Context, project_id: UUID, *, may_open: bool) -> Outcome:
    row = await find_project(ctx.session, project_id, lock=True)
    assert row is not None, "projects are never deleted"
    statements = await _statements(ctx, [project_id])
    found = await _find(ctx, statements[0] if statements else None)

    def reason(_row: ConditionRow) -> str:
        return "settled"

    subject = subject_of(await load_project(ctx.session, row))
    return await settle(ctx, subject, found, judged=JUDGED, reason=reason, may_open=may_open)


async def _statements(ctx: Context, ids: Iterable[UUID]) -> list[RewardStatement]:
    projects = await repository.promoted_projects(ctx.session, ctx.principal, col(ProjectRow.id).in_(list(ids)))
    return await state_rewards(ctx, projects, today_of(ctx))


async def _find(ctx: Context, statement: RewardStatement | None) -> tuple[Finding, ...]:
    if statement is None:
        return ()
    granted = await repository.granted(ctx.session, statement.project.id)
    due = sum(statement.entitled.values())
    since = await repository.last_granted_on(ctx.session, statement.project.id)
    if granted <= due or since is None:
        return ()
    days = (today_of(ctx) - since).days
    zh = f"招商奖励已批 {granted} 元，按到位资金应奖 {due} 元，多奖 {granted - due} 元，应予追回"
    en = f"rewards of {granted} yuan were granted and {due} are due: {granted - due} are to be claimed back"
    return (Finding(KIND, since, days, 0, 1, explanation_zh=zh, explanation_en=en),)
