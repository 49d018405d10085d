"""The national warning XML (国家突发事件预警信息): the form of GB/T 34283-2017 and GB/T 35965.1-2018.

Followed as their public descriptions give it: an ``alert`` without a namespace, element names of CAP, severities
by colour (Red, Orange, Yellow, Blue), identifiers ``<发布单位代码>_<录入时间>_<序号 0–9>`` with a code of 14
digits (six of GB/T 2260, three of the kind of organ by GB/T 4657, three within it, two spare), areas by twelve
digits, and files named ``<发布单位代码>_<时间>_<事件类型>_<级别>_<信息类型>.xml``. What an installation has to be
told by its release centre: its own sender code, the event codes of its kinds of alerts, and the groups
(``audienceGrp``) that release channels know; none of them is invented here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from lxml import etree

from services.alerts.exchange.domain.message import Message, Scope, local, writable

_DIGITS_OF_AREA = 12


def identifier(sender_code: str, made_at: datetime, place: int) -> str:
    """31 characters: sender, local second, and the place (0–9) among those of the same sender and second."""
    return f"{sender_code}_{local(made_at):%Y%m%d%H%M%S}_{place}"


def file_name(message: Message, own_identifier: str) -> str:
    """The name of the file by the rule of the standard; its second is the identifier's."""
    code, second, _ = own_identifier.split("_")
    colour, kind = message.severity.value.upper(), message.type.value.upper()
    return f"{code}_{second}_{message.kind.event_code}_{colour}_{kind}.xml"


def document(message: Message, own_identifier: str, references: Sequence[str]) -> bytes:
    """The message as XML in UTF-8; `references` are identifiers of earlier messages of the alert."""
    root = etree.Element("alert")
    add = _adder(root)
    profile = message.profile
    add("identifier", own_identifier)
    add("sender", profile.sender_name_zh)
    add("senderCode", profile.sender_code)
    add("sendTime", _instant(message.sent))
    add("status", profile.status.value)
    add("msgType", message.type.value)
    add("scope", profile.scope.value)
    code = etree.SubElement(root, "code")
    method = etree.SubElement(code, "method")
    for name, value in (
        ("methodName", "SMS"),
        ("message", message.title_zh),
        ("audienceGrp", ""),
        ("audiencePrt", ""),
    ):
        _adder(method)(name, value)
    add("secClassification", "None" if profile.scope is Scope.PUBLIC else "Internal")
    add("note", message.resolution or "")
    add("references", " ".join(references))
    _info(root, message)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _info(root: etree._Element, message: Message) -> None:
    info = etree.SubElement(root, "info")
    add = _adder(info)
    add("language", "zh-CN")
    add("eventType", message.kind.event_code)
    add("urgency", "Unknown")
    add("severity", message.severity.value.capitalize())
    add("certainty", message.kind.certainty)
    add("effective", _instant(message.sent))
    add("onset", _instant(message.occurred_at))
    add("expires", "")
    add("senderName", message.profile.sender_name_zh)
    add("headline", message.title_zh)
    add("description", message.text_zh or message.title_zh)
    add("instruction", "")
    add("web", (message.profile.web or "").replace("{alert_id}", message.alert_id))
    area = etree.SubElement(info, "area")
    _adder(area)("areaDesc", message.region_name)
    for empty in ("polygon", "circle"):
        _adder(area)(empty, "")
    _adder(area)("geocode", message.region_code.ljust(_DIGITS_OF_AREA, "0"))


def _adder(parent: etree._Element) -> Callable[[str, str], None]:
    def add(name: str, value: str) -> None:
        etree.SubElement(parent, name).text = writable(value) or None

    return add


def _instant(instant: datetime) -> str:
    return local(instant).isoformat(sep=" ")
