"""XML of strangers: read as a stream, without document types, entities or network, within lxml's own limits."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Collection, Iterator
from typing import Final

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from services.energy.feeds.domain.body import UnreadableFile

_DECLARATION: Final = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
# Encodings in which "<" is that byte and no other, so that a document type cannot hide from the search for it.
_ENCODINGS: Final = frozenset(
    {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252", b"gb2312", b"gbk", b"gb18030"}
)
_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_SKIPPED: Final = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)


def root_name(head: bytes) -> str:
    """The local name of the first element that begins in these bytes; empty if there is none."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"<"):
        return ""
    found = _ROOT.search(_SKIPPED.sub(b"", text))
    return found[1].decode("ascii", "ignore") if found else ""


def ended_elements(body: bytes, names: Collection[str]) -> Iterator[etree._Element]:
    """Elements with these local names, each at its end; what is no longer needed is for the caller to clear.

    Raises UnreadableFile: not well formed, with a document type, in an odd encoding.
    """
    _refuse_odd(body)
    stream = io.BytesIO(body)
    events = etree.iterparse(
        stream,
        events=("end",),
        tag=["{*}" + name for name in names],
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in events:
            yield element
    except etree.XMLSyntaxError as error:
        raise UnreadableFile("xml.malformed", error.lineno or 0, reason=(error.msg or "")[:200]) from error
    except (ValueError, LookupError) as error:
        raise UnreadableFile("xml.malformed", reason=str(error)[:200]) from error


def _refuse_odd(body: bytes) -> None:
    plain = body.removeprefix(b"\xef\xbb\xbf")
    if not plain.lstrip()[:1] == b"<":
        raise UnreadableFile("xml.malformed", 1, reason="no element")
    declared = _DECLARATION.match(plain)
    if declared is not None and declared[1].lower() not in _ENCODINGS:
        raise UnreadableFile("xml.encoding_refused", 1, encoding=declared[1].decode("ascii"))
    if (at := body.find(b"<!DOCTYPE")) >= 0 or (at := body.find(b"<!ENTITY")) >= 0:
        raise UnreadableFile("xml.doctype_refused", body.count(b"\n", 0, at) + 1)


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    tag: str = element.tag
    return tag.rpartition("}")[2]


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of this local name."""
    if element is None:
        return None
    # A path expression costs ten times as much, and there are millions of values.
    ending = "}" + name
    return next((node for node in element if node.tag == name or node.tag.endswith(ending)), None)


def leaves(element: etree._Element) -> dict[str, str]:
    """Texts of all elements below that have none themselves, by local name; the first of a name counts."""
    found: dict[str, str] = {}
    for node in element.iter():
        text = node.text
        if text is not None and not text.isspace():
            found.setdefault(node.tag.rpartition("}")[2], text.strip())
    return found


def text_of(element: etree._Element | None, *path: str) -> str:
    """The text below, following local names; empty where an element is missing or empty."""
    for name in path:
        element = child(element, name)
    return "" if element is None or element.text is None else element.text.strip()


def line_of(element: etree._Element) -> int:
    """The line the element begins in."""
    line: int | None = element.sourceline
    return line or 0


def forget(element: etree._Element) -> None:
    """Free an element that was read, and what came before it in its parent."""
    element.clear()
    parent, before = element.getparent(), element.getprevious()
    if parent is not None and before is not None and before.tag == element.tag:
        parent.remove(before)


def number_of(text: str) -> float:
    """A decimal number. Raises ValueError for anything else, infinities included."""
    if "_" in text:
        raise ValueError(text)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def utc_stamps(seconds: NDArray[np.int64]) -> list[str]:
    """Unix seconds as ISO 8601 stamps with Z."""
    stamps: list[str] = np.datetime_as_string(seconds.astype("datetime64[s]"), timezone="UTC").tolist()
    return stamps
