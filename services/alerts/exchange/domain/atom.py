"""An Atom feed (RFC 4287) of messages, each with a link to its CAP document; pages by RFC 5005."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from services.alerts.exchange.domain import cap
from services.alerts.exchange.domain.message import local, writable

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One message in the feed."""

    alert_id: str
    version: int
    sent: datetime
    opened: datetime
    title_zh: str
    title_en: str
    severity: str
    status: str
    type: str
    region_code: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of the feed, newest message first; links are relative to the service."""

    title: str
    author: str
    updated: datetime
    own: str
    entries: Sequence[FeedEntry]
    older: str | None = None
    newer: str | None = None


def document(feed: Feed) -> bytes:
    """The page as XML in UTF-8."""
    root = etree.Element(f"{{{NAMESPACE}}}feed", nsmap={None: NAMESPACE})
    _text(root, "id", "urn:duban:alerts:atom")
    _text(root, "title", feed.title)
    _text(root, "updated", local(feed.updated).isoformat())
    _text(_element(root, "author"), "name", feed.author)
    for relation, target in (("self", feed.own), ("next", feed.older), ("previous", feed.newer)):
        if target is not None:
            _element(root, "link", rel=relation, href=target, type=MEDIA_TYPE)
    for entry in feed.entries:
        _entry(root, entry)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _entry(root: etree._Element, message: FeedEntry) -> None:
    entry = _element(root, "entry")
    name = cap.identifier(message.alert_id, message.version)
    _text(entry, "id", f"urn:duban:alert:{name}")
    _text(entry, "title", message.title_zh)
    _text(entry, "updated", local(message.sent).isoformat())
    _text(entry, "published", local(message.opened).isoformat())
    _element(
        entry,
        "link",
        rel="alternate",
        type=cap.MEDIA_TYPE,
        href=f"/v1/alerts/{message.alert_id}/cap?version={message.version}",
    )
    for scheme, term in (
        ("severity", message.severity),
        ("status", message.status),
        ("msgType", message.type),
        ("region", message.region_code),
    ):
        _element(entry, "category", scheme=f"urn:duban:{scheme}", term=term)
    _text(entry, "summary", message.title_en)


def _element(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attrib=attributes)


def _text(parent: etree._Element, name: str, value: str) -> None:
    _element(parent, name).text = writable(value)
