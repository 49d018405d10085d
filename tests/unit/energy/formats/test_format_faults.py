"""What is broken says where; what is hostile costs nothing."""

from __future__ import annotations

import gzip
import io
import re
import tracemalloc
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from services.energy.feeds.domain.body import Body, UnreadableFile
from services.energy.feeds.formats import registry
from tests.support.sheets import repacked, xlsx

SAMPLES = Path(__file__).parent / "samples"
NEM = (SAMPLES / "nem12_quality.csv").read_text()
WIDE = "表号,日期," + ",".join(f"P{slot}" for slot in range(1, 25)) + "\n"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">{}]><feed xmlns="http://naesb.org/espi">&lol9;</feed>'
)


def bodies_of(body: bytes | str, name: str = "", media_type: str = "") -> list[Body]:
    data = body.encode() if isinstance(body, str) else body
    return [one for parsed in registry.parse("files", media_type, "", name, data) for one in parsed.bodies]


def refusal_of(body: bytes | str, name: str = "", media_type: str = "") -> tuple[str, int]:
    with pytest.raises(UnreadableFile) as caught:
        bodies_of(body, name, media_type)
    return caught.value.code, caught.value.line


def faults_of(body: bytes | str) -> list[tuple[int, str]]:
    return [(fault.line, fault.code) for one in bodies_of(body) for fault in one.faults]


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("", "file.empty", 0),
        (b"   \n\n", "file.empty", 0),
        (b"\x00\x01\x02garbage\xff" * 50, "file.format_unknown", 0),
        ("just a text\nof two lines\n", "table.header_missing", 0),
        ("<html><body>Login</body></html>", "file.format_unknown", 0),
        ('{"some": "json"}', "file.format_unknown", 0),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 100, "file.old_workbook", 0),
        ("x" * 1_100_000, "file.line_too_long", 1),
        (NEM.replace("900\n", ""), "nem.end_missing", 0),
        (NEM[: len(NEM) // 2], "nem.end_missing", 0),
        (NEM.partition("\n")[2], "nem.start_missing", 1),
        (NEM + "200,1,E1,,E1,,,kWh,30\n", "nem.rows_after_end", 12),
        ("日期,P1,P2\n", "table.header_missing", 0),
        (WIDE.replace(",P24", ""), "table.slot_count", 1),
        (WIDE.replace(",P24", ",P25"), "table.slots_not_contiguous", 1),
        (WIDE.replace("表号", "名称"), "table.meter_missing", 0),
        ('表号,日期,"值\n1,2', "table.header_missing", 0),
        ("meter,date,point,value\nM,2026-07-14,1,2\nM,2026-07-14,7,2\n", "table.slot_count", 0),
        ("<! Entity=x time='2026-07-14' !>\n<A::x>\n@ 标识 有功\n# 1 2\n", "efile.section_open", 2),
        ("<! Entity=x time='2026-07-14' !>\n<A::x>\n</B::x>\n", "efile.tag_unmatched", 3),
        (
            "<! Entity=x time='2026-07-14' !>\n<A::x>\n@ 标识 电压等级\n# 1 2\n</A::x>\n",
            "efile.nothing_measured",
            0,
        ),
        ("Dataset,SettlementDate,SettlementPeriod,Demand\nINDO,2026-07-14,1\n", "elexon.line_broken", 2),
        ('{"data": {"settlementDate": 1}}', "elexon.rows_missing", 0),
        ('{"enterpriseCode": "1", "data": [', "json.malformed", 0),
    ],
)
def test_file_is_refused_as_a_whole_where_it_breaks(body: bytes | str, code: str, line: int) -> None:
    assert refusal_of(body) == (code, line)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (NEM.replace("1.5,1.5,V", "1.5,1.5,1.5,V"), [(3, "nem.value_count")]),
        (NEM.replace("1.5,1.5,V", "1.5,V"), [(3, "nem.value_count")]),
        (NEM.replace("1.5,1.5,V", "1.5,NaN,V"), [(3, "nem.value_malformed")]),
        (NEM.replace("400,31,46", "400,32,46"), [(6, "nem.ranges_broken")]),
        (NEM.replace("400,47,48,N", "400,47,96,N"), [(7, "nem.ranges_broken")]),
        (NEM.replace("400,47,48,N,,\n", ""), [(3, "nem.ranges_broken")]),
        (NEM.replace("400,1,20,A", "400,1,20,Q"), [(4, "nem.quality_unknown")]),
        (NEM.replace("300,20260714,1.5", "300,2026-07-14,1.5"), [(3, "nem.date_malformed")]),
        (NEM.replace(",kWh,30", ",kWh,7"), [(2, "nem.interval_malformed"), (3, "nem.channel_missing")]),
        (NEM.replace("500,O", "777,O"), [(10, "nem.record_unknown")]),
    ],
)
def test_nem12_day_is_refused_and_the_others_count(text: str, wanted: list[tuple[int, str]]) -> None:
    assert faults_of(text) == wanted
    kept = [meter_no for body in bodies_of(text) for meter_no in body.meter_nos]
    assert "6001000001:B1" in kept


def test_rows_of_a_table_are_refused_one_by_one_with_their_cell() -> None:
    row = ",".join(["1"] * 24)
    (body,) = bodies_of(
        WIDE + f"M1,2026-07-14,{row}\nM2,2026-07-14,{row.replace('1', '=A1', 1)}\nM3,2026-07-14,1,1\n"
    )
    assert body.meter_nos == ["M1"]
    short, formula = sorted(body.faults, key=lambda fault: -fault.line)
    assert (short.line, short.code, short.params) == (4, "curve.length", {"count": 2, "expected": 24})
    assert (formula.line, formula.pointer, formula.code) == (3, "/P1", "table.cell_not_number")
    assert formula.params == {"cell": "C3", "text": "=A1"}


def test_meter_and_unit_of_a_title_hold_for_all_rows() -> None:
    title = "表号：123456,日期范围：2026-07,单位：MW\n"
    (wide,) = bodies_of(title + "时间," + WIDE.partition("日期,")[2] + "2026-07-14," + ",".join(["1"] * 24))
    (long,) = bodies_of(title + "时间,功率\n2026-07-14 00:15,7\n")
    assert (wide.meter_nos, wide.header.unit, wide.values.shape) == (["123456"], "MW", (1, 24))
    assert (long.meter_nos, long.header.unit, long.values.tolist()) == (["123456"], "MW", [7.0])


def test_interval_blocks_without_an_entry_belong_to_nobody_known() -> None:
    block = """<IntervalBlock xmlns="http://naesb.org/espi"><IntervalReading><timePeriod><duration>900</duration>
        <start>1784000700</start></timePeriod><value>5</value></IntervalReading></IntervalBlock>"""
    (parsed,) = registry.parse("files", "application/atom+xml", "", "", block.encode())
    (body,) = parsed.bodies
    assert (list(body.meter_nos), body.header.unit) == (["unknown"], "none")


def workbook(*rows: Sequence[Any]) -> bytes:
    """A workbook of one sheet; a tuple is a day or a time as a number, or a formula with its computed value."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("七月")
        formats = {
            "day": book.add_format({"num_format": "yyyy/m/d"}),
            "clock": book.add_format({"num_format": "hh:mm"}),
        }
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, tuple) and value[0] == "formula":
                    sheet.write_formula(number, column, value[1], None, value[2])
                elif isinstance(value, tuple):
                    sheet.write_number(number, column, value[1], formats[value[0]])
                else:
                    sheet.write(number, column, value)
    return stream.getvalue()


def test_workbook_is_read_with_titles_dates_as_numbers_and_computed_formulas() -> None:
    head = ["电表资产号", "日期", *(("clock", hour / 24) for hour in range(1, 25))]
    rows: list[Sequence[Any]] = [
        ["负荷曲线（单位：MW）"],
        head,
        ["A1", ("day", 46217), *range(24)],
        ["A2", ("day", 46217), ("formula", "=1+1", 2), *[""] * 23],
        ["A3", ("day", 46217), ("formula", "=NA()", "#N/A"), *range(23)],
    ]
    (body,) = bodies_of(workbook(*rows), "七月.xlsx")
    assert (body.header.unit, body.place) == ("MW", "七月")
    assert body.meter_nos == ["A1", "A2"]
    assert body.dates == ["2026-07-14", "2026-07-14"]  # type: ignore[union-attr]
    assert body.values[1, 0] == 2
    (fault,) = body.faults
    assert (fault.line, fault.code, fault.params["cell"]) == (5, "table.cell_broken", "C5")
    assert registry.with_place(body, fault).pointer.startswith("/七月/")


def test_long_meter_number_of_a_workbook_is_whole_again() -> None:
    sheet = b"""<worksheet><sheetData><row r="1"><c t="str"><v>\xe8\xa1\xa8\xe5\x8f\xb7</v></c>
        <c t="str"><v>time</v></c><c t="str"><v>kW</v></c></row><row r="2"><c><v>3.40100012345601E+14</v></c>
        <c t="str"><v>2026-07-14 00:15</v></c><c><v>1.5E-2</v></c></row></sheetData></worksheet>"""
    (body,) = bodies_of(repacked(xlsx([["x"]]), {"xl/worksheets/sheet1.xml": sheet}), "x.xlsx")
    assert (list(body.meter_nos), body.values.tolist()) == (["340100012345601"], [0.015])


@pytest.mark.parametrize(
    ("delimiter", "cell", "value"),
    [
        (";", "1,234", 1.234),
        (";", "1,5", 1.5),
        ("\t", "1,5", 1.5),
        ("\t", "1,234.5", 1234.5),
        ("\t", "1,234", None),
    ],
)
def test_comma_in_a_number_is_read_by_what_divides_the_fields(
    delimiter: str, cell: str, value: float | None
) -> None:
    (body,) = bodies_of(
        "\n".join(delimiter.join(row) for row in (["表号", "时间", "kW"], ["M", "2026-07-14", cell]))
    )
    assert body.values.tolist() == ([] if value is None else [value])
    assert [fault.code for fault in body.faults] == (["table.cell_not_number"] if value is None else [])


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_half_a_workbook_is_refused(share: float) -> None:
    whole = workbook(["表号", "日期", *(f"P{slot}" for slot in range(1, 25))], ["M", "2026-07-14", *range(24)])
    code, _ = refusal_of(whole[: int(len(whole) * share)], "x.xlsx")
    assert code in {"archive.broken", "file.not_a_workbook"}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.95])
@pytest.mark.parametrize(
    "name", ["greenbutton_two_channels.xml", "iec61968_intervals.xml", "entsoe_load_gaps.xml"]
)
def test_half_an_xml_file_is_refused_as_a_whole(name: str, share: float) -> None:
    whole = (SAMPLES / name).read_bytes()
    code, line = refusal_of(whole[: int(len(whole) * share)])
    assert code == "xml.malformed"
    assert line > 0


def test_xml_bombs_and_foreign_entities_are_refused_unread() -> None:
    entities = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or chr(32)};" * 10}">' for n in range(1, 10))
    assert refusal_of(LAUGHS.format(entities))[0] == "xml.doctype_refused"
    outside = '<!DOCTYPE feed SYSTEM "http://127.0.0.1:9/x.dtd"><feed xmlns="http://www.w3.org/2005/Atom"/>'
    assert refusal_of(outside)[0] == "xml.doctype_refused"
    hidden = '<?xml version="1.0" encoding="UTF-7"?><feed xmlns="http://www.w3.org/2005/Atom"/>'
    assert refusal_of(hidden)[0] == "xml.encoding_refused"
    deep = '<feed xmlns="http://www.w3.org/2005/Atom">' + "<a>" * 10_000
    assert refusal_of(deep)[0] == "xml.malformed"


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_archive_of_several_formats_is_read_file_by_file() -> None:
    names = ["nem12_quality.csv", "elexon_indo.json", "greenbutton_two_channels.xml"]
    body = zipped({f"七月/{name}": (SAMPLES / name).read_bytes() for name in names} | {"__MACOSX/x": b"junk"})
    parsed = registry.parse("files", "application/zip", "", "july.zip", body)
    assert [one.format.name for one in parsed] == ["nem", "elexon", "green_button"]
    elexon = parsed[1].bodies[0]
    assert elexon.place == "七月/elexon_indo.json"
    assert registry.with_place(elexon, elexon.faults[0]).pointer == "/七月~1elexon_indo.json/settlementPeriod"
    again = registry.parse("files", "application/gzip", "", "x.csv.gz", gzip.compress(NEM.encode()))
    assert [one.format.name for one in again] == ["nem"]


def test_archive_names_the_file_that_breaks() -> None:
    with pytest.raises(UnreadableFile) as caught:
        bodies_of(zipped({"good.csv": NEM.encode(), "bad.csv": NEM[:500].encode()}))
    assert (caught.value.code, caught.value.pointer) == ("nem.end_missing", "/bad.csv")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (zipped({"a.csv": b"0" * 40_000_000}), "archive.expands_too_far"),
        (gzip.compress(b"0" * 40_000_000), "archive.expands_too_far"),
        (zipped({f"{n}.csv": b"x" for n in range(300)}), "archive.too_many_files"),
        (zipped({"inner.zip": zipped({"a": b"x"})}), "archive.nested"),
        (zipped({}), "archive.broken"),
        (zipped({"a.csv": NEM.encode()})[:-30], "archive.broken"),
        (gzip.compress(NEM.encode())[:-9], "archive.broken"),
    ],
)
def test_bombs_and_broken_archives_are_refused(body: bytes, code: str) -> None:
    tracemalloc.start()
    try:
        assert refusal_of(body)[0] in {code, "file.empty", "file.format_unknown"}
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_workbook_that_unpacks_without_end_is_refused() -> None:
    whole = xlsx([["表号"]])
    huge = repacked(whole, {"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * 200_000_000})
    assert refusal_of(huge, "x.xlsx")[0] in {"file.expands_too_far", "archive.expands_too_far"}


def test_megabytes_of_garbage_cost_no_more_than_their_head() -> None:
    garbage = bytes(range(1, 256)) * 40_000
    tracemalloc.start()
    try:
        code, _ = refusal_of(garbage)
        assert re.fullmatch(r"file\.\w+|table\.\w+", code)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("kind", "media_type", "body", "name"),
    [
        ("curves", "text/csv", "meter_no,date," + ",".join(f"P{n}" for n in range(1, 25)), "csv_curves"),
        ("readings", "text/csv", "meter_no,at,value\n", "csv_readings"),
        ("readings", "text/csv", "表号,时间,有功功率\n", "table"),
        ("curves", "application/json", "[", "json_curves"),
        ("readings", "application/json", "[", "json_readings"),
        ("readings", "application/x-ndjson", "{", "ndjson"),
        ("files", "", '{"meter_no":"M","at":"x","value":1}\n', "ndjson"),
        ("files", "application/octet-stream", '{"curves": []}', "json_curves"),
        ("curves", "text/csv", "100,NEM12,202607150900,A,B", "nem"),
    ],
)
def test_format_is_told_by_media_type_and_bytes(kind: str, media_type: str, body: str, name: str) -> None:
    assert registry.format_of(kind, media_type, "", "", body.encode()).name == name


def test_unknown_media_type_or_name_is_no_format() -> None:
    with pytest.raises(registry.UnknownFormat):
        registry.format_of("files", "application/pdf", "", "", b"%PDF")
    with pytest.raises(registry.UnknownFormat):
        registry.format_of("files", "text/csv", "sparkplug", "", b"x")
    assert registry.format_of("files", "text/csv", "elexon", "", b"x").name == "elexon"
