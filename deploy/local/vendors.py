"""The demo's WeCom, DingTalk, Feishu, SMS and voice providers: they take what is well formed and answer as theirs.

| path | stands for |
|---|---|
| `/cgi-bin/webhook/send` `/robot/send` `/open-apis/bot/v2/hook/…` | group robots |
| `/cgi-bin/message/send` `/topapi/…/asyncsend_v2` `/open-apis/im/v1/messages` | messages to one person |
| `/cgi-bin/gettoken` `/gettoken` `/open-apis/auth/…` | where the tokens for those come from |
| `/sms` `/voice` | a provider whose body is `{"to", "text", "id"}` and whose answer is `{"code": 0}` |
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_TOKEN = {"errcode": 0, "errmsg": "ok", "access_token": "demo-token", "expires_in": 7200}
_DONE = {"errcode": 0, "errmsg": "ok"}

# What is answered at a path, and the name under which the message is kept; without one there is no message.
_PATHS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "/cgi-bin/webhook/send": ("wecom_robot", _DONE),
    "/robot/send": ("dingtalk_robot", _DONE),
    "/cgi-bin/gettoken": (None, _TOKEN),
    "/gettoken": (None, _TOKEN),
    "/open-apis/auth/v3/tenant_access_token/internal": (
        None,
        {"code": 0, "msg": "ok", "tenant_access_token": "demo-token", "expire": 7200},
    ),
    "/cgi-bin/message/send": ("wecom_app", {**_DONE, "msgid": "demo"}),
    "/topapi/message/corpconversation/asyncsend_v2": ("dingtalk_app", {**_DONE, "task_id": 1}),
    "/open-apis/im/v1/messages": ("feishu_app", {"code": 0, "msg": "success", "data": {"message_id": "demo"}}),
    "/sms": ("sms", {"code": 0}),
    "/voice": ("voice", {"code": 0}),
}
_FEISHU_ROBOT = "/open-apis/bot/v2/hook/"
_ROBOT: tuple[str | None, dict[str, Any]] = ("feishu_robot", {"code": 0, "msg": "success", "data": {}})


@dataclass(frozen=True)
class Taken:
    """The answer to a request; `kind` names the message it brought, None when it brought none."""

    kind: str | None
    answer: dict[str, Any]


def take(path: str, body: bytes) -> Taken | None:
    """What one of the providers makes of a request; None when the path is no provider's."""
    known = _ROBOT if path.startswith(_FEISHU_ROBOT) else _PATHS.get(path)
    if known is None:
        return None
    kind, answer = known
    if kind is not None and not _is_object(body):
        # As all of them do: the status says yes, the code says no.
        return Taken(None, {"errcode": 40035, "code": 40035, "errmsg": "not json", "msg": "not json"})
    return Taken(kind, answer)


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False
