"""What the platforms say of a code, asked over HTTP.

企业微信: GET /cgi-bin/gettoken?corpid&corpsecret → ``{"errcode", "access_token", "expires_in"}``; GET
/cgi-bin/auth/getuserinfo?access_token&code → ``{"errcode": 0, "userid"}``, or ``openid`` alone for somebody who
is no member. A code is good once and for five minutes; 40029, 42003: it is not good; 40014, 42001: the token is
stale. developer.work.weixin.qq.com/document/path/91023, /91039, /90313 (codes).

钉钉: POST /v1.0/oauth2/userAccessToken ``{"clientId", "clientSecret", "code", "grantType"}`` →
``{"accessToken"}``; GET /v1.0/contact/users/me, header x-acs-dingtalk-access-token → ``{"unionId"}``; POST
/topapi/user/getbyunionid?access_token ``{"unionid"}`` → ``{"errcode": 0, "result": {"contact_type",
"userid"}}``, by the application's own token of /gettoken; 60121: nobody of the organisation. A refusal of /v1.0
has status 400 and a ``code`` in words. open.dingtalk.com/document/orgapp/obtain-user-token,
/dingtalk-retrieve-user-information, /query-a-user-by-the-union-id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import structlog

from libs.common.security.envelope import Envelope, SealBroken
from libs.common.webhooks.access_tokens import AccessTokens, Token
from libs.common.webhooks.delivery import Outcome, call
from libs.common.webhooks.outgoing import GuardedClient
from services.projects.identity.real_time import real_now
from services.projects.platforms.domain.kinds import API_HOSTS, PlatformKind
from services.projects.platforms.errors import NotAMember, PlatformCodeRefused, PlatformSilent
from services.projects.platforms.tables import SignInPlatformRow

log = structlog.get_logger(__name__)

_TOKEN_LIFE_SECONDS = 7200.0
_STALE = frozenset({40001, 40014, 41001, 42001, 88})
_BAD_CODES = frozenset({40029, 42003, 40163, 40078})
_NOBODY = frozenset({60121, 60111, 33012, 40003})
_LONGEST_USER_ID = 100
_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class PlatformAccess:
    """What calling a platform takes, apart from any transaction."""

    id: UUID
    version: int
    kind: PlatformKind
    app_id: str
    secret_sealed: str
    api_url: str | None

    @classmethod
    def of(cls, row: SignInPlatformRow) -> PlatformAccess:
        return cls(row.id, row.version, PlatformKind(row.kind), row.app_id, row.secret_sealed, row.api_url)

    @property
    def hosts(self) -> tuple[str, ...]:
        own = API_HOSTS[self.kind]
        return own if self.api_url is None else (self.api_url,) * len(own)


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer of a platform whose code lies in the body."""

    outcome: Mapping[str, Any]

    @property
    def is_stale(self) -> bool:
        return self.outcome.get("errcode") in _STALE


def secret_purpose(platform_id: UUID) -> str:
    """A secret that was moved to another platform's row does not open."""
    return f"platform-secret:{platform_id}"


def seal_secret(envelope: Envelope, platform_id: UUID, secret: str) -> str:
    return envelope.seal(secret.encode(), secret_purpose(platform_id))


class Vendors:
    """Asks the platforms; access tokens of our applications are kept while they hold, and renewed when refused."""

    def __init__(
        self, client: GuardedClient, envelope: Envelope, *, real_now: Callable[[], datetime] = real_now
    ) -> None:
        self._client = client
        self._envelope = envelope
        self._tokens: AccessTokens[Mapping[str, Any]] = AccessTokens(real_now)

    async def user_of(self, platform: PlatformAccess, code: str) -> str:
        """The user id of whom the platform gave this code to.

        Raises PlatformCodeRefused, NotAMember, PlatformSilent.
        """
        user_id = await (self._wecom if platform.kind is PlatformKind.WECOM else self._dingtalk)(platform, code)
        if not isinstance(user_id, str) or not 0 < len(user_id) <= _LONGEST_USER_ID:
            raise NotAMember
        return user_id

    async def _wecom(self, platform: PlatformAccess, code: str) -> object:
        (host,) = platform.hosts

        async def use(token: str) -> _Said:
            query = urlencode({"access_token": token, "code": code})
            return _Said(await self._ask(platform, "GET", f"{host}/cgi-bin/auth/getuserinfo?{query}"))

        token = {"corpid": platform.app_id, "corpsecret": self._secret(platform)}
        said = await self._with_token(platform, f"{host}/cgi-bin/gettoken?{urlencode(token)}", use)
        # Older deployments write it as the older interface did.
        return said.get("userid") or said.get("UserId")

    async def _dingtalk(self, platform: PlatformAccess, code: str) -> object:
        host, older = platform.hosts
        asked = {"clientId": platform.app_id, "clientSecret": self._secret(platform), "code": code}
        person = await self._ask(
            platform,
            "POST",
            f"{host}/v1.0/oauth2/userAccessToken",
            body={**asked, "grantType": "authorization_code"},
        )
        headers = {"x-acs-dingtalk-access-token": str(person.get("accessToken"))}
        known = await self._ask(platform, "GET", f"{host}/v1.0/contact/users/me", headers=headers)

        async def use(token: str) -> _Said:
            url = f"{older}/topapi/user/getbyunionid?{urlencode({'access_token': token})}"
            return _Said(await self._ask(platform, "POST", url, body={"unionid": known.get("unionId")}))

        token = {"appkey": platform.app_id, "appsecret": self._secret(platform)}
        result = (await self._with_token(platform, f"{older}/gettoken?{urlencode(token)}", use)).get("result")
        # 0: of the organisation; 1: a contact outside of it.
        return result.get("userid") if isinstance(result, dict) and result.get("contact_type") == 0 else None

    async def _with_token(self, platform: PlatformAccess, token_url: str, use: Any) -> Mapping[str, Any]:
        async def fetch() -> Token:
            said = await self._ask(platform, "GET", token_url)
            if said.get("errcode") != 0 or not isinstance(said.get("access_token"), str):
                raise self._silent(platform, said.get("errcode"), said.get("errmsg"))
            life = said.get("expires_in")
            return Token(said["access_token"], float(life) if isinstance(life, int) else _TOKEN_LIFE_SECONDS)

        said = await self._tokens.call(platform.id, platform.version, fetch, use)
        code = said.get("errcode")
        if code in _BAD_CODES:
            raise PlatformCodeRefused
        if code in _NOBODY:
            raise NotAMember
        if code != 0:
            raise self._silent(platform, code, said.get("errmsg"))
        return said

    async def _ask(
        self,
        platform: PlatformAccess,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """The JSON object of an answer; a refusal of the newer interfaces of 钉钉 is one of the code."""
        content = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        given = {"content-type": "application/json", **(headers or {})}
        answer = await call(self._client, method, url, headers=given, content=content)
        if isinstance(answer, Outcome):
            raise self._silent(platform, answer.error_code, answer.error)
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise self._silent(platform, answer.status, "no JSON object")
        # invalidParameter.authCode.notFound and the like; what names the client is a fault of ours.
        if answer.status == _BAD_REQUEST and "client" not in str(said.get("code", "client")).lower():
            raise PlatformCodeRefused
        if not answer.is_success:
            raise self._silent(platform, said.get("code", answer.status), said.get("message"))
        return said

    def _secret(self, platform: PlatformAccess) -> str:
        try:
            return self._envelope.open(platform.secret_sealed, secret_purpose(platform.id)).decode()
        except SealBroken:
            raise self._silent(platform, "seal_broken", None) from None

    def _silent(self, platform: PlatformAccess, code: object, text: object) -> PlatformSilent:
        # What is wrong is for the administrator, and neither a code nor a token is among it.
        log.warning("platform.silent", platform=str(platform.id), code=str(code), text=str(text)[:200])
        return PlatformSilent(headers={"Retry-After": "10"})
