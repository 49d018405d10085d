"""CAP against the schema of OASIS, the national form against its rules, Atom against RFC 4287."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from libs.common.contracts.alerts import AlertStatus, Severity
from services.alerts.exchange.domain import atom, cap, national
from services.alerts.exchange.domain.atom import Feed, FeedEntry
from services.alerts.exchange.domain.message import (
    EventKind,
    Message,
    MessageType,
    Profile,
    Reference,
    Scope,
    Status,
    message_type,
)

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parents[2] / "support" / "schemas" / "CAP-v1.2.xsd"))
CAP = {"cap": cap.NAMESPACE}
ATOM = {"atom": atom.NAMESPACE}
ALERT = "01926f4e-7f00-7000-8000-000000000501"
# 15:30 in Shanghai.
SENT = datetime(2026, 7, 14, 7, 30, 0, 250_000, tzinfo=UTC)

PROFILE = Profile(
    cap_sender="alerts@industry.example",
    sender_name_zh="示例区经济和信息化局",
    sender_name_en="Industry office of the sample district",
    sender_code="34150200500000",
    status=Status.TEST,
    scope=Scope.PUBLIC,
    restriction_zh="内部使用",
    contact="值班室",
    web="https://console.example/alerts/{alert_id}",
)
KIND = EventKind("99Z99", "电力供应预警", "Power supply shortage", "Infra", "Likely")
MESSAGE = Message(
    alert_id=ALERT,
    version=1,
    number=12,
    type=MessageType.ALERT,
    sent=SENT,
    severity=Severity.ORANGE,
    status=AlertStatus.OPEN,
    title_zh="示例区发布电力供应橙色预警",
    title_en="Power supply: orange",
    text_zh="预计最大用电缺口占当期最大用电需求的12.4%",
    text_en="The gap is expected to reach 12.4% of the demand",
    region_code="341502",
    region_name="示例区",
    occurred_at=datetime(2026, 7, 15, 2, 0, tzinfo=UTC),
    rule_code="energy.supply_shortage",
    object_name="城东变电站",
    resolution=None,
    labels={"team": "grid"},
    references=(),
    profile=PROFILE,
    kind=KIND,
)
UPDATE = replace(MESSAGE, version=3, type=MessageType.UPDATE, references=(Reference(1, SENT), Reference(2, SENT)))
CANCEL = replace(
    UPDATE, version=4, type=MessageType.CANCEL, status=AlertStatus.RESOLVED, resolution="负荷回落 <正常> & 已复核"
)


def read(body: bytes) -> etree._Element:
    return etree.fromstring(body)


@pytest.mark.parametrize("message", [MESSAGE, UPDATE, CANCEL, replace(MESSAGE, region_code="341502101")])
@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("severity", list(Severity))
def test_cap_is_valid_by_the_schema_of_oasis(message: Message, scope: Scope, severity: Severity) -> None:
    message = replace(message, severity=severity, profile=replace(PROFILE, scope=scope, web=None))
    SCHEMA.assertValid(read(cap.document(message)))


@given(st.text(), st.text())
def test_cap_is_valid_whatever_names_hold(title: str, text: str) -> None:
    message = replace(MESSAGE, title_zh=title, text_zh=text, object_name=title, labels={"x": text})
    SCHEMA.assertValid(read(cap.document(message)))
    assert read(national.document(message, "34150200500000_20260714153000_0", []))[0].text


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("red", "Extreme"), ("orange", "Severe"), ("yellow", "Moderate"), ("blue", "Minor")],
)
def test_colours_become_the_severities_of_cap(severity: str, expected: str) -> None:
    root = read(cap.document(replace(MESSAGE, severity=Severity(severity))))
    assert [node.text for node in root.iterfind(".//cap:severity", CAP)] == [expected, expected]


def test_cap_says_the_same_in_both_languages_and_where() -> None:
    root = read(cap.document(MESSAGE))
    assert [node.text for node in root.iterfind("cap:info/cap:language", CAP)] == ["zh-CN", "en"]
    assert [node.text for node in root.iterfind("cap:info/cap:headline", CAP)] == [
        MESSAGE.title_zh,
        MESSAGE.title_en,
    ]
    assert root.findtext("cap:sent", namespaces=CAP) == "2026-07-14T15:30:00+08:00"
    geocode = root.find("cap:info/cap:area/cap:geocode", CAP)
    assert geocode is not None
    assert [node.text for node in geocode] == ["GB/T 2260", "341502"]
    parameters = {pair[0].text: pair[1].text for pair in root.iterfind("cap:info[2]/cap:parameter", CAP)}
    assert (parameters["colour"], parameters["number"], parameters["label.team"]) == ("orange", "12", "grid")
    assert root.findtext("cap:info/cap:web", namespaces=CAP) == f"https://console.example/alerts/{ALERT}"


def test_cancel_refers_to_all_earlier_messages_and_gives_the_all_clear() -> None:
    root = read(cap.document(CANCEL))
    references = (root.findtext("cap:references", namespaces=CAP) or "").split(" ")
    assert references == [
        f"alerts@industry.example,{ALERT}.{version},2026-07-14T15:30:00+08:00" for version in (1, 2)
    ]
    assert root.findtext("cap:info/cap:responseType", namespaces=CAP) == "AllClear"
    assert root.findtext("cap:info/cap:urgency", namespaces=CAP) == "Past"
    assert root.findtext("cap:note", namespaces=CAP) == CANCEL.resolution


def test_message_is_alert_first_update_after_and_cancel_at_the_end() -> None:
    assert message_type(1, AlertStatus.OPEN) is MessageType.ALERT
    assert message_type(2, AlertStatus.ACKNOWLEDGED) is MessageType.UPDATE
    assert message_type(7, AlertStatus.RESOLVED) is MessageType.CANCEL


def test_national_form_follows_its_rules() -> None:
    own = national.identifier(PROFILE.sender_code, SENT, 0)
    assert (own, len(own)) == ("34150200500000_20260714153000_0", 31)
    assert national.file_name(MESSAGE, own) == "34150200500000_20260714153000_99Z99_ORANGE_ALERT.xml"
    root = read(national.document(UPDATE, own, ["34150200500000_20260714150000_0"]))
    assert root.tag == "alert"
    assert [node.tag for node in root] == [
        "identifier", "sender", "senderCode", "sendTime", "status", "msgType", "scope", "code",
        "secClassification", "note", "references", "info",
    ]  # fmt: skip
    info = root.find("info")
    assert info is not None
    assert [node.tag for node in info] == [
        "language", "eventType", "urgency", "severity", "certainty", "effective", "onset", "expires", "senderName",
        "headline", "description", "instruction", "web", "area",
    ]  # fmt: skip
    assert root.findtext("sendTime") == "2026-07-14 15:30:00+08:00"
    assert root.findtext("references") == "34150200500000_20260714150000_0"
    assert info.findtext("severity") == "Orange"
    assert info.findtext("area/geocode") == "341502000000"
    assert root.findtext("code/method/message") == MESSAGE.title_zh


def test_feed_has_what_the_standard_asks_of_feed_and_entries() -> None:
    entry = FeedEntry(ALERT, 3, SENT, SENT, "甲\x00乙", "b", "red", "open", "Update", "341502")
    root = read(atom.document(Feed("t", "a", SENT, "/v1/exchange/atom", [entry], older="/x?before=3")))
    for name in ("id", "title", "updated", "author"):
        assert root.find(f"atom:{name}", ATOM) is not None
    links = {link.get("rel"): link.get("href") for link in root.iterfind("atom:link", ATOM)}
    assert links == {"self": "/v1/exchange/atom", "next": "/x?before=3"}
    found = root.find("atom:entry", ATOM)
    assert found is not None
    assert found.findtext("atom:id", namespaces=ATOM) == f"urn:duban:alert:{ALERT}.3"
    assert found.findtext("atom:title", namespaces=ATOM) == "甲\ufffd乙"
    link = found.find("atom:link", ATOM)
    assert link is not None
    assert link.get("type") == "application/cap+xml"
