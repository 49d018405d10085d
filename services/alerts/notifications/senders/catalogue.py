"""A sender for each kind of channel, put together from the means of the installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from libs.common.security.envelope import Envelope
from libs.common.webhooks.delivery import WebhookClient
from libs.common.webhooks.hosts import AllowedHosts
from libs.common.webhooks.outgoing import GuardedClient
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.senders.alertmanager import AlertmanagerSender
from services.alerts.notifications.senders.apprise_tail import AppriseSender
from services.alerts.notifications.senders.base import RealNow, Sender, Vault, real_now
from services.alerts.notifications.senders.dingtalk_app import DingtalkAppSender
from services.alerts.notifications.senders.dingtalk_robot import DingtalkRobotSender
from services.alerts.notifications.senders.feishu_app import FeishuAppSender
from services.alerts.notifications.senders.feishu_robot import FeishuRobotSender
from services.alerts.notifications.senders.http_gateway import HttpGatewaySender
from services.alerts.notifications.senders.mail import MailSender, SmtpServer
from services.alerts.notifications.senders.vapid import VapidKey
from services.alerts.notifications.senders.web_push import WebPushSender
from services.alerts.notifications.senders.webhook import WebhookSender
from services.alerts.notifications.senders.wecom_app import WecomAppSender
from services.alerts.notifications.senders.wecom_robot import WecomRobotSender
from services.alerts.notifications.tables import ALERTMANAGER


@dataclass(frozen=True, slots=True)
class Means:
    """What senders need of an installation."""

    envelope: Envelope
    allowed: AllowedHosts
    allowed_entries: Sequence[str]
    smtp: SmtpServer
    vapid: VapidKey
    apprise_schemes: Sequence[str]
    deadline_seconds: float = 20.0


def build_senders(client: httpx.AsyncClient, means: Means, *, real_now: RealNow = real_now) -> dict[str, Sender]:
    """By the kind's name."""
    guarded = GuardedClient(client, means.allowed, deadline_seconds=means.deadline_seconds)
    vault = Vault(means.envelope)
    webhooks = WebhookClient(client, means.allowed, real_now=real_now, deadline_seconds=means.deadline_seconds)
    gateway = HttpGatewaySender(guarded, vault, real_now=real_now)
    senders: dict[ChannelKind, Sender] = {
        ChannelKind.WEBHOOK: WebhookSender(webhooks, means.envelope),
        ChannelKind.MAIL: MailSender(means.smtp, real_now=real_now),
        ChannelKind.WECOM_ROBOT: WecomRobotSender(guarded, vault, real_now=real_now),
        ChannelKind.DINGTALK_ROBOT: DingtalkRobotSender(guarded, vault, real_now=real_now),
        ChannelKind.FEISHU_ROBOT: FeishuRobotSender(guarded, vault, real_now=real_now),
        ChannelKind.WECOM_APP: WecomAppSender(guarded, vault, real_now=real_now),
        ChannelKind.DINGTALK_APP: DingtalkAppSender(guarded, vault, real_now=real_now),
        ChannelKind.FEISHU_APP: FeishuAppSender(guarded, vault, real_now=real_now),
        ChannelKind.SMS: gateway,
        ChannelKind.VOICE: gateway,
        ChannelKind.WEB_PUSH: WebPushSender(guarded, vault, means.vapid, real_now=real_now),
        ChannelKind.APPRISE: AppriseSender(
            vault,
            schemes=means.apprise_schemes,
            allowed_hosts=means.allowed_entries,
            require_https=means.allowed.require_https,
            deadline_seconds=means.deadline_seconds,
        ),
    }
    # No kind of channel: the webhooks that a tree of routes names.
    others: dict[str, Sender] = {ALERTMANAGER: AlertmanagerSender(webhooks)}
    return {kind.value: sender for kind, sender in senders.items()} | others
