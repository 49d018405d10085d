"""Which format a body is in, and its parser. A new format is a file beside this one and a line in ``FORMATS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.energy.feeds.domain.body import Body, Fault, UnreadableFile
from services.energy.feeds.formats import (
    archive,
    csv_format,
    efile,
    elexon,
    entsoe,
    green_button,
    iec61968,
    json_format,
    nem,
    nhjc,
)
from services.energy.feeds.formats.tables import parsing

_HEAD: Final = 64 * 1024
_KEYS: Final = 512
_OWN_KEYS: Final = (b"meter_no", b'"curves"', b'"readings"')
_JSON, _CSV = "application/json", "text/csv"
_NDJSON: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_XML: Final = ("application/xml", "text/xml")
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ZIP: Final = ("application/zip", "application/x-zip-compressed")
_GZIP: Final = ("application/gzip", "application/x-gzip")
# These promise nothing: what the bytes are is told by looking at them.
_GENERIC: Final = frozenset({"", "application/octet-stream", "text/plain", "application/x-www-form-urlencoded"})
# Media types that several formats share.
_SHARED: Final = frozenset({_JSON, _CSV, *_XML, *_ZIP, *_GZIP})
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(frozen=True, slots=True)
class Format:
    """``is_own``: ours, whose header's unit and interval are facts of the request and refuse it as a whole."""

    name: str
    parse: Callable[[bytes], Sequence[Body]]
    sniff: Callable[[bytes], bool]
    media_types: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    is_own: bool = False


def _alone(parse: Callable[[bytes], Body]) -> Callable[[bytes], Sequence[Body]]:
    return lambda body: (parse(body),)


def _holds(mark: bytes, key: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(mark) and key in head


def _json_readings(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"[") or (text.startswith(b"{") and b'"readings"' in text)


def _is_text(head: bytes) -> bool:
    return b"\x00" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))


# In the order in which they are tried: the narrower first.
FORMATS: Final[tuple[Format, ...]] = (
    Format("nem", nem.parse, nem.sniff, ("text/x-nem12", "text/x-nem13", "application/vnd.aemo.mdff")),
    Format("efile", efile.parse, efile.sniff, ("text/x-efile",), (".e", ".cime", ".dt")),
    Format("green_button", green_button.parse, green_button.sniff, ("application/atom+xml",)),
    Format("iec61968", iec61968.parse, iec61968.sniff),
    Format("entsoe", entsoe.parse, entsoe.sniff),
    Format("nhjc", nhjc.parse, nhjc.sniff),
    Format("elexon", elexon.parse, elexon.sniff),
    Format("xlsx", parsing.parse_workbook, lambda _: False, (_XLSX,), (".xlsx", ".xlsm")),
    Format("csv_curves", _alone(csv_format.parse_curves), csv_format.sniff_curves, is_own=True),
    Format("csv_readings", _alone(csv_format.parse_readings), csv_format.sniff_readings, is_own=True),
    Format("json_curves", _alone(json_format.parse_curves), _holds(b"{", b'"curves"'), is_own=True),
    Format("json_readings", _alone(json_format.parse_readings), _json_readings, is_own=True),
    Format(
        "ndjson",
        _alone(json_format.parse_lines),
        _holds(b"{", b'"at"'),
        _NDJSON,
        (".ndjson", ".jsonl"),
        is_own=True,
    ),
    Format("table", parsing.parse_text, _is_text, ("text/tab-separated-values",), (".csv", ".tsv", ".txt")),
)
BY_NAME: Final[Mapping[str, Format]] = {entry.name: entry for entry in FORMATS}
MEDIA_TYPES: Final = tuple(
    dict.fromkeys((*(name for entry in FORMATS for name in entry.media_types), *sorted(_SHARED)))
)
# What a shared media type means at the door of curves and at that of readings when the bytes do not tell.
_USUAL: Final[Mapping[tuple[str, str], str]] = {
    ("curves", _JSON): "json_curves",
    ("readings", _JSON): "json_readings",
    ("curves", _CSV): "table",
    ("readings", _CSV): "table",
}


class UnknownFormat(Exception):
    """Neither the media type nor the bytes name a format."""


def format_of(kind: str, media_type: str, name: str, file_name: str, body: bytes) -> Format:
    """The format of a body that is no archive.

    ``name`` is the caller's word and holds; then the media type if it means one format; then the first bytes; then
    the file's name. ``kind`` (curves, readings, files) breaks ties. Raises UnknownFormat, UnreadableFile.
    """
    if name:
        if name not in BY_NAME:
            raise UnknownFormat(name)
        return BY_NAME[name]
    known = next((entry for entry in FORMATS if media_type in entry.media_types), None)
    if known is not None:
        return known
    if media_type not in _SHARED and media_type not in _GENERIC:
        raise UnknownFormat(media_type)
    usual = _USUAL.get((kind, media_type))
    if usual is not None and any(key in body[:_KEYS] for key in _OWN_KEYS):
        # What comes a thousand times a second is not compared with every format first.
        return BY_NAME[usual] if media_type == _JSON else _own_table(body[:_HEAD], usual)
    head = body[:_HEAD]
    if head.startswith(_OLE):
        raise UnreadableFile("file.old_workbook")
    if archive.is_zip(head):
        return BY_NAME["xlsx"]
    found = next((entry for entry in FORMATS if entry.sniff(head)), None)
    if usual is not None and (found is None or found.is_own or found.name == "table"):
        return found if found is not None and found.name.startswith("csv_") else BY_NAME[usual]
    if found is None or (found.name == "table" and head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in {b"<", b"{", b"["}):
        raise UnreadableFile("file.format_unknown")
    suffix = "." + file_name.rpartition(".")[2].casefold()
    if found.name == "table":
        return next((entry for entry in FORMATS if suffix in entry.suffixes), found)
    return found


def _own_table(head: bytes, usual: str) -> Format:
    """Our own CSV if the headings are ours, else what the door usually takes."""
    own = (BY_NAME["csv_curves"], BY_NAME["csv_readings"])
    return next((entry for entry in own if entry.sniff(head)), BY_NAME[usual])


@dataclass(frozen=True, slots=True)
class Parsed:
    """Bodies of one format; ``is_own`` as in Format."""

    format: Format
    bodies: Sequence[Body]


def parse(kind: str, media_type: str, name: str, file_name: str, body: bytes) -> list[Parsed]:
    """The bodies of a file, or of each file in an archive. Raises UnknownFormat, UnreadableBody."""
    head = body[:8]
    if archive.is_gzip(head):
        body = archive.gunzip(body)
        file_name = file_name.removesuffix(".gz")
        media_type = "" if media_type in _GZIP else media_type
        head = body[:8]
    if not archive.is_zip(head) or archive.is_workbook(body):
        found = format_of(kind, "" if media_type in _ZIP else media_type, name, file_name, body)
        return [Parsed(found, found.parse(body))]
    parsed: list[Parsed] = []
    for member, content in archive.members(body):
        try:
            found = format_of("files", "", name, member, content)
            bodies = found.parse(content)
        except UnreadableFile as fault:
            params = {name: value for name, value in fault.params.items() if name != "line"}
            raise UnreadableFile(fault.code, fault.line, f"/{member}{fault.pointer}", **params) from fault
        parsed.append(Parsed(found, [_placed(one, member) for one in bodies]))
    return parsed


def _placed(body: Body, member: str) -> Body:
    place = f"{member}/{body.place}" if body.place else member
    return replace(body, place=place)


def with_place(body: Body, fault: Fault) -> Fault:
    """A fault whose pointer begins with the sheet or member its line is of."""
    if not body.place:
        return fault
    place = body.place.replace("~", "~0").replace("/", "~1")
    return replace(fault, pointer=f"/{place}{fault.pointer}")
