"""Samples of every format are parsed to the counts, sums and faults written down beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.energy.feeds.domain.body import Body, CurveBody
from services.energy.feeds.formats import registry
from tests.support.shared_data import require_shared

SAMPLES = Path(__file__).parent / "samples"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
# The oracle's words for units.
UNITS = {"KWH": "kWh", "kVArh": "kvarh", "VArh": "varh", "KVARH": "kvarh", "": "none"}


def bodies_of(name: str, body: bytes) -> list[Body]:
    return [body for one in registry.parse("files", "", "", name, body) for body in one.bodies]


def told(body: Body) -> dict[str, Any]:
    keys = body.dates if isinstance(body, CurveBody) else body.stamps
    return {
        "unit": body.header.unit,
        "quantity": body.header.quantity,
        "kind": body.header.kind,
        "channels": sorted(set(body.meter_nos)),
        "count": int(np.count_nonzero(~np.isnan(body.values))),
        "sum": round(float(np.nansum(body.values)), 6),
        "first": list(keys[:1]),
        "ends": getattr(body, "ends", False),
        "faults": [[fault.line, fault.pointer, fault.code] for fault in body.faults],
    }


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_own_sample_is_parsed_as_written_down(name: str) -> None:
    parsed = registry.parse("files", "", "", name, (SAMPLES / name).read_bytes())
    assert [one.format.name for one in parsed] == [EXPECTED[name]["format"]]
    assert [told(body) for one in parsed for body in one.bodies] == EXPECTED[name]["bodies"]


def test_every_own_sample_is_expected() -> None:
    files = {path.name for path in SAMPLES.iterdir()} - {"expected.json"}
    assert files == set(EXPECTED)


def test_every_foreign_format_has_a_sample() -> None:
    shown = {one["format"] for one in EXPECTED.values()}
    # Workbooks are written by the tests themselves.
    assert {entry.name for entry in registry.FORMATS if not entry.is_own} - shown == {"xlsx"}


@pytest.mark.parametrize("place", ["quality", "market_day"])
def test_nem12_tells_qualities_and_the_market_day(place: str) -> None:
    imported, exported = bodies_of("x.csv", (SAMPLES / "nem12_quality.csv").read_bytes())
    assert isinstance(imported, CurveBody)
    if place == "market_day":
        assert imported.offset_minutes == 600
        assert imported.header.created_at == "2026-07-15T09:00:00+10:00"
        return
    assert exported.qualities is None
    assert imported.qualities is not None
    (labels,) = imported.qualities
    assert labels is not None
    assert [labels.count(label) for label in ("measured", "estimated", "missing")] == [20, 26, 2]


@pytest.mark.shared_data
def test_shared_nem12_files_have_the_oracles_counts_and_sums() -> None:
    expected = json.loads(require_shared("feeds", "expected.json").read_text(encoding="utf-8"))
    seen = 0
    for name, channels in expected.items():
        if not name.startswith("nem12/") or "NEM13" in name:
            continue
        bodies = bodies_of(name, require_shared("feeds", *name.split("/")).read_bytes())
        if "error" in channels:
            assert [fault.code for body in bodies for fault in body.faults] == ["nem.value_count"]
            assert sum(len(body.lines) for body in bodies) == 0
            continue
        found: dict[str, dict[str, Any]] = {}
        for body in bodies:
            for row, meter_no in enumerate(body.meter_nos):
                nmi, _, suffix = meter_no.partition(":")
                one = found.setdefault(nmi, {}).setdefault(suffix, {"n": 0, "sum": 0.0, "uom": body.header.unit})
                one["n"] += body.values.shape[1]
                one["sum"] += float(np.sum(body.values[row]))
        wanted = {
            nmi: {
                suffix: {"n": one["n"], "sum": pytest.approx(one["sum"]), "uom": UNITS.get(one["uom"], one["uom"])}
                for suffix, one in own.items()
            }
            for nmi, own in channels.items()
        }
        assert found == wanted, name
        seen += 1
    assert seen == 7


@pytest.mark.shared_data
def test_shared_nem13_reads_differ_by_the_oracles_quantity() -> None:
    (body,) = bodies_of("x", require_shared("feeds", "nem12", "Example_NEM13_consumption_data.csv").read_bytes())
    assert body.header.kind == "register"
    assert body.values[1] - body.values[0] == pytest.approx(1312.1)


@pytest.mark.shared_data
def test_shared_green_button_feeds_have_the_oracles_counts_and_sums() -> None:
    expected = json.loads(require_shared("feeds", "expected.json").read_text(encoding="utf-8"))
    names = [name for name in expected if name.startswith("greenbutton/")]
    units = {"UomType.wattHours": "Wh", "UomType.therms": "therm", None: None}
    for name in names:
        (wanted,) = expected[name]
        bodies = bodies_of(name, require_shared("feeds", *name.split("/")).read_bytes())
        assert sum(len(body.lines) for body in bodies) == wanted["n"], name
        assert sum(float(body.values.sum()) for body in bodies) == pytest.approx(wanted["sum_value"]), name
        assert {body.header.unit for body in bodies} == {units[wanted["uom"]]}
        assert not any(body.faults for body in bodies)
        if wanted["first"]:
            first = min(stamp for body in bodies for stamp in body.stamps)  # type: ignore[union-attr]
            assert first.replace("Z", "+00:00") == wanted["first"]
    assert len(names) == 5


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name", ["load_curve_96_wide.gb18030.csv", "load_curve_96_wide.utf8bom.csv", "load_curve_96_wide.xlsx"]
)
def test_shared_wide_tables_are_the_same_curves_in_each_file(name: str) -> None:
    (body,) = bodies_of(name, require_shared("feeds", "authored", name).read_bytes())
    assert body.values.shape == (4, 96)
    assert int(np.isnan(body.values).sum()) == 2
    assert float(np.nansum(body.values)) == pytest.approx(2058266.542)
    assert body.values[2, 95] == -1
    assert (body.header.unit, body.meter_nos[0]) == ("kW", "340100012345601")


@pytest.mark.shared_data
def test_shared_long_table_names_the_ends_of_intervals_and_holds_the_wide_ones_first_row() -> None:
    (long,) = bodies_of("a", require_shared("feeds", "authored", "load_curve_long.csv").read_bytes())
    (wide,) = bodies_of("b", require_shared("feeds", "authored", "load_curve_96_wide.utf8bom.csv").read_bytes())
    assert getattr(long, "ends", None) is True
    assert np.array_equal(long.values, wide.values[0])


@pytest.mark.shared_data
def test_shared_messages_of_other_protocols_are_parsed() -> None:
    (registers,) = bodies_of("a", require_shared("feeds", "authored", "iec61968_9_MeterReadings.xml").read_bytes())
    assert registers.values.tolist() == [6519.0955, 6519.1396, 6519.1871]
    assert (registers.header.kind, set(registers.meter_nos)) == ("register", {"EX0000001"})
    electric, coal = bodies_of("a", require_shared("feeds", "authored", "nhjc_upload_plain.json").read_bytes())
    assert electric.values.tolist() == [184532.5]
    assert coal.values.tolist() == [332.3]
    assert electric.header.interval_minutes == 1440
