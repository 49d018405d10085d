"""Standard coal and intensities by figures worked by hand; nulls with their reasons."""

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from services.energy.efficiency.domain.books import (
    OUTPUT_VALUE,
    Book,
    FigureKind,
    Flow,
    Key,
    Metered,
    MeterTrust,
    Process,
    ReasonCode,
)
from services.energy.efficiency.domain.carriers import (
    CalorificValue,
    Carrier,
    Factor,
    FactorBook,
    FactorKind,
    in_base_unit,
)
from services.energy.efficiency.domain.converting import Converter
from services.energy.efficiency.domain.intensities import Boundary, product_intensity, value_intensity
from services.energy.efficiency.domain.months import months_between, quarter_months, shifted

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
CARRIERS = {
    carrier.code: carrier
    for carrier in (
        Carrier("raw_coal", "原煤", "raw coal", "kg", is_fuel=True),
        Carrier("natural_gas", "天然气", "natural gas", "m3", is_fuel=True),
        Carrier("electricity", "电力", "electricity", "kWh", is_fuel=False),
        Carrier("heat", "热力", "heat", "MJ", is_fuel=False),
    )
}
FACTORS = [
    Factor(carrier_code="raw_coal", kind=FactorKind.EQUIVALENT, kgce_per_unit=Decimal("0.7143")),
    Factor(carrier_code="natural_gas", kind=FactorKind.EQUIVALENT, kgce_per_unit=Decimal("1.2143")),
    Factor(carrier_code="electricity", kind=FactorKind.EQUIVALENT, kgce_per_unit=Decimal("0.1229")),
    Factor(
        carrier_code="electricity",
        kind=FactorKind.EQUAL_VALUE,
        kgce_per_unit=Decimal("0.3"),
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 3, 1),
    ),
]


def converter(kind: FactorKind = FactorKind.EQUIVALENT, measured: tuple[CalorificValue, ...] = ()) -> Converter:
    return Converter(FactorBook(CARRIERS, FACTORS, measured), kind, MeterTrust())


def book(**figures: str) -> Book:
    """Figures of January by name; ``coal`` in kg, ``power`` in kWh, ``clinker`` in t, ``value`` in yuan."""
    found = Book(uuid4(), "91421224MA0000000X", "水泥厂", "421224", "C3011")
    add(found, JAN, None, **figures)
    return found


def add(found: Book, month: date, process: UUID | None = None, **figures: str) -> None:
    places = {
        "coal": (FigureKind.USE, "raw_coal", Flow.CONSUMED),
        "gas": (FigureKind.USE, "natural_gas", Flow.CONSUMED),
        "power": (FigureKind.USE, "electricity", Flow.CONSUMED),
        "sold": (FigureKind.USE, "electricity", Flow.SUPPLIED),
        "feedstock": (FigureKind.USE, "natural_gas", Flow.FEEDSTOCK),
        "heat": (FigureKind.USE, "heat", Flow.CONSUMED),
        "clinker": (FigureKind.OUTPUT, "clinker", None),
        "cement": (FigureKind.OUTPUT, "cement", None),
        "value": (FigureKind.VALUE, OUTPUT_VALUE, None),
    }
    # A book is read once it is filled; these grow between readings.
    found._index = None
    for name, quantity in figures.items():
        kind, code, flow = places[name]
        found.figures[Key(kind, month, process, code, flow)] = Decimal(quantity)


def test_month_in_standard_coal_when_fuel_and_power_are_reported() -> None:
    # 1,000 t × 0.7143 = 714.3; 2,000,000 kWh × 0.1229 = 245.8; sold 100,000 kWh × 0.1229 = 12.29.
    one = book(coal="1000000", power="2000000", sold="100000", feedstock="5000")
    found = converter().month(one, None, JAN)
    assert found.tce == Decimal("947.81")
    assert found.kwh == Decimal(1900000)
    assert {(line.carrier_code, line.flow): line.tce for line in found.lines}["natural_gas", Flow.FEEDSTOCK] == 0


def test_measured_calorific_value_goes_before_the_table() -> None:
    one = book(coal="1000000", power="0")
    # 22,609 kJ/kg ÷ 29,307.6 kJ/kgce = 0.77143813 kgce/kg.
    value = CalorificValue(one.enterprise_id, "raw_coal", JAN, FEB, Decimal(22609), "化验")
    found = converter(measured=(value,)).month(one, None, JAN)
    coal = next(line for line in found.lines if line.carrier_code == "raw_coal")
    assert (coal.kgce_per_unit, coal.factor_measured, coal.tce) == (
        Decimal("0.77143813"),
        True,
        Decimal("771.43813"),
    )


def test_equal_value_counts_fuels_alike_and_power_by_its_own_factor_while_there_is_one() -> None:
    one = book(coal="1000000", power="1000000")
    add(one, MAR, coal="1000000", power="1000000")
    add(one, FEB, coal="1000000", power="1000000")
    equal = converter(FactorKind.EQUAL_VALUE)
    assert equal.month(one, None, JAN).tce == Decimal("714.3") + Decimal("300.0")
    missing = equal.month(one, None, MAR)
    assert missing.tce is None
    assert [reason.code for reason in missing.reasons] == [ReasonCode.FACTOR_MISSING]


def test_carrier_that_was_used_and_is_not_reported_makes_the_month_unknown() -> None:
    one = book(coal="1000", power="1000")
    add(one, FEB, power="1000")
    found = converter().month(one, None, FEB)
    assert found.tce is None
    assert [(reason.code, reason.subject) for reason in found.reasons] == [
        (ReasonCode.CARRIER_MISSING, "raw_coal")
    ]
    # A zero says that it ended.
    add(one, FEB, coal="0")
    add(one, MAR, power="1000")
    assert converter().month(one, None, FEB).tce == Decimal("0.1229")
    assert converter().month(one, None, MAR).tce == Decimal("0.1229")


@pytest.mark.parametrize(
    ("kwh", "present", "reported", "used", "source", "flagged"),
    [
        ("1000", 2976, "1000", "1000", "metered", False),
        ("1100", 2976, "1000", "1100", "metered", True),
        ("1050", 2976, "1000", "1050", "metered", False),
        ("900", 2000, "1000", "1000", "reported", True),
        ("900", 2000, None, None, None, False),
        (None, 0, None, None, None, False),
    ],
)
def test_meters_count_where_they_are_complete_and_differences_are_flagged(
    kwh: str | None, present: int, reported: str | None, used: str | None, source: str | None, *, flagged: bool
) -> None:
    one = book() if reported is None else book(power=reported)
    one.metered[JAN, None] = Metered(None if kwh is None else Decimal(kwh), present, 2976)
    found = converter().month(one, None, JAN)
    (line,) = found.lines
    assert (line.quantity, line.source) == (None if used is None else Decimal(used), source)
    assert line.is_flagged(MeterTrust()) is flagged
    if used is None:
        assert [reason.code for reason in found.reasons] == [ReasonCode.METERS_INCOMPLETE]


def test_processes_make_up_the_whole_where_it_is_not_reported_itself() -> None:
    one = book()
    kiln, mill = (Process(uuid4(), code, code, product) for code, product in (("kiln", "clinker"), ("mill", None)))
    one.processes = {process.process_id: process for process in (kiln, mill)}
    add(one, JAN, kiln.process_id, coal="1000000", power="100000")
    add(one, JAN, mill.process_id, power="200000")
    whole = converter().month(one, None, JAN)
    assert whole.tce == Decimal("714.3") + Decimal("36.87")
    assert converter().month(one, kiln.process_id, JAN).tce == Decimal("714.3") + Decimal("12.29")
    # Said of the whole too: that stands.
    add(one, JAN, None, power="310000")
    assert converter().month(one, None, JAN).tce == Decimal("714.3") + Decimal("38.099")


def test_intensity_of_a_product_has_the_boundary_of_its_processes() -> None:
    one = book(clinker="6500", value="20000000")
    kiln = Process(uuid4(), "kiln", "回转窑", "clinker")
    one.processes = {kiln.process_id: kiln}
    add(one, JAN, kiln.process_id, coal="900000", power="500000")
    add(one, JAN, None, coal="950000", power="900000")
    found = product_intensity(one, converter(), "clinker", [JAN])
    # (642.87 + 61.45) / 6,500 = 0.108357 (0.10835692…).
    assert (found.boundary, found.tce, found.value) == (
        Boundary.PROCESS,
        Decimal("704.320000"),
        Decimal("0.108357"),
    )
    whole = value_intensity(one, converter(), [JAN])
    # (678.585 + 110.61) / 2,000 万元 = 0.394598 (0.3945975).
    assert (whole.output, whole.value) == (Decimal(2000), Decimal("0.394598"))


def test_intensity_is_null_with_its_reasons() -> None:
    one = book(coal="1000", clinker="10")
    add(one, FEB, coal="1000")
    found = product_intensity(one, converter(), "clinker", [JAN, FEB])
    assert (found.value, found.output) == (None, None)
    assert [(reason.code, reason.month) for reason in found.reasons] == [(ReasonCode.OUTPUT_MISSING, FEB)]
    add(one, FEB, clinker="0")
    assert product_intensity(one, converter(), "clinker", [JAN, FEB]).value == Decimal("0.142860")
    only = product_intensity(one, converter(), "clinker", [FEB])
    assert (only.value, [reason.code for reason in only.reasons]) == (None, [ReasonCode.OUTPUT_ZERO])
    add(one, JAN, cement="5")
    unclear = product_intensity(one, converter(), "clinker", [JAN])
    assert [reason.code for reason in unclear.reasons] == [ReasonCode.BOUNDARY_UNCLEAR]
    nothing = value_intensity(book(), converter(), [JAN])
    assert [reason.code for reason in nothing.reasons] == [
        ReasonCode.NOTHING_REPORTED,
        ReasonCode.OUTPUT_MISSING,
    ]


@pytest.mark.parametrize(
    ("carrier", "quantity", "unit", "base"),
    [
        ("raw_coal", "4200", "t", "4200000"),
        ("natural_gas", "1.5", "万m3", "15000"),
        ("electricity", "310", "万kWh", "3100000"),
        ("heat", "2", "GJ", "2000"),
        ("electricity", "7", None, "7"),
        ("electricity", "7", "t", None),
    ],
)
def test_units_come_to_the_base_unit(carrier: str, quantity: str, unit: str | None, base: str | None) -> None:
    found = in_base_unit(CARRIERS[carrier], Decimal(quantity), unit)
    assert found == (None if base is None else Decimal(base))


def test_months_go_over_the_years_end() -> None:
    assert shifted(JAN, -1) == date(2025, 12, 1)
    assert months_between(date(2025, 11, 1), JAN) == (date(2025, 11, 1), date(2025, 12, 1), JAN)
    assert quarter_months(2026, 4) == (date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1))
