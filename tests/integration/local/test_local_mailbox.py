import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from deploy.local.mailbox import serve
from tests.support.ports import reserve_ports

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Running:
    def __init__(self, directory: Path, smtp_port: int, http_port: int) -> None:
        self.directory = directory
        self.smtp_port = smtp_port
        self.url = f"http://127.0.0.1:{http_port}"

    def files(self, pattern: str) -> list[str]:
        return [path.read_text() for path in sorted(self.directory.glob(pattern))]


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[Running]:
    port = reserve_ports(2)
    stop = asyncio.Event()
    server = asyncio.create_task(serve(tmp_path, port, port + 1, stop))
    for each in (port, port + 1):
        while not await _answers(each):
            assert not server.done(), "the mailbox ended by itself"
            await asyncio.sleep(0.02)
    yield Running(tmp_path, port, port + 1)
    stop.set()
    await server


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def mail(text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "duban@example.org", "leader@example.org", "橙色预警"
    message["Message-ID"] = "<n1@duban>"
    message.set_content(text)
    return message


async def post(url: str, body: str, headers: dict[str, str] | None = None) -> int:
    async with httpx.AsyncClient(timeout=60) as client:
        return (await client.post(url, content=body, headers=headers)).status_code


async def test_mail_is_one_file_with_its_envelope_when_sent(mailbox: Running) -> None:
    await aiosmtplib.send(mail("用电突增"), hostname="127.0.0.1", port=mailbox.smtp_port)
    (text,) = mailbox.files("*.eml")
    head = dict(line.split(": ", 1) for line in text.splitlines()[:4])
    assert head["X-To"] == "leader@example.org"
    assert datetime.fromisoformat(head["X-Received"]).utcoffset() is not None
    assert "Message-ID: <n1@duban>" in text


async def test_webhook_is_one_file_when_nobody_asked_for_a_signature(mailbox: Running) -> None:
    assert await post(f"{mailbox.url}/hooks/duty", '{"alert": 1}', {"webhook-id": "n1"}) == 204
    (text,) = mailbox.files("*.json")
    record = json.loads(text)
    assert (record["name"], record["body"], record["verified"]) == ("duty", {"alert": 1}, False)
    assert record["headers"]["webhook-id"] == "n1"


async def test_webhook_needs_its_signature_when_a_secret_is_kept(mailbox: Running) -> None:
    (mailbox.directory / "secrets").mkdir()
    (mailbox.directory / "secrets" / "duty").write_text(SECRET + "\n")
    body, now = '{"alert": 1}', datetime.now(UTC)
    headers = {
        "webhook-id": "n1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("n1", now, body),
    }
    assert await post(f"{mailbox.url}/hooks/duty", body, headers) == 204
    assert await post(f"{mailbox.url}/hooks/duty", body + " ", headers) == 401
    assert await post(f"{mailbox.url}/hooks/duty", body) == 401
    assert [json.loads(text)["verified"] for text in mailbox.files("*.json")] == [True]


async def test_receiver_fails_as_often_as_asked_when_a_control_file_says_so(mailbox: Running) -> None:
    control = mailbox.directory / "control.json"
    control.write_text(json.dumps({"status": 503, "remaining": 2}))
    answers = [await post(f"{mailbox.url}/hooks/duty", "{}") for _ in range(3)]
    assert answers == [503, 503, 204]
    control.write_text(json.dumps({"smtp_reply": "451 try later", "remaining": 1}))
    with pytest.raises(aiosmtplib.SMTPDataError):
        await aiosmtplib.send(mail("x"), hostname="127.0.0.1", port=mailbox.smtp_port)
    await aiosmtplib.send(mail("x"), hostname="127.0.0.1", port=mailbox.smtp_port)
    assert len(mailbox.files("*.eml")) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/hooks/duty", 405),
        ("POST", "/other", 404),
        ("POST", "/hooks/", 404),
        ("POST", "/hooks/../x", 404),
        ("POST", "/hooks/..", 404),
    ],
)
async def test_request_is_answered_by_its_path(mailbox: Running, method: str, path: str, status: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(mailbox.url.rsplit(":", 1)[1]))
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    answer = await reader.readline()
    writer.close()
    assert int(answer.split()[1]) == status


async def test_body_is_refused_when_it_is_huge(mailbox: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(mailbox.url.rsplit(":", 1)[1]))
    writer.write(b"POST /hooks/duty HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
    assert (await reader.readline()).split()[1] == b"413"
    writer.close()


@pytest.mark.parametrize(
    ("path", "kind", "code"),
    [
        ("/cgi-bin/webhook/send?key=1", "wecom_robot", "errcode"),
        ("/robot/send?access_token=1", "dingtalk_robot", "errcode"),
        ("/open-apis/bot/v2/hook/1", "feishu_robot", "code"),
        ("/cgi-bin/message/send?access_token=1", "wecom_app", "errcode"),
        ("/sms", "sms", "code"),
    ],
)
async def test_provider_answers_as_its_own_and_keeps_the_message(
    mailbox: Running, path: str, kind: str, code: str
) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(mailbox.url + path, json={"to": "1", "text": "用电突增"})
        broken = await client.post(mailbox.url + path, content=b"{")
    assert (answer.status_code, answer.json()[code]) == (200, 0)
    assert broken.json()[code] != 0
    (text,) = mailbox.files(f"*-{kind}.json")
    assert json.loads(text)["body"]["text"] == "用电突增"


async def test_provider_gives_out_its_token(mailbox: Running) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(f"{mailbox.url}/cgi-bin/gettoken?corpid=1&corpsecret=2")
    assert answer.json()["access_token"]
    assert mailbox.files("*.json") == []
