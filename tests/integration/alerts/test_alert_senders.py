"""Each sender against a real server that behaves like its vendor: signatures, tokens, codes, and receivers gone
bad.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import http_ece
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from libs.common.security.envelope import Envelope
from libs.common.webhooks.delivery import Outcome
from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress
from libs.common.webhooks.outgoing import GuardedClient
from services.alerts.notifications.domain import forms
from services.alerts.notifications.domain.kinds import traits_of
from services.alerts.notifications.domain.message import Language, Reason, Telling
from services.alerts.notifications.outgoing import GatewayAccess, Outgoing
from services.alerts.notifications.senders.base import CHANNEL_PURPOSE, GATEWAY_PURPOSE, SECRET_PURPOSE, Sender
from services.alerts.notifications.senders.catalogue import Means, build_senders
from services.alerts.notifications.senders.mail import SmtpServer
from services.alerts.notifications.senders.vapid import VapidKey, decoded, derived_key, encoded
from services.alerts.notifications.wording import wording
from tests.support.vendors import (
    Applications,
    DingtalkRobot,
    FeishuRobot,
    Reply,
    Request,
    SmsProvider,
    WecomRobot,
    bomb,
    running,
    said,
)

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)
ENVELOPE = Envelope("e" * 32)
ALLOWED = ("127.0.0.1", "localhost")
VAPID = VapidKey(derived_key(b"v" * 32), "mailto:duban@example.test")
TELLING = Telling(
    12,
    "red",
    "open",
    {Language.ZH_CN: "新城区线路重过载 <@all>", Language.EN: "Line overloaded"},
    dict.fromkeys(Language, "负荷率 97 %，连续三个时段"),
    "新城区线路（演示）",
    "通山县",
    NOON,
    None,
    None,
)
Build = Callable[..., dict[str, Sender]]


@pytest.fixture
async def build() -> AsyncIterator[Build]:
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:

        def made(*, deadline_seconds: float = 60.0, **options: Any) -> dict[str, Sender]:
            means = Means(
                ENVELOPE,
                AllowedHosts.of(ALLOWED, require_https=False),
                ALLOWED,
                SmtpServer("127.0.0.1", 1, "duban@example.test"),
                VAPID,
                ("json", "ntfy"),
                deadline_seconds,
            )
            return build_senders(client, means, **options)

        yield made


def message(
    kind: str,
    *,
    target: str = "zhangsan",
    secrets: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    gateway_secrets: dict[str, str] | None = None,
) -> Outgoing:
    subject, content = forms.content(
        traits_of(kind).form,
        TELLING,
        Reason.OPENED,
        Language.ZH_CN,
        wording(Language.ZH_CN),
        recipient="李某（演示）",
        post="officer",
        alert_id=uuid4(),
        may_answer=traits_of(kind).is_personal,
    )
    gateway = None
    if settings is not None:
        sealed = ENVELOPE.seal(json.dumps(gateway_secrets or {}).encode(), GATEWAY_PURPOSE)
        gateway = GatewayAccess(uuid4(), 1, settings, sealed)
    return Outgoing(
        uuid4(),
        uuid4(),
        kind,
        target,
        subject,
        content if isinstance(content, str) else json.dumps(content, ensure_ascii=False),
        "zh-CN",
        1,
        0,
        uuid4(),
        None if secrets is None else ENVELOPE.seal(json.dumps(secrets).encode(), CHANNEL_PURPOSE),
        gateway=gateway,
        link="https://duban.example.test/r/abcdefghijklmnopqrstuv",
        console="https://console.example.test",
    )


async def test_wecom_robot_is_told_in_its_dialect_and_its_quota_is_no_failure(build: Build) -> None:
    vendor = WecomRobot(per_minute=1)
    async with running(vendor) as server:
        sender = build()["wecom_robot"]
        url = f"{server.url}/cgi-bin/webhook/send?key={vendor.key}"
        first = await sender.send(message("wecom_robot", secrets={"url": url}))
        second = await sender.send(message("wecom_robot", secrets={"url": url}))
        gone = await sender.send(
            message("wecom_robot", secrets={"url": f"{server.url}/cgi-bin/webhook/send?key=x"})
        )
    assert first.delivered
    (text,) = vendor.taken
    assert text.startswith('### <font color="warning">【红色预警】新城区线路重过载')
    assert "<@all>" not in text
    assert "[查看详情](https://console.example.test/alerts/" in text
    # A group's message carries nobody's own link.
    assert "/r/" not in text
    assert (second.delivered, second.is_quota, second.error_code) == (False, True, "wecom.45009")
    assert (gone.is_final, gone.gone, gone.error_code) == (True, True, "wecom.93000")


@pytest.mark.parametrize("kind", ["wecom_robot", "dingtalk_robot", "feishu_robot"])
async def test_everybody_in_the_chat_is_called_from_the_severity_on_that_the_channel_names(
    build: Build, kind: str
) -> None:
    async with running(lambda request: said({"errcode": 0, "code": 0})) as server:
        for named, calls in (("red", True), ("orange", True), (None, False)):
            outgoing = replace(message(kind, secrets={"url": server.url}), options={"mention_all_from": named})
            assert (await build()[kind].send(outgoing)).delivered
            body = server.requests[-1].body.decode()
            marks = ('"mentioned_list":["@all"]', '"isAtAll":true', "<at id=all></at>")
            assert any(mark in body for mark in marks) == calls


@pytest.mark.parametrize("kind", ["wecom_robot", "dingtalk_robot", "feishu_robot"])
async def test_message_composed_as_plain_text_is_told_as_well(build: Build, kind: str) -> None:
    async with running(lambda request: said({"errcode": 0, "code": 0})) as server:
        plain = replace(message(kind, secrets={"url": server.url}), subject="摘要", body="一、甲\n二、乙")
        assert (await build()[kind].send(plain)).delivered
    assert "二、乙" in server.requests[0].body.decode()


async def test_dingtalk_robot_takes_our_signature_and_refuses_a_wrong_one(build: Build) -> None:
    vendor = DingtalkRobot()
    async with running(vendor) as server:
        sender, url = build()["dingtalk_robot"], f"{server.url}/robot/send?access_token={vendor.token}"
        right = await sender.send(message("dingtalk_robot", secrets={"url": url, "sign": vendor.secret}))
        wrong = await sender.send(message("dingtalk_robot", secrets={"url": url, "sign": "SECwrong"}))
        old = build(real_now=lambda: datetime.now(UTC) - timedelta(hours=2))["dingtalk_robot"]
        late = await old.send(message("dingtalk_robot", secrets={"url": url, "sign": vendor.secret}))
    assert right.delivered
    assert vendor.taken[0]["markdown"]["title"].startswith("【红色预警】")
    assert (wrong.delivered, wrong.is_final, wrong.error_code) == (False, True, "dingtalk.310000")
    assert late.error_code == "dingtalk.310000"


async def test_feishu_robot_takes_our_signature_and_refuses_a_wrong_one(build: Build) -> None:
    vendor = FeishuRobot()
    async with running(vendor) as server:
        sender, url = build()["feishu_robot"], f"{server.url}/open-apis/bot/v2/hook/abcd-1234"
        right = await sender.send(message("feishu_robot", secrets={"url": url, "sign": vendor.secret}))
        wrong = await sender.send(message("feishu_robot", secrets={"url": url}))
    assert right.delivered
    assert vendor.taken[0]["card"]["header"]["template"] == "red"
    assert (wrong.is_final, wrong.error_code) == (True, "feishu.19021")


_APPS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "wecom_app": ({"corp_id": "ww-corp", "agent_id": 1000002}, {"secret": "wecom-secret"}),
    "dingtalk_app": ({"app_key": "ding-key", "agent_id": 7}, {"app_secret": "ding-secret"}),
    "feishu_app": ({"app_id": "cli_app", "receive_id_type": "open_id"}, {"app_secret": "feishu-secret"}),
}


@pytest.mark.parametrize("kind", list(_APPS))
async def test_application_message_uses_its_token_until_it_is_stale_and_then_once_a_fresh_one(
    build: Build, kind: str
) -> None:
    vendor = Applications()
    settings, secrets = _APPS[kind]
    async with running(vendor) as server:
        sender = build()[kind]
        outgoing = message(kind, settings=settings | {"base_url": server.url}, gateway_secrets=secrets)
        assert (await sender.send(outgoing)).delivered
        assert (await sender.send(outgoing)).delivered
        assert vendor.tokens == 1
        vendor.stale.add("token-1")
        many = await asyncio.gather(*(sender.send(outgoing) for _ in range(5)))
        assert all(outcome.delivered and outcome.provider_id for outcome in many)
        # Five found it stale, one fetched another.
        assert vendor.tokens == 2
        # A vendor that finds every token stale is asked for one more, not for ever.
        vendor.stale |= {"token-2", "token-3"}
        refused = await sender.send(outgoing)
        assert (refused.delivered, refused.is_final, vendor.tokens) == (False, False, 3)
    shown = json.dumps(vendor.taken[0], ensure_ascii=False)
    assert "https://duban.example.test/r/abcdefghijklmnopqrstuv" in shown


@pytest.mark.parametrize("kind", list(_APPS))
async def test_application_message_fails_for_good_when_the_user_or_the_secret_is_wrong(
    build: Build, kind: str
) -> None:
    settings, secrets = _APPS[kind]
    async with running(Applications()) as server:
        sender, settings = build()[kind], settings | {"base_url": server.url}
        nobody = await sender.send(message(kind, target="nobody", settings=settings, gateway_secrets=secrets))
        wrong = await sender.send(
            message(kind, settings=settings, gateway_secrets=dict.fromkeys(secrets, "wrong"))
        )
    assert (nobody.delivered, nobody.is_final) == (False, True)
    assert (wrong.delivered, wrong.is_final) == (False, True)


async def test_token_is_fetched_anew_before_it_ends(build: Build) -> None:
    vendor, times = Applications(expires_in=7200), [NOON]
    settings, secrets = _APPS["wecom_app"]
    async with running(vendor) as server:
        sender = build(real_now=lambda: times[-1])["wecom_app"]
        outgoing = message("wecom_app", settings=settings | {"base_url": server.url}, gateway_secrets=secrets)
        for minutes, tokens in ((0, 1), (114, 1), (116, 2)):
            times.append(NOON + timedelta(minutes=minutes))
            assert (await sender.send(outgoing)).delivered
            assert vendor.tokens == tokens


SMS_TEMPLATE = {
    "url": "",
    "headers": {"Authorization": "APPCODE {secret.code}"},
    "body": {"phone": "{to}", "content": "{text}", "serial": "{id}"},
    "success": {
        "pointer": "/Code",
        "equals": ["OK"],
        "final": ["MobileNumberIllegal"],
        "quota": ["BUSINESS_LIMIT"],
        "error_pointer": "/Message",
        "id_pointer": "/BizId",
    },
    "quota_wait_seconds": 90,
}


async def test_sms_gateway_reads_the_code_in_the_body(build: Build) -> None:
    vendor = SmsProvider()
    async with running(vendor) as server:
        sender = build()["sms"]
        settings = SMS_TEMPLATE | {"url": f"{server.url}/send"}
        outgoing = message("sms", target="13800000000", settings=settings, gateway_secrets={"code": "sms-secret"})
        taken = await sender.send(outgoing)
        outcomes = {}
        for code in ("BUSINESS_LIMIT", "MobileNumberIllegal", "InternalError"):
            vendor.code = code
            outcomes[code] = await sender.send(outgoing)
    assert (taken.delivered, taken.provider_id) == (True, "biz-1")
    (sent,) = vendor.taken
    assert sent["serial"] == str(outgoing.id)
    assert sent["content"].startswith("红色预警12号（新预警）：新城区线路")
    assert sent["content"].endswith("https://duban.example.test/r/abcdefghijklmnopqrstuv")
    assert len(sent["content"]) <= 2 * 67
    limited = outcomes["BUSINESS_LIMIT"]
    assert (limited.is_quota, limited.wait_seconds, limited.is_final) == (True, 90, False)
    assert outcomes["MobileNumberIllegal"].is_final
    assert not outcomes["InternalError"].is_final
    assert outcomes["InternalError"].error_code == "gateway.InternalError"


async def test_voice_gateway_speaks_the_whole_text(build: Build) -> None:
    vendor = SmsProvider()
    async with running(vendor) as server:
        settings = SMS_TEMPLATE | {"url": f"{server.url}/call", "body": {"to": "{to}", "tts": "{text}"}}
        outgoing = message(
            "voice", target="13800000000", settings=settings, gateway_secrets={"code": "sms-secret"}
        )
        assert (await build()["voice"].send(outgoing)).delivered
    assert vendor.taken[0]["tts"].startswith("您好，这里是督办系统。红色预警，通山县，")
    assert "http" not in vendor.taken[0]["tts"]


async def test_web_push_is_read_by_the_subscriber_alone_and_signed_by_us(build: Build) -> None:
    browser, auth = ec.generate_private_key(ec.SECP256R1()), b"a" * 16
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    status = [201]
    async with running(lambda request: Reply(status[0])) as server:
        sender = build()["web_push"]
        subscription = {"endpoint": f"{server.url}/push/1", "p256dh": encoded(point), "auth": encoded(auth)}
        outgoing = message("web_push", secrets=subscription)
        assert (await sender.send(outgoing)).delivered
        mild = replace(outgoing, body=json.dumps(json.loads(outgoing.body) | {"severity": "blue"}))
        assert (await sender.send(mild)).delivered
        status[0] = 410
        gone = await sender.send(outgoing)
        status[0] = 429
        full = await sender.send(outgoing)
        broken = await sender.send(message("web_push", secrets=subscription | {"p256dh": "AAAA"}))
    request = server.requests[0]
    shown = json.loads(
        http_ece.decrypt(request.body, private_key=browser, auth_secret=auth, version="aes128gcm").decode()
    )
    assert shown["title"].startswith("【红色预警】")
    assert shown["answer_url"].endswith("/r/abcdefghijklmnopqrstuv")
    assert shown["url"] == f"https://console.example.test/alerts/{shown['tag']}"
    # A title and where to go: what else was written is for who is signed in.
    assert set(shown) == {"id", "title", "url", "tag", "severity", "language", "answer_url", "answer_label"}
    assert outgoing.alert_id is not None
    assert request.headers["topic"] == outgoing.alert_id.hex
    assert (request.headers["urgency"], request.headers["content-encoding"]) == ("high", "aes128gcm")
    assert request.headers["ttl"] == "86400"
    # Of little weight: it wakes no phone, and tomorrow nobody wants to read it.
    assert [server.requests[1].headers[name] for name in ("urgency", "ttl")] == ["low", "14400"]
    token, _, key = request.headers["authorization"].removeprefix("vapid t=").partition(", k=")
    assert decoded(key) == VAPID.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    claims = jwt.decode(token, ECKey.import_key(VAPID.private.public_key())).claims
    assert claims["aud"] == server.url
    assert claims["sub"] == "mailto:duban@example.test"
    assert (gone.gone, gone.is_final) == (True, True)
    assert (full.is_quota, full.is_final) == (True, False)
    assert (broken.is_final, broken.error_code) == (True, "unusable")


def _webhook(url: str, form: str = "standard") -> Outgoing:
    sealed = ENVELOPE.seal(b"whsec_" + b"QUJD" * 8, SECRET_PURPOSE)
    return Outgoing(
        uuid4(), uuid4(), "webhook", url, "", "{}", "en", 1, 0, uuid4(), sealed, format=form
    )  # fmt: skip


async def test_cloud_event_says_so_when_a_channel_wants_one(build: Build) -> None:
    async with running(lambda request: Reply(204)) as server:
        assert (await build()["webhook"].send(_webhook(server.url, "cloudevents"))).delivered
    assert server.requests[0].headers["content-type"] == "application/cloudevents+json"
    assert server.requests[0].headers["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize("kind", ["webhook", "wecom_robot"])
@pytest.mark.parametrize(
    ("reply", "code", "is_final"),
    [
        (Reply(hang=True), "timeout", False),
        (Reply(trickle=True), "timeout", False),
        (Reply(302, headers={"location": "http://169.254.169.254/"}), "redirect", True),
        (Reply(503, headers={"retry-after": "7"}), "http.503", False),
    ],
    ids=["hangs", "trickles", "redirects", "is busy"],
)
async def test_receiver_gone_bad_holds_nobody_up(
    build: Build, kind: str, reply: Reply, code: str, is_final: bool
) -> None:
    async with running(lambda request: reply) as server:
        outgoing = _webhook(server.url) if kind == "webhook" else message(kind, secrets={"url": server.url})
        deadline = 0.3 if code == "timeout" else 60.0
        outcome = await build(deadline_seconds=deadline)[kind].send(outgoing)
    assert (outcome.delivered, outcome.error_code, outcome.is_final) == (False, code, is_final)
    if reply.status == 503:
        assert outcome.wait_seconds == 7


@pytest.mark.parametrize("reply", [Reply(endless=True), bomb()], ids=["endless", "gzip bomb"])
async def test_answer_is_read_no_further_than_64_kilobytes(build: Build, reply: Reply) -> None:
    async with running(lambda request: reply) as server, httpx.AsyncClient(timeout=60, trust_env=False) as client:
        guarded = GuardedClient(client, AllowedHosts.of(ALLOWED, require_https=False), deadline_seconds=60)
        answer = await guarded.send("GET", server.url)
        assert (len(answer.body), answer.is_cut) == (64 * 1024, True)
        # Status says success, the body says nothing: a robot has not answered like this.
        outcome = await build()["wecom_robot"].send(message("wecom_robot", secrets={"url": server.url}))
    assert (outcome.delivered, outcome.error_code) == (False, "answer_unreadable")


@pytest.mark.parametrize(
    "body",
    [b"<html>ok</html>", b"[]", b'{"errcode": null}', b"", b"[" * 60_000],
    ids=["html", "list", "null", "nothing", "deep"],
)
async def test_success_without_a_code_is_none(build: Build, body: bytes) -> None:
    async with running(lambda request: Reply(200, body)) as server:
        outcome = await build()["wecom_robot"].send(message("wecom_robot", secrets={"url": server.url}))
    assert (outcome.delivered, outcome.is_final, outcome.error_code) == (False, False, "answer_unreadable")


async def test_connection_goes_to_the_address_that_was_checked(build: Build) -> None:
    """The name leads to the listed address first and inside afterwards; only the first is asked."""
    found = iter([["127.0.0.1"], ["10.0.0.7"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(found)

    async with (
        running(lambda request: said({"ok": True})) as server,
        httpx.AsyncClient(timeout=60, trust_env=False) as client,
    ):
        allowed = AllowedHosts.of(["hooks.example.org", "127.0.0.1"], require_https=False)
        guarded = GuardedClient(client, allowed, resolver=rebinding)
        port = server.url.rpartition(":")[2]
        url = f"http://hooks.example.org:{port}/x"
        assert (await guarded.send("GET", url)).status == 200
        assert server.requests[0].headers["host"] == f"hooks.example.org:{port}"
        with pytest.raises(RefusedAddress):
            await guarded.send("GET", url)
    assert len(server.requests) == 1


async def test_apprise_delivers_where_allowed_and_believes_a_refusal(build: Build) -> None:
    statuses = [200]

    def answer(request: Request) -> Reply:
        return said({}, statuses[0])

    async with running(answer) as server:
        sender, host = build(deadline_seconds=120)["apprise"], server.url.removeprefix("http://")
        taken = await sender.send(message("apprise", secrets={"url": f"json://{host}/hook"}))
        statuses[0] = 500
        refused = await sender.send(message("apprise", secrets={"url": f"json://{host}/hook"}))
    assert taken.delivered, taken
    assert server.requests[0].json["title"].startswith("【红色预警】")
    assert (refused.delivered, refused.error_code) == (False, "apprise.refused")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("json://10.0.0.7/x", "refused.host_not_allowed"),
        ("json://2130706433/x", "refused.host_not_allowed"),
        ("syslog://", "refused.scheme"),
        ("json://", "apprise.address"),
    ],
)
async def test_apprise_is_kept_outside(build: Build, url: str, code: str) -> None:
    outcome: Outcome = await build(deadline_seconds=120)["apprise"].send(message("apprise", secrets={"url": url}))
    assert (outcome.delivered, outcome.is_final, outcome.error_code) == (False, True, code)


async def test_apprise_follows_no_redirect_inside(build: Build) -> None:
    def answer(request: Request) -> Reply:
        return Reply(302, headers={"location": "http://169.254.169.254/latest"})

    async with running(answer) as server:
        host = server.url.removeprefix("http://")
        outcome = await build(deadline_seconds=120)["apprise"].send(
            message("apprise", secrets={"url": f"json://{host}/hook"})
        )
    assert (outcome.delivered, outcome.error_code) in {
        (False, "refused.host_not_allowed"),
        (False, "apprise.refused"),
    }


async def test_apprise_outlives_no_deadline(build: Build) -> None:
    async with running(lambda request: Reply(hang=True)) as server:
        host = server.url.removeprefix("http://")
        outcome = await build(deadline_seconds=2.0)["apprise"].send(
            message("apprise", secrets={"url": f"json://{host}/hook"})
        )
    assert (outcome.delivered, outcome.error_code) == (False, "timeout")
