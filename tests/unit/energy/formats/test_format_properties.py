"""What a writer of a format writes is what the parser reads, value by value."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.feeds.domain.body import Body, CurveBody, ReadingBody, UnreadableBody
from services.energy.feeds.formats import registry

FEW = settings(max_examples=25, deadline=None)
NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 3) + 0.0)
BLANKS = st.sampled_from(["", "--", "-", "null", " "])
DAYS = st.dates(date(2001, 1, 1), date(2030, 12, 31))
METERS = st.lists(st.integers(10**11, 10**14).map(str), min_size=1, max_size=4, unique=True)
SLOTS = st.sampled_from([24, 48, 96, 288])


def cells(slots: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.one_of(NUMBERS.map(repr), BLANKS), min_size=slots, max_size=slots)


def value_of(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def parsed(text: str, encoding: str = "utf-8") -> list[Body]:
    return [body for one in registry.parse("files", "", "", "", text.encode(encoding)) for body in one.bodies]


@FEW
@given(st.data(), METERS, SLOTS, DAYS)
def test_wide_table_comes_back_whatever_its_headings(data: Any, meters: list[str], slots: int, day: date) -> None:
    minutes = 1440 // slots
    headings = data.draw(
        st.sampled_from(
            [
                [f"P{slot}" for slot in range(1, slots + 1)],
                [f"第{slot}点" for slot in range(1, slots + 1)],
                [f"{at // 60:02}:{at % 60:02}" for at in range(minutes, 1441, minutes)],
                [f"{at // 60}:{at % 60:02}" for at in range(0, 1440, minutes)],
            ]
        )
    )
    delimiter = data.draw(st.sampled_from([",", ";", "\t"]))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    written = data.draw(
        st.sampled_from([f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%Y%m%d}", f"{day:%Y年%m月%d日}"])
    )
    rows = [data.draw(cells(slots)) for _ in meters]
    lines = [["数据日期", "用户名称", "表号", *headings]]
    lines += [[written, "某公司", meter, *row] for meter, row in zip(meters, rows, strict=True)]
    (body,) = parsed("负荷曲线\n" + "\n".join(delimiter.join(line) for line in lines), encoding)
    assert isinstance(body, CurveBody)
    assert not body.faults
    assert (list(body.meter_nos), list(body.dates)) == (meters, [day.isoformat()] * len(meters))
    wanted = np.array([[value_of(cell) for cell in row] for row in rows])
    assert np.array_equal(body.values, wanted, equal_nan=True)


@FEW
@given(st.data(), METERS, SLOTS, DAYS)
def test_long_table_comes_back_in_any_order(data: Any, meters: list[str], slots: int, day: date) -> None:
    minutes = 1440 // slots
    values = {(meter, slot): data.draw(NUMBERS) for meter in meters for slot in range(slots)}
    order = data.draw(st.permutations(sorted(values)))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    lines = [
        f"{meter},{midnight + timedelta(minutes=(slot + 1) * minutes):%Y-%m-%d %H:%M},{values[meter, slot]!r}"
        for meter, slot in order
    ]
    (body,) = parsed("meter_no,time,kw\n" + "\n".join(lines))
    assert isinstance(body, ReadingBody)
    assert (body.ends, body.local, body.header.unit) == (True, True, "kW")
    assert body.values.tolist() == [values[key] for key in order]
    assert list(body.meter_nos) == [meter for meter, _ in order]


@FEW
@given(st.data(), st.sampled_from([5, 15, 30]), DAYS)
def test_nem12_comes_back_with_its_qualities(data: Any, interval: int, day: date) -> None:
    slots = 1440 // interval
    energies = st.floats(0, 1e5).map(lambda value: round(value, 3))
    values = data.draw(st.lists(energies, min_size=slots, max_size=slots))
    edges = [0, *sorted(data.draw(st.sets(st.integers(1, slots - 1), max_size=4))), slots]
    flags = data.draw(st.lists(st.sampled_from("AEFS"), min_size=len(edges) - 1, max_size=len(edges) - 1))
    lines = ["100,NEM12,203112312359,A,B", f"200,NMI1,E1,E1,E1,N1,S,kWh,{interval},"]
    lines.append(f"300,{day:%Y%m%d}," + ",".join(map(str, values)) + ",V,,,,")
    lines += [
        f"400,{first + 1},{last},{flag},," for first, last, flag in zip(edges, edges[1:], flags, strict=False)
    ]
    (body,) = parsed("\n".join([*lines, "900"]))
    assert isinstance(body, CurveBody)
    assert body.values.tolist() == [values]
    assert body.dates == [day.isoformat()]
    assert body.qualities is not None
    wanted = [
        "measured" if flag == "A" else "estimated"
        for first, last, flag in zip(edges, edges[1:], flags, strict=False)
        for _ in range(last - first)
    ]
    assert body.qualities == [wanted]


@FEW
@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=50),
    st.integers(-3, 3),
    st.integers(0, 3 * 10**5),
    st.booleans(),
)
def test_green_button_comes_back_scaled(raw: list[int], power: int, start: int, type_last: bool) -> None:
    seconds = [900 * (1_500_000 + start + place) for place in range(len(raw))]
    readings = "".join(
        f"<IntervalReading><timePeriod><duration>900</duration><start>{second}</start></timePeriod>"
        f"<value>{value}</value></IntervalReading>"
        for second, value in zip(seconds, raw, strict=True)
    )
    base = "https://x/espi/1_1/resource"
    kind = f"""<entry><id>urn:uuid:t</id><link rel="self" href="{base}/ReadingType/9"/><content>
        <ReadingType xmlns="http://naesb.org/espi"><flowDirection>19</flowDirection><uom>72</uom>
        <powerOfTenMultiplier>{power}</powerOfTenMultiplier></ReadingType></content></entry>"""
    blocks = f"""<entry><id>urn:uuid:b</id>
        <link rel="self" href="{base}/UsagePoint/1/MeterReading/2/IntervalBlock/3"/><content><IntervalBlock xmlns="http://naesb.org/espi">{readings}</IntervalBlock></content></entry>"""
    rest = f"""<entry><id>urn:uuid:p</id><link rel="self" href="{base}/UsagePoint/1"/><content>
        <UsagePoint xmlns="http://naesb.org/espi"/></content></entry>
        <entry><id>urn:uuid:m</id><link rel="self" href="{base}/UsagePoint/1/MeterReading/2"/>
        <link rel="related" href="{base}/ReadingType/9"/>
        <content><MeterReading xmlns="http://naesb.org/espi"/></content></entry>"""
    entries = blocks + rest + kind if type_last else kind + rest + blocks
    (body,) = parsed(f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>')
    assert isinstance(body, ReadingBody)
    scale = 1.0 if power == 3 else 10.0**power
    assert body.values.tolist() == [value * scale for value in raw]
    assert (body.header.unit, set(body.meter_nos)) == ("kWh" if power == 3 else "Wh", {"p:export"})
    assert [int(datetime.fromisoformat(stamp).timestamp()) for stamp in body.stamps] == seconds


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_do_anything_but_parse_or_be_refused(body: bytes) -> None:
    for kind, media_type in (("files", ""), ("curves", "text/csv"), ("readings", "application/xml")):
        try:
            registry.parse(kind, media_type, "", "", body)
        except (UnreadableBody, registry.UnknownFormat):
            continue


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_damaged_samples_do_nothing_but_parse_or_be_refused(data: Any) -> None:
    from tests.unit.energy.formats.test_format_samples import EXPECTED, SAMPLES

    name = data.draw(st.sampled_from(sorted(EXPECTED)))
    body = bytearray((SAMPLES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=5))
    for forced in ("", EXPECTED[name]["format"]):
        try:
            registry.parse("files", "", forced, name, bytes(body))
        except (UnreadableBody, registry.UnknownFormat):
            continue
