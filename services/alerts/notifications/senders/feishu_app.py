"""Feishu application message (飞书应用消息) to one open id.

POST /open-apis/auth/v3/tenant_access_token/internal ``{"app_id", "app_secret"}`` → ``{"code",
"tenant_access_token", "expire"}``; POST /open-apis/im/v1/messages?receive_id_type=open_id with ``{"receive_id",
"msg_type": "interactive", "content": "<card as JSON text>", "uuid"}``. The same uuid (50 characters) is taken
once an hour. 99991663, 99991661, 99991668, 99991671: the token is stale. Source:
open.feishu.cn/document/server-docs/im-v1/message/create and
.../authentication-management/access-token/tenant_access_token_internal.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from libs.common.webhooks.access_tokens import AccessTokens, Token
from libs.common.webhooks.delivery import Outcome
from libs.common.webhooks.outgoing import GuardedClient
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import (
    Codes,
    RealNow,
    Unusable,
    Vault,
    Verdict,
    content_of,
    post_json,
    real_now,
    unusable,
    verdict,
)
from services.alerts.notifications.senders.feishu_robot import card

# 230001, 230025…: the message; 230002, 230013, 230034: the receiver is none, or out of the application's sight.
CODES = Codes(
    "feishu",
    final=frozenset({230001, 230002, 230006, 230013, 230017, 230025, 230028, 230034, 230038, 99992351, 99992361}),
    quota=frozenset({230020, 99991400, 11232}),
    stale=frozenset({99991661, 99991663, 99991664, 99991668, 99991671}),
)
_TOKEN_CODES = Codes("feishu", final=frozenset({10003, 10014}), quota=frozenset({99991400}))
_HOST = "https://open.feishu.cn"


class FeishuAppSender:
    def __init__(self, client: GuardedClient, vault: Vault, *, real_now: RealNow = real_now) -> None:
        self._client = client
        self._vault = vault
        self._real_now = real_now
        self._tokens: AccessTokens[Outcome] = AccessTokens(real_now)

    async def send(self, outgoing: Outgoing) -> Outcome:
        gateway = outgoing.gateway
        try:
            secrets = self._vault.of_gateway(outgoing)
        except Unusable as error:
            return unusable(error)
        assert gateway is not None
        base = str(gateway.settings.get("base_url") or _HOST)

        async def fetch() -> Token | Outcome:
            payload = {"app_id": gateway.settings["app_id"], "app_secret": secrets["app_secret"]}
            url = f"{base}/open-apis/auth/v3/tenant_access_token/internal"
            found = self._judged(await post_json(self._client, url, payload), _TOKEN_CODES)
            if not found.outcome.delivered:
                return found.outcome
            return Token(str(found.answer["tenant_access_token"]), float(found.answer.get("expire", 7200)))

        async def use(token: str) -> Verdict:
            kind = str(gateway.settings.get("receive_id_type") or "open_id")
            url = f"{base}/open-apis/im/v1/messages?{urlencode({'receive_id_type': kind})}"
            answer = await post_json(
                self._client, url, _payload(outgoing), headers={"authorization": f"Bearer {token}"}
            )
            found = self._judged(answer, CODES)
            data = found.answer.get("data")
            name = data.get("message_id") if isinstance(data, dict) else None
            return replace(found, outcome=replace(found.outcome, provider_id=name))

        return await self._tokens.call(gateway.id, gateway.version, fetch, use)

    def _judged(self, answer: Any, codes: Codes) -> Verdict:
        return verdict(answer, codes, self._real_now(), code_names=("code",), text_names=("msg",))


def _payload(outgoing: Outgoing) -> dict[str, Any]:
    return {
        "receive_id": outgoing.target,
        "msg_type": "interactive",
        "content": json.dumps(card(content_of(outgoing)), ensure_ascii=False),
        "uuid": str(outgoing.id),
    }
