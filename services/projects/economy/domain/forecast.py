"""The year foretold (全年预测): this year's cumulative value by the share that last year's same months had of it.

Simple on purpose: everybody can reckon it again. Where a part of it is missing there is no forecast, but a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.projects.economy.domain.arithmetic import Null, Rate, ratio, whole_from_share

METHOD = "share_of_last_year"


@dataclass(frozen=True, slots=True)
class Forecast:
    """``share_percent``: what January to the month made of last year's whole. ``attainment`` is the forecast in
    percent of the target, ``progress`` what is reached already; both None with a reason.
    """

    value: Decimal | None
    reason: Null | None
    share_percent: Decimal | None
    attainment: Rate
    progress: Rate


def forecast(
    month_number: int,
    current: Decimal | None,
    base: Decimal | None,
    base_year: Decimal | None,
    target: Decimal | None,
) -> Forecast:
    """``current``, ``base``: January to the month of this year and the last; ``base_year``: all of the last."""
    progress = _of_target(current, target)
    if current is None:
        return _none(Null.CURRENT_MISSING, target, progress)
    if month_number == 12:
        return Forecast(current, None, None, _of_target(current, target), progress)
    if base is None or base_year is None:
        return _none(Null.YEAR_BEFORE_MISSING, target, progress)
    share = ratio(base, base_year)
    if share.value is None or share.value <= 0:
        return _none(Null.SHARE_NOT_POSITIVE, target, progress)
    value = whole_from_share(current, share.value)
    return Forecast(value, None, share.value, _of_target(value, target), progress)


def _none(reason: Null, target: Decimal | None, progress: Rate) -> Forecast:
    return Forecast(None, reason, None, _of_target(None, target), progress)


def _of_target(value: Decimal | None, target: Decimal | None) -> Rate:
    if target is None:
        return Rate(None, Null.NO_TARGET)
    return ratio(value, target)
