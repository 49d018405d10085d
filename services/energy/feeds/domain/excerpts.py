"""The text of single lines of a body, for those who have to mend what was rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

MAX_TEXT: Final = 500
_BY_ELEMENT: Final[Mapping[str, str]] = {"json_curves": "curves", "json_readings": "readings"}
_GZIP: Final = b"\x1f\x8b"
_BY_LINE: Final = frozenset({"csv_curves", "csv_readings", "ndjson", "table", "nem", "efile"})

Elements = list[msgspec.Raw]


def excerpts(body: bytes, format_name: str, lines: Sequence[int]) -> dict[int, str]:
    """What stands at the lines, at most 500 characters each; nothing for formats whose lines are no text.

    ``lines`` count from 1: physical lines, or elements of a JSON array.
    """
    if body.startswith(_GZIP):
        return {}
    if format_name in _BY_LINE:
        parts: Sequence[bytes | msgspec.Raw] = body.split(b"\n")
    elif format_name in _BY_ELEMENT:
        parts = _elements(body, _BY_ELEMENT[format_name])
    else:
        return {}
    wanted = {line for line in lines if 1 <= line <= len(parts)}
    return {line: _shown(bytes(parts[line - 1])) for line in wanted}


def _elements(body: bytes, name: str) -> Elements:
    try:
        if body.lstrip()[:1] == b"[":
            return msgspec.json.decode(body, type=Elements)
        found = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get(name)
        return [] if found is None else msgspec.json.decode(found, type=Elements)
    except msgspec.DecodeError:
        return []


def _shown(line: bytes) -> str:
    # A character takes up to four bytes; what is cut off in the middle of one is not shown.
    cut = line.strip(b"\r\xef\xbb\xbf")[: 4 * MAX_TEXT]
    for encoding in ("utf-8", "gb18030"):
        try:
            text = cut.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(cut) - 4:
                continue
            text = cut[: error.start].decode(encoding)
        return text.replace("\x00", "")[:MAX_TEXT]
    return cut.decode("utf-8", "replace").replace("\x00", "")[:MAX_TEXT]
