"""CAP 1.2 (OASIS Common Alerting Protocol): one document a message, valid against the schema of the standard."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from libs.common.contracts.alerts import Severity
from services.alerts.exchange.domain.message import Message, MessageType, Reference, Scope, local, writable

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"

_SEVERITY = {
    Severity.RED: "Extreme",
    Severity.ORANGE: "Severe",
    Severity.YELLOW: "Moderate",
    Severity.BLUE: "Minor",
}
_URGENCY = {
    Severity.RED: "Immediate",
    Severity.ORANGE: "Expected",
    Severity.YELLOW: "Expected",
    Severity.BLUE: "Future",
}
_COLOURS_ZH = {Severity.RED: "红色", Severity.ORANGE: "橙色", Severity.YELLOW: "黄色", Severity.BLUE: "蓝色"}


def identifier(alert_id: str, version: int) -> str:
    """The identifier of a message: no blank, comma, ``<`` or ``&``, as the standard asks."""
    return f"{alert_id}.{version}"


def document(message: Message) -> bytes:
    """The message as XML in UTF-8."""
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    add = _adder(root)
    profile = message.profile
    add("identifier", identifier(message.alert_id, message.version))
    add("sender", profile.cap_sender)
    add("sent", _instant(message))
    add("status", profile.status.value)
    add("msgType", message.type.value)
    add("scope", profile.scope.value)
    if profile.scope is Scope.RESTRICTED:
        add("restriction", profile.restriction_zh)
    if message.resolution and message.type is MessageType.CANCEL:
        add("note", message.resolution)
    if message.references:
        add("references", " ".join(_reference(message, reference) for reference in message.references))
    add("incidents", message.alert_id)
    for language in ("zh-CN", "en"):
        _info(root, message, language)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _info(root: etree._Element, message: Message, language: str) -> None:
    info = etree.SubElement(root, f"{{{NAMESPACE}}}info")
    add = _adder(info)
    is_zh, is_over = language == "zh-CN", message.type is MessageType.CANCEL
    kind, profile = message.kind, message.profile
    add("language", language)
    add("category", kind.cap_category)
    add("event", kind.name_zh if is_zh else kind.name_en)
    add("responseType", "AllClear" if is_over else "Execute")
    add("urgency", "Past" if is_over else _URGENCY[message.severity])
    add("severity", _SEVERITY[message.severity])
    add("certainty", kind.certainty)
    _pair(info, "eventCode", "GB/T 35561", kind.event_code)
    add("effective", _instant(message))
    add("onset", local(message.occurred_at).isoformat())
    add("senderName", profile.sender_name_zh if is_zh else profile.sender_name_en)
    add("headline", message.title_zh if is_zh else message.title_en)
    add("description", (message.text_zh if is_zh else message.text_en) or message.title_zh)
    if profile.web:
        add("web", profile.web.replace("{alert_id}", message.alert_id))
    if profile.contact:
        add("contact", profile.contact)
    for name, value in _parameters(message, is_zh):
        _pair(info, "parameter", name, value)
    _area(info, message)


def _parameters(message: Message, is_zh: bool) -> list[tuple[str, str]]:
    colour = _COLOURS_ZH[message.severity] if is_zh else message.severity.value
    named = [
        ("colour", colour),
        ("number", str(message.number)),
        ("version", str(message.version)),
        ("state", message.status.value),
        ("rule", message.rule_code),
        ("object", message.object_name),
    ]
    return named + [(f"label.{name}", value) for name, value in sorted(message.labels.items())]


def _area(info: etree._Element, message: Message) -> None:
    area = etree.SubElement(info, f"{{{NAMESPACE}}}area")
    _adder(area)("areaDesc", message.region_name)
    _pair(area, "geocode", "GB/T 2260", message.region_code[:6])
    if len(message.region_code) > 6:
        _pair(area, "geocode", "GB/T 10114", message.region_code)


def _adder(parent: etree._Element) -> Callable[[str, str], None]:
    def add(name: str, value: str) -> None:
        etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = writable(value)

    return add


def _pair(parent: etree._Element, name: str, value_name: str, value: str) -> None:
    pair = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    add = _adder(pair)
    add("valueName", value_name)
    add("value", value)


def _reference(message: Message, reference: Reference) -> str:
    sent = local(reference.sent).isoformat()
    return f"{message.profile.cap_sender},{identifier(message.alert_id, reference.version)},{sent}"


def _instant(message: Message) -> str:
    return local(message.sent).isoformat()
