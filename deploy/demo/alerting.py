"""Where the demo's people are reached. Nothing is added that is there already.

Every person of the registry has a mail address, which needs no channel; the posts have webhooks besides, one a
post, the upper ones also a group robot each, and one system listens to everything, all into the stack's own
mailbox. Signing secrets go where the mailbox looks for them, so that it checks every signature.
"""

from __future__ import annotations

from deploy.demo.client import DemoClient
from deploy.demo.dataset import registry
from deploy.demo.dataset.records import LABEL, Channel
from deploy.demo.stack import Stack, write_private

_POSTS = {
    "officer": "经办人群",
    "leader": "分管领导群",
    "supervision_group": "督导组群",
    "leading_group": "领导小组群",
}
_SYSTEM_HOOK = "ops"
_ROBOTS = {
    "leader": ("wecom_robot", "分管领导企业微信群机器人", "/cgi-bin/webhook/send?key=demo-leader"),
    "supervision_group": ("dingtalk_robot", "督导组钉钉群机器人", "/robot/send?access_token=demo-supervision"),
    "leading_group": ("feishu_robot", "领导小组飞书群机器人", "/open-apis/bot/v2/hook/demo-leading"),
}


def channels(stack: Stack) -> list[tuple[str, Channel]]:
    """The channels with the names of their hooks."""
    posts = [
        (
            post.replace("_", "-"),
            Channel(
                f"{name}{LABEL}",
                "webhook",
                stack.hook_url(post.replace("_", "-")),
                post,
                registry.CITY,
                "zh-CN",
            ),
        )
        for post, name in _POSTS.items()
    ]
    system = Channel(f"运维系统订阅{LABEL}", "webhook", stack.hook_url(_SYSTEM_HOOK), None, registry.CITY, "en")
    robots = [
        (kind, Channel(f"{name}{LABEL}", kind, stack.provider_url(path), post, registry.CITY, "zh-CN"))
        for post, (kind, name, path) in _ROBOTS.items()
    ]
    return [*posts, *robots, (_SYSTEM_HOOK, system)]


async def configure(client: DemoClient, stack: Stack) -> None:
    """Create the channels that are missing."""
    present = await client.channel_names()
    for hook, channel in channels(stack):
        if channel.name in present:
            continue
        secret = await client.create_channel(channel)
        if secret is not None:
            write_private(stack.mailbox / "secrets" / hook, secret)
