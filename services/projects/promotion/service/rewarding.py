"""What a project's introducers are due: funds, the rule promised at its signing, shares, and what was awarded."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from services.projects.ledger.domain.project import Channel
from services.projects.ledger.repository import verified_funds
from services.projects.ledger.tables import ProjectRow
from services.projects.promotion.domain import rewards
from services.projects.promotion.domain.investors import origin_of
from services.projects.promotion.domain.rewards import Introducer, Introduction, RewardRule
from services.projects.promotion.repository import rewards as repository
from services.projects.promotion.tables import InvestorRow, ProjectPromotionRow

Promoted = tuple[ProjectPromotionRow, ProjectRow, InvestorRow | None]


@dataclass(frozen=True, slots=True)
class RewardStatement:
    """What a project's introducers are due on a day. ``rule`` None: nothing was promised when it was signed."""

    project: ProjectRow
    as_of: date
    funds_yuan: int | None
    rule_id: UUID | None
    rule: RewardRule | None
    reward_yuan: int
    shares: dict[Introducer, int]
    entitled: dict[Introducer, int]
    awarded: dict[Introducer, int]
    due: dict[Introducer, int]


async def state_rewards(ctx: Context, projects: list[Promoted], day: date) -> list[RewardStatement]:
    """The statements of several projects, in their order."""
    ids = [project.id for _, project, _ in projects]
    funds = await verified_funds(ctx.session, ids, day)
    awarded = await repository.awarded(ctx.session, ids)
    rules = await repository.all_reward_rules(ctx.session)
    introductions: dict[UUID, list[Introduction]] = {}
    for row in await repository.current_introductions(ctx.session, project_ids=ids):
        assert row.project_id is not None
        introductions.setdefault(row.project_id, []).append(repository.introduction_of(row))
    return [
        _statement(
            project,
            investor,
            introductions.get(project.id, []),
            funds.get(project.id),
            awarded.get(project.id, {}),
            rules,
            day,
        )
        for _, project, investor in projects
    ]


def _statement(
    project: ProjectRow,
    investor: InvestorRow | None,
    introductions: list[Introduction],
    funds_yuan: int | None,
    awarded: dict[Introducer, int],
    rules: list[tuple[UUID, RewardRule]],
    day: date,
) -> RewardStatement:
    rule = _promised(project, investor, rules)
    reward = 0 if rule is None or funds_yuan is None else rewards.reward_for(rule, funds_yuan)
    entitled = rewards.share_out(reward, introductions)
    return RewardStatement(
        project=project,
        as_of=day,
        funds_yuan=funds_yuan,
        rule_id=next((key for key, one in rules if one is rule), None),
        rule=rule,
        reward_yuan=reward if introductions else 0,
        shares={one.introducer: one.basis_points for one in introductions},
        entitled=entitled,
        awarded=awarded,
        due=rewards.differences(entitled, awarded),
    )


def _promised(
    project: ProjectRow, investor: InvestorRow | None, rules: list[tuple[UUID, RewardRule]]
) -> RewardRule | None:
    """What was promised on the day of signing holds, whatever the rules say later."""
    if project.signed_on is None or investor is None:
        return None
    return rewards.rule_for(
        (rule for _, rule in rules),
        project.region_code,
        None if project.channel is None else Channel(project.channel),
        origin_of(investor.origin_country),
        project.signed_on,
    )
