"""Kinds of channels (通知渠道) and what each can carry.

Group robots (群机器人) speak to whoever is in a chat; application messages (应用消息, 工作通知) reach one person
by the user id that the vendor knows them by; SMS and voice go through a gateway of the installation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChannelKind(StrEnum):
    WEBHOOK = "webhook"
    MAIL = "mail"
    WECOM_ROBOT = "wecom_robot"
    DINGTALK_ROBOT = "dingtalk_robot"
    FEISHU_ROBOT = "feishu_robot"
    WECOM_APP = "wecom_app"
    DINGTALK_APP = "dingtalk_app"
    FEISHU_APP = "feishu_app"
    SMS = "sms"
    VOICE = "voice"
    WEB_PUSH = "web_push"
    APPRISE = "apprise"


class Form(StrEnum):
    """How a message is worded for a kind of channel."""

    ENVELOPE = "envelope"
    MAIL = "mail"
    MARKDOWN = "markdown"
    CARD = "card"
    SMS = "sms"
    VOICE = "voice"
    PUSH = "push"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Limit:
    """No more than `count` messages in any `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Traits:
    """`is_personal`: reaches one person, so it may carry a link that acknowledges in that person's name.

    `limits` are the vendor's own; `full_wait_seconds` is the rest that is given when the vendor says it is full.
    """

    form: Form
    is_personal: bool = False
    needs_gateway: bool = False
    limits: tuple[Limit, ...] = ()
    full_wait_seconds: float = 60.0


TRAITS: dict[ChannelKind, Traits] = {
    ChannelKind.WEBHOOK: Traits(Form.ENVELOPE),
    ChannelKind.MAIL: Traits(Form.MAIL, is_personal=True),
    # 20 messages a minute and robot.
    ChannelKind.WECOM_ROBOT: Traits(Form.MARKDOWN, limits=(Limit(20, 60),)),
    # 20 a minute; whoever exceeds it is not heard for ten minutes.
    ChannelKind.DINGTALK_ROBOT: Traits(Form.MARKDOWN, limits=(Limit(20, 60),), full_wait_seconds=600),
    # 100 a minute and 5 a second.
    ChannelKind.FEISHU_ROBOT: Traits(Form.MARKDOWN, limits=(Limit(100, 60), Limit(5, 1))),
    ChannelKind.WECOM_APP: Traits(Form.CARD, is_personal=True, needs_gateway=True),
    ChannelKind.DINGTALK_APP: Traits(Form.CARD, is_personal=True, needs_gateway=True),
    ChannelKind.FEISHU_APP: Traits(
        Form.CARD, is_personal=True, needs_gateway=True, limits=(Limit(1000, 60), Limit(50, 1))
    ),
    ChannelKind.SMS: Traits(Form.SMS, is_personal=True, needs_gateway=True),
    ChannelKind.VOICE: Traits(Form.VOICE, is_personal=True, needs_gateway=True),
    ChannelKind.WEB_PUSH: Traits(Form.PUSH, is_personal=True),
    ChannelKind.APPRISE: Traits(Form.PLAIN),
}

# Kinds whose gateway is an account of the installation with somebody.
GATEWAY_KINDS = frozenset(kind for kind, traits in TRAITS.items() if traits.needs_gateway)
# Addresses that are secrets themselves: shown shortened, kept sealed.
SECRET_TARGETS = frozenset(
    {
        ChannelKind.WECOM_ROBOT,
        ChannelKind.DINGTALK_ROBOT,
        ChannelKind.FEISHU_ROBOT,
        ChannelKind.WEB_PUSH,
        ChannelKind.APPRISE,
    }
)


# What has no channel of its own: a message composed elsewhere, to an address that its composer knows.
_OTHER = Traits(Form.PLAIN)


def traits_of(kind: str) -> Traits:
    """Those of a kind of channel; a delivery of another kind has none that matter here."""
    try:
        return TRAITS[ChannelKind(kind)]
    except ValueError:
        return _OTHER
