"""The platforms (企业微信, 钉钉) and where their users go to get a code (网页授权, 免登).

Sources: developer.work.weixin.qq.com/document/path/91022 (企业微信网页授权),
open.dingtalk.com/document/orgapp/obtain-identity-credentials (获取登录用户的访问凭证).
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote

_REDIRECT, _STATE = "{redirect_uri}", "{state}"


class PlatformKind(StrEnum):
    WECOM = "wecom"
    DINGTALK = "dingtalk"


# What answers about users, when the installation names no address of its own (a private deployment, a proxy).
API_HOSTS: dict[PlatformKind, tuple[str, ...]] = {
    PlatformKind.WECOM: ("https://qyapi.weixin.qq.com",),
    PlatformKind.DINGTALK: ("https://api.dingtalk.com", "https://oapi.dingtalk.com"),
}
_AUTHORIZE_HOSTS = {
    PlatformKind.WECOM: "https://open.weixin.qq.com",
    PlatformKind.DINGTALK: "https://login.dingtalk.com",
}


def authorize_address(kind: PlatformKind, app_id: str, agent_id: int | None, base: str | None) -> str:
    """Where a browser goes for a code; ``{redirect_uri}`` and ``{state}`` are the page's to fill in, encoded.

    企业微信 compares the order of the parameters, so it is that of its document.
    """
    at, app = base or _AUTHORIZE_HOSTS[kind], quote(app_id, safe="")
    if kind is PlatformKind.WECOM:
        agent = "" if agent_id is None else f"&agentid={agent_id}"
        return (
            f"{at}/connect/oauth2/authorize?appid={app}&redirect_uri={_REDIRECT}&response_type=code"
            f"&scope=snsapi_base&state={_STATE}{agent}#wechat_redirect"
        )
    return (
        f"{at}/oauth2/auth?redirect_uri={_REDIRECT}&response_type=code&client_id={app}"
        f"&scope=openid&state={_STATE}&prompt=consent"
    )
