"""Pausing a subscription, and the warning that somebody has to look after its receiver."""

from __future__ import annotations

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.conditions.domain.condition import Finding, Subject
from services.projects.conditions.service import settle
from services.projects.webhooks.tables import WebhookSubscriptionRow

KIND = "webhook_paused"
_EXPLANATIONS = {
    "gone": ("接收方答复不再接收（410）", "the receiver answered that it wants no more (410)"),
    "failures": ("连续 {failures} 次投递失败", "{failures} attempts in a row failed"),
    "too_long": ("已连续 {hours} 小时投递不成功", "no attempt has succeeded for {hours} hours"),
    "owner_revoked": ("订阅人的账号或密钥已停用", "the owner's account or key is not valid any more"),
}


def pause_by_hand(ctx: Context, row: WebhookSubscriptionRow) -> None:
    """Stop sending; somebody wants it so, and nobody needs to be warned."""
    if row.paused_at is None:
        row.paused_at, row.paused_reason = ctx.now, "by_hand"


async def pause_with_warning(
    ctx: Context, row: WebhookSubscriptionRow, reason: str, *, failures: int = 0, failing_seconds: float = 0.0
) -> bool:
    """Pause a locked subscription and open the warning; False when it is paused already."""
    if row.paused_at is not None:
        return False
    row.paused_at, row.paused_reason = ctx.now, reason
    row.advance(ctx.now)
    await ctx.session.flush()
    figures = {"failures": failures, "hours": int(failing_seconds // 3600)}
    chinese, english = (text.format_map(figures) for text in _EXPLANATIONS[reason])
    finding = Finding(
        kind=KIND,
        reference_on=today_of(ctx),
        days=0,
        threshold_days=0,
        level=1,
        explanation_zh=f"推送订阅“{row.name}”已自动暂停：{chinese}；未送达的事件已保留。",
        explanation_en=f"The subscription “{row.name}” was paused: {english}; what was not delivered is kept.",
    )
    await settle(ctx, _subject(row), [finding], judged={KIND}, reason=lambda _: "resumed")
    return True


async def settle_warning(ctx: Context, row: WebhookSubscriptionRow, reason: str) -> None:
    """Clear the warning of a locked subscription, if there is one."""
    await settle(ctx, _subject(row), [], judged={KIND}, reason=lambda _: reason)


def _subject(row: WebhookSubscriptionRow) -> Subject:
    return Subject(
        type="webhook_subscription",
        id=row.id,
        code=str(row.id),
        name=row.name,
        region_code=row.region_code,
        project_id=row.project_id,
        enterprise_id=row.owner_enterprise_id,
    )
