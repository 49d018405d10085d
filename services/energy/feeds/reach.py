"""The meters a caller may deliver for: somebody else's meter does not exist for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from libs.common.security.principal import Principal
from libs.common.security.scope import reaches_region
from services.energy.feeds.domain.rows import Situation, Terms
from services.energy.metering.directory import MeterDirectory
from services.energy.metering.domain.meter import Meter


def situation_of(directory: MeterDirectory, principal: Principal, terms: Terms) -> Situation:
    """What a body of this caller is checked against."""
    return Situation(
        terms=terms,
        columns=directory.columns,
        numbers=directory.numbers,
        reach=reach_of(directory, principal),
        find=finder(directory, principal),
        is_granted=principal.may_use_meter,
    )


def finder(directory: MeterDirectory, principal: Principal) -> Callable[[str], Meter | None]:
    """Meters by number as far as the caller reaches: somebody else's meter does not exist for them."""

    def find(meter_no: str) -> Meter | None:
        meter = directory.by_no.get(meter_no)
        if meter is None or not reaches_region(principal, meter.region_code):
            return None
        if principal.is_enterprise_bound and meter.enterprise_id != principal.enterprise_id:
            return None
        return meter

    return find


def reach_of(directory: MeterDirectory, principal: Principal) -> NDArray[np.bool_]:
    """The same rule for all meters at once, by index; a key that names its meters reaches no other."""
    columns = directory.columns
    if not columns.size:
        return np.zeros(0, bool)
    regions = np.array([reaches_region(principal, code) for code in columns.regions])
    reach: NDArray[np.bool_] = (columns.slots[: columns.size] > 0) & regions[columns.region[: columns.size]]
    if principal.is_enterprise_bound:
        own = np.array([enterprise == principal.enterprise_id for enterprise in columns.enterprises])
        reach &= own[columns.enterprise[: columns.size]]
    if principal.meter_nos is not None:
        named = np.zeros(columns.size, bool)
        meters = (directory.by_no.get(meter_no) for meter_no in principal.meter_nos)
        named[[meter.meter_index for meter in meters if meter is not None]] = True
        reach &= named
    return reach
