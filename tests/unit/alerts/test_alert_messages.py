"""Messages, addresses, signatures, retries, the trail's chain; no network and no database."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

import services.alerts
from libs.common.contracts.alerts import AlertStatus, Severity
from libs.common.security.principal import SYSTEM
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress
from libs.common.webhooks.signing import is_secret, new_secret, signed_headers
from services.alerts.notifications.domain.message import Language, Reason, Telling, compose
from services.alerts.notifications.wording import wording
from services.alerts.streams.domain.filters import parse
from services.alerts.trail.domain.chain import BEGINNING, Entry, first_break, link
from services.alerts.trail.domain.life import outranks

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)
TELLING = Telling(
    number=12,
    severity="red",
    status="open",
    titles={Language.ZH_CN: "矿热炉用电突增", Language.EN: "Furnace:\njump"},
    texts={Language.ZH_CN: "偏离 {x}", Language.EN: "off by 38 %"},
    object_name="1号矿热炉（演示）",
    region_name="通山县",
    occurred_at=NOON,
    promised_at=NOON,
    resolution="done",
)


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("status", list(AlertStatus))
def test_message_is_whole_in_each_language(
    reason: Reason, language: Language, severity: Severity, status: AlertStatus
) -> None:
    telling = replace(TELLING, severity=severity.value, status=status.value)
    words = compose(telling, reason, language, wording(language), recipient="李某（演示）", post="leader")
    assert "\n" not in words.subject
    assert "12:00" in words.body
    # Braces of the facts are text, and no placeholder of the catalogue is left over.
    assert ("{x}" in words.body) == (language is Language.ZH_CN)
    assert words.body.count("{") == (1 if language is Language.ZH_CN else 0)


def test_catalogues_have_the_same_entries_in_both_languages() -> None:
    root = Path(services.alerts.__file__).parent
    for folder in ("messages", "notifications/messages", "warnings/messages"):
        zh, en = (
            json.loads((root / folder / f"{language}.json").read_text("utf-8")) for language in ("zh-CN", "en")
        )
        assert list(zh) == list(en), folder


def test_signature_is_verified_by_the_standard_library_when_nothing_was_changed() -> None:
    secret, now = new_secret(), datetime.now(UTC)
    headers = signed_headers([secret], "message-1", now, '{"a":1}')
    assert Webhook(secret).verify('{"a":1}', headers) == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify('{"a":2}', headers)
    assert is_secret(secret)
    assert not is_secret("whsec_short")
    assert not is_secret("x" + secret)


LISTED = AllowedHosts.of(["hooks.example.org", ".partner.cn", "10.1.0.0/16", "localhost", "127.0.0.1"])


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/x",
        "https://HOOKS.example.org:8443/x",
        "https://a.partner.cn/",
        "https://partner.cn/",
        "https://10.1.2.3/",
        "http://127.0.0.1:9/",
        "http://localhost:9/",
    ],
)
def test_address_is_taken_when_its_host_is_listed(url: str) -> None:
    assert LISTED.check_url(url).host


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.org/", "host_not_allowed"),
        ("https://evilpartner.cn/", "host_not_allowed"),
        ("https://10.2.0.1/", "host_not_allowed"),
        ("https://[::1]/", "host_not_allowed"),
        ("https://0x7f000001/", "host_not_allowed"),
        ("http://hooks.example.org/", "https_required"),
        ("https://a:b@hooks.example.org/", "credentials_in_address"),
        ("file:///etc/passwd", "malformed"),
        ("https://", "malformed"),
        ("https://hooks.example.org:99999/", "malformed"),
    ],
)
def test_address_is_refused_when_it_is_not_for_us(url: str, reason: str) -> None:
    with pytest.raises(RefusedAddress) as refused:
        LISTED.check_url(url)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("host", "found", "connects"),
    [
        ("hooks.example.org", ["8.8.8.8"], "8.8.8.8"),
        ("hooks.example.org", ["10.1.4.4"], "10.1.4.4"),
        ("localhost", ["127.0.0.1", "::1"], "127.0.0.1"),
        ("hooks.example.org", ["127.0.0.2"], None),
        ("hooks.example.org", ["8.8.8.8", "192.168.1.1"], None),
        ("hooks.example.org", ["169.254.169.254"], None),
        ("hooks.example.org", ["::ffff:10.9.9.9"], None),
        ("hooks.example.org", ["fe80::1%eth0"], None),
        ("hooks.example.org", [], None),
    ],
)
def test_connection_goes_to_public_or_listed_addresses_only(
    host: str, found: list[str], connects: str | None
) -> None:
    if connects is not None:
        assert LISTED.check_addresses(host, found) == connects
        return
    with pytest.raises(RefusedAddress):
        LISTED.check_addresses(host, found)


def test_waits_grow_and_end_when_attempts_fail() -> None:
    schedule = RetrySchedule(waits=(1, 5))
    assert [schedule.wait_after(attempt) for attempt in (1, 2, 3)] == [1, 5, None]
    assert schedule.wait_after(1, asked_seconds=30) == 30
    assert schedule.wait_after(1, asked_seconds=999_999) == 3600


def chain(count: int) -> list[Entry]:
    alert_id, entries, previous = uuid4(), list[Entry](), BEGINNING
    for seq in range(1, count + 1):
        at = NOON + timedelta(minutes=seq)
        entries.append(
            link(
                alert_id=alert_id,
                seq=seq,
                kind="commented",
                at=at,
                actor="officer",
                facts={"文": seq, "at": at},
                previous=previous,
            )
        )
        previous = entries[-1].digest
    return entries


def test_chain_is_whole_when_nobody_touched_it() -> None:
    entries = chain(5)
    assert first_break(entries, 5, entries[-1].digest) is None
    assert first_break([], 0, BEGINNING) is None


def test_tampering_shows_at_its_place_when_somebody_changes_removes_or_cuts_entries() -> None:
    entries = chain(5)
    head = entries[-1].digest
    for forged in (
        replace(entries[2], facts="{}"),
        replace(entries[2], actor="x"),
        replace(entries[2], kind="x"),
        replace(entries[2], at=NOON),
        replace(entries[2], alert_id=uuid4()),
    ):
        changed = [*entries[:2], forged, *entries[3:]]
        assert first_break(changed, 5, head) == 3
    assert first_break([*entries[:1], *entries[2:]], 5, head) == 2
    assert first_break(entries[:4], 5, head) == 5
    # A shorter chain that was rewritten as a whole does not end where the alert says.
    assert first_break(entries[:4], 4, head) == 4


def test_graver_severities_outrank_when_compared() -> None:
    assert [outranks(left, right) for left, right in zip(list(Severity)[1:], Severity, strict=False)] == [True] * 3
    assert not outranks(Severity.RED, Severity.RED)


@pytest.mark.parametrize(
    ("query", "payload", "expected"),
    [
        ([], {}, True),
        ([("filter[status]", "open")], {"status": "open"}, True),
        ([("filter[status][ne]", "open")], {"status": "open"}, False),
        ([("filter[severity][in]", "red,orange")], {"severity": "orange"}, True),
        ([("filter[region_code][within]", "421200")], {"region_code": "421224101"}, True),
        ([("filter[region_code][within]", "421200")], {"region_code": "421300"}, False),
        ([("filter[enterprise_id]", "x")], {"enterprise_id": None}, False),
        ([("limit", "3")], {}, True),
    ],
)
def test_stream_filter_passes_what_was_asked_for(
    query: list[tuple[str, str]], payload: dict[str, str | None], expected: bool
) -> None:
    wanted, faults = parse(query)
    assert faults == []
    assert wanted.passes(payload, SYSTEM) is expected
