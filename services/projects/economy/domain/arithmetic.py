"""Arithmetic that knows nothing as nothing: None always with the reason, rates from positive bases only.

Rates and shares are percent, computed to 40 digits and rounded when they are shown, half up, nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

_EXACT = Context(prec=40, rounding=ROUND_HALF_UP)
_HUNDRED = Decimal(100)


class Null(StrEnum):
    """Why a figure is not there."""

    NO_ENTERPRISES = "no_enterprises"
    NOT_REPORTED = "not_reported"
    CURRENT_MISSING = "current_missing"
    BASE_MISSING = "base_missing"
    BASE_NOT_POSITIVE = "base_not_positive"
    YEAR_BEFORE_MISSING = "year_before_missing"
    SHARE_NOT_POSITIVE = "share_not_positive"
    NO_TARGET = "no_target"


@dataclass(frozen=True, slots=True)
class Rate:
    """Percent, or None with the reason."""

    value: Decimal | None
    reason: Null | None = None


def ratio(above: Decimal | None, below: Decimal | None) -> Rate:
    """``above`` as a percentage of ``below``."""
    missing = _missing(above, below)
    if missing is not None:
        return Rate(None, missing)
    assert above is not None
    assert below is not None
    return Rate(_EXACT.multiply(_EXACT.divide(above, below), _HUNDRED))


def growth(current: Decimal | None, base: Decimal | None) -> Rate:
    """How many percent ``current`` is above ``base``; a base of zero or below gives no rate."""
    missing = _missing(current, base)
    if missing is not None:
        return Rate(None, missing)
    assert current is not None
    assert base is not None
    return Rate(_EXACT.multiply(_EXACT.divide(_EXACT.subtract(current, base), base), _HUNDRED))


def contribution(current: Decimal | None, base: Decimal | None, whole_base: Decimal | None) -> Rate:
    """How many points of the whole's growth come from a part; its own base may be anything that is known."""
    if current is None:
        return Rate(None, Null.CURRENT_MISSING)
    if base is None:
        return Rate(None, Null.BASE_MISSING)
    return ratio(_EXACT.subtract(current, base), whole_base)


def _missing(current: Decimal | None, base: Decimal | None) -> Null | None:
    if current is None:
        return Null.CURRENT_MISSING
    if base is None:
        return Null.BASE_MISSING
    return None if base > 0 else Null.BASE_NOT_POSITIVE


def whole_from_share(part: Decimal, percent: Decimal) -> Decimal:
    """The whole of which ``part`` is so many percent; more than none."""
    return _EXACT.divide(_EXACT.multiply(part, _HUNDRED), percent)


def shown(value: Decimal, places: int = 1) -> Decimal:
    """As people read it: rounded half up (四舍五入)."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_EXACT)


def plain(value: Decimal) -> str:
    """Without exponent and trailing zeros: 3100 and not 3.1E+3."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
