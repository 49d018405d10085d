"""Which of a person's ways a message takes first, by its severity and by what they wish for, and from when on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from libs.common.context import Context
from libs.common.contracts.alerts import Severity
from services.alerts.notifications import wishes
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.domain.ways import WayPolicy, kinds_now, quiet_until
from services.alerts.notifications.reaching import Recipient, Way


@dataclass(frozen=True, slots=True)
class Choice:
    """`ways` from `held_until` on (None: at once), which are the policy's `stage`; `has` are all kinds."""

    policy: WayPolicy
    has: frozenset[ChannelKind]
    stage: int
    ways: tuple[Way, ...]
    held_until: datetime | None


async def choose(ctx: Context, recipient: Recipient, severity: Severity, region_code: str) -> Choice:
    """For a recipient that is a person."""
    assert recipient.person_id is not None
    policy = await wishes.policy_for(ctx, severity, region_code)
    chosen = await wishes.wishes_of(ctx, recipient.person_id)
    has = frozenset(ChannelKind(way.kind) for way in recipient.ways)
    kinds, stage = kinds_now(policy, 0, has, chosen, severity)
    ways = tuple(way for way in recipient.ways if way.kind in kinds)
    held_until = quiet_until(policy, chosen, severity, ctx.now, on_duty=recipient.on_duty)
    return Choice(policy, has, stage, ways, held_until)
