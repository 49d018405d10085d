"""Uploads of the national monitoring of key energy users (重点用能单位能耗在线监测, NECC-NHJC-04).

``{deviceId, enterpriseCode, data: […]}``; each datum names its point by a data code of five groups, of which the
fourth holds the kind of energy: 33 is electricity, in kWh. A channel is ``<enterpriseCode>:<dataCode>``. Times are
Beijing's. ``statType`` 0 is a value of a collecting interval; days, months and years (1 to 3) keep their own
interval, which no meter of ours has, so that the checks tell it.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from services.energy.feeds.domain.body import Body, UnreadableFile
from services.energy.feeds.formats.channels import channel_of
from services.energy.feeds.formats.series import Collector, Series
from services.energy.feeds.formats.tables.clock import iso_stamp
from services.energy.feeds.formats.xml_reading import number_of

_ZONE: Final = "+08:00"
_CODE: Final = re.compile(r"\d{2}-\d{2}-\d{4}-\d{2}(\d{2})\d{2}-\d{2}")
_ELECTRICITY: Final = "33"
_INTERVALS: Final = {"0": None, "1": 1440, "2": 43_200, "3": 525_600}
# What the device itself does not trust.
_INVALID: Final = "1"
_STAMPED: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")


class Datum(msgspec.Struct, gc=False, rename="camel"):
    """One value; senders write numbers as texts and as numbers."""

    data_code: str
    data_value: str | float
    stat_date: str
    stat_type: str | int = "0"
    valid: str | int = "0"


class Upload(msgspec.Struct, rename="camel"):
    """The body of ``uploadEnergyData``."""

    device_id: str
    enterprise_code: str
    data: list[Datum]


_decoder = msgspec.json.Decoder(Upload)


def sniff(head: bytes) -> bool:
    """Whether the body begins like an upload."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{") and b'"enterpriseCode"' in text and b'"data' in text


def decode(body: bytes) -> Upload:
    """Raises UnreadableFile."""
    try:
        return _decoder.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableFile("json.malformed", reason=str(error)[:200]) from error


def parse(body: bytes) -> list[Body]:
    """Readings by interval; the line of a datum is its place from 1. Raises UnreadableFile."""
    upload = decode(body)
    collector = Collector()
    for line, datum in enumerate(upload.data, 1):
        _take(line, upload.enterprise_code, datum, collector)
    return collector.bodies()


def _take(line: int, enterprise_code: str, datum: Datum, collector: Collector) -> None:
    code = _CODE.fullmatch(datum.data_code)
    place = f"/data/{line - 1}"
    if code is None:
        collector.refuse(line, f"{place}/dataCode", "nhjc.code_malformed", data_code=datum.data_code[:40])
        return
    if str(datum.valid).strip() == _INVALID:
        collector.refuse(line, f"{place}/valid", "nhjc.not_valid")
        return
    kind = str(datum.stat_type).strip()
    if kind not in _INTERVALS:
        collector.refuse(line, f"{place}/statType", "nhjc.stat_type_unknown", value=kind[:20])
        return
    stamp = iso_stamp(datum.stat_date)
    if not _STAMPED.fullmatch(stamp):
        collector.refuse(line, f"{place}/statDate", "reading.stamp_malformed")
        return
    text = str(datum.data_value).strip()
    if not text or text.casefold() == "null":
        return
    try:
        value = number_of(text)
    except ValueError:
        collector.refuse(line, f"{place}/dataValue", "xml.number_malformed", text=text[:40])
        return
    unit = "kWh" if code[1] == _ELECTRICITY else f"energy {code[1]}"
    series = Series(unit, interval_minutes=_INTERVALS[kind])
    collector.add(series, channel_of(enterprise_code, datum.data_code), stamp + _ZONE, value, line)
