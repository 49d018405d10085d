"""The same formats as others write them: prefixes, odd days, finer intervals, marks of quality, gaps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from services.energy.feeds.domain.body import Body, CurveBody, ReadingBody, UnreadableFile
from services.energy.feeds.formats import registry


def bodies_of(body: str) -> list[Body]:
    return [one for parsed in registry.parse("files", "", "", "", body.encode()) for one in parsed.bodies]


def faults_of(bodies: list[Body]) -> list[str]:
    return [fault.code for body in bodies for fault in body.faults]


def readings_of(body: str) -> Iterator[ReadingBody]:
    for one in bodies_of(body):
        assert isinstance(one, ReadingBody)
        yield one


ENTSOE = """<?xml version="1.0" encoding="UTF-8"?>
<n:GL_MarketDocument xmlns:n="urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0">
<n:process.processType>A16</n:process.processType><n:createdDateTime>2026-04-01T10:00:00Z</n:createdDateTime>
<n:TimeSeries><n:outBiddingZone_Domain.mRID codingScheme="A01">10YXX----------2</n:outBiddingZone_Domain.mRID>
<n:quantity_Measure_Unit.name>MAW</n:quantity_Measure_Unit.name><n:curveType>{curve}</n:curveType>
<n:Period><n:timeInterval><n:start>{start}</n:start><n:end>{end}</n:end></n:timeInterval>
<n:resolution>PT60M</n:resolution>
<n:Point><n:position>1</n:position><n:quantity>100</n:quantity></n:Point>
<n:Point><n:position>20</n:position><n:quantity>200</n:quantity></n:Point></n:Period>
<n:Period><n:timeInterval><n:start>{end}</n:start><n:end>2026-11-01T00:00Z</n:end></n:timeInterval>
<n:resolution>P1M</n:resolution><n:Point><n:position>1</n:position><n:quantity>1</n:quantity></n:Point></n:Period>
</n:TimeSeries></n:GL_MarketDocument>"""


@pytest.mark.parametrize(
    ("curve", "start", "end", "count", "total"),
    [
        # Days on which clocks change have 23 and 25 hours; left out positions repeat, or were not measured.
        ("A03", "2026-03-28T23:00Z", "2026-03-29T22:00Z", 23, 19 * 100 + 4 * 200),
        ("A03", "2026-10-24T22:00Z", "2026-10-25T23:00Z", 25, 19 * 100 + 6 * 200),
        ("A03", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", 23, 19 * 100 + 4 * 200),
        ("A01", "2026-03-28T23:00Z", "2026-03-29T22:00Z", 2, 300),
    ],
)
def test_entsoe_with_prefixes(curve: str, start: str, end: str, count: int, total: float) -> None:
    (body,) = readings_of(ENTSOE.format(curve=curve, start=start, end=end))
    assert (len(body.lines), float(body.values.sum())) == (count, total)
    assert (body.header.interval_minutes, body.meter_nos[0]) == (60, "10YXX----------2")
    # A month is no interval of readings, and is told.
    assert faults_of([body]) == ["entsoe.period_malformed"]


GREEN = """<?xml version="1.0"?>
<a:feed xmlns:a="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi">
<a:entry><a:id>urn:uuid:UP1</a:id><a:link rel="self" href="https://h/UsagePoint/1"/>
<a:content><espi:UsagePoint/></a:content></a:entry>
<a:entry><a:id>urn:uuid:MR1</a:id><a:link rel="self" href="https://h/UsagePoint/1/MeterReading/1"/>
<a:link rel="related" href="https://h/ReadingType/1"/><a:content><espi:MeterReading/></a:content></a:entry>
<a:entry><a:id>urn:uuid:RT1</a:id><a:link rel="self" href="https://h/ReadingType/1"/><a:content><espi:ReadingType>
<espi:accumulationBehaviour>4</espi:accumulationBehaviour><espi:flowDirection>{flow}</espi:flowDirection>
<espi:intervalLength>900</espi:intervalLength><espi:powerOfTenMultiplier>{power}</espi:powerOfTenMultiplier>
<espi:uom>72</espi:uom></espi:ReadingType></a:content></a:entry>
<a:entry><a:id>urn:uuid:IB1</a:id>
<a:link rel="self" href="https://h/UsagePoint/1/MeterReading/1/IntervalBlock/1"/><a:content><espi:IntervalBlock>
<espi:IntervalReading><espi:ReadingQuality><espi:quality>8</espi:quality></espi:ReadingQuality><espi:timePeriod>
<espi:duration>900</espi:duration><espi:start>1767225600</espi:start></espi:timePeriod>
<espi:value>25</espi:value></espi:IntervalReading>
<espi:IntervalReading><espi:timePeriod><espi:duration>900</espi:duration><espi:start>1767226500.0</espi:start>
</espi:timePeriod><espi:value/></espi:IntervalReading>
<espi:IntervalReading><espi:cost>12</espi:cost><espi:timePeriod><espi:start>1767227400</espi:start>
</espi:timePeriod><espi:value>27</espi:value></espi:IntervalReading>
</espi:IntervalBlock></a:content></a:entry></a:feed>"""


@pytest.mark.parametrize(
    ("power", "flow", "unit", "total", "meter"),
    [
        ("0", "1", "Wh", 52.0, "UP1"),
        ("3", "1", "kWh", 52.0, "UP1"),
        ("-3", "1", "Wh", 0.052, "UP1"),
        ("", "1", "Wh", 52.0, "UP1"),
        ("6", "19", "MWh", 52.0, "UP1:export"),
    ],
)
def test_green_button_with_prefixes(power: str, flow: str, unit: str, total: float, meter: str) -> None:
    (body,) = readings_of(GREEN.format(power=power, flow=flow))
    assert (body.header.unit, body.header.interval_minutes, set(body.meter_nos)) == (unit, 15, {meter})
    assert float(body.values.sum()) == pytest.approx(total)
    assert body.stamps == ["2026-01-01T00:00:00Z", "2026-01-01T00:30:00Z"]
    assert body.qualities == ["estimated", None]


IEC = """<m:MeterReadings xmlns:m="http://iec.ch/TC57/2011/MeterReadings#"><m:MeterReading>
<m:IntervalBlocks>
<m:IntervalReadings><m:timeStamp>2026-07-14T00:05:00+08:00</m:timeStamp><m:value>1.5</m:value></m:IntervalReadings>
<m:IntervalReadings><m:timeStamp>2026-07-14T00:10:00+08:00</m:timeStamp><m:value/></m:IntervalReadings>
<m:IntervalReadings><m:timeStamp>2026-07-14T00:15:00+08:00</m:timeStamp><m:value>2.5</m:value>
<m:ReadingQualities><m:ReadingQualityType ref="{quality}"/></m:ReadingQualities></m:IntervalReadings>
<m:ReadingType ref="0.0.6.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"/></m:IntervalBlocks>
<m:IntervalBlocks>
<m:IntervalReadings><m:timeStamp>2026-07-14T01:00:00+08:00</m:timeStamp><m:value>9</m:value></m:IntervalReadings>
<m:ReadingType ref="0.0.7.4.19.1.12.0.0.0.0.0.0.0.0.0.72.0"/></m:IntervalBlocks>
<m:Meter><m:mRID>M-78</m:mRID></m:Meter></m:MeterReading></m:MeterReadings>"""


@pytest.mark.parametrize(("quality", "label"), [("2.8.0", "estimated"), ("2.7.1", "edited"), ("1.0.0", None)])
def test_iec_with_several_blocks(quality: str, label: str | None) -> None:
    five, hour = readings_of(IEC.format(quality=quality))
    assert (five.header.unit, five.header.interval_minutes, five.ends) == ("kWh", 5, True)
    assert five.values.tolist() == [1.5, 2.5]
    assert (five.qualities or [None, None])[1] == label
    assert (hour.header.unit, hour.header.interval_minutes, hour.meter_nos) == ("Wh", 60, ["M-78:export"])


def nem12(interval: int, value: str, flag: str, ranges: str = "", unit: str = "kWh") -> str:
    values = ",".join([value] * (1440 // interval))
    return (
        f"100,NEM12,202603300000,MDP,RET\r\n200,6001000001,E1B1,1,B1,N1,SER1,{unit},{interval},20260401\r\n"
        f"300,20260329,{values},{flag},,,20260330000000,\r\n{ranges}900\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("file", "unit", "total", "labels"),
    [
        (nem12(5, "0.25", "A"), "kWh", 72.0, {}),
        (
            nem12(5, "0.25", "V", "400,1,100,A,,\r\n400,101,288,E52,,\r\n"),
            "kWh",
            72.0,
            {"measured": 100, "estimated": 188},
        ),
        (nem12(15, "1", "S14", unit="KWH"), "kWh", 96.0, {"estimated": 96}),
        (nem12(30, "1", "V", '400,1,48,F14,76,"reset, by hand"\r\n', "MWh"), "MWh", 48.0, {"estimated": 48}),
        (nem12(30, "", "N"), "kWh", 0.0, {"missing": 48}),
    ],
)
def test_nem12_of_other_intervals_and_qualities(
    file: str, unit: str, total: float, labels: dict[str, int]
) -> None:
    (body,) = bodies_of(file)
    assert isinstance(body, CurveBody)
    assert (body.header.unit, float(np.nansum(body.values)), body.meter_nos) == (unit, total, ["6001000001:B1"])
    (found,) = body.qualities or [None]
    assert {label: (found or []).count(label) for label in set(found or [])} == labels
    assert body.faults == []


@pytest.mark.parametrize("flag", ["A", "E64", "S14"])
def test_nem13_with_an_estimated_read(flag: str) -> None:
    file = (
        "100,NEM13,202607150900,MDP,RET\r\n250,1234567890,11,1,11,11,SER,E,100.0,20260101000000,A,,,"
        f"200.5,20260401000000,{flag},,,100.5,kWh,20260701,20260402000000,\r\n550,N,,A,\r\n900\r\n"
    )
    (body,) = readings_of(file)
    assert (body.header.kind, body.values.tolist()) == ("register", [100.0, 200.5])
    assert (body.qualities or [])[1] == ("measured" if flag == "A" else "estimated")


PERIOD = '"startTime":"2026-07-13T23:00:00Z","settlementDate":"2026-07-14","settlementPeriod":1'
_HEADINGS = "BM Unit ID,NGC BM Unit ID,PSR Type,Settlement Date,SP,Quantity (MW)"
_ITEM = "<settlementPeriod>2</settlementPeriod>"


@pytest.mark.parametrize(
    ("file", "unit", "channels"),
    [
        (
            f'{{"data":[{{{PERIOD},"data":[{{"psrType":"Solar","quantity":5}},{{"psrType":"Gas","quantity":1}}]}}]}}',
            "MW",
            {"AGPT:Solar": 5, "AGPT:Gas": 1},
        ),
        (
            '[{"startTime":"2026-07-13T23:00:00Z","settlementPeriod":1,"data":[{"fuelType":"WIND","generation":7}]}]',
            "MW",
            {"FUELHH:WIND": 7},
        ),
        (
            f'[{{{PERIOD},"initialDemandOutturn":20,"initialTransmissionSystemDemandOutturn":21}}]',
            "MW",
            {"INDO": 20, "ITSDO": 21},
        ),
        (f'{{"data":[{{{PERIOD},"quantity":20}}]}}', "MW", {"ATL": 20}),
        (f'{{"data":[{{{PERIOD},"psrType":"Wind Offshore","quantity":2}}]}}', "MW", {"AGPT:Wind_Offshore": 2}),
        (f'[{{"dataset":"B1610","bmUnit":"T_X-1",{PERIOD},"quantity":-0.5}}]', "MWh", {"T_X-1": -0.5}),
        # As BMRS told it before.
        (
            f"*Actual Generation Output Per Generation Unit\r\n{_HEADINGS}\r\n"
            "T_X-1,X-1,Generation,2026-07-14,1,640.2\r\n<EOF>\r\n",
            "MW",
            {"T_X-1": 640.2},
        ),
        (
            "<response><responseMetadata><httpCode>200</httpCode></responseMetadata><responseBody>"
            "<dataItem>B1610</dataItem><responseList><item><settlementDate>2026-07-14</settlementDate>"
            f"<bMUnitID>T_X-1</bMUnitID>{_ITEM}<quantity>640.2</quantity></item></responseList></responseBody>"
            "</response>",
            "MW",
            {"T_X-1": 640.2},
        ),
        (
            "<response><responseBody><dataItem>FUELHH</dataItem><responseList><item><startTimeOfHalfHrPeriod>"
            f"2026-07-14</startTimeOfHalfHrPeriod>{_ITEM}<ccgt>7</ccgt><wind>3</wind></item></responseList>"
            "</responseBody></response>",
            "MW",
            {"FUELHH:CCGT": 7, "FUELHH:WIND": 3},
        ),
        ("HDR,FUELHH DATA\nFUELHH,20260714,1,7,0\nFTR,1\n", "MW", {"FUELHH:CCGT": 7, "FUELHH:OIL": 0}),
        (
            "HDR,FUELINST DATA\nFUELINST,20260714,1,20260713230500,7\nFTR,1\n",
            "MW",
            {"FUELINST:CCGT": 7},
        ),
    ],
)
def test_elexon_of_today_and_of_before(file: str, unit: str, channels: dict[str, float]) -> None:
    (body,) = readings_of(file)
    assert dict(zip(body.meter_nos, body.values.tolist(), strict=True)) == channels
    assert (body.header.unit, body.faults) == (unit, [])


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("HDR,FUELHH DATA\nFUELHH,20260714,1,7,0\n", "elexon.end_missing"),
        ("HDR,FUELHH DATA\nFUELHH,20260714,1,7,0\nFTR,2\n", "elexon.end_missing"),
        (f"*x\n{_HEADINGS}\nT_X-1,X-1,Generation,2026-07-14,1,640.2\n", "elexon.end_missing"),
        (f"*x\n{_HEADINGS}\nT_X-1,X-1\n<EOF>\n", "elexon.line_broken"),
        ("<response><responseMetadata><httpCode>403</httpCode></responseMetadata></response>", "elexon.refused"),
        ('{"data":[{"settlementDate":"2026-07-14","settlementPeriod":1,"data":[7]}]}', "elexon.rows_missing"),
    ],
)
def test_elexon_that_was_cut_off_is_refused(file: str, code: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        bodies_of(file)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("day", "period", "fits"), [("2026-03-29", 46, True), ("2026-03-29", 47, False), ("2026-10-25", 50, True)]
)
def test_elexon_days_have_46_to_50_periods(day: str, period: int, *, fits: bool) -> None:
    row = f'"settlementDate":"{day}","settlementPeriod":{period}'
    bodies = bodies_of(f'[{{"dataset":"B1610","bmUnit":"X",{row},"quantity":1}}]')
    assert faults_of(bodies) == ([] if fits else ["elexon.period_malformed"])
