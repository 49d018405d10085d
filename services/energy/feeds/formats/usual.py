"""Our own formats in their usual shape, read by compiled loops; what deviates is left to the formats' parsers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from services.energy.feeds.domain.body import Body
from services.energy.feeds.domain.scanner import curves, readings, wide
from services.energy.feeds.formats.registry import BY_NAME, Parsed

Scan = Callable[[bytes], Body | None]
_LINES: Final[tuple[str, Scan]] = ("ndjson", readings.scan_lines)

# By door and media type: format and scanner.
_SCANNERS: Final[Mapping[tuple[str, str], tuple[str, Scan]]] = {
    ("curves", "application/json"): ("json_curves", curves.scan_curves),
    ("curves", "text/csv"): ("csv_curves", wide.scan_wide),
    ("readings", "application/json"): ("json_readings", readings.scan_list),
    ("readings", "application/x-ndjson"): _LINES,
    ("readings", "application/ndjson"): _LINES,
    ("readings", "application/jsonl"): _LINES,
}


def scan(kind: str, media_type: str, name: str, body: bytes) -> list[Parsed] | None:
    """The body if it is of the usual shape; ``kind`` and ``name`` as in :func:`registry.parse`."""
    if (kind, media_type) not in _SCANNERS:
        return None
    format_name, scanner = _SCANNERS[kind, media_type]
    found = scanner(body) if name in {"", format_name} else None
    return None if found is None else [Parsed(BY_NAME[format_name], (found,))]
