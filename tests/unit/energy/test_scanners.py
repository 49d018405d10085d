"""A scanner gives what the parser of its format gives, or leaves the body to it."""

import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.feeds.domain import csv_format, json_format
from services.energy.feeds.domain.body import CurveBody, ReadingBody
from services.energy.feeds.domain.scanner.curves import scan_curves
from services.energy.feeds.domain.scanner.readings import scan_lines, scan_list
from services.energy.feeds.domain.scanner.texts import Labels, Stamps
from services.energy.feeds.domain.scanner.tokens import DEVIATES, LONG, UNREAD, day_at, number, second_at
from services.energy.feeds.domain.scanner.wide import scan_wide
from services.energy.feeds.domain.stamps import day_of, second_of

Body = CurveBody | ReadingBody

numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**20), 10**20),
    st.decimals(-10_000, 10_000, places=2).map(float),
)
stamps = st.sampled_from(
    (
        "2026-09-14T08:15:00+08:00",
        "2026-09-14T08:15:00Z",
        "2026-09-14T24:00:00+08:00",
        "2026-02-29T08:15:00Z",
        "2026-09-14T08:15:00.5Z",
        "2026-09-14T08:15:00",
        "2026-09-14 08:15:00+08:00",
        "1969-12-31T23:59:59-11:30",
        "20260914T081500Z",
        "0000-01-01T00:00:00Z",
        "nonsense",
    )
)
meter_nos = st.sampled_from(("M1", "a-very-long-number-of-a-meter-0001", "", "户号7", 'quo"ted', "M 2"))
qualities = st.sampled_from(("measured", "estimated", "edited", "missing", "unheard of", None))


def same(scanned: Body | None, parsed: Body) -> bool:
    """Whether they say the same; a scanner may always pass."""
    if scanned is None:
        return True
    assert not parsed.faults
    assert list(scanned.meter_nos) == list(parsed.meter_nos)
    assert scanned.values.tobytes() == parsed.values.tobytes()
    assert scanned.lines.tolist() == parsed.lines.tolist()
    assert scanned.header == parsed.header
    assert scanned.pointer_prefix == parsed.pointer_prefix
    if isinstance(scanned, CurveBody) and isinstance(parsed, CurveBody):
        assert list(scanned.dates) == list(parsed.dates)
        assert isinstance(scanned.dates, Stamps)
        assert scanned.dates.numbers.tolist() == [day_of(text) for text in parsed.dates]
        assert parsed.qualities is None
    if isinstance(scanned, ReadingBody) and isinstance(parsed, ReadingBody):
        assert list(scanned.stamps) == list(parsed.stamps)
        assert isinstance(scanned.stamps, Stamps)
        assert scanned.stamps.numbers.tolist() == [second_of(text) for text in parsed.stamps]
        labels = ["measured"] * len(parsed.values)
        if parsed.qualities is not None:
            labels = [label or "measured" for label in parsed.qualities]
        found = list(scanned.qualities) if isinstance(scanned.qualities, Labels) else ["measured"] * len(labels)
        assert found == labels
    return True


@st.composite
def reading(draw: st.DrawFn) -> dict[str, object]:
    found: dict[str, object] = {"meter_no": draw(meter_nos), "at": draw(stamps), "value": draw(numbers)}
    if draw(st.integers(0, 4)) == 0:
        found["quality"] = draw(qualities)
    if draw(st.integers(0, 9)) == 0:
        found["more"] = 1
    keys = draw(st.permutations(list(found)))
    return {key: found[key] for key in keys}


line_ends = st.sampled_from(("\n", "\r\n", "\n\n"))
plain = st.floats(allow_nan=False, allow_infinity=False).map(repr)
forms = st.from_regex(r"-?[0-9]{1,19}(\.[0-9]{1,19})?(e-?[0-9]{1,3})?", fullmatch=True)
cells = st.one_of(numbers.map(repr), st.sampled_from(("", "--", "x", "NaN")))
zones = st.sampled_from(("Z", "+08:00", "-03:30", "+25:00", ""))
separators = st.sampled_from(((",", ":"), (", ", ": ")))


@settings(max_examples=150)
@given(st.lists(reading(), min_size=1, max_size=4), separators, line_ends, st.booleans())
def test_scanned_lines_say_what_the_parser_reads(
    rows: list[dict[str, object]], between: tuple[str, str], end: str, is_ended: bool
) -> None:
    lines = [json.dumps(row, separators=between, ensure_ascii=False) for row in rows]
    body = (end.join(lines) + (end if is_ended else "")).encode()
    assert same(scan_lines(body), json_format.parse_lines(body))


@settings(max_examples=100)
@given(st.lists(reading(), min_size=1, max_size=4), separators, st.sampled_from((None, 2)))
def test_scanned_list_says_what_the_parser_reads(
    rows: list[dict[str, object]], between: tuple[str, str], indent: int | None
) -> None:
    body = json.dumps(rows, separators=between, indent=indent).encode()
    assert same(scan_list(body), json_format.parse_readings(body))


@st.composite
def curves(draw: st.DrawFn) -> dict[str, object]:
    slots = draw(st.sampled_from((24, 24, 24, 23)))
    dates = st.sampled_from(("2026-09-14", "2026-02-30", "20260914", "1969-12-31"))
    cells = st.one_of(st.none(), numbers)
    rows = [
        {
            "meter_no": draw(meter_nos),
            "date": draw(dates),
            "values": draw(st.lists(cells, min_size=slots, max_size=slots)),
        }
        for _ in range(draw(st.integers(1, 3)))
    ]
    head: dict[str, object] = {"unit": "kW", "interval_minutes": 60, "source": "s", "created_at": "x"}
    kept = draw(st.lists(st.sampled_from(sorted(head)), unique=True))
    return {name: head[name] for name in kept} | {"curves": rows}


@settings(max_examples=100)
@given(curves(), separators)
def test_scanned_curves_say_what_the_parser_reads(body: dict[str, object], between: tuple[str, str]) -> None:
    encoded = json.dumps(body, separators=between).encode()
    assert same(scan_curves(encoded), json_format.parse_curves(encoded))


@settings(max_examples=100)
@given(
    st.lists(st.lists(cells, min_size=24, max_size=24)),
    st.sampled_from(("\n", "\r\n")),
)
def test_scanned_table_says_what_the_parser_reads(rows: list[list[str]], end: str) -> None:
    header = "meter_no,date," + ",".join(f"P{slot}" for slot in range(1, 25))
    body = end.join(
        [header, *(f"M{row},2026-09-14," + ",".join(cells) for row, cells in enumerate(rows))]
    ).encode()
    assert same(scan_wide(body), csv_format.parse_curves(body))


@pytest.mark.parametrize(
    "make",
    [scan_lines, scan_list, scan_curves, scan_wide],
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[",
        b'{"meter_no":"M',
        b'{"meter_no":"M","at":"2026-',
        b'{"curves":[{"values":[1,2',
        b"\xff\xfe",
        b'[{"meter_no":"M","at":"2026-09-14T00:00:00Z","value":1}',
        b"meter_no,date,P1\n",
        b"{}" * 50,
        b"[" * 1000,
    ],
)
def test_scanner_passes_when_the_body_is_broken(make: Callable[[bytes], Body | None], body: bytes) -> None:
    assert make(body) is None


def _number(text: bytes) -> tuple[float, int, int]:
    return number(np.frombuffer(text, np.uint8), 0, len(text))


@settings(deadline=None)
@given(st.one_of(plain, forms))
def test_number_is_rounded_as_python_does_or_left_to_it(text: str) -> None:
    value, behind, state = _number(text.encode())
    if behind == DEVIATES:
        # JSON knows no leading zeros.
        assert text.lstrip("-")[0] == "0"
        return
    assert behind == len(text)
    assert state == LONG or (value == float(text) and math.copysign(1, value) == math.copysign(1, float(text)))


@pytest.mark.parametrize("text", [b"", b"-", b"+1", b".5", b"1.", b"01", b"1e", b"NaN", b"Infinity", b"nul"])
def test_number_deviates_when_json_would_not_take_it(text: bytes) -> None:
    assert _number(text)[1] == DEVIATES


@settings(deadline=None)
@given(st.dates().map(str), st.times().map(lambda at: at.isoformat("seconds")), zones)
def test_stamp_is_read_as_python_does_or_left_to_it(day: str, time: str, zone: str) -> None:
    stamp = f"{day}T{time}{zone}"
    second = second_at(np.frombuffer(stamp.encode(), np.uint8), 0, len(stamp))
    assert second in {UNREAD, second_of(stamp)}
    if zone in {"Z", "+08:00"}:
        assert second != UNREAD
    assert day_at(np.frombuffer(day.encode(), np.uint8), 0) == day_of(day)
