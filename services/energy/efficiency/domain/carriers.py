"""Energy carriers (能源品种) and what they are worth in standard coal (折标准煤), by GB/T 2589.

Two ways of counting: 当量值 (equivalent: the heat that is in it) and 等价值 (equal value: the primary energy it
took). Fuels are counted alike both ways. A calorific value that was measured for the period goes before the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from libs.common.validity import Dated, in_force

ELECTRICITY: Final = "electricity"
# GB/T 2589-2020: fuel of 29 307.6 kJ lower calorific value is one kilogram of standard coal.
KJ_PER_KGCE: Final = Decimal("29307.6")
_PLACES: Final = Decimal("0.00000001")

# Units a carrier may be counted in, by its base unit, and how many base units each is.
UNITS: Final[Mapping[str, Mapping[str, Decimal]]] = {
    "kg": {"kg": Decimal(1), "t": Decimal(1000), "万t": Decimal(10_000_000)},
    "m3": {"m3": Decimal(1), "千m3": Decimal(1000), "万m3": Decimal(10_000)},
    "kWh": {"kWh": Decimal(1), "MWh": Decimal(1000), "万kWh": Decimal(10_000)},
    "MJ": {"MJ": Decimal(1), "GJ": Decimal(1000), "百万kJ": Decimal(1000)},
}


class FactorKind(StrEnum):
    """当量值 equivalent, 等价值 equal value."""

    EQUIVALENT = "equivalent"
    EQUAL_VALUE = "equal_value"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier, counted in ``unit``; ``is_fuel``: counted alike both ways."""

    code: str
    name: str
    name_en: str
    unit: str
    is_fuel: bool


@dataclass(frozen=True, slots=True)
class Factor(Dated):
    """Kilograms of standard coal in a base unit of the carrier."""

    carrier_code: str
    kind: FactorKind
    kgce_per_unit: Decimal
    source: str = ""


@dataclass(frozen=True, slots=True)
class CalorificValue:
    """Lower calorific value (低位发热量) an enterprise measured, kJ in a base unit; months, both included."""

    enterprise_id: UUID
    carrier_code: str
    first_month: date
    last_month: date
    kj_per_unit: Decimal
    source: str = ""


@dataclass(frozen=True, slots=True)
class Converted:
    """The factor that counts, and whence: ``is_measured`` from the period's calorific value."""

    kgce_per_unit: Decimal
    source: str
    is_measured: bool = False


@dataclass(slots=True)
class FactorBook:
    """All that is known of factors; answers which one counts where and when."""

    carriers: Mapping[str, Carrier]
    factors: Iterable[Factor] = ()
    measured: Iterable[CalorificValue] = ()
    _by_key: dict[tuple[str, FactorKind], list[Factor]] = field(init=False)
    _by_enterprise: dict[tuple[UUID, str], list[CalorificValue]] = field(init=False)
    _found: dict[tuple[str, FactorKind, str, date], Factor | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_key, self._by_enterprise = defaultdict(list), defaultdict(list)
        for factor in self.factors:
            self._by_key[factor.carrier_code, factor.kind].append(factor)
        for value in self.measured:
            self._by_enterprise[value.enterprise_id, value.carrier_code].append(value)

    def convert(
        self, carrier_code: str, kind: FactorKind, enterprise_id: UUID, region_code: str, month: date
    ) -> Converted | None:
        """The factor of a month; None where none is known."""
        carrier = self.carriers.get(carrier_code)
        if carrier is None:
            return None
        if carrier.is_fuel:
            for value in self._by_enterprise.get((enterprise_id, carrier_code), ()):
                if value.first_month <= month <= value.last_month:
                    kgce = (value.kj_per_unit / KJ_PER_KGCE).quantize(_PLACES)
                    return Converted(kgce, value.source, is_measured=True)
        factor = self._in_force(carrier_code, kind, region_code, month)
        if factor is None and carrier.is_fuel and kind is FactorKind.EQUAL_VALUE:
            factor = self._in_force(carrier_code, FactorKind.EQUIVALENT, region_code, month)
        return None if factor is None else Converted(factor.kgce_per_unit, factor.source)

    def _in_force(self, carrier_code: str, kind: FactorKind, region_code: str, month: date) -> Factor | None:
        # Thousands of enterprises ask the same of a few regions and months.
        key = (carrier_code, kind, region_code, month)
        if key not in self._found:
            self._found[key] = in_force(self._by_key.get((carrier_code, kind), ()), region_code, month)
        return self._found[key]


def in_base_unit(carrier: Carrier, quantity: Decimal, unit: str | None) -> Decimal | None:
    """The quantity in the carrier's base unit; None for a unit that is none of it."""
    scale = UNITS.get(carrier.unit, {}).get(unit or carrier.unit)
    if scale is None:
        return quantity if unit in {None, carrier.unit} else None
    return quantity * scale
