"""The two parks of the county's text, and who is in them."""

from __future__ import annotations

from datetime import date

from deploy.demo.dataset import enterprises
from deploy.demo.dataset.records import Park
from deploy.demo.dataset.registry import METALLURGY_TOWN, STONE_TOWN

STONE, METALLURGY = "STONE", "METALLURGY"

# "150万㎡ capacity" and "6 ore furnaces, 5.5万吨"; the text gives neither areas nor parcels, so there are none.
PARKS: tuple[Park, ...] = (
    Park(STONE, "石材工业园", STONE_TOWN, "county", 1_500_000, "㎡", ("石材加工",), "PARK-STONE"),
    Park(METALLURGY, "冶金工业园", METALLURGY_TOWN, "county", 55_000, "吨", ("冶金辅料",), "PARK-METALLURGY"),
)

# Since when the works are there is made up: the stone park opened then, the furnaces before the history begins.
_OF_SECTOR = {
    enterprises.STONE_CUTTING: (STONE, date(2025, 8, 8)),
    enterprises.FERROALLOY: (METALLURGY, date(2025, 6, 1)),
}


def tenants() -> tuple[tuple[str, str, date], ...]:
    """(park, credit code, first day): the 38 owners of the stone park and the works with the six furnaces."""
    return tuple(
        (park, works.credit_code, first)
        for works in enterprises.ALL
        if works.sector_code in _OF_SECTOR
        for park, first in [_OF_SECTOR[works.sector_code]]
    )
