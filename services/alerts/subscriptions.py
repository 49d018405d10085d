"""Which events the alerts service listens to: the registry, conditions of projects and energy, silent feeds,
missed targets.
"""

from __future__ import annotations

from libs.common.contracts import energy, projects
from libs.common.contracts.heartbeat import HEARTBEAT, HeartbeatBegunV1
from libs.common.contracts.projects.bulletins import BULLETIN, BulletinPublishedV1
from libs.common.inbox.subscription import Subscription
from libs.common.registry.handlers import SUBSCRIPTIONS as _REPLICA
from services.alerts.accountability.handlers import on_target_miss
from services.alerts.forgetting.handlers import PERSONS
from services.alerts.heartbeat.handlers import on_heartbeat_begun
from services.alerts.notices.domain.links import NoticeLinks
from services.alerts.notices.handlers import BulletinSender
from services.alerts.warnings.handlers import on_condition_cleared, on_condition_opened

# Names of the consumers: their inboxes, their positions, their dead-letter topics. The registry has one of its
# own, which goes ahead: a condition handled before the people are known would find nobody to tell.
REGISTRY_CONSUMER = "alerts-registry"
CONSUMER = "alerts"
# Papers wait for no warning, and hold none up.
PAPERS_CONSUMER = "alerts-papers"

# The copy of the registry; of people who are deleted there more is forgotten here than the copy.
REGISTRY: tuple[Subscription, ...] = tuple(PERSONS if each.topic == PERSONS.topic else each for each in _REPLICA)

CONDITIONS: tuple[Subscription, ...] = (
    Subscription(
        projects.CONDITION,
        {
            projects.ProjectConditionOpenedV1: on_condition_opened,
            projects.ProjectConditionClearedV1: on_condition_cleared,
        },
    ),
    Subscription(
        energy.CONDITION,
        {
            energy.EnergyConditionOpenedV1: on_condition_opened,
            energy.EnergyConditionClearedV1: on_condition_cleared,
        },
    ),
    Subscription(
        energy.SITUATION,
        {
            energy.EnergySituationOpenedV1: on_condition_opened,
            energy.EnergySituationClearedV1: on_condition_cleared,
        },
    ),
    Subscription(
        energy.FEED,
        {
            energy.FeedSilentV1: on_condition_opened,
            energy.FeedRecoveredV1: on_condition_cleared,
        },
    ),
)

MISSES: tuple[Subscription, ...] = (
    Subscription(
        projects.TARGET_MISS,
        {
            projects.TargetMissRecordedV1: on_target_miss,
            projects.TargetMissFollowedUpV1: on_target_miss,
        },
    ),
)

# Beats pass where warnings pass: with them they come round or do not.
BEATS = Subscription(HEARTBEAT, {HeartbeatBegunV1: on_heartbeat_begun})

# What the consumer beside the registry's takes up.
WORK: tuple[Subscription, ...] = (*CONDITIONS, *MISSES, BEATS)


def papers(links: NoticeLinks) -> tuple[Subscription, ...]:
    """Papers of other services that go out as notices, each recipient with a link of ``links``."""
    sender = BulletinSender(links)
    return (Subscription(BULLETIN, {BulletinPublishedV1: sender.on_bulletin_published}),)


def of_consumers(links: NoticeLinks) -> dict[str, tuple[Subscription, ...]]:
    """What each of the service's consumers takes up, by its name."""
    return {REGISTRY_CONSUMER: REGISTRY, CONSUMER: WORK, PAPERS_CONSUMER: papers(links)}


SUBSCRIPTIONS: tuple[Subscription, ...] = (*REGISTRY, *WORK)
