"""What is wrong with the service itself, as conditions about it that its keepers are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from libs.common.context import Context
from libs.common.contracts.projects.conditions import ProjectConditionKind
from libs.common.local_time import today_of
from libs.common.regions import common_region
from libs.common.security.audit_watch import BrokenChain
from services.projects.conditions.domain.condition import Finding, Subject
from services.projects.conditions.service import settle
from services.projects.identity import repository as identity
from services.projects.identity.real_time import real_now
from services.projects.identity.refusal_repository import refused_since
from services.projects.registry import repository as registry
from services.projects.watch.domain.attacks import judge, judge_refusals

_ID: Final = uuid5(NAMESPACE_URL, "urn:duban:service:projects")
_AUDIT: Final = frozenset({ProjectConditionKind.AUDIT_BROKEN.value})
_SIGN_INS: Final = frozenset({ProjectConditionKind.SIGN_INS_ATTACKED.value})
_REFUSALS: Final = frozenset({ProjectConditionKind.REQUESTS_REFUSED.value})


async def settle_chain(ctx: Context, broken: BrokenChain | None) -> None:
    """Open or clear what the look at the audit chain found."""
    found = []
    if broken is not None:
        found.append(
            _finding(ctx, ProjectConditionKind.AUDIT_BROKEN, 2, broken.explanation_zh, broken.explanation_en)
        )
    await _settle(ctx, found, _AUDIT, "holds_again")


async def settle_sign_ins(ctx: Context) -> None:
    """Open, amend or clear the attack that locks of this moment tell of."""
    alarm_at = (await identity.policy_row(ctx.session)).alarm_locked_names
    names, addresses = await identity.locked_now(ctx.session, real_now())
    attack = judge(names, addresses, alarm_at=alarm_at)
    found = []
    if attack is not None:
        kind = ProjectConditionKind.SIGN_INS_ATTACKED
        found.append(_finding(ctx, kind, attack.level, attack.explanation_zh, attack.explanation_en))
    await _settle(ctx, found, _SIGN_INS, "locks_over")


async def settle_refusals(ctx: Context) -> None:
    """Open, amend or clear what refusals of the last minutes tell of."""
    policy = await identity.policy_row(ctx.session)
    window = timedelta(seconds=policy.alarm_refusals_seconds)
    refused = await refused_since(ctx.session, real_now() - window, policy.alarm_refusals)
    minutes = max(1, policy.alarm_refusals_seconds // 60)
    attack = judge_refusals(refused, minutes=minutes, alarm_at=policy.alarm_refusals)
    found = []
    if attack is not None:
        kind = ProjectConditionKind.REQUESTS_REFUSED
        found.append(_finding(ctx, kind, attack.level, attack.explanation_zh, attack.explanation_en))
    await _settle(ctx, found, _REFUSALS, "refusals_over")


async def _settle(ctx: Context, found: Sequence[Finding], judged: frozenset[str], reason: str) -> None:
    await registry.lock_key(ctx.session, "watch", "projects")
    codes = await registry.region_codes(ctx.session)
    if not codes:
        # Nobody is registered who could be told: the log has it.
        return
    keeper = await identity.keeper_of_accounts(ctx.session)
    subject = Subject(
        type="service",
        id=_ID,
        code="projects",
        name="项目服务",
        region_code=common_region(codes),
        responsible_person_id=None if keeper is None else keeper.person_id,
    )
    await settle(ctx, subject, found, judged=judged, reason=lambda _row: reason)


def _finding(ctx: Context, kind: ProjectConditionKind, level: int, zh: str, en: str) -> Finding:
    return Finding(
        kind=kind.value,
        reference_on=today_of(ctx),
        days=0,
        threshold_days=0,
        level=level,
        explanation_zh=zh,
        explanation_en=en,
    )
