"""Which meters the detector judges, and by what kind of baseline."""

from __future__ import annotations

from typing import Final

from services.energy.detection.domain.kernel import BY_CALENDAR, BY_WEATHER, NET
from services.energy.metering.domain.meter import Profile, Quantity

JUDGED: Final = frozenset({Quantity.ACTIVE_IMPORT_KW.number, Quantity.ACTIVE_EXPORT_KW.number})
DRIVER_OF: Final = {
    Profile.CONSUMPTION: BY_CALENDAR,
    Profile.WIND: BY_WEATHER,
    Profile.HYDRO: BY_WEATHER,
    Profile.NET: NET,
}
