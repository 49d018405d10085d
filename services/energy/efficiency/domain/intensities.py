"""Energy per unit of product (单位产品能耗) and per 万元 of output value (单位产值能耗), in tce.

The boundary is said: the processes that make the product where there are any, else the whole enterprise, which is
allowed for one product only. A null has its reasons; a month that is not known makes the whole null.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.energy.efficiency.domain.books import OUTPUT_VALUE, Book, FigureKind, Flow, Key, Reason, ReasonCode
from services.energy.efficiency.domain.converting import Converter

YUAN_PER_UNIT: Final = Decimal(10_000)
_PLACES: Final = Decimal("0.000001")
_TCE_PLACES: Final = Decimal("0.000001")


class Basis(StrEnum):
    """按产品 per unit of product, 按产值 per 万元 of output value."""

    PRODUCT = "product"
    OUTPUT_VALUE = "output_value"


class Boundary(StrEnum):
    """工序 the product's processes, 全厂 the whole enterprise."""

    PROCESS = "process"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Intensity:
    """``value`` is tce in a unit of product or in 万元; ``output`` counts those. Months, both included."""

    basis: Basis
    product_code: str | None
    boundary: Boundary
    first_month: date
    last_month: date
    tce: Decimal | None
    output: Decimal | None
    value: Decimal | None
    reasons: tuple[Reason, ...] = ()
    is_restated: bool = False


def product_intensity(book: Book, converter: Converter, product_code: str, months: Sequence[date]) -> Intensity:
    """Energy of the product over its output in these months."""
    makers = [process.process_id for process in book.processes.values() if process.product_code == product_code]
    makers = [
        one for one in makers if any(book.uses(one, month) or (month, one) in book.metered for month in months)
    ]
    if makers:
        return _intensity(book, converter, Basis.PRODUCT, product_code, months, makers)
    if len(book.product_codes(months)) > 1:
        reason = Reason(ReasonCode.BOUNDARY_UNCLEAR, subject=product_code)
        output = _output(book, product_code, months, [])
        return _result(Basis.PRODUCT, product_code, Boundary.ENTERPRISE, months, None, output, (reason,))
    return _intensity(book, converter, Basis.PRODUCT, product_code, months, [])


def value_intensity(book: Book, converter: Converter, months: Sequence[date]) -> Intensity:
    """Energy of the whole enterprise over its output value in 万元."""
    return _intensity(book, converter, Basis.OUTPUT_VALUE, None, months, [])


def intensity_of(
    book: Book, converter: Converter, basis: Basis, product_code: str | None, months: Sequence[date]
) -> Intensity:
    if basis is Basis.PRODUCT:
        return product_intensity(book, converter, product_code or "", months)
    return value_intensity(book, converter, months)


def energy_of(
    book: Book, converter: Converter, months: Sequence[date], processes: Sequence[UUID] = ()
) -> tuple[Decimal | None, tuple[Reason, ...]]:
    """tce of the months, of the processes or of the whole enterprise; null as long as a month is unknown."""
    total = Decimal(0)
    reasons: list[Reason] = []
    for month in months:
        for process_id in processes or (None,):
            found = converter.month(book, process_id, month)
            reasons += found.reasons
            total += found.tce or 0
    return (None, tuple(reasons)) if reasons else (total, ())


def _intensity(
    book: Book,
    converter: Converter,
    basis: Basis,
    product_code: str | None,
    months: Sequence[date],
    makers: Sequence[UUID],
) -> Intensity:
    tce, reasons = energy_of(book, converter, months, makers)
    is_product = basis is Basis.PRODUCT
    output = _output(book, product_code or "", months, makers) if is_product else _values(book, months)
    missing = [Reason(ReasonCode.OUTPUT_MISSING, month, product_code) for month, value in output if value is None]
    reasons = (*reasons, *missing)
    if not reasons and not sum((value or 0 for _, value in output), Decimal(0)):
        reasons = (Reason(ReasonCode.OUTPUT_ZERO, subject=product_code),)
    if not reasons and tce is not None and tce < 0:
        reasons = (Reason(ReasonCode.ENERGY_NOT_POSITIVE),)
    boundary = Boundary.PROCESS if makers else Boundary.ENTERPRISE
    return _result(
        basis, product_code, boundary, months, tce, output, reasons, is_restated=_is_restated(book, months)
    )


def _result(
    basis: Basis,
    product_code: str | None,
    boundary: Boundary,
    months: Sequence[date],
    tce: Decimal | None,
    output: Sequence[tuple[date, Decimal | None]],
    reasons: tuple[Reason, ...],
    *,
    is_restated: bool = False,
) -> Intensity:
    known = [value for _, value in output if value is not None]
    total = sum(known, Decimal(0)) if len(known) == len(output) else None
    value = None
    if not reasons and tce is not None and total:
        value = (tce / total).quantize(_PLACES, ROUND_HALF_UP)
    rounded = None if tce is None else tce.quantize(_TCE_PLACES, ROUND_HALF_UP)
    return Intensity(
        basis, product_code, boundary, months[0], months[-1], rounded, total, value, reasons, is_restated
    )


def _output(
    book: Book, product_code: str, months: Sequence[date], makers: Sequence[UUID]
) -> list[tuple[date, Decimal | None]]:
    """Output by month: the makers' own where each says it, else what the enterprise says."""
    found: list[tuple[date, Decimal | None]] = []
    for month in months:
        said = dict(book.outputs(month, product_code))
        parts = [said[maker] for maker in makers if maker in said]
        if makers and len(parts) == len(makers):
            found.append((month, sum(parts, Decimal(0))))
        elif None in said:
            found.append((month, said[None]))
        elif said and not makers:
            found.append((month, sum(said.values(), Decimal(0))))
        else:
            found.append((month, None))
    return found


def _values(book: Book, months: Sequence[date]) -> list[tuple[date, Decimal | None]]:
    keys = [(month, Key(FigureKind.VALUE, month, None, OUTPUT_VALUE)) for month in months]
    found = [(month, book.figures.get(key)) for month, key in keys]
    return [(month, None if value is None else value / YUAN_PER_UNIT) for month, value in found]


def _is_restated(book: Book, months: Sequence[date]) -> bool:
    wanted = set(months)
    return any(key.month in wanted and key.flow is not Flow.FEEDSTOCK for key in book.restated)
